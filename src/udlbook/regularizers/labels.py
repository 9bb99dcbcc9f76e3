"""Label smoothing: do not ask a network to be certain.

Source: Szegedy, Vanhoucke, Ioffe, Shlens & Wojna, "Rethinking the inception architecture for
computer vision", CVPR 2016, arXiv:1512.00567, section 7. ``udlbook.losses`` holds the loss that
belongs to such labels; here are the labels, for losses that compare two distributions.
"""

import numpy as np

from .._check import check_range, check_shape


def smooth_labels(y: np.ndarray, classes: int, smoothing: float) -> np.ndarray:
    """One distribution a label: 1 - smoothing at the label, and smoothing spread over all classes.

    Args:
        y: Class numbers.
        classes: Number of classes, K.
        smoothing: The share that is spread, from 0 to 1. The true class gets its part of it too.

    Shapes:
        y (N,); returns (N, K), with rows that sum to 1.

    Raises:
        ValueError: If a label is not a class, or the smoothing is out of range.

    >>> smooth_labels(np.array([2]), 4, 0.2).round(2)
    array([[0.05, 0.05, 0.85, 0.05]])
    """
    y = np.asarray(y)
    check_shape("y", y, "N")
    check_range("classes", classes, 1)
    check_range("smoothing", smoothing, 0, 1)
    if y.dtype.kind not in "iu":
        raise ValueError(f"y must be whole numbers, the classes; got {y.dtype}")
    bad = (y < 0) | (y >= classes)
    if bad.any():
        raise ValueError(f"y must be a class from 0 to {classes - 1}; got {y[bad][0]}")
    return (1 - smoothing) * np.eye(classes)[y] + smoothing / classes
