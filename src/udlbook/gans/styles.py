r"""What a style does to a feature map, and the layers that style-based networks are made of.

Instance normalization takes mean and scale out of each channel of each image. Adaptive instance
normalization (AdaIN) puts in a mean and a scale that come from elsewhere: a style. Modulated
convolution has the same aim without looking at the image: the style scales the channels on their
way into a convolution, and the channels that come out are divided by the size that they would
have on average, were the inputs independent with unit variance:

    y[o] = d[o] sum_i w[o, i] * (s[i] x[i]),   d[o] = 1 / sqrt(sum_{i, k} (s[i] w[o, i, k])^2).

Sources: Ulyanov, Vedaldi & Lempitsky, "Instance normalization: the missing ingredient for fast
stylization", arXiv:1607.08022; Huang & Belongie, "Arbitrary style transfer in real-time with
adaptive instance normalization", ICCV 2017, arXiv:1703.06868, equation 8; Karras, Aila, Laine &
Lehtinen, "Progressive growing of GANs for improved quality, stability, and variation", ICLR 2018,
arXiv:1710.10196, sections 3, 4.1 and 4.2 (minibatch standard deviation, equalized learning rate,
pixel norm); Karras et al., "Analyzing and improving the image quality of StyleGAN", CVPR 2020,
arXiv:1912.04958, equations 1 to 3 (modulation). Ours differs: weights are not scaled for each
image; we scale what goes in and what comes out, which is the same and needs one weight for the
batch (the test holds it against the paper's way). Convolutions are torch's, for speed; ours of
``udlbook.layers`` gives the same numbers.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, interpolate, leaky_relu, linear

from .._check import check_range, check_shape

__all__ = [
    "EqualConv2d",
    "EqualLinear",
    "InstanceNorm",
    "adain",
    "instance_norm",
    "leaky",
    "minibatch_std",
    "modulated_conv2d",
    "pixel_norm",
    "upsample",
]


def leaky(x: Tensor) -> Tensor:
    """Leaky ReLU of slope 0.2, times sqrt(2), which about keeps the mean square.

    Shapes:
        x (...); returns the same.
    """
    return leaky_relu(x, 0.2) * math.sqrt(2)


def pixel_norm(x: Tensor, *, tiny: float = 1e-8) -> Tensor:
    """Divide each vector of features by its root mean square.

    Args:
        x: Features along axis 1.
        tiny: Added to the mean square.

    Shapes:
        x (B, C, ...); returns the same.

    Raises:
        ValueError: If x has no axis of features.
    """
    if x.ndim < 2:
        raise ValueError(f"x must have shape (B, C, ...); got {tuple(x.shape)}")
    return x * torch.rsqrt(x.square().mean(dim=1, keepdim=True) + tiny)


def instance_norm(x: Tensor, *, tiny: float = 1e-5) -> Tensor:
    """Give each channel of each image mean 0 and variance 1.

    Args:
        x: Feature maps.
        tiny: Added to the variance.

    Shapes:
        x (B, C, H, W); returns the same.

    Raises:
        ValueError: If x is no batch of feature maps, or the maps have a single pixel, which would
            all become 0.
    """
    size = check_shape("x", x, "B", "C", "H", "W")
    if size["H"] * size["W"] < 2:
        raise ValueError(f"feature maps must have 2 pixels or more; got {tuple(x.shape)}")
    centred = x - x.mean(dim=(2, 3), keepdim=True)
    return centred * torch.rsqrt(centred.square().mean(dim=(2, 3), keepdim=True) + tiny)


class InstanceNorm(nn.Module):
    """Instance normalization without weights; see ``instance_norm``.

    Shapes:
        (B, C, H, W); returns the same.
    """

    def forward(self, x: Tensor) -> Tensor:
        return instance_norm(x)


def adain(x: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    """Adaptive instance normalization: the style's mean and scale in place of the image's.

    Args:
        x: Feature maps.
        scale: New standard deviation of each channel, up to its sign.
        shift: New mean of each channel.

    Shapes:
        x (B, C, H, W); scale and shift (B, C); returns (B, C, H, W).

    Raises:
        ValueError: If shapes do not fit together.
    """
    size = check_shape("x", x, "B", "C", "H", "W")
    check_shape("scale", scale, size["B"], size["C"])
    check_shape("shift", shift, size["B"], size["C"])
    return instance_norm(x) * scale[:, :, None, None] + shift[:, :, None, None]


def modulated_conv2d(
    x: Tensor,
    weight: Tensor,
    style: Tensor,
    *,
    demodulate: bool = True,
    padding: int = 0,
    tiny: float = 1e-8,
) -> Tensor:
    """Convolve with weights that each image's style scales.

    Args:
        x: Feature maps.
        weight: Kernels, shared by the batch.
        style: Factor of each input channel.
        demodulate: Divide each output channel by the norm of its scaled kernels.
        padding: Zeros on each side.
        tiny: Added to the squared norm.

    Shapes:
        x (B, C, H, W); weight (O, C, K, K); style (B, C); returns (B, O, H', W').

    Raises:
        ValueError: If shapes do not fit together.
    """
    size = check_shape("x", x, "B", "C", "H", "W")
    check_shape("weight", weight, "O", size["C"], "K", "K")
    check_shape("style", style, size["B"], size["C"])
    y = conv2d(x * style[:, :, None, None], weight, padding=padding)
    if not demodulate:
        return y
    energy = weight.square().sum(dim=(2, 3))  # (O, C)
    d = torch.rsqrt(style.square() @ energy.T + tiny)  # (B, O)
    return y * d[:, :, None, None]


class EqualLinear(nn.Module):
    """A linear layer whose weights are all stored with unit variance, and scaled when used.

    An optimizer such as Adam moves every stored number by about its learning rate. Scaled on use,
    all layers then change by the same part of their size: the learning rate is equalized.

    Args:
        inputs: Size of the input.
        outputs: Size of the output.
        bias: Value at which the biases start.
        rate: Factor of this layer's learning rate (the paper's ``lrmul``): weights and biases
            are stored larger by 1 / rate, so that a step changes them less.

    Shapes:
        (..., inputs) -> (..., outputs).

    Raises:
        ValueError: If a size or the rate is not positive.
    """

    def __init__(self, inputs: int, outputs: int, *, bias: float = 0.0, rate: float = 1.0) -> None:
        super().__init__()
        check_range("the smaller size", min(inputs, outputs), 1)
        if not rate > 0:
            raise ValueError(f"rate must be positive; got {rate}")
        self.weight = nn.Parameter(torch.randn(outputs, inputs) / rate)
        self.bias = nn.Parameter(torch.full((outputs,), bias / rate))
        self.scale, self.rate = rate / math.sqrt(inputs), rate

    def forward(self, x: Tensor) -> Tensor:
        return linear(x, self.weight * self.scale, self.bias * self.rate)


class EqualConv2d(nn.Module):
    """A convolution with an equalized learning rate; the size of the map stays. See EqualLinear.

    Args:
        inputs: Channels that go in.
        outputs: Channels that come out.
        kernel: Size of the kernel, odd.
        bias: Whether a bias is added.

    Shapes:
        (B, inputs, H, W) -> (B, outputs, H, W).

    Raises:
        ValueError: If a size is not positive or the kernel is even.
    """

    def __init__(self, inputs: int, outputs: int, kernel: int, *, bias: bool = True) -> None:
        super().__init__()
        check_range("the smallest size", min(inputs, outputs, kernel), 1)
        if kernel % 2 == 0:
            raise ValueError(f"kernel must be odd, to keep the size; got {kernel}")
        self.weight = nn.Parameter(torch.randn(outputs, inputs, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(outputs)) if bias else None
        self.scale, self.padding = 1 / math.sqrt(inputs * kernel**2), kernel // 2

    @property
    def scaled(self) -> Tensor:
        """The weights as they are used, of variance 1 / fan-in at the start."""
        return self.weight * self.scale

    def forward(self, x: Tensor) -> Tensor:
        return conv2d(x, self.scaled, self.bias, padding=self.padding)


def minibatch_std(x: Tensor, *, group: int = 4) -> Tensor:
    """Append a feature map that says how much the images of a group differ.

    The standard deviation of each feature at each pixel over the group is averaged to one number,
    which fills the new map. A discriminator with this map sees that a batch of fakes is too
    alike, although each of them looks real.

    Args:
        x: Feature maps.
        group: Images a group; group g holds images g, g + B / group, g + 2 B / group and so on.

    Shapes:
        x (B, C, H, W); returns (B, C + 1, H, W).

    Raises:
        ValueError: If the batch cannot be split into such groups.
    """
    B, C, H, W = check_shape("x", x, "B", "C", "H", "W").values()
    if group < 1 or B % group:
        raise ValueError(f"group must divide the batch of {B}; got {group}")
    split = x.reshape(group, B // group, C, H, W)
    std = (split.var(dim=0, unbiased=False) + 1e-8).sqrt().mean(dim=(1, 2, 3))  # (B / group,)
    return torch.cat([x, std.repeat(group)[:, None, None, None].expand(B, 1, H, W)], dim=1)


def upsample(x: Tensor) -> Tensor:
    """Twice as many rows and columns, with straight lines between pixels.

    Shapes:
        x (B, C, H, W); returns (B, C, 2 H, 2 W).
    """
    return interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
