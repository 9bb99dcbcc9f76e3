r"""Gradient flow: gradient descent with infinitely small steps, and integrators that follow it.

The flow of a loss L is the curve with d phi / dt = -grad L(phi). For a linear model X phi with the
loss

.. math:: L = \frac1N \lVert X \phi - \mathbf y \rVert^2
   + \lambda \lVert \phi - \mathbf m \rVert^2

it is known at all times. Let c_i be the eigenvalues of the Hessian and v_i its eigenvectors, the
*modes*. Along each mode the flow forgets its start at a rate of its own:

.. math:: v_i^\top \phi(t) = e^{-c_i t}\, v_i^\top \phi(0)
   + (1 - e^{-c_i t})\, v_i^\top \phi(\infty)

So phi(t) is linear in the start and in the targets, and a normal distribution of either stays
normal. Euler's method on the flow is gradient descent, and its step is the learning rate.

Source: Saxe, McClelland & Ganguli, arXiv:1312.6120, section 1, for the modes; Ali, Kolter &
Tibshirani, "A continuous-time view of early stopping for least squares regression", AISTATS 2019,
arXiv:1810.10082, section 2, for the flow; Hairer, Norsett & Wanner, "Solving Ordinary Differential
Equations I", Springer 1993, section II.1, for the integrators. Ours differs: the loss is a mean of
squares without the factor 1/2, so c_i = 2 s_i^2 / N + 2 lambda for singular values s_i of X; there
is a penalty with a centre; the matrix exponential is taken by the singular value decomposition of
X, so that no eigenvalue comes out below zero and nothing overflows, however long one waits.
"""

from collections.abc import Callable

import numpy as np

from .._check import check_range, check_shape


class LinearFlow:
    """The gradient flow of a linear model's mean squared error, in closed form.

    Args:
        X: Design matrix; its rank may be lower than either size.
        y: Targets.
        penalty: lambda, the strength of the pull towards ``centre``. With noise of variance
            sigma^2 and a prior of variance tau^2 it is sigma^2 / (N tau^2), and the flow ends at
            the most probable parameters (MAP). With 0 it ends at those of maximum likelihood.
        centre: m, the mean of the prior; ``None`` is zero.

    Attributes:
        curvatures: Eigenvalues of the Hessian, largest first: how fast each mode learns.
        modes: Their eigenvectors, one a column.

    Shapes:
        X (N, D); y (N,); centre (D,); curvatures (D,); modes (D, D). Times t may have any shape,
        written (T,) below, and may be infinite. Parameters phi are (D,), or (S, D) for many
        starts.

    Raises:
        ValueError: If a shape does not fit, a number is not finite, or the penalty or a time is
            negative.

    >>> flow = LinearFlow([[1.0, 0.0], [1.0, 1.0]], [1.0, 3.0])
    >>> flow.parameters([0, 0], [0, 1, np.inf]).round(3)
    array([[0.   , 0.   ],
           [1.304, 1.245],
           [1.   , 2.   ]])
    """

    def __init__(
        self,
        X: np.ndarray,
        y: np.ndarray,
        *,
        penalty: float = 0.0,
        centre: np.ndarray | None = None,
    ) -> None:
        self.X, self.y = np.asarray(X, dtype=float), np.asarray(y, dtype=float)
        sizes = check_shape("X", self.X, "N", "D")
        n, dim = sizes["N"], sizes["D"]
        check_shape("y", self.y, n)
        check_range("penalty", penalty, 0)
        self.penalty = float(penalty)
        self.centre = np.zeros(dim) if centre is None else np.asarray(centre, dtype=float)
        check_shape("centre", self.centre, dim)
        if n == 0 or dim == 0:
            raise ValueError(f"X must have rows and columns; got shape {self.X.shape}")
        for name, a in (("X", self.X), ("y", self.y), ("centre", self.centre)):
            if not np.isfinite(a).all():
                raise ValueError(f"{name} must be finite; got {a[~np.isfinite(a)][0]}")

        U, s, Vt = np.linalg.svd(self.X)  # full: U (N, N), Vt (D, D)
        s = np.where(s > max(n, dim) * np.finfo(float).eps * s.max(), s, 0.0)
        rank = len(s)
        self.modes = Vt.T
        self._pull = np.zeros((dim, n))  # from the targets to -grad L at 0, in modes
        self._pull[:rank] = 2 / n * s[:, None] * U[:, :rank].T
        self.curvatures = np.full(dim, 2 * self.penalty)
        self.curvatures[:rank] += 2 / n * s**2
        c = self.curvatures
        # From the targets to the end, in modes; directions without data stay where they are.
        self._solve = np.divide(
            self._pull, c[:, None], out=np.zeros((dim, n)), where=c[:, None] > 0
        )
        self._end = self._solve @ self.y + np.divide(
            2 * self.penalty * (Vt @ self.centre), c, out=np.zeros(dim), where=c > 0
        )

    def parameters(self, phi: np.ndarray, t: np.ndarray | float) -> np.ndarray:
        """phi(t), when phi(0) is ``phi``. Shapes: (T, D), or (T, S, D) for many starts.

        At t = inf it is the minimum. Where there are many, it is the one closest to the start.
        """
        phi = self._checked(phi)
        ct = self._exponents(t, phi.ndim)
        return (np.exp(-ct) * (phi @ self.modes) - np.expm1(-ct) * self._end) @ self.modes.T

    def prediction(self, X: np.ndarray, phi: np.ndarray, t: np.ndarray | float) -> np.ndarray:
        """X phi(t), for other inputs. Shapes: X (M, D); (T, M), or (T, S, M) for many starts."""
        X = np.asarray(X, dtype=float)
        check_shape("X", X, "M", self.X.shape[1])
        return self.parameters(phi, t) @ X.T

    def residual(self, phi: np.ndarray, t: np.ndarray | float) -> np.ndarray:
        """X phi(t) - y on the training data. Shapes: (T, N), or (T, S, N) for many starts."""
        return self.prediction(self.X, phi, t) - self.y

    def loss(self, phi: np.ndarray, t: np.ndarray | float) -> np.ndarray:
        """The loss that falls, with its penalty. Shapes: (T,), or (T, S) for many starts."""
        phi = self.parameters(phi, t)
        data = ((phi @ self.X.T - self.y) ** 2).mean(-1)
        return data + self.penalty * ((phi - self.centre) ** 2).sum(-1)

    def mode_losses(self, phi: np.ndarray, t: np.ndarray | float) -> np.ndarray:
        """What each mode adds to the loss above its minimum: c a^2 e^(-2 c t) / 2.

        Here a is how far the start is from the end along the mode. Their sum is L(t) - L(inf).
        Shapes: (T, D), or (T, S, D) for many starts.
        """
        phi = self._checked(phi)
        ct = self._exponents(t, phi.ndim)
        return self.curvatures / 2 * ((phi @ self.modes - self._end) * np.exp(-ct)) ** 2

    def parameter_distribution(
        self,
        t: np.ndarray | float,
        *,
        mean: np.ndarray,
        cov: np.ndarray,
        noise: float = 0.0,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Mean and covariance of phi(t), over random starts and over the noise of the targets.

        A start is drawn from N(mean, cov). The targets are ``y`` plus independent noise, as if
        the same inputs had been measured again. Both are normal, so phi(t) is.

        Args:
            t: Times.
            mean: Mean of the starts.
            cov: Covariance of the starts.
            noise: Standard deviation of the targets' noise.

        Shapes:
            mean (D,); cov (D, D); returns (T, D) and (T, D, D).

        Raises:
            ValueError: If a shape does not fit, ``cov`` is not symmetric with eigenvalues of at
                least 0, or ``noise`` is negative.
        """
        mean, cov = np.asarray(mean, dtype=float), np.asarray(cov, dtype=float)
        dim = self.X.shape[1]
        check_shape("mean", mean, dim)
        check_shape("cov", cov, dim, dim)
        check_range("noise", noise, 0)
        size = np.abs(cov).max()
        if np.abs(cov - cov.T).max() > 1e-10 * size:
            raise ValueError("cov must be symmetric; got a matrix that differs from its transpose")
        if np.linalg.eigvalsh(cov).min() < -1e-10 * size:
            raise ValueError(
                f"cov must have no eigenvalue below 0; got {np.linalg.eigvalsh(cov).min():.3g}"
            )
        ct = self._exponents(t, 1)
        kept, gained = np.exp(-ct), -np.expm1(-ct)
        in_modes = self.modes.T @ cov @ self.modes
        spread = kept[..., :, None] * in_modes * kept[..., None, :]
        # The rows of _solve are orthogonal: noise of the targets reaches the modes independently.
        noisy = (noise * gained) ** 2 * (self._solve**2).sum(1)
        spread = spread + noisy[..., None] * np.eye(dim)
        return self.parameters(mean, t), self.modes @ spread @ self.modes.T

    def prediction_distribution(
        self,
        X: np.ndarray,
        t: np.ndarray | float,
        *,
        mean: np.ndarray,
        cov: np.ndarray,
        noise: float = 0.0,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Mean and covariance of X phi(t); see ``parameter_distribution``.

        The noise of a new target is not part of it: for that, add its variance.

        Shapes:
            X (M, D); mean (D,); cov (D, D); returns (T, M) and (T, M, M).

        Raises:
            ValueError: As ``parameter_distribution`` does.
        """
        X = np.asarray(X, dtype=float)
        check_shape("X", X, "M", self.X.shape[1])
        mu, spread = self.parameter_distribution(t, mean=mean, cov=cov, noise=noise)
        return mu @ X.T, X @ spread @ X.T

    def _checked(self, phi: np.ndarray) -> np.ndarray:
        phi = np.asarray(phi, dtype=float)
        check_shape("phi", phi, "...", self.X.shape[1])
        return phi

    def _exponents(self, t: np.ndarray | float, ndim: int) -> np.ndarray:
        """c t, and 0 where c is 0, also at t = inf. Shapes: (T, 1, ..., D), ndim axes after T."""
        t = np.asarray(t, dtype=float)
        if not (t >= 0).all():
            raise ValueError(f"times must be at least 0; got {t[~(t >= 0)].flat[0]}")
        t = t.reshape(t.shape + (1,) * ndim)
        with np.errstate(invalid="ignore", over="ignore"):
            return np.where(self.curvatures > 0, t * self.curvatures, 0.0)


def euler(
    field: Callable[[np.ndarray], np.ndarray], phi: np.ndarray, *, step: float, n_steps: int
) -> np.ndarray:
    """Follow d phi / dt = field(phi) along its tangents: phi <- phi + step field(phi).

    With field = -grad L it is gradient descent with the learning rate ``step``. The error after a
    fixed time is proportional to the step (order 1). Along a mode of curvature c it diverges when
    the step is above 2 / c.

    Args:
        field: The direction of motion at a point.
        phi: Where to start.
        step: Length of a step, in time.
        n_steps: How many steps to take.

    Returns:
        All points, from the start to the end.

    Shapes:
        phi (...); field keeps the shape; returns (n_steps + 1, ...).

    Raises:
        ValueError: If the step is not positive and finite, ``n_steps`` is negative or the field
            gives another shape.

    >>> euler(lambda phi: -phi, np.array([1.0]), step=0.5, n_steps=2).ravel()
    array([1.  , 0.5 , 0.25])
    """
    return _integrate(field, phi, step, n_steps)


def rk4(
    field: Callable[[np.ndarray], np.ndarray], phi: np.ndarray, *, step: float, n_steps: int
) -> np.ndarray:
    """Follow d phi / dt = field(phi) by the classical method of Runge and Kutta.

    Each step looks at four slopes: at the start, twice half-way, and at the end. The error after
    a fixed time is proportional to the fourth power of the step (order 4). Along a mode of
    curvature c it diverges when the step is above 2.785 / c.

    Arguments, shapes and errors are those of ``euler``.

    >>> float(rk4(lambda phi: -phi, np.array([1.0]), step=0.5, n_steps=2)[-1, 0].round(4))
    0.3682
    """

    def slope(phi: np.ndarray) -> np.ndarray:
        k1 = field(phi)
        k2 = field(phi + step / 2 * k1)
        k3 = field(phi + step / 2 * k2)
        k4 = field(phi + step * k3)
        return (k1 + 2 * k2 + 2 * k3 + k4) / 6

    return _integrate(slope, phi, step, n_steps)


def _integrate(
    slope: Callable[[np.ndarray], np.ndarray], phi: np.ndarray, step: float, n_steps: int
) -> np.ndarray:
    if not 0 < step < np.inf:
        raise ValueError(f"step must be positive and finite; got {step}")
    check_range("n_steps", n_steps, 0)
    points = [np.array(phi, dtype=float)]
    for _ in range(n_steps):
        d = np.asarray(slope(points[-1]))
        check_shape("field(phi)", d, *points[0].shape)
        points.append(points[-1] + step * d)
    return np.array(points)
