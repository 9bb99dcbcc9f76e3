r"""Measures that ask who is near whom: precision and recall, density and coverage.

A set of points says where a distribution is if one draws a ball around each point that reaches
to its k-th neighbour. Samples inside the balls of the data are good ones (precision); data inside
the balls of the samples can be drawn (recall). The two failures of a generator, to draw what is
not there and to leave out what is, become two numbers.

Source: Kynkaanniemi, Karras, Laine, Lehtinen & Aila, "Improved precision and recall metric for
assessing generative models", NeurIPS 2019, arXiv:1904.06991, equations 1 and 2; Naeem, Oh, Uh,
Choi & Yoo, "Reliable fidelity and diversity metrics for generative models", ICML 2020,
arXiv:2002.09797, section 3. Ours differs: the features are the caller's; a ball holds its
surface in all four measures.
"""

from collections.abc import Iterator

import numpy as np

from .._check import check_range
from ._sets import two_sets

BLOCK = 2_000_000  # distances held at once: 16 MB


def squared_distances(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Squared Euclidean distance of each point of x to each of y.

    Written as :math:`|x|^2 - 2 x y + |y|^2` around the mean of y: one matrix product. Two
    equal points may so be given a distance of rounding size instead of 0.

    Shapes:
        x (N, D); y (M, D); returns (N, M).

    Raises:
        ValueError: If the dimensions differ, or a set is empty or not finite.

    >>> squared_distances(np.array([[0.0, 0.0]]), np.array([[3.0, 4.0], [1.0, 0.0]]))
    array([[25.,  1.]])
    """
    x, y = two_sets(x, y)
    return _squared(x - y.mean(axis=0), y - y.mean(axis=0))


def nearest_neighbour_distance(x: np.ndarray, y: np.ndarray, k: int = 1) -> np.ndarray:
    """Distance of each point of x to its k-th nearest point of y.

    Small distances of samples to the training set, beside those of held-out data to it, betray
    a generator that has learned its examples by heart.

    Args:
        x: Where one stands.
        y: Who the neighbours are. A point that is in both sets is its own neighbour.
        k: Which neighbour, 1 for the nearest.

    Shapes:
        x (N, D); y (M, D); returns (N,).

    Raises:
        ValueError: If y has fewer than k points, or the sets do not fit.

    >>> nearest_neighbour_distance(np.array([[0.0], [5.0]]), np.array([[1.0], [3.0]]))
    array([1., 2.])
    """
    check_range("k", k, 1)
    x, y = two_sets(x, y, least=(1, k))
    return np.concatenate(
        [np.sqrt(np.partition(d2, k - 1, axis=1)[:, k - 1]) for d2 in _blocks(x, y)]
    )


def precision_recall(real: np.ndarray, fake: np.ndarray, k: int = 3) -> tuple[float, float]:
    """Shares of the samples among the data, and of the data among the samples.

    Args:
        real: Features of the data.
        fake: Features of the samples.
        k: A ball reaches to the k-th neighbour in its own set.

    Shapes:
        real (N, D); fake (M, D).

    Returns:
        Precision and recall, each from 0 to 1.

    Raises:
        ValueError: If a set has k points or fewer, or the sets do not fit.

    >>> real = np.array([[0.0], [1.0], [10.0], [11.0]])
    >>> precision_recall(real, np.array([[0.0], [0.2], [0.4], [0.6]]), k=1)
    (1.0, 0.25)
    """
    real, fake = _checked(real, fake, k)
    reach_real, reach_fake = _reach(real, k), _reach(fake, k)
    inside = np.concatenate([(d2 <= reach_real).any(axis=1) for d2 in _blocks(fake, real)])
    found = np.concatenate([(d2 <= reach_fake).any(axis=1) for d2 in _blocks(real, fake)])
    return float(inside.mean()), float(found.mean())


def density_coverage(real: np.ndarray, fake: np.ndarray, k: int = 5) -> tuple[float, float]:
    """In how many balls of the data a sample lies, and how many balls hold a sample.

    Both use the balls of the data only, so one stray sample cannot claim a region by a large
    ball of its own.

    Args:
        real: Features of the data.
        fake: Features of the samples.
        k: A ball reaches to the k-th neighbour among the data.

    Shapes:
        real (N, D); fake (M, D).

    Returns:
        Density, which is about 1 for samples like the data and may be above, and coverage, from
        0 to 1.

    Raises:
        ValueError: If there are k data points or fewer, or the sets do not fit.

    >>> real = np.array([[0.0], [1.0], [10.0], [11.0]])
    >>> density_coverage(real, np.array([[0.0], [0.5]]), k=1)
    (2.0, 0.5)
    """
    real, fake = _checked(real, fake, k, fakes=1)
    reach = _reach(real, k)
    balls, covered = 0, np.zeros(len(real), dtype=bool)
    for d2 in _blocks(fake, real):
        inside = d2 <= reach
        balls += int(inside.sum())
        covered |= inside.any(axis=0)
    return balls / (k * len(fake)), float(covered.mean())


def _checked(real, fake, k: int, fakes: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    check_range("k", k, 1)
    least = (k + 1, k + 1 if fakes is None else fakes)
    return two_sets(real, fake, names=("real", "fake"), least=least)


def _squared(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    d2 = -2 * x @ y.T
    d2 += np.sum(x * x, axis=1)[:, None]
    d2 += np.sum(y * y, axis=1)
    return np.maximum(d2, 0, out=d2)


def _blocks(x: np.ndarray, y: np.ndarray) -> Iterator[np.ndarray]:
    """Squared distances of a few rows of x at a time to all of y."""
    centre = y.mean(axis=0)
    x, y = x - centre, y - centre
    rows = max(1, BLOCK // len(y))
    for start in range(0, len(x), rows):
        yield _squared(x[start : start + rows], y)


def _reach(x: np.ndarray, k: int) -> np.ndarray:
    """Squared distance of each point to its k-th nearest among the others."""
    reach, start = [], 0
    for d2 in _blocks(x, x):
        rows = np.arange(len(d2))
        d2[rows, start + rows] = np.inf  # nobody is a neighbour of itself
        reach.append(np.partition(d2, k - 1, axis=1)[:, k - 1])
        start += len(d2)
    return np.concatenate(reach)
