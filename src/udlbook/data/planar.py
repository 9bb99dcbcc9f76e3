r"""Points in the plane whose classes can be seen.

Two half circles of radius 1 that reach into each other: the upper one around (0, 0), the lower
one around (1, 1/2). A line cannot part them, and each of them is one connected arc.

Source: the set is folklore; the positions are those of ``sklearn.datasets.make_moons``. Ours
differs: angles are drawn, not evenly spaced.
"""

import numpy as np

from .._check import check_range


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
