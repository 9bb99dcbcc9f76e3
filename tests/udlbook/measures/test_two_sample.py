"""Oracles: sums over pairs; scipy's energy distance; closed forms for normals; all labellings."""

from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from udlbook.measures import energy_distance, permutation_test, squared_mmd


def by_pairs(x, y, kernel):
    """The unbiased estimate, pair by pair."""
    n, m = len(x), len(y)
    xx = sum(kernel(x[i], x[j]) for i in range(n) for j in range(n) if i != j)
    yy = sum(kernel(y[i], y[j]) for i in range(m) for j in range(m) if i != j)
    xy = sum(kernel(a, b) for a in x for b in y)
    return xx / (n * (n - 1)) + yy / (m * (m - 1)) - 2 * xy / (n * m)


def bells(widths):
    return lambda a, b: np.mean([np.exp(-np.sum((a - b) ** 2) / (2 * w * w)) for w in widths])


@pytest.mark.parametrize(("n", "m", "dim"), [(5, 8, 2), (2, 2, 1), (11, 3, 4)])
def test_both_statistics_are_sums_over_pairs(n, m, dim):
    rng = np.random.default_rng(n)
    x, y = rng.normal(size=(n, dim)), 0.5 + rng.normal(size=(m, dim))
    want = by_pairs(x, y, lambda a, b: -np.linalg.norm(a - b))
    np.testing.assert_allclose(energy_distance(x, y), want, atol=1e-7)
    np.testing.assert_allclose(squared_mmd(x, y, 0.7), by_pairs(x, y, bells([0.7])), atol=1e-12)
    widths = [0.2, 1.0, 5.0]
    np.testing.assert_allclose(
        squared_mmd(x, y, widths), by_pairs(x, y, bells(widths)), atol=1e-12
    )


def test_large_sets_give_scipys_energy_distance():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=800), 0.7 + 1.5 * rng.normal(size=800)
    got = energy_distance(x[:, None], y[:, None])
    assert got == pytest.approx(stats.energy_distance(x, y) ** 2, abs=8e-3)


def test_mmd_of_two_normals_is_that_of_the_integrals():
    """E exp(-d^2 / 2 b^2) for d ~ N(delta, 2) is a ratio of normal densities."""
    rng = np.random.default_rng(1)
    b, delta = 0.8, 1.0
    same = b / np.sqrt(b**2 + 2)
    apart = same * np.exp(-(delta**2) / (2 * (b**2 + 2)))
    estimates = [
        squared_mmd(rng.normal(size=(60, 1)), delta + rng.normal(size=(60, 1)), b)
        for _ in range(300)
    ]
    error = np.std(estimates) / np.sqrt(300)
    assert abs(np.mean(estimates) - 2 * (same - apart)) < 4 * error
    null = [squared_mmd(*rng.normal(size=(2, 20, 1)), b) for _ in range(400)]
    assert abs(np.mean(null)) < 4 * np.std(null) / 20  # unbiased: it may be below 0
    assert np.min(null) < 0


@pytest.mark.parametrize("statistic", ["energy", "mmd"])
def test_the_p_value_is_that_of_all_labellings(statistic):
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(5, 2)), 0.9 + rng.normal(size=(4, 2))
    both = np.concatenate([x, y])
    kernel = bells([1.5]) if statistic == "mmd" else lambda a, b: -np.linalg.norm(a - b)
    values = []
    for first in combinations(range(9), 5):
        rest = [i for i in range(9) if i not in first]
        values.append(by_pairs(both[list(first)], both[rest], kernel))
    want = np.mean(np.array(values) >= values[0] - 1e-9)
    got = permutation_test(x, y, rng=rng, statistic=statistic, bandwidths=1.5, n_permutations=6000)
    assert got.statistic == pytest.approx(values[0], abs=1e-7)
    assert got.p_value == pytest.approx(want, abs=4 * np.sqrt(want / 6000))
    assert set(np.round(got.permuted, 6)) <= set(np.round(values, 6))


def test_equal_distributions_give_even_p_values_and_others_small_ones():
    rng = np.random.default_rng(3)
    p = [
        permutation_test(*rng.normal(size=(2, 15, 2)), rng=rng, n_permutations=39).p_value
        for _ in range(300)
    ]
    assert min(p) == 1 / 40
    counts = np.histogram(p, bins=np.linspace(0.0125, 1.0125, 5))[0]
    assert stats.chisquare(counts).pvalue > 1e-3
    x, y = rng.normal(size=(60, 2)), rng.normal(size=(60, 2)) * 2  # equal means
    assert permutation_test(x, y, rng=rng).p_value < 0.02


def test_bad_input_is_named():
    x = np.zeros((4, 2))
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="y must have at least 2 points; got 1"):
        energy_distance(x, x[:1])
    with pytest.raises(ValueError, match=r"bandwidths must be positive numbers; got \[1, 0\]"):
        squared_mmd(x, x, [1, 0])
    with pytest.raises(ValueError, match="bandwidths must be positive numbers; got nan"):
        squared_mmd(x, x, float("nan"))
    with pytest.raises(ValueError, match="statistic must be one of 'energy', 'mmd'; got 'mean'"):
        permutation_test(x, x, rng=rng, statistic="mean")
    with pytest.raises(ValueError, match="n_permutations must be at least 1; got 0"):
        permutation_test(x, x, rng=rng, n_permutations=0)
