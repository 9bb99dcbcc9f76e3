"""Oracles: products and ratios of scipy.stats densities at random points; quadrature."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from udlbook.probability import (
    MultivariateNormal,
    Normal,
    change_of_variables,
    conditional,
    marginal,
    product,
)


def random_normal(dim, rng):
    a = rng.normal(size=(dim, dim))
    return MultivariateNormal(rng.normal(size=dim), a @ a.T + 0.1 * np.eye(dim))


def scipys(d):
    return stats.multivariate_normal(d.mu, d.cov)


def test_product_of_normals_in_one_dimension():
    p, q = Normal([0, 1e3, 2], [1, 1e-3, 1e6]), Normal([3, 1e3, -1], [0.5, 2, 1e-3])
    r, log_c = product(p, q)
    for x in (-1.0, 0.7, 4.0):
        want = stats.norm.logpdf(x, p.mu, p.sigma) + stats.norm.logpdf(x, q.mu, q.sigma)
        np.testing.assert_allclose(r.log_prob(x) + log_c, want, rtol=1e-9)
    p, q = Normal(0, 1), Normal(3, 0.5)
    mass = integrate.quad(lambda x: p.prob(x) * q.prob(x), -10, 10)[0]
    assert np.exp(product(p, q)[1]) == pytest.approx(mass, rel=1e-10)


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 5), st.integers(0, 999))
def test_product_of_normals_in_more_dimensions(dim, seed):
    rng = np.random.default_rng(seed)
    p, q = random_normal(dim, rng), random_normal(dim, rng)
    r, log_c = product(p, q)
    x = rng.normal(size=(5, dim))
    want = np.ravel(scipys(p).logpdf(x) + scipys(q).logpdf(x))
    np.testing.assert_allclose(r.log_prob(x) + log_c, want, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(np.linalg.inv(r.cov), np.linalg.inv(p.cov) + np.linalg.inv(q.cov))


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 4), st.integers(0, 3), st.integers(0, 999))
def test_a_normal_read_as_a_function_of_what_its_mean_is_made_of(small, more, seed):
    rng = np.random.default_rng(seed)
    large = small + more
    a, b, x = rng.normal(size=(large, small)), rng.normal(size=large), rng.normal(size=large)
    cov = random_normal(large, rng).cov
    normal, log_c = change_of_variables(x, a, b, cov)
    for y in rng.normal(size=(5, small)):
        want = stats.multivariate_normal(a @ y + b, cov).logpdf(x)
        np.testing.assert_allclose(normal.log_prob(y) + log_c, want, rtol=1e-6, atol=1e-6)
    if more == 0:
        np.testing.assert_allclose(log_c, -np.linalg.slogdet(a).logabsdet, rtol=1e-6, atol=1e-8)


@settings(deadline=None, max_examples=20)
@given(st.integers(2, 5), st.integers(0, 999))
def test_a_joint_is_a_marginal_times_a_conditional(dim, seed):
    rng = np.random.default_rng(seed)
    joint = random_normal(dim, rng)
    given_ = rng.permutation(dim)[: rng.integers(1, dim)]
    rest = np.setdiff1d(np.arange(dim), given_)
    x = rng.normal(size=dim)
    known, other = marginal(joint, given_), conditional(joint, given_, x[given_])
    want = scipys(joint).logpdf(x)
    got = known.log_prob(x[given_]) + other.log_prob(x[rest])
    np.testing.assert_allclose(got, want, rtol=1e-8, atol=1e-8)


def test_a_marginal_is_the_joint_integrated():
    joint = MultivariateNormal([1, 2], [[2, 0.9], [0.9, 1]])
    for keep, at in ((0, 0.3), (1, 2.5)):

        def point(u, keep=keep, at=at):
            return [at, u] if keep == 0 else [u, at]

        value = integrate.quad(lambda u: scipys(joint).pdf(point(u)), -15, 15)[0]
        assert marginal(joint, [keep]).prob([at]) == pytest.approx(value, rel=1e-9)
    swapped = marginal(joint, [1, 0])
    np.testing.assert_array_equal(swapped.mu, [2, 1])
    np.testing.assert_array_equal(swapped.cov, [[1, 0.9], [0.9, 2]])


JOINT = MultivariateNormal([0, 0], np.eye(2))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: product(Normal(), JOINT), "got Normal and MultivariateNormal"),
        (lambda: product(JOINT, MultivariateNormal([0], [[1]])), r"q.mu must have shape \(2,\)"),
        (lambda: marginal(JOINT, [2]), r"keep must be different numbers from 0 to 1; got \[2\]"),
        (lambda: marginal(JOINT, [0, 0]), "keep must be different numbers"),
        (lambda: conditional(JOINT, [0, 1], [0, 0]), "leave a component over; got all 2"),
        (lambda: conditional(JOINT, [0], [0, 0]), r"value must have shape \(1,\); got \(2,\)"),
        (
            lambda: change_of_variables([0, 0], np.ones((2, 2)), [0, 0], np.eye(2)),
            r"columns of a must be independent; got a of shape \(2, 2\)",
        ),
        (
            lambda: change_of_variables([0], np.ones((1, 2)), [0], np.eye(1)),
            r"columns of a must be independent; got a of shape \(1, 2\)",
        ),
        (
            lambda: change_of_variables([0, 0, 0], np.ones((2, 1)), [0, 0], np.eye(2)),
            r"x must have shape \(2,\); got \(3,\)",
        ),
    ],
)
def test_what_does_not_fit_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
