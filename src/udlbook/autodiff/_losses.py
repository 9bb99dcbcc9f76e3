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
from ._rule import differentiable
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


def _pull_cross_entropy(g: Any, logits: Any, labels: Any) -> Any:
    """g times (p - y), for one loss an example. Shapes: g (N,); the result (N, C)."""
    p = softmax(logits)
    if p.__class__ is Tensor:
        return (p - np.eye(p.shape[1], dtype=p.dtype)[labels]) * g.reshape(-1, 1)
    p[np.arange(len(labels)), labels] -= 1
    p *= g.reshape(-1, 1)
    return p


@differentiable(logits=_pull_cross_entropy)
def _cross_entropies(logits, labels):
    y = logits - np.maximum.reduce(logits, 1, keepdims=True)
    return np.log(np.add.reduce(np.exp(y), 1)) - y[np.arange(len(labels)), labels]


def cross_entropy(logits: Any, labels: Any, reduction: str = "mean") -> Any:
    """-log softmax(logits)[label], in nats.

    Args:
        logits: Unnormalized log probabilities of the classes.
        labels: The index of the right class of each example: whole numbers, not a Tensor
            that requires gradients.
        reduction: "mean" or "sum" over the examples, or "none".

    Shapes: logits (N, C); labels (N,); the result () or, with "none", (N,).
    """
    check_choice("reduction", reduction, ("mean", "sum", "none"))
    labels = np.asarray(raw(labels))
    shape = np.shape(raw(logits))
    if labels.dtype.kind not in "iu":
        raise TypeError(f"labels must be whole numbers; got {labels.dtype}")
    if len(shape) != 2 or labels.shape != shape[:1]:
        raise ValueError(
            f"cross_entropy needs logits (N, C) and labels (N,); got {shape} and {labels.shape}"
        )
    if labels.size and not 0 <= labels.min() <= labels.max() < shape[1]:
        raise ValueError(
            f"labels must be between 0 and {shape[1] - 1}; got {labels.min()} to {labels.max()}"
        )
    losses = _cross_entropies(logits, labels)
    if reduction == "none":
        return losses
    return losses.sum() if reduction == "sum" else losses.mean()
