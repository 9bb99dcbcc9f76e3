"""Augmentation of one-dimensional signals: new examples whose labels are known already.

Every function takes signals in rows and draws a change for each row. A change is right for a
task if the label survives it; which ones do is knowledge about the data that no function has.

Source: ``mixup`` is Zhang, Cisse, Dauphin & Lopez-Paz, "mixup: beyond empirical risk
minimization", ICLR 2018, arXiv:1710.09412, equation 1; ``cutout`` is DeVries & Taylor, "Improved
regularization of convolutional neural networks with cutout", arXiv:1708.04552, for signals. Ours
differs: ``cutout`` keeps its window inside the signal; ``mixup`` draws a share for each pair.
"""

import numpy as np

from .._check import check_range, check_shape


def shift(x: np.ndarray, most: int, *, rng: np.random.Generator, fill: float | None = None):
    """Move each signal by a whole number of places, -most to most.

    Args:
        x: Signals.
        most: The longest move, below the length of a signal.
        rng: Draws the moves.
        fill: What comes in at the end that is left free; ``None`` lets the signal turn in a
            circle.

    Shapes:
        x (N, T); returns (N, T).

    Raises:
        ValueError: If x is no table or ``most`` is out of range.
    """
    x, (n, t) = _signals(x)
    check_range("most", most, 0, t - 1)
    moves = rng.integers(-most, most + 1, size=n)
    source = np.arange(t) - moves[:, None]
    moved = np.take_along_axis(x, source % t, axis=1)
    if fill is not None:
        moved[(source < 0) | (source >= t)] = fill
    return moved


def rescale(x: np.ndarray, spread: float, *, rng: np.random.Generator) -> np.ndarray:
    """Multiply each signal by a number from 1 - spread to 1 + spread.

    Shapes:
        x (N, T); returns (N, T).

    Raises:
        ValueError: If x is no table, or the spread is negative or 1 or more.
    """
    x, (n, _) = _signals(x)
    if not 0 <= spread < 1:
        raise ValueError(f"spread must be at least 0 and below 1; got {spread}")
    return x * rng.uniform(1 - spread, 1 + spread, size=(n, 1))


def tilt(x: np.ndarray, most: float, *, rng: np.random.Generator) -> np.ndarray:
    """Add to each signal a straight line through zero at its middle.

    Args:
        x: Signals.
        most: The largest rise of the line from the first place to the last, up or down.
        rng: Draws the rises.

    Shapes:
        x (N, T); returns (N, T).

    Raises:
        ValueError: If x is no table or ``most`` is negative.
    """
    x, (n, t) = _signals(x)
    check_range("most", most, 0)
    return x + rng.uniform(-most, most, size=(n, 1)) * np.linspace(-0.5, 0.5, t)


def stretch(x: np.ndarray, most: float, *, rng: np.random.Generator) -> np.ndarray:
    """Stretch or squeeze each signal in time about its middle, by straight lines between places.

    Args:
        x: Signals.
        most: The largest factor, at least 1; the least is 1 / most, and the logarithm of the
            factor is uniform. What a squeezed signal leaves free is filled with its end values.
        rng: Draws the factors.

    Shapes:
        x (N, T); returns (N, T).

    Raises:
        ValueError: If x is no table or ``most`` is below 1.
    """
    x, (n, t) = _signals(x)
    check_range("most", most, 1)
    factor = np.exp(rng.uniform(-np.log(most), np.log(most), size=(n, 1)))
    middle = (t - 1) / 2
    place = np.clip(middle + (np.arange(t) - middle) / factor, 0, t - 1)
    left = np.minimum(place.astype(int), max(t - 2, 0))
    right = np.minimum(left + 1, t - 1)
    share = place - left
    values = (np.take_along_axis(x, at, axis=1) for at in (left, right))
    return (1 - share) * next(values) + share * next(values)


def jitter(x: np.ndarray, std: float, *, rng: np.random.Generator) -> np.ndarray:
    """Add white noise to each value.

    Shapes:
        x (N, T); returns (N, T).

    Raises:
        ValueError: If x is no table or the deviation is negative.
    """
    x, size = _signals(x)
    check_range("std", std, 0)
    return x + std * rng.standard_normal(size)


def cutout(
    x: np.ndarray, width: int, *, rng: np.random.Generator, fill: float = 0.0
) -> np.ndarray:
    """Overwrite a window of each signal.

    Args:
        x: Signals.
        width: Places in the window.
        rng: Draws where the windows start.
        fill: The value to write.

    Shapes:
        x (N, T); returns (N, T).

    Raises:
        ValueError: If x is no table or the width is out of range.
    """
    x, (n, t) = _signals(x)
    check_range("width", width, 0, t)
    place = np.arange(t) - rng.integers(0, t - width + 1, size=(n, 1))
    return np.where((place >= 0) & (place < width), fill, x)


def mixup(
    x: np.ndarray, labels: np.ndarray, alpha: float, *, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Mix each example, and its label alike, with another one.

    Args:
        x: Inputs.
        labels: One distribution over the classes for each.
        alpha: Both parameters of the beta distribution of the share that an example keeps. Small
            values mix little.
        rng: Draws shares and partners.

    Shapes:
        x (N, ...); labels (N, K); returns the same two shapes.

    Raises:
        ValueError: If the lengths differ or alpha is not positive.
    """
    x, labels = np.asarray(x, dtype=float), np.asarray(labels, dtype=float)
    check_shape("labels", labels, len(x), "K")
    if not alpha > 0:
        raise ValueError(f"alpha must be positive; got {alpha}")
    partner = rng.permutation(len(x))
    kept = rng.beta(alpha, alpha, size=len(x))
    wide = kept.reshape(-1, *[1] * (x.ndim - 1))
    return (
        wide * x + (1 - wide) * x[partner],
        kept[:, None] * labels + (1 - kept[:, None]) * labels[partner],
    )


def _signals(x: np.ndarray) -> tuple[np.ndarray, tuple[int, int]]:
    x = np.asarray(x, dtype=float)
    check_shape("x", x, "N", "T")
    return x, x.shape
