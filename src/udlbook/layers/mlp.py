"""Fully connected networks, and the two of the MNIST-1D paper.

Source for ``logistic_regression`` and ``SkipMLP`` at their default sizes: Greydanus & Kobak,
"Scaling down deep learning with MNIST-1D", arXiv:2011.14439; the paper's repository
greydanus/mnist1d, file notebooks/models.py, classes LinearBase and MLPBase.
"""

from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor, nn

from .._check import check_shape


def mlp(*sizes: int, activation: Callable[[], nn.Module] = nn.ReLU) -> nn.Sequential:
    """Linear layers with an activation between each two, and none at the end.

    Args:
        *sizes: Width of the input, of each hidden layer, and of the output.
        activation: Makes the activation module.

    Shapes:
        (B, sizes[0]) -> (B, sizes[-1]).

    Raises:
        ValueError: If there are fewer than two sizes, or one is not positive.

    >>> mlp(40, 100, 10)
    Sequential(
      (0): Linear(in_features=40, out_features=100, bias=True)
      (1): ReLU()
      (2): Linear(in_features=100, out_features=10, bias=True)
    )
    """
    if len(sizes) < 2 or min(sizes) < 1:
        raise ValueError(f"sizes must be two or more positive widths; got {sizes}")
    layers: list[nn.Module] = []
    for before, after in pairwise(sizes):
        layers += [nn.Linear(before, after), activation()]
    return nn.Sequential(*layers[:-1])


def logistic_regression(dim: int = 40, n_classes: int = 10) -> nn.Sequential:
    """One linear layer whose outputs are the logits of the classes.

    Shapes:
        (B, dim) -> (B, n_classes).
    """
    return mlp(dim, n_classes)


class SkipMLP(nn.Module):
    """Two hidden layers, the second of which adds to the first: h2 = h1 + relu(W2 h1 + b2).

    This is the MLP of the MNIST-1D paper. Its authors' code has the skip connection.

    Args:
        dim: Width of the input.
        n_classes: Number of logits.
        hidden: Width of both hidden layers.

    Shapes:
        (B, dim) -> (B, n_classes).
    """

    def __init__(self, dim: int = 40, n_classes: int = 10, hidden: int = 100) -> None:
        super().__init__()
        self.first = nn.Linear(dim, hidden)
        self.second = nn.Linear(hidden, hidden)
        self.out = nn.Linear(hidden, n_classes)

    def forward(self, x: Tensor) -> Tensor:
        check_shape("x", x, "B", self.first.in_features)
        h = torch.relu(self.first(x))
        h = h + torch.relu(self.second(h))
        return self.out(h)
