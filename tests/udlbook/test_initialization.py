"""Oracles: torch.nn.init and its backward pass, Q^T Q = I, integrals and tests by scipy."""

import math
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from udlbook import initialization as init
from udlbook.networks import ACTIVATIONS, relu, sigmoid, tanh

SHAPES = [(40, 90), (90, 40), (16, 8, 3, 5)]
FAMILY = {  # name: (ours, torch's)
    "xavier uniform": (init.xavier_uniform, torch.nn.init.xavier_uniform_),
    "xavier normal": (init.xavier_normal, torch.nn.init.xavier_normal_),
    "xavier, gain 3": (
        partial(init.xavier_uniform, gain=3),
        partial(torch.nn.init.xavier_uniform_, gain=3),
    ),
    "xavier normal, gain 3": (
        partial(init.xavier_normal, gain=3),
        partial(torch.nn.init.xavier_normal_, gain=3),
    ),
    "he uniform": (
        init.he_uniform,
        partial(torch.nn.init.kaiming_uniform_, nonlinearity="relu"),
    ),
    "he normal": (init.he_normal, partial(torch.nn.init.kaiming_normal_, nonlinearity="relu")),
    "he uniform, fan-out": (
        partial(init.he_uniform, mode="fan_out"),
        partial(torch.nn.init.kaiming_uniform_, mode="fan_out", nonlinearity="relu"),
    ),
    "he normal, fan-out, leaky": (
        partial(init.he_normal, mode="fan_out", gain=math.sqrt(2 / (1 + 0.3**2))),
        partial(torch.nn.init.kaiming_normal_, a=0.3, mode="fan_out", nonlinearity="leaky_relu"),
    ),
    "lecun uniform": (
        init.lecun_uniform,
        partial(torch.nn.init.kaiming_uniform_, nonlinearity="linear"),
    ),
    "lecun normal": (
        init.lecun_normal,
        partial(torch.nn.init.kaiming_normal_, nonlinearity="linear"),
    ),
}


def drawn_by_torch(draw, shape, count):
    generator = torch.Generator().manual_seed(1)
    return np.stack(
        [draw(torch.empty(shape, dtype=torch.float64), generator=generator).numpy()
         for _ in range(count)]
    )  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("name", FAMILY)
def test_weights_are_distributed_as_torchs(name, shape):
    ours, theirs = FAMILY[name]
    rng = np.random.default_rng(0)
    a = np.stack([ours(shape, rng=rng) for _ in range(20)])
    b = drawn_by_torch(theirs, shape, 20)
    assert a.shape == b.shape
    # each variance is off by a standard deviation of at most sqrt(2 / n) of its size
    assert abs(a.var() / b.var() - 1) < 5 * math.sqrt(4 / a.size)
    assert abs(a.mean()) < 5 * a.std() / math.sqrt(a.size)
    assert abs(a).max() == pytest.approx(abs(b).max(), rel=2e-3 if "uniform" in name else 0.3)
    assert stats.ks_2samp(a.ravel(), b.ravel()).pvalue > 1e-3


@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 99))
def test_orthogonal_matrices_keep_lengths(rows, columns, seed):
    Q = init.orthogonal((rows, columns), rng=np.random.default_rng(seed), gain=2.0)
    assert Q.shape == (rows, columns)
    small = Q.T @ Q if rows >= columns else Q @ Q.T
    np.testing.assert_allclose(small, 4 * np.eye(min(rows, columns)), atol=1e-13)


def test_orthogonal_kernels_are_orthogonal_as_matrices():
    kernel = init.orthogonal((6, 2, 3, 3), rng=np.random.default_rng(0))
    rows = kernel.reshape(6, 18)
    np.testing.assert_allclose(rows @ rows.T, np.eye(6), atol=1e-14)


def test_orthogonal_is_the_q_of_a_unique_decomposition():
    A = np.random.default_rng(3).standard_normal((5, 5))
    R = init.orthogonal((5, 5), rng=np.random.default_rng(3)).T @ A
    np.testing.assert_allclose(np.tril(R, -1), 0, atol=1e-14)
    assert np.all(np.diag(R) > 0)


def test_all_orthogonal_matrices_are_equally_likely():
    rng = np.random.default_rng(0)
    Q = np.stack([init.orthogonal((3, 3), rng=rng) for _ in range(4000)])
    for i in range(3):  # an entry of a uniform unit vector in three dimensions is uniform
        for j in range(3):
            assert stats.kstest(Q[:, i, j], stats.uniform(-1, 2).cdf).pvalue > 1e-3
    signs = np.sign(np.linalg.det(Q))
    assert abs(signs.mean()) < 5 / math.sqrt(4000)


@pytest.mark.parametrize("name", sorted(set(ACTIVATIONS) - {"heaviside"}))
def test_gain_is_that_of_the_integral(name):
    a = ACTIVATIONS[name]
    halves = [
        integrate.quad(lambda z: float(a(z)) ** 2 * stats.norm.pdf(z), *ends, epsabs=1e-13)[0]
        for ends in [(-12, 0), (0, 12)]
    ]
    assert init.gain(a) == pytest.approx(1 / math.sqrt(sum(halves)), rel=1e-9)


@pytest.mark.parametrize("var", [0.01, 0.7, 1.0, 60.0])
@pytest.mark.parametrize("name", ["relu", "tanh", "sigmoid", "gelu", "leaky_relu"])
def test_gaussian_means_of_squares_and_slopes_are_those_of_the_integral(name, var):
    a = ACTIVATIONS[name]
    density = stats.norm(scale=math.sqrt(var)).pdf
    edge = 10 * math.sqrt(var)
    for function in (a, a.derivative):
        want = sum(
            integrate.quad(lambda f: float(function(f)) ** 2 * density(f), *ends, limit=200)[0]  # noqa: B023
            for ends in [(-edge, 0), (0, edge)]
        )
        got = init.gaussian_mean(lambda f: function(f) ** 2, var)  # noqa: B023
        assert got == pytest.approx(want, rel=1e-7)


@pytest.mark.parametrize("var", [0.0, 0.3, 5.0])
def test_gaussian_mean_of_powers_and_cosine_in_closed_form(var):
    assert init.gaussian_mean(np.ones_like, var) == pytest.approx(1, rel=1e-12)
    assert init.gaussian_mean(lambda f: f**4, var) == pytest.approx(3 * var**2, rel=1e-12)
    assert init.gaussian_mean(lambda f: f**3, var) == pytest.approx(0, abs=1e-12)
    assert init.gaussian_mean(np.cos, var) == pytest.approx(math.exp(-var / 2), rel=1e-12)


def test_gain_in_closed_form_and_as_torch_says():
    assert init.gain(relu) == pytest.approx(math.sqrt(2), rel=1e-13)
    assert init.gain(ACTIVATIONS["identity"]) == pytest.approx(1, rel=1e-13)
    assert init.gain(ACTIVATIONS["heaviside"]) == pytest.approx(math.sqrt(2), rel=1e-13)
    leaky = torch.nn.init.calculate_gain("leaky_relu", 0.01)
    assert init.gain(ACTIVATIONS["leaky_relu"]) == pytest.approx(leaky, rel=1e-13)
    assert abs(init.gain(tanh) - torch.nn.init.calculate_gain("tanh")) < 0.08


@given(st.lists(st.integers(1, 7), min_size=2, max_size=5))
def test_fans_are_torchs(shape):
    fans = torch.nn.init._calculate_fan_in_and_fan_out(torch.empty(shape))
    assert init.fans(tuple(shape)) == fans


# ---------------------------------------------------------------------- depth


@pytest.mark.parametrize("weight_variance", [1 / 64, 2 / 64, 3 / 64])
@pytest.mark.parametrize("uniform", [False, True])
def test_relu_variances_are_the_predicted_ones_on_average(weight_variance, uniform):
    rng = np.random.default_rng(3)
    name = "he_uniform" if uniform else "he_normal"
    draw = partial(getattr(init, name), rng=rng, gain=math.sqrt(64 * weight_variance))
    sizes = {"width": 64, "depth": 8}
    runs = [init.variance_by_depth(draw, relu, **sizes, batch=8, rng=rng) for _ in range(250)]
    want = init.relu_variance_by_depth(weight_variance, **sizes)
    for measured, predicted in [
        ([r.forward for r in runs], want.forward),
        ([r.backward for r in runs], want.backward),
    ]:
        error = np.std(measured, axis=0) / math.sqrt(len(runs))
        assert np.all(error < 0.08 * predicted)  # so the next line can fail
        assert np.all(abs(np.mean(measured, axis=0) - predicted) < 4 * error)


@pytest.mark.parametrize("name", ["relu", "tanh", "sigmoid", "identity"])
def test_measured_variances_are_those_of_torchs_passes(name):
    bend = {"relu": torch.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid}.get(
        name, lambda v: v
    )
    depth, width, batch = 6, 10, 7
    weights = []

    def draw(shape):
        weights.append(init.lecun_normal(shape, rng=np.random.default_rng(len(weights))))
        return weights[-1]

    measured = init.variance_by_depth(
        draw,
        ACTIVATIONS[name],
        width=width,
        depth=depth,
        batch=batch,
        rng=np.random.default_rng(9),
    )
    rng = np.random.default_rng(9)  # the same inputs, then the same gradients
    h, g = (torch.from_numpy(rng.standard_normal((batch, width))) for _ in range(2))
    f = []
    for W in weights:
        f.append(h.requires_grad_() @ torch.from_numpy(W).T)
        f[-1].retain_grad()
        h = bend(f[-1])
    f[-1].backward(g)
    values = [np.mean(v.detach().numpy() ** 2) for v in f]
    gradients = [np.mean(v.grad.numpy() ** 2) for v in f]
    np.testing.assert_allclose(measured.forward, values, rtol=1e-12)
    np.testing.assert_allclose(measured.backward, gradients, rtol=1e-12)


def test_fifty_orthogonal_layers_without_bends_change_nothing():
    rng = np.random.default_rng(0)
    draw = partial(init.orthogonal, rng=rng)
    v = init.variance_by_depth(
        draw, ACTIVATIONS["identity"], width=30, depth=50, batch=20, rng=rng
    )
    np.testing.assert_allclose(v.forward, v.forward[0], rtol=1e-12)
    np.testing.assert_allclose(v.backward, v.backward[-1], rtol=1e-12)


def test_closed_form_by_the_rule_layer_after_layer():
    v = init.relu_variance_by_depth(0.3, width=5, depth=4)
    f = 1.5  # five terms of variance 0.3 x 1
    for k in range(4):
        assert v.forward[k] == pytest.approx(f)
        f = 5 * 0.3 * f / 2
    g = 1.0
    for k in reversed(range(4)):
        assert v.backward[k] == pytest.approx(g)
        g = 5 * 0.3 * g / 2


# ---------------------------------------------------------------------- dead and saturated


def test_dead_units_get_no_gradient_and_the_others_do():
    rng = np.random.default_rng(0)
    f = rng.standard_normal((6, 40)) - 1.0
    f[:, 3] = 0.0
    t = torch.from_numpy(f).requires_grad_()
    torch.relu(t).sum().backward()
    want = (t.grad == 0).all(dim=0).numpy()
    assert want[3] and 0 < want.sum() < 40
    np.testing.assert_array_equal(init.dead_relus(f), want)


@pytest.mark.parametrize("below", [0.01, 0.05, 0.5])
def test_saturated_part_of_normal_pre_activations(below):
    f = 3 * np.random.default_rng(0).standard_normal(200_000)
    slope = torch.from_numpy(f).requires_grad_()
    torch.sigmoid(slope).sum().backward()
    got = init.saturated_fraction(f, below=below)
    assert got == np.mean(slope.grad.numpy() < below / 4)
    edge = 2 * math.acosh(1 / math.sqrt(below))  # where sech^2(f / 2) = below
    p = 2 * stats.norm.sf(edge / 3)
    assert abs(got - p) < 5 * math.sqrt(p * (1 - p) / len(f))
    assert 4 * sigmoid.derivative(np.array(edge)) == pytest.approx(below)


BAD = {
    "one axis": (lambda: init.fans((3,)), r"\(outputs, inputs, ...\); got \(3,\)"),
    "mode": (
        lambda: init.he_normal((2, 2), rng=np.random.default_rng(0), mode="fan"),
        "'fan_in', 'fan_out'; got 'fan'",
    ),
    "depth": (
        lambda: init.variance_by_depth(
            np.ones, relu, width=2, depth=0, batch=1, rng=np.random.default_rng(0)
        ),
        "depth must be at least 1; got 0",
    ),
    "variance": (
        lambda: init.relu_variance_by_depth(-1.0, width=2, depth=2),
        "weight_variance must be at least 0; got -1.0",
    ),
    "var": (lambda: init.gaussian_mean(np.cos, -1.0), "var must be at least 0; got -1.0"),
    "nothing seen": (lambda: init.dead_relus(np.zeros((0, 3))), "at least 1; got 0"),
    "no table": (lambda: init.dead_relus(np.zeros(3)), r"\(B, H\); got \(3,\)"),
    "below": (lambda: init.saturated_fraction(np.zeros(3), below=5), "between 0 and 1; got 5"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_does_not_fit_is_said(case):
    call, message = BAD[case]
    with pytest.raises(ValueError, match=message):
        call()
