r"""Normal distributions of vectors, mixtures, and the algebra that keeps normals normal.

Products, changes of variables, marginals and conditionals of normals are normal again, up to a
constant. A covariance is only ever used through its Cholesky factor L, cov = L L^T.

Source: Bishop, "Pattern Recognition and Machine Learning", 2006, sections 2.3.1 and 2.3.2
(conditionals, marginals); Prince, "Understanding Deep Learning", 2023, appendix C.3 (products,
change of variables). Ours differs: all constants are returned, as logarithms.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from .._check import check_shape
from ._base import Distribution, FiniteVector, PositiveVector, Shares, VectorDistribution
from ._continuous import Normal
from ._special import HALF_LOG_2PI


@dataclass(frozen=True, eq=False, repr=False)
class MultivariateNormal(VectorDistribution):
    """The normal distribution of a vector with mean ``mu`` (D,) and covariance ``cov`` (D, D).

    >>> MultivariateNormal([0, 0], [[1, 0], [0, 1]]).log_prob([[0, 0], [3, 4]])
    array([ -1.83787707, -14.33787707])
    """

    mu: Any
    cov: Any

    def __post_init__(self) -> None:
        for f in fields(self):
            object.__setattr__(self, f.name, np.array(getattr(self, f.name), float))
        dim = check_shape("mu", self.mu, "D")["D"]
        check_shape("cov", self.cov, dim, dim)
        crooked = np.abs(self.cov - self.cov.T).max() > 1e-10 * np.abs(self.cov).max()
        if crooked or not (np.isfinite(self.mu).all() and np.isfinite(self.cov).all()):
            raise ValueError(f"mu must be finite and cov symmetric; got {self.mu} and {self.cov}")
        try:
            cholesky = np.linalg.cholesky(self.cov)
        except np.linalg.LinAlgError:
            least = np.linalg.eigvalsh(self.cov)[0]
            raise ValueError(
                f"cov must be positive definite; got least eigenvalue {least}"
            ) from None
        object.__setattr__(self, "cholesky", cholesky)

    def _log_prob(self, x: np.ndarray) -> np.ndarray:
        white = np.linalg.solve(self.cholesky, (x - self.mu)[..., None])[..., 0]
        return -0.5 * (white * white).sum(-1) - 0.5 * self._log_det - self.dim * HALF_LOG_2PI

    @property
    def _log_det(self) -> float:
        return 2 * np.log(np.diagonal(self.cholesky)).sum()

    @property
    def mean(self) -> np.ndarray:
        """mu."""
        return self.mu

    @property
    def entropy(self) -> float:
        """log det(2 pi e cov) / 2."""
        return self.dim * (0.5 + HALF_LOG_2PI) + 0.5 * self._log_det


@dataclass(frozen=True, eq=False, repr=False)
class MixtureOfNormals(Distribution):
    """Normal ``k`` with probability ``weights[k]``. Shapes: all three (..., K)."""

    weights: Shares
    mu: FiniteVector
    sigma: PositiveVector

    def _log_prob(self, x: np.ndarray) -> np.ndarray:
        parts = Normal(self.mu, self.sigma).log_prob(x[..., None]) + np.log(self.weights)
        top = parts.max(-1, keepdims=True)
        top = np.where(np.isinf(top), 0, top)
        return np.log(np.exp(parts - top).sum(-1)) + top[..., 0]

    @property
    def mean(self) -> Any:
        """The weighted mean of the means."""
        return (self.weights * self.mu).sum(-1)

    @property
    def var(self) -> Any:
        """The mean of the variances plus the variance of the means."""
        apart = self.mu - np.asarray(self.mean)[..., None]
        return (self.weights * (self.sigma**2 + apart**2)).sum(-1)


# ------------------------------------------------------------------ what keeps normals normal


def product(
    p: Normal | MultivariateNormal, q: Normal | MultivariateNormal
) -> tuple[Normal | MultivariateNormal, Any]:
    """Multiply two normal densities of the same variable.

    p(x) q(x) = c r(x) with r normal: precisions add, and the mean is the mean of the two means
    weighted by precision. The constant is itself a normal density, c = N(p.mu; q.mu, both
    variances added).

    Returns:
        The normal r, and log c.
    """
    if isinstance(p, Normal) and isinstance(q, Normal):
        a, b = p.var, q.var
        share = a / (a + b)  # how far the mean moves from p towards q
        r = Normal(p.mu + share * (q.mu - p.mu), np.sqrt(share * b))
        return r, Normal(q.mu, np.sqrt(a + b)).log_prob(p.mu)
    if not (isinstance(p, MultivariateNormal) and isinstance(q, MultivariateNormal)):
        raise ValueError(
            "product needs two Normal or two MultivariateNormal; "
            f"got {type(p).__name__} and {type(q).__name__}"
        )
    check_shape("q.mu", q.mu, p.dim)
    both = MultivariateNormal(q.mu, p.cov + q.cov)
    share = np.linalg.solve(both.cov, p.cov).T
    r = MultivariateNormal(p.mu + share @ (q.mu - p.mu), _symmetric(share @ q.cov))
    return r, both.log_prob(p.mu)


def change_of_variables(x: Any, a: Any, b: Any, cov: Any) -> tuple[MultivariateNormal, float]:
    r"""Read N(x; A y + b, cov) as a function of y: an unnormalised normal in y.

    N(x; A y + b, cov) = c N(y; m, S) with S = (A^T cov^-1 A)^-1 and
    m = S A^T cov^-1 (x - b). For a square A the constant is ``c = 1 / |det A|``.

    Args:
        x: The point. a: The matrix A, of full column rank. b: The offset. cov: The covariance.

    Shapes: x, b (D,); a (D, E) with E <= D; cov (D, D); y (E,).

    Returns:
        The normal in y, and log c.

    Raises:
        ValueError: If the shapes do not fit or the columns of A are not independent.
    """
    x, a, b = (np.asarray(v, float) for v in (x, a, b))
    sizes = check_shape("a", a, "D", "E")
    check_shape("x", x, sizes["D"])
    check_shape("b", b, sizes["D"])
    noise = MultivariateNormal(b, cov)
    check_shape("cov", noise.cov, sizes["D"], sizes["D"])
    white_a = np.linalg.solve(noise.cholesky, a)
    q, r = np.linalg.qr(white_a)
    if sizes["E"] > sizes["D"] or np.linalg.matrix_rank(white_a) < sizes["E"]:
        raise ValueError(f"the columns of a must be independent; got a of shape {a.shape}: {a}")
    mean = np.linalg.solve(r, q.T @ np.linalg.solve(noise.cholesky, x - b))
    inverse = np.linalg.inv(r)
    normal = MultivariateNormal(mean, _symmetric(inverse @ inverse.T))
    return normal, noise.log_prob(x - a @ mean) - normal.log_prob(mean)


def marginal(joint: MultivariateNormal, keep: Sequence[int]) -> MultivariateNormal:
    """The distribution of some components of a joint normal, whatever the others are.

    Args:
        joint: The joint normal. keep: Which components, in the order wanted.
    """
    keep = _indices("keep", keep, joint.dim)
    return MultivariateNormal(joint.mu[keep], joint.cov[np.ix_(keep, keep)])


def conditional(joint: MultivariateNormal, given: Sequence[int], value: Any) -> MultivariateNormal:
    """The distribution of the other components of a joint normal, once some are known.

    Args:
        joint: The joint normal. given: Which components are known. value: Their values.

    Shapes: given (K,); value (K,); the result has the D - K others, in their order.
    """
    given = _indices("given", given, joint.dim)
    value = np.asarray(value, float)
    check_shape("value", value, len(given))
    rest = np.setdiff1d(np.arange(joint.dim), given)
    if not len(rest):
        raise ValueError(f"given must leave a component over; got all {joint.dim}")
    known = marginal(joint, given)
    half = np.linalg.solve(known.cholesky, joint.cov[np.ix_(given, rest)])
    mean = joint.mu[rest] + half.T @ np.linalg.solve(known.cholesky, value - known.mu)
    return MultivariateNormal(mean, _symmetric(joint.cov[np.ix_(rest, rest)] - half.T @ half))


def _symmetric(a: np.ndarray) -> np.ndarray:
    return 0.5 * (a + a.T)


def _indices(name: str, chosen: Sequence[int], dim: int) -> np.ndarray:
    indices = np.asarray(chosen)
    good = indices.ndim == 1 and indices.dtype.kind in "iu" and indices.size
    if not good or np.any((indices < 0) | (indices >= dim)) or len(set(chosen)) < len(indices):
        raise ValueError(f"{name} must be different numbers from 0 to {dim - 1}; got {chosen}")
    return indices
