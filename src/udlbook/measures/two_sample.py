r"""Could two sets of points come from one distribution?

Two statistics, both unbiased estimates of a distance between distributions that is 0 only if they
are equal, and a test that makes of either a p-value: if the two sets come from one distribution,
their labels may be exchanged, so the statistic is one of those with permuted labels.

.. math:: \operatorname{MMD}^2 = E\,k(x, x') + E\,k(y, y') - 2\,E\,k(x, y)

with kernel k; the energy distance is the same with minus the Euclidean distance for k. Unbiased
estimates may be below 0.

Source: Gretton, Borgwardt, Rasch, Schölkopf & Smola, "A kernel two-sample test", Journal of
Machine Learning Research 13, 2012, equation 3; Székely & Rizzo, "Energy statistics: A class of
statistics based on distances", Journal of Statistical Planning and Inference 143, 2013; the
p-value that counts the observed labels as one permutation by Phipson & Smyth, Statistical
Applications in Genetics and Molecular Biology 9, 2010. Ours differs: the kernel is a mean of
normal bells of several widths.
"""

from dataclasses import dataclass

import numpy as np

from .._check import check_choice, check_range
from ._sets import two_sets
from .neighbours import squared_distances

BLOCK = 128  # permutations multiplied at once


def squared_mmd(x: np.ndarray, y: np.ndarray, bandwidths: list[float] | float) -> float:
    r"""Unbiased estimate of the squared maximum mean discrepancy.

    The kernel is :math:`k(x, y) = \frac1B \sum_b \exp(-|x - y|^2 / 2 b^2)`.

    Args:
        x: One set.
        y: The other.
        bandwidths: Widths b of the bells, in units of the data.

    Shapes:
        x (N, D); y (M, D).

    Raises:
        ValueError: If the sets do not fit, one has fewer than two points, or a width is not
            positive.

    >>> x = np.array([[0.0], [0.0]])
    >>> round(squared_mmd(x, x + 100, 1.0), 6)
    2.0
    """
    x, y = two_sets(x, y, least=(2, 2))
    kernel = _bells(np.concatenate([x, y]), bandwidths)
    return float(_statistic(kernel, _labels(len(x), len(y)))[0])


def energy_distance(x: np.ndarray, y: np.ndarray) -> float:
    r"""Unbiased estimate of the energy distance.

    It is :math:`2 E|x - y| - E|x - x'| - E|y - y'|`, in units of the data; in one dimension,
    twice the integral of the squared difference of the distribution functions.

    Shapes:
        x (N, D); y (M, D).

    Raises:
        ValueError: If the sets do not fit or one has fewer than two points.

    >>> energy_distance(np.array([[0.0], [1.0]]), np.array([[3.0], [4.0]]))
    4.0
    """
    x, y = two_sets(x, y, least=(2, 2))
    return float(_statistic(_minus_distance(np.concatenate([x, y])), _labels(len(x), len(y)))[0])


@dataclass(frozen=True, eq=False)
class TwoSampleTest:
    """What a permutation test found.

    Attributes:
        statistic: Of the sets as they are.
        p_value: Share of the labellings, the given one among them, with a statistic as large.
        permuted: The statistic of each permutation.

    Shapes:
        permuted (n_permutations,).
    """

    statistic: float
    p_value: float
    permuted: np.ndarray


def permutation_test(
    x: np.ndarray,
    y: np.ndarray,
    *,
    rng: np.random.Generator,
    statistic: str = "energy",
    bandwidths: list[float] | float = 1.0,
    n_permutations: int = 199,
) -> TwoSampleTest:
    """Test whether two sets come from one distribution, by exchanging labels.

    The kernel is computed once; a permutation is a matrix product.

    Args:
        x: One set.
        y: The other.
        rng: Draws the permutations.
        statistic: ``"energy"`` or ``"mmd"``.
        bandwidths: For ``"mmd"``, as in ``squared_mmd``.
        n_permutations: How many; the smallest p-value is one over one more than that.

    Shapes:
        x (N, D); y (M, D).

    Raises:
        ValueError: If the sets do not fit, one has fewer than two points, or an option is not
            one of those above.
    """
    x, y = two_sets(x, y, least=(2, 2))
    check_choice("statistic", statistic, ("energy", "mmd"))
    check_range("n_permutations", n_permutations, 1)
    both = np.concatenate([x, y])
    kernel = _minus_distance(both) if statistic == "energy" else _bells(both, bandwidths)
    labels = _labels(len(x), len(y))
    shuffled = rng.permuted(np.repeat(labels, n_permutations, axis=1), axis=0)
    parts = [shuffled[:, i : i + BLOCK] for i in range(0, n_permutations, BLOCK)]
    permuted = np.concatenate([_statistic(kernel, part) for part in parts])
    observed = _statistic(kernel, labels)[0]
    # Rounding must not tell apart labellings that are one and the same.
    reached = permuted >= observed - 1e-12 * np.abs(kernel).max()
    p = (1 + int(reached.sum())) / (1 + n_permutations)
    return TwoSampleTest(float(observed), p, permuted)


def _labels(n: int, m: int) -> np.ndarray:
    """1 for the rows of the first set, 0 for those of the second, as one column."""
    return np.repeat([1.0, 0.0], [n, m])[:, None]


def _bells(x: np.ndarray, bandwidths: list[float] | float) -> np.ndarray:
    widths = np.atleast_1d(np.asarray(bandwidths, dtype=float))
    if widths.ndim != 1 or widths.size == 0 or not (widths > 0).all():
        raise ValueError(f"bandwidths must be positive numbers; got {bandwidths}")
    d2 = squared_distances(x, x)
    return sum(np.exp(d2 / (-2 * b * b)) for b in widths) / len(widths)


def _minus_distance(x: np.ndarray) -> np.ndarray:
    return -np.sqrt(squared_distances(x, x))


def _statistic(kernel: np.ndarray, first: np.ndarray) -> np.ndarray:
    """The unbiased statistic of each labelling.

    Shapes:
        kernel (N, N); first (N, P), 1 in the first set; returns (P,).
    """
    diagonal = np.diag(kernel)
    second = 1 - first
    n, m = first[:, 0].sum(), second[:, 0].sum()
    to_first = kernel @ first
    to_second = kernel.sum(axis=1)[:, None] - to_first
    within_first = np.sum(first * to_first, axis=0) - diagonal @ first
    within_second = np.sum(second * to_second, axis=0) - diagonal @ second
    across = np.sum(second * to_first, axis=0)
    return within_first / (n * (n - 1)) + within_second / (m * (m - 1)) - 2 * across / (n * m)
