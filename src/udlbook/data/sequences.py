"""The adding problem: two numbers to remember among many to forget.

Source: Hochreiter & Schmidhuber, "Long short-term memory", Neural Computation 9(8), 1997,
experiment 4. Ours differs: values from 0 to 1 and the plain sum as target, as in Le, Jaitly &
Hinton, "A simple way to initialize recurrent networks of rectified linear units",
arXiv:1504.00941; one mark in each half; all sequences of one length.
"""

import numpy as np

from .._check import check_range


def adding_problem(
    n: int, length: int, *, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Sequences of numbers, two of them marked, and the sum of the marked two.

    A model that always says 1, the mean, has a mean squared error of 1/6.

    Args:
        n: How many.
        length: Steps of each.
        rng: Draws them.

    Shapes:
        Returns x (n, length, 2), a value from 0 to 1 and a mark at each step, and y (n,).

    Raises:
        ValueError: If ``n`` is negative or the length is less than 2.
    """
    check_range("n", n, 0)
    check_range("length", length, 2)
    x = np.zeros((n, length, 2))
    x[:, :, 0] = rng.random((n, length))
    half, row = length // 2, np.arange(n)
    x[row, rng.integers(0, half, n), 1] = 1
    x[row, rng.integers(half, length, n), 1] = 1
    return x, (x[:, :, 0] * x[:, :, 1]).sum(axis=1)
