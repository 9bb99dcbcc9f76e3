"""Distributions over real numbers that are not made of gammas: normal and its relatives.

Source: Bishop, "Pattern Recognition and Machine Learning", 2006, chapter 2 and appendix B; Mardia
& Jupp, "Directional statistics", 2000, section 3.5.4 (von Mises). The entropy of Student's t is
that of Lazo & Rathie, IEEE Transactions on Information Theory 24(1), 1978.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ._base import Distribution, Finite, NotNegative, Positive, check_share
from ._special import (
    HALF_LOG_2PI,
    betaln,
    circular_variance,
    digamma_minus_log,
    erfc,
    i0e,
    ndtri,
    stirling_remainder,
)


@dataclass(frozen=True, eq=False, repr=False)
class Normal(Distribution):
    """The normal distribution with mean ``mu`` and standard deviation ``sigma``.

    >>> Normal().log_prob(0.0)
    np.float64(-0.9189385332046727)
    """

    mu: Finite = 0.0
    sigma: Positive = 1.0

    def _log_prob(self, x: np.ndarray) -> np.ndarray:
        return -0.5 * ((x - self.mu) / self.sigma) ** 2 - np.log(self.sigma) - HALF_LOG_2PI

    def cdf(self, x: Any) -> Any:
        """The probability of a value of at most x."""
        return 0.5 * erfc((self.mu - np.asarray(x, float)) / (self.sigma * np.sqrt(2)))

    def quantile(self, u: Any) -> Any:
        """The value that a share u lies below: the inverse of ``cdf``."""
        return self.mu + self.sigma * ndtri(check_share(u))

    @property
    def mean(self) -> Any:
        """mu."""
        return self.mu

    @property
    def var(self) -> Any:
        """sigma^2."""
        return self.sigma**2

    @property
    def entropy(self) -> Any:
        """log(2 pi e sigma^2) / 2."""
        return 0.5 + HALF_LOG_2PI + np.log(self.sigma)


@dataclass(frozen=True, eq=False, repr=False)
class Uniform(Distribution):
    """The same density everywhere from ``low`` to ``high``."""

    low: Finite = 0.0
    high: Finite = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not np.all(self.low < self.high):
            raise ValueError(f"low must be below high; got {self.low} and {self.high}")

    def _inside(self, x: np.ndarray) -> np.ndarray:
        return (x >= self.low) & (x <= self.high)

    def _log_prob(self, x: np.ndarray) -> np.ndarray:
        return 0 * x - self.entropy

    def cdf(self, x: Any) -> Any:
        """The probability of a value of at most x."""
        return np.clip((np.asarray(x, float) - self.low) / (self.high - self.low), 0, 1)

    def quantile(self, u: Any) -> Any:
        """The value that a share u lies below: the inverse of ``cdf``."""
        return self.low + (self.high - self.low) * check_share(u)

    @property
    def mean(self) -> Any:
        """The middle."""
        return self.low + 0.5 * (self.high - self.low)

    @property
    def var(self) -> Any:
        """(high - low)^2 / 12."""
        return (self.high - self.low) ** 2 / 12

    @property
    def entropy(self) -> Any:
        """log(high - low)."""
        return np.log(self.high - self.low)


@dataclass(frozen=True, eq=False, repr=False)
class Laplace(Distribution):
    """Two exponentials back to back at ``mu``, each with mean distance ``scale``."""

    mu: Finite = 0.0
    scale: Positive = 1.0

    def _log_prob(self, x: np.ndarray) -> np.ndarray:
        return -np.abs(x - self.mu) / self.scale - np.log(2) - np.log(self.scale)

    def cdf(self, x: Any) -> Any:
        """The probability of a value of at most x."""
        z = (np.asarray(x, float) - self.mu) / self.scale
        tail = 0.5 * np.exp(-np.abs(z))
        return np.where(z < 0, tail, 1 - tail)[()]

    def quantile(self, u: Any) -> Any:
        """The value that a share u lies below: the inverse of ``cdf``."""
        u = check_share(u)
        with np.errstate(divide="ignore"):
            return self.mu - np.sign(u - 0.5) * self.scale * np.log(2 * np.minimum(u, 1 - u))

    @property
    def mean(self) -> Any:
        """mu."""
        return self.mu

    @property
    def var(self) -> Any:
        """2 scale^2."""
        return 2 * self.scale**2

    @property
    def entropy(self) -> Any:
        """1 + log(2 scale)."""
        return 1 + np.log(2) + np.log(self.scale)


@dataclass(frozen=True, eq=False, repr=False)
class StudentT(Distribution):
    """Student's t with ``df`` degrees of freedom, moved to ``mu`` and stretched by ``sigma``."""

    df: Positive
    mu: Finite = 0.0
    sigma: Positive = 1.0

    def _log_prob(self, x: np.ndarray) -> np.ndarray:
        half = 0.5 * self.df
        # lgamma(half + 1/2) - lgamma(half) - log(half) / 2, without their cancellation
        gammas = half * np.log1p(0.5 / half) - 0.5
        gammas = gammas + stirling_remainder(half + 0.5) - stirling_remainder(half)
        z = np.abs((x - self.mu) / self.sigma) / np.sqrt(self.df)
        # beyond 1e8 the 1 in 1 + z^2 is lost anyway, and the square could overflow
        log1p_square = np.where(z < 1e8, np.log1p(z * z), 2 * np.log(z))
        return gammas - HALF_LOG_2PI - np.log(self.sigma) - (half + 0.5) * log1p_square

    @property
    def mean(self) -> Any:
        """mu; not defined (nan) up to 1 degree of freedom."""
        return np.where(self.df > 1, self.mu, np.nan)[()]

    @property
    def var(self) -> Any:
        """sigma^2 df / (df - 2); infinite up to 2 degrees of freedom, not defined up to 1."""
        spread = self.sigma**2 * self.df / np.where(self.df > 2, self.df - 2, 1)
        return np.where(self.df > 2, spread, np.where(self.df > 1, np.inf, np.nan))[()]

    @property
    def entropy(self) -> Any:
        """In closed form with digamma and the beta function."""
        half = 0.5 * self.df
        gap = digamma_minus_log(half + 0.5) - digamma_minus_log(half)
        spread = (half + 0.5) * (np.log1p(0.5 / half) + gap)  # digamma(half + 1/2) - digamma(half)
        return spread + 0.5 * np.log(self.df) + betaln(half, 0.5) + np.log(self.sigma)


@dataclass(frozen=True, eq=False, repr=False)
class VonMises(Distribution):
    """The normal of the circle: a direction near ``mu``, in radians, with concentration ``kappa``.

    The density is that of an angle on one turn of the circle; any angle may be given, and those
    a whole turn apart have the same density. With ``kappa`` 0 all directions are equal.
    """

    mu: Finite = 0.0
    kappa: NotNegative = 1.0

    def _inside(self, x: np.ndarray) -> np.ndarray:
        return np.isfinite(x)

    def _log_prob(self, x: np.ndarray) -> np.ndarray:
        return -2 * self.kappa * np.sin((x - self.mu) / 2) ** 2 - self._log_norm

    @property
    def _log_norm(self) -> Any:
        """log(2 pi I_0(kappa)) - kappa."""
        return 2 * HALF_LOG_2PI + np.log(i0e(self.kappa))

    @property
    def mean(self) -> Any:
        """The mean direction, mu."""
        return self.mu

    @property
    def var(self) -> Any:
        """The circular variance, 1 - I_1(kappa) / I_0(kappa), from 0 to 1."""
        return circular_variance(self.kappa)

    @property
    def entropy(self) -> Any:
        """log(2 pi I_0(kappa)) - kappa I_1(kappa) / I_0(kappa)."""
        return self._log_norm + self.kappa * circular_variance(self.kappa)
