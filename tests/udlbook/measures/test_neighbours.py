"""Oracles: scipy's distances; loops over balls, word by word from the papers' equations."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from udlbook.measures import (
    density_coverage,
    nearest_neighbour_distance,
    neighbours,
    precision_recall,
    squared_distances,
)


def sets(n, m, dim, seed):
    rng = np.random.default_rng(seed)
    return 3 + rng.normal(size=(n, dim)), 3.4 + 0.8 * rng.normal(size=(m, dim))


def reach(points, k):
    return [sorted(np.linalg.norm(p - q) for q in points)[k] for p in points]  # [0] is itself


def in_a_ball(point, points, radii):
    return sum(np.linalg.norm(point - p) <= r for p, r in zip(points, radii, strict=True))


@pytest.fixture(params=[7, neighbours.BLOCK], ids=["small blocks", "one block"])
def block(request, monkeypatch):
    monkeypatch.setattr(neighbours, "BLOCK", request.param)


@pytest.mark.usefixtures("block")
@pytest.mark.parametrize(("n", "m", "dim", "k"), [(20, 31, 2, 3), (25, 12, 5, 1), (9, 9, 1, 5)])
def test_precision_and_recall_are_those_of_the_loops(n, m, dim, k):
    for seed in range(3):
        real, fake = sets(n, m, dim, seed)
        to_real, to_fake = reach(real, k), reach(fake, k)
        precision = np.mean([in_a_ball(f, real, to_real) > 0 for f in fake])
        recall = np.mean([in_a_ball(r, fake, to_fake) > 0 for r in real])
        np.testing.assert_allclose(precision_recall(real, fake, k), (precision, recall))


@pytest.mark.usefixtures("block")
@pytest.mark.parametrize(("n", "m", "dim", "k"), [(20, 31, 2, 5), (25, 3, 5, 1), (9, 9, 1, 4)])
def test_density_and_coverage_are_those_of_the_loops(n, m, dim, k):
    for seed in range(3):
        real, fake = sets(n, m, dim, seed)
        radii = reach(real, k)
        density = sum(in_a_ball(f, real, radii) for f in fake) / (k * m)
        coverage = np.mean(
            [
                min(np.linalg.norm(r - f) for f in fake) <= q
                for r, q in zip(real, radii, strict=True)
            ]
        )
        np.testing.assert_allclose(density_coverage(real, fake, k), (density, coverage))


@pytest.mark.usefixtures("block")
@settings(deadline=None, max_examples=20)
@given(st.integers(1, 30), st.integers(2, 30), st.integers(1, 6), st.integers(0, 99))
def test_distances_are_scipys(n, m, dim, seed):
    x, y = sets(n, m, dim, seed)
    want = cdist(x, y)
    np.testing.assert_allclose(np.sqrt(squared_distances(x, y)), want, atol=1e-7)
    for k in (1, 2):
        got = nearest_neighbour_distance(x, y, k)
        np.testing.assert_allclose(got, np.sort(want, axis=1)[:, k - 1], atol=1e-7)


def test_points_far_from_the_origin_keep_their_distances():
    x, y = sets(20, 20, 3, 0)
    moved = nearest_neighbour_distance(x + 1e6, y + 1e6)
    np.testing.assert_allclose(moved, nearest_neighbour_distance(x, y), rtol=1e-6)


def test_a_collapsed_and_a_scattered_generator_fail_in_opposite_ways():
    rng = np.random.default_rng(0)
    real = rng.normal(size=(400, 2))
    collapsed = 0.05 * rng.normal(size=(400, 2))
    scattered = 6 * rng.normal(size=(400, 2))
    precision, recall = precision_recall(real, collapsed)
    assert precision == 1 and recall < 0.1
    density, coverage = density_coverage(real, collapsed)
    assert density > 0.5 and coverage < 0.2
    precision, recall = precision_recall(real, scattered)
    assert precision < 0.3 and recall > 0.8


def test_of_equal_distributions_density_is_one_and_coverage_that_of_the_paper():
    """E[coverage] = 1 - prod of (N - i) / (N + M - i) over i < k, for any distribution."""
    rng = np.random.default_rng(1)
    n = m = 60
    k = 3
    got = np.mean([density_coverage(*rng.normal(size=(2, n, 2)), k) for _ in range(200)], axis=0)
    i = np.arange(k)
    # The k nearest of all others are all real: the ball of a datum then holds no sample.
    missed = np.prod((n - 1 - i) / (n - 1 + m - i))
    np.testing.assert_allclose(got, [1.0, 1 - missed], rtol=0.03)


def test_bad_input_is_named():
    x = np.zeros((4, 2))
    with pytest.raises(ValueError, match="real must have at least 5 points; got 4"):
        precision_recall(x, np.zeros((9, 2)), k=4)
    with pytest.raises(ValueError, match="fake must have at least 4 points; got 3"):
        precision_recall(x, x[:3])
    with pytest.raises(ValueError, match="k must be at least 1; got 0"):
        density_coverage(x, x, k=0)
    with pytest.raises(ValueError, match=r"fake must have shape \(M, 2\); got \(4, 3\)"):
        density_coverage(x, np.zeros((4, 3)))
    with pytest.raises(ValueError, match="y must have at least 5 points; got 4"):
        nearest_neighbour_distance(x, x, k=5)
    assert density_coverage(np.arange(12.0).reshape(6, 2), x[:1])[1] > 0  # one sample is enough
