r"""Games with a condition: the generator is told what to draw, and the critic knows what it asked.

For a pair of images (c, x), pix2pix draws G(c). A U-Net halves the side of the image several
times and doubles it back; the doublings also see what the halvings saw at their size, so that fine
detail need not pass through the narrow middle. The critic sees condition and image together, and
gives a logit for each patch: it judges texture, and leaves the plan to an L1 distance,

    generator: generated(D(c, G(c))) + lam |x - G(c)|_1.

For classes, the condition is a vector e_y for each class, which comes in at the generator beside
the noise, and at the critic by a product with its features: D(x, y) = w . h(x) + b + e_y . h(x).

Sources: Isola, Zhu, Zhou & Efros, "Image-to-image translation with conditional adversarial
networks", CVPR 2017, arXiv:1611.07004, section 3 (equations 1 to 4) and appendix 6.1; Mirza &
Osindero, "Conditional generative adversarial nets", arXiv:1411.1784 (classes by concatenation);
Miyato & Koyama, "cGANs with projection discriminator", ICLR 2018, arXiv:1802.05637, equation 4.
Ours differs: sizes are arguments, for small images; the noise of pix2pix, dropout in the
doublings, is left out by default; patches are scored without batch normalization.
"""

from itertools import pairwise

import torch
from torch import Generator, Tensor, nn

from .._check import check_range, check_shape
from ..layers import BatchNorm, Conv2d, ConvTranspose2d
from ..seeding import randn
from .dcgan import DCCritic, DCGenerator


class UNetGenerator(nn.Module):
    """Image to image, with a shortcut at each size.

    Args:
        channels: Channels after each halving.
        in_channels: Channels of the condition.
        out_channels: Channels of the result, which lies in [-1, 1].
        skips: Whether the doublings see what the halvings saw; without, all passes the middle.
        dropout: Share of entries set to zero after each doubling, in training.

    Shapes:
        (B, in_channels, H, W) -> (B, out_channels, H, W); both sides multiples of
        ``2 ** len(channels)``.

    Raises:
        ValueError: If there are no channels, or the shape does not fit.
    """

    def __init__(
        self,
        channels: tuple[int, ...] = (32, 64),
        in_channels: int = 1,
        out_channels: int = 1,
        *,
        skips: bool = True,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        check_range("the number of halvings", len(channels), 1)
        self.in_channels, self.skips = in_channels, skips
        self.down = nn.ModuleList(
            nn.Sequential(
                Conv2d(before, after, 4, stride=2, padding=1, bias=i == 0),
                *[BatchNorm(after)] * (i > 0),
                nn.LeakyReLU(0.2),
            )
            for i, (before, after) in enumerate(pairwise((in_channels, *channels)))
        )
        up = []
        for i, channel in reversed(list(enumerate(channels))):
            before = channel * (2 if skips and i < len(channels) - 1 else 1)
            last = i == 0
            after = out_channels if last else channels[i - 1]
            layers = [ConvTranspose2d(before, after, 4, stride=2, padding=1, bias=last)]
            if not last:
                layers += [BatchNorm(after), nn.Dropout(dropout), nn.ReLU()]
            up.append(nn.Sequential(*layers))
        self.up = nn.ModuleList(up)

    def forward(self, c: Tensor) -> Tensor:
        sizes = check_shape("c", c, "B", self.in_channels, "H", "W")
        H, W = sizes["H"], sizes["W"]
        step = 2 ** len(self.down)
        if H % step or W % step:
            raise ValueError(f"c must have sides that are multiples of {step}; got {H} x {W}")
        seen, h = [], c
        for stage in self.down:
            h = stage(h)
            seen.append(h)
        for i, stage in enumerate(self.up):
            if self.skips and i > 0:
                h = torch.cat([h, seen[-1 - i]], dim=1)
            h = stage(h)
        return torch.tanh(h)


class PatchCritic(nn.Module):
    """A logit for each patch of an image, given its condition.

    Args:
        channels: Channels after each halving; a last convolution gives the logits.
        in_channels: Channels of condition and image together.

    Shapes:
        condition and image (B, ., H, W), channels in_channels together; returns
        (B, 1, H / 2^n - 1, W / 2^n - 1) for n halvings.

    Raises:
        ValueError: If there are no channels, or the shapes do not fit.
    """

    def __init__(self, channels: tuple[int, ...] = (32, 64), in_channels: int = 2) -> None:
        super().__init__()
        check_range("the number of halvings", len(channels), 1)
        self.in_channels = in_channels
        layers: list[nn.Module] = []
        for before, after in pairwise((in_channels, *channels)):
            layers += [Conv2d(before, after, 4, stride=2, padding=1), nn.LeakyReLU(0.2)]
        self.net = nn.Sequential(*layers, Conv2d(channels[-1], 1, 4, padding=1))

    def forward(self, condition: Tensor, image: Tensor) -> Tensor:
        x = torch.cat([condition, image], dim=1)
        check_shape("condition with image", x, "B", self.in_channels, "H", "W")
        return self.net(x)


class ClassGenerator(nn.Module):
    """A DCGAN generator that is told a class, by numbers beside the noise.

    Args:
        n_classes: How many classes there are.
        latent: Size of the noise.
        embedding: Numbers a class; by default the class itself, one-hot.
        **options: ``channels``, ``image_channels`` and ``start`` of ``DCGenerator``.

    Shapes:
        z (B, latent), y (B,) -> (B, image_channels, side, side).

    Raises:
        ValueError: If a shape does not fit.
    """

    def __init__(
        self, n_classes: int = 10, latent: int = 16, embedding: int | None = None, **options
    ) -> None:
        super().__init__()
        self.latent = latent
        if embedding is None:
            self.embed = nn.Embedding.from_pretrained(torch.eye(n_classes))
        else:
            self.embed = nn.Embedding(n_classes, embedding)
        self.net = DCGenerator(latent + self.embed.embedding_dim, **options)

    def forward(self, z: Tensor, y: Tensor) -> Tensor:
        check_shape("z", z, "B", self.latent)
        check_shape("y", y, len(z))
        return self.net(torch.cat([z, self.embed(y)], dim=1))

    @torch.no_grad()
    def sample(self, y: Tensor, *, generator: Generator | None = None) -> Tensor:
        """Draw one image of each class given. Shapes: y (B,)."""
        z = randn(len(y), self.latent, like=self.net.project.weight, generator=generator)
        return self(z, y)


class ProjectionCritic(nn.Module):
    """A DCGAN critic that knows the class: D(x, y) = w . h(x) + b + e_y . h(x).

    Args:
        n_classes: How many classes there are.
        **options: Those of ``DCCritic``.

    Shapes:
        x (B, image_channels, side, side), y (B,) -> (B, 1).

    Raises:
        ValueError: If a shape does not fit.
    """

    def __init__(self, n_classes: int = 10, **options) -> None:
        super().__init__()
        self.net = DCCritic(**options)
        self.embed = nn.Embedding(n_classes, self.net.out.in_features)
        nn.init.zeros_(self.embed.weight)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        check_shape("x", x, "B", *self.net.shape, self.net.shape[1])
        check_shape("y", y, len(x))
        h = self.net.features(x).flatten(1)
        return self.net.out(h) + (self.embed(y) * h).sum(dim=1, keepdim=True)
