"""Classical companions of deep learning, on NumPy alone: models with a closed form or close to it.

``ridge`` is least squares with a price on long weights; ``bayesian_linear`` keeps all the weights
that the data leave possible, as a normal; ``label_propagation`` hands a few labels on to the
points around them. ``kmeans``, ``mixtures`` (of normals), ``bernoullis`` and ``factor_analysis``
explain data by something hidden, ``latent`` by a hidden place on a curve.
"""

from . import (
    bayesian_linear,
    bernoullis,
    factor_analysis,
    kmeans,
    label_propagation,
    latent,
    mixtures,
    ridge,
)

__all__ = [
    "bayesian_linear",
    "bernoullis",
    "factor_analysis",
    "kmeans",
    "label_propagation",
    "latent",
    "mixtures",
    "ridge",
]
