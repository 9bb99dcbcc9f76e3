r"""A hidden place on a curve: a latent variable model small enough to compute everything.

A number z is drawn from a standard normal, a curve f takes it into the plane, and noise is added:

.. math:: \mathbf x = f(z) + \boldsymbol\epsilon, \qquad
   p(\mathbf x) = \int \mathcal N(\mathbf x;\, f(z), \sigma^2 I)\,
   \mathcal N(z; 0, 1)\, \mathrm dz .

The marginal is a mixture of infinitely many round normals, one at each place of the curve. With
one hidden dimension the integral is a sum over a fine grid; with many it is not, and importance
sampling takes its place: draw z from a proposal q, and average p(x, z) / q(z).

====================  =========================================================================
``CurvedLatent``      prior, likelihood, marginal, posterior and samples of such a model
``spiral``            the curve of the chapter
``log_mean_exp``      the logarithm of an average whose terms are given as logarithms
``importance``        a marginal from samples, with its error and the number of useful samples
``LinearLatent``      x = s z + noise in any number of dimensions, where all is known exactly
====================  =========================================================================

Source: Prince, "Understanding Deep Learning", 2023, section 17.1 and 17.2 (a nonlinear latent
variable model); Owen, "Monte Carlo theory, methods and examples", 2013, chapter 9 (importance
sampling, effective sample size). Ours differs: another curve; the marginal is summed on a grid.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._check import check_range, check_shape

LOG_2PI = float(np.log(2 * np.pi))


def spiral(z: Any) -> np.ndarray:
    """A curve that winds around itself, so that far values of z may come near each other.

    Shapes:
        z (...); returns (..., 2).
    """
    z = np.asarray(z, dtype=float)
    radius, angle = 1.1 + 0.35 * z, 1.9 * z
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=-1)


@dataclass(frozen=True, eq=False)
class CurvedLatent:
    """x = f(z) + sigma * noise with a standard normal number z.

    Args:
        curve: The function f, from (...) to (..., D).
        sigma: Standard deviation of the noise.
        reach: The grid runs from -reach to reach; beyond, the prior is neglected.
        size: How many points the grid has.

    Raises:
        ValueError: If sigma or reach is not positive, or the grid has fewer than two points.
    """

    curve: Callable[[np.ndarray], np.ndarray] = spiral
    sigma: float = 0.25
    reach: float = 6.0
    size: int = 2001

    def __post_init__(self) -> None:
        check_range("sigma", self.sigma, np.finfo(float).tiny)
        check_range("reach", self.reach, np.finfo(float).tiny)
        check_range("size", self.size, 2)

    @property
    def grid(self) -> np.ndarray:
        """The values of z at which integrals are summed, of shape (size,)."""
        return np.linspace(-self.reach, self.reach, self.size)

    def log_prior(self, z: Any) -> np.ndarray:
        """log p(z). Shapes: z (...); returns (...)."""
        return -0.5 * (np.asarray(z, dtype=float) ** 2 + LOG_2PI)

    def log_likelihood(self, x: Any, z: Any) -> np.ndarray:
        """log p(x | z). Shapes: x (..., D), z (...), in front broadcast; returns (...)."""
        x, centre = np.asarray(x, dtype=float), self.curve(np.asarray(z, dtype=float))
        check_shape("x", x, "...", centre.shape[-1])
        square = (((x - centre) / self.sigma) ** 2).sum(axis=-1)
        return -0.5 * square - centre.shape[-1] * (0.5 * LOG_2PI + np.log(self.sigma))

    def log_joint(self, x: Any, z: Any) -> np.ndarray:
        """log p(x, z), the sum of both. Shapes: as ``log_likelihood``."""
        return self.log_prior(z) + self.log_likelihood(x, z)

    def log_marginal(self, x: Any) -> np.ndarray:
        """log p(x), summed over the grid. Shapes: x (..., D); returns (...)."""
        x = np.asarray(x, dtype=float)
        joint = self.log_joint(x[..., None, :], self.grid)
        return _log_sum_exp(joint) + np.log(self._step)

    def posterior(self, x: Any) -> np.ndarray:
        """The density p(z | x) at the places of the grid. Shapes: x (..., D); (..., size)."""
        x = np.asarray(x, dtype=float)
        joint = self.log_joint(x[..., None, :], self.grid)
        return np.exp(joint - _log_sum_exp(joint)[..., None] - np.log(self._step))

    def sample(self, n: int, *, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Ancestral samples: first z, then x. Returns x (n, D) and z (n,)."""
        check_range("n", n, 0)
        z = rng.standard_normal(n)
        place = self.curve(z)
        return place + self.sigma * rng.standard_normal(place.shape), z

    @property
    def _step(self) -> float:
        return 2 * self.reach / (self.size - 1)


@dataclass(frozen=True, eq=False)
class Estimate:
    """A marginal from samples.

    Attributes:
        log_value: Logarithm of the mean weight, an estimate of log p(x).
        relative_error: Standard error of the mean weight, divided by it.
        useful: Effective sample size, the squared sum of the weights over the sum of squares.
    """

    log_value: np.ndarray
    relative_error: np.ndarray
    useful: np.ndarray


def importance(log_joint: Any, log_proposal: Any) -> Estimate:
    """Estimate log p(x) from samples z of a proposal.

    The weights p(x, z) / q(z) have mean p(x) if q is positive wherever the posterior is. The
    estimate of p(x) is unbiased; its logarithm is too low on average.

    Args:
        log_joint: log p(x, z) at the samples.
        log_proposal: log q(z) at the samples.

    Shapes:
        both (..., S); returns three arrays (...).

    Raises:
        ValueError: If the shapes differ or there are fewer than two samples.

    >>> found = importance(np.log([0.2, 0.4]), np.log([1.0, 1.0]))
    >>> float(np.exp(found.log_value).round(3)), float(found.useful.round(3))
    (0.3, 1.8)
    """
    log_weight = np.asarray(log_joint, dtype=float) - np.asarray(log_proposal, dtype=float)
    check_shape("log_proposal", np.asarray(log_proposal), *np.shape(log_joint))
    size = check_shape("log_joint", log_weight, "...", "S")["S"]
    check_range("the number of samples", size, 2)
    log_value = log_mean_exp(log_weight)
    relative = np.exp(log_weight - log_value[..., None])  # with mean one
    error = relative.std(axis=-1, ddof=1) / np.sqrt(size)
    return Estimate(log_value, error, size / (relative**2).mean(axis=-1))


def log_mean_exp(values: Any) -> np.ndarray:
    """log of the mean of exp(values) along the last axis. Shapes: (..., S); returns (...).

    >>> float(log_mean_exp([-1000.0, -1000.0]))
    -1000.0
    """
    values = np.asarray(values, dtype=float)
    return _log_sum_exp(values) - np.log(values.shape[-1])


@dataclass(frozen=True)
class LinearLatent:
    """x = scale * z + sigma * noise, in ``dim`` dimensions each of which stands for itself.

    Everything is known: the marginal, the posterior, and how the weights of importance sampling
    scatter. So it shows what importance sampling does where the truth is not known.

    Args:
        dim: How many dimensions z and x have.
        scale: How strongly x answers to z.
        sigma: Standard deviation of the noise.

    Raises:
        ValueError: If a number is not positive.
    """

    dim: int
    scale: float = 1.0
    sigma: float = 0.5

    def __post_init__(self) -> None:
        check_range("dim", self.dim, 1)
        check_range("scale", self.scale, np.finfo(float).tiny)
        check_range("sigma", self.sigma, np.finfo(float).tiny)

    def log_marginal(self, x: Any) -> np.ndarray:
        """log p(x): a normal of variance scale^2 + sigma^2. Shapes: x (..., dim); (...)."""
        return _log_normal(x, 0.0, self.scale**2 + self.sigma**2, self.dim)

    def log_joint(self, x: Any, z: Any) -> np.ndarray:
        """log p(x, z). Shapes: x, z (..., dim); returns (...)."""
        z = np.asarray(z, dtype=float)
        prior = _log_normal(z, 0.0, 1.0, self.dim)
        return prior + _log_normal(x, self.scale * z, self.sigma**2, self.dim)

    def posterior(self, x: Any) -> tuple[np.ndarray, float]:
        """Mean and variance of p(z | x), the variance the same in each dimension."""
        total = self.scale**2 + self.sigma**2
        return self.scale * np.asarray(x, dtype=float) / total, self.sigma**2 / total

    def sample(self, n: int, *, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Draw z, then x. Returns x (n, dim) and z (n, dim)."""
        z = rng.standard_normal((n, self.dim))
        return self.scale * z + self.sigma * rng.standard_normal(z.shape), z

    def log_square_weight(self, x: Any) -> np.ndarray:
        r"""log of E[w^2] / E[w]^2 for weights w = p(x | z), with z drawn from the prior.

        The variance of w, divided by its squared mean, is this ratio less one. Since the square
        of a normal density is a normal density of half the variance, times a constant,

        .. math:: \frac{\mathbb E[w^2]}{\mathbb E[w]^2} = \prod_d
           \frac{\mathcal N(x_d; 0, s^2 + \sigma^2/2)}
           {2 \sqrt{\pi}\, \sigma\, \mathcal N(x_d; 0, s^2 + \sigma^2)^2} .

        Shapes:
            x (..., dim); returns (...).
        """
        half = _log_normal(x, 0.0, self.scale**2 + self.sigma**2 / 2, self.dim)
        constant = self.dim * np.log(2 * np.sqrt(np.pi) * self.sigma)
        return half - constant - 2 * self.log_marginal(x)


def _log_normal(x: Any, mu: Any, var: float, dim: int) -> np.ndarray:
    x = np.asarray(x, dtype=float)
    check_shape("x", x, "...", dim)
    return -0.5 * (((x - mu) ** 2 / var).sum(axis=-1) + dim * (LOG_2PI + np.log(var)))


def _log_sum_exp(values: np.ndarray) -> np.ndarray:
    top = values.max(axis=-1)
    top = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        return np.log(np.exp(values - top[..., None]).sum(axis=-1)) + top
