"""Two sets of points that may be compared."""

import numpy as np

from .._check import check_shape


def two_sets(
    x: np.ndarray, y: np.ndarray, names: tuple[str, str] = ("x", "y"), least: tuple = (1, 1)
) -> tuple[np.ndarray, np.ndarray]:
    """Both sets as arrays of floats.

    Raises:
        ValueError: If one is no table, has too few rows or is not finite, or if the dimensions
            differ.
    """
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    dim = check_shape(names[0], x, "N", "D")["D"]
    check_shape(names[1], y, "M", dim)
    for name, points, few in zip(names, (x, y), least, strict=True):
        if len(points) < few:
            raise ValueError(f"{name} must have at least {few} points; got {len(points)}")
        if not np.isfinite(points).all():
            bad = int(np.sum(~np.isfinite(points).all(axis=1)))
            raise ValueError(f"{name} must be finite; got {bad} points that are not")
    return x, y
