r"""StyleGAN: noise becomes a style, and the style speaks at every layer.

A mapping network turns the latent z into w. The synthesis network starts from a learned constant
and knows w only through the scales (and, with AdaIN, shifts) of its channels, layer by layer. So
every layer can be given another w: styles mix. Noise, fresh at every layer and pixel, is added
with a learned strength, for what is to vary and does not matter.

Sources: Karras, Laine & Aila, "A style-based generator architecture for generative adversarial
networks", CVPR 2019, arXiv:1812.04948 (StyleGAN: mapping, constant input, AdaIN, noise, mixing,
truncation in w); Karras et al., "Analyzing and improving the image quality of StyleGAN", CVPR
2020, arXiv:1912.04958 (StyleGAN2: modulated convolutions, skip outputs, residual discriminator).
Ours differs: sizes are those of small images, from 2 x 2; upsampling is bilinear, downsampling a
mean of four pixels; with AdaIN too the image is the sum of the skip outputs; pixels take the style
of the last layer of their resolution, where the authors' code has that of the next layer.
"""

import math
from collections.abc import Sequence

import torch
from torch import Generator, Tensor, nn
from torch.nn.functional import avg_pool2d

from .._check import check_choice, check_range, check_shape
from ..seeding import randn
from .styles import (
    EqualConv2d,
    EqualLinear,
    adain,
    leaky,
    minibatch_std,
    modulated_conv2d,
    pixel_norm,
    upsample,
)

__all__ = ["Mapping", "StyleDiscriminator", "StyleGenerator", "StyleLayer", "ToImage"]


class Mapping(nn.Module):
    """From z, normalized, to w: linear layers that learn slowly, and a running mean of w.

    Args:
        dim: Size of z and of w.
        depth: Linear layers; the paper has 8.
        rate: Factor of their learning rate; the paper has 0.01.
        decay: Part of the running mean that a training batch leaves.

    Attributes:
        mean: Running mean of w, where truncation pulls to.

    Shapes:
        (B, dim) -> (B, dim).

    Raises:
        ValueError: If z has another shape, or a number is out of range.
    """

    def __init__(
        self, dim: int, depth: int = 4, *, rate: float = 0.01, decay: float = 0.995
    ) -> None:
        super().__init__()
        check_range("depth", depth, 1)
        check_range("decay", decay, 0, 1)
        self.layers = nn.ModuleList([EqualLinear(dim, dim, rate=rate) for _ in range(depth)])
        self.register_buffer("mean", torch.zeros(dim))
        self.dim, self.decay = dim, decay

    def forward(self, z: Tensor) -> Tensor:
        check_shape("z", z, "B", self.dim)
        w = pixel_norm(z)
        for layer in self.layers:
            w = leaky(layer(w))
        if self.training:
            with torch.no_grad():
                self.mean.lerp_(w.mean(dim=0).to(self.mean.dtype), 1 - self.decay)
        return w


class StyleLayer(nn.Module):
    """One convolution under a style: modulated (StyleGAN2) or followed by AdaIN (StyleGAN).

    Args:
        inputs: Channels that go in.
        outputs: Channels that come out.
        w_dim: Size of w.
        up: Whether the map is first upsampled.
        style: "modulated" or "adain".

    Attributes:
        strength: Learned strength of the noise; 0 at the start.

    Shapes:
        x (B, inputs, H, W); w (B, w_dim); noise (B, 1, H', W'); returns (B, outputs, H', W').

    Raises:
        ValueError: If ``style`` is neither.
    """

    def __init__(
        self, inputs: int, outputs: int, w_dim: int, *, up: bool = False, style: str = "modulated"
    ) -> None:
        super().__init__()
        check_choice("style", style, ("modulated", "adain"))
        self.conv = EqualConv2d(inputs, outputs, 3, bias=False)
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.strength = nn.Parameter(torch.zeros(()))
        self.up, self.style = up, style
        if style == "modulated":
            self.affine = EqualLinear(w_dim, inputs, bias=1.0)  # w -> s, about 1
        else:
            self.affine = EqualLinear(w_dim, 2 * outputs)  # w -> (scale - 1, shift)

    def forward(self, x: Tensor, w: Tensor, noise: Tensor) -> Tensor:
        x = upsample(x) if self.up else x
        if self.style == "modulated":
            x = modulated_conv2d(x, self.conv.scaled, self.affine(w), padding=1)
            return leaky(x + self.strength * noise + self.bias[:, None, None])
        x = leaky(self.conv(x) + self.strength * noise + self.bias[:, None, None])
        scale, shift = self.affine(w).chunk(2, dim=1)
        return adain(x, 1 + scale, shift)


class ToImage(nn.Module):
    """From features to pixels: a 1 x 1 convolution under a style, never demodulated.

    Shapes:
        x (B, inputs, H, W); w (B, w_dim); returns (B, channels, H, W).
    """

    def __init__(self, inputs: int, channels: int, w_dim: int) -> None:
        super().__init__()
        self.conv = EqualConv2d(inputs, channels, 1, bias=False)
        self.bias = nn.Parameter(torch.zeros(channels))
        self.affine = EqualLinear(w_dim, inputs, bias=1.0)

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        y = modulated_conv2d(x, self.conv.scaled, self.affine(w), demodulate=False)
        return y + self.bias[:, None, None]


class StyleGenerator(nn.Module):
    """The generator: a constant of 2 x 2, doubled until the image is large enough.

    Layer 0 works at 2 x 2, layers 1 and 2 at 4 x 4, layers 3 and 4 at 8 x 8, and so on. The
    image is a sum: each resolution adds to the upsampled image of the one before.

    Args:
        size: Rows and columns of the image: 4, 8, 16, ...
        channels: Channels of every feature map.
        w_dim: Size of z and w.
        depth: Layers of the mapping network.
        colours: Channels of the image.
        style: "modulated" or "adain".
        rate: Factor of the mapping network's learning rate.

    Attributes:
        sizes: Rows of the feature map of each layer.

    Raises:
        ValueError: If the size is no power of two above 2.
    """

    def __init__(
        self,
        size: int = 8,
        channels: int = 32,
        w_dim: int = 32,
        *,
        depth: int = 4,
        colours: int = 1,
        style: str = "modulated",
        rate: float = 0.01,
    ) -> None:
        super().__init__()
        doublings = size.bit_length() - 2
        if size < 4 or size != 2 << doublings:
            raise ValueError(f"size must be 4, 8, 16 or a higher power of two; got {size}")
        self.mapping = Mapping(w_dim, depth, rate=rate)
        self.constant = nn.Parameter(torch.randn(channels, 2, 2))
        self.sizes = [2] + [2 << (i // 2 + 1) for i in range(2 * doublings)]
        self.layers = nn.ModuleList(
            StyleLayer(channels, channels, w_dim, up=i % 2 == 1, style=style)
            for i in range(len(self.sizes))
        )
        self.to_image = nn.ModuleList(
            ToImage(channels, colours, w_dim) for _ in range(doublings + 1)
        )
        self.size, self.w_dim = size, w_dim

    @property
    def n_layers(self) -> int:
        """Layers that take a style."""
        return len(self.layers)

    def noise(
        self, n: int, *, generator: Generator | None = None, per_image: bool = True
    ) -> list[Tensor]:
        """Draw the noise of every layer.

        Args:
            n: Number of images.
            generator: Draws the numbers.
            per_image: Whether each image gets noise of its own, or all the same.

        Shapes:
            returns ``n_layers`` tensors (n, 1, H, W).
        """
        like, rows = self.constant, n if per_image else 1
        drawn = [randn(rows, 1, s, s, like=like, generator=generator) for s in self.sizes]
        return [e.expand(n, 1, *e.shape[2:]) for e in drawn]

    def synthesize(
        self, w: Tensor, noise: Sequence[Tensor] | None = None, *, generator=None
    ) -> Tensor:
        """Images from styles.

        Args:
            w: One style for all layers, or one for each.
            noise: The noise of each layer; None draws it.
            generator: Draws the noise.

        Shapes:
            w (B, w_dim) or (B, n_layers, w_dim); returns (B, colours, size, size).

        Raises:
            ValueError: If shapes do not fit.
        """
        if w.ndim == 2:
            w = w[:, None].expand(-1, self.n_layers, -1)
        check_shape("w", w, "B", self.n_layers, self.w_dim)
        noise = self.noise(len(w), generator=generator) if noise is None else noise
        if len(noise) != self.n_layers:
            raise ValueError(f"noise must be {self.n_layers} tensors; got {len(noise)}")
        x = self.constant.expand(len(w), -1, -1, -1)
        image = None
        for i, layer in enumerate(self.layers):
            x = layer(x, w[:, i], noise[i])
            if i % 2 == 0:  # the last layer of its resolution
                new = self.to_image[i // 2](x, w[:, i])
                image = new if image is None else upsample(image) + new
        return image

    def forward(
        self,
        z: Tensor,
        *,
        truncation: float = 1.0,
        noise: Sequence[Tensor] | None = None,
        generator: Generator | None = None,
    ) -> Tensor:
        """Images from latents, with w pulled towards its mean.

        Args:
            z: Latents.
            truncation: Part of w's distance from its mean that is kept (the paper's psi).
            noise: The noise of each layer; None draws it.
            generator: Draws the noise.

        Shapes:
            z (B, w_dim); returns (B, colours, size, size).
        """
        w = self.truncate(self.mapping(z), truncation)
        return self.synthesize(w, noise, generator=generator)

    def truncate(self, w: Tensor, truncation: float) -> Tensor:
        """Pull styles towards their mean: mean + truncation (w - mean).

        Shapes:
            w (..., w_dim); returns the same.
        """
        return self.mapping.mean + truncation * (w - self.mapping.mean)

    def mix(self, w: Tensor, other: Tensor, layers: slice | Sequence[int]) -> Tensor:
        """Styles that are those of ``other`` in some layers and those of ``w`` elsewhere.

        Shapes:
            w, other (B, w_dim); returns (B, n_layers, w_dim).
        """
        check_shape("w", w, "B", self.w_dim)
        check_shape("other", other, len(w), self.w_dim)
        taken = torch.zeros(self.n_layers, 1, dtype=torch.bool, device=w.device)
        taken[layers] = True
        return torch.where(taken, other[:, None], w[:, None])

    def crossover(self, w: Tensor, other: Tensor, chance: float, generator: Generator) -> Tensor:
        """Mixing regularization: some images take a second style from a random layer on.

        Args:
            w: Styles.
            other: Second styles.
            chance: Probability that an image is mixed; the paper has 0.9.
            generator: Draws whether and where.

        Shapes:
            w, other (B, w_dim); returns (B, n_layers, w_dim).
        """
        check_shape("w", w, "B", self.w_dim)
        check_shape("other", other, len(w), self.w_dim)
        B, device = len(w), generator.device
        first = torch.randint(1, self.n_layers, (B,), generator=generator, device=device)
        mixed = torch.rand(B, generator=generator, device=device) < chance
        first = torch.where(mixed, first, self.n_layers).to(w.device)
        late = torch.arange(self.n_layers, device=w.device) >= first[:, None]
        return torch.where(late[:, :, None], other[:, None], w[:, None])


class StyleDiscriminator(nn.Module):
    """Residual blocks that halve the map down to 2 x 2, minibatch deviation, a logit.

    Args:
        size: Rows and columns of the image.
        channels: Channels of every feature map.
        colours: Channels of the image.
        group: Images that the minibatch deviation compares; 1 leaves it out.

    Shapes:
        (B, colours, size, size) -> (B,).

    Raises:
        ValueError: If the image has another size.
    """

    def __init__(
        self, size: int = 8, channels: int = 32, *, colours: int = 1, group: int = 4
    ) -> None:
        super().__init__()
        check_range("group", group, 1)
        self.entry = EqualConv2d(colours, channels, 1)
        blocks = size.bit_length() - 2
        self.first = nn.ModuleList(EqualConv2d(channels, channels, 3) for _ in range(blocks))
        self.second = nn.ModuleList(EqualConv2d(channels, channels, 3) for _ in range(blocks))
        self.skip = nn.ModuleList(
            EqualConv2d(channels, channels, 1, bias=False) for _ in range(blocks)
        )
        self.last = EqualConv2d(channels + (group > 1), channels, 3)
        self.dense = EqualLinear(4 * channels, channels)
        self.out = EqualLinear(channels, 1)
        self.size, self.colours, self.group = size, colours, group

    def forward(self, x: Tensor) -> Tensor:
        check_shape("x", x, "B", self.colours, self.size, self.size)
        x = leaky(self.entry(x))
        for first, second, skip in zip(self.first, self.second, self.skip, strict=True):
            y = avg_pool2d(leaky(second(leaky(first(x)))), 2)
            x = (y + skip(avg_pool2d(x, 2))) / math.sqrt(2)
        x = minibatch_std(x, group=self.group) if self.group > 1 else x
        x = leaky(self.last(x)).flatten(1)
        return self.out(leaky(self.dense(x)))[:, 0]
