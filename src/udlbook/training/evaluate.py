"""How good a classifier is on data it did not see."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from .._check import check_range, check_shape
from .acceleration import autocast


class Evaluation(NamedTuple):
    """Accuracy (part of the examples, 0 to 1) and mean cross-entropy (nats)."""

    accuracy: float
    loss: float


@torch.no_grad()
def evaluate(
    model: nn.Module, x: Tensor, y: Tensor, *, size: int = 1000, precision: str = "float32"
) -> Evaluation:
    """Accuracy and cross-entropy of a model that returns logits, in evaluation mode.

    Args:
        model: Maps x to logits; its mode is put back afterwards.
        x: Inputs.
        y: True classes.
        size: Examples a pass; only memory depends on it.
        precision: ``"float32"`` or ``"bf16"``, as for ``fit``.

    Shapes:
        x (N, ...); y (N,); the model maps (B, ...) to (B, K).

    Raises:
        ValueError: If x and y differ in length or are empty, or ``precision`` is not known.
    """
    check_range("number of examples", len(x), 1)
    check_shape("y", y, len(x))
    was_training = model.training
    model.eval()
    try:
        right, loss = 0, 0.0
        for xb, yb in zip(x.split(size), y.split(size), strict=True):
            with autocast(precision, x.device):
                logits = model(xb)
                loss += float(nn.functional.cross_entropy(logits, yb, reduction="sum"))
            right += int((logits.argmax(dim=1) == yb).sum())
    finally:
        model.train(was_training)
    return Evaluation(right / len(x), loss / len(x))
