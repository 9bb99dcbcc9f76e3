r"""Steepest descent: along the negative gradient, as far as a line search says.

Source: Cauchy 1847 (see ``sgd``). With an exact line search each direction is at right angles to
the one before: the search ends where the loss no longer falls along it, which is where the new
gradient has no part in its direction.
"""

from collections.abc import Callable

import numpy as np

from .._check import check_range, check_shape
from ..autodiff import grad as autodiff_grad
from ._path import Descent
from .line_search import line_search


def steepest_descent(
    f: Callable[[np.ndarray], float],
    phi: np.ndarray,
    *,
    grad: Callable[[np.ndarray], np.ndarray] | None = None,
    steps: int,
    tol: float = 1e-8,
) -> Descent:
    """Minimise f by line searches along its negative gradients.

    Args:
        f: The loss.
        phi: Where to start.
        grad: Its gradient; if it is left out, autodiff's of f.
        steps: The most steps to take.
        tol: The largest size of a gradient's element that counts as zero.

    Shapes:
        phi (D,); grad gives (D,).

    Raises:
        ValueError: If a shape is another, ``steps`` or ``tol`` is negative, or f falls for ever.
    """
    grad = grad or autodiff_grad(f)
    phi = np.array(phi, dtype=float)
    check_shape("phi", phi, "D")
    check_range("steps", steps, 0)
    check_range("tol", tol, 0)
    points, losses, step = [phi], [float(f(phi))], 1.0
    for _ in range(steps):
        g = np.asarray(grad(phi))
        check_shape("gradient", g, phi.size)
        if np.abs(g).max() <= tol:
            break
        found = line_search(lambda a, phi=phi, g=g: float(f(phi - a * g)), step)
        if found.x == 0:
            break
        step = found.x  # the next step is likely of this size
        phi = phi - step * g
        points.append(phi)
        losses.append(found.value)
    converged = bool(np.abs(grad(phi)).max() <= tol)
    return Descent(np.array(points), np.array(losses), converged)
