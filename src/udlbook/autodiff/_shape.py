"""Operations that move values without changing them.

Each is a linear map with one 1 in every row, so its pullback is its transpose: it moves the
gradients back where the values came from. Picking with an index and adding into a picked place
(``getitem`` and ``scatter``) are transposes of one another, and so are padding and cropping.
A value that was picked twice receives two gradients, and they add up.

A reshaped, transposed or sliced array shares memory with the original, as in NumPy.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ._graph import sum_to
from ._rule import Rule, differentiable
from ._tensor import Tensor, raw


@differentiable(x=lambda g, x_shape: reshape(g, x_shape))
def reshape(x, shape):
    """The same values, in the same order, in another shape; one size may be -1."""
    return np.reshape(x, shape)


@differentiable(x=lambda g, axes: transpose(g, axes and tuple(np.argsort(axes))))
def transpose(x, axes=None):
    """The axes in another order; without ``axes`` in reverse."""
    return np.transpose(x, axes)


@differentiable(x=lambda g, axis1, axis2: swapaxes(g, axis1, axis2))
def swapaxes(x, axis1, axis2):
    """Two axes exchanged."""
    return np.swapaxes(x, axis1, axis2)


@differentiable(x=lambda g, x_shape: reshape(g, x_shape))
def expand_dims(x, axis):
    """A new axis of size 1 at position ``axis`` (or several)."""
    return np.expand_dims(x, axis)


@differentiable(x=lambda g, x_shape: reshape(g, x_shape))
def squeeze(x, axis=None):
    """Axes of size 1 removed."""
    return np.squeeze(x, axis)[()]


@differentiable(x=lambda g, x_shape: sum_to(g, x_shape))
def broadcast_to(x, shape):
    """x repeated, without a copy, until it has this shape."""
    return np.broadcast_to(x, shape)


@differentiable(x=lambda g, index, x_shape: scatter(g, index, x_shape))
def getitem(x, index):
    """x[index]: numbers, slices, masks, and arrays of positions, as in NumPy."""
    return x[index]


@differentiable(x=lambda g, index: getitem(g, index))
def scatter(x, index, shape):
    """Zeros of a given shape into which x is added at ``index``; repeated places add up.

    Shapes: x as ``zeros(shape)[index]``.
    """
    total = np.zeros(shape, x.dtype)
    parts = index if isinstance(index, tuple) else (index,)
    if all(_picks_once(part) for part in parts):
        total[index] = x
    elif len(parts) == 1 and len(shape) > 1 and np.ndim(index) > 0:
        _add_rows(total, np.asarray(index), x)
    else:
        np.add.at(total, index, x)
    return total


def _picks_once(part: Any) -> bool:
    """Whether this part of an index can pick no place twice."""
    if part is None or part is Ellipsis or isinstance(part, slice | int | np.integer):
        return True
    return isinstance(part, np.ndarray) and part.dtype == bool


def _add_rows(total: np.ndarray, rows: np.ndarray, x: np.ndarray) -> None:
    """total[rows] += x where rows may repeat: sort them, then add up each run at once."""
    rows = rows.ravel() % len(total)
    if rows.size == 0:
        return
    order = np.argsort(rows, kind="stable")
    ordered = rows[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    x = x.reshape(len(rows), *total.shape[1:])
    total[ordered[starts]] = np.add.reduceat(x[order], starts, axis=0)


@differentiable(x=lambda g, indices, axis, x_shape: _put_along_axis(g, indices, axis, x_shape))
def take_along_axis(x, indices, axis):
    """One value for each entry of ``indices``, which replaces the position along ``axis``."""
    return np.take_along_axis(x, indices, axis)


@differentiable(x=lambda g, indices, axis: take_along_axis(g, indices, axis))
def _put_along_axis(x, indices, axis, shape):
    """The transpose of ``take_along_axis``: adds x into zeros."""
    grid = list(np.ogrid[tuple(slice(n) for n in indices.shape)])
    grid[axis] = indices
    total = np.zeros(shape, x.dtype)
    np.add.at(total, tuple(grid), x)
    return total


@differentiable(x=lambda g, width, x_shape: getitem(g, _inner(width, x_shape)))
def pad(x, width):
    """x with zeros around it. ``width`` is as in ``numpy.pad``: (before, after) for each axis."""
    width = _widths(width, x.ndim)
    y = np.zeros([n + a + b for n, (a, b) in zip(x.shape, width, strict=True)], x.dtype)
    y[_inner(width, x.shape)] = x
    return y


def _inner(width: Any, shape: tuple[int, ...]) -> tuple[slice, ...]:
    """The index of the values between the pads."""
    width = _widths(width, len(shape))
    return tuple(slice(a, a + n) for n, (a, _) in zip(shape, width, strict=True))


def _widths(width: Any, ndim: int) -> list[tuple[int, int]]:
    return [tuple(pair) for pair in np.broadcast_to(width, (ndim, 2)).tolist()]


def concatenate(arrays: Sequence[Any], axis: int = 0) -> Any:
    """Arrays joined along an axis that they have."""
    values = [raw(a) for a in arrays]
    y = np.concatenate(values, axis)
    ends = np.cumsum([v.shape[axis] for v in values]).tolist()
    before = (slice(None),) * (axis % y.ndim)
    pieces = [(*before, slice(a, b)) for a, b in zip([0, *ends], ends, strict=False)]
    return _record_many("concatenate", y, arrays, values, pieces)


def stack(arrays: Sequence[Any], axis: int = 0) -> Any:
    """Arrays of one shape joined along a new axis."""
    values = [raw(a) for a in arrays]
    y = np.stack(values, axis)
    before = (slice(None),) * (axis % y.ndim)
    return _record_many("stack", y, arrays, values, [(*before, i) for i in range(len(values))])


def _record_many(name: str, y: Any, arrays: Sequence, values: list, pieces: list) -> Any:
    """Record a joined y; the pullback of each array cuts its piece out of the gradient."""
    if not any(isinstance(a, Tensor) for a in arrays):
        return y
    names = tuple(f"x{i}" for i in range(len(arrays)))
    pullbacks = {key: _cut(piece) for key, piece in zip(names, pieces, strict=True)}
    return Rule(name, names, pullbacks).record(y, tuple(arrays), tuple(values))


def _cut(piece: tuple) -> Any:
    return lambda g: getitem(g, piece)
