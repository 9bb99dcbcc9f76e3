"""Oracles: sklearn's make_moons, and distances to the two circles."""

import numpy as np
import pytest
from scipy import stats
from sklearn.datasets import make_moons
from sklearn.neighbors import NearestNeighbors

from udlbook.data import two_moons


def test_without_noise_all_points_lie_on_sklearns_moons():
    x, y = two_moons(300, rng=np.random.default_rng(0), noise=0.0)
    dense, label = make_moons(4000, noise=0.0, shuffle=False)
    distance, nearest = NearestNeighbors(n_neighbors=1).fit(dense).kneighbors(x)
    assert distance.max() < np.pi / 2000
    np.testing.assert_array_equal(label[nearest[:, 0]], y)


def test_angles_cover_both_arcs_evenly():
    x, y = two_moons(4000, rng=np.random.default_rng(1), noise=0.0)
    upper = np.arctan2(x[y == 0, 1], x[y == 0, 0]) / np.pi
    lower = np.arctan2(0.5 - x[y == 1, 1], 1 - x[y == 1, 0]) / np.pi
    for part in (upper, lower):
        assert stats.kstest(part, "uniform").pvalue > 1e-3


def test_noise_has_the_stated_size_in_both_coordinates():
    clean, _ = two_moons(20_000, rng=np.random.default_rng(2), noise=0.0)
    noisy, _ = two_moons(20_000, rng=np.random.default_rng(2), noise=0.3)
    noise = noisy - clean
    np.testing.assert_allclose(noise.std(axis=0), 0.3, rtol=0.03)
    assert abs(np.corrcoef(noise.T)[0, 1]) < 0.04


@pytest.mark.parametrize("n", [1, 2, 7, 10])
def test_classes_are_balanced_and_in_random_order(n):
    _, y = two_moons(n, rng=np.random.default_rng(0))
    assert sorted(y) == [0] * ((n + 1) // 2) + [1] * (n // 2)
    _, many = two_moons(100, rng=np.random.default_rng(0))
    assert 30 < np.sum(many[1:] != many[:-1]) < 70


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="n must be at least 1; got 0"):
        two_moons(0, rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match="noise must be at least 0; got -1"):
        two_moons(3, rng=np.random.default_rng(0), noise=-1)
