r"""Residual networks: blocks that learn what to add.

A block computes h + f(h), where f is two 3 x 3 convolutions, each with batch normalization. In
the first paper a ReLU follows the sum; with "pre-activation" normalization and ReLU stand before
each convolution, and nothing stands on the path from block to block.

Sources: He, Zhang, Ren & Sun, "Deep residual learning for image recognition", CVPR 2016,
arXiv:1512.03385, section 4.2 and table 6; by the same authors, "Identity mappings in deep
residual networks", ECCV 2016, arXiv:1603.05027, figure 1. Ours differs: normalization and the sum
can be left out, to see what each of them does.
"""

import torch
from torch import Tensor, nn

from .._check import check_range, check_shape
from ..layers import BatchNorm, Conv2d


class ResidualBlock(nn.Module):
    """Two convolutions beside a path on which nothing is learned.

    With stride 2 that path takes every second pixel, and new channels start as zeros (option A
    of the paper), so that it has no parameters.

    Args:
        before: Channels of the input.
        after: Channels of the output, not fewer.
        stride: Of the first convolution.
        preactivation: Normalize and bend before each convolution, and not after the sum.
        norm: Whether there is batch normalization; without it convolutions have biases.
        skip: Whether the input is added; without, this is a plain network of two layers.

    Shapes:
        (B, before, H, W) -> (B, after, H / stride, W / stride), rounded up.

    Raises:
        ValueError: If channels get fewer, or a number is not positive.
    """

    def __init__(
        self,
        before: int,
        after: int,
        stride: int = 1,
        *,
        preactivation: bool = False,
        norm: bool = True,
        skip: bool = True,
    ) -> None:
        super().__init__()
        check_range("stride", stride, 1)
        check_range("after", after, before)
        self.stride, self.new = stride, after - before
        self.preactivation, self.skip = preactivation, skip
        self.conv1 = Conv2d(before, after, 3, stride=stride, padding=1, bias=not norm)
        self.conv2 = Conv2d(after, after, 3, padding=1, bias=not norm)
        first = before if preactivation else after
        self.norm1 = BatchNorm(first) if norm else nn.Identity()
        self.norm2 = BatchNorm(after) if norm else nn.Identity()

    def shortcut(self, h: Tensor) -> Tensor:
        """What the block's input becomes on the free path."""
        h = h[:, :, :: self.stride, :: self.stride]
        if not self.new:
            return h
        return torch.cat([h, h.new_zeros(len(h), self.new, *h.shape[2:])], dim=1)

    def forward(self, h: Tensor) -> Tensor:
        if self.preactivation:
            f = self.conv1(torch.relu(self.norm1(h)))
            f = self.conv2(torch.relu(self.norm2(f)))
            return self.shortcut(h) + f if self.skip else f
        f = torch.relu(self.norm1(self.conv1(h)))
        f = self.norm2(self.conv2(f))
        return torch.relu(self.shortcut(h) + f if self.skip else f)


class ResNet(nn.Module):
    """The networks of the paper for small images: 3 stages of n blocks, 6n + 2 layers.

    Each new stage halves the image and doubles the channels.

    Args:
        depth: Layers with weights: 8, 14, 20, 26, ...
        in_channels: Channels of the images.
        width: Channels of the first stage.
        n_classes: Number of logits.
        preactivation: As in ``ResidualBlock``; then a last normalization and ReLU follow.
        norm: As in ``ResidualBlock``.
        skip: As in ``ResidualBlock``.

    Shapes:
        (B, in_channels, H, W) -> (B, n_classes).

    Raises:
        ValueError: If the depth is not 6n + 2 for an n of 1 or more.
    """

    def __init__(
        self,
        depth: int = 20,
        *,
        in_channels: int = 3,
        width: int = 16,
        n_classes: int = 10,
        preactivation: bool = False,
        norm: bool = True,
        skip: bool = True,
    ) -> None:
        super().__init__()
        if depth < 8 or depth % 6 != 2:
            raise ValueError(f"depth must be 6n + 2: 8, 14, 20, 26, ...; got {depth}")
        options = {"preactivation": preactivation, "norm": norm, "skip": skip}
        self.stem = Conv2d(in_channels, width, 3, padding=1, bias=not norm)
        self.stem_norm = BatchNorm(width) if norm and not preactivation else nn.Identity()
        blocks, before = [], width
        for stage in range(3):
            for i in range((depth - 2) // 6):
                stride = 2 if stage and i == 0 else 1
                blocks.append(ResidualBlock(before, stride * before, stride, **options))
                before *= stride
        self.blocks = nn.Sequential(*blocks)
        self.last_norm = BatchNorm(before) if norm and preactivation else nn.Identity()
        self.preactivation = preactivation
        self.out = nn.Linear(before, n_classes)

    def forward(self, x: Tensor) -> Tensor:
        check_shape("x", x, "B", self.stem.weight.shape[1], "H", "W")
        h = self.stem_norm(self.stem(x))
        if not self.preactivation:
            h = torch.relu(h)
        h = self.blocks(h)
        if self.preactivation:
            h = torch.relu(self.last_norm(h))
        return self.out(h.mean(dim=(2, 3)))
