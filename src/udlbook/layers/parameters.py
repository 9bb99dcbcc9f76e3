"""Counting what a model learns."""

from torch import nn


def count_parameters(model: nn.Module) -> int:
    """How many numbers gradient descent may change; a tied weight counts once.

    >>> count_parameters(nn.Linear(3, 2))
    8
    """
    return sum(p.numel() for p in model.parameters() if p.requires_grad)
