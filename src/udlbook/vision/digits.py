"""LeNet's plan for digits of 8 x 8 pixels, and small changes of an image that keep its class.

Source of the plan: LeCun, Bottou, Bengio & Haffner, "Gradient-based learning applied to document
recognition", Proceedings of the IEEE 86(11), 1998; the sizes are ours.
"""

import torch
from torch import Generator, Tensor, nn

from .._check import check_range, check_shape
from ..layers import BatchNorm, Conv2d
from .pooling import MaxPool


class DigitNet(nn.Module):
    """LeNet's plan for images of 8 x 8: two convolutions, each with a pooling, then two layers.

    Args:
        channels: Channels of the two convolutions.
        hidden: Width of the layer before the logits.
        dropout: Probability that a unit of that layer is left out in training.

    Shapes:
        (B, 8, 8) -> (B, 10).

    Raises:
        ValueError: If x are no such images, or the dropout is no probability.
    """

    def __init__(
        self, channels: tuple[int, int] = (32, 64), hidden: int = 128, *, dropout: float = 0.0
    ) -> None:
        super().__init__()
        a, b = channels
        self.maps = nn.Sequential(
            Conv2d(1, a, 3, padding=1, bias=False), BatchNorm(a), nn.ReLU(), MaxPool(2),
            Conv2d(a, b, 3, padding=1, bias=False), BatchNorm(b), nn.ReLU(), MaxPool(2),
        )  # fmt: skip
        self.first = nn.Linear(4 * b, hidden)
        self.dropout = nn.Dropout(dropout)
        self.out = nn.Linear(hidden, 10)

    def forward(self, x: Tensor) -> Tensor:
        check_shape("x", x, "B", 8, 8)
        h = torch.relu(self.first(self.maps(x[:, None]).flatten(1)))
        return self.out(self.dropout(h))


def wobble(x: Tensor, *, turn: float, shift: float, scale: float, generator: Generator) -> Tensor:
    """Turn, move and stretch each image a little at random, with straight lines between pixels.

    Args:
        x: Images; outside they are 0.
        turn: Largest angle, in radians.
        shift: Largest move along each axis, in pixels.
        scale: Largest stretch, as a part of the size.
        generator: Draws angle, moves and stretch of each image, uniformly.

    Shapes:
        x (B, H, W); returns the same.

    Raises:
        ValueError: If x is no batch of images.
    """
    B, H, W = check_shape("x", x, "B", "H", "W").values()
    draws = torch.rand(B, 4, generator=generator, device=generator.device) * 2 - 1
    angle, size, down, right = draws.to(x).unbind(1)
    angle, size = turn * angle, 1 + scale * size
    rows = torch.arange(H, dtype=x.dtype, device=x.device) - (H - 1) / 2
    columns = torch.arange(W, dtype=x.dtype, device=x.device) - (W - 1) / 2
    c, s = (size * angle.cos())[:, None, None], (size * angle.sin())[:, None, None]
    # Where, in pixels from the middle, each pixel of the result looks.
    v = c * rows[:, None] + s * columns + shift * down[:, None, None]
    u = c * columns - s * rows[:, None] + shift * right[:, None, None]
    return _look(x, v, u)


class ShiftAveraged(nn.Module):
    """The mean log probabilities of a classifier over five views of each image.

    The views are the image as it is, and moved by a part of a pixel up, down, to the left and to
    the right, with straight lines between pixels. Normalized again, the mean is that of five
    opinions, a geometric one: a class is likely if none of them rules it out.

    Args:
        net: The classifier, which gives logits.
        by: How far the image is moved, in pixels.

    Shapes:
        (B, H, W) -> (B, K).

    Raises:
        ValueError: If ``by`` is negative, or x is no batch of images.
    """

    def __init__(self, net: nn.Module, by: float = 0.5) -> None:
        super().__init__()
        check_range("by", by, 0)
        self.net, self.by = net, by

    def forward(self, x: Tensor) -> Tensor:
        B, H, W = check_shape("x", x, "B", "H", "W").values()
        rows, columns = (torch.arange(n).to(x) - (n - 1) / 2 for n in (H, W))
        views = [x]
        for down, right in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            v = (rows[:, None] + self.by * down).expand(B, H, W)
            views.append(_look(x, v, (columns + self.by * right).expand(B, H, W)))
        return self.net(torch.cat(views)).log_softmax(dim=1).unflatten(0, (5, B)).mean(dim=0)


def _look(x: Tensor, v: Tensor, u: Tensor) -> Tensor:
    """The images x at places v, u: rows and columns from the middle; 0 outside. All (B, H, W)."""
    grid = torch.stack([u * 2 / x.shape[2], v * 2 / x.shape[1]], dim=-1)
    return nn.functional.grid_sample(x[:, None], grid, align_corners=False)[:, 0]
