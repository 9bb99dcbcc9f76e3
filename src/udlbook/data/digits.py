"""Handwritten digits of 8 x 8 pixels, in one fixed split.

Source: Alpaydin & Kaynak, "Optical recognition of handwritten digits", UCI Machine Learning
Repository, 1998, doi:10.24432/C50P49: its test set of 1797 digits by 13 people, which scikit-learn
ships. Ours differs: a third of each class is held out at random, so the same hands wrote both
parts, where the repository keeps the writers apart.
"""

from dataclasses import dataclass

import numpy as np

from .._check import check_range


@dataclass(frozen=True)
class Digits:
    """The data set; grey values from 0 (paper) to 1 (ink).

    Shapes:
        x (N, 8, 8); y (N,); x_test (M, 8, 8); y_test (M,); N + M = 1797.
    """

    x: np.ndarray
    y: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray


def digits(part: float = 1 / 3, *, seed: int = 0) -> Digits:
    """Load the digits. Needs scikit-learn, which brings them along; nothing is downloaded.

    Args:
        part: Part of each class that is held out as a test set.
        seed: Which random split; the book always uses 0.

    Raises:
        ValueError: If the part is not between 0 and 1, or leaves a class without examples.
        ModuleNotFoundError: If scikit-learn is not installed.
    """
    check_range("part", part, 0.01, 0.99)
    from sklearn.datasets import load_digits  # here, so that the rest of data needs NumPy alone

    bunch = load_digits()
    x, y = bunch.images / 16, bunch.target
    rng = np.random.default_rng(seed)
    held_out = np.zeros(len(y), dtype=bool)
    for k in range(10):
        of_class = rng.permutation(np.flatnonzero(y == k))
        held_out[of_class[: round(part * len(of_class))]] = True
    train, test = (rng.permutation(np.flatnonzero(which)) for which in (~held_out, held_out))
    return Digits(x[train], y[train], x[test], y[test])
