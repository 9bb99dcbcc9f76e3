r"""DCGAN: generator and critic made of strided convolutions alone.

The generator doubles the side of the image in each layer by a transposed convolution with a kernel
of 4, stride 2 and padding 1, and halves the channels; the critic does the reverse. Batch
normalization stands everywhere but at the generator's output and the critic's input; rectifiers in
the generator, leaky ones in the critic; tanh at the end, so images live in [-1, 1].

Source: Radford, Metz & Chintala, "Unsupervised representation learning with deep convolutional
generative adversarial networks", ICLR 2016, arXiv:1511.06434, section 3, figure 1, section 4.
Ours differs: kernels of 4, not 5, so that sides double exactly; the default sizes are for images
of 8 x 8, ``DCGenerator.paper()`` has those of figure 1; the critic may do without batch
normalization, as penalties on its slope demand, because they need examples treated apart; then its
weights start at the scale of ``udlbook.layers``, since 0.02 alone would leave no signal.
"""

from itertools import pairwise
from typing import Self

import torch
from torch import Tensor, nn

from .._check import check_range, check_shape
from ..layers import BatchNorm, Conv2d, ConvTranspose2d
from .spectral_norm import spectral_norm

PAPER = (1024, 512, 256, 128)


class DCGenerator(nn.Module):
    """Noise, through a linear layer and doublings, to images.

    Args:
        latent: Size of the noise.
        channels: Channels before each doubling.
        image_channels: Channels of the image.
        start: Side of the first map; the image's is ``start * 2 ** len(channels)``.

    Shapes:
        (B, latent) -> (B, image_channels, side, side).

    Raises:
        ValueError: If there are no channels, a size is not positive, or the shape does not fit.
    """

    def __init__(
        self,
        latent: int = 16,
        channels: tuple[int, ...] = (64, 32),
        image_channels: int = 1,
        start: int = 2,
    ) -> None:
        super().__init__()
        check_range("the number of doublings", len(channels), 1)
        check_range("the smallest size", min(latent, image_channels, start, *channels), 1)
        self.latent, self.start = latent, start
        self.project = nn.Linear(latent, channels[0] * start**2, bias=False)
        stages = [nn.Sequential(BatchNorm(channels[0]), nn.ReLU())]
        for before, after in pairwise(channels):
            stages.append(nn.Sequential(_double(before, after), BatchNorm(after), nn.ReLU()))
        out = _double(channels[-1], image_channels, bias=True)
        self.stages = nn.ModuleList([*stages, nn.Sequential(out, nn.Tanh())])
        small_weights(self)

    @classmethod
    def paper(cls) -> Self:
        """Figure 1 of the paper: 100 numbers to 3 x 64 x 64."""
        return cls(100, PAPER, 3, 4)

    def maps(self, z: Tensor) -> list[Tensor]:
        """The output of each stage, the image last."""
        check_shape("z", z, "B", self.latent)
        h = self.project(z).reshape(len(z), -1, self.start, self.start)
        found = []
        for stage in self.stages:
            h = stage(h)
            found.append(h)
        return found

    def forward(self, z: Tensor) -> Tensor:
        return self.maps(z)[-1]


class DCCritic(nn.Module):
    """Images, through halvings, to logits.

    Args:
        channels: Channels after each halving.
        image_channels: Channels of the image.
        end: Side of the last map; the image's is ``end * 2 ** len(channels)``.
        norm: ``"batch"``, ``"spectral"`` or ``"none"``.

    Shapes:
        (B, image_channels, side, side) -> (B, 1).

    Raises:
        ValueError: If there are no channels, a size is not positive, ``norm`` is unknown, or the
            shape does not fit.
    """

    def __init__(
        self,
        channels: tuple[int, ...] = (32, 64),
        image_channels: int = 1,
        end: int = 2,
        norm: str = "none",
    ) -> None:
        super().__init__()
        check_range("the number of halvings", len(channels), 1)
        check_range("the smallest size", min(image_channels, end, *channels), 1)
        if norm not in ("batch", "spectral", "none"):
            raise ValueError(f"norm must be 'batch', 'spectral' or 'none'; got {norm!r}")
        self.shape = image_channels, end * 2 ** len(channels)
        layers: list[nn.Module] = []
        for i, (before, after) in enumerate(pairwise((image_channels, *channels))):
            batch = norm == "batch" and i > 0
            layers.append(Conv2d(before, after, 4, stride=2, padding=1, bias=not batch))
            layers += [BatchNorm(after)] * batch + [nn.LeakyReLU(0.2)]
        self.features = nn.Sequential(*layers)
        self.out = nn.Linear(channels[-1] * end**2, 1)
        if norm == "batch":
            small_weights(self)
        elif norm == "spectral":
            spectral_norm(self)

    @classmethod
    def paper(cls, norm: str = "batch") -> Self:
        """The mirror of figure 1 of the paper: 3 x 64 x 64 to one logit."""
        return cls(PAPER[::-1], 3, 4, norm)

    def forward(self, x: Tensor) -> Tensor:
        check_shape("x", x, "B", self.shape[0], self.shape[1], self.shape[1])
        return self.out(self.features(x).flatten(1))


def _double(before: int, after: int, bias: bool = False) -> ConvTranspose2d:
    return ConvTranspose2d(before, after, 4, stride=2, padding=1, bias=bias)


@torch.no_grad()
def small_weights(module: nn.Module, std: float = 0.02) -> None:
    """Start all weights of layers small and normal, in place (section 4 of the paper).

    Biases start at 0, gains of batch normalization stay at 1.

    Raises:
        ValueError: If the deviation is negative.
    """
    check_range("std", std, 0)
    for m in module.modules():
        if isinstance(m, nn.Linear | Conv2d | ConvTranspose2d):
            m.weight.normal_(0, std)
            if m.bias is not None:
                m.bias.zero_()
