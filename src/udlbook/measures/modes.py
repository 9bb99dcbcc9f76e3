r"""Counting modes where the truth is known, and divergences between counts.

A sample is *good* if it lies within three standard deviations of a mode, and belongs to the
nearest one. A mode is *covered* if it has a good sample. How evenly the good samples fall is told
by the divergence from their shares to the true ones.

Source: Srivastava, Valkov, Russell, Gutmann & Sutton, "VEEGAN: Reducing mode collapse in GANs
using implicit variational learning", NeurIPS 2017, arXiv:1705.07761, section 4.1; Lin, Khetan,
Fanti & Oh, "PacGAN: The power of two samples in generative adversarial networks", NeurIPS 2018,
arXiv:1712.04086, section 4 (both the count and the divergence). Ours differs: how many good
samples a covered mode needs can be set.
"""

from dataclasses import dataclass

import numpy as np

from .._check import check_range
from ._sets import two_sets


@dataclass(frozen=True, eq=False)
class ModeReport:
    """Where the samples fell.

    Attributes:
        covered: Modes with enough good samples.
        n_modes: Modes there are.
        quality: Share of good samples, from 0 to 1.
        counts: Good samples of each mode.
        kl: Divergence, in nats, from the shares of the modes among the good samples to equal
            shares: 0 if all are equal, log of the number of modes if one has all of them;
            infinite if no sample is good.

    Shapes:
        counts (K,).
    """

    covered: int
    n_modes: int
    quality: float
    counts: np.ndarray
    kl: float


def modes_covered(
    x: np.ndarray, centres: np.ndarray, sigma: float, *, within: float = 3.0, least: int = 1
) -> ModeReport:
    """Count the modes that a set of samples covers.

    Args:
        x: The samples.
        centres: Where the modes are; all are taken to be equally likely.
        sigma: Standard deviation of a mode in each coordinate.
        within: A good sample is this many standard deviations from its mode, or nearer.
        least: Good samples that a covered mode has.

    Shapes:
        x (N, D); centres (K, D).

    Raises:
        ValueError: If the dimensions differ, or a number is not positive.

    >>> report = modes_covered([[0.0], [0.1], [5.0]], [[0.0], [1.0]], sigma=0.1)
    >>> report.covered, round(report.quality, 3), report.counts
    (1, 0.667, array([2, 0]))
    """
    x, centres = two_sets(x, centres, names=("x", "centres"))
    check_range("least", least, 1)
    for name, value in (("sigma", sigma), ("within", within)):
        if not value > 0:
            raise ValueError(f"{name} must be positive; got {value}")
    d2 = np.stack([np.sum((x - c) ** 2, axis=1) for c in centres], axis=1)
    nearest = d2.argmin(axis=1)
    good = d2.min(axis=1) <= (within * sigma) ** 2
    counts = np.bincount(nearest[good], minlength=len(centres))
    covered = int(np.sum(counts >= least))
    return ModeReport(covered, len(centres), float(good.mean()), counts, _to_equal(counts))


def _to_equal(counts: np.ndarray) -> float:
    """KL from the shares of some counts to equal shares."""
    if counts.sum() == 0:
        return float("inf")
    share = counts[counts > 0] / counts.sum()
    return max(0.0, float(np.sum(share * np.log(share * len(counts)))))


def histogram_kl(
    x: np.ndarray, y: np.ndarray, edges: list[np.ndarray], *, pseudo: float = 1.0
) -> float:
    """Divergence KL(x to y) between two sets, each counted in the cells of one grid.

    Cells of no count would make it infinite, so each cell of both sets gets ``pseudo`` extra
    points. The number depends on the cells; compare only numbers from the same grid.

    Args:
        x: The set that the mean is over.
        y: The set that is compared with it.
        edges: Edges of the cells, increasing, one array a coordinate. Points outside are counted
            in one further cell.
        pseudo: What each cell gets in addition.

    Shapes:
        x (N, D); y (M, D); D arrays of edges.

    Returns:
        Nats, 0 or more.

    Raises:
        ValueError: If the dimensions differ or ``pseudo`` is negative.

    >>> edges = [np.array([0.0, 1.0, 2.0])]
    >>> x, y = np.array([[0.5], [0.6], [1.5]]), np.array([[0.5], [1.5], [1.6]])
    >>> round(histogram_kl(x, y, edges, pseudo=0.0), 4)  # log(2) / 3
    0.231
    """
    x, y = two_sets(x, y)
    check_range("pseudo", pseudo, 0)
    if len(edges) != x.shape[1]:
        raise ValueError(f"edges must be {x.shape[1]} arrays, one a coordinate; got {len(edges)}")
    p, q = (_shares(points, edges, pseudo) for points in (x, y))
    seen = p > 0
    with np.errstate(divide="ignore"):
        return max(0.0, float(np.sum(p[seen] * np.log(p[seen] / q[seen]))))


def _shares(x: np.ndarray, edges: list[np.ndarray], pseudo: float) -> np.ndarray:
    cells = np.histogramdd(x, bins=edges)[0].ravel()
    counts = np.append(cells, len(x) - cells.sum()) + pseudo
    return counts / counts.sum()
