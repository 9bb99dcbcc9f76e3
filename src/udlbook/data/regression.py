r"""One curve with noise of known size, and a basis in which its errors have a closed form.

The curve is f(x) = exp(-2 x) sin(4 pi x) on [0, 1]; a target is y = f(x) + eps with
eps ~ N(0, sigma^2). So the least possible squared error is sigma^2, and it is known.

The basis is phi_0 = 1, phi_k(x) = sqrt(2) cos(pi k x). It is orthonormal on [0, 1], and on the N
midpoints x_n = (n + 1/2) / N the columns of the design matrix are orthogonal too:
Phi^T Phi = N I for K <= N. Least squares there needs no matrix inverse, and the variance of the
fit, averaged over [0, 1], is exactly sigma^2 K / N.

Source: ours. The orthogonality is that of the discrete cosine transform: Ahmed, Natarajan & Rao,
"Discrete cosine transform", IEEE Transactions on Computers C-23 (1974), pages 90 to 93.
"""

import numpy as np

from .._check import check_range, check_shape


def damped_wave(x: np.ndarray) -> np.ndarray:
    """The true curve, f(x) = exp(-2 x) sin(4 pi x). Shapes: any shape, kept.

    >>> damped_wave(np.array([0.0, 0.125])).round(4)
    array([0.    , 0.7788])
    """
    x = np.asarray(x, dtype=float)
    return np.exp(-2 * x) * np.sin(4 * np.pi * x)


def noisy_wave(
    x: np.ndarray, *, sigma: float, rng: np.random.Generator, sets: int | None = None
) -> np.ndarray:
    """Targets y = f(x) + eps, eps ~ N(0, sigma^2), for one training set or for many.

    Args:
        x: Where to measure.
        sigma: Standard deviation of the noise.
        rng: Draws the noise.
        sets: How many sets of targets to draw for the same inputs; ``None`` draws one.

    Shapes:
        x (N,); returns (N,), or (sets, N) if ``sets`` is given.

    Raises:
        ValueError: If x is not a vector, sigma is negative or ``sets`` is not positive.
    """
    check_shape("x", np.asarray(x), "N")
    check_range("sigma", sigma, 0)
    if sets is not None:
        check_range("sets", sets, 1)
    y = damped_wave(x)
    return y + sigma * rng.standard_normal(y.shape if sets is None else (sets, *y.shape))


def cosine_features(x: np.ndarray, k: int) -> np.ndarray:
    """The first k functions of the cosine basis: 1, sqrt(2) cos(pi x), sqrt(2) cos(2 pi x), ...

    Shapes:
        x (N,); returns (N, k).

    Raises:
        ValueError: If x is not a vector or k is not positive.

    >>> cosine_features(np.array([0.0, 1.0]), 2).round(3)
    array([[ 1.   ,  1.414],
           [ 1.   , -1.414]])
    """
    x = np.asarray(x, dtype=float)
    check_shape("x", x, "N")
    check_range("k", k, 1)
    phi = np.sqrt(2) * np.cos(np.pi * np.outer(x, np.arange(k)))
    phi[:, 0] = 1
    return phi
