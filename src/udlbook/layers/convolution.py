r"""Convolution as one matrix product: cut the input into patches, multiply each by the weights.

With kernel size K, stride s, dilation d and padding p an output of a one-dimensional convolution
is

    y[o, i] = bias[o] + sum_c sum_k weight[o, c, k] x[c, s i + d k - p],

where x is 0 outside. So an axis of N entries becomes one of
floor((N + 2p - d (K - 1) - 1) / s) + 1. Along several axes the same holds for each. The kernel
is not flipped: mathematicians call this a cross-correlation. In ``groups`` parts, a group of
outputs sees only its own group of inputs.

A transposed convolution is the transpose of that matrix: it scatters where the convolution
gathers, and is what backpropagation through a convolution computes.

Source: Dumoulin & Visin, "A guide to convolution arithmetic for deep learning",
arXiv:1603.07285, relations 1 to 15; the matrix of patches: Chellapilla, Puri & Simard, "High
performance convolutional neural networks for document processing", IWFHR 2006. Ours differs:
patches are copied as a whole, so memory grows by the size of the kernel; padding is by zeros; new
weights are normal with variance 2 / fan-in (He et al. 2015) and biases zero, where torch's are
uniform.
"""

import math
from itertools import product

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from .._check import check_range, check_shape

Size = int | tuple[int, ...]

AXES = ("L",), ("H", "W")


def output_size(
    size: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1
) -> int:
    """Entries of an axis after a convolution; 0 if the kernel does not fit in.

    >>> output_size(32, 5), output_size(28, 2, stride=2), output_size(8, 3, padding=1)
    (28, 14, 8)
    """
    room = size + 2 * padding - dilation * (kernel - 1) - 1
    return room // stride + 1 if room >= 0 else 0


def patches(x: Tensor, kernel: Size, *, stride: Size = 1, padding: Size = 0, dilation: Size = 1):
    """Cut out what each output of a convolution sees; a view of the padded input, not a copy.

    Args:
        x: One or two axes of space after the channels.
        kernel: Size of the kernel along each of them; one number means a square.
        stride: Steps from one patch to the next.
        padding: Zeros on each side.
        dilation: Steps from one entry of a patch to the next.

    Shapes:
        x (B, C, L) -> (B, C, L', K); x (B, C, H, W) -> (B, C, H', W', K_h, K_w).

    Raises:
        ValueError: If x has no or three axes of space, a number is too small, or the kernel is
            larger than the padded input.

    >>> patches(torch.arange(5.0).reshape(1, 1, 5), 3, stride=2)
    tensor([[[[0., 1., 2.],
              [2., 3., 4.]]]])
    """
    n = x.ndim - 2
    if n not in (1, 2):
        raise ValueError(f"x must have shape (B, C, L) or (B, C, H, W); got {tuple(x.shape)}")
    kernel, stride, padding, dilation = _sizes(n, kernel, stride, padding, dilation)
    for size, k, s, p, d in zip(x.shape[2:], kernel, stride, padding, dilation, strict=True):
        if output_size(size, k, s, p, d) < 1:
            raise ValueError(
                f"the kernel must fit into the padded input, {size + 2 * p} entries; "
                f"got {d * (k - 1) + 1}, of size {k} and dilation {d}"
            )
    if any(padding):
        x = pad(x, [p for p in reversed(padding) for _ in range(2)])
    for axis, (k, s, d) in enumerate(zip(kernel, stride, dilation, strict=True)):
        x = x.unfold(2 + axis, d * (k - 1) + 1, s)[..., ::d]
    return x


def conv1d(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    *,
    stride: int = 1,
    padding: int = 0,
    dilation: int = 1,
    groups: int = 1,
    causal: bool = False,
) -> Tensor:
    """Convolve along one axis.

    Args:
        x: Input.
        weight: Kernels.
        bias: Added to each output channel.
        stride: Steps between outputs.
        padding: Zeros on each side.
        dilation: Steps between the inputs of an output.
        groups: Parts that do not see each other.
        causal: Pad on the left alone, so that no output sees an input after it, and with stride 1
            the length stays.

    Shapes:
        x (B, C, L); weight (O, C / groups, K); bias (O,); returns (B, O, L').

    Raises:
        ValueError: If shapes do not fit together, or ``causal`` comes with other padding.
    """
    check_shape("x", x, "B", "C", "L")
    check_shape("weight", weight, "O", "C / groups", "K")
    if causal:
        if padding:
            raise ValueError(f"padding must be 0 in a causal convolution; got {padding}")
        x = pad(x, (dilation * (weight.shape[-1] - 1), 0))
    return _conv(x, weight, bias, stride, padding, dilation, groups)


def conv2d(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    *,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> Tensor:
    """Convolve along two axes; see ``conv1d``. Sizes are numbers, or pairs (vertical, horizontal).

    Shapes:
        x (B, C, H, W); weight (O, C / groups, K_h, K_w); bias (O,); returns (B, O, H', W').

    Raises:
        ValueError: If shapes do not fit together.
    """
    check_shape("x", x, "B", "C", "H", "W")
    check_shape("weight", weight, "O", "C / groups", "K_h", "K_w")
    return _conv(x, weight, bias, stride, padding, dilation, groups)


def conv_transpose1d(x: Tensor, weight: Tensor, bias: Tensor | None = None, **options) -> Tensor:
    """The transpose of ``conv1d``; see ``conv_transpose2d``, whose options it has.

    Shapes:
        x (B, C, L); weight (C, O / groups, K); bias (O,); returns (B, O, L').

    Raises:
        ValueError: If shapes do not fit together.
    """
    check_shape("x", x, "B", "C", "L")
    check_shape("weight", weight, "C", "O / groups", "K")
    return _transpose(x, weight, bias, **options)


def conv_transpose2d(x: Tensor, weight: Tensor, bias: Tensor | None = None, **options) -> Tensor:
    """The transpose of ``conv2d``: each input lays the kernel, times itself, on the output.

    An axis of N entries becomes one of (N - 1) s - 2p + d (K - 1) + 1 + output_padding.

    Args:
        x: Input.
        weight: The weights of the convolution that it transposes.
        bias: Added to each output channel.
        **options: ``stride``, ``padding``, ``dilation`` and ``groups`` of that convolution;
            ``output_padding``, entries to add at the far end, smaller than the stride.

    Shapes:
        x (B, C, H, W); weight (C, O / groups, K_h, K_w); bias (O,); returns (B, O, H', W').

    Raises:
        ValueError: If shapes do not fit together.
    """
    check_shape("x", x, "B", "C", "H", "W")
    check_shape("weight", weight, "C", "O / groups", "K_h", "K_w")
    return _transpose(x, weight, bias, **options)


def _sizes(n: int, kernel: Size, stride: Size, padding: Size, dilation: Size) -> list[tuple]:
    """Each size as a tuple of one number an axis."""
    named = {"kernel": kernel, "stride": stride, "padding": padding, "dilation": dilation}
    for name, value in named.items():
        value = (value,) * n if isinstance(value, int) else tuple(value)
        if len(value) != n:
            raise ValueError(f"{name} must be one number, or {n}, one an axis; got {value}")
        check_range(name, min(value), 0 if name == "padding" else 1)
        named[name] = value
    return list(named.values())


def _groups(name: str, channels: int, wanted: int, groups: int, outputs: int) -> None:
    check_range("groups", groups, 1)
    if channels != wanted:
        raise ValueError(f"x must have {wanted} channels, as {name} says; got {channels}")
    if channels % groups or outputs % groups:
        raise ValueError(
            f"groups must divide the channels; got {groups} groups of {channels} inputs "
            f"and {outputs} outputs"
        )


def _conv(x, weight, bias, stride, padding, dilation, groups):
    B, C, O, G = len(x), x.shape[1], len(weight), groups  # noqa: E741
    _groups("weight", C, weight.shape[1] * G, G, O)
    cut = patches(x, weight.shape[2:], stride=stride, padding=padding, dilation=dilation)
    out = cut.shape[2 : x.ndim]
    P, K = math.prod(out), math.prod(weight.shape[2:])
    rows = cut.reshape(B, G, C // G, P, K).permute(1, 0, 3, 2, 4).reshape(G, B * P, C // G * K)
    y = rows @ weight.reshape(G, O // G, C // G * K).mT  # one product a group: (G, B P, O / G)
    y = y.reshape(G, B, P, O // G).permute(1, 0, 3, 2).reshape(B, O, *out)
    return y if bias is None else y + _bias(bias, O, x.ndim - 2)


def _transpose(
    x, weight, bias, *, stride=1, padding=0, dilation=1, groups=1, output_padding=0
) -> Tensor:
    n, B, C, G = x.ndim - 2, len(x), x.shape[1], groups
    O = weight.shape[1] * G  # noqa: E741
    _groups("weight", C, len(weight), G, O)
    kernel, stride, padding, dilation = _sizes(n, weight.shape[2:], stride, padding, dilation)
    extra = (output_padding,) * n if isinstance(output_padding, int) else tuple(output_padding)
    if len(extra) != n or not all(0 <= e < s for e, s in zip(extra, stride, strict=True)):
        raise ValueError(f"output_padding must be smaller than stride {stride}; got {extra}")
    K = math.prod(kernel)
    laid = weight.reshape(G, C // G, O // G * K).mT @ x.reshape(B, G, C // G, -1)
    laid = laid.reshape(B, O, K, *x.shape[2:])
    sizes = [
        (N - 1) * s + d * (k - 1) + 1 + e
        for N, s, d, k, e in zip(x.shape[2:], stride, dilation, kernel, extra, strict=True)
    ]
    y = laid.new_zeros(B, O, *sizes)
    for tap, place in enumerate(product(*map(range, kernel))):
        spots = [
            slice(d * k, d * k + s * (N - 1) + 1, s)
            for d, k, s, N in zip(dilation, place, stride, x.shape[2:], strict=True)
        ]
        y[(..., *spots)] += laid[:, :, tap]
    crop = [slice(p, size - p) for p, size in zip(padding, sizes, strict=True)]
    if any(size <= 2 * p for p, size in zip(padding, sizes, strict=True)):
        raise ValueError(f"padding must leave an output of {tuple(sizes)}; got {padding}")
    y = y[(..., *crop)]
    return y if bias is None else y + _bias(bias, O, n)


def _bias(bias: Tensor, channels: int, n: int) -> Tensor:
    check_shape("bias", bias, channels)
    return bias.reshape(-1, *[1] * n)


class _Convolution(nn.Module):
    """Weights, and how to slide them."""

    axes = 2
    transposed = False

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel: Size,
        *,
        bias: bool = True,
        groups: int = 1,
        **options,
    ) -> None:
        super().__init__()
        kernel = (kernel,) * self.axes if isinstance(kernel, int) else tuple(kernel)
        if len(kernel) != self.axes:
            raise ValueError(f"kernel must be one number, or {self.axes}; got {kernel}")
        check_range("the smallest size", min(in_channels, out_channels, groups, *kernel), 1)
        if in_channels % groups or out_channels % groups:
            raise ValueError(
                f"groups must divide the channels; got {groups} groups of {in_channels} inputs "
                f"and {out_channels} outputs"
            )
        ends = (out_channels, in_channels)[:: -1 if self.transposed else 1]
        self.weight = nn.Parameter(torch.empty(ends[0], ends[1] // groups, *kernel))
        nn.init.normal_(self.weight, std=math.sqrt(2 * groups / (in_channels * math.prod(kernel))))
        self.bias = nn.Parameter(torch.zeros(out_channels)) if bias else None
        self.options = {"groups": groups, **options}

    def extra_repr(self) -> str:
        options = (f"{k}={v}" for k, v in self.options.items())
        return ", ".join(["weight " + "x".join(map(str, self.weight.shape)), *options])


class Conv1d(_Convolution):
    """``conv1d`` with weights of its own.

    Args:
        in_channels: Channels of the input.
        out_channels: Channels of the output.
        kernel: Size of the kernel.
        bias: Whether each output channel has a bias.
        groups: Parts that do not see each other.
        **options: ``stride``, ``padding``, ``dilation``, ``causal`` of ``conv1d``.

    Shapes:
        (B, in_channels, L) -> (B, out_channels, L').

    Raises:
        ValueError: If a size is not positive, or groups do not divide the channels.
    """

    axes = 1

    def forward(self, x: Tensor) -> Tensor:
        return conv1d(x, self.weight, self.bias, **self.options)


class Conv2d(_Convolution):
    """``conv2d`` with weights of its own.

    Args:
        in_channels: Channels of the input.
        out_channels: Channels of the output.
        kernel: Size of the kernel; a number, or two.
        bias: Whether each output channel has a bias.
        groups: Parts that do not see each other.
        **options: ``stride``, ``padding``, ``dilation`` of ``conv2d``.

    Shapes:
        (B, in_channels, H, W) -> (B, out_channels, H', W').

    Raises:
        ValueError: If a size is not positive, or groups do not divide the channels.

    >>> Conv2d(1, 6, 5)(torch.zeros(2, 1, 32, 32)).shape
    torch.Size([2, 6, 28, 28])
    """

    def forward(self, x: Tensor) -> Tensor:
        return conv2d(x, self.weight, self.bias, **self.options)


class ConvTranspose2d(_Convolution):
    """``conv_transpose2d`` with weights of its own.

    Args:
        in_channels: Channels of the input.
        out_channels: Channels of the output.
        kernel: Size of the kernel; a number, or two.
        bias: Whether each output channel has a bias.
        groups: Parts that do not see each other.
        **options: ``stride``, ``padding``, ``dilation``, ``output_padding``.

    Shapes:
        (B, in_channels, H, W) -> (B, out_channels, H', W').

    Raises:
        ValueError: If a size is not positive, or groups do not divide the channels.
    """

    transposed = True

    def forward(self, x: Tensor) -> Tensor:
        return conv_transpose2d(x, self.weight, self.bias, **self.options)
