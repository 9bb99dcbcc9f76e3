r"""Newton's method: step to the stationary point of the local parabola.

.. math:: \phi \leftarrow \phi - \mathbf H^{-1} \mathbf g

Near a minimum the number of right digits doubles with every step. But the parabola's stationary
point is a minimum only where all eigenvalues of H are positive: plain Newton is drawn to saddles
and maxima just as well. There are two ways out, and they can be combined:

- damping, H + damping I: large enough, it makes all eigenvalues positive and turns the step
  towards the negative gradient. The damping adapts, so that all eigenvalues are positive and no
  step raises the loss.
- ``saddle_free``: abs(H) in place of H, with the absolute values of its eigenvalues. Along a
  direction of negative curvature the step then goes down, away from a saddle.

Exactly at a saddle the gradient is zero, and every such method stays: start beside it.

Sources: Levenberg, "A method for the solution of certain non-linear problems in least squares",
Quarterly of Applied Mathematics 2(2), 1944, for the damping; Dauphin et al., "Identifying and
attacking the saddle point problem in high-dimensional non-convex optimization", NeurIPS 2014,
arXiv:1406.2572, section 5, for abs(H). Ours differs: H and its eigenvalues are exact, which suits
small problems; the latter paper finds them in a Krylov subspace.
"""

from collections.abc import Callable

import numpy as np

from .._check import check_shape
from ..autodiff import grad as autodiff_grad
from ..autodiff import jacobian
from ._path import Descent, descend


def newton(
    f: Callable[[np.ndarray], float],
    phi: np.ndarray,
    *,
    grad: Callable[[np.ndarray], np.ndarray] | None = None,
    hessian: Callable[[np.ndarray], np.ndarray] | None = None,
    steps: int = 50,
    tol: float = 1e-10,
    damping: float = 0.0,
    saddle_free: bool = False,
) -> Descent:
    """Find a stationary point of f by Newton's method.

    Args:
        f: The loss.
        phi: Where to start.
        grad: Its gradient; if it is left out, autodiff's of f.
        hessian: Its second derivatives; given if ``grad`` is.
        steps: The most steps to take.
        tol: The largest size of a gradient's element that counts as zero.
        damping: The first damping, which adapts; 0 takes every step in full.
        saddle_free: Use the absolute values of the curvatures.

    Shapes:
        phi (D,); grad gives (D,), hessian (D, D).

    Raises:
        ValueError: If a shape is another, an option is negative, only one of ``grad`` and
            ``hessian`` is given, or the Hessian is singular and there is no damping.

    >>> A, b = np.array([[2.0, 1.0], [1.0, 3.0]]), np.array([1.0, 2.0])
    >>> f = lambda phi: phi @ A @ phi / 2 - b @ phi
    >>> newton(f, np.zeros(2)).points.round(3)
    array([[0. , 0. ],
           [0.2, 0.6]])
    """

    if (grad is None) != (hessian is None):
        raise ValueError("grad and hessian must be given both or neither; got one")
    if grad is None:
        grad = autodiff_grad(f)
        hessian = jacobian(grad)

    def model(phi: np.ndarray) -> tuple[np.ndarray, Callable[[float], np.ndarray]]:
        g, H = np.asarray(grad(phi)), np.asarray(hessian(phi))
        check_shape("gradient", g, phi.size)
        check_shape("Hessian", H, phi.size, phi.size)
        curvature, axes = np.linalg.eigh(H)
        if saddle_free:
            curvature = np.abs(curvature)

        def step(damping: float) -> np.ndarray:
            damped = curvature + damping
            size = damped if damping else np.abs(damped)
            if size.min() <= phi.size * np.finfo(float).eps * np.abs(curvature).max():
                if not damping:
                    raise ValueError(
                        "the Hessian must be invertible, or damping above 0; "
                        f"got curvatures {curvature}"
                    )
                return np.full_like(phi, np.nan)  # not downhill for sure: the damping must rise
            return -axes @ (axes.T @ g / damped)

        return g, step

    return descend(f, model, phi, steps=steps, tol=tol, damping=damping)
