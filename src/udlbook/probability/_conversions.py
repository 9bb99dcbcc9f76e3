"""How distributions turn into one another: the edges of their family tree, each a function.

The kind says in which sense:

- special case: a member of the source family is a member of the target family;
- limit: the source comes ever closer to the target as a parameter grows;
- sum: add independent draws (or, for classes, count them);
- function: compute something from independent draws;
- marginal, conditional: look at a part, or at a part when another is known;
- mixture: a parameter of the first is drawn from the second.

Source: Leemis & McQueston, "Univariate distribution relationships", The American Statistician
62(1), 2008. Ours differs: each relation is a function that computes the target's parameters.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ._base import Distribution
from ._continuous import Laplace, Normal, StudentT, Uniform
from ._discrete import Bernoulli, Binomial, Multinomial, Poisson
from ._gamma import Beta, ChiSquared, Dirichlet, Exponential, Gamma, InverseGamma
from ._normals import MixtureOfNormals, MultivariateNormal


@dataclass(frozen=True)
class Conversion:
    """One way from one distribution (or two) to another.

    Args:
        sources: The names of the source families. target: The name of the target family.
        kind: See the top of this module. statement: What is done, as words after "it is".
        apply: Takes the source distributions, then what else the statement names; gives the
            target. It raises a ValueError if the sources are not as the statement demands.
    """

    sources: tuple[str, ...]
    target: str
    kind: str
    statement: str
    apply: Callable[..., Distribution]


def _demand(holds: Any, wanted: str, *got: Distribution) -> None:
    if not np.all(holds):
        raise ValueError(f"this conversion needs {wanted}; got {', '.join(map(repr, got))}")


def _bernoulli_of_binomial(d):
    _demand(d.n == 1, "n = 1", d)
    return Bernoulli(d.p)


def _bernoulli_of_categorical(d):
    _demand(d.p.shape[-1] == 2, "two classes", d)
    return Bernoulli(d.p[..., 1])


def _exponential_of_gamma(d):
    _demand(d.shape == 1, "shape = 1", d)
    return Exponential(d.rate)


def _chi_squared_of_gamma(d):
    _demand(d.rate == 0.5, "rate = 1/2", d)
    return ChiSquared(2 * d.shape)


def _beta_of_gammas(x, y):
    _demand(x.rate == y.rate, "one rate", x, y)
    return Beta(x.shape, y.shape)


def _dirichlet_of_gammas(d):
    _demand(d.rate == np.mean(d.rate), "one rate", d)
    return Dirichlet(d.shape)


def _beta_of_dirichlet(d, k):
    return Beta(d.alpha[..., k], np.delete(d.alpha, k, -1).sum(-1))


def _uniform_of_beta(d):
    _demand((d.a == 1) & (d.b == 1), "a = b = 1", d)
    return Uniform(0, 1)


def _uniform_of_von_mises(d):
    _demand(d.kappa == 0, "kappa = 0", d)
    return Uniform(d.mu - np.pi, d.mu + np.pi)


def _from_uniform(family):
    def apply(d, *parameters):
        _demand((d.low == 0) & (d.high == 1), "a uniform from 0 to 1", d)
        return family(*parameters)

    return apply


def _beta_of_uniforms(d, k, n):
    _demand((d.low == 0) & (d.high == 1), "a uniform from 0 to 1", d)
    if not 1 <= k <= n:
        raise ValueError(f"k must be a place from 1 to n; got k={k} and n={n}")
    return Beta(k, n + 1 - k)


def _cauchy_of_normals(x, y):
    _demand((x.mu == 0) & (y.mu == 0), "mu = 0 in both", x, y)
    return StudentT(1, 0, x.sigma / y.sigma)


def _chi_squared_of_normals(d, k):
    _demand((d.mu == 0) & (d.sigma == 1), "mu = 0 and sigma = 1", d)
    return ChiSquared(k)


def _student_t_of_mixture(d, variance):
    return StudentT(2 * variance.shape, d.mu, np.sqrt(variance.scale / variance.shape))


def _multivariate_of_normals(d, a, b):
    _demand((d.mu == 0) & (d.sigma == 1), "mu = 0 and sigma = 1", d)
    a = np.asarray(a, float)
    return MultivariateNormal(b, a @ a.T)


def _laplace_of_exponentials(x, y):
    _demand(x.rate == y.rate, "one rate", x, y)
    return Laplace(0, 1 / x.rate)


def _moments_as_normal(d):
    return Normal(d.mean, np.sqrt(d.var))


def _row(sources: str, target: str, kind: str, statement: str, apply: Callable) -> Conversion:
    return Conversion(tuple(sources.split()), target, kind, statement, apply)


CONVERSIONS = (
    _row("Bernoulli", "Binomial", "sum", "the sum of n draws", lambda d, n: Binomial(n, d.p)),
    _row("Binomial", "Bernoulli", "special case", "n = 1", _bernoulli_of_binomial),
    _row("Categorical", "Bernoulli", "special case", "two classes", _bernoulli_of_categorical),
    _row("Categorical", "Multinomial", "sum", "the counts of the classes in n draws",
         lambda d, n: Multinomial(n, d.p)),
    _row("Multinomial", "Binomial", "marginal", "the count of class k",
         lambda d, k: Binomial(d.n, d.p[..., k])),
    _row("Binomial", "Poisson", "limit", "n grows, n p stays", lambda d: Poisson(d.n * d.p)),
    _row("Binomial", "Normal", "limit", "n grows, p stays", _moments_as_normal),
    _row("Poisson", "Normal", "limit", "the rate grows", _moments_as_normal),
    _row("Poisson Poisson", "Binomial", "conditional", "the first count, when both sum to n",
         lambda x, y, n: Binomial(n, x.rate / (x.rate + y.rate))),
    _row("Exponential", "Poisson", "function", "the number of events in a time t",
         lambda d, t: Poisson(d.rate * t)),
    _row("Exponential", "Gamma", "sum", "the sum of k draws", lambda d, k: Gamma(k, d.rate)),
    _row("Exponential Exponential", "Laplace", "function", "x - y, with one rate",
         _laplace_of_exponentials),
    _row("Laplace", "Exponential", "function", "|x - mu|", lambda d: Exponential(1 / d.scale)),
    _row("Gamma", "Exponential", "special case", "shape = 1", _exponential_of_gamma),
    _row("Gamma", "ChiSquared", "special case", "rate = 1/2", _chi_squared_of_gamma),
    _row("Gamma", "InverseGamma", "function", "1 / x",
         lambda d: InverseGamma(d.shape, d.rate)),
    _row("Gamma", "Normal", "limit", "the shape grows", _moments_as_normal),
    _row("Gamma Gamma", "Beta", "function", "x / (x + y), with one rate", _beta_of_gammas),
    _row("Gamma", "Dirichlet", "function", "several, divided by their sum, with one rate",
         _dirichlet_of_gammas),
    _row("Dirichlet", "Beta", "marginal", "share k", _beta_of_dirichlet),
    _row("Beta", "Uniform", "special case", "a = b = 1", _uniform_of_beta),
    _row("Uniform", "Beta", "function", "the k-th smallest of n draws", _beta_of_uniforms),
    _row("Uniform", "Exponential", "function", "its quantile at u", _from_uniform(Exponential)),
    _row("Uniform", "Laplace", "function", "its quantile at u", _from_uniform(Laplace)),
    _row("Uniform", "Normal", "function", "its quantile at u", _from_uniform(Normal)),
    _row("Normal", "ChiSquared", "sum", "the sum of the squares of k standard draws",
         _chi_squared_of_normals),
    _row("Normal", "MultivariateNormal", "function", "A z + b of standard draws z",
         _multivariate_of_normals),
    _row("Normal", "MixtureOfNormals", "mixture", "one of several, drawn with these weights",
         lambda d, weights: MixtureOfNormals(weights, d.mu, d.sigma)),
    _row("Normal InverseGamma", "StudentT", "mixture", "the variance drawn from the second",
         _student_t_of_mixture),
    _row("Normal Normal", "StudentT", "function", "x / y, both around 0: df = 1, a Cauchy",
         _cauchy_of_normals),
    _row("StudentT", "Normal", "limit", "df grows", lambda d: Normal(d.mu, d.sigma)),
    _row("MultivariateNormal", "Normal", "marginal", "component k",
         lambda d, k: Normal(d.mu[k], np.sqrt(d.cov[k, k]))),
    _row("VonMises", "Normal", "limit", "kappa grows",
         lambda d: Normal(d.mu, 1 / np.sqrt(d.kappa))),
    _row("VonMises", "Uniform", "special case", "kappa = 0", _uniform_of_von_mises),
)  # fmt: skip
