"""The family of the gamma distribution: waiting times, precisions, shares.

All densities are sums of ``deviance`` and ``stirling_remainder``, so that a shape of 10^9 costs no
digits; only at the edges of the support are they computed from their plain formulas.

Source: Bishop, "Pattern Recognition and Machine Learning", 2006, section 2.3.6 and appendix B.
Ours differs: there is an inverse gamma with a scale, the distribution of 1 / x of a gamma.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ._base import (
    SUMS_TO_ONE,
    Distribution,
    Positive,
    PositiveVector,
    VectorDistribution,
    check_share,
)
from ._special import (
    HALF_LOG_2PI,
    betaln,
    deviance,
    digamma,
    digamma_minus_log,
    log_beta_function,
    log_gamma_kernel,
    stirling_remainder,
    xlog1py,
    xlogy,
)


@dataclass(frozen=True, eq=False, repr=False)
class Exponential(Distribution):
    """The time until the next event, when ``rate`` events are expected in a unit of time."""

    rate: Positive = 1.0

    def _inside(self, x: np.ndarray) -> np.ndarray:
        return x >= 0

    def _log_prob(self, x: np.ndarray) -> np.ndarray:
        return np.log(self.rate) - self.rate * x

    def cdf(self, x: Any) -> Any:
        """The probability of a value of at most x."""
        return -np.expm1(-self.rate * np.maximum(x, 0))

    def quantile(self, u: Any) -> Any:
        """The value that a share u lies below: the inverse of ``cdf``."""
        with np.errstate(divide="ignore"):
            return -np.log1p(-check_share(u)) / self.rate

    @property
    def mean(self) -> Any:
        """1 / rate."""
        return 1 / self.rate

    @property
    def var(self) -> Any:
        """1 / rate^2."""
        return self.rate**-2.0

    @property
    def entropy(self) -> Any:
        """1 - log(rate)."""
        return 1 - np.log(self.rate)


@dataclass(frozen=True, eq=False, repr=False)
class Gamma(Distribution):
    """The gamma distribution with ``shape`` (Bishop's a) and ``rate`` (his b)."""

    shape: Positive
    rate: Positive = 1.0

    def _inside(self, x: np.ndarray) -> np.ndarray:
        return x >= 0

    def _log_prob(self, x: np.ndarray) -> np.ndarray:
        at_0 = np.where(self.shape == 1, np.log(self.rate), -np.inf * (self.shape - 1))
        return np.where(x == 0, at_0, log_gamma_kernel(self.shape, self.rate * x) - np.log(x))

    @property
    def mean(self) -> Any:
        """shape / rate."""
        return self.shape / self.rate

    @property
    def var(self) -> Any:
        """shape / rate^2."""
        return self.shape / self.rate**2

    @property
    def entropy(self) -> Any:
        """shape - log(rate) + lgamma(shape) + (1 - shape) digamma(shape)."""
        return _gamma_entropy(self.shape) - np.log(self.rate)


def _gamma_entropy(a: np.ndarray) -> np.ndarray:
    """a + lgamma(a) + (1 - a) digamma(a); for large a from what remains after Stirling."""
    rest = (1 - a) * digamma_minus_log(a)
    return 0.5 * np.log(a) + HALF_LOG_2PI + stirling_remainder(a) + rest


@dataclass(frozen=True, eq=False, repr=False)
class InverseGamma(Distribution):
    """1 / x of a gamma variable with this ``shape`` and with ``scale`` as its rate."""

    shape: Positive
    scale: Positive = 1.0

    def _inside(self, x: np.ndarray) -> np.ndarray:
        return (x > 0) & np.isfinite(x)

    def _log_prob(self, x: np.ndarray) -> np.ndarray:
        return log_gamma_kernel(self.shape, self.scale / x) - np.log(x)

    @property
    def mean(self) -> Any:
        """scale / (shape - 1); infinite up to shape 1."""
        below = np.where(self.shape > 1, self.shape - 1, 1)
        return np.where(self.shape > 1, self.scale / below, np.inf)[()]

    @property
    def var(self) -> Any:
        """mean^2 / (shape - 2); infinite up to shape 2, not defined up to 1."""
        below = np.where(self.shape > 2, self.shape - 2, 1)
        finite = np.where(self.shape > 2, self.mean, 1) ** 2 / below
        return np.where(self.shape > 2, finite, np.where(self.shape > 1, np.inf, np.nan))[()]

    @property
    def entropy(self) -> Any:
        """shape + log(scale) + lgamma(shape) - (1 + shape) digamma(shape)."""
        a = self.shape
        return _gamma_entropy(a) - 2 * digamma(a) + np.log(self.scale)


@dataclass(frozen=True, eq=False, repr=False)
class ChiSquared(Distribution):
    """The sum of the squares of ``df`` standard normal variables."""

    df: Positive

    def _as_gamma(self) -> Gamma:
        return Gamma(self.df / 2, 0.5)

    def _inside(self, x: np.ndarray) -> np.ndarray:
        return x >= 0

    def _log_prob(self, x: np.ndarray) -> np.ndarray:
        return self._as_gamma()._log_prob(x)

    @property
    def mean(self) -> Any:
        """df."""
        return self.df

    @property
    def var(self) -> Any:
        """2 df."""
        return 2 * self.df

    @property
    def entropy(self) -> Any:
        """That of the gamma with shape df / 2 and rate 1 / 2."""
        return self._as_gamma().entropy


@dataclass(frozen=True, eq=False, repr=False)
class Beta(Distribution):
    """A share from 0 to 1: as if ``a`` - 1 ones and ``b`` - 1 zeros had been seen."""

    a: Positive
    b: Positive

    def _inside(self, x: np.ndarray) -> np.ndarray:
        return (x >= 0) & (x <= 1)

    def _log_prob(self, x: np.ndarray) -> np.ndarray:
        a, b, n = self.a, self.b, self.a + self.b
        # minus log B(a, b), by Stirling's formula and its remainders, inside the two deviances
        norm = 0.5 * (np.log(a) + np.log(b) - np.log(n)) - HALF_LOG_2PI
        norm = norm + stirling_remainder(n) - stirling_remainder(a) - stirling_remainder(b)
        distance = deviance(a, n * x) + deviance(b, n * (1 - x))
        at_edge = xlogy(a - 1, x) + xlog1py(b - 1, -x) - betaln(a, b)
        inner = norm - distance - np.log(x) - np.log1p(-x)
        return np.where((x == 0) | (x == 1), at_edge, inner)

    @property
    def mean(self) -> Any:
        """a / (a + b)."""
        return self.a / (self.a + self.b)

    @property
    def var(self) -> Any:
        """a b / ((a + b)^2 (a + b + 1))."""
        n = self.a + self.b
        return self.a / n * (self.b / n) / (n + 1)

    @property
    def entropy(self) -> Any:
        """log B(a, b) - (a - 1) psi(a) - (b - 1) psi(b) + (a + b - 2) psi(a + b)."""
        return _share_entropy(np.stack([self.a, self.b], -1))


@dataclass(frozen=True, eq=False, repr=False)
class Dirichlet(VectorDistribution):
    """Shares (..., K) that sum to 1, with pseudo-counts ``alpha`` (..., K).

    The density is with respect to the first K - 1 shares, as usual. A point counts as inside if
    its shares sum to 1 within 1e-9.
    """

    alpha: PositiveVector

    def _inside(self, x: np.ndarray) -> np.ndarray:
        return np.all(x >= 0, -1) & (np.abs(x.sum(-1) - 1) <= SUMS_TO_ONE)

    def _log_prob(self, x: np.ndarray) -> np.ndarray:
        n = self.alpha.sum(-1)
        kernels = log_gamma_kernel(self.alpha, n[..., None] * x) - np.log(x)
        inner = kernels.sum(-1) - log_gamma_kernel(n, n) + n * (x.sum(-1) - 1)
        at_edge = xlogy(self.alpha - 1, x).sum(-1) - log_beta_function(self.alpha)
        return np.where(np.any(x == 0, -1), at_edge, inner)

    @property
    def mean(self) -> np.ndarray:
        """alpha over its sum."""
        return self.alpha / self.alpha.sum(-1, keepdims=True)

    @property
    def cov(self) -> np.ndarray:
        """(diag(m) - m m^T) / (sum of alpha + 1), with the mean m; of shape (..., K, K)."""
        m = self.mean
        spread = m[..., None] * (np.eye(m.shape[-1]) - m[..., None, :])
        return spread / (self.alpha.sum(-1)[..., None, None] + 1)

    @property
    def entropy(self) -> Any:
        """log B(alpha) - sum of (alpha_k - 1) (psi(alpha_k) - psi(sum of alpha))."""
        return _share_entropy(self.alpha)


def _share_entropy(alpha: np.ndarray) -> np.ndarray:
    """The entropy of a Dirichlet, from what remains after Stirling. Shapes: (..., K) -> (...)."""
    n = alpha.sum(-1)
    gap = digamma_minus_log(alpha) - np.asarray(digamma_minus_log(n))[..., None]
    parts = 0.5 * np.log(alpha) + stirling_remainder(alpha) - (alpha - 1) * gap
    each = parts.sum(-1) + alpha.shape[-1] * (HALF_LOG_2PI - np.log(n))
    return each + 0.5 * np.log(n) - HALF_LOG_2PI - stirling_remainder(n)
