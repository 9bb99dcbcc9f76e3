"""Operations that reduce axes: sums, means, variances, extremes.

The pullback of a sum is a broadcast: each summand has slope 1, so each receives the gradient of
the sum. (Read backward, broadcasting sums: the two are transposes of one another.)

``axis`` is None for all axes, a number, or a tuple of numbers, as in NumPy.

Convention for ties in ``max`` and ``min``: equal extremes share the gradient evenly. That is
PyTorch's ``amax``; its ``max(dim)`` gives all of it to one of them.
"""

import math
from typing import Any

import numpy as np

from ._elementwise import exp
from ._rule import differentiable
from ._shape import broadcast_to, reshape
from ._tensor import raw


def _spread(g: Any, shape: tuple[int, ...], axis: Any, keepdims: bool = False) -> Any:
    """A reduced g, copied along the axes that were reduced. Shapes: the result has ``shape``."""
    return broadcast_to(_keep(g, shape, axis, keepdims), shape)


def _keep(g: Any, shape: tuple[int, ...], axis: Any, keepdims: bool = False) -> Any:
    """A reduced g, with the reduced axes put back as axes of size 1."""
    if keepdims:
        return g
    if axis is None:
        return reshape(g, (1,) * len(shape))
    axes = {i % len(shape) for i in (axis if isinstance(axis, tuple) else (axis,))}
    return reshape(g, tuple(1 if i in axes else n for i, n in enumerate(shape)))


def _count(shape: tuple[int, ...], axis: Any) -> int:
    """How many values go into each result."""
    if axis is None:
        return math.prod(shape)
    return math.prod(shape[i] for i in (axis if isinstance(axis, tuple) else (axis,)))


@differentiable(x=lambda g, x_shape, axis, keepdims: _spread(g, x_shape, axis, keepdims))
def sum(x, axis=None, keepdims=False):
    """The sum over ``axis``."""
    return np.add.reduce(x, axis, keepdims=keepdims)


@differentiable(
    x=lambda g, x_shape, axis, keepdims: _spread(
        g / _count(x_shape, axis), x_shape, axis, keepdims
    )
)
def mean(x, axis=None, keepdims=False):
    """The mean over ``axis``."""
    return np.mean(x, axis, keepdims=keepdims)


@differentiable(
    x=lambda g, x, x_shape, axis, ddof, keepdims: (
        _keep(g, x_shape, axis, keepdims)
        * (2 / (_count(x_shape, axis) - ddof))
        * (x - mean(x, axis, True))
    )
)
def var(x, axis=None, ddof=0, keepdims=False):
    """The variance over ``axis``: squared distances to the mean, summed, over (count - ddof)."""
    if _count(np.shape(x), axis) <= ddof:
        raise ValueError(
            f"var needs more than ddof={ddof} values to reduce; got {_count(np.shape(x), axis)}"
        )
    return np.var(x, axis, ddof=ddof, keepdims=keepdims)


def _ties(x: Any, y: Any, axis: Any, keepdims: bool) -> np.ndarray:
    """1/k at each of the k places that attain the extreme, 0 elsewhere."""
    x = raw(x)
    hits = x == _keep(raw(y), x.shape, axis, keepdims)
    return hits / np.sum(hits, axis, keepdims=True, dtype=x.dtype)


def _extreme(g: Any, x: Any, y: Any, axis: Any, keepdims: bool) -> Any:
    return _keep(g, x.shape, axis, keepdims) * _ties(x, y, axis, keepdims)


@differentiable(x=_extreme)
def max(x, axis=None, keepdims=False):
    """The largest value over ``axis``; equal ones share the gradient."""
    return np.maximum.reduce(x, axis, keepdims=keepdims)


@differentiable(x=_extreme)
def min(x, axis=None, keepdims=False):
    """The smallest value over ``axis``; equal ones share the gradient."""
    return np.minimum.reduce(x, axis, keepdims=keepdims)


@differentiable(
    x=lambda g, x, y, axis, keepdims: (
        _keep(g, x.shape, axis, keepdims) * exp(x - _keep(y, x.shape, axis, keepdims))
    )
)
def logsumexp(x, axis=None, keepdims=False):
    """log of the sum of exp(x) over ``axis``, with the largest value taken out first."""
    top = np.maximum.reduce(x, axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0)
    total = np.log(np.sum(np.exp(x - top), axis, keepdims=keepdims))
    return total + np.reshape(top, np.shape(total))


def argmax(x: Any, axis: int | None = None) -> np.ndarray:
    """Where the largest value stands: plain integers, without a gradient."""
    return np.argmax(raw(x), axis)
