"""Convolution and pooling in one and two dimensions.

What deep learning calls a convolution is a matrix product in disguise: each output looks through
a small window at its input. ``unfold`` lays the windows side by side, and the kernel multiplies
them. The pullback of ``unfold`` is ``fold``, which adds each window back where it was cut out;
the pullback of ``fold`` is ``unfold``. All else follows from the rules for products.

Source: Chellapilla, Puri & Simard, "High performance convolutional neural networks for document
processing", IWFHR 2006, section 3. Ours differs: windows of one example form a matrix of their
own, so the product comes out in the order (N, C, H, W) without a transposition.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from ._linalg import matmul
from ._reduce import mean
from ._rule import differentiable
from ._shape import expand_dims, pad, reshape, squeeze
from ._tensor import raw

Pair = int | tuple[int, int]


def _pair(value: Pair) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else tuple(value)


def _places(shape: tuple, kernel: tuple, stride: tuple, dilation: tuple) -> list:
    """For each kernel offset (i, j) the index of the inputs that all windows see there."""
    sizes = _output_size(shape, kernel, stride, dilation)
    rows, columns = (
        [slice(i * d, i * d + s * (n - 1) + 1, s) for i in range(k)]
        for k, s, d, n in zip(kernel, stride, dilation, sizes, strict=True)
    )
    return [(i, j, rows[i], columns[j]) for i in range(kernel[0]) for j in range(kernel[1])]


def _output_size(shape: tuple, kernel: tuple, stride: tuple, dilation: tuple) -> list[int]:
    sizes = [
        (n - d * (k - 1) - 1) // s + 1
        for n, k, s, d in zip(shape[-2:], kernel, stride, dilation, strict=True)
    ]
    if min(sizes) < 1:
        raise ValueError(
            f"a kernel of size {kernel} with dilation {dilation} must fit into the padded input; "
            f"got an input of size {tuple(shape[-2:])}"
        )
    return sizes


@differentiable(
    x=lambda g, x_shape, kernel, stride, dilation: fold(g, x_shape, kernel, stride, dilation)
)
def unfold(x, kernel, stride=(1, 1), dilation=(1, 1)):
    """All windows of an image, side by side.

    Shapes: x (N, C, H, W); the result (N, C, K1, K2, H', W').
    """
    sizes = _output_size(x.shape, kernel, stride, dilation)
    windows = np.empty((*x.shape[:2], *kernel, *sizes), x.dtype)
    for i, j, rows, columns in _places(x.shape, kernel, stride, dilation):
        windows[:, :, i, j] = x[:, :, rows, columns]
    return windows


@differentiable(windows=lambda g, kernel, stride, dilation: unfold(g, kernel, stride, dilation))
def fold(windows, shape, kernel, stride=(1, 1), dilation=(1, 1)):
    """Windows added up where ``unfold`` cut them out: its transpose, not its inverse.

    Shapes: windows (N, C, K1, K2, H', W'); the result has the given shape (N, C, H, W).
    """
    x = np.zeros(shape, windows.dtype)
    for i, j, rows, columns in _places(shape, kernel, stride, dilation):
        x[:, :, rows, columns] += windows[:, :, i, j]
    return x


def conv2d(
    x: Any,
    weight: Any,
    bias: Any = None,
    *,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
    groups: int = 1,
) -> Any:
    """Slide kernels over images and take inner products (a cross-correlation).

    Args:
        x: Images.
        weight: For each output channel one kernel.
        bias: A number to add for each output channel.
        stride: The step from one window to the next.
        padding: How many zeros stand around the image.
        dilation: The step from one input to the next within a window.
        groups: Output channels see only the input channels of their group.

    Shapes:
        x (N, C, H, W); weight (M, C / groups, K1, K2); bias (M,); the result (N, M, H', W') with
        H' = (H + 2 padding - dilation (K1 - 1) - 1) // stride + 1.
    """
    x_shape, w_shape = np.shape(raw(x)), np.shape(raw(weight))
    if (
        len(x_shape) != 4
        or len(w_shape) != 4
        or x_shape[1] != w_shape[1] * groups
        or w_shape[0] % groups
    ):
        raise ValueError(
            "conv2d needs x (N, C, H, W) and weight (M, C / groups, K1, K2) with M divisible by "
            f"groups={groups}; got {x_shape} and {w_shape}"
        )
    p1, p2 = _pair(padding)
    if p1 or p2:
        x = pad(x, ((0, 0), (0, 0), (p1, p1), (p2, p2)))
    n, m, kernel = x_shape[0], w_shape[0], w_shape[2:]
    windows = unfold(x, kernel, _pair(stride), _pair(dilation))
    size = windows.shape[-2:]
    if groups == 1:
        y = matmul(reshape(weight, (m, -1)), reshape(windows, (n, -1, size[0] * size[1])))
    else:
        y = matmul(
            reshape(weight, (groups, m // groups, -1)),
            reshape(windows, (n, groups, -1, size[0] * size[1])),
        )
    y = reshape(y, (n, m, *size))
    return y if bias is None else y + reshape(bias, (m, 1, 1))


def conv1d(
    x: Any,
    weight: Any,
    bias: Any = None,
    *,
    stride: int = 1,
    padding: int = 0,
    dilation: int = 1,
    groups: int = 1,
) -> Any:
    """``conv2d`` on sequences: images of height 1.

    Shapes: x (N, C, L); weight (M, C / groups, K); bias (M,); the result (N, M, L').
    """
    if np.ndim(raw(x)) != 3 or np.ndim(raw(weight)) != 3:
        raise ValueError(
            "conv1d needs x (N, C, L) and weight (M, C / groups, K); "
            f"got {np.shape(raw(x))} and {np.shape(raw(weight))}"
        )
    y = conv2d(
        expand_dims(x, 2),
        expand_dims(weight, 2),
        bias,
        stride=(1, stride),
        padding=(0, padding),
        dilation=(1, dilation),
        groups=groups,
    )
    return squeeze(y, 2)


def max_pool2d(x: Any, kernel: Pair, stride: Pair | None = None) -> Any:
    """The largest value in each window; of equal ones the first gets the gradient.

    Args:
        x: Images.
        kernel: The size of a window.
        stride: The step from one window to the next; the window's size if left out.

    Shapes: x (N, C, H, W); the result (N, C, H', W').
    """
    return _max_pool(x, *_pool_sizes("max_pool2d", x, kernel, stride))


@differentiable(x=lambda g, x, y, kernel, stride: _to_winners(g, raw(x), raw(y), kernel, stride))
def _max_pool(x, kernel, stride):
    _, _, *places = zip(*_places(x.shape, kernel, stride, (1, 1)), strict=True)
    windows = [x[:, :, rows, columns] for rows, columns in zip(*places, strict=True)]
    y = windows[0].copy()
    for window in windows[1:]:
        np.maximum(y, window, out=y)
    return y


# Which input of a window is the largest does not change when it moves a little, so the pullback
# of a maximum is a scatter to fixed places, and that of the scatter picks from the same places.
@differentiable(g=lambda h, x, best, kernel, stride: _from_winners(h, x, best, kernel, stride))
def _to_winners(g, x, best, kernel, stride):
    total = np.zeros(x.shape, g.dtype)
    for place, wins in _winners(x, best, kernel, stride):
        total[place] += g * wins
    return total


@differentiable(h=lambda g, x, best, kernel, stride: _to_winners(g, x, best, kernel, stride))
def _from_winners(h, x, best, kernel, stride):
    total = np.zeros(best.shape, h.dtype)
    for place, wins in _winners(x, best, kernel, stride):
        total += h[place] * wins
    return total


def _winners(x: np.ndarray, best: np.ndarray, kernel: tuple, stride: tuple) -> Iterator[tuple]:
    """For each kernel offset its index into x, and whether it is the first of the best."""
    is_open = np.ones(best.shape, bool)
    for _, _, rows, columns in _places(x.shape, kernel, stride, (1, 1)):
        place = (slice(None), slice(None), rows, columns)
        wins = (x[place] == best) & is_open
        is_open ^= wins
        yield place, wins


def avg_pool2d(x: Any, kernel: Pair, stride: Pair | None = None) -> Any:
    """The mean of each window. See ``max_pool2d``."""
    return mean(unfold(x, *_pool_sizes("avg_pool2d", x, kernel, stride)), (2, 3))


def max_pool1d(x: Any, kernel: int, stride: int | None = None) -> Any:
    """The largest value in each window of a sequence. Shapes: (N, C, L) to (N, C, L')."""
    return squeeze(max_pool2d(expand_dims(x, 2), (1, kernel), (1, stride or kernel)), 2)


def avg_pool1d(x: Any, kernel: int, stride: int | None = None) -> Any:
    """The mean of each window of a sequence. Shapes: (N, C, L) to (N, C, L')."""
    return squeeze(avg_pool2d(expand_dims(x, 2), (1, kernel), (1, stride or kernel)), 2)


def _pool_sizes(name: str, x: Any, kernel: Pair, stride: Pair | None) -> tuple[tuple, tuple]:
    if np.ndim(raw(x)) != 4:
        raise ValueError(f"{name} needs x of shape (N, C, H, W); got {np.shape(raw(x))}")
    return _pair(kernel), _pair(kernel if stride is None else stride)
