"""Oracles: numpy.polyfit; brute-force integrals over mean and precision; scipy.stats."""

import numpy as np
import pytest
from scipy import integrate, stats

from udlbook.probability import Normal, NormalGamma, fit_curve, plug_in

X = np.array([0.5, 1.9, 2.2, 3.0, 0.1])
PRIOR = NormalGamma(mu=0.5, kappa=0.7, shape=1.5, rate=0.8)


def test_curve_fit_is_least_squares_with_the_noise_it_leaves():
    rng = np.random.default_rng(0)
    x = np.linspace(0, 1, 30)
    t = np.sin(2 * np.pi * x) + 0.2 * rng.normal(size=30)
    fit = fit_curve(np.vander(x, 4), t)
    weights = np.polyfit(x, t, 3)
    np.testing.assert_allclose(fit.weights, weights, rtol=1e-9)
    assert fit.sigma == pytest.approx(np.std(t - np.polyval(weights, x)), rel=1e-9)
    bell = fit.predictive(np.vander([0.2, 0.6], 4))
    want = stats.norm.logpdf([0.9, -0.4], np.polyval(weights, [0.2, 0.6]), fit.sigma)
    np.testing.assert_allclose(bell.log_prob([0.9, -0.4]), want, rtol=1e-9)


def test_no_other_curve_or_noise_is_more_likely():
    rng = np.random.default_rng(1)
    features, t = rng.normal(size=(20, 3)), rng.normal(size=20)
    fit = fit_curve(features, t)
    best = fit.predictive(features).log_prob(t).sum()
    for step in 1e-3 * rng.normal(size=(20, 4)):
        other = Normal(features @ (fit.weights + step[:3]), fit.sigma * np.exp(step[3]))
        assert other.log_prob(t).sum() < best


def likelihood_times_prior(mu, precision):
    like = np.prod(stats.norm.pdf(X[:, None, None], mu, precision**-0.5), 0)
    prior = stats.gamma.pdf(precision, 1.5, scale=1 / 0.8)
    return like * prior * stats.norm.pdf(mu, 0.5, (0.7 * precision) ** -0.5)


def grid():
    """Nodes and weights that cover what is left possible after the data X."""
    nodes, weights = np.polynomial.legendre.leggauss(200)
    mu, w_mu = 1.5 + 8 * nodes, 8 * weights
    precision, w_precision = 6 * (nodes + 1), 6 * weights
    return mu[:, None], precision[None], w_mu[:, None] * w_precision[None]


def test_posterior_is_prior_times_likelihood_over_their_integral():
    mu, precision, weights = grid()
    joint = likelihood_times_prior(mu, precision)
    want = joint / np.sum(weights * joint)
    posterior = PRIOR.posterior(X)
    np.testing.assert_allclose(posterior.prob(mu, precision), want, rtol=1e-6, atol=1e-9)
    np.testing.assert_array_equal(posterior.log_prob(0, [0.0, -1.0]), -np.inf)


def test_predictive_is_the_average_of_normals_over_the_posterior():
    mu, precision, weights = grid()
    joint = weights * likelihood_times_prior(mu, precision)
    for x in (-2.0, 1.5, 4.0):
        density = stats.norm.pdf(x, mu, precision**-0.5)
        want = np.sum(joint * density) / np.sum(joint)
        assert PRIOR.posterior(X).predictive().prob(x) == pytest.approx(want, rel=1e-6)


def test_values_one_by_one_teach_as_much_as_all_at_once():
    one_by_one = PRIOR
    for x in X:
        one_by_one = one_by_one.posterior([x])
    at_once = PRIOR.posterior(X)
    for name in ("mu", "kappa", "shape", "rate"):
        assert getattr(one_by_one, name) == pytest.approx(getattr(at_once, name), rel=1e-12)
    assert PRIOR.posterior([]) is PRIOR


def test_several_data_sets_teach_as_each_by_itself():
    worlds = np.random.default_rng(3).normal(2, 3, (4, 2, 6))
    together = PRIOR.posterior(worlds)
    for name in ("mu", "kappa", "shape", "rate"):
        alone = [[getattr(PRIOR.posterior(x), name) for x in row] for row in worlds]
        np.testing.assert_allclose(getattr(together, name), alone, rtol=1e-12)
    assert together.predictive().prob(1.0).shape == (4, 2)


def test_prediction_and_plug_in_meet_at_the_rate_of_one_over_n():
    """Their total variation is O(1/n): ten times the data bring them ten times closer."""
    x = np.random.default_rng(0).normal(2, 3, 10_000)
    gaps = []
    for n in (100, 1000, 10_000):
        bayes, plugged = PRIOR.posterior(x[:n]).predictive(), plug_in(x[:n])
        assert bayes.var > plugged.var
        grid = np.linspace(-25, 29, 20_001)
        gap = np.abs(bayes.prob(grid) - plugged.prob(grid))
        gaps.append(0.5 * integrate.trapezoid(gap, grid))
    np.testing.assert_allclose(np.array(gaps[:-1]) / gaps[1:], 10, rtol=0.5)
    assert gaps[-1] < 5e-4


def test_plug_in_is_the_maximum_of_the_likelihood():
    mean, spread = stats.norm.fit(X)
    assert plug_in(X).mu == pytest.approx(mean)
    assert plug_in(X).sigma == pytest.approx(spread)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: fit_curve(np.ones((3, 1)), np.ones(4)), r"t must have shape \(3,\); got \(4,\)"),
        (lambda: fit_curve(np.vander([1, 2.0], 2), [3.0, 5]), "scatter .*; got 2 targets all met"),
        (lambda: plug_in([[1.0]]), r"x must have shape \(N,\); got \(1, 1\)"),
        (lambda: plug_in([2.0, 2.0]), "sigma must be positive; got 0.0"),
        (lambda: PRIOR.posterior(1.0), r"x must have shape \(\.\.\., N\); got \(\)"),
        (lambda: NormalGamma(kappa=0), "kappa must be positive; got 0"),
    ],
)
def test_what_cannot_be_predicted_from_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
