"""Oracles: scipy.special; mpmath with 50 digits where scipy's own digits run out."""

import mpmath
import numpy as np
import pytest
from scipy import special

from udlbook.probability import (
    betaln,
    circular_variance,
    deviance,
    digamma,
    erfc,
    i0e,
    i1e,
    lgamma,
    ndtri,
)
from udlbook.probability._special import (
    digamma_minus_log,
    log_beta_function,
    log_gamma_kernel,
    stirling_remainder,
)

WIDE = np.concatenate([np.logspace(-300, 300, 3001), np.logspace(-3, 3, 3001)])
CONCENTRATIONS = np.concatenate([[0, 19.999, 20, 20.001], np.logspace(-8, 12, 3001)])


def exactly(f, *arguments):
    """f on numbers with 50 digits, rounded once."""
    with mpmath.workdps(50):
        rows = np.broadcast_arrays(*arguments)
        flat = zip(*(row.ravel() for row in rows), strict=True)
        values = [float(f(*map(mpmath.mpf, map(float, row)))) for row in flat]
    return np.reshape(values, rows[0].shape)


@pytest.mark.parametrize(
    ("ours", "theirs", "x"),
    [
        (lgamma, special.gammaln, WIDE),
        (digamma, special.digamma, WIDE),
        (digamma, special.digamma, np.linspace(1.2, 1.7, 2001)),
        (i0e, special.i0e, CONCENTRATIONS),
        (i1e, special.i1e, CONCENTRATIONS),
        (i1e, special.i1e, -CONCENTRATIONS),
        (erfc, special.erfc, np.linspace(-7, 26, 3001)),
        (ndtri, special.ndtri, np.logspace(-300, -1e-9, 3001)),
        (ndtri, special.ndtri, 1 - np.logspace(-15, -0.31, 3001)),
    ],
)
def test_thirteen_digits_agree_with_scipy(ours, theirs, x):
    np.testing.assert_allclose(ours(x), theirs(x), rtol=1e-13, atol=0)


def test_the_ends_are_limits():
    assert lgamma(0.0) == lgamma(np.inf) == np.inf
    assert [i0e(0.0), i1e(0.0), i0e(np.inf)] == [1, 0, 0]
    assert [erfc(-np.inf), erfc(np.inf)] == [2, 0]
    assert [ndtri(0.0), ndtri(0.5), ndtri(1.0)] == [-np.inf, 0, np.inf]
    assert [circular_variance(0.0), circular_variance(np.inf)] == [1, 0]


def test_digits_survive_at_the_roots():
    near_1_and_2 = np.concatenate([[1, 2], 1 + np.logspace(-15, -2, 50)])
    near_1_and_2 = np.concatenate([near_1_and_2, 1 - near_1_and_2[2:] + 1, near_1_and_2[2:] + 1])
    want = exactly(mpmath.loggamma, near_1_and_2)
    np.testing.assert_allclose(lgamma(near_1_and_2), want, rtol=1e-13, atol=0)
    near_root = 1.4616321449683622 + np.concatenate([[0], np.logspace(-15, -0.7, 50)])
    want = exactly(mpmath.digamma, near_root)
    np.testing.assert_allclose(digamma(near_root), want, rtol=1e-13, atol=0)


def test_betaln_keeps_its_digits_where_the_gammas_cancel():
    a = 10.0 ** np.random.default_rng(0).uniform(-10, 12, (2, 500))

    def exact(a, b):
        return mpmath.loggamma(a) + mpmath.loggamma(b) - mpmath.loggamma(a + b)

    np.testing.assert_allclose(betaln(*a), exactly(exact, *a), rtol=1e-13, atol=1e-14)
    moderate = 10.0 ** np.random.default_rng(1).uniform(-3, 2, (2, 500))
    want = special.betaln(*moderate)
    np.testing.assert_allclose(betaln(*moderate), want, rtol=1e-11, atol=1e-13)


def test_log_beta_function_is_a_product_of_gammas_over_one():
    alpha = 10.0 ** np.random.default_rng(2).uniform(-2, 2, (50, 4))
    want = special.gammaln(alpha).sum(-1) - special.gammaln(alpha.sum(-1))
    np.testing.assert_allclose(log_beta_function(alpha), want, rtol=1e-11, atol=1e-11)


def test_what_stirling_leaves_out_keeps_its_digits():
    x = np.concatenate([[9.999, 10, 10.001], np.logspace(-5, 15, 200)])

    def remainder(x):
        stirling = (x - 0.5) * mpmath.log(x) - x + mpmath.log(2 * mpmath.pi) / 2
        return mpmath.loggamma(x) - stirling

    np.testing.assert_allclose(
        stirling_remainder(x), exactly(remainder, x), rtol=1e-13, atol=5e-15
    )
    want = exactly(lambda x: mpmath.digamma(x) - mpmath.log(x), x)
    np.testing.assert_allclose(digamma_minus_log(x), want, rtol=1e-12, atol=0)


def test_deviance_keeps_its_digits_near_and_far():
    rng = np.random.default_rng(3)
    a = 10.0 ** rng.uniform(-8, 15, 600)
    m = a * (1 + np.concatenate([10.0 ** rng.uniform(-12, 6, 300), rng.uniform(-1, 1, 300)]))
    want = exactly(lambda a, m: a * mpmath.log(a / m) + m - a, a, m)
    np.testing.assert_allclose(deviance(a, m), want, rtol=1e-13, atol=0)
    assert deviance(0.0, 0.0) == deviance(5.0, 5.0) == 0
    assert deviance(0.0, 3.0) == 3
    assert deviance(3.0, 0.0) == deviance(3.0, np.inf) == np.inf


def test_log_gamma_kernel_is_a_power_an_exponential_and_a_gamma():
    rng = np.random.default_rng(4)
    a, m = 10.0 ** rng.uniform(-5, 12, (2, 300))
    m[:150] = a[:150] + np.sqrt(a[:150]) * rng.normal(size=150)
    a, m = a[m > 0], m[m > 0]
    want = exactly(lambda a, m: a * mpmath.log(m) - m - mpmath.loggamma(a), a, m)
    np.testing.assert_allclose(log_gamma_kernel(a, m), want, rtol=1e-12, atol=1e-13)


def test_circular_variance_is_one_minus_a_ratio_of_bessel_functions():
    want = exactly(
        lambda k: 1 - mpmath.besseli(1, k) / mpmath.besseli(0, k), CONCENTRATIONS[:2000:9]
    )
    np.testing.assert_allclose(circular_variance(CONCENTRATIONS[:2000:9]), want, rtol=1e-13)
    far = np.array([1e4, 1e8, 1e12])
    want = exactly(
        lambda k: 1 / (2 * k) + 1 / (8 * k**2) + 1 / (8 * k**3) + 25 / (128 * k**4), far
    )
    np.testing.assert_allclose(circular_variance(far), want, rtol=1e-13)
