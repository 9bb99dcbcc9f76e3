"""Oracles: torch (values and autograd), mpmath with 40 digits, central differences, limits."""

import mpmath
import numpy as np
import pytest
import torch
import torch.nn.functional as F

from udlbook import autodiff as ad
from udlbook.networks import ACTIVATIONS, elu, leaky_relu

TORCH = {
    "relu": F.relu,
    "leaky_relu": F.leaky_relu,
    "elu": F.elu,
    "sigmoid": torch.sigmoid,
    "heaviside": lambda x: torch.heaviside(x, torch.zeros((), dtype=x.dtype)),
    "identity": lambda x: x,
    "tanh": torch.tanh,
    "softplus": lambda x: F.softplus(x, threshold=1e9),
    "gelu": F.gelu,
    "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"),
    "swish": F.silu,
}
KINK = {"relu": 0.0, "leaky_relu": 0.01, "elu": 1.0, "heaviside": 0.0}
ALL = pytest.mark.parametrize("name", list(ACTIVATIONS))
X = np.concatenate([np.linspace(-9, 9, 181), 1e-9 * np.arange(-3, 4), [0.5, -0.5]])


def test_the_table_lists_each_under_its_own_name():
    assert set(ACTIVATIONS) == set(TORCH)
    assert all(a.name == name for name, a in ACTIVATIONS.items())


@ALL
def test_values_are_torchs(name):
    want = TORCH[name](torch.from_numpy(X)).numpy()
    np.testing.assert_allclose(ACTIVATIONS[name](X), want, rtol=1e-13, atol=1e-15)


@ALL
def test_derivatives_by_hand_are_torchs(name):
    x = torch.from_numpy(X[X != 0]).requires_grad_()
    y = TORCH[name](x)
    slope = torch.autograd.grad(y.sum(), x)[0] if name != "heaviside" else torch.zeros_like(x)
    got = ACTIVATIONS[name].derivative(x.detach().numpy())
    np.testing.assert_allclose(got, slope.numpy(), rtol=1e-12, atol=1e-14)


@ALL
def test_derivatives_by_hand_are_those_of_autodiff(name):
    x = ad.Tensor(X, requires_grad=True)
    (ACTIVATIONS[name](x) * np.ones(len(X))).sum().backward()
    np.testing.assert_allclose(ACTIVATIONS[name].derivative(X), x.grad, rtol=1e-12, atol=1e-14)


@ALL
def test_derivatives_are_slopes(name):
    x, h = np.linspace(-4, 4, 80), 1e-5  # no kink within reach
    a = ACTIVATIONS[name]
    np.testing.assert_allclose(a.derivative(x), (a(x + h) - a(x - h)) / (2 * h), atol=1e-9)


@pytest.mark.parametrize("name", KINK)
def test_the_slope_at_a_kink_is_the_stated_one(name):
    assert ACTIVATIONS[name].derivative(np.zeros(1)) == KINK[name]
    assert ACTIVATIONS[name](0.0) == 0


def test_alpha_sets_the_left_side():
    x = np.array([-3.0, 0.0, 2.0])
    np.testing.assert_allclose(leaky_relu(0.25)(x), [-0.75, 0, 2])
    np.testing.assert_array_equal(leaky_relu(0.25).derivative(x), [0.25, 0.25, 1])
    np.testing.assert_allclose(elu(2.0)(x), [2 * np.expm1(-3), 0, 2])
    np.testing.assert_allclose(elu(2.0).derivative(x), [2 * np.exp(-3), 2, 1])
    for make in (leaky_relu, elu):
        with pytest.raises(ValueError, match=r"alpha must be .*; got -1"):
            make(-1)


EXACT = {  # value and slope with 40 digits
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "tanh": mpmath.tanh,
    "softplus": lambda x: mpmath.log1p(mpmath.exp(x)),
    "gelu": lambda x: x * mpmath.ncdf(x),
    "swish": lambda x: x / (1 + mpmath.exp(-x)),
    "elu": lambda x: x if x > 0 else mpmath.expm1(x),
}


@pytest.mark.parametrize("name", EXACT)
def test_digits_hold_near_zero_and_far_out(name):
    x = np.array([-1e4, -700.0, -40.0, -6.0, -1e-12, 1e-12, 6.0, 40.0, 700.0, 1e4])
    with mpmath.workdps(40):
        value = [float(EXACT[name](mpmath.mpf(v))) for v in x.tolist()]
        slope = [float(mpmath.diff(EXACT[name], mpmath.mpf(v), h=1e-18)) for v in x.tolist()]
    np.testing.assert_allclose(ACTIVATIONS[name](x), value, rtol=1e-15, atol=4e-16)
    np.testing.assert_allclose(ACTIVATIONS[name].derivative(x), slope, rtol=1e-12, atol=1e-15)


@ALL
@pytest.mark.parametrize("far", [np.float64(1e4), np.float64(1e100), np.float32(1e12)])
def test_nothing_overflows_and_the_far_ends_are_the_limits(name, far):
    a, x = ACTIVATIONS[name], np.array([-far, far])
    left = {"identity": -far, "leaky_relu": -far / 100, "elu": -1, "tanh": -1}.get(name, 0)
    right = 1 if name in ("sigmoid", "heaviside", "tanh") else far
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        np.testing.assert_allclose(a(x), [left, right], rtol=1e-6 if far == 1e12 else 1e-14)
        slopes = [{"identity": 1, "leaky_relu": 0.01}.get(name, 0), float(right == far)]
        np.testing.assert_allclose(a.derivative(x), slopes, rtol=1e-6)


@ALL
def test_single_precision_and_single_numbers_stay(name):
    a, x = ACTIVATIONS[name], X.astype(np.float32)
    assert a(x).dtype == a.derivative(x).dtype == np.float32
    assert np.ndim(a(1.5)) == np.ndim(a.derivative(1.5)) == 0
    assert a(1.5) == a(np.array([1.5]))[0]
