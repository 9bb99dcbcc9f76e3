r"""Softmax and cross-entropy.

Both are shift-invariant, so the largest logit is subtracted first: no exponential overflows.
With :math:`p = \\mathrm{softmax}(z)` and a one-hot label y, the gradient of
:math:`-\\log p_y` with respect to the logits is :math:`p - y`: the most useful formula of
classification, and the reason to fuse the two into one operation.

Source: Bishop, "Pattern Recognition and Machine Learning", 2006, section 4.3.4, equation 4.109.
"""

from typing import Any

import numpy as np

from .._check import check_choice
from ._elementwise import exp
from ._reduce import sum
from ._rule import Rule, differentiable
from ._tensor import Tensor, raw


@differentiable(x=lambda g, y, axis: y * (g - sum(g * y, axis, True)))
def softmax(x, axis=-1):
    """exp(x) divided by its sum along ``axis``."""
    y = np.exp(x - np.maximum.reduce(x, axis, keepdims=True))
    y /= np.add.reduce(y, axis, keepdims=True)
    return y


@differentiable(x=lambda g, y, axis: g - exp(y) * sum(g, axis, True))
def log_softmax(x, axis=-1):
    """The logarithm of softmax, without taking the logarithm of a tiny number."""
    y = x - np.maximum.reduce(x, axis, keepdims=True)
    y -= np.log(np.add.reduce(np.exp(y), axis, keepdims=True))
    return y


def cross_entropy(logits: Any, labels: Any, reduction: str = "mean") -> Any:
    """-log softmax(logits)[label], in nats.

    Args:
        logits: Unnormalized log probabilities of the classes.
        labels: The index of the right class of each example: whole numbers.
        reduction: "mean" or "sum" over the examples, or "none".

    Shapes: logits (N, C); labels (N,); the result () or, with "none", (N,).
    """
    check_choice("reduction", reduction, ("mean", "sum", "none"))
    z, labels = np.asarray(raw(logits)), np.asarray(raw(labels))
    _check_labels(z, labels)
    picked = (np.arange(len(labels)), labels)
    shifted = z - np.maximum.reduce(z, 1, keepdims=True)
    p = np.exp(shifted)
    total = np.add.reduce(p, 1, keepdims=True)
    y = np.log(total[:, 0]) - shifted[picked]
    scale = 1.0
    if reduction != "none":
        y = np.add.reduce(y)
    if reduction == "mean":
        scale = 1 / len(labels)
        y *= z.dtype.type(scale)
    if not isinstance(logits, Tensor):
        return y
    p /= total
    return _CROSS_ENTROPY.record(y, (logits, picked, p, scale), (z, picked, p, scale))


def _pull_cross_entropy(g: Any, logits: Any, picked: tuple, p: np.ndarray, scale: float) -> Any:
    """g times (p - y). Shapes: g () or (N,); p and the result (N, C)."""
    weight = g * scale  # of each example
    if g.ndim:
        weight = weight.reshape(-1, 1)
    if isinstance(g, Tensor):  # then p must be a function of the logits
        one_hot = np.zeros_like(p)
        one_hot[picked] = 1
        return (softmax(logits) - one_hot) * weight
    share = p * weight
    share[picked] -= weight[:, 0] if g.ndim else weight
    return share


_CROSS_ENTROPY = Rule(
    "cross_entropy", ("logits", "picked", "p", "scale"), {"logits": _pull_cross_entropy}
)


def _check_labels(logits: np.ndarray, labels: np.ndarray) -> None:
    if labels.dtype.kind not in "iu":
        raise TypeError(f"labels must be whole numbers; got {labels.dtype}")
    if logits.ndim != 2 or labels.shape != logits.shape[:1] or not logits.size:
        raise ValueError(
            "cross_entropy needs logits (N, C) and labels (N,), not empty; "
            f"got {logits.shape} and {labels.shape}"
        )
    largest = np.maximum.reduce(labels.astype(np.uintp))  # a negative label becomes huge
    if largest >= logits.shape[1]:
        raise ValueError(
            f"labels must be between 0 and {logits.shape[1] - 1}; "
            f"got {labels.min()} to {labels.max()}"
        )
