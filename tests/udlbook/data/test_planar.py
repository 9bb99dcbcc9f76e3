"""Oracles: sklearn's make_moons, distances to two circles; scipy's normals, laws, integrals."""

import numpy as np
import pytest
from scipy import stats
from sklearn.datasets import make_moons
from sklearn.neighbors import NearestNeighbors

from udlbook.data import RoundNormals, grid25, ring, two_moons


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


@pytest.mark.parametrize("modes", [ring(sigma=0.3), grid25(sigma=0.4)], ids=["ring", "grid"])
def test_the_density_is_a_mean_of_scipys_normals(modes):
    x = np.random.default_rng(0).uniform(-6, 6, size=(200, 2))
    each = [stats.multivariate_normal(c, modes.sigma**2).pdf(x) for c in modes.centres]
    np.testing.assert_allclose(np.exp(modes.log_prob(x)), np.mean(each, axis=0), rtol=1e-9)


def test_the_density_integrates_to_one_and_is_finite_far_away():
    axis = np.arange(-5, 5, 0.05)
    table = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    assert np.exp(grid25(sigma=0.1).log_prob(table)).sum() * 0.05**2 == pytest.approx(1)
    far = ring().log_prob(np.array([[100.0, 0.0]]))[0]
    want = -(98**2) / (2 * 0.02**2) - np.log(8 * 2 * np.pi * 0.02**2)
    assert far == pytest.approx(want)


@pytest.mark.parametrize(("modes", "k"), [(ring(), 8), (grid25(), 25)], ids=["ring", "grid"])
def test_samples_fall_evenly_with_the_stated_spread(modes, k):
    x = modes.sample(20_000, rng=np.random.default_rng(1))
    nearest = NearestNeighbors(n_neighbors=1).fit(modes.centres).kneighbors(x)[1][:, 0]
    assert stats.chisquare(np.bincount(nearest, minlength=k)).pvalue > 1e-3
    rest = (x - modes.centres[nearest]) / modes.sigma
    for part in rest.T:
        assert stats.kstest(part, "norm").pvalue > 1e-3
    assert abs(np.corrcoef(rest.T)[0, 1]) < 0.04


def test_modes_stand_where_they_should():
    modes = ring(8, radius=3.0)
    np.testing.assert_allclose(np.linalg.norm(modes.centres, axis=1), 3)
    sides = np.linalg.norm(modes.centres - np.roll(modes.centres, 1, axis=0), axis=1)
    np.testing.assert_allclose(sides, 6 * np.sin(np.pi / 8))
    places = {(a, b) for a in (-2, -1, 0, 1, 2) for b in (-2, -1, 0, 1, 2)}
    assert {tuple(c) for c in grid25(spacing=1.0).centres} == places


def test_bad_modes_are_named():
    with pytest.raises(ValueError, match="sigma must be positive; got 0"):
        ring(sigma=0)
    with pytest.raises(ValueError, match="radius must be positive; got -1"):
        ring(radius=-1)
    with pytest.raises(ValueError, match="spacing must be positive; got 0"):
        grid25(spacing=0)
    with pytest.raises(ValueError, match="n_modes must be at least 1; got 0"):
        ring(0)
    with pytest.raises(ValueError, match=r"centres must have shape \(K, D\); got \(3,\)"):
        RoundNormals(np.zeros(3), 1.0)
    with pytest.raises(ValueError, match=r"x must have shape \(N, 2\); got \(4, 3\)"):
        ring().log_prob(np.zeros((4, 3)))
    with pytest.raises(ValueError, match="n must be at least 0; got -1"):
        ring().sample(-1, rng=np.random.default_rng(0))
