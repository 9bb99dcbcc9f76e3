r"""Dropout: train with a random part of the units switched off.

A mask holds 0 with probability ``rate`` and 1 / (1 - rate) otherwise. So its mean is 1: on
average a masked unit has the value it would have without a mask, and at the time of use nothing
has to be scaled. The backward pass multiplies by the same mask.

Source: Srivastava, Hinton, Krizhevsky, Sutskever & Salakhutdinov, "Dropout: a simple way to
prevent neural networks from overfitting", JMLR 15 (2014), section 4; Gal & Ghahramani, "Dropout as
a Bayesian approximation", ICML 2016, arXiv:1506.02142 (``monte_carlo``). Ours differs from the
former: units are scaled up in training (its section 10 mentions this) instead of weights down in
use, and ``rate`` is the probability to drop a unit, its 1 - p. From the latter: the variance is
that of the network's outputs, without the noise of the data.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from .._check import check_range

MOST_UNITS = 20  # a million masks


def dropout_mask(
    shape: int | tuple[int, ...], rate: float, *, rng: np.random.Generator
) -> np.ndarray:
    """A mask whose elements are 0 with probability ``rate``, else 1 / (1 - rate).

    Args:
        shape: Shape of what is to be masked.
        rate: Probability to drop, at least 0 and below 1.
        rng: Draws the mask.

    Raises:
        ValueError: If the rate is out of range.
    """
    _check_rate(rate)
    return (rng.random(shape) >= rate) / (1 - rate)


def dropout(h: Any, rate: float, *, rng: np.random.Generator, training: bool = True) -> Any:
    """Mask the units h in training; return them as they are in use.

    Args:
        h: An array, or a Tensor, through which gradients then flow.
        rate: Probability to drop a unit.
        rng: Draws the mask; left alone if nothing is masked.
        training: Whether to mask at all.

    Shapes:
        h (...); returns the same.

    Raises:
        ValueError: If the rate is out of range.

    >>> dropout(np.ones(6), 0.5, rng=np.random.default_rng(1))
    array([2., 2., 0., 2., 0., 0.])
    """
    _check_rate(rate)
    if not training or rate == 0:
        return h
    return h * dropout_mask(h.shape, rate, rng=rng)


def every_mask(units: int, rate: float) -> tuple[np.ndarray, np.ndarray]:
    """All masks of a few units, and the probability of each: the whole ensemble.

    Shapes:
        returns masks (2^units, units) and probabilities (2^units,).

    Raises:
        ValueError: If the rate is out of range, or there are no or too many units.

    >>> masks, probabilities = every_mask(2, 0.5)
    >>> masks.tolist(), probabilities.tolist()
    ([[0.0, 0.0], [2.0, 0.0], [0.0, 2.0], [2.0, 2.0]], [0.25, 0.25, 0.25, 0.25])
    """
    _check_rate(rate)
    check_range("units", units, 1, MOST_UNITS)
    kept = (np.arange(2**units)[:, None] >> np.arange(units)) & 1
    n_kept = kept.sum(axis=1)
    return kept / (1 - rate), (1 - rate) ** n_kept * rate ** (units - n_kept)


def monte_carlo(
    predict: Callable[[np.random.Generator], np.ndarray],
    n_samples: int,
    *,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of predictions with dropout left on.

    Args:
        predict: Given a generator, returns predictions with masks drawn from it.
        n_samples: How many times to ask, at least 2.
        rng: Draws the masks.

    Returns:
        The mean, and the variance as an unbiased estimate; both with the shape of a prediction.

    Raises:
        ValueError: If there are fewer than two samples.
    """
    check_range("n_samples", n_samples, 2)
    outputs = np.stack([predict(rng) for _ in range(n_samples)])
    return outputs.mean(axis=0), outputs.var(axis=0, ddof=1)


def _check_rate(rate: float) -> None:
    if not 0 <= rate < 1:
        raise ValueError(f"rate must be at least 0 and below 1; got {rate}")
