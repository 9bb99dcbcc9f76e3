r"""What a unit of a convolutional network can see.

A layer with kernel K, stride s, padding p and dilation d turns the receptive field (size r,
distance j between the fields of neighbours, first input a of unit 0) into

    r + d (K - 1) j,    s j,    a - p j,

starting from r = j = 1, a = 0. ``reaches`` finds the same by gradients, and sees nothing of this
formula.

Source: Araujo, Norris & Sim, "Computing receptive fields of convolutional neural networks",
Distill 2019, doi:10.23915/distill.00021, equations 2 to 4. Ours differs: it counts forward and
knows dilation.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import torch
from torch import Tensor

from .._check import check_range


class Window(NamedTuple):
    """A layer that slides along an axis: a convolution, or a pooling."""

    kernel: int
    stride: int = 1
    padding: int = 0
    dilation: int = 1


class ReceptiveField(NamedTuple):
    """Inputs along one axis that a unit depends on.

    ``size`` says how many, the gaps of dilation included; ``stride`` how far it is from the field
    of a unit to that of the next; ``start`` where the field of unit 0 begins, negative in padding.
    """

    size: int
    stride: int
    start: int

    def span(self, unit: int) -> tuple[int, int]:
        """First and last input that a unit sees, as if the input had no ends."""
        first = self.start + unit * self.stride
        return first, first + self.size - 1


def receptive_field(layers: Iterable[Window]) -> ReceptiveField:
    """The field of a unit after these layers, along one axis.

    Raises:
        ValueError: If a number of a layer is too small.

    >>> receptive_field([Window(5), Window(2, 2), Window(5), Window(2, 2)])
    ReceptiveField(size=16, stride=4, start=0)
    """
    size, stride, start = 1, 1, 0
    for layer in layers:
        for name, value in layer._asdict().items():
            check_range(name, value, 0 if name == "padding" else 1)
        start -= layer.padding * stride
        size += layer.dilation * (layer.kernel - 1) * stride
        stride *= layer.stride
    return ReceptiveField(size, stride, start)


def sensitivity(network: Callable[[Tensor], Tensor], x: Tensor, unit: tuple[int, ...]) -> Tensor:
    """How much each input moves one unit: the absolute gradient, added up over channels.

    Args:
        network: Maps x to feature maps.
        x: One example, where the gradient is taken.
        unit: Which unit: its place along the axes of space; its channels are added up.

    Shapes:
        x (1, C, ...); the network returns (1, C', ...); returns the axes of space of x.

    Raises:
        ValueError: If x is not a single example, or the unit has not one number an axis.
    """
    if len(x) != 1:
        raise ValueError(f"x must hold one example; got {len(x)}")
    x = x.detach().clone().requires_grad_()
    y = network(x)
    if len(unit) != y.ndim - 2:
        raise ValueError(f"unit must have {y.ndim - 2} numbers, one an axis; got {unit}")
    (gradient,) = torch.autograd.grad(y[(0, slice(None), *unit)].sum(), x)
    return gradient[0].abs().sum(dim=0)


def reaches(network: Callable[[Tensor], Tensor], x: Tensor, unit: tuple[int, ...]) -> Tensor:
    """Which inputs move one unit at all; see ``sensitivity``. True where the gradient is not 0."""
    return sensitivity(network, x, unit) != 0
