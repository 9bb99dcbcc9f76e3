"""Optimizers on NumPy arrays: how a gradient becomes a step.

An optimizer holds parameters and changes them in place. The parameters are an array, an autodiff
``Tensor``, or lists, tuples and dicts of these. Gradients come in the same structure; those of
Tensors are read from ``.grad``.

>>> import numpy as np
>>> from udlbook.optim import Adam, warm_up
>>> phi = {"slope": np.array([1.0]), "offset": np.array([2.0])}
>>> optimizer, rate = Adam(phi, lr=0.1), warm_up(2)
>>> for step in range(4):
...     optimizer.lr = 0.1 * rate(step, 4)
...     optimizer.step({"slope": 2 * phi["slope"], "offset": 2 * phi["offset"]})
>>> phi["slope"].round(2), phi["offset"].round(2)
(array([0.65]), array([1.65]))

Read ``sgd`` first, then ``momentum``, ``nesterov``, ``adagrad``, ``rmsprop``, ``adam`` and
``adamw``; ``_optimizer`` is what they share. ``schedules`` are functions of the step, ``clipping``
shortens gradients, ``batches`` cuts data into batches, and ``fit`` is the loop around all of
them. For problems with few parameters there are
``line_search``, ``steepest_descent``, ``newton`` and ``gauss_newton``. ``gradient_flow`` is what
gradient descent becomes when its steps are infinitely small.
"""

from ._optimizer import Optimizer
from ._path import Descent
from .adagrad import AdaGrad
from .adam import Adam
from .adamw import AdamW
from .batches import batches
from .clipping import clip_norm, clip_value
from .fit import fit
from .gauss_newton import gauss_newton
from .gradient_flow import LinearFlow, euler, rk4
from .line_search import Minimum, bracket, four_point_search, golden_section, line_search
from .momentum import Momentum
from .nesterov import LookAheadNesterov, Nesterov
from .newton import newton
from .rmsprop import RMSProp
from .schedules import (
    Schedule,
    constant,
    cosine,
    exponential,
    inverse_sqrt,
    linear,
    one_cycle,
    step_decay,
    warm_up,
)
from .sgd import SGD
from .steepest_descent import steepest_descent

__all__ = [
    "Optimizer",
    "SGD",
    "Momentum",
    "Nesterov",
    "LookAheadNesterov",
    "AdaGrad",
    "RMSProp",
    "Adam",
    "AdamW",
    "batches",
    "clip_norm",
    "clip_value",
    "fit",
    "Schedule",
    "constant",
    "one_cycle",
    "step_decay",
    "exponential",
    "linear",
    "cosine",
    "warm_up",
    "inverse_sqrt",
    "Minimum",
    "bracket",
    "four_point_search",
    "golden_section",
    "line_search",
    "Descent",
    "steepest_descent",
    "newton",
    "gauss_newton",
    "LinearFlow",
    "euler",
    "rk4",
]
