"""Oracles: scikit-learn's KMeans; all assignments of a few points; draws counted."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import KMeans as TheirKMeans

from udlbook.classical.kmeans import assign, kmeans, plus_plus


def clusters(n, k, dim, seed=0):
    rng = np.random.default_rng(seed)
    return 4 * rng.normal(size=(k, dim))[rng.integers(k, size=n)] + rng.normal(size=(n, dim))


@pytest.mark.parametrize(("k", "dim"), [(1, 2), (3, 2), (5, 4)])
def test_from_one_start_it_rests_where_scikit_learn_rests(k, dim):
    x = clusters(200, k, dim)
    start = plus_plus(x, k, rng=np.random.default_rng(1))[0]
    found = kmeans(x, k, start=start)
    want = TheirKMeans(k, init=start, n_init=1, tol=0, algorithm="lloyd").fit(x)
    np.testing.assert_allclose(found.centres, want.cluster_centers_, atol=1e-10)
    np.testing.assert_allclose(found.inertia, want.inertia_)
    assert np.array_equal(found.labels, want.labels_)


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 6), st.integers(1, 3), st.integers(6, 40), st.integers(0, 999))
def test_inertia_never_rises_and_every_point_has_its_nearest_centre(k, dim, n, seed):
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 4, size=(n, dim)).astype(float)  # many points coincide
    start = rng.normal(size=(2, k, dim)) * 5  # many centres without a point
    found = kmeans(x, k, start=start)
    assert np.diff(found.trace).max(initial=0.0) <= 1e-9
    square = ((x[:, None] - found.centres) ** 2).sum(axis=2)
    np.testing.assert_allclose(square[np.arange(n), found.labels], square.min(axis=1), atol=1e-9)
    np.testing.assert_allclose(found.inertia, square.min(axis=1).sum(), atol=1e-9)
    assert found.inertia == found.finals.min()


def test_many_starts_find_the_best_of_all_assignments():
    x = np.random.default_rng(3).normal(size=(8, 2))
    best = np.inf
    for labels in itertools.product(range(3), repeat=8):
        labels = np.array(labels)
        groups = [x[labels == c] for c in range(3) if (labels == c).any()]
        best = min(best, sum(((g - g.mean(axis=0)) ** 2).sum() for g in groups))
    found = kmeans(x, 3, rng=np.random.default_rng(0), restarts=40)
    np.testing.assert_allclose(found.inertia, best)
    assert len(found.finals) == 40 and found.finals.max() > best


def test_the_second_centre_is_drawn_by_squared_distance():
    x = np.array([[0.0], [1.0], [3.0]])
    pairs = plus_plus(x, 2, rng=np.random.default_rng(0), restarts=30_000)[:, :, 0]
    from_zero = pairs[pairs[:, 0] == 0, 1]
    np.testing.assert_allclose(np.mean(from_zero == 3), 0.9, atol=0.01)
    assert not np.any(pairs[:, 0] == pairs[:, 1])
    same = plus_plus(np.zeros((4, 1)), 3, rng=np.random.default_rng(0))
    assert same.shape == (1, 3, 1)


def test_a_far_origin_does_not_change_who_is_nearest():
    x = clusters(50, 3, 2)
    centres = x[:3]
    labels, inertia = assign(x, centres)
    moved, again = assign(x + 1e7, centres + 1e7)
    assert np.array_equal(labels, moved)
    np.testing.assert_allclose(again, inertia, rtol=1e-5)


def test_a_centre_without_points_moves_to_the_farthest_point():
    x = np.array([[0.0], [1.0], [2.0], [30.0]])
    found = kmeans(x, 2, start=np.array([[0.0], [-500.0]]), max_rounds=1)
    np.testing.assert_allclose(np.sort(found.centres.ravel()), [8.25, 30.0])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: kmeans(np.zeros((3, 1)), 4), "at least as many points as clusters, 4; got 3"),
        (lambda: kmeans(np.zeros((3, 1)), 2), "rng must be a numpy Generator"),
        (lambda: kmeans(np.zeros(3), 2), "x must have shape"),
        (lambda: kmeans(np.zeros((3, 1)), 0), "k must be at least 1"),
        (lambda: kmeans(np.full((3, 1), np.nan), 1), "x must be finite"),
        (lambda: kmeans(np.zeros((3, 1)), 2, start=np.zeros((2, 2))), "start must have shape"),
        (lambda: assign(np.zeros((3, 1)), np.zeros((2, 2))), "centres must have shape"),
        (
            lambda: plus_plus(np.zeros((3, 1)), 2, rng=np.random.default_rng(0), restarts=0),
            "restarts must be at least 1",
        ),
    ],
)
def test_bad_input_is_refused_in_a_sentence(call, message):
    with pytest.raises(ValueError, match=message):
        call()
