"""Regularizers on NumPy: what makes a model fit new data better, at the expense of the old.

Read it in this order: ``penalties`` (L2, L1, elastic net, and the proximal step that gives exact
zeros), ``dropout``, ``labels`` (label smoothing), ``noise`` (noise on inputs and dropout of inputs
averaged in closed form), ``augment`` (1-D signals), ``early_stopping``, ``ensembles`` and
``implicit`` (what the size of a step and the order of batches penalize without being asked).
Ridge regression, which has a closed form, is ``udlbook.classical.ridge``.

>>> import numpy as np
>>> from udlbook.regularizers import l1, proximal_gradient
>>> target = np.array([3.0, 0.5])
>>> path = proximal_gradient(lambda w: w - target, l1(1.0), np.zeros(2), lr=0.5, steps=40)
>>> path[-1].round(6)
array([2., 0.])
"""

from .augment import cutout, jitter, mixup, rescale, shift, stretch, tilt
from .dropout import dropout, dropout_mask, every_mask, monte_carlo
from .early_stopping import EarlyStopping
from .ensembles import (
    Ambiguity,
    ambiguity,
    average_logits,
    average_probabilities,
    bootstrap,
    out_of_bag,
)
from .implicit import implicit_penalty, modified_gradient
from .labels import smooth_labels
from .noise import dropout_price, expected_loss, noise_price
from .penalties import ElasticNet, l1, l2, proximal_gradient, soft_threshold

__all__ = [
    "ElasticNet", "l1", "l2", "proximal_gradient", "soft_threshold",
    "dropout", "dropout_mask", "every_mask", "monte_carlo",
    "smooth_labels",
    "dropout_price", "expected_loss", "noise_price",
    "cutout", "jitter", "mixup", "rescale", "shift", "stretch", "tilt",
    "EarlyStopping",
    "Ambiguity", "ambiguity", "average_logits", "average_probabilities", "bootstrap", "out_of_bag",
    "implicit_penalty", "modified_gradient",
]  # fmt: skip
