r"""Factor analysis and probabilistic principal components: a few hidden causes, many readings.

.. math:: \mathbf x = \boldsymbol\mu + W \mathbf z + \boldsymbol\epsilon, \qquad
   \mathbf z \sim \mathcal N(0, I), \quad \boldsymbol\epsilon \sim \mathcal N(0, \Psi),

with a diagonal Psi. So x is normal with covariance W W^T + Psi, and the posterior of z is normal
with covariance M^-1 and mean M^-1 W^T Psi^-1 (x - mu), where M = I + W^T Psi^-1 W. Both steps of
expectation maximization need the data only through their mean and covariance, so a step costs the
same for a hundred examples and for a million. If all noise variances are equal, W is known in
closed form from the eigenvectors of the covariance.

Source: Rubin & Thayer, "EM algorithms for ML factor analysis", Psychometrika 47 (1982); Tipping &
Bishop, "Probabilistic principal component analysis", Journal of the Royal Statistical Society B 61
(1999), equations 7 and 8 (closed form). Ours differs: ``floor`` keeps each noise variance above a
part of the variance of its reading, where the likelihood may have no maximum.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from .._check import check_range, check_shape
from ._em import Fit

LOG_2PI = float(np.log(2 * np.pi))


@dataclass(frozen=True, eq=False)
class FactorModel:
    """x = mu + W z + noise, with standard normal z and independent noise.

    Args:
        mu: Mean of the readings.
        loadings: The matrix W: how each reading answers to each factor.
        noise: Variance of the noise of each reading.

    Shapes:
        mu (D,); loadings (D, K); noise (D,).

    Raises:
        ValueError: If a shape does not fit or a variance is not positive.

    >>> model = FactorModel([0.0, 0.0], [[1.0], [2.0]], [1.0, 1.0])
    >>> model.cov
    array([[2., 2.],
           [2., 5.]])
    >>> mean, cov = model.posterior([[3.0, 3.0]])
    >>> mean, cov.round(3)
    (array([[1.5]]), array([[0.167]]))
    """

    mu: Any
    loadings: Any
    noise: Any

    def __post_init__(self) -> None:
        for name in ("mu", "loadings", "noise"):
            object.__setattr__(self, name, np.array(getattr(self, name), dtype=float))
        dim = check_shape("loadings", self.loadings, "D", "K")["D"]
        check_shape("mu", self.mu, dim)
        check_shape("noise", self.noise, dim)
        if not np.all(self.noise > 0):
            raise ValueError(f"noise must be positive variances; got {self.noise}")

    @property
    def cov(self) -> np.ndarray:
        """The covariance of the readings, W W^T + Psi, of shape (D, D)."""
        return self.loadings @ self.loadings.T + np.diag(self.noise)

    def posterior(self, x: Any) -> tuple[np.ndarray, np.ndarray]:
        """Mean of z for each x, and the covariance, which is the same for all.

        Shapes:
            x (N, D); returns (N, K) and (K, K).
        """
        x = np.asarray(x, dtype=float)
        check_shape("x", x, "N", len(self.mu))
        gain, cov = _gain(self.loadings, self.noise)
        return (x - self.mu) @ gain.T, cov

    def log_prob(self, x: Any) -> np.ndarray:
        """The log density of each x, in nats. Shapes: x (N, D); returns (N,)."""
        x = np.asarray(x, dtype=float)
        check_shape("x", x, "N", len(self.mu))
        gain, cov = _gain(self.loadings, self.noise)
        apart = x - self.mu
        mean = apart @ gain.T
        # p(x) = p(x, z) / p(z | x) at any z; here at the mean of the posterior
        rest = ((apart - mean @ self.loadings.T) ** 2 / self.noise).sum(axis=1)
        logdet = np.log(self.noise).sum() - np.linalg.slogdet(cov)[1]
        return -0.5 * (rest + (mean**2).sum(axis=1) + logdet + len(self.mu) * LOG_2PI)

    def sample(self, n: int, *, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Draw factors, then readings. Returns the readings (n, D) and the factors (n, K)."""
        check_range("n", n, 0)
        dim, k = self.loadings.shape
        z = rng.standard_normal((n, k))
        eps = rng.standard_normal((n, dim)) * np.sqrt(self.noise)
        return self.mu + z @ self.loadings.T + eps, z


def fit_factors(
    x: Any,
    k: int,
    *,
    floor: float = 1e-6,
    tol: float = 1e-8,
    max_steps: int = 5000,
) -> Fit:
    """Fit K factors by expectation maximization, from the closed form for equal noise.

    Args:
        x: The readings.
        k: How many factors.
        floor: Least noise variance, as a part of the variance of the reading.
        tol: Stop when a step gains less, in nats an example.
        max_steps: Where to stop at the latest; with ``tol=0``, how many steps there are.

    Shapes:
        x (N, D), with 1 <= K < D.

    Raises:
        ValueError: If a shape or a number does not fit, or a reading does not vary.
    """
    x, mu, cov = _moments(x, k)
    check_range("floor", floor, 1e-12, 1)
    check_range("tol", tol, 0)
    check_range("max_steps", max_steps, 0)
    scale = np.sqrt(np.diagonal(cov))
    if not scale.all():
        raise ValueError(f"x must vary in every column; got variances {scale**2}")
    cov = cov / (scale[:, None] * scale)  # readings in units of their own deviation
    noise = np.full(len(mu), np.linalg.eigvalsh(cov)[: len(mu) - k].mean())
    noise = np.maximum(noise, floor)
    loadings = _principal(cov, k)[0]
    trace = [_level(cov, loadings, noise)]
    converged = False
    for _ in range(max_steps):
        gain, left = _gain(loadings, noise)
        across = cov @ gain.T  # mean of x z^T
        within = left + gain @ across  # mean of z z^T
        loadings = np.linalg.solve(within, across.T).T
        noise = np.maximum(np.diagonal(cov - loadings @ across.T), floor)
        trace.append(_level(cov, loadings, noise))
        if tol and trace[-1] - trace[-2] < tol:
            converged = True
            break
    trace = np.array(trace) - np.log(scale).sum()
    model = FactorModel(mu, loadings * scale[:, None], noise * scale**2)
    return Fit(model, float(trace[-1]), trace, trace[-1:], converged)


def fit_equal_noise(x: Any, k: int) -> FactorModel:
    """Probabilistic principal components, in closed form: all noise variances are equal.

    The noise variance is the mean of the D - K least eigenvalues of the covariance, and W holds
    the other eigenvectors, each times the root of its eigenvalue less the noise.

    Shapes:
        x (N, D), with 1 <= K < D.

    Raises:
        ValueError: If a shape does not fit, or the points lie in K dimensions without noise.

    >>> x = np.array([[-3.0, 1.0], [3.0, 1.0], [-3.0, -1.0], [3.0, -1.0]])
    >>> model = fit_equal_noise(x, 1)
    >>> np.abs(model.loadings.ravel()).round(3), model.noise
    (array([2.828, 0.   ]), array([1., 1.]))
    """
    _, mu, cov = _moments(x, k)
    loadings, noise = _principal(cov, k)
    if not noise > 0:
        raise ValueError(f"x must have noise outside {k} dimensions; got variance {noise}")
    return FactorModel(mu, loadings, np.full(len(mu), noise))


def _principal(cov: np.ndarray, k: int) -> tuple[np.ndarray, float]:
    values, vectors = np.linalg.eigh(cov)
    noise = values[:-k].mean()
    return vectors[:, -k:] * np.sqrt(np.maximum(values[-k:] - noise, 0)), float(noise)


def _gain(loadings: np.ndarray, noise: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """M^-1 W^T Psi^-1 (K, D), which turns x - mu into the mean of z, and M^-1 (K, K)."""
    scaled = loadings.T / noise
    cov = np.linalg.inv(np.eye(loadings.shape[1]) + scaled @ loadings)
    return cov @ scaled, cov


def _level(cov: np.ndarray, loadings: np.ndarray, noise: np.ndarray) -> float:
    """Mean log-likelihood of data with this covariance."""
    chol = np.linalg.cholesky(loadings @ loadings.T + np.diag(noise))
    half = np.linalg.solve(chol, cov)
    fit = np.trace(np.linalg.solve(chol, half.T))
    return float(-np.log(np.diagonal(chol)).sum() - 0.5 * (fit + len(noise) * LOG_2PI))


def _moments(x: Any, k: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    x = np.asarray(x, dtype=float)
    n, dim = check_shape("x", x, "N", "D").values()
    if n < 2 or not np.isfinite(x).all():
        raise ValueError(f"x must hold finite points, at least two; got shape {x.shape}")
    check_range("k", k, 1, dim - 1)
    mu = x.mean(axis=0)
    return x, mu, (x - mu).T @ (x - mu) / n
