r"""Two models with two parameters, whose loss is a surface that one can draw, and their data.

Both are a fixed function of a straight line, f(x, phi) = h(phi_0 + c phi_1 x). The line model has
h(u) = u and c = 1; its loss is a bowl. The Gabor model has h(u) = sin(u) exp(-u^2 / 32) and
c = 0.06; its loss has several minima and saddles. The loss is the mean squared error. With the
slope s = (1, c x) of u, its derivatives by hand are

.. math:: \nabla L = \frac{2}{N} \sum_n (f_n - y_n)\, h'_n\, \mathbf s_n, \qquad
   \mathbf H = \frac{2}{N} \sum_n \bigl(h_n'^2 + (f_n - y_n)\, h''_n\bigr)\,
   \mathbf s_n \mathbf s_n^\top

Source: the models are those of Prince, "Understanding Deep Learning", 2023, equations 6.4 and
6.8. Ours differs: the loss is a mean, not a sum, and the data are our own. They were drawn once,
rounded and written down: inputs to two digits, targets to three. ``rng.uniform`` drew all inputs,
then ``rng.standard_normal`` all noise:

======  ===  ==============  ============  =====  =======================
model   N    inputs          phi           sigma  rng
======  ===  ==============  ============  =====  =======================
line    12   U(0, 2)         (0.6, 0.8)    0.15   ``default_rng(6)``
Gabor   30   U(-15, 15)      (-0.8, 13.0)  0.1    ``default_rng(8)``
======  ===  ==============  ============  =====  =======================
"""

import numpy as np

from .._check import check_shape

# fmt: off
_LINE = (
    [1.08, 0.69, 0.74, 0.75, 1.97, 1.27, 1.35, 0.66, 1.36, 0.25, 0.1, 1.7],
    [1.491, 0.991, 1.065, 1.257, 2.089, 1.807, 1.874, 1.398, 1.684, 1.008, 0.544, 1.838],
)
_GABOR = (
    [-5.19, 14.62, -5.44, 8.66, 11.1, -3.27, -1.86, -3.82, -11.79, -0.63, -7.76, -7.29, -9.46,
     -9.18, 9.41, -2.31, -7.32, 2.73, 3.13, 4.41, 12.34, -10.49, -3.86, -6.46, -14.5, -9.55, -3.16,
     -3.2, 3.5, -1.43],
    [0.389, -0.252, 0.419, 0.039, 0.093, 0.301, -0.508, 0.295, -0.223, -1.036, -0.006, -0.136,
     -0.268, -0.271, 0.067, -0.419, 0.027, 1.018, 0.824, 0.371, -0.064, -0.027, 0.279, 0.028,
     0.217, -0.107, 0.152, 0.363, 0.912, -0.851],
)
# fmt: on


def line_points() -> tuple[np.ndarray, np.ndarray]:
    """The 12 training points of the line model. Shapes: x (12,), y (12,)."""
    x, y = np.array(_LINE)
    return x, y


def gabor_points() -> tuple[np.ndarray, np.ndarray]:
    """The 30 training points of the Gabor model. Shapes: x (30,), y (30,)."""
    x, y = np.array(_GABOR)
    return x, y


class LineModel:
    """f(x, phi) = phi_0 + phi_1 x, with data: its mean squared error as a function of phi.

    Args:
        x: Inputs.
        y: Targets.

    Shapes:
        x (N,); y (N,); phi (..., 2), so that a whole grid can be evaluated in one call.

    Raises:
        ValueError: If x or y has another shape; methods, if phi has.

    >>> model = LineModel([0, 1], [1, 3])
    >>> float(model.loss([0, 2])), model.gradient([0, 2])
    (1.0, array([-2., -1.]))
    """

    scale = 1.0

    def __init__(self, x: np.ndarray, y: np.ndarray) -> None:
        self.x, self.y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
        n = check_shape("x", self.x, "N")["N"]
        check_shape("y", self.y, n)

    @classmethod
    def predict(cls, x: np.ndarray, phi: np.ndarray) -> np.ndarray:
        """f(x, phi). Shapes: x (N,), phi (..., 2); returns (..., N)."""
        return cls._h(cls._u(x, phi))[0]

    def residual(self, phi: np.ndarray) -> np.ndarray:
        """Prediction minus target. Shapes: phi (..., 2); returns (..., N)."""
        return self.predict(self.x, phi) - self.y

    def jacobian(self, phi: np.ndarray) -> np.ndarray:
        """Derivatives of the residuals. Shapes: phi (..., 2); returns (..., N, 2)."""
        return self._h(self._u(self.x, phi))[1][..., None] * self._slope()

    def loss(self, phi: np.ndarray) -> np.ndarray:
        """Mean squared error. Shapes: phi (..., 2); returns (...)."""
        return (self.residual(phi) ** 2).mean(-1)

    def gradient(self, phi: np.ndarray) -> np.ndarray:
        """First derivatives of the loss. Shapes: phi (..., 2); returns (..., 2)."""
        f, h1, _ = self._h(self._u(self.x, phi))
        return 2 * ((f - self.y) * h1) @ self._slope() / len(self.x)

    def hessian(self, phi: np.ndarray) -> np.ndarray:
        """Second derivatives of the loss. Shapes: phi (..., 2); returns (..., 2, 2)."""
        f, h1, h2 = self._h(self._u(self.x, phi))
        s = self._slope()
        weight = h1**2 + (f - self.y) * h2
        return 2 * np.einsum("...n,ni,nj->...ij", weight, s, s) / len(self.x)

    @classmethod
    def _u(cls, x: np.ndarray, phi: np.ndarray) -> np.ndarray:
        x, phi = np.asarray(x, dtype=float), np.asarray(phi, dtype=float)
        check_shape("x", x, "N")
        check_shape("phi", phi, "...", 2)
        return phi[..., :1] + cls.scale * phi[..., 1:] * x

    def _slope(self) -> np.ndarray:
        """The derivatives of u by phi. Shapes: (N, 2)."""
        return np.stack([np.ones_like(self.x), self.scale * self.x], axis=1)

    @staticmethod
    def _h(u: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """h, its first and its second derivative."""
        return u, np.ones_like(u), np.zeros_like(u)


class GaborModel(LineModel):
    """f(x, phi) = sin(u) exp(-u^2 / 32), u = phi_0 + 0.06 phi_1 x; else as ``LineModel``."""

    scale = 0.06

    @staticmethod
    def _h(u: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        sin, cos, bell = np.sin(u), np.cos(u), np.exp(-(u**2) / 32)
        first = bell * (cos - u / 16 * sin)
        second = bell * ((u**2 / 256 - 17 / 16) * sin - u / 8 * cos)
        return bell * sin, first, second
