"""Oracles: scipy's Bernoulli; all vectors summed; weighted averages; the log posterior itself."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logsumexp
from scipy.stats import bernoulli

from udlbook.classical.bernoullis import BernoulliMixture, fit_bernoullis


def mixture(k, dim, seed=0):
    rng = np.random.default_rng(seed)
    return BernoulliMixture(rng.dirichlet(np.ones(k)), rng.random((k, dim)))


def data(n, k, dim, seed=0):
    return mixture(k, dim, seed).sample(n, rng=np.random.default_rng(seed + 1))[0]


def by_scipy(m, x):
    parts = [bernoulli(p).logpmf(x).sum(axis=1) for p in m.p]
    return np.stack(parts, axis=1) + np.log(m.weights)


def test_probabilities_are_scipys_and_sum_to_one_over_all_vectors():
    m = mixture(3, 6)
    every = np.array(list(itertools.product([0, 1], repeat=6)))
    want = by_scipy(m, every)
    np.testing.assert_allclose(m.log_joint(every), want, rtol=1e-10)
    np.testing.assert_allclose(m.log_prob(every), logsumexp(want, axis=1), rtol=1e-10)
    np.testing.assert_allclose(np.exp(m.log_prob(every)).sum(), 1)
    shares = np.exp(want - logsumexp(want, axis=1, keepdims=True))
    np.testing.assert_allclose(m.responsibilities(every), shares, atol=1e-12)


def test_a_coin_that_never_shows_heads_forbids_them_exactly():
    m = BernoulliMixture([0.4, 0.6], [[0.0, 0.5], [0.0, 1.0]])
    found = np.exp(m.log_prob([[0, 0], [0, 1], [1, 0], [1, 1]]))
    np.testing.assert_allclose(found, [0.2, 0.8, 0, 0], atol=1e-15)
    np.testing.assert_allclose(m.responsibilities([[0, 0], [0, 1]]), [[1, 0], [0.25, 0.75]])
    assert np.isnan(m.responsibilities([[1, 0]])).all()


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 5), st.integers(1, 6), st.integers(0, 999))
def test_the_likelihood_never_falls(k, dim, seed):
    x = data(60, k, dim, seed)
    rng = np.random.default_rng(seed)
    found = fit_bernoullis(x, k, rng=rng, restarts=3, prior=0.0, tol=0, max_steps=20)
    assert np.diff(found.trace).min() > -1e-12
    np.testing.assert_allclose(found.model.log_prob(x).mean(), found.log_likelihood, atol=1e-10)
    assert found.log_likelihood == found.finals.max()


@pytest.mark.parametrize("prior", [0.0, 0.7])
def test_a_step_is_weighted_shares_and_means(prior):
    x, start = data(50, 3, 4), mixture(3, 4, seed=9)
    found = fit_bernoullis(x, 3, start=start, prior=prior, tol=0, max_steps=1).model
    shares = np.exp(by_scipy(start, x) - logsumexp(by_scipy(start, x), axis=1, keepdims=True))
    np.testing.assert_allclose(found.weights, shares.mean(axis=0))
    for c, r in enumerate(shares.T):
        heads = np.concatenate([x, np.ones((1, 4)), np.zeros((1, 4))])
        want = np.average(heads, axis=0, weights=[*r, prior, prior])
        np.testing.assert_allclose(found.p[c], want)


def test_with_a_prior_the_posterior_never_falls_and_no_coin_is_certain():
    x, prior = data(40, 3, 5), 0.5
    start, levels = mixture(3, 5, seed=3), []
    for _ in range(15):
        level = start.log_prob(x).sum() + prior * np.log(start.p * (1 - start.p)).sum()
        levels.append(level)
        start = fit_bernoullis(x, 3, start=start, prior=prior, tol=0, max_steps=1).model
    assert np.diff(levels).min() > -1e-10
    assert start.p.min() > 0 and start.p.max() < 1


def test_many_starts_at_once_are_many_single_starts():
    x = data(80, 3, 6)
    together = fit_bernoullis(x, 3, rng=np.random.default_rng(0), restarts=4, tol=1e-4)
    rng = np.random.default_rng(0)
    alone = [fit_bernoullis(x, 3, rng=rng, tol=1e-4).log_likelihood for _ in range(4)]
    np.testing.assert_allclose(together.finals, alone, atol=1e-12)


def test_samples_have_the_means_and_pair_moments_of_the_mixture():
    m = mixture(3, 4)
    x, z = m.sample(40_000, rng=np.random.default_rng(0))
    np.testing.assert_allclose(np.bincount(z) / len(z), m.weights, atol=0.01)
    pairs = np.einsum("k,ki,kj->ij", m.weights, m.p, m.p)
    np.fill_diagonal(pairs, m.weights @ m.p)
    np.testing.assert_allclose(x.T @ x / len(x), pairs, atol=0.01)
    assert m.n_parameters == 2 + 12


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: BernoulliMixture([1.0], [0.5]), "p must have shape"),
        (lambda: BernoulliMixture([0.5, 0.4], [[0.5], [0.5]]), "sum to 1; got"),
        (lambda: BernoulliMixture([1.0], [[1.5]]), "p must lie between 0 and 1; got 1.5"),
        (lambda: mixture(2, 3).log_prob(np.zeros((1, 2))), "x must have shape"),
        (lambda: mixture(2, 2).log_prob([[0.5, 0.0]]), "x must hold zeros and ones"),
        (lambda: fit_bernoullis(np.zeros((2, 2)), 3), "as many examples as components, 3; got 2"),
        (lambda: fit_bernoullis(np.zeros((2, 2)), 1), "rng must be a numpy Generator"),
        (lambda: fit_bernoullis(np.zeros((2, 2)), 1, prior=-1), "prior must be at least 0"),
        (lambda: fit_bernoullis(np.zeros((2, 2)), 1, start=mixture(1, 3)), "got 1 of"),
        (
            lambda: fit_bernoullis(np.ones((2, 1)), 1, start=BernoulliMixture([1.0], [[0.0]])),
            "start must allow every example",
        ),
    ],
)
def test_bad_input_is_refused_in_a_sentence(call, message):
    with pytest.raises(ValueError, match=message):
        call()
