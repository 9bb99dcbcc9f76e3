"""Oracles: scipy's quadrature; a straight curve, where all is normal; grids; simulation."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import multivariate_normal, norm

from udlbook.classical.latent import (
    CurvedLatent,
    LinearLatent,
    importance,
    log_mean_exp,
    spiral,
)


def line(z):
    return np.stack([0.5 + 2 * z, 1.0 - z], axis=-1)


def test_on_a_straight_curve_the_marginal_and_the_posterior_are_normal():
    m = CurvedLatent(line, sigma=0.7)
    W, x = np.array([2.0, -1.0]), np.random.default_rng(0).normal(size=(5, 2))
    cov = np.outer(W, W) + 0.49 * np.eye(2)
    want = multivariate_normal([0.5, 1.0], cov).logpdf(x)
    np.testing.assert_allclose(m.log_marginal(x), want, atol=1e-6)
    var = 1 / (1 + W @ W / 0.49)
    for row, density in zip(x, m.posterior(x), strict=True):
        mean = var * W @ (row - [0.5, 1.0]) / 0.49
        np.testing.assert_allclose(density, norm(mean, np.sqrt(var)).pdf(m.grid), atol=1e-6)


def test_on_the_spiral_the_marginal_is_scipys_integral():
    m = CurvedLatent()
    for x in ([1.0, 0.0], [-0.5, 0.8], [2.0, -2.0]):
        f = lambda z, x=x: norm.pdf(z) * multivariate_normal(spiral(z), 0.0625).pdf(x)  # noqa: E731
        want = quad(f, -6, 6, points=[-2, -1, 0, 1, 2], limit=200)[0]
        np.testing.assert_allclose(np.exp(m.log_marginal(np.array(x))), want, rtol=1e-6)
        density = m.posterior(np.array(x))
        np.testing.assert_allclose(density.sum() * (m.grid[1] - m.grid[0]), 1)
        at = 1234
        np.testing.assert_allclose(density[at], f(m.grid[at]) / want, rtol=1e-6)


def test_the_marginal_sums_to_one_over_the_plane():
    m, axis = CurvedLatent(size=301), np.linspace(-4.2, 4.2, 90)
    places = np.stack(np.meshgrid(axis, axis), axis=-1)
    total = np.exp(m.log_marginal(places)).sum() * (axis[1] - axis[0]) ** 2
    np.testing.assert_allclose(total, 1, atol=2e-3)


def test_samples_fall_into_cells_as_often_as_the_marginal_says():
    m = CurvedLatent()
    x, z = m.sample(40_000, rng=np.random.default_rng(0))
    np.testing.assert_allclose([z.mean(), z.std()], [0, 1], atol=0.02)
    rest = (x - spiral(z)) / m.sigma
    np.testing.assert_allclose([rest.mean(), rest.std()], [0, 1], atol=0.02)
    axis = np.linspace(-0.5, 1.5, 41)
    inner = (axis[1:] + axis[:-1]) / 2
    mass = np.exp(m.log_marginal(np.stack(np.meshgrid(inner, inner), -1))).sum() * 0.05**2
    share = ((x > -0.5) & (x < 1.5)).all(axis=1).mean()
    np.testing.assert_allclose(share, mass, atol=0.01)


def test_importance_sampling_finds_the_marginal_from_the_prior_and_from_a_good_proposal():
    m, x, rng = CurvedLatent(), np.array([1.0, 0.3]), np.random.default_rng(0)
    truth = m.log_marginal(x)
    z = rng.standard_normal(20_000)
    prior = importance(m.log_joint(x, z), m.log_prior(z))
    assert abs(prior.log_value - truth) < 4 * prior.relative_error
    z = m.grid[rng.choice(m.size, size=20_000, p=m.posterior(x) / m.posterior(x).sum())]
    near = importance(m.log_joint(x, z), np.log(m.posterior(x)[np.searchsorted(m.grid, z)]))
    np.testing.assert_allclose(near.log_value, truth, atol=1e-9)
    assert near.relative_error < 1e-6 and near.useful > 19_999 > 2 * prior.useful


def test_the_error_and_the_useful_samples_are_those_of_the_weights():
    w, q = np.array([0.5, 2.0, 0.1, 0.4]), np.array([0.3, 0.2, 0.9, 0.4])
    found = importance(np.log(w * q) - 900, np.log(q))
    np.testing.assert_allclose(found.log_value, np.log(w.mean()) - 900)
    np.testing.assert_allclose(found.relative_error, w.std(ddof=1) / 2 / w.mean())
    np.testing.assert_allclose(found.useful, w.sum() ** 2 / (w**2).sum())
    many = importance(np.log(np.stack([w, q])), np.log(np.ones((2, 4))))
    assert many.log_value.shape == (2,)
    np.testing.assert_allclose(log_mean_exp(np.log(w)), np.log(w.mean()))
    assert log_mean_exp([-np.inf, -np.inf]) == -np.inf


@settings(deadline=None, max_examples=20)
@given(st.floats(0.3, 2.0), st.floats(0.3, 2.0), st.integers(0, 99))
def test_weights_of_the_linear_model_scatter_as_the_formula_says(scale, sigma, seed):
    m = LinearLatent(1, scale, sigma)
    x = np.random.default_rng(seed).normal(size=1)
    z = np.linspace(-12, 12, 8001)
    prior, step = norm.pdf(z), z[1] - z[0]
    w = norm.pdf(x, scale * z, sigma)
    np.testing.assert_allclose(np.log((prior * w).sum() * step), m.log_marginal(x), rtol=1e-8)
    ratio = (prior * w**2).sum() * step / ((prior * w).sum() * step) ** 2
    np.testing.assert_allclose(m.log_square_weight(x), np.log(ratio), rtol=1e-6)
    mean, var = m.posterior(x)
    density = prior * w / (prior * w).sum() / step
    np.testing.assert_allclose(density, norm.pdf(z, mean, np.sqrt(var)), atol=1e-8)
    np.testing.assert_allclose(
        m.log_joint(x, z[:, None]), np.log(prior) + norm.logpdf(x, scale * z, sigma)
    )


def test_dimensions_of_the_linear_model_add_up_and_samples_have_its_variance():
    m, one = LinearLatent(4, 1.5, 0.5), LinearLatent(1, 1.5, 0.5)
    x, z = m.sample(20_000, rng=np.random.default_rng(0))
    np.testing.assert_allclose(x.var(axis=0), 2.5, rtol=0.04)
    np.testing.assert_allclose((x * z).mean(axis=0), 1.5, rtol=0.04)
    parts = x[:3, :, None]
    np.testing.assert_allclose(m.log_marginal(x[:3]), one.log_marginal(parts).sum(axis=1))
    np.testing.assert_allclose(
        m.log_square_weight(x[:3]), one.log_square_weight(parts).sum(axis=1)
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: CurvedLatent(sigma=0.0), "sigma must be"),
        (lambda: CurvedLatent(size=1), "size must be at least 2"),
        (lambda: CurvedLatent().log_marginal(np.zeros(3)), "x must have shape"),
        (lambda: LinearLatent(0), "dim must be at least 1"),
        (lambda: LinearLatent(2).log_marginal(np.zeros(3)), "must have shape"),
        (lambda: importance([0.0], [0.0]), "the number of samples must be at least 2"),
        (lambda: importance([0.0, 1.0], [0.0]), "log_proposal must have shape"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(call, message):
    with pytest.raises(ValueError, match=message):
        call()
