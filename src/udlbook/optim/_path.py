"""What a method for few parameters returns, and the loop that Newton's methods share."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from .._check import check_range, check_shape


class Descent(NamedTuple):
    """The points a method went through, the losses there, and whether it came to rest.

    Shapes:
        points (T + 1, D), from the start to the end; losses (T + 1,).
    """

    points: np.ndarray
    losses: np.ndarray
    converged: bool


def descend(
    f: Callable[[np.ndarray], float],
    model: Callable[[np.ndarray], tuple[np.ndarray, Callable[[float], np.ndarray]]],
    phi: np.ndarray,
    *,
    steps: int,
    tol: float,
    damping: float,
) -> Descent:
    """Step along directions that depend on a damping, which adapts to their success.

    Args:
        f: The loss.
        model: Maps phi to the gradient and to a function from a damping to the step.
        phi: Where to start.
        steps: The most steps to take.
        tol: The largest size of a gradient's element that counts as zero.
        damping: The first damping. It falls to a tenth after a step that lowers the loss; a step
            that does not is taken back, and the damping rises tenfold. 0 takes every full step.

    Source: Marquardt, "An algorithm for least-squares estimation of nonlinear parameters", SIAM
    Journal on Applied Mathematics 11(2), 1963, pages 437 and 438, with nu = 10. Ours differs: the
    damping is tried as it stands before it falls.
    """
    phi = np.array(phi, dtype=float)
    check_shape("phi", phi, "D")
    check_range("steps", steps, 0)
    check_range("tol", tol, 0)
    check_range("damping", damping, 0)
    points, losses = [phi], [float(f(phi))]
    for _ in range(steps):
        g, direction = model(phi)
        if np.abs(g).max() <= tol:
            break
        while True:
            new = phi + direction(damping)
            loss = float(f(new)) if np.isfinite(new).all() else np.inf
            rounding = 4 * np.finfo(float).eps * abs(losses[-1])
            if damping == 0 or loss <= losses[-1] + rounding:
                break
            damping *= 10
            if np.array_equal(new, phi) or damping > 1e100:  # no step is left that is not zero
                return Descent(np.array(points), np.array(losses), False)
        damping /= 10
        phi = new
        points.append(phi)
        losses.append(loss)
    converged = bool(np.abs(model(phi)[0]).max() <= tol)
    return Descent(np.array(points), np.array(losses), converged)
