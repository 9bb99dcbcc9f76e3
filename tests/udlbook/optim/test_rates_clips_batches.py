"""Oracles: torch.optim.lr_scheduler, torch.nn.utils; numbers by hand; every example counted."""

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.optim import lr_scheduler

from udlbook.autodiff import Tensor
from udlbook.optim import (
    batches,
    clip_norm,
    clip_value,
    constant,
    cosine,
    exponential,
    inverse_sqrt,
    linear,
    step_decay,
    warm_up,
)

N = 200


def rates(make):
    """The rates of torch, step by step, for a base rate of 1."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    schedule = make(optimizer)
    found = []
    for _ in range(N):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return found


@pytest.mark.parametrize(
    "schedule, make",
    [
        (constant, lambda o: lr_scheduler.ConstantLR(o, factor=1.0)),
        (step_decay(every=30), lambda o: lr_scheduler.StepLR(o, 30)),
        (step_decay(every=7, factor=0.5), lambda o: lr_scheduler.StepLR(o, 7, gamma=0.5)),
        (exponential(0.97), lambda o: lr_scheduler.ExponentialLR(o, 0.97)),
        (
            linear(end=0.1),
            lambda o: lr_scheduler.LinearLR(o, 1.0, 0.1, total_iters=N),
        ),
        (cosine(), lambda o: lr_scheduler.CosineAnnealingLR(o, N)),
        (cosine(end=0.1), lambda o: lr_scheduler.CosineAnnealingLR(o, N, eta_min=0.1)),
        (warm_up(1), lambda o: lr_scheduler.ConstantLR(o, factor=1.0)),
        (
            warm_up(40),  # torch's line starts where ours is after its first step
            lambda o: lr_scheduler.LinearLR(o, start_factor=1 / 40, total_iters=39),
        ),
        (
            warm_up(20, cosine(), start=0.2),
            lambda o: lr_scheduler.SequentialLR(
                o,
                [
                    lr_scheduler.LinearLR(o, start_factor=0.2 + 0.8 / 20, total_iters=19),
                    lr_scheduler.CosineAnnealingLR(o, N - 20),
                ],
                milestones=[20],
            ),
        ),
        (
            inverse_sqrt(50),
            lambda o: lr_scheduler.LambdaLR(
                o, lambda s: 50**0.5 * min((s + 1) ** -0.5, (s + 1) * 50**-1.5)
            ),
        ),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:The epoch parameter:UserWarning")  # SequentialLR's own call
def test_schedules_are_those_of_torch(schedule, make):
    np.testing.assert_allclose([schedule(s, N) for s in range(N)], rates(make), rtol=1e-12)


def test_the_transformer_of_the_paper_has_its_published_rates():
    """Equation 3 of Vaswani et al., base model: d_model 512, 4000 steps."""
    for step in (1, 100, 4000, 100_000):
        paper = 512**-0.5 * min(step**-0.5, step * 4000**-1.5)
        ours = (512 * 4000) ** -0.5 * inverse_sqrt(4000)(step - 1, 100_000)
        assert math.isclose(ours, paper, rel_tol=1e-12)


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: step_decay(every=0), "every must be at least 1; got 0"),
        (lambda: step_decay(every=1, factor=1.1), "factor must be between 0 and 1; got 1.1"),
        (lambda: exponential(-0.5), "factor must be between 0 and 1; got -0.5"),
        (lambda: cosine(end=2), "end must be between 0 and 1; got 2"),
        (lambda: warm_up(0), "n must be at least 1; got 0"),
        (lambda: warm_up(2, start=-1), "start must be between 0 and 1; got -1"),
        (lambda: inverse_sqrt(0), "n must be at least 1; got 0"),
        (lambda: clip_norm([], -1), "max_norm must be at least 0; got -1"),
        (lambda: clip_norm([], 1, order=0), "order must be above 0; got 0"),
        (lambda: clip_norm([1.0], 1), "gradients must be arrays"),
        (lambda: clip_value([], -1), "limit must be at least 0; got -1"),
        (lambda: clip_value([np.float64(3)], 1), "gradients must be arrays"),
    ],
)
def test_bad_options_are_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()


# ---------------------------------------------------------------------------------- clipping

SHAPES = [(3, 4), (), (5,)]


def some_gradients(seed=0):
    rng = np.random.default_rng(seed)
    return [np.array(3 * rng.standard_normal(s)) for s in SHAPES]


def torch_leaves(arrays):
    leaves = [torch.zeros(a.shape, dtype=torch.float64, requires_grad=True) for a in arrays]
    for leaf, a in zip(leaves, arrays, strict=True):
        leaf.grad = torch.tensor(a)
    return leaves


@pytest.mark.parametrize("order", [1.0, 2.0, 3.5, math.inf])
@pytest.mark.parametrize("limit", [0.0, 0.7, 5.0, 1e3])
def test_clip_norm_is_that_of_torch(order, limit):
    g = some_gradients()
    leaves = torch_leaves(g)
    norm = clip_norm({"a": g[0], "b": [g[1], (g[2],)]}, limit, order=order)
    want = torch.nn.utils.clip_grad_norm_(leaves, limit, norm_type=order, foreach=False)
    np.testing.assert_allclose(norm, want.item(), rtol=1e-13)
    for a, leaf in zip(g, leaves, strict=True):
        np.testing.assert_allclose(a, leaf.grad.numpy(), rtol=1e-12)


@pytest.mark.parametrize("limit", [0.0, 0.7, 1e3])
def test_clip_value_is_that_of_torch(limit):
    g = some_gradients()
    leaves = torch_leaves(g)
    clip_value(g, limit)
    torch.nn.utils.clip_grad_value_(leaves, limit)
    for a, leaf in zip(g, leaves, strict=True):
        np.testing.assert_array_equal(a, leaf.grad.numpy())


@pytest.mark.parametrize("clip", [clip_norm, clip_value])
def test_gradients_of_tensors_are_clipped_where_they_are(clip):
    g = some_gradients()
    tensors = [Tensor(np.zeros(s), requires_grad=True) for s in SHAPES]
    for t, a in zip(tensors, g, strict=True):
        t.grad = a.copy()[()]
    clip([*tensors, Tensor([1.0], requires_grad=True)], 0.5)
    clip(g, 0.5)
    for t, a in zip(tensors, g, strict=True):
        np.testing.assert_array_equal(t.grad, a)
        np.testing.assert_array_equal(t.data, 0)


def test_a_norm_that_is_not_finite_is_told_and_nothing_is_changed():
    for bad in (math.nan, math.inf):
        g = [np.array([1.0, bad]), np.array([4.0])]
        with pytest.raises(FloatingPointError, match="the norm of the gradients is"):
            clip_norm(g, 1.0)
        np.testing.assert_array_equal(g[1], 4)


# ----------------------------------------------------------------------------------- batches


@given(st.integers(1, 30), st.integers(1, 35), st.integers(0, 99))
def test_every_example_comes_once_in_each_epoch(n, size, seed):
    x = np.arange(n)
    stream = batches(x, 10 * x, size=size, rng=np.random.default_rng(seed), epochs=3)
    per_epoch = -(-n // size)
    found = list(stream)
    assert len(found) == 3 * per_epoch
    for epoch in range(3):
        part = found[epoch * per_epoch : (epoch + 1) * per_epoch]
        assert sorted(np.concatenate([xb for xb, _ in part])) == list(x)
        assert [len(xb) for xb, _ in part[:-1]] == [size] * (per_epoch - 1)
        assert all((yb == 10 * xb).all() for xb, yb in part)


def test_the_last_batch_is_dropped_if_it_is_smaller():
    x = np.arange(10)

    def sizes(size, drop_last):
        rng = np.random.default_rng(0)
        return [len(b) for (b,) in batches(x, size=size, rng=rng, drop_last=drop_last, epochs=1)]

    assert sizes(4, True) == [4, 4] and sizes(4, False) == [4, 4, 2]
    assert sizes(5, True) == sizes(5, False) == [5, 5]


def test_orders_are_drawn_by_the_generator_and_are_uniform():
    x = np.arange(3)
    one, two = (batches(x, size=3, rng=np.random.default_rng(4)) for _ in range(2))
    orders = [tuple(b) for (b,) in itertools.islice(one, 6000)]
    assert orders == [tuple(b) for (b,) in itertools.islice(two, 6000)]
    counts = [orders.count(p) for p in itertools.permutations(range(3))]
    assert sum((c - 1000) ** 2 / 1000 for c in counts) < 20.5  # chi-squared, 5 degrees: p = 0.001


@pytest.mark.parametrize(
    "data, options, message",
    [
        ((), {}, "one length, not empty; got lengths"),
        ((np.zeros(3), np.zeros(2)), {}, r"got lengths \[3, 2\]"),
        ((np.zeros(0),), {}, r"got lengths \[0\]"),
        ((np.zeros(3),), {"size": 0}, "size must be at least 1; got 0"),
        ((np.zeros(3),), {"size": 4, "drop_last": True}, "size must be between 1 and 3; got 4"),
        ((np.zeros(3),), {"epochs": 0}, "epochs must be at least 1; got 0"),
    ],
)
def test_bad_batches_are_named_at_once(data, options, message):
    with pytest.raises(ValueError, match=message):
        batches(*data, rng=np.random.default_rng(0), **{"size": 1, **options})
