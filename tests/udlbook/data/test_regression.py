"""Oracles: numerical integrals, numpy.linalg.lstsq, moments with their error bars."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from udlbook.data import cosine_features, damped_wave, noisy_wave


def midpoints(n):
    return (np.arange(n) + 0.5) / n


@given(st.integers(1, 40), st.data())
def test_design_on_midpoints_is_orthogonal(n, data):
    k = data.draw(st.integers(1, n))
    phi = cosine_features(midpoints(n), k)
    np.testing.assert_allclose(phi.T @ phi, n * np.eye(k), atol=1e-11 * n)


def test_basis_is_orthonormal_on_the_interval():
    from scipy.integrate import quad

    def product(x, i, j):
        row = cosine_features(np.array([x]), 6)[0]
        return row[i] * row[j]

    gram = [[quad(product, 0, 1, args=(i, j))[0] for j in range(6)] for i in range(6)]
    np.testing.assert_allclose(gram, np.eye(6), atol=1e-10)


def test_fit_without_inverse_is_least_squares():
    x = midpoints(30)
    y = noisy_wave(x, sigma=0.3, rng=np.random.default_rng(0))
    phi = cosine_features(x, 8)
    np.testing.assert_allclose(phi.T @ y / 30, np.linalg.lstsq(phi, y, rcond=None)[0], atol=1e-12)


def test_wave_at_points_known_by_hand():
    x = np.array([0.0, 0.125, 0.25, 0.375, 1.0])
    want = [0, np.exp(-0.25), 0, -np.exp(-0.75), 0]
    np.testing.assert_allclose(damped_wave(x), want, atol=1e-15)


def test_noise_has_the_stated_mean_and_deviation():
    x = midpoints(10)
    sets = 20_000
    eps = noisy_wave(x, sigma=0.3, rng=np.random.default_rng(1), sets=sets) - damped_wave(x)
    n = sets * 10
    assert abs(eps.mean()) < 4 * 0.3 / n**0.5
    assert abs(eps.var() - 0.09) < 4 * 0.09 * (2 / n) ** 0.5
    correlation = np.corrcoef(eps.T) - np.eye(10)
    assert np.abs(correlation).max() < 5 / sets**0.5


def test_one_set_has_the_shape_of_its_inputs_and_needs_its_generator():
    x = midpoints(7)
    y = noisy_wave(x, sigma=0.1, rng=np.random.default_rng(5))
    assert y.shape == (7,)
    np.testing.assert_array_equal(y, noisy_wave(x, sigma=0.1, rng=np.random.default_rng(5)))


def test_bad_input_is_named():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match=r"x must have shape \(N,\); got \(2, 2\)"):
        noisy_wave(np.zeros((2, 2)), sigma=1, rng=rng)
    with pytest.raises(ValueError, match="sigma must be at least 0; got -1"):
        noisy_wave(np.zeros(2), sigma=-1, rng=rng)
    with pytest.raises(ValueError, match="sets must be at least 1; got 0"):
        noisy_wave(np.zeros(2), sigma=1, rng=rng, sets=0)
    with pytest.raises(ValueError, match="k must be at least 1; got 0"):
        cosine_features(np.zeros(2), 0)
