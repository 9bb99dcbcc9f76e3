"""Oracles: scipy's matrix root; the closed form of diagonal normals; an optimal transport map."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import sqrtm

from udlbook.measures import frechet_distance, frechet_from_moments


def normal(dim, rng):
    root = rng.normal(size=(dim, dim))
    return rng.normal(size=dim), root @ root.T + 0.05 * np.eye(dim)


def by_scipy(mu1, cov1, mu2, cov2):
    return np.sum((mu1 - mu2) ** 2) + np.trace(cov1 + cov2 - 2 * sqrtm(cov1 @ cov2).real)


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 8), st.integers(0, 99))
def test_trace_of_the_root_is_scipys(dim, seed):
    rng = np.random.default_rng(seed)
    both = (*normal(dim, rng), *normal(dim, rng))
    np.testing.assert_allclose(frechet_from_moments(*both), by_scipy(*both), rtol=1e-8)


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 5), st.integers(0, 99))
def test_diagonal_normals_differ_by_means_and_deviations(dim, seed):
    rng = np.random.default_rng(seed)
    mu1, mu2, s1, s2 = rng.normal(size=(4, dim))
    got = frechet_from_moments(mu1, np.diag(s1**2), mu2, np.diag(s2**2))
    want = np.sum((mu1 - mu2) ** 2) + np.sum((np.abs(s1) - np.abs(s2)) ** 2)
    np.testing.assert_allclose(got, want, rtol=1e-10, atol=1e-12)


def test_it_is_the_cost_of_the_linear_map_that_carries_one_normal_to_the_other():
    rng = np.random.default_rng(3)
    mu1, cov1 = normal(3, rng)
    root = rng.normal(size=(3, 3))
    A = root @ root.T / 3  # symmetric and positive: then x -> A x + b is the optimal transport
    mu2 = rng.normal(size=3)
    cost = np.sum((mu1 - mu2) ** 2) + np.trace((A - np.eye(3)) @ cov1 @ (A - np.eye(3)))
    np.testing.assert_allclose(frechet_from_moments(mu1, cov1, mu2, A @ cov1 @ A), cost)


def test_samples_are_measured_by_numpys_moments():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(40, 4)) * [1, 2, 3, 4], rng.exponential(size=(60, 4))
    want = by_scipy(x.mean(0), np.cov(x.T), y.mean(0), np.cov(y.T))
    np.testing.assert_allclose(frechet_distance(x, y), want, rtol=1e-8)
    np.testing.assert_allclose(frechet_distance(y, x), want, rtol=1e-8)
    assert frechet_distance(x, x[::-1]) == pytest.approx(0, abs=1e-12)


def test_singular_covariances_are_no_trouble():
    rng = np.random.default_rng(1)
    flat = np.concatenate([rng.normal(size=(9, 2)), np.zeros((9, 3))], axis=1)  # 9 points, rank 2
    moved = flat + np.array([0, 0, 1, 2, 0])
    np.testing.assert_allclose(frechet_distance(flat, moved), 5.0)
    one = np.ones((5, 5))  # five times the same point
    want = np.sum((flat.mean(0) - 1) ** 2) + np.trace(np.cov(flat.T))
    np.testing.assert_allclose(frechet_distance(flat, one), want)


def test_two_halves_of_one_set_have_a_distance_that_falls_with_their_size():
    rng = np.random.default_rng(2)
    few, many = (
        np.mean([frechet_distance(*rng.normal(size=(2, n, 5))) for _ in range(20)])
        for n in (50, 500)
    )
    assert 5 < few / many < 20


def test_bad_input_is_named():
    x = np.zeros((3, 2))
    with pytest.raises(ValueError, match=r"y must have shape \(M, 2\); got \(3, 4\)"):
        frechet_distance(x, np.zeros((3, 4)))
    with pytest.raises(ValueError, match="x must have at least 2 points; got 1"):
        frechet_distance(x[:1], x)
    with pytest.raises(ValueError, match="y must be finite; got 1 points"):
        frechet_distance(x, np.array([[0, np.nan], [1, 1]]))
    eye, tilt = np.eye(2), np.array([[1.0, 0.5], [0.0, 1.0]])
    with pytest.raises(ValueError, match="cov1 must be symmetric; got entries that differ"):
        frechet_from_moments(x[0], tilt, x[0], eye)
    with pytest.raises(ValueError, match=r"cov2 must have no negative eigenvalue; got -1"):
        frechet_from_moments(x[0], eye, x[0], -eye)
    with pytest.raises(ValueError, match=r"mu2 must have shape \(2,\); got \(3,\)"):
        frechet_from_moments(x[0], eye, np.zeros(3), eye)
