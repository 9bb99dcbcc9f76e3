"""Oracle: the weighted sum over all steps, written out."""

import pytest
import torch
from torch import nn

from udlbook.seeding import seeded
from udlbook.training import MovingAverage


def test_the_average_is_the_weighted_sum_of_all_steps():
    with seeded(0):
        net = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2))
    average = MovingAverage(net, 0.9)
    values = [net[0].weight.detach().clone()]
    for i in range(5):
        with torch.no_grad():
            net[0].weight += i + 1
            net[1].running_mean += 1
        values.append(net[0].weight.detach().clone())
        average.update()
    want = 0.9**5 * values[0] + sum(0.1 * 0.9 ** (5 - t) * values[t] for t in range(1, 6))
    torch.testing.assert_close(average.module[0].weight, want)
    torch.testing.assert_close(average.module[1].running_mean, net[1].running_mean)
    assert not average.module.training and net.training
    assert not any(p.requires_grad for p in average.module.parameters())
    with pytest.raises(ValueError, match=r"between 0 and 1; got 1\.5"):
        MovingAverage(net, 1.5)
