"""Oracles: torch.autograd.functional; derivatives in closed form; what Python says of memory."""

import gc
import tracemalloc
from collections import namedtuple

import numpy as np
import pytest
import torch

import udlbook.autodiff as ad
from udlbook.autodiff import (
    Tensor,
    check_gradients,
    checkpoint,
    differentiable,
    grad,
    hessian_vector_product,
    jacobian,
    jvp,
    no_grad,
    sin,
    tanh,
    value_and_grad,
    vjp,
)  # fmt: skip

RNG = np.random.default_rng(0)
X, V, A = RNG.standard_normal(4), RNG.standard_normal(4), RNG.standard_normal((3, 4))


def ours(x):
    return tanh(A @ x) * sin(x).sum()


def theirs(x):
    return torch.tanh(torch.tensor(A) @ x) * torch.sin(x).sum()


def test_jvp_is_that_of_torch():
    value, tangent = jvp(ours, (X,), (V,))
    want = torch.autograd.functional.jvp(theirs, torch.tensor(X), torch.tensor(V))
    np.testing.assert_allclose(value, want[0].numpy())
    np.testing.assert_allclose(tangent, want[1].numpy())
    assert isinstance(value, np.ndarray) and isinstance(tangent, np.ndarray)


def test_vjp_is_that_of_torch_and_can_be_called_again():
    value, pullback = vjp(ours, X)
    for seed in range(2):
        u = np.random.default_rng(seed).standard_normal(3)
        want = torch.autograd.functional.vjp(theirs, torch.tensor(X), torch.tensor(u))
        np.testing.assert_allclose(value, want[0].numpy())
        np.testing.assert_allclose(pullback(u)[0], want[1].numpy())


def test_jacobian_and_hessian_are_those_of_torch():
    want = torch.autograd.functional.jacobian(theirs, torch.tensor(X))
    np.testing.assert_allclose(jacobian(ours)(X), want.numpy())
    want = torch.autograd.functional.hessian(lambda x: theirs(x).sum(), torch.tensor(X))
    np.testing.assert_allclose(jacobian(grad(lambda x: ours(x).sum()))(X), want.numpy())


def test_hessian_vector_product_is_that_of_torch():
    want = torch.autograd.functional.hvp(
        lambda x: theirs(x).sum(), torch.tensor(X), torch.tensor(V)
    )[1]
    got = hessian_vector_product(lambda x: ours(x).sum(), X, V)
    np.testing.assert_allclose(got, want.numpy())
    assert isinstance(got, np.ndarray)


def test_hessian_vector_product_of_a_quadratic_is_its_matrix_times_the_vector():
    q = A.T @ A
    got = hessian_vector_product(lambda x: 0.5 * x @ (q @ x), X, V)
    np.testing.assert_allclose(got, q @ V)
    np.testing.assert_allclose(hessian_vector_product(lambda x: x.sum(), X, V), 0)


def test_jvp_of_several_arguments_of_which_one_is_not_used():
    value, tangent = jvp(lambda a, b: a * a, (X, V), (V, X))
    np.testing.assert_allclose(value, X * X)
    np.testing.assert_allclose(tangent, 2 * X * V)
    np.testing.assert_allclose(jvp(lambda a: Tensor([1.0, 2.0]), (X,), (V,))[1], [0, 0])


def test_directions_must_fit_the_arguments():
    with pytest.raises(ValueError, match=r"shapes \[\(4,\)\].* got \[\(1,\)\]"):
        jvp(sin, (X,), (V[:1],))
    with pytest.raises(ValueError, match="directions must have shapes"):
        hessian_vector_product(lambda x: x.sum(), X, V[:1])


def test_jvp_can_be_differentiated():
    got = grad(lambda x: jvp(lambda z: z**3, (x,), (V,))[1].sum())(X)
    np.testing.assert_allclose(got, 6 * X * V)


def test_gradients_nest_to_any_order():
    f = lambda x: x**5  # noqa: E731
    wanted = [80.0, 160.0, 240.0, 240.0, 120.0, 0.0]
    for want in wanted:
        f = grad(f)
        assert f(2.0) == want


def test_nested_gradients_do_not_confuse_their_variables():
    """d/dx [x * d/dy (x + y)] at y = 1 is 1: the classic of perturbation confusion."""
    assert grad(lambda x: x * grad(lambda y: x + y)(Tensor(1.0)))(1.0) == 1.0
    assert grad(lambda x: grad(lambda y: x * y * y)(x))(3.0) == 12.0  # d/dx 2 x x


def test_what_a_function_captures_is_left_alone():
    w = Tensor([1.0, 2.0], requires_grad=True)
    z = w * 3.0  # a graph that somebody still needs
    got = grad(lambda x: (x * z * w).sum())(np.array([1.0, 1.0]))
    np.testing.assert_allclose(got, [3.0, 12.0])
    assert w.grad is None
    (z * z).sum().backward()
    np.testing.assert_allclose(w.grad, [18.0, 36.0])


def test_gradients_have_the_structure_of_their_argument():
    Point = namedtuple("Point", "x y")
    params = {"layers": [(A, X), (V,)], "point": Point(np.float64(2.0), np.ones(2))}

    def f(p):
        (a, x), (v,) = p["layers"]
        return (a @ (x * v)).sum() + p["point"].x ** 2

    value, g = value_and_grad(f)(params)
    assert value == pytest.approx(np.sum(A @ (X * V)) + 4)
    np.testing.assert_allclose(g["layers"][0][0], np.ones((3, 1)) * (X * V))
    np.testing.assert_allclose(g["layers"][1][0], A.sum(0) * X)
    assert g["point"].x == 4.0 and isinstance(g["point"], Point)
    np.testing.assert_array_equal(g["point"].y, 0)  # not used: a zero, not None


def test_argnums_choose_the_argument():
    f = lambda a, b: (a * b).sum()  # noqa: E731
    np.testing.assert_allclose(grad(f, argnums=1)(X, V), X)
    both = grad(f, argnums=(1, 0))(X, V)
    np.testing.assert_allclose(both[0], X)
    np.testing.assert_allclose(both[1], V)


def test_gradients_of_transforms_may_be_written_to():
    x = np.ones(3)
    a, b = grad(lambda x, y: (x + y).sum(), argnums=(0, 1))(x, x)
    a += 1
    assert b.tolist() == [1, 1, 1] and x.tolist() == [1, 1, 1]


def test_gradients_are_taken_also_inside_no_grad():
    with no_grad():
        assert grad(lambda x: x * x)(3.0) == 6.0


def test_a_gradient_of_several_numbers_or_of_integers_is_an_error():
    with pytest.raises(ValueError, match=r"single number; got \(4,\)"):
        grad(sin)(X)
    with pytest.raises(TypeError, match="floating-point numbers; got int64"):
        grad(lambda x: x.sum())(np.arange(3))


def test_a_function_must_return_one_tensor():
    with pytest.raises(TypeError, match="must return one Tensor; got tuple"):
        vjp(lambda x: (x, x), X)


def test_value_and_grad_frees_values_on_its_way_back():
    n, size = 50, 100_000

    def f(x):
        for _ in range(n):
            x = ad.exp(x) * 0.1
        return x.sum()

    gc.collect()
    tracemalloc.start()
    value_and_grad(f)(np.ones(size))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1.2 * n * size * 8


def test_a_pullback_of_the_wrong_shape_is_named():
    @differentiable(x=lambda g: g.sum())
    def odd(x):
        return x * 1.0

    with pytest.raises(ValueError, match=r"must have shape \(4,\).* got \(\)"):
        grad(lambda x: odd(x).sum())(X)
    with pytest.raises(ValueError, match="y is the result"):
        differentiable(y=lambda g: g)(lambda y: y)


# ------------------------------------------------------------------------------- checking


@differentiable(x=lambda g, x: g * 2 * x + 1e-3)
def wrong_square(x):
    return x * x


@differentiable(x=lambda g, x: g * np.asarray(x) ** 2 * 3)
def cube_that_is_differentiable_once(x):
    return x**3


def test_check_gradients_accepts_right_and_rejects_wrong_pullbacks():
    check_gradients(lambda a, x: tanh(a @ x), A, X, order=2)
    with pytest.raises(ValueError, match="the slope of wrong_square"):
        check_gradients(wrong_square, X)


def test_check_gradients_of_second_order_sees_what_the_first_order_cannot():
    check_gradients(cube_that_is_differentiable_once, X)
    with pytest.raises((ValueError, AttributeError)):
        check_gradients(cube_that_is_differentiable_once, X, order=2)


def test_check_gradients_needs_double_precision():
    with pytest.raises(ValueError, match="float64 arguments; got float32"):
        check_gradients(sin, X.astype(np.float32))
    with pytest.raises(ValueError, match="order must be one of 1, 2; got 3"):
        check_gradients(sin, X, order=3)


# ------------------------------------------------------------------------------- checkpoints


def block(h, w):
    for _ in range(4):
        h = tanh(h @ w)
    return h


def run(wrap, x, w):
    h = x
    for _ in range(6):
        h = wrap(h)
    loss = (h * h).sum()
    loss.backward()
    return loss


def test_checkpoints_change_memory_and_not_gradients():
    rng = np.random.default_rng(1)
    x0, w0 = rng.standard_normal((200, 50)), 0.2 * rng.standard_normal((50, 50))
    results, peaks = [], []
    for use in (False, True):
        x, w = Tensor(x0, requires_grad=True), Tensor(w0, requires_grad=True)
        gc.collect()
        tracemalloc.start()
        run((lambda h, w=w: checkpoint(block, h, w)) if use else lambda h, w=w: block(h, w), x, w)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        results.append((x.grad, w.grad))
    for a, b in zip(*results, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)
    assert peaks[1] < 0.6 * peaks[0]


def test_a_checkpoint_computes_its_inside_once_more_and_no_more():
    calls = []

    def f(a, b):
        calls.append(1)
        return a * b

    a, b = Tensor(X, requires_grad=True), Tensor(V, requires_grad=True)
    checkpoint(f, a, b).sum().backward()
    assert len(calls) == 2
    np.testing.assert_allclose(a.grad, V)
    np.testing.assert_allclose(b.grad, X)


def test_a_checkpoint_can_be_differentiated_twice():
    f = lambda x: (sin(x) * x).sum()  # noqa: E731
    got = hessian_vector_product(lambda x: checkpoint(f, x), X, V)
    np.testing.assert_allclose(got, (2 * np.cos(X) - X * np.sin(X)) * V)


def test_a_checkpoint_takes_constants_and_refuses_hidden_parameters():
    x, w = Tensor(X, requires_grad=True), Tensor(V, requires_grad=True)
    pick = np.array([0, 0, 2])
    checkpoint(lambda x, i: x[i] * x[i], x, pick).sum().backward()
    np.testing.assert_allclose(x.grad, [4 * X[0], 0, 2 * X[2], 0])
    with pytest.raises(ValueError, match="as arguments; got a function that brings one along"):
        checkpoint(lambda x: x * w, x)
    assert not isinstance(checkpoint(ad.sin, X), Tensor)
