"""Oracles: loops over pairs, all permutations, the NumPy floor's discrepancy, gradcheck."""

import functools
from itertools import permutations

import numpy as np
import pytest
import torch
from scipy.optimize import linear_sum_assignment

from udlbook.gans import (
    assigned,
    kernel_discrepancy,
    nearest_data,
    nearest_samples,
    random_pairs,
)
from udlbook.measures import squared_mmd

by_scipy = functools.partial(assigned, solve=linear_sum_assignment)


def sets(n=6, m=6, dim=2, seed=0):
    g = torch.Generator().manual_seed(seed)
    fake, real = (torch.randn(k, dim, generator=g, dtype=torch.float64) for k in (n, m))
    return fake, real + 0.5


@pytest.mark.parametrize(("n", "m", "dim"), [(6, 6, 2), (3, 9, 1), (9, 4, 3)])
def test_nearest_distances_are_those_of_the_loops(n, m, dim):
    fake, real = sets(n, m, dim)
    table = [[float(((f - r) ** 2).sum()) for r in real] for f in fake]
    assert float(nearest_data(fake, real)) == pytest.approx(np.mean([min(row) for row in table]))
    columns = [min(row[j] for row in table) for j in range(m)]
    assert float(nearest_samples(fake, real)) == pytest.approx(np.mean(columns))


def test_pairs_are_row_by_row_and_the_assignment_is_the_best_of_all():
    fake, real = sets()
    costs = [
        np.mean([float(((fake[i] - real[p[i]]) ** 2).sum()) for i in range(6)])
        for p in permutations(range(6))
    ]
    assert float(random_pairs(fake, real)) == pytest.approx(costs[0])
    assert float(by_scipy(fake, real)) == pytest.approx(min(costs))


@pytest.mark.parametrize("n", [6, 11])
def test_the_discrepancy_is_that_of_the_numpy_floor(n):
    fake, real = sets(n, 8)
    for widths in ([0.7], [0.2, 1.0, 5.0]):
        got = float(kernel_discrepancy(fake, real, widths))
        want = squared_mmd(fake.numpy(), real.numpy(), widths)
        assert got == pytest.approx(want, abs=1e-12)


@pytest.mark.parametrize(
    "loss",
    [
        random_pairs,
        nearest_data,
        nearest_samples,
        by_scipy,
        functools.partial(kernel_discrepancy, bandwidths=[0.5, 2.0]),
    ],
)
def test_gradients_are_those_of_differences(loss):
    fake, real = sets()
    assert torch.autograd.gradcheck(lambda f: loss(f, real), (fake.requires_grad_(),))


def test_what_each_forgets():
    """Samples on one mode please the first; stray samples please the second; neither the third."""
    modes = torch.tensor([[0.0, 0.0], [10.0, 0.0]]).repeat(4, 1)
    collapsed = torch.zeros(8, 2)
    stray = torch.cat([modes[:2], torch.full((6, 2), 50.0)])
    assert nearest_data(collapsed, modes) == 0 and nearest_samples(collapsed, modes) == 50
    assert nearest_samples(stray, modes) == 0 and nearest_data(stray, modes) > 1000
    for x in (collapsed, stray):
        assert by_scipy(x, modes) >= 50 and kernel_discrepancy(x, modes, [1.0]) > 0.3


def test_bad_input_is_named():
    x = torch.zeros(4, 2)
    with pytest.raises(ValueError, match=r"real must have shape \(4, 2\); got \(3, 2\)"):
        random_pairs(x, x[:3])
    with pytest.raises(ValueError, match=r"real must have shape \(4, 2\); got \(3, 2\)"):
        by_scipy(x, x[:3])
    with pytest.raises(ValueError, match=r"real must have shape \(M, 2\); got \(4, 3\)"):
        nearest_data(x, torch.zeros(4, 3))
    with pytest.raises(ValueError, match="batches must have at least 2 rows; got 1 and 4"):
        kernel_discrepancy(x[:1], x, [1.0])
    with pytest.raises(ValueError, match=r"bandwidths must be positive numbers; got \[0.0\]"):
        kernel_discrepancy(x, x, [0.0])
