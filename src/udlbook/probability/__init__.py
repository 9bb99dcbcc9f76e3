"""Probability distributions on NumPy arrays: densities, moments, entropies, divergences.

Nothing here draws a sample; every number is exact to rounding. Read it in this order: ``_base``
(what a distribution is), ``_discrete``, ``_continuous``, ``_gamma``, ``_normals`` (the families),
``_conversions`` (how they turn into one another), ``_divergence`` (how far apart they are),
``_predictive`` (from data to the next value). ``_special`` holds the functions beneath.

>>> from udlbook.probability import Beta, Normal, kl
>>> Beta(2, 2).prob([0.0, 0.5, 1.0])
array([0. , 1.5, 0. ])
>>> float(kl(Normal(0, 1), Normal(1, 1)))
0.5
"""

from ._base import Distribution
from ._continuous import Laplace, Normal, StudentT, Uniform, VonMises
from ._conversions import CONVERSIONS, Conversion
from ._discrete import Bernoulli, Binomial, Categorical, Multinomial, Poisson
from ._divergence import kl
from ._gamma import Beta, ChiSquared, Dirichlet, Exponential, Gamma, InverseGamma
from ._normals import (
    MixtureOfNormals,
    MultivariateNormal,
    change_of_variables,
    conditional,
    marginal,
    product,
)
from ._predictive import CurveFit, NormalGamma, fit_curve, plug_in
from ._special import (
    betaln,
    circular_variance,
    deviance,
    digamma,
    erfc,
    i0e,
    i1e,
    lgamma,
    ndtri,
)

__all__ = [
    "Distribution",
    "Bernoulli", "Binomial", "Categorical", "Multinomial", "Poisson",
    "Normal", "MultivariateNormal", "MixtureOfNormals", "Uniform", "Laplace", "StudentT",
    "VonMises", "Exponential", "Gamma", "InverseGamma", "ChiSquared", "Beta", "Dirichlet",
    "CONVERSIONS", "Conversion",
    "kl",
    "product", "change_of_variables", "marginal", "conditional",
    "CurveFit", "fit_curve", "NormalGamma", "plug_in",
    "lgamma", "digamma", "betaln", "deviance", "i0e", "i1e", "circular_variance", "erfc", "ndtri",
]  # fmt: skip
