"""Oracles: scikit-learn's FactorAnalysis and PCA; the joint normal of x and z; differences."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal
from sklearn.decomposition import PCA, FactorAnalysis

from udlbook.classical.factor_analysis import FactorModel, fit_equal_noise, fit_factors
from udlbook.probability import MultivariateNormal, conditional


def rough(dim, k, seed=0):
    rng = np.random.default_rng(seed)
    return FactorModel(rng.normal(size=dim), rng.normal(size=(dim, k)), 0.2 + rng.random(dim))


def readings(n, dim, k, seed=0):
    return rough(dim, k, seed).sample(n, rng=np.random.default_rng(seed + 1))[0]


@pytest.mark.parametrize(("dim", "k"), [(2, 1), (5, 2), (6, 5)])
def test_density_and_posterior_are_those_of_the_joint_normal(dim, k):
    m = rough(dim, k)
    x = m.sample(4, rng=np.random.default_rng(2))[0]
    want = multivariate_normal(m.mu, m.loadings @ m.loadings.T + np.diag(m.noise)).logpdf(x)
    np.testing.assert_allclose(m.log_prob(x), want)
    joint = MultivariateNormal(
        np.concatenate([m.mu, np.zeros(k)]),
        np.block([[m.cov, m.loadings], [m.loadings.T, np.eye(k)]]),
    )
    means, cov = m.posterior(x)
    for row, mean in zip(x, means, strict=True):
        z = conditional(joint, range(dim), row)
        np.testing.assert_allclose(mean, z.mu, atol=1e-12)
        np.testing.assert_allclose(cov, z.cov, atol=1e-12)


@pytest.mark.parametrize(("dim", "k", "n"), [(6, 2, 300), (10, 3, 500), (4, 1, 50)])
def test_it_reaches_the_likelihood_of_scikit_learn(dim, k, n):
    x = readings(n, dim, k)
    found = fit_factors(x, k, tol=1e-12)
    want = FactorAnalysis(k, svd_method="lapack", tol=1e-12, max_iter=20_000).fit(x)
    assert found.converged
    np.testing.assert_allclose(found.log_likelihood, want.score(x), atol=1e-6)
    np.testing.assert_allclose(found.model.cov, want.get_covariance(), atol=2e-3)
    np.testing.assert_allclose(found.model.log_prob(x).mean(), found.log_likelihood)


@settings(deadline=None, max_examples=30)
@given(st.integers(2, 6), st.integers(1, 5), st.integers(0, 999))
def test_the_likelihood_never_falls(dim, k, seed):
    x = readings(40, dim, min(k, dim - 1), seed) * np.logspace(-2, 2, dim)
    found = fit_factors(x, min(k, dim - 1), tol=0, max_steps=30)
    assert np.diff(found.trace).min() > -1e-10
    np.testing.assert_allclose(found.model.log_prob(x).mean(), found.log_likelihood)


def test_the_end_is_a_maximum_along_random_directions():
    x = readings(200, 5, 2)
    m = fit_factors(x, 2, tol=1e-14, max_steps=20_000).model
    rng, h = np.random.default_rng(0), 1e-4
    for _ in range(5):
        a, b = rng.normal(size=m.loadings.shape), rng.normal(size=5) * m.noise

        def level(t, a=a, b=b):
            return FactorModel(m.mu, m.loadings + t * a, m.noise + t * b).log_prob(x).mean()

        assert abs(level(h) - level(-h)) / (2 * h) < 1e-5
        assert level(0.02) < level(0) > level(-0.02)


def test_units_of_the_readings_do_not_matter():
    x = readings(100, 5, 2)
    scale = np.array([1e-3, 1.0, 10.0, 1e4, 2.0])
    one, two = fit_factors(x, 2, tol=1e-10), fit_factors(x * scale + 7.0, 2, tol=1e-10)
    np.testing.assert_allclose(two.model.noise / scale**2, one.model.noise, rtol=1e-6)
    np.testing.assert_allclose(
        two.log_likelihood, one.log_likelihood - np.log(scale).sum(), rtol=1e-9
    )


def test_where_one_reading_has_no_noise_the_floor_holds():
    rng = np.random.default_rng(0)
    z = rng.normal(size=(50, 1))
    x = np.hstack([z, z + rng.normal(size=(50, 1)), 2 * z + rng.normal(size=(50, 1))])
    found = fit_factors(x, 1, floor=0.2)
    np.testing.assert_allclose(found.model.noise[0], 0.2 * x[:, 0].var())
    assert np.diff(found.trace).min() > -1e-10


@pytest.mark.parametrize(("dim", "k"), [(2, 1), (6, 3), (7, 6)])
def test_equal_noise_is_scikit_learns_pca_and_a_maximum(dim, k):
    x = readings(150, dim, k)
    m = fit_equal_noise(x, k)
    pca = PCA(k).fit(x)
    shrink = (len(x) - 1) / len(x)  # scikit-learn divides by N - 1
    np.testing.assert_allclose(m.noise, shrink * pca.noise_variance_)
    np.testing.assert_allclose(m.cov, shrink * pca.get_covariance())
    rng = np.random.default_rng(0)
    for _ in range(5):
        a, b = 1e-3 * rng.normal(size=(dim, k)), 1e-3 * rng.normal()
        other = FactorModel(m.mu, m.loadings + a, m.noise + b)
        assert other.log_prob(x).mean() < m.log_prob(x).mean()


def test_samples_have_the_covariance_of_the_model():
    m = rough(3, 2)
    x, z = m.sample(100_000, rng=np.random.default_rng(0))
    np.testing.assert_allclose(np.cov(x.T), m.cov, atol=0.06)
    np.testing.assert_allclose((x - m.mu).T @ z / len(z), m.loadings, atol=0.03)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: FactorModel([0.0], [[1.0]], [0.0]), "noise must be positive variances"),
        (lambda: FactorModel([0.0, 0.0], [[1.0]], [1.0]), "mu must have shape"),
        (lambda: rough(3, 1).log_prob(np.zeros((2, 2))), "x must have shape"),
        (lambda: fit_factors(np.zeros((5, 2)), 2), "k must be between 1 and 1; got 2"),
        (lambda: fit_factors(np.ones((5, 3)), 1), "x must vary in every column"),
        (lambda: fit_factors(np.zeros((1, 3)), 1), "at least two"),
        (lambda: fit_factors(readings(9, 3, 1), 1, floor=0.0), "floor must be"),
        (lambda: fit_equal_noise(np.outer(np.arange(5.0), [1, 0]), 1), "must have noise outside"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(call, message):
    with pytest.raises(ValueError, match=message):
        call()
