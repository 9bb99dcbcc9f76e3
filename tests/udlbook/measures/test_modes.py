"""Oracles: loops over samples; hand counts; the chi-squared law of radii; scipy's entropy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from udlbook.data import grid25, ring
from udlbook.measures import histogram_kl, modes_covered


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 40), st.integers(1, 6), st.integers(1, 3), st.integers(0, 99))
def test_counts_are_those_of_a_loop(n, k, dim, seed):
    rng = np.random.default_rng(seed)
    x, centres = rng.normal(size=(n, dim)), rng.normal(size=(k, dim))
    counts, good = [0] * k, 0
    for point in x:
        distance = [np.linalg.norm(point - c) for c in centres]
        if min(distance) <= 2 * 0.3:
            counts[int(np.argmin(distance))] += 1
            good += 1
    for least in (1, 2):
        report = modes_covered(x, centres, 0.3, within=2.0, least=least)
        assert report.counts.tolist() == counts
        assert report.covered == sum(c >= least for c in counts) and report.n_modes == k
        assert report.quality == pytest.approx(good / n)
    want = stats.entropy(counts, [1] * k) if good else np.inf
    assert report.kl == pytest.approx(want, abs=1e-12)


@pytest.mark.parametrize("modes", [ring(), grid25()], ids=["ring", "grid"])
def test_the_data_cover_all_modes_and_lose_what_the_law_of_radii_says(modes):
    x = modes.sample(20_000, rng=np.random.default_rng(0))
    report = modes_covered(x, modes.centres, modes.sigma)
    assert report.covered == len(modes.centres) and report.kl < 2e-3
    assert abs(report.quality - stats.chi2(2).cdf(9)) < 3e-3
    wide = modes_covered(x, modes.centres, modes.sigma, within=1.0)
    assert abs(wide.quality - stats.chi2(2).cdf(1)) < 0.012


def test_one_mode_alone_has_the_largest_divergence():
    report = modes_covered(np.zeros((9, 2)), ring(8).centres - [2.0, 0.0], 0.02)
    assert (report.covered, report.quality) == (1, 1.0)
    assert report.kl == pytest.approx(np.log(8))


def test_divergence_of_histograms_is_scipys():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(300, 2)), rng.normal(size=(200, 2)) + 0.5
    edges = [np.linspace(-2, 2, 5), np.linspace(-1, 2, 4)]

    def counts(points):
        table = np.zeros((6, 5))  # with what lies outside, in four strips
        for a, b in points:
            table[np.searchsorted(edges[0], a), np.searchsorted(edges[1], b)] += 1
        inner = table[1:5, 1:4].ravel()
        return np.append(inner, table.sum() - inner.sum())

    for pseudo in (0.5, 1.0):
        want = stats.entropy(counts(x) + pseudo, counts(y) + pseudo)
        assert histogram_kl(x, y, edges, pseudo=pseudo) == pytest.approx(want)
    assert histogram_kl(x, x, edges) == 0
    assert histogram_kl(x, y[:3], edges, pseudo=0) == np.inf
    assert np.isfinite(histogram_kl(y[:1], x, edges, pseudo=0))  # empty cells of x cost nothing


def test_bad_input_is_named():
    x = np.zeros((4, 2))
    with pytest.raises(ValueError, match=r"centres must have shape \(M, 2\); got \(4, 3\)"):
        modes_covered(x, np.zeros((4, 3)), 0.1)
    with pytest.raises(ValueError, match="sigma must be positive; got 0"):
        modes_covered(x, x, 0.0)
    with pytest.raises(ValueError, match="within must be positive; got -1"):
        modes_covered(x, x, 0.1, within=-1.0)
    with pytest.raises(ValueError, match="least must be at least 1; got 0"):
        modes_covered(x, x, 0.1, least=0)
    with pytest.raises(ValueError, match="edges must be 2 arrays, one a coordinate; got 1"):
        histogram_kl(x, x, [np.arange(3.0)])
    with pytest.raises(ValueError, match="pseudo must be at least 0; got -1"):
        histogram_kl(x, x, [np.arange(3.0)] * 2, pseudo=-1)
