r"""Ensembles: several models, one answer.

For squared errors the gain is an identity. With predictions f_m and their mean f,

.. math:: (f - y)^2 = \frac1M \sum_m (f_m - y)^2 - \frac1M \sum_m (f_m - f)^2 :

the ensemble is better than its members are on average, by exactly as much as they disagree.

Source: Krogh & Vedelsby, "Neural network ensembles, cross validation, and active learning",
NeurIPS 7 (1995), equation 6; Breiman, "Bagging predictors", Machine Learning 24 (1996). Ours
differs: all members have the same weight.
"""

from dataclasses import dataclass

import numpy as np

from .._check import check_range, check_shape
from ..autodiff import softmax


@dataclass(frozen=True)
class Ambiguity:
    """The parts of an ensemble's squared error: ``ensemble = members - spread``.

    Args:
        ensemble: Of the mean prediction.
        members: Of the members, on average.
        spread: How far the members are from their mean, squared.
    """

    ensemble: float
    members: float
    spread: float


def ambiguity(predictions: np.ndarray, y: np.ndarray) -> Ambiguity:
    """Take the mean squared error of an ensemble apart.

    Shapes:
        predictions (M, N), one row a member; y (N,).

    Raises:
        ValueError: If a shape does not fit.

    >>> ambiguity(np.array([[0.0], [2.0]]), np.array([1.0]))
    Ambiguity(ensemble=0.0, members=1.0, spread=1.0)
    """
    predictions, y = np.asarray(predictions, dtype=float), np.asarray(y, dtype=float)
    check_shape("predictions", predictions, "M", *check_shape("y", y, "N").values())
    mean = predictions.mean(axis=0)
    squares = ((mean - y) ** 2, (predictions - y) ** 2, (predictions - mean) ** 2)
    return Ambiguity(*(float(s.mean()) for s in squares))


def average_probabilities(logits: np.ndarray) -> np.ndarray:
    """The arithmetic mean of the members' probabilities. Shapes: (M, N, K) -> (N, K).

    Raises:
        ValueError: If the logits have another shape.
    """
    logits = _members(logits)
    return softmax(logits, 2).mean(axis=0)


def average_logits(logits: np.ndarray) -> np.ndarray:
    """The softmax of the mean logits. Shapes: (M, N, K) -> (N, K).

    It is the geometric mean of the members' probabilities, divided by its sum: one member who is
    sure that a class is wrong can veto it.

    Raises:
        ValueError: If the logits have another shape.
    """
    return softmax(_members(logits).mean(axis=0), 1)


def bootstrap(n: int, *, members: int, rng: np.random.Generator) -> np.ndarray:
    """For each member, as many examples as there are, drawn with replacement.

    Shapes:
        returns numbers of examples, (members, n).

    Raises:
        ValueError: If there is no example or no member.
    """
    check_range("n", n, 1)
    check_range("members", members, 1)
    return rng.integers(0, n, size=(members, n))


def out_of_bag(chosen: np.ndarray) -> np.ndarray:
    """Whether an example was left out of a member's data, so that it can test it.

    Shapes:
        chosen (members, n), from ``bootstrap``; returns truth values, (members, n).

    >>> out_of_bag(np.array([[0, 0, 2]]))
    array([[False,  True, False]])
    """
    chosen = np.asarray(chosen)
    check_shape("chosen", chosen, "members", "n")
    left = np.ones(chosen.shape, dtype=bool)
    np.put_along_axis(left, chosen, False, axis=1)
    return left


def _members(logits: np.ndarray) -> np.ndarray:
    logits = np.asarray(logits, dtype=float)
    check_shape("logits", logits, "M", "N", "K")
    return logits
