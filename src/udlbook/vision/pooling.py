"""Pooling makes an image smaller, upsampling makes it larger.

Pooling takes the maximum or the mean of each window. Upsampling repeats (nearest), puts values
back where a maximum was found (unpooling), or interpolates along both axes, which is a matrix
product from each side: Y = A X A^T.

Source of unpooling: Zeiler & Fergus, "Visualizing and understanding convolutional networks",
ECCV 2014, arXiv:1311.2901, section 2.1.
"""

import torch
from torch import Tensor, nn

from .._check import check_range, check_shape
from ..layers import patches


def max_pool2d(x: Tensor, size: int, *, stride: int | None = None) -> tuple[Tensor, Tensor]:
    """The maximum of each window, and where in the image it stood.

    Args:
        x: Images.
        size: Height and width of a window.
        stride: From window to window; the size unless given, so that windows do not overlap.

    Shapes:
        x (B, C, H, W); returns (B, C, H', W') and places of the same shape, which count
        rows * W + columns, as torch does.

    Raises:
        ValueError: If x is no batch of images, or a window does not fit in.
    """
    check_shape("x", x, "B", "C", "H", "W")
    stride = stride or size
    windows = patches(x, size, stride=stride)  # (B, C, H', W', size, size)
    values, within = windows.flatten(4).max(dim=4)
    rows = torch.arange(windows.shape[2], device=x.device)[:, None] * stride + within // size
    columns = torch.arange(windows.shape[3], device=x.device) * stride + within % size
    return values, rows * x.shape[3] + columns


class MaxPool(nn.Module):
    """``max_pool2d`` without the places. Shapes: (B, C, H, W) -> (B, C, H / size, W / size)."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    def forward(self, x: Tensor) -> Tensor:
        check_shape("x", x, "B", "C", "H", "W")
        return patches(x, self.size, stride=self.size).flatten(4).max(dim=4).values


def mean_pool2d(x: Tensor, size: int, *, stride: int | None = None) -> Tensor:
    """The mean of each window; see ``max_pool2d``.

    Shapes:
        x (B, C, H, W); returns (B, C, H', W').

    Raises:
        ValueError: If x is no batch of images, or a window does not fit in.
    """
    check_shape("x", x, "B", "C", "H", "W")
    return patches(x, size, stride=stride or size).mean(dim=(4, 5))


def max_unpool2d(values: Tensor, places: Tensor, height: int, width: int) -> Tensor:
    """Put each maximum back where it was found, and zero elsewhere.

    Args:
        values: What ``max_pool2d`` gave, or something computed from it.
        places: Its places.
        height: Of the image to make.
        width: Of the image to make.

    Shapes:
        values and places (B, C, H', W'); returns (B, C, height, width).

    Raises:
        ValueError: If the shapes differ, or a place lies outside the image.
    """
    check_shape("values", values, "B", "C", "H", "W")
    check_shape("places", places, *values.shape)
    check_range("places", int(places.min()), 0, height * width - 1)
    check_range("places", int(places.max()), 0, height * width - 1)
    image = values.new_zeros(*values.shape[:2], height * width)
    return image.scatter(2, places.flatten(2), values.flatten(2)).unflatten(2, (height, width))


def upsample_nearest(x: Tensor, factor: int) -> Tensor:
    """Repeat each pixel ``factor`` times along both axes.

    Shapes:
        x (B, C, H, W); returns (B, C, factor H, factor W).

    Raises:
        ValueError: If x is no batch of images, or the factor is not positive.
    """
    check_shape("x", x, "B", "C", "H", "W")
    check_range("factor", factor, 1)
    return x.repeat_interleave(factor, dim=2).repeat_interleave(factor, dim=3)


def upsample_bilinear(x: Tensor, factor: int) -> Tensor:
    """Interpolate along straight lines between the middles of the pixels, and level at the rim.

    Shapes:
        x (B, C, H, W); returns (B, C, factor H, factor W).

    Raises:
        ValueError: If x is no batch of images, or the factor is not positive.
    """
    check_shape("x", x, "B", "C", "H", "W")
    check_range("factor", factor, 1)
    rows, columns = (_linear(n, factor, x) for n in x.shape[2:])
    return rows @ x @ columns.mT


def _linear(n: int, factor: int, like: Tensor) -> Tensor:
    """The matrix that interpolates n values at n * factor places. Shapes: (n factor, n)."""
    fine = torch.arange(n * factor, dtype=like.dtype, device=like.device)
    place = ((fine + 0.5) / factor - 0.5).clamp(0, n - 1)  # in units of the coarse pixels
    coarse = torch.arange(n, dtype=like.dtype, device=like.device)
    return (1 - (place[:, None] - coarse).abs()).clamp(min=0)
