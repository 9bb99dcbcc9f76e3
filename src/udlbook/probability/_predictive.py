r"""From data to the distribution of the next value.

There are two ways to predict. The plug-in way estimates the parameters and uses them as if they
were the truth. The Bayesian way averages the density over all parameters the data leave
possible, p(x | X) = integral of p(x | theta) p(theta | X). With a normal whose mean and precision
are unknown, that integral is a Student t: wider than the plug-in normal while data are few, and
equal to it in the limit.

Source: Bishop, "Pattern Recognition and Machine Learning", 2006, sections 1.2.5 (curve fitting)
and 2.3.6, 2.3.7 (normal-gamma, Student t).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from .._check import check_shape
from ._base import Distribution, Finite, Positive
from ._continuous import Normal, StudentT
from ._gamma import Gamma


@dataclass(frozen=True, eq=False)
class CurveFit:
    """A curve that is linear in its weights, and the size of the noise around it.

    Args:
        weights: One for each feature. sigma: The standard deviation of the noise.
    """

    weights: np.ndarray
    sigma: float

    def predictive(self, features: Any) -> Normal:
        """p(t | x): a bell along the curve.

        Shapes: features (N, K); the result holds N normals.
        """
        features = np.asarray(features, float)
        check_shape("features", features, "N", len(self.weights))
        return Normal(features @ self.weights, self.sigma)


def fit_curve(features: Any, t: Any) -> CurveFit:
    """Maximum likelihood for t = features @ weights + normal noise: least squares, and its noise.

    Args:
        features: Of each example its features, for instance the powers of x. t: The targets.

    Shapes: features (N, K); t (N,).

    Raises:
        ValueError: If the shapes do not fit, or the curve meets every target, so that the
            likelihood has no maximum.
    """
    features, t = np.asarray(features, float), np.asarray(t, float)
    sizes = check_shape("features", features, "N", "K")
    check_shape("t", t, sizes["N"])
    weights = np.linalg.lstsq(features, t, rcond=None)[0]
    sigma = np.sqrt(np.mean((t - features @ weights) ** 2))
    if sigma <= 1e-13 * np.abs(t).max(initial=0):
        raise ValueError(
            "fit_curve needs targets that scatter around the curve; "
            f"got {sizes['N']} targets all met by {sizes['K']} weights"
        )
    return CurveFit(weights, float(sigma))


def plug_in(x: Any) -> Normal:
    """The normal of maximum likelihood: mean and standard deviation (over N) of the data (N,)."""
    x = np.asarray(x, float)
    check_shape("x", x, "N")
    return Normal(x.mean(), x.std())


@dataclass(frozen=True, eq=False, repr=False)
class NormalGamma(Distribution):
    """What is known of a normal's mean and precision (1 / variance).

    The precision is Gamma(shape, rate); given it, the mean is normal around ``mu`` with
    ``kappa`` times that precision, as if ``kappa`` values with mean ``mu`` had been seen.

    >>> prior = NormalGamma(mu=0, kappa=1, shape=1, rate=1)
    >>> prior.posterior([1.0, 3.0])
    NormalGamma(mu=1.33333333, kappa=3., shape=2., rate=3.33333333)
    """

    mu: Finite = 0.0
    kappa: Positive = 1.0
    shape: Positive = 1.0
    rate: Positive = 1.0

    def log_prob(self, mu: Any, precision: Any) -> Any:
        """The joint log density of a mean and a precision; both broadcast."""
        precision = np.asarray(precision, float)
        positive = np.where(precision > 0, precision, 1)
        given = Normal(self.mu, 1 / np.sqrt(self.kappa * positive)).log_prob(mu)
        both = given + Gamma(self.shape, self.rate).log_prob(positive)
        return np.where(precision > 0, both, -np.inf)[()]

    def prob(self, mu: Any, precision: Any) -> Any:
        """The joint density of a mean and a precision; both broadcast."""
        return np.exp(self.log_prob(mu, precision))

    def posterior(self, x: Any) -> "NormalGamma":
        """What is known after seeing the values x (..., N).

        Axes in front of the last tell apart several data sets, each with its own result.
        """
        x = np.asarray(x, float)
        n = check_shape("x", x, "...", "N")["N"]
        if not n:
            return self
        mean = x.mean(-1)
        kappa, apart = self.kappa + n, mean - self.mu
        scatter = np.sum((x - mean[..., None]) ** 2, -1) + self.kappa * n / kappa * apart**2
        return NormalGamma(
            self.mu + n / kappa * apart, kappa, self.shape + n / 2, self.rate + scatter / 2
        )

    def predictive(self) -> StudentT:
        """The distribution of the next value, averaged over all means and precisions."""
        sigma = np.sqrt(self.rate * (self.kappa + 1) / (self.shape * self.kappa))
        return StudentT(2 * self.shape, self.mu, sigma)
