"""Oracles: torch's OneCycleLR and StepLR, counting, accuracy by hand."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Generator, nn

from udlbook.optim import constant, one_cycle, step_decay
from udlbook.training import Batches, batches, evaluate


@given(st.integers(1, 30), st.integers(1, 12), st.integers(0, 99))
def test_every_epoch_holds_each_example_once(n, size, seed):
    x = torch.arange(n)
    stream = batches(x, 10 * x, size, Generator().manual_seed(seed))
    for _ in range(3):
        epoch = [next(stream) for _ in range(math.ceil(n / size))]
        got = torch.cat([xb for xb, _ in epoch])
        assert got.sort().values.equal(x)
        assert all(torch.equal(yb, 10 * xb) for xb, yb in epoch)
        assert all(len(xb) == size for xb, _ in epoch[:-1])


def test_epochs_differ_and_the_seed_decides_them():
    x = torch.arange(50)
    first, second = (next(batches(x, x, 50, Generator().manual_seed(1)))[0] for _ in range(2))
    assert torch.equal(first, second)
    stream = batches(x, x, 50, Generator().manual_seed(1))
    a, b = next(stream)[0], next(stream)[0]
    assert torch.equal(a, first)
    assert not torch.equal(a, b)


@given(st.integers(0, 20))
def test_a_stream_goes_on_where_another_stopped(taken):
    x = torch.arange(7)
    stream = batches(x, x, 3, Generator().manual_seed(0))
    for _ in range(taken):
        next(stream)
    other = batches(x, x, 3, Generator().manual_seed(8))
    other.load_state_dict(stream.state_dict())
    for _ in range(6):
        assert torch.equal(next(stream)[0], next(other)[0])


def test_bad_batches_are_named():
    with pytest.raises(ValueError, match=r"one length, not empty; got \[3, 4\]"):
        batches(torch.zeros(3), torch.zeros(4), 1, Generator())
    with pytest.raises(ValueError, match=r"one length, not empty; got \[\]"):
        Batches(size=1, generator=Generator())
    with pytest.raises(ValueError, match="size must be at least 1; got 0"):
        batches(torch.zeros(3), torch.zeros(3), 0, Generator())


def rates(make, steps):
    opt = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    schedule, got = make(opt), []
    for step in range(steps):
        got.append(opt.param_groups[0]["lr"])
        opt.step()
        if step < steps - 1:
            schedule.step()
    return got


@pytest.mark.parametrize("steps", [10, 37, 400])
@pytest.mark.parametrize("warm_up", [0.3, 0.5])
def test_one_cycle_is_torchs(steps, warm_up):
    theirs = rates(
        lambda opt: torch.optim.lr_scheduler.OneCycleLR(
            opt, 1.0, total_steps=steps, pct_start=warm_up, cycle_momentum=False
        ),
        steps,
    )
    ours = [one_cycle(warm_up=warm_up)(step, steps) for step in range(steps)]
    assert ours == pytest.approx(theirs, abs=1e-12)


def test_step_decay_is_torchs():
    theirs = rates(lambda opt: torch.optim.lr_scheduler.StepLR(opt, 5, gamma=0.3), 17)
    ours = [step_decay(every=5, factor=0.3)(step, 17) for step in range(17)]
    assert ours == pytest.approx(theirs, rel=1e-12)


@given(st.integers(1, 50), st.floats(0, 1))
def test_one_cycle_stays_between_its_bounds_and_ends_low(steps, warm_up):
    factor = one_cycle(warm_up=warm_up, start=0.1, end=0.01)
    values = [factor(step, steps) for step in range(steps)]
    assert all(0.01 <= v <= 1 + 1e-12 for v in values)
    top = values.index(max(values))
    assert values[:top] == sorted(values[:top])
    assert values[top:] == sorted(values[top:], reverse=True)


def test_constant_and_bad_schedules():
    assert constant(7, 10) == 1
    with pytest.raises(ValueError, match="every must be at least 1; got 0"):
        step_decay(every=0)
    with pytest.raises(ValueError, match="warm_up must be between 0 and 1; got 2"):
        one_cycle(warm_up=2)


class Fixed(nn.Module):
    """Logits that are the inputs; refuses to run in training mode."""

    def forward(self, x):
        assert not self.training
        assert not torch.is_grad_enabled()
        return x


def test_accuracy_and_loss_of_logits_known_by_hand():
    x = torch.tensor([[0.0, math.log(3)], [0.0, 0.0 - 1e-9], [math.log(3), 0.0]])
    y = torch.tensor([1, 1, 1])
    model = Fixed().train()
    for size in (1, 2, 1000):
        result = evaluate(model, x, y, size=size)
        assert result.accuracy == pytest.approx(1 / 3)
        want = -(math.log(0.75) + math.log(0.5) + math.log(0.25)) / 3
        assert result.loss == pytest.approx(want, abs=1e-6)
        assert model.training


def test_mode_is_put_back_also_after_an_error():
    model = nn.Linear(3, 2).train()
    with pytest.raises(RuntimeError):
        evaluate(model, torch.zeros(4, 5), torch.zeros(4, dtype=torch.long))
    assert model.training


def test_bad_evaluations_are_named():
    with pytest.raises(ValueError, match=r"y must have shape \(4,\); got \(3,\)"):
        evaluate(nn.Linear(2, 2), torch.zeros(4, 2), torch.zeros(3, dtype=torch.long))
    with pytest.raises(ValueError, match="number of examples must be at least 1; got 0"):
        evaluate(nn.Linear(2, 2), torch.zeros(0, 2), torch.zeros(0, dtype=torch.long))
