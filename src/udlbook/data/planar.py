r"""Points in the plane: classes that can be seen, and densities with known modes.

``two_moons``: two half circles of radius 1 that reach into each other, the upper one around
(0, 0), the lower one around (1, 1/2). A line cannot part them, and each of them is one connected
arc.

``ring`` and ``grid25``: small round normals far apart, all equally likely. A generator that
leaves some of them out is caught, because all are known, and so is the density everywhere.

Source: the moons are folklore; the positions are those of ``sklearn.datasets.make_moons``. Ours
differs: angles are drawn, not evenly spaced. Ring: Metz, Poole, Pfau & Sohl-Dickstein, "Unrolled
generative adversarial networks", ICLR 2017, arXiv:1611.02163, appendix A (radius 2, deviation
0.02). Grid: Lin, Khetan, Fanti & Oh, "PacGAN: The power of two samples in generative adversarial
networks", NeurIPS 2018, arXiv:1712.04086, section 4.1 (spacing 2, variance 0.0025), after
Srivastava et al., "VEEGAN", NeurIPS 2017, arXiv:1705.07761.
"""

from dataclasses import dataclass

import numpy as np

from .._check import check_range, check_shape


def two_moons(
    n: int, *, rng: np.random.Generator, noise: float = 0.1
) -> tuple[np.ndarray, np.ndarray]:
    """Draw n points of two interleaved half circles, half of them of each class.

    Args:
        n: Number of points; if it is odd, class 0 has one more.
        rng: Draws angles, noise and the order.
        noise: Standard deviation of the noise, in both coordinates.

    Shapes:
        returns x (n, 2) and y (n,), classes 0 (upper) and 1 (lower).

    Raises:
        ValueError: If n is not positive or the noise is negative.

    >>> x, y = two_moons(5, rng=np.random.default_rng(0))
    >>> x.shape, sorted(y.tolist())
    ((5, 2), [0, 0, 0, 1, 1])
    """
    check_range("n", n, 1)
    check_range("noise", noise, 0)
    y = rng.permutation(np.arange(n) % 2)
    angle = np.pi * rng.uniform(size=n)
    upper = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    x = np.where(y[:, None] == 0, upper, [1.0, 0.5] - upper)
    return x + noise * rng.standard_normal((n, 2)), y


@dataclass(frozen=True, eq=False)
class RoundNormals:
    """Equally likely round normals of one size: a density with known modes.

    Attributes:
        centres: Where the modes are.
        sigma: Standard deviation of each normal, in each coordinate.

    Shapes:
        centres (K, D).

    Raises:
        ValueError: If the centres are no table, or sigma is not positive.

    >>> modes = ring()
    >>> modes.sample(5, rng=np.random.default_rng(0)).shape
    (5, 2)
    """

    centres: np.ndarray
    sigma: float

    def __post_init__(self) -> None:
        check_shape("centres", self.centres, "K", "D")
        if not self.sigma > 0:
            raise ValueError(f"sigma must be positive; got {self.sigma}")

    def sample(self, n: int, *, rng: np.random.Generator) -> np.ndarray:
        """Draw n points.

        Shapes:
            returns (n, D).

        Raises:
            ValueError: If n is negative.
        """
        check_range("n", n, 0)
        count, dim = self.centres.shape
        which = rng.integers(count, size=n)
        return self.centres[which] + self.sigma * rng.standard_normal((n, dim))

    def log_prob(self, x: np.ndarray) -> np.ndarray:
        """Logarithm of the density, exact, in nats.

        Shapes:
            x (N, D); returns (N,).

        Raises:
            ValueError: If the points have another dimension than the centres.
        """
        x = np.asarray(x, dtype=float)
        count, dim = self.centres.shape
        check_shape("x", x, "N", dim)
        energy = np.sum((x[:, None] - self.centres) ** 2, axis=2) / (2 * self.sigma**2)
        least = energy.min(axis=1)  # taken out, so that far points give no log of 0
        total = np.exp(least[:, None] - energy).sum(axis=1)
        unit = dim * np.log(self.sigma * np.sqrt(2 * np.pi)) + np.log(count)
        return np.log(total) - least - unit


def ring(n_modes: int = 8, *, radius: float = 2.0, sigma: float = 0.02) -> RoundNormals:
    """Normals on a circle around the origin, evenly spaced, the first at (radius, 0).

    Args:
        n_modes: How many.
        radius: Of the circle.
        sigma: Standard deviation of each.

    Raises:
        ValueError: If a number is not positive.

    >>> ring(4, radius=1.0).centres.round(9) + 0.0
    array([[ 1.,  0.],
           [ 0.,  1.],
           [-1.,  0.],
           [ 0., -1.]])
    """
    check_range("n_modes", n_modes, 1)
    if not radius > 0:
        raise ValueError(f"radius must be positive; got {radius}")
    angle = 2 * np.pi * np.arange(n_modes) / n_modes
    centres = radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return RoundNormals(centres, sigma)


def grid25(*, spacing: float = 2.0, sigma: float = 0.05) -> RoundNormals:
    """Twenty-five normals on a square grid around the origin, row by row from the lower left.

    Args:
        spacing: Distance of neighbours in a row and in a column.
        sigma: Standard deviation of each.

    Raises:
        ValueError: If a number is not positive.

    >>> grid25().centres[[0, 1, 24]]
    array([[-4., -4.],
           [-2., -4.],
           [ 4.,  4.]])
    """
    if not spacing > 0:
        raise ValueError(f"spacing must be positive; got {spacing}")
    line = spacing * (np.arange(5) - 2.0)
    x, y = np.meshgrid(line, line)
    return RoundNormals(np.stack([x.ravel(), y.ravel()], axis=1), sigma)
