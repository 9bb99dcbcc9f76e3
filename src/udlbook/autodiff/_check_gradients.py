"""Do the gradients agree with what the function does when its arguments move?

Along a random direction v the slope is v . grad f, and also the central difference
(f(x + h v) - f(x - h v)) / 2h, up to a term of order h². One random direction sees an error in
any component, for the price of two evaluations; a few directions make sure.

Source: Baydin et al. 2018 (see ``_graph``), section 2.1, on the choice of h. Ours differs: a
second order check applies the same test to the gradient itself.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from .._check import check_choice
from ._graph import no_grad
from ._tensor import Tensor, raw
from ._transforms import vjp


def check_gradients(
    f: Callable,
    *args: Any,
    order: int = 1,
    step: float = 1e-5,
    rtol: float = 1e-5,
    atol: float = 1e-7,
    directions: int = 3,
    rng: np.random.Generator | None = None,
) -> None:
    """Compare the gradients of f with central differences along random directions.

    Args:
        f: A function of arrays that returns one Tensor of any shape.
        *args: Where to compare: float64 arrays, away from kinks.
        order: 2 compares the second derivatives too.
        step: How far to move.
        rtol: Allowed error, relative to the terms of the inner product v . grad f.
        atol: Allowed error, absolute.
        directions: How many random directions.
        rng: Where the directions come from; a fixed generator if left out.

    Raises:
        ValueError: If they disagree; the message gives both numbers. Also if an argument is not
            float64.

    >>> check_gradients(lambda x: x * x, np.array([1.0, 2.0]), order=2)
    """
    check_choice("order", order, (1, 2))
    args = tuple(np.asarray(raw(a)) for a in args)
    for i, a in enumerate(args):
        if a.dtype != np.float64:
            raise ValueError(f"check_gradients needs float64 arguments; got {a.dtype} at {i}")
    rng = np.random.default_rng(0) if rng is None else rng
    for _ in range(directions):
        _check_direction(f, args, step, rtol, atol, rng, 1)
        if order == 2:
            v = rng.standard_normal(np.shape(_value(f, args)))
            weights = [rng.standard_normal(a.shape) for a in args]

            def slope(*xs, v=v, weights=weights):
                shares = vjp(f, *(Tensor(x) if not isinstance(x, Tensor) else x for x in xs))[1](v)
                return sum((s * w).sum() for s, w in zip(shares, weights, strict=True))

            _check_direction(slope, args, step, rtol, atol, rng, 2)


def _check_direction(f, args, step, rtol, atol, rng, order) -> None:
    moves = [rng.standard_normal(a.shape) for a in args]
    value, pullback = vjp(f, *args)
    v = rng.standard_normal(np.shape(value))
    parts = [g * m for g, m in zip(pullback(v), moves, strict=True)]
    claimed = sum(np.sum(part) for part in parts)
    ahead, behind = (
        np.sum(v * _value(f, [a + s * m for a, m in zip(args, moves, strict=True)]))
        for s in (step, -step)
    )
    measured = (ahead - behind) / (2 * step)
    rounding = 1e-14 / step * np.sum(np.abs(v * value))
    size = sum(np.sum(np.abs(part)) for part in parts)
    if not abs(claimed - measured) <= atol + rtol * size + rounding:
        what = "slope" if order == 1 else "second derivative"
        raise ValueError(
            f"the {what} of {getattr(f, '__name__', f)} along a random direction must be "
            f"{measured:.10g} by central differences; got {claimed:.10g} from the pullbacks"
        )


def _value(f: Callable, args: Any) -> np.ndarray:
    with no_grad():
        return np.asarray(raw(f(*(Tensor(a) for a in args))))
