"""Distributions over counts and classes.

Where counts are large, their log mass is a small difference of large numbers; it is computed from
``deviance`` and ``stirling_remainder`` (Loader 2000), which keep the digits.

Source: Bishop, "Pattern Recognition and Machine Learning", 2006, chapter 2 and appendix B.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ._base import Count, Distribution, NotNegative, Share, Shares, VectorDistribution
from ._special import HALF_LOG_2PI, deviance, stirling_remainder, xlog1py, xlogy


def _whole(x: np.ndarray) -> np.ndarray:
    return x == np.floor(x)


@dataclass(frozen=True, eq=False, repr=False)
class Bernoulli(Distribution):
    """1 with probability ``p``, else 0.

    >>> Bernoulli(0.25).prob([0, 1])
    array([0.75, 0.25])
    """

    p: Share

    def _inside(self, x: np.ndarray) -> np.ndarray:
        return (x == 0) | (x == 1)

    def _log_prob(self, x: np.ndarray) -> np.ndarray:
        return xlogy(x, self.p) + xlog1py(1 - x, -self.p)

    @property
    def mean(self) -> Any:
        """p."""
        return self.p

    @property
    def var(self) -> Any:
        """p (1 - p)."""
        return self.p * (1 - self.p)

    @property
    def entropy(self) -> Any:
        """-p log p - (1 - p) log(1 - p)."""
        return -xlogy(self.p, self.p) - xlog1py(1 - self.p, -self.p)


@dataclass(frozen=True, eq=False, repr=False)
class Binomial(Distribution):
    """The number of ones in ``n`` independent draws, each one with probability ``p``."""

    n: Count
    p: Share

    def _inside(self, x: np.ndarray) -> np.ndarray:
        return (x >= 0) & (x <= self.n) & _whole(x)

    def _log_prob(self, x: np.ndarray) -> np.ndarray:
        ones, zeros = x, self.n - x
        middle = (
            _log_count(self.n) - _log_count(ones) - _log_count(zeros)
            - deviance(ones, self.n * self.p) - deviance(zeros, self.n * (1 - self.p))
        )  # fmt: skip
        end = xlogy(ones, self.p) + xlog1py(zeros, -self.p)
        return np.where((ones == 0) | (zeros == 0), end, middle)

    @property
    def mean(self) -> Any:
        """n p."""
        return self.n * self.p

    @property
    def var(self) -> Any:
        """n p (1 - p)."""
        return self.n * self.p * (1 - self.p)


def _log_count(n: np.ndarray) -> np.ndarray:
    """log n! - (n log n - n), for n >= 0: small, and 0 for n = 0."""
    safe = np.maximum(n, 1)
    full = HALF_LOG_2PI + 0.5 * np.log(safe) + stirling_remainder(safe)
    return np.where(n == 0, 0.0, full)


@dataclass(frozen=True, eq=False, repr=False)
class Categorical(Distribution):
    """Class k with probability ``p[k]``; classes count from 0. ``p`` (..., K) sums to 1."""

    p: Shares

    def _inside(self, x: np.ndarray) -> np.ndarray:
        return (x >= 0) & (x < self.p.shape[-1]) & _whole(x)

    def _log_prob(self, x: np.ndarray) -> np.ndarray:
        shape = np.broadcast_shapes(x.shape, self.p.shape[:-1])
        k = np.clip(np.nan_to_num(x), 0, self.p.shape[-1] - 1).astype(int)
        p = np.broadcast_to(self.p, (*shape, self.p.shape[-1]))
        picked = np.take_along_axis(p, np.broadcast_to(k, shape)[..., None], -1)[..., 0]
        return np.where(np.isnan(x), np.nan, np.log(picked))

    @property
    def mean(self) -> np.ndarray:
        """The mean of the one-hot vector of the class, p."""
        return self.p

    @property
    def cov(self) -> np.ndarray:
        """The covariance of the one-hot vector, diag(p) - p p^T, of shape (..., K, K)."""
        return _multinomial_cov(self.p)

    @property
    def entropy(self) -> Any:
        """-sum of p log p."""
        return -xlogy(self.p, self.p).sum(-1)


@dataclass(frozen=True, eq=False, repr=False)
class Multinomial(VectorDistribution):
    """How often each class came in ``n`` independent draws with probabilities ``p`` (..., K)."""

    n: Count
    p: Shares

    def _inside(self, x: np.ndarray) -> np.ndarray:
        return np.all((x >= 0) & _whole(x), -1) & (x.sum(-1) == self.n)

    def _log_prob(self, x: np.ndarray) -> np.ndarray:
        n = np.asarray(self.n)[..., None]
        parts = _log_count(x) + deviance(x, n * self.p)
        return _log_count(self.n) - parts.sum(-1)

    @property
    def mean(self) -> np.ndarray:
        """n p."""
        return np.asarray(self.n)[..., None] * self.p

    @property
    def cov(self) -> np.ndarray:
        """n (diag(p) - p p^T), of shape (..., K, K)."""
        return np.asarray(self.n)[..., None, None] * _multinomial_cov(self.p)


def _multinomial_cov(p: np.ndarray) -> np.ndarray:
    return p[..., None] * (np.eye(p.shape[-1]) - p[..., None, :])


@dataclass(frozen=True, eq=False, repr=False)
class Poisson(Distribution):
    """The number of events when ``rate`` are expected."""

    rate: NotNegative

    def _inside(self, x: np.ndarray) -> np.ndarray:
        return (x >= 0) & _whole(x) & np.isfinite(x)

    def _log_prob(self, x: np.ndarray) -> np.ndarray:
        return -_log_count(x) - deviance(x, self.rate)

    @property
    def mean(self) -> Any:
        """The rate."""
        return self.rate

    @property
    def var(self) -> Any:
        """The rate."""
        return self.rate
