r"""How far one distribution is from another: Kullback-Leibler divergences in closed form.

KL(p || q) is the mean under p of log p - log q: the nats lost by describing draws from p with
q's code. It is 0 if the two are equal, positive otherwise, and infinite if p can produce what q
rules out. Most closed forms contain r - 1 - log r for some ratio r, which is ``deviance(1, r)``.

Source: Bishop, "Pattern Recognition and Machine Learning", 2006, section 1.6.1; Penny,
"Kullback-Leibler divergences of normal, gamma, Dirichlet and Wishart densities", 2001. Ours
differs: the gamma family is written in what remains after Stirling's formula, as its densities.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from ._base import Distribution
from ._continuous import Laplace, Normal, Uniform, VonMises
from ._discrete import Bernoulli, Binomial, Categorical, Multinomial, Poisson
from ._gamma import Beta, ChiSquared, Dirichlet, Exponential, Gamma, InverseGamma
from ._normals import MultivariateNormal
from ._special import circular_variance, deviance, digamma_minus_log, i0e, stirling_remainder


def kl(p: Distribution, q: Distribution) -> Any:
    """The divergence KL(p || q) in nats, in closed form.

    Args:
        p: The distribution that draws.
        q: The one that describes, of the same family.

    Raises:
        ValueError: If the families differ or have no closed form, or (for counts) if the number
            of draws differs.

    >>> float(kl(Normal(0, 1), Normal(1, 1)))
    0.5
    """
    if type(p) is not type(q) or type(p) not in _CLOSED_FORMS:
        names = ", ".join(family.__name__ for family in _CLOSED_FORMS)
        got = f"{type(p).__name__} and {type(q).__name__}"
        raise ValueError(f"kl needs two distributions of one of the families {names}; got {got}")
    with np.errstate(all="ignore"):
        return _CLOSED_FORMS[type(p)](p, q)


def _normal(p: Normal, q: Normal) -> Any:
    distance = ((p.mu - q.mu) / q.sigma) ** 2
    return 0.5 * (deviance(1, (p.sigma / q.sigma) ** 2) + distance)


def _multivariate_normal(p: MultivariateNormal, q: MultivariateNormal) -> Any:
    if p.dim != q.dim:
        raise ValueError(f"kl needs vectors of one length; got {p.dim} and {q.dim}")
    half = np.linalg.solve(q.cholesky, p.cholesky)  # singular values: ratios of spreads
    ratios = np.linalg.svd(half, compute_uv=False) ** 2
    distance = np.linalg.solve(q.cholesky, p.mu - q.mu)
    return 0.5 * (deviance(1, ratios).sum() + distance @ distance)


def _uniform(p: Uniform, q: Uniform) -> Any:
    covered = (q.low <= p.low) & (p.high <= q.high)
    return np.where(covered, q.entropy - p.entropy, np.inf)[()]


def _laplace(p: Laplace, q: Laplace) -> Any:
    ratio, t = p.scale / q.scale, np.abs(p.mu - q.mu) / p.scale
    return deviance(1, ratio) + ratio * (np.expm1(-t) + t)


def _von_mises(p: VonMises, q: VonMises) -> Any:
    variance = circular_variance(p.kappa)
    turn = 2 * np.sin((p.mu - q.mu) / 2) ** 2
    norms = np.log(i0e(q.kappa)) - np.log(i0e(p.kappa))
    return norms + (q.kappa - p.kappa) * variance + (1 - variance) * q.kappa * turn


def _bernoulli(p: Bernoulli, q: Bernoulli) -> Any:
    return deviance(p.p, q.p) + deviance(1 - p.p, 1 - q.p)


def _categorical(p: Categorical, q: Categorical) -> Any:
    if p.p.shape[-1] != q.p.shape[-1]:
        raise ValueError(f"kl needs as many classes; got {p.p.shape[-1]} and {q.p.shape[-1]}")
    return deviance(p.p, q.p).sum(-1)


def _draws(p: Binomial | Multinomial, q: Binomial | Multinomial) -> Any:
    if np.any(p.n != q.n):
        raise ValueError(f"kl needs as many draws; got n={p.n} and n={q.n}")
    one = _bernoulli if isinstance(p, Binomial) else _categorical
    return p.n * one(p, q)


def _poisson(p: Poisson, q: Poisson) -> Any:
    return deviance(p.rate, q.rate)


def _exponential(p: Exponential, q: Exponential) -> Any:
    return deviance(1, q.rate / p.rate)


def _gammas(a: Any, c: Any, ratio: Any) -> Any:
    """Between gammas with shapes a and c; ratio is q's rate over p's."""
    stirling = 0.5 * np.log(a / c) + stirling_remainder(c) - stirling_remainder(a)
    return stirling + deviance(c, a * ratio) + (a - c) * digamma_minus_log(a)


def _shares(a: np.ndarray, c: np.ndarray) -> Any:
    """Between Dirichlets with pseudo-counts a and c. Shapes: (..., K) -> (...)."""
    if a.shape[-1] != c.shape[-1]:
        raise ValueError(f"kl needs as many shares; got {a.shape[-1]} and {c.shape[-1]}")
    n, m = a.sum(-1, keepdims=True), c.sum(-1, keepdims=True)
    gap = digamma_minus_log(a) - digamma_minus_log(n)
    stirling = 0.5 * np.log(a / c) + stirling_remainder(c) - stirling_remainder(a)
    each = (stirling + deviance(c, m * a / n) + (a - c) * gap).sum(-1)
    total = 0.5 * np.log(n / m) + stirling_remainder(m) - stirling_remainder(n)
    return each - total[..., 0]


_CLOSED_FORMS: dict[type, Callable[[Any, Any], Any]] = {
    Normal: _normal,
    MultivariateNormal: _multivariate_normal,
    Uniform: _uniform,
    Laplace: _laplace,
    VonMises: _von_mises,
    Bernoulli: _bernoulli,
    Binomial: _draws,
    Categorical: _categorical,
    Multinomial: _draws,
    Poisson: _poisson,
    Exponential: _exponential,
    Gamma: lambda p, q: _gammas(p.shape, q.shape, q.rate / p.rate),
    InverseGamma: lambda p, q: _gammas(p.shape, q.shape, q.scale / p.scale),
    ChiSquared: lambda p, q: _gammas(p.df / 2, q.df / 2, 1.0),
    Beta: lambda p, q: _shares(np.stack([p.a, p.b], -1), np.stack([q.a, q.b], -1)),
    Dirichlet: lambda p, q: _shares(p.alpha, q.alpha),
}
