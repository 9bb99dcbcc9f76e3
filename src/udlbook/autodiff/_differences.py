"""Derivatives of functions that nobody differentiated: look, step aside, look again.

A central difference (f(x + h) - f(x - h)) / 2h is off by ``h² |f'''| / 6``, and by what f is
rounded to, divided by h. These functions need no Tensors and share no code with the engine, so
they can judge it. They also work on functions that the engine cannot read, and cost 2n runs of f
or more.

Source: Nocedal & Wright, "Numerical Optimization", 2nd edition, Springer 2006, section 8.1. Ours
differs: steps grow with ``|x|``, and are divided by as they were taken, after rounding x + h.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ._tensor import raw

_EPS = float(np.finfo(float).eps)


def difference_jacobian(f: Callable, x: Any, *, step: float | None = None) -> np.ndarray:
    """All first derivatives of f at x by central differences: two runs of f for each input.

    Args:
        f: A function of one array of floats that returns a number or an array. What Tensors it
            returns are read as arrays.
        x: Where to differentiate.
        step: How far to move each input, times ``max(1, |x|)``. Left out, it is the cube root of
            the machine epsilon, about 6e-6, which balances truncation and rounding for a
            function whose values and third derivatives are of one size.

    Shapes:
        x ``(*X)``, f's value ``(*Y)``, the result ``(*Y, *X)``; the gradient of a function with
        a single number is a result of the shape of x.

    Raises:
        ValueError: If x is not finite, the step is not positive or too small to move x, or f
            returns different shapes.

    >>> difference_jacobian(lambda x: x[0] * x[1], [2.0, 3.0]).round(9)
    array([3., 2.])
    """
    x, h = _place(x, step, 1 / 3)
    columns = []
    for ahead, behind, width in _moves(x, h):
        up, down = _value(f, ahead), _value(f, behind)
        if up.shape != down.shape or (columns and up.shape != columns[0].shape):
            raise ValueError(
                f"f must return one shape everywhere; got {up.shape} and {down.shape}"
            )
        columns.append((up - down) / width)
    if not columns:
        return np.zeros((*_value(f, x).shape, *x.shape))
    return np.stack(columns, axis=-1).reshape((*columns[0].shape, *x.shape))


def difference_hessian(f: Callable, x: Any, *, step: float | None = None) -> np.ndarray:
    """Second derivatives of f at x: differences of differences, the Jacobian of the gradient.

    It costs 4n² runs of f for n inputs. The result is symmetric only up to rounding, and how far
    it is from symmetric tells how many digits to trust.

    Args:
        f: A function of one array of floats that returns a single number.
        x: Where to differentiate.
        step: As in ``difference_jacobian``; left out, the fourth root of the machine epsilon,
            about 1.2e-4. Two differences divide the rounding of f by the step twice.

    Shapes:
        x ``(*X)``, the result ``(*X, *X)``.

    Raises:
        ValueError: As ``difference_jacobian``; also if f returns more than one number.

    >>> difference_hessian(lambda x: x[0] ** 2 * x[1], [1.0, 3.0]).round(5)
    array([[6., 2.],
           [2., 0.]])
    """
    x, h = _place(x, step, 1 / 4)
    single = _single(f)
    return difference_jacobian(lambda p: difference_jacobian(single, p, step=h), x, step=h)


def difference_laplacian(f: Callable, x: Any, *, step: float | None = None) -> float:
    """The sum of the second derivatives of f at x along all axes, in 2n + 1 runs of f.

    Along each axis it is the sum of both neighbours minus twice the middle, divided by h².

    Args:
        f: A function of one array of floats that returns a single number.
        x: Where to differentiate; a number or an array of any shape.
        step: As in ``difference_hessian``.

    Raises:
        ValueError: As ``difference_hessian``.

    >>> round(difference_laplacian(lambda x: (x**2).sum(), [1.0, 2.0, 3.0]), 6)
    6.0
    """
    x, h = _place(x, step, 1 / 4)
    single = _single(f)
    middle, total = single(x), 0.0
    for ahead, behind, width in _moves(x, h):
        total += (single(ahead) - 2 * middle + single(behind)) / (width / 2) ** 2
    return float(total)


def _place(x: Any, step: float | None, power: float) -> tuple[np.ndarray, float]:
    """The place as an array of floats, and the step."""
    x = np.asarray(raw(x), dtype=float)
    if not np.isfinite(x).all():
        raise ValueError(f"x must be finite; got {x}")
    step = _EPS**power if step is None else step
    if not step > 0:
        raise ValueError(f"step must be positive; got {step}")
    return x, step


def _moves(x: np.ndarray, step: float) -> Iterator[tuple[np.ndarray, np.ndarray, float]]:
    """For each input: x with it moved ahead, x with it moved behind, and the way between."""
    for i in np.ndindex(x.shape):
        h = step * max(1.0, abs(x[i]))
        ahead, behind = x.copy(), x.copy()
        ahead[i] += h
        behind[i] -= h
        width = float(ahead[i] - behind[i])
        if not (ahead[i] > x[i] > behind[i]):
            raise ValueError(f"step must move x; got {step}, which is lost beside {x[i]}")
        yield ahead, behind, width


def _value(f: Callable, x: np.ndarray) -> np.ndarray:
    return np.array(raw(f(x)), dtype=float)  # a copy: f may reuse its array


def _single(f: Callable) -> Callable:
    """The function, with its value as one float."""

    def single(x: np.ndarray) -> float:
        value = _value(f, x)
        if value.size != 1:
            raise ValueError(f"f must return a single number; got shape {value.shape}")
        return float(value.reshape(()))

    return single
