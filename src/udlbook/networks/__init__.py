"""Fully connected networks on NumPy, with derivatives by hand.

Read it in this order: ``activations``, ``shallow`` (one hidden layer, every stage), ``deep``
(matrix form, backpropagation by hand, composition), ``residual``, ``regions`` (the linear pieces
of ReLU networks, counted exactly), ``tangent_kernel`` (how outputs move in training, at any width
and at infinite width). A network is a dictionary of lists of arrays, ``phi``, and a
function of ``shallow``, ``deep`` or ``residual`` runs it:

>>> import numpy as np
>>> from udlbook.networks import deep, relu
>>> rng = np.random.default_rng(0)
>>> phi = deep.make([2, 5, 5, 1], rng.standard_normal)
>>> s = deep.stages(rng.standard_normal((8, 2)), phi, relu)
>>> phi_bar, x_bar = deep.backward(s, phi, relu, np.ones((8, 1)))  # of the sum of the outputs
>>> phi_bar["weights"][1].shape, x_bar.shape
((5, 5), (8, 2))
"""

from . import deep, regions, residual, shallow, tangent_kernel
from .activations import (
    ACTIVATIONS,
    Activation,
    elu,
    gelu,
    gelu_tanh,
    heaviside,
    identity,
    leaky_relu,
    relu,
    sigmoid,
    softplus,
    swish,
    tanh,
)

__all__ = [
    "ACTIVATIONS", "Activation",
    "elu", "gelu", "gelu_tanh", "heaviside", "identity", "leaky_relu", "relu", "sigmoid",
    "softplus", "swish", "tanh",
    "deep", "regions", "residual", "shallow", "tangent_kernel",
]  # fmt: skip
