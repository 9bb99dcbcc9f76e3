"""Oracles: torch (values, first and second derivatives); central differences in plain NumPy."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

import udlbook.autodiff as ad
from udlbook.autodiff import Tensor

PICK = np.array([0, 2, 2, 1])
MASK = np.array([[True, False, True, True], [False] * 4, [True, True, False, True]])


def randn(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).standard_normal(shape)


def second_order(f, arrays):
    """Value, gradients, and gradients of a random combination of gradients: all by torch."""
    xs = [torch.tensor(a, requires_grad=True) for a in arrays]
    y = f(*xs)
    v = torch.tensor(randn(*y.shape, seed=1))
    first = torch.autograd.grad((y * v).sum(), xs, create_graph=True)
    mixed = sum((g * torch.tensor(randn(*g.shape, seed=2))).sum() for g in first)
    if not mixed.requires_grad:
        return y, first, [torch.zeros_like(x) for x in xs]
    second = torch.autograd.grad(mixed, xs, allow_unused=True, materialize_grads=True)
    return y, first, second


def second_order_ours(f, arrays):
    xs = [Tensor(a, requires_grad=True) for a in arrays]
    y = f(*xs)
    (y * randn(*y.shape, seed=1)).sum().backward(create_graph=True)
    first = [x.grad for x in xs]
    mixed = sum((g * randn(*g.shape, seed=2)).sum() for g in first)
    for x in xs:
        x.zero_grad()
    if mixed.requires_grad:
        mixed.backward()
    zero = [np.zeros(x.shape) for x in xs]
    second = [z if x.grad is None else x.grad for x, z in zip(xs, zero, strict=True)]
    return y, first, second


CASES = {
    # name: (ours, torch's, arguments)
    "add": (ad.add, torch.add, [randn(3, 4), randn(4)]),
    "sub": (ad.sub, torch.sub, [randn(3, 1), randn(1, 4)]),
    "mul": (ad.mul, torch.mul, [randn(2, 3, 4), randn(3, 1)]),
    "div": (ad.div, torch.div, [randn(3, 4), randn(4) + 4]),
    "pow": (ad.pow, torch.pow, [abs(randn(3, 4)) + 0.1, randn(4)]),
    "power of zero": (lambda x: x**3 + x**0, lambda x: x**3 + x**0, [np.array([0.0, 1.0, -2.0])]),
    "neg": (ad.neg, torch.neg, [randn(3)]),
    "exp": (ad.exp, torch.exp, [randn(3)]),
    "log": (ad.log, torch.log, [abs(randn(3)) + 0.1]),
    "sin": (ad.sin, torch.sin, [randn(3)]),
    "cos": (ad.cos, torch.cos, [randn(3)]),
    "tanh": (ad.tanh, torch.tanh, [randn(3)]),
    "sigmoid": (ad.sigmoid, torch.sigmoid, [np.array([-800.0, -1.0, 0.3, 800.0])]),
    "relu": (ad.relu, torch.relu, [np.array([-1.0, 0.0, 2.0])]),
    "abs": (ad.abs, torch.abs, [np.array([-1.0, 0.0, 2.0])]),
    "sqrt": (ad.sqrt, torch.sqrt, [abs(randn(3)) + 0.1]),
    "erf": (ad.erf, torch.erf, [3 * randn(9)]),
    "gelu": (ad.gelu, F.gelu, [3 * randn(9)]),
    "gelu, tanh": (
        lambda x: ad.gelu(x, approximate=True),
        lambda x: F.gelu(x, approximate="tanh"),
        [3 * randn(9)],
    ),
    "maximum": (ad.maximum, torch.maximum, [randn(3, 4), randn(4)]),
    "minimum": (ad.minimum, torch.minimum, [randn(3, 4), randn(4)]),
    "maximum of equals": (ad.maximum, torch.maximum, [np.ones(3), np.array([0.0, 1.0, 2.0])]),
    "minimum of equals": (ad.minimum, torch.minimum, [np.ones(3), np.array([0.0, 1.0, 2.0])]),
    "clip": (
        lambda x: ad.clip(x, -1, 0.5),
        lambda x: torch.clamp(x, -1, 0.5),
        [np.array([-2.0, -1.0, 0.0, 0.5, 3.0])],
    ),
    "clip below": (lambda x: x.clip(low=0.1), lambda x: torch.clamp(x, min=0.1), [randn(9)]),
    "where": (
        lambda a, b: ad.where(MASK, a, b),
        lambda a, b: torch.where(torch.tensor(MASK), a, b),
        [randn(3, 4), randn(4)],
    ),
    "sum": (ad.sum, torch.sum, [randn(3, 4)]),
    "sum over axes": (
        lambda x: x.sum((0, -1)) ** 2,
        lambda x: x.sum((0, -1)) ** 2,
        [randn(2, 3, 4)],
    ),
    "sum, keepdims": (
        lambda x: x * x.sum(axis=1, keepdims=True),
        lambda x: x * x.sum(1, keepdim=True),
        [randn(2, 3)],
    ),
    "mean": (lambda x: ad.mean(x, -1) ** 2, lambda x: x.mean(-1) ** 2, [randn(2, 3, 4)]),
    "mean of all": (lambda x: x.mean() ** 3, lambda x: x.mean() ** 3, [randn(2, 3)]),
    "var": (lambda x: x.var(axis=0), lambda x: x.var(0, correction=0), [randn(4, 3)]),
    "var, ddof": (
        lambda x: x.var((0, 2), ddof=1, keepdims=True),
        lambda x: x.var((0, 2), correction=1, keepdim=True),
        [randn(4, 3, 2)],
    ),
    "max": (lambda x: x.max(axis=1), lambda x: x.amax(1), [randn(3, 4)]),
    "max of equals": (
        lambda x: x.max(),
        lambda x: x.amax((0, 1)),
        [np.array([[1.0, 3.0], [3.0, 3.0]])],
    ),
    "min": (lambda x: ad.min(x, (0, 2), True), lambda x: x.amin((0, 2), True), [randn(3, 4, 2)]),
    "logsumexp": (lambda x: x.logsumexp(0), lambda x: x.logsumexp(0), [500 * randn(3, 4)]),
    "reshape": (lambda x: x.reshape(2, -1) ** 2, lambda x: x.reshape(2, -1) ** 2, [randn(3, 4)]),
    "transpose": (
        lambda x: x.transpose(2, 0, 1) ** 2,
        lambda x: x.permute(2, 0, 1) ** 2,
        [randn(2, 3, 4)],
    ),
    "T": (lambda x: x.T**2, lambda x: x.T**2, [randn(2, 3)]),
    "swapaxes": (
        lambda x: x.swapaxes(0, -1) ** 2,
        lambda x: x.swapaxes(0, -1) ** 2,
        [randn(2, 3, 4)],
    ),
    "expand_dims": (
        lambda x: ad.expand_dims(x, 1) * x,
        lambda x: x.unsqueeze(1) * x,
        [randn(3, 3)],
    ),
    "squeeze": (lambda x: x.squeeze(1) ** 2, lambda x: x.squeeze(1) ** 2, [randn(3, 1, 2)]),
    "broadcast_to": (
        lambda x: ad.broadcast_to(x, (2, 3, 4)) ** 2,
        lambda x: x.expand(2, 3, 4) ** 2,
        [randn(3, 1)],
    ),
    "slice": (lambda x: x[::2, 1] ** 2, lambda x: x[::2, 1] ** 2, [randn(5, 3)]),
    "slice back": (lambda x: x[::-1] ** 2, lambda x: x.flip(0) ** 2, [randn(5, 3)]),
    "gather rows": (lambda x: x[PICK] ** 2, lambda x: x[torch.tensor(PICK)] ** 2, [randn(4, 3)]),
    "gather last row": (lambda x: x[[-1, 3, 0]] ** 2, lambda x: x[[-1, 3, 0]] ** 2, [randn(4, 3)]),
    "gather in 2-D": (
        lambda x: x[PICK.reshape(2, 2)] ** 2,
        lambda x: x[torch.tensor(PICK.reshape(2, 2))] ** 2,
        [randn(4, 3)],
    ),
    "gather elements": (
        lambda x: x[PICK, PICK] ** 2,
        lambda x: x[torch.tensor(PICK), torch.tensor(PICK)] ** 2,
        [randn(4, 3)],
    ),
    "gather from a vector": (
        lambda x: x[PICK] ** 2,
        lambda x: x[torch.tensor(PICK)] ** 2,
        [randn(4)],
    ),
    "mask": (lambda x: x[MASK] ** 2, lambda x: x[torch.tensor(MASK)] ** 2, [randn(3, 4)]),
    "new axis": (lambda x: x[:, None] * x, lambda x: x[:, None] * x, [randn(3)]),
    "take_along_axis": (
        lambda x: ad.take_along_axis(x, PICK[:, None] % 3 * [[1, 1]], 1) ** 2,
        lambda x: torch.take_along_dim(x, torch.tensor(PICK[:, None] % 3 * [[1, 1]]), 1) ** 2,
        [randn(4, 3)],
    ),
    "scatter": (
        lambda x: ad.scatter(x, PICK, (4, 3)) ** 2,
        lambda x: torch.zeros(4, 3, dtype=x.dtype).index_add(0, torch.tensor(PICK), x) ** 2,
        [randn(4, 3)],
    ),
    "concatenate": (
        lambda a, b: ad.concatenate([a, b, a], axis=-1) ** 2,
        lambda a, b: torch.cat([a, b, a], -1) ** 2,
        [randn(2, 3), randn(2, 4)],
    ),
    "stack": (
        lambda a, b: ad.stack([a, b, 2 * a], axis=1) ** 2,
        lambda a, b: torch.stack([a, b, 2 * a], 1) ** 2,
        [randn(2, 3), randn(2, 3)],
    ),
    "pad": (
        lambda x: ad.pad(x, ((1, 2), (0, 3))) ** 2,
        lambda x: F.pad(x, (0, 3, 1, 2)) ** 2,
        [randn(2, 3)],
    ),
    "matmul": (ad.matmul, torch.matmul, [randn(3, 4), randn(4, 2)]),
    "matmul, batches broadcast": (ad.matmul, torch.matmul, [randn(2, 1, 3, 4), randn(5, 4, 2)]),
    "matmul, shared matrix": (ad.matmul, torch.matmul, [randn(3, 4), randn(5, 4, 2)]),
    "matrix and vector": (ad.matmul, torch.matmul, [randn(5, 3, 4), randn(4)]),
    "vector and matrix": (ad.matmul, torch.matmul, [randn(4), randn(5, 4, 3)]),
    "two vectors": (ad.matmul, torch.matmul, [randn(4), randn(4)]),
    "linear": (ad.linear, F.linear, [randn(2, 3, 4), randn(5, 4), randn(5)]),
    "linear without bias": (ad.linear, F.linear, [randn(3, 4), randn(5, 4)]),
    "einsum": (
        lambda a, b: ad.einsum("bij,kj->bk", a, b),
        lambda a, b: torch.einsum("bij,kj->bk", a, b),
        [randn(2, 3, 4), randn(5, 4)],
    ),
    "einsum, letters summed alone": (
        lambda a, b: ad.einsum("ij,kl->jk", a, b) ** 2,
        lambda a, b: torch.einsum("ij,kl->jk", a, b) ** 2,
        [randn(2, 3), randn(4, 5)],
    ),
    "einsum of three": (
        lambda a, b, c: ad.einsum("ij,jk,kl->il", a, b, c),
        lambda a, b, c: torch.einsum("ij,jk,kl->il", a, b, c),
        [randn(2, 3), randn(3, 4), randn(4, 5)],
    ),
    "einsum without arrow": (
        lambda a, b: ad.einsum("ij,jk", a, b),
        lambda a, b: torch.einsum("ij,jk", a, b),
        [randn(2, 3), randn(3, 5)],
    ),
    "einsum of one": (
        lambda a: ad.einsum("ijk->ki", a) ** 2,
        lambda a: torch.einsum("ijk->ki", a) ** 2,
        [randn(2, 3, 4)],
    ),
    "conv2d": (ad.conv2d, F.conv2d, [randn(2, 3, 6, 5), randn(4, 3, 3, 2), randn(4)]),
    "conv2d with options": (
        lambda *a: ad.conv2d(*a, stride=(2, 1), padding=(1, 2), dilation=(2, 1)),
        lambda *a: F.conv2d(*a, stride=(2, 1), padding=(1, 2), dilation=(2, 1)),
        [randn(2, 3, 8, 5), randn(4, 3, 3, 2), randn(4)],
    ),
    "conv2d, stride that leaves a rest": (
        lambda *a: ad.conv2d(*a, stride=3),
        lambda *a: F.conv2d(*a, stride=3),
        [randn(2, 2, 9, 7), randn(3, 2, 2, 2)],
    ),
    "conv2d in groups": (
        lambda *a: ad.conv2d(*a, groups=2),
        lambda *a: F.conv2d(*a, groups=2),
        [randn(2, 4, 4, 5), randn(6, 2, 3, 2), randn(6)],
    ),
    "conv1d": (
        lambda *a: ad.conv1d(*a, stride=2, padding=3, dilation=2),
        lambda *a: F.conv1d(*a, stride=2, padding=3, dilation=2),
        [randn(2, 3, 11), randn(4, 3, 3), randn(4)],
    ),
    "max_pool2d": (
        lambda x: ad.max_pool2d(x, 2),
        lambda x: F.max_pool2d(x, 2),
        [randn(2, 3, 7, 6)],
    ),
    "max_pool2d, overlapping": (
        lambda x: ad.max_pool2d(x, (3, 2), (2, 1)) ** 2,
        lambda x: F.max_pool2d(x, (3, 2), (2, 1)) ** 2,
        [randn(2, 3, 7, 6)],
    ),
    "max_pool2d of equals": (
        lambda x: ad.max_pool2d(x, 3, 1) ** 2,
        lambda x: F.max_pool2d(x, 3, 1) ** 2,
        [np.random.default_rng(0).integers(0, 3, (2, 1, 6, 6)).astype(float)],
    ),
    "avg_pool2d": (
        lambda x: ad.avg_pool2d(x, 3, 2) ** 2,
        lambda x: F.avg_pool2d(x, 3, 2) ** 2,
        [randn(2, 3, 7, 6)],
    ),
    "max_pool1d": (
        lambda x: ad.max_pool1d(x, 3, 2),
        lambda x: F.max_pool1d(x, 3, 2),
        [randn(2, 3, 8)],
    ),
    "avg_pool1d": (lambda x: ad.avg_pool1d(x, 2), lambda x: F.avg_pool1d(x, 2), [randn(2, 3, 7)]),
    "softmax": (lambda x: ad.softmax(x, 0), lambda x: x.softmax(0), [randn(3, 4)]),
    "log_softmax": (ad.log_softmax, lambda x: x.log_softmax(-1), [100 * randn(3, 4)]),
    "cross_entropy": (
        lambda x: ad.cross_entropy(x, PICK),
        lambda x: F.cross_entropy(x, torch.tensor(PICK)),
        [randn(4, 3)],
    ),
    "cross_entropy, sum": (
        lambda x: ad.cross_entropy(x, PICK, reduction="sum"),
        lambda x: F.cross_entropy(x, torch.tensor(PICK), reduction="sum"),
        [randn(4, 3)],
    ),
    "cross_entropy, none": (
        lambda x: ad.cross_entropy(x, PICK, "none"),
        lambda x: F.cross_entropy(x, torch.tensor(PICK), reduction="none"),
        [randn(4, 3)],
    ),
}
KINKED = {"relu", "abs", "sqrt", "maximum of equals", "minimum of equals", "clip"}
KINKED |= {"max_pool2d of equals", "max of equals", "logsumexp"}
NAMED = [name for name, case in CASES.items() if case[0] in vars(ad).values()]


@pytest.mark.parametrize("name", CASES)
def test_value_gradient_and_second_derivative_are_those_of_torch(name):
    ours, theirs, arrays = CASES[name]
    for got, want in zip(
        second_order_ours(ours, arrays), second_order(theirs, arrays), strict=True
    ):
        got = got if isinstance(got, list) else [got]
        want = [want] if isinstance(want, torch.Tensor) else want
        for a, b in zip(got, want, strict=True):
            assert np.shape(a) == tuple(b.shape)
            np.testing.assert_allclose(a, b.numpy(force=True), rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("name", sorted(CASES.keys() - KINKED))
def test_gradient_is_the_slope_along_a_random_direction(name):
    ours, _, arrays = CASES[name]
    xs = [Tensor(a, requires_grad=True) for a in arrays]
    y = ours(*xs)
    v = randn(*y.shape, seed=3)
    y.backward(v)
    moves = [randn(*a.shape, seed=4) for a in arrays]
    ahead, behind = (
        np.sum(
            v * np.asarray(ours(*(Tensor(a + s * m) for a, m in zip(arrays, moves, strict=True))))
        )
        for s in (1e-6, -1e-6)
    )
    slope = sum(np.sum(x.grad * m) for x, m in zip(xs, moves, strict=True))
    np.testing.assert_allclose(slope, (ahead - behind) / 2e-6, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", CASES)
def test_float32_stays_float32(name):
    ours, _, arrays = CASES[name]
    xs = [Tensor(a.astype(np.float32), requires_grad=True) for a in arrays]
    y = ours(*xs)
    assert y.dtype == np.float32
    y.backward(np.ones(y.shape))
    assert all(x.grad.dtype == np.float32 for x in xs)


@pytest.mark.parametrize("name", NAMED)
def test_plain_arrays_give_plain_arrays_with_the_same_values(name):
    operation, _, arrays = CASES[name]
    y = operation(*arrays)
    assert isinstance(y, np.ndarray | np.generic)
    np.testing.assert_array_equal(y, operation(*(Tensor(a) for a in arrays)).data)


def test_zero_to_a_power_has_torchs_slopes():
    arrays = [np.array([0.0, 0.0, 2.0]), np.array([2.0, 1.0, 3.0])]
    xs = [Tensor(a, requires_grad=True) for a in arrays]
    ts = [torch.tensor(a, requires_grad=True) for a in arrays]
    (xs[0] ** xs[1]).sum().backward()
    (ts[0] ** ts[1]).sum().backward()
    for x, t in zip(xs, ts, strict=True):
        np.testing.assert_allclose(x.grad, t.grad.numpy())


shapes = st.lists(st.integers(1, 3), min_size=0, max_size=3)
BINARY = {"add": ad.add, "sub": ad.sub, "mul": ad.mul, "div": ad.div, "maximum": ad.maximum}


@settings(deadline=None, max_examples=60)
@given(shapes, st.data())
def test_broadcasting_sums_the_gradient_back_to_each_shape(shape, data):
    """Torch does the same; shapes lose leading axes and have axes set to 1 at random."""
    pair = []
    for k in range(2):
        keep = shape[data.draw(st.integers(0, len(shape))) :] if k else shape
        pair.append([1 if data.draw(st.booleans()) else n for n in keep])
    name = data.draw(st.sampled_from(sorted(BINARY)))
    arrays = [randn(*s, seed=k) + 3 * k for k, s in enumerate(pair)]
    theirs = getattr(torch, name)
    for got, want in zip(
        second_order_ours(BINARY[name], arrays), second_order(theirs, arrays), strict=True
    ):
        got = got if isinstance(got, list) else [got]
        want = [want] if isinstance(want, torch.Tensor) else want
        for a, b in zip(got, want, strict=True):
            assert np.shape(a) == tuple(b.shape)
            np.testing.assert_allclose(a, b.numpy(force=True), rtol=1e-9, atol=1e-10)


@settings(deadline=None, max_examples=40)
@given(
    st.integers(1, 3),
    st.tuples(st.integers(1, 3), st.integers(1, 3)),
    st.tuples(st.integers(1, 3), st.integers(1, 3)),
    st.tuples(st.integers(0, 2), st.integers(0, 2)),
    st.tuples(st.integers(1, 2), st.integers(1, 2)),
    st.tuples(st.integers(5, 8), st.integers(5, 8)),
)
def test_convolution_is_that_of_torch(c, kernel, stride, padding, dilation, size):
    arrays = [randn(2, c, *size), randn(2, c, *kernel), randn(2)]
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    xs = [Tensor(a, requires_grad=True) for a in arrays]
    ts = [torch.tensor(a, requires_grad=True) for a in arrays]
    y, t = ad.conv2d(*xs, **options), F.conv2d(*ts, **options)
    np.testing.assert_allclose(y.data, t.detach().numpy(), atol=1e-12)
    g = randn(*y.shape, seed=5)
    y.backward(g)
    t.backward(torch.tensor(g))
    for a, b in zip(xs, ts, strict=True):
        np.testing.assert_allclose(a.grad, b.grad.numpy(), atol=1e-11)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(-4, 3), max_size=9), st.integers(0, 2))
def test_scatter_adds_whatever_falls_on_one_place(rows, extra):
    x = randn(len(rows), *[2] * extra)
    want = np.zeros((4, *[2] * extra))
    for row, value in zip(rows, x, strict=True):
        want[row] += value
    got = ad.scatter(x, np.array(rows, int), want.shape)
    np.testing.assert_allclose(got, want, atol=1e-14)


def test_erf_is_exact_to_1e_15():
    x = np.concatenate([np.linspace(-7, 7, 20_001), [0.0, -0.0, 1e-300, 40.0, -np.inf, np.inf]])
    np.testing.assert_allclose(ad.erf(x), special.erf(x), rtol=1e-15, atol=0)


def test_python_numbers_do_not_change_the_precision():
    x = Tensor(np.ones(3, np.float32), requires_grad=True)
    y = (2 * x + 1.5) / 3 - x**2 + 2**x
    assert y.dtype == np.float32
    y.sum().backward()
    np.testing.assert_allclose(x.grad, 2 / 3 - 2 + 2 * math.log(2), rtol=1e-6)


def test_a_gradient_has_the_type_of_its_leaf():
    x = Tensor(np.ones(3, np.float32), requires_grad=True)
    y = x * np.ones(3) + x  # the constant is float64
    assert y.dtype == np.float64
    y.sum().backward()
    assert x.grad.dtype == np.float32


def test_arrays_and_lists_on_either_side_of_an_operator():
    x = Tensor([1.0, 2.0], requires_grad=True)
    a = np.array([3.0, 5.0])
    results = [a * x, x * a, a - x, x - a, a / x, x / a, a @ x, x @ a, a + x, a**x]
    wanted = [[3, 10], [3, 10], [2, 3], [-2, -3], [3, 2.5], [1 / 3, 0.4], 13, 13, [4, 7]]
    for got, want in zip(results, [*wanted, [3, 25]], strict=True):
        assert isinstance(got, Tensor) and got.requires_grad
        np.testing.assert_allclose(got.data, want)


def test_a_list_is_taken_as_an_array_by_any_operation():
    x = Tensor([1.0, 2.0], requires_grad=True)
    assert ad.add([3.0, 5.0], x).data.tolist() == [4.0, 7.0]
    assert ad.add([3.0, 5.0], [1.0, 2.0]).tolist() == [4.0, 7.0]
    ad.linear([[3.0, 4.0]], x.reshape(1, 2)).sum().backward()
    assert x.grad.tolist() == [3.0, 4.0]


def test_comparisons_give_boolean_arrays():
    x = Tensor([1.0, 2.0, 3.0], requires_grad=True)
    for got, want in [
        (x > 2, [0, 0, 1]), (x >= 2, [0, 1, 1]), (x < 2, [1, 0, 0]), (x <= 2, [1, 1, 0]),
        (x == 2, [0, 1, 0]), (x != 2, [1, 0, 1]), (np.array([1.0, 3.0, 2.0]) < x, [0, 0, 1]),
    ]:  # fmt: skip
        assert isinstance(got, np.ndarray) and got.dtype == bool
        assert got.tolist() == [bool(w) for w in want]
    np.testing.assert_array_equal(ad.argmax(Tensor([[1.0, 3.0], [5.0, 2.0]]), axis=1), [1, 0])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Tensor(np.ones(3)) + np.ones(4), r"add needs .* got \(3,\) and \(4,\)"),
        (
            lambda: Tensor(np.ones((2, 3))) @ np.ones((2, 3)),
            r"matmul .* got \(2, 3\) and \(2, 3\)",
        ),
        (lambda: ad.linear(np.ones((2, 3)), np.ones((4, 2))), r"linear .* got \(2, 3\) and"),
        (lambda: ad.linear(np.ones((2, 3)), np.ones((4, 3)), np.ones(1)), r"bias .*\(4,\); got"),
        (lambda: ad.einsum("ii->i", np.ones((2, 2))), "einsum needs .* got 'ii->i'"),
        (lambda: ad.einsum("ij,jk->ik", np.ones((2, 2)), np.ones((3, 2))), "einsum needs"),
        (lambda: ad.einsum("ij->ik", np.ones((2, 2))), "einsum needs"),
        (lambda: ad.conv2d(np.ones((1, 3, 4, 4)), np.ones((1, 2, 2, 2))), "conv2d needs"),
        (lambda: ad.conv2d(np.ones((1, 1, 4, 4)), np.ones((1, 1, 5, 5))), "kernel .* must fit"),
        (lambda: ad.conv1d(np.ones((1, 4)), np.ones((1, 1, 2))), "conv1d needs"),
        (lambda: ad.max_pool2d(np.ones((4, 4)), 2), "max_pool2d needs"),
        (lambda: ad.cross_entropy(np.ones((2, 3)), [0, 3]), "between 0 and 2; got 0 to 3"),
        (lambda: ad.cross_entropy(np.ones((2, 3)), [0, -1]), "between 0 and 2; got -1 to 0"),
        (lambda: ad.cross_entropy(np.ones((2, 3)), [0]), r"got \(2, 3\) and \(1,\)"),
        (lambda: ad.cross_entropy(np.ones((2, 3)), [0, 1], "avg"), "reduction must be one of"),
        (lambda: ad.var(np.ones(1), ddof=1), "var needs more than ddof=1"),
    ],
)
def test_arguments_that_do_not_fit_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_labels_must_be_whole_numbers():
    with pytest.raises(TypeError, match="whole numbers; got float64"):
        ad.cross_entropy(np.ones((2, 3)), [0.0, 1.0])


def test_an_unknown_option_is_named():
    with pytest.raises(TypeError, match="cannot take axes=1"):
        Tensor([1.0]).sum(axes=1)
    with pytest.raises(TypeError, match="takes"):
        ad.clip()
