r"""Activation functions a(x) and their derivatives a'(x), element by element.

==============  ==============================================  ===========================
name            a(x)                                            at its kink
==============  ==============================================  ===========================
``relu``        max(x, 0)                                       a'(0) = 0
``leaky_relu``  x if x > 0, else alpha x                        a'(0) = alpha
``elu``         x if x > 0, else alpha (e^x - 1)                a'(0) = alpha
``sigmoid``     1 / (1 + e^-x)
``heaviside``   1 if x > 0, else 0                              a(0) = 0, a' = 0 everywhere
``identity``    x
``tanh``        (e^x - e^-x) / (e^x + e^-x)
``softplus``    ln(1 + e^x)
``gelu``        x Phi(x), Phi the normal distribution function
``gelu_tanh``   its approximation by a tanh
``swish``       x sigmoid(x), also called SiLU
==============  ==============================================  ===========================

The functions are written with operations of ``udlbook.autodiff``, so they take arrays, and also
Tensors, through which autodiff finds a derivative of its own. The derivatives are by hand and
take arrays only: a chapter can put the two side by side. Nothing overflows as long as the cube of
x does not.

Source: leaky ReLU: Maas, Hannun & Ng, "Rectifier nonlinearities improve neural network acoustic
models", ICML 2013 workshop. ELU: Clevert, Unterthiner & Hochreiter, arXiv:1511.07289, eq. 15.
GELU: Hendrycks & Gimpel, arXiv:1606.08415, section 2. Swish: Ramachandran, Zoph & Le,
arXiv:1710.05941, with beta = 1. Ours differs: the values at kinks are those of the table.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import autodiff as ad
from .._check import check_range


@dataclass(frozen=True)
class Activation:
    """A function of each element with its derivative; call it as ``a(x)``.

    Args:
        name: Its name in ``ACTIVATIONS``.
        function: Maps an array or a Tensor to one of the same shape.
        derivative: Maps an array to the slopes there.

    Shapes:
        Any shape, kept by both.

    >>> relu(np.array([-1.0, 0.0, 2.0])), relu.derivative(np.array([-1.0, 0.0, 2.0]))
    (array([0., 0., 2.]), array([0., 0., 1.]))
    """

    name: str
    function: Callable[[Any], Any]
    derivative: Callable[[np.ndarray], np.ndarray]

    def __call__(self, x: Any) -> Any:
        """a(x)."""
        return self.function(x)


def leaky_relu(alpha: float = 0.01) -> Activation:
    """The leaky ReLU whose slope is ``alpha``, from 0 to 1, left of zero."""
    check_range("alpha", alpha, 0, 1)
    return Activation(
        "leaky_relu",
        lambda x: ad.where(x > 0, x, alpha * x),
        lambda x: np.maximum(_step(x), alpha),
    )


def elu(alpha: float = 1.0) -> Activation:
    """The exponential linear unit, which falls to -``alpha``; ``alpha`` is not negative."""
    check_range("alpha", alpha, 0)
    return Activation(
        "elu",
        lambda x: ad.where(x > 0, x, alpha * _expm1(ad.clip(x, high=0))),
        lambda x: np.where(x > 0, 1, alpha * np.exp(np.minimum(x, 0)))[()],
    )


@ad.differentiable(x=lambda g, y: g * (y + 1))
def _expm1(x):
    """e^x - 1, without loss of digits near 0."""
    return np.expm1(x)


@ad.differentiable(x=lambda g, x: g * ad.sigmoid(x))
def _softplus(x):
    return np.logaddexp(0, x)


@ad.differentiable(x=lambda g: 0 * g)
def _step(x):
    return np.heaviside(x, 0.0)


def _sigmoid_slope(x: np.ndarray) -> np.ndarray:
    e = np.exp(-np.abs(x))  # the slope is even, and e is at most 1
    return e / (1 + e) ** 2


def _gelu_slope(x: np.ndarray) -> np.ndarray:
    density = np.exp(-0.5 * x * x) / math.sqrt(2 * math.pi)
    return 0.5 * (1 + ad.erf(x * math.sqrt(0.5))) + x * density


def _gelu_tanh_slope(x: np.ndarray) -> np.ndarray:
    c, cubic = math.sqrt(2 / math.pi), 0.044715
    u = c * (x + cubic * x * x * x)
    u_slope = c * (1 + 3 * cubic * x * x)
    return 0.5 * (1 + np.tanh(u)) + 0.5 * x * _tanh_slope(u) * u_slope


def _tanh_slope(x: np.ndarray) -> np.ndarray:
    return 4 * _sigmoid_slope(2 * x)  # as tanh(x) = 2 sigmoid(2x) - 1


relu = Activation("relu", ad.relu, _step)
sigmoid = Activation("sigmoid", ad.sigmoid, _sigmoid_slope)
heaviside = Activation("heaviside", _step, np.zeros_like)
identity = Activation("identity", lambda x: x, np.ones_like)
tanh = Activation("tanh", ad.tanh, _tanh_slope)
softplus = Activation("softplus", _softplus, ad.sigmoid)
gelu = Activation("gelu", ad.gelu, _gelu_slope)
gelu_tanh = Activation("gelu_tanh", lambda x: ad.gelu(x, approximate=True), _gelu_tanh_slope)
swish = Activation(
    "swish", lambda x: x * ad.sigmoid(x), lambda x: ad.sigmoid(x) + x * _sigmoid_slope(x)
)

ACTIVATIONS = {
    a.name: a
    for a in (
        relu, leaky_relu(), elu(), sigmoid, heaviside, identity, tanh, softplus, gelu, gelu_tanh,
        swish,
    )
}  # fmt: skip
