r"""Gauss-Newton and Levenberg-Marquardt: least squares with first derivatives only.

The loss is :math:`\frac12 \sum_n r_n(\phi)^2`. With the residuals replaced by straight lines, its
Hessian is J^T J, without second derivatives and never negative:

.. math:: \phi \leftarrow \phi - (\mathbf J^\top \mathbf J + \lambda \mathbf I)^{-1}
   \mathbf J^\top \mathbf r

Lambda = 0 is Gauss-Newton. It is Newton's method but for the term sum r_n Hessian(r_n), so it is
as fast where the residuals end at zero. Above 0 it is Levenberg's damping, adapted as Marquardt
proposed. The step is computed from the singular values of J, which does not square its condition
number as J^T J would; where J has not full rank, Gauss-Newton takes the shortest step.

Sources: Levenberg 1944 and Marquardt 1963 (see ``newton`` and ``_path``). Ours differs: the
parameters are not rescaled by the diagonal of J^T J, as Marquardt does.
"""

from collections.abc import Callable

import numpy as np

from .._check import check_shape
from ..autodiff import jacobian as autodiff_jacobian
from ._path import Descent, descend


def gauss_newton(
    residual: Callable[[np.ndarray], np.ndarray],
    phi: np.ndarray,
    *,
    jacobian: Callable[[np.ndarray], np.ndarray] | None = None,
    steps: int = 100,
    tol: float = 1e-10,
    damping: float = 0.0,
) -> Descent:
    """Minimise half the sum of squared residuals.

    Args:
        residual: Maps phi to the residuals, prediction minus target.
        phi: Where to start.
        jacobian: Their derivatives; if it is left out, autodiff's of ``residual``.
        steps: The most steps to take.
        tol: The largest size of a gradient's element that counts as zero.
        damping: The first damping, which adapts; 0 takes every step in full.

    Shapes:
        phi (D,); residual gives (N,), jacobian (N, D).

    Raises:
        ValueError: If a shape is another or an option is negative.
    """

    jacobian = jacobian or autodiff_jacobian(residual)

    def loss(phi: np.ndarray) -> float:
        r = np.asarray(residual(phi), dtype=float)
        return r @ r / 2

    def model(phi: np.ndarray) -> tuple[np.ndarray, Callable[[float], np.ndarray]]:
        r, J = np.asarray(residual(phi), dtype=float), np.asarray(jacobian(phi))
        check_shape("residual", r, "N")
        check_shape("Jacobian", J, r.size, phi.size)
        U, s, Vt = np.linalg.svd(J, full_matrices=False)
        keep = s > max(J.shape) * np.finfo(float).eps * s.max()
        U, s, Vt = U[:, keep], s[keep], Vt[keep]
        return J.T @ r, lambda damping: -Vt.T @ (s / (s**2 + damping) * (U.T @ r))

    return descend(loss, model, phi, steps=steps, tol=tol, damping=damping)
