"""Oracles: torch.autograd.functional; scipy.differentiate; closed forms; counted runs."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.differentiate import jacobian as scipy_jacobian
from torch.autograd import functional as torch_derivatives

import udlbook.autodiff as ad
from udlbook.autodiff import (
    Tensor,
    difference_hessian,
    difference_jacobian,
    difference_laplacian,
    grad,
    hessian,
    jacobian,
    laplacian,
)

RNG = np.random.default_rng(3)
A, X = RNG.standard_normal((3, 4)), RNG.standard_normal(4)


def bump(x):
    return x[0] * np.exp(-0.5 * np.sum(x**2))


def torch_bump(x):
    return x[0] * torch.exp(-0.5 * torch.sum(x**2))


def traced_bump(x):
    return x[0] * ad.exp(-0.5 * ad.sum(x**2))


def counted(f):
    def run(x):
        run.times += 1
        return f(x)

    run.times = 0
    return run


def test_difference_jacobian_is_that_of_torch_and_of_scipy():
    ours = difference_jacobian(lambda x: np.tanh(A @ x), X)
    theirs = torch_derivatives.jacobian(lambda x: torch.tanh(torch.tensor(A) @ x), torch.tensor(X))
    np.testing.assert_allclose(ours, theirs.numpy(), rtol=1e-8, atol=1e-10)
    scipy = scipy_jacobian(lambda x: np.einsum("ij,j...->i...", np.tanh(A), np.sin(x)), X)
    ours = difference_jacobian(lambda x: np.tanh(A) @ np.sin(x), X)
    np.testing.assert_allclose(ours, scipy.df, rtol=1e-8, atol=1e-9)


def test_difference_jacobian_puts_the_axes_of_the_value_first():
    x = RNG.standard_normal((2, 3))
    left = RNG.standard_normal((5, 2))
    got = difference_jacobian(lambda x: left @ x, x)
    assert got.shape == (5, 3, 2, 3)
    np.testing.assert_allclose(got, np.einsum("ia,jb->ijab", left, np.eye(3)), atol=1e-9)
    assert difference_jacobian(np.sin, 0.3).shape == ()
    np.testing.assert_allclose(difference_jacobian(np.sin, 0.3), math.cos(0.3), atol=1e-10)
    assert difference_jacobian(lambda x: np.ones(2), np.zeros(0)).shape == (2, 0)


def test_a_function_may_write_all_its_values_into_one_array():
    out = np.zeros(4)
    got = difference_jacobian(lambda x: np.multiply(x, 3.0, out=out), X)
    np.testing.assert_allclose(got, 3 * np.eye(4), atol=1e-9)


def test_difference_hessian_and_laplacian_are_those_of_torch():
    want = torch_derivatives.hessian(torch_bump, torch.tensor(X)).numpy()
    got = difference_hessian(bump, X)
    np.testing.assert_allclose(got, want, atol=3e-7)
    assert not np.array_equal(got, np.diag(np.diag(got)))
    assert difference_laplacian(bump, X) == pytest.approx(np.trace(want), abs=3e-7)


def test_differences_read_tensors_as_arrays():
    trig = lambda x: ad.sin(Tensor(x, requires_grad=True))  # noqa: E731
    np.testing.assert_allclose(difference_jacobian(trig, X), np.diag(np.cos(X)), atol=1e-9)
    np.testing.assert_allclose(difference_hessian(traced_bump, Tensor(X)).shape, (4, 4))


def test_runs_of_the_function_are_as_many_as_promised():
    for differentiate, times in (
        (difference_jacobian, 2 * 4),
        (difference_hessian, 4 * 4**2),
        (difference_laplacian, 2 * 4 + 1),
    ):
        f = counted(bump)
        differentiate(f, X)
        assert f.times == times


@settings(deadline=None, max_examples=25)
@given(st.floats(-1e8, 1e8), st.floats(0.1, 3.0))
def test_steps_grow_with_x_and_are_divided_by_as_taken(x, slope):
    # On a line there is no truncation: what is left is rounding of f, about eps |x| / (h |x|).
    got = difference_jacobian(lambda t: slope * t, x)
    assert got == pytest.approx(slope, rel=1e-9)


def test_a_step_that_is_not_a_sum_of_powers_of_two_is_divided_by_as_taken():
    # 0.3 + 1e-9 is rounded by up to 3e-17, which is 3e-8 of the step; the width knows.
    got = difference_jacobian(lambda t: t, 0.3, step=1e-9)
    assert got == 1.0


@pytest.mark.parametrize("step", [1e-2, 1e-3])
def test_truncation_is_that_of_the_series(step):
    x = 0.7  # derivatives of exp are all exp(x)
    slope = difference_jacobian(np.exp, x, step=step) - math.exp(x)
    assert slope == pytest.approx(step**2 / 6 * math.exp(x), rel=1e-2)
    bend = difference_laplacian(np.exp, x, step=step) - math.exp(x)
    assert bend == pytest.approx(step**2 / 12 * math.exp(x), rel=1e-2)
    double = difference_hessian(np.exp, x, step=step) - math.exp(x)
    assert double == pytest.approx(step**2 / 3 * math.exp(x), rel=1e-2)


def test_default_steps_leave_the_digits_that_they_promise():
    eps = np.finfo(float).eps
    x = np.linspace(0.2, 1.2, 40)
    first = [difference_jacobian(np.exp, t) / math.exp(t) - 1 for t in x]
    second = [difference_laplacian(np.exp, t) / math.exp(t) - 1 for t in x]
    assert np.median(np.abs(first)) < 2 * eps ** (2 / 3)
    assert np.median(np.abs(second)) < 3 * eps ** (1 / 2)


def test_bad_places_steps_and_functions_are_named():
    with pytest.raises(ValueError, match="x must be finite; got"):
        difference_jacobian(np.sin, [0.0, np.nan])
    for step in (0.0, -1e-3, float("nan")):
        with pytest.raises(ValueError, match="step must be positive; got"):
            difference_hessian(bump, X, step=step)
    with pytest.raises(ValueError, match="step must move x; got 1e-20"):
        difference_laplacian(np.sin, 1.0, step=1e-20)
    for differentiate in (difference_hessian, difference_laplacian):
        with pytest.raises(ValueError, match=r"single number; got shape \(4,\)"):
            differentiate(np.sin, X)
    with pytest.raises(ValueError, match=r"one shape everywhere; got \(2,\) and \(1,\)"):
        difference_jacobian(lambda x: np.ones(1 + int(x > 0)), 0.0)


def test_hessian_is_that_of_torch_for_any_shape_and_argument():
    np.testing.assert_allclose(
        hessian(traced_bump)(X), torch_derivatives.hessian(torch_bump, torch.tensor(X)).numpy()
    )
    ours = hessian(lambda s, w: s * ad.sum(ad.sin(w) @ ad.exp(w)), argnums=1)
    w = RNG.standard_normal((2, 2))
    theirs = torch_derivatives.hessian(
        lambda w: 0.7 * (torch.sin(w) @ torch.exp(w)).sum(), torch.tensor(w)
    )
    assert ours(0.7, w).shape == (2, 2, 2, 2)
    np.testing.assert_allclose(ours(0.7, w), theirs.numpy(), atol=1e-12)
    assert hessian(lambda t: t**3)(2.0) == 12.0


def test_laplacian_is_the_trace_of_the_hessian_of_torch():
    want = torch_derivatives.hessian(torch_bump, torch.tensor(X)).trace().item()
    assert laplacian(traced_bump)(X) == pytest.approx(want, rel=1e-12)
    w = RNG.standard_normal((2, 3))
    quartic = lambda s, w: s * ad.sum(w**4) + ad.sum(w[0] * w[1])  # noqa: E731
    assert laplacian(quartic, argnums=1)(0.5, w) == pytest.approx(6 * np.sum(w**2), rel=1e-12)
    assert laplacian(ad.sin)(0.4) == pytest.approx(-math.sin(0.4), rel=1e-14)


def test_laplacian_vanishes_for_a_harmonic_function_and_can_be_differentiated():
    harmonic = lambda x: ad.log(ad.sum(x**2))  # noqa: E731  in the plane
    assert abs(laplacian(harmonic)(np.array([0.6, -1.1]))) < 1e-13
    quartic = lambda x: ad.sum(x**2) ** 2  # noqa: E731  Laplacian (4n + 8) |x|^2
    np.testing.assert_allclose(grad(laplacian(quartic))(X), 2 * (4 * 4 + 8) * X, rtol=1e-12)


def test_second_derivatives_of_what_is_straight_are_zero():
    assert laplacian(lambda x: ad.sum(x))(X) == 0
    np.testing.assert_array_equal(hessian(lambda x: ad.sum(x))(X), np.zeros((4, 4)))


def test_second_derivatives_need_a_single_number():
    for transform in (hessian, laplacian):
        with pytest.raises(ValueError, match="single number"):
            transform(ad.sin)(X)


def test_differences_and_autodiff_judge_each_other():
    f = lambda x: ad.sin(A @ x)  # noqa: E731
    np.testing.assert_allclose(difference_jacobian(f, X), jacobian(f)(X), atol=1e-9)
    np.testing.assert_allclose(
        difference_hessian(traced_bump, X), hessian(traced_bump)(X), atol=3e-7
    )
