r"""Two sets of pictures that say the same in two languages, and no dictionary.

Each pair of domains is made from the digits of ``udlbook.data.digits``: a third of the digits
becomes pictures of the first domain, another third pictures of the second, so that no digit
occurs in both. The true translation is known, but only the test set tells it.

Source: unpaired translation is the setting of Zhu, Park, Isola & Efros, "Unpaired image-to-image
translation using cycle-consistent adversarial networks", ICCV 2017, arXiv:1703.10593; the domains
are ours.
"""

from dataclasses import dataclass

import numpy as np

from .._check import check_range, check_shape
from .digits import digits


@dataclass(frozen=True)
class Domains:
    """Two domains, without pairs, and a test set with them.

    Attributes:
        x: Pictures of the first domain, for training.
        y: Pictures of the second, of other digits.
        x_test: Pictures of the first domain of digits that are in neither.
        y_test: Their true translations.
        label: Which digit each test picture shows.
        ink: Which colour the digit of each test picture has, where it has one.

    Shapes:
        x (N, C, H, W); y (M, C', H, W); x_test (T, C, H, W); y_test (T, C', H, W); label and ink
        (T,).
    """

    x: np.ndarray
    y: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    label: np.ndarray
    ink: np.ndarray | None = None


def slant(x: np.ndarray, reach: int) -> np.ndarray:
    """Move the rows of pictures: the top row ``reach`` pixels to the right, the bottom row left.

    Rows between move by the rounded part of it that is due. What leaves on one side comes back
    on the other, so that slanting by ``-reach`` undoes it.

    Args:
        x: Pictures.
        reach: Pixels that the top row moves; negative to the left.

    Shapes:
        x (..., H, W); returns the same.

    Raises:
        ValueError: If pictures have less than two rows.

    >>> slant(np.array([[1, 0, 0], [1, 0, 0], [0, 0, 1]]), 1)
    array([[0, 1, 0],
           [1, 0, 0],
           [0, 1, 0]])
    """
    H, W = check_shape("x", x, "...", "H", "W").values()
    check_range("rows", H, 2)
    # Rounded half away from zero on both sides, so that the negative undoes it.
    moves = reach * (1 - 2 * np.arange(H) / (H - 1))
    moves = (np.sign(moves) * np.floor(np.abs(moves) + 0.5)).astype(int)
    columns = (np.arange(W) - moves[:, None]) % W
    return np.take_along_axis(x, np.broadcast_to(columns, x.shape), axis=-1)


def upright_and_slanted(reach: int = 2, *, seed: int = 0) -> Domains:
    """Upright digits, dark on white, and slanted ones, white on dark.

    Pictures have ``reach`` empty columns added on both sides, so that no ink is lost: the true
    translation 1 - slant(x, reach) has an inverse. Values are 0 (paper) to 1 (ink).

    Args:
        reach: Pixels that the top row moves.
        seed: Which random halves.

    Raises:
        ValueError: If the reach is negative.
    """
    check_range("reach", reach, 0)
    first, second, test, label = _parts(seed)
    wide = [np.pad(a, [(0, 0), (0, 0), (reach, reach)])[:, None] for a in (first, second, test)]
    x, y, x_test = wide[0], 1 - slant(wide[1], reach), wide[2]
    return Domains(x, y, x_test, 1 - slant(x_test, reach), label)


def coloured_and_grey(*, seed: int = 0) -> Domains:
    """Digits in one of two inks, and digits in grey: a translation that must forget the ink.

    A picture of the first domain has a channel for each ink; the digit stands in one of them,
    chosen by a fair coin, and the other is empty. The true translation is their sum.

    Args:
        seed: Which random halves and inks.
    """
    first, second, test, label = _parts(seed)
    rng = np.random.default_rng([seed, 1])
    inks = [rng.integers(2, size=len(a)) for a in (first, test)]
    x, x_test = (
        np.stack([a * (k == c)[:, None, None] for c in (0, 1)], axis=1)
        for a, k in zip((first, test), inks, strict=True)
    )
    return Domains(x, second[:, None], x_test, test[:, None], label, inks[1])


def _parts(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Two halves of the training digits, then the test digits and their labels."""
    data = digits()
    order = np.random.default_rng(seed).permutation(len(data.x))
    half = len(order) // 2
    return data.x[order[:half]], data.x[order[half:]], data.x_test, data.y_test
