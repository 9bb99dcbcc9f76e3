"""Oracles: torch.optim step by step in float64; the papers' formulas in plain loops."""

import itertools
import math

import numpy as np
import pytest
import torch

from udlbook.autodiff import Tensor, grad, tanh
from udlbook.optim import (
    SGD,
    AdaGrad,
    Adam,
    AdamW,
    LookAheadNesterov,
    Momentum,
    Nesterov,
    RMSProp,
)

SHAPES = [(4, 3), (5,), (), (2, 1, 3)]
STEPS = 200


def problem(seed=0):
    """Start, and the gradient of a loss with valleys of different widths, which is not convex."""
    rng = np.random.default_rng(seed)
    start = [np.array(rng.standard_normal(s)) for s in SHAPES]
    target = [rng.standard_normal(s) for s in SHAPES]
    width = [np.exp(rng.uniform(-2, 2, s)) for s in SHAPES]

    def gradient(phi, step):
        noise = math.sin(step)  # the same for both, and not zero at the minimum
        parts = zip(phi, target, width, strict=True)
        return [w * (p - t) + 0.3 * noise * p**2 / (1 + p**2) for p, t, w in parts]

    return start, gradient


def assert_same_path(make, make_torch, rates=None, steps=STEPS):
    params, gradient = problem()
    t_params = [torch.tensor(p, requires_grad=True) for p in params]
    shadows = [p.detach().numpy() for p in t_params]  # the memory of torch's parameters
    ours, theirs = make(params), make_torch(t_params)
    path, t_path = [], []
    for step in range(steps):
        if rates is not None:
            ours.lr = theirs.param_groups[0]["lr"] = rates(step)
        grads = gradient(params, step)
        kept = [g.copy() for g in grads]
        for p, g in zip(t_params, gradient(shadows, step), strict=True):
            p.grad = torch.tensor(g)
        ours.step(grads)
        theirs.step()
        assert all(np.array_equal(g, k) for g, k in zip(grads, kept, strict=True))
        path.append(np.concatenate([p.ravel() for p in params]))
        t_path.append(np.concatenate([p.ravel() for p in shadows]))
    np.testing.assert_allclose(path, t_path, rtol=1e-12, atol=1e-12)
    assert ours.t == steps and np.ptp(path, axis=0).min() > 1e-3


def options(**choices):
    """All combinations of choices, as dicts."""
    keys = list(choices)
    return [dict(zip(keys, row, strict=True)) for row in itertools.product(*choices.values())]


COMMON = {"weight_decay": [0, 0.03], "maximize": [False, True]}


def lr(kept):
    """A climb runs away: so slowly that 200 steps stay in range."""
    return 1e-3 if kept["maximize"] else 0.02


@pytest.mark.parametrize("kept", options(**COMMON))
def test_sgd_is_that_of_torch(kept):
    assert_same_path(
        lambda p: SGD(p, lr(kept), **kept), lambda p: torch.optim.SGD(p, lr=lr(kept), **kept)
    )


@pytest.mark.parametrize("kept", options(momentum=[0, 0.5, 0.9], dampening=[0, 0.4], **COMMON))
def test_momentum_is_that_of_torch(kept):
    assert_same_path(
        lambda p: Momentum(p, lr(kept), **kept), lambda p: torch.optim.SGD(p, lr=lr(kept), **kept)
    )


@pytest.mark.parametrize("kept", options(momentum=[0.5, 0.9], **COMMON))
def test_nesterov_is_that_of_torch(kept):
    assert_same_path(
        lambda p: Nesterov(p, lr(kept), **kept),
        lambda p: torch.optim.SGD(p, lr=lr(kept), nesterov=True, **kept),
    )


@pytest.mark.parametrize(
    "kept", options(lr_decay=[0, 0.1], start=[0, 0.5], tiny=[1e-10, 1e-2], **COMMON)
)
def test_adagrad_is_that_of_torch(kept):
    named = {"eps": kept["tiny"], "initial_accumulator_value": kept["start"]}
    rest = {k: v for k, v in kept.items() if k not in ("tiny", "start")}
    assert_same_path(
        lambda p: AdaGrad(p, 0.1, **kept),
        lambda p: torch.optim.Adagrad(p, lr=0.1, **named, **rest),
    )


@pytest.mark.parametrize(
    "kept",
    options(alpha=[0.9, 0.99], tiny=[1e-8, 1e-2], momentum=[0, 0.8], centered=[False, True],
            **COMMON),
)  # fmt: skip
def test_rmsprop_is_that_of_torch(kept):
    rest = {k: v for k, v in kept.items() if k != "tiny"}
    assert_same_path(
        lambda p: RMSProp(p, 1e-3, **kept),
        lambda p: torch.optim.RMSprop(p, lr=1e-3, eps=kept["tiny"], **rest),
    )


@pytest.mark.parametrize("ours, theirs", [(Adam, torch.optim.Adam), (AdamW, torch.optim.AdamW)])
@pytest.mark.parametrize(
    "kept",
    options(beta1=[0.0, 0.9], beta2=[0.9, 0.999], tiny=[1e-8, 1e-2], amsgrad=[False, True],
            **COMMON),
)  # fmt: skip
def test_adam_and_adamw_are_those_of_torch(ours, theirs, kept):
    rest = {k: v for k, v in kept.items() if k not in ("tiny", "beta1", "beta2")}
    named = {"eps": kept["tiny"], "betas": (kept["beta1"], kept["beta2"])}
    assert_same_path(
        lambda p: ours(p, 0.02, **kept), lambda p: theirs(p, lr=0.02, **named, **rest)
    )


@pytest.mark.parametrize(
    "make, make_torch",
    [
        (SGD, torch.optim.SGD),
        (
            lambda p, lr: Momentum(p, lr, dampening=0.2),
            lambda p, lr: torch.optim.SGD(p, lr=lr, momentum=0.9, dampening=0.2),
        ),
        (
            Nesterov,
            lambda p, lr: torch.optim.SGD(p, lr=lr, momentum=0.9, nesterov=True),
        ),
        (AdaGrad, torch.optim.Adagrad),
        (
            lambda p, lr: RMSProp(p, lr, momentum=0.9),
            lambda p, lr: torch.optim.RMSprop(p, lr=lr, momentum=0.9),
        ),
        (Adam, torch.optim.Adam),
        (AdamW, torch.optim.AdamW),
    ],
)
def test_a_changing_rate_acts_as_in_torch(make, make_torch):
    assert_same_path(
        lambda p: make(p, lr=0.01),
        lambda p: make_torch(p, lr=0.01),
        rates=lambda step: 0.01 * (1 + math.sin(0.1 * step)),
    )


def test_defaults_are_those_of_torch():
    assert_same_path(Adam, torch.optim.Adam)
    assert_same_path(AdamW, torch.optim.AdamW)


@pytest.mark.parametrize("amsgrad", [False, True])
def test_adam_without_bias_correction_is_the_formula_without_it(amsgrad):
    b1, b2, tiny, rate = 0.9, 0.99, 1e-6, 0.02
    phi = np.array([1.0, -2.0])
    want, m, v, top = [1.0, -2.0], [0, 0], [0, 0], [0, 0]
    optimizer = Adam(
        phi, rate, beta1=b1, beta2=b2, tiny=tiny, bias_correction=False, amsgrad=amsgrad
    )
    for t in range(STEPS):
        optimizer.step(np.cos(3 * phi + t) * phi)
        for i in range(2):
            g = math.cos(3 * want[i] + t) * want[i]
            m[i] = b1 * m[i] + (1 - b1) * g
            v[i] = b2 * v[i] + (1 - b2) * g**2
            top[i] = max(top[i], v[i]) if amsgrad else v[i]
            want[i] -= rate * m[i] / (math.sqrt(top[i]) + tiny)
        np.testing.assert_allclose(phi, want, rtol=1e-12)


def test_first_steps_of_adam_with_and_without_bias_correction():
    """By hand: |step| = lr, or lr (1 - beta1) / sqrt(1 - beta2)."""
    for corrected, size in ((True, 1.0), (False, 0.1 / math.sqrt(0.001))):
        phi = np.array([5.0])
        Adam(phi, 0.01, bias_correction=corrected, tiny=0).step(np.array([-3.0]))
        np.testing.assert_allclose(phi, 5 + 0.01 * size, rtol=1e-14)


def test_momentum_is_the_textbook_average_at_another_rate():
    mu, rate = 0.9, 0.3
    start, gradient = problem()
    phi, m = np.concatenate([p.ravel() for p in start]), 0.0
    optimizer = Momentum(start, (1 - mu) * rate, momentum=mu)
    sizes = np.cumsum([p.size for p in start])[:-1]
    for step in range(50):
        optimizer.step(gradient(start, step))
        parts = [q.reshape(p.shape) for q, p in zip(np.split(phi, sizes), start, strict=True)]
        g = np.concatenate([q.ravel() for q in gradient(parts, step)])
        m = mu * m + (1 - mu) * g
        phi = phi - rate * m
    np.testing.assert_allclose(np.concatenate([p.ravel() for p in start]), phi, rtol=1e-12)


# ------------------------------------------------------------------ the two forms of Nesterov


def slope(phi):
    return np.array([1.0, 30.0]) * phi + np.sin(phi)


def sutskever(phi, rates, mu):
    """Equations 3 and 4 of the paper; yields phi, and where the gradient was taken."""
    v = np.zeros_like(phi)
    for rate in rates:
        ahead = phi + mu * v
        v = mu * v - rate * slope(ahead)
        phi = phi + v
        yield phi, ahead, v


def both_forms(rates, mu=0.9):
    """The distances of our two forms, at gradients, from the points of the paper's formula."""
    start = np.array([2.0, 1.0])
    one, two = start.copy(), start.copy()
    form1, form2 = LookAheadNesterov(one, 0, momentum=mu), Nesterov(two, 0, momentum=mu)
    apart, ends_apart = 0.0, []
    for rate, (phi, ahead, v) in zip(rates, sutskever(start, rates, mu), strict=True):
        form1.lr = form2.lr = rate
        form1.look_ahead()
        np.testing.assert_allclose(one, ahead, rtol=1e-12, atol=1e-14)
        apart = max(apart, np.abs(one - two).max())
        form1.step(slope(one))
        form2.step(slope(two))
        np.testing.assert_allclose(one, phi, rtol=1e-12, atol=1e-14)
        ends_apart.append(np.abs(two - (one + mu * v)).max())
    return apart, max(ends_apart), np.abs(two - one).max()


def test_nesterov_forms_take_the_same_gradients_while_the_rate_is_constant():
    apart, ends, shown = both_forms([0.01] * 30)
    assert apart < 1e-13 and ends < 1e-13  # parameters of one are phi + mu v of the other
    assert shown > 1e-3  # and not phi


def test_nesterov_forms_differ_when_the_rate_changes():
    apart, _, _ = both_forms([0.01] * 10 + [0.001] * 20)
    assert apart > 1e-3


def test_look_ahead_and_step_take_turns():
    phi = np.ones(2)
    optimizer = LookAheadNesterov(phi, 0.1)
    with pytest.raises(ValueError, match="step must follow look_ahead"):
        optimizer.step(phi)
    optimizer.look_ahead()
    with pytest.raises(ValueError, match="got look_ahead again"):
        optimizer.look_ahead()
    optimizer.step(2 * phi)
    np.testing.assert_allclose(phi, 0.8)


def test_look_ahead_reaches_inside_a_tree_of_tensors():
    phi = {"a": Tensor(2.0, requires_grad=True), "b": [np.array([1.0])]}
    optimizer = LookAheadNesterov(phi, 0.1, momentum=0.5)
    path = [(2.0, 1.0)]
    v = (0.0, 0.0)
    for _ in range(3):
        optimizer.look_ahead()
        optimizer.step({"a": 2 * phi["a"].data, "b": [2 * phi["b"][0]]})
        v = tuple(0.5 * u - 0.2 * (p + 0.5 * u) for u, p in zip(v, path[-1], strict=True))
        path.append(tuple(p + u for u, p in zip(v, path[-1], strict=True)))
        np.testing.assert_allclose((phi["a"].data, phi["b"][0][0]), path[-1], rtol=1e-13)


# ------------------------------------------------------------- gradients from elsewhere, bad input


def test_centered_rmsprop_survives_a_constant_gradient():
    """The variance is then zero, and rounding takes it below for some values."""
    phi = np.zeros(200)
    g = np.random.default_rng(0).uniform(0.1, 10, 200)
    optimizer = RMSProp(phi, 1e-9, alpha=0.5, centered=True, tiny=1e-3)
    for _ in range(200):
        optimizer.step(g)
    assert np.isfinite(phi).all()


def test_a_tensor_network_learns_as_in_torch():
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal((20, 3)), rng.standard_normal((20, 1))
    start = [rng.standard_normal(s) for s in ((3, 5), (5,), (5, 1))]
    phi = {"w": [Tensor(p, requires_grad=True) for p in start[:2]], "out": Tensor(start[2], True)}
    t_phi = [torch.tensor(p, requires_grad=True) for p in start]
    ours, theirs = Adam(phi, 0.01), torch.optim.Adam(t_phi, lr=0.01)
    for _ in range(STEPS):
        (w, b), out = phi["w"], phi["out"]
        loss = ((tanh(x @ w + b) @ out - y) ** 2).mean()
        for p in (w, b, out):
            p.zero_grad()
        loss.backward()
        ours.step()
        theirs.zero_grad()
        hidden = torch.tanh(torch.tensor(x) @ t_phi[0] + t_phi[1])
        t_loss = ((hidden @ t_phi[2] - torch.tensor(y)) ** 2).mean()
        t_loss.backward()
        theirs.step()
    for p, t in zip((w, b, out), t_phi, strict=True):
        np.testing.assert_allclose(p.data, t.detach().numpy(), rtol=1e-10)


def test_gradients_by_autodiff_fit_the_structure_of_arrays():
    phi = {"a": np.array([1.0, 2.0]), "b": (np.array(3.0), [np.array([[4.0]])])}

    def loss(phi):
        return (phi["a"] ** 2).sum() + phi["b"][0] ** 2 + (phi["b"][1][0] ** 2).sum()

    optimizer = SGD(phi, 0.25)
    for _ in range(2):
        optimizer.step(grad(loss)(phi))
    np.testing.assert_allclose(phi["a"], [0.25, 0.5])
    np.testing.assert_allclose(phi["b"][0], 0.75)
    np.testing.assert_allclose(phi["b"][1][0], 1.0)


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda p: SGD(p, -1), "lr must be at least 0; got -1"),
        (lambda p: SGD(p, float("nan")), "lr must be at least 0; got nan"),
        (lambda p: SGD(p, 1, weight_decay=-1), "weight_decay must be at least 0; got -1"),
        (lambda p: Momentum(p, 1, momentum=1), "momentum must be at least 0 and below 1; got 1"),
        (lambda p: Nesterov(p, 1, momentum=-0.1), "momentum must be at least 0 and below 1"),
        (lambda p: AdaGrad(p, 1, lr_decay=-1), "lr_decay must be at least 0; got -1"),
        (lambda p: AdaGrad(p, 1, start=-1), "start must be at least 0; got -1"),
        (lambda p: RMSProp(p, 1, alpha=1), "alpha must be at least 0 and below 1; got 1"),
        (lambda p: RMSProp(p, 1, momentum=2), "momentum must be at least 0 and below 1; got 2"),
        (lambda p: Adam(p, beta1=1.0), "beta1 must be at least 0 and below 1; got 1.0"),
        (lambda p: Adam(p, beta2=-1), "beta2 must be at least 0 and below 1; got -1"),
        (lambda p: AdamW(p, tiny=-1), "tiny must be at least 0; got -1"),
        (lambda p: AdamW(p, weight_decay=-1), "weight_decay must be at least 0; got -1"),
    ],
)
def test_bad_options_are_named(make, message):
    with pytest.raises(ValueError, match=message):
        make(np.zeros(3))
