r"""Operations that treat each element alone.

The Jacobian of an elementwise function is diagonal, so a pullback multiplies the gradient by the
derivative, element by element. Most derivatives are cheapest in terms of the result: exp' = y,
tanh' = 1 - y², sigmoid' = y (1 - y), so the input need not be kept.

Shapes broadcast as in NumPy; the engine adds up a gradient over the axes that were stretched.

Conventions where a function has a kink are PyTorch's: relu'(0) = abs'(0) = 0, ``clip`` passes
the gradient at its bounds, ``maximum`` and ``minimum`` share it between equal arguments.
"""

import math
from typing import Any

import numpy as np

from ._rule import differentiable
from ._special import erf_values
from ._tensor import raw


@differentiable(a=lambda g: g, b=lambda g: g)
def add(a, b):
    """a + b, with broadcasting."""
    return a + b


@differentiable(a=lambda g: g, b=lambda g: -g)
def sub(a, b):
    """a - b, with broadcasting."""
    return a - b


@differentiable(a=lambda g, b: g * b, b=lambda g, a: g * a)
def mul(a, b):
    """a * b, with broadcasting."""
    return a * b


@differentiable(a=lambda g, b: g / b, b=lambda g, y, b: -g * y / b)
def div(a, b):
    """a / b, with broadcasting."""
    return a / b


# b - (b != 0) is b - 1 except at b = 0, where the derivative is 0 also for a = 0.
# The logarithm of the base is taken as 0 where the base is 0: there y does not change with b.
@differentiable(
    a=lambda g, a, b: g * b * a ** (b - (b != 0)),
    b=lambda g, y, a: g * y * log(where(a == 0, 1.0, a)),
)
def pow(a, b):
    """a ** b, with broadcasting; the exponent may be a Tensor too."""
    return a**b


@differentiable(x=lambda g: -g)
def neg(x):
    """-x."""
    return -x


@differentiable(x=lambda g, y: g * y)
def exp(x):
    """e to the power x."""
    return np.exp(x)


@differentiable(x=lambda g, x: g / x)
def log(x):
    """The natural logarithm."""
    return np.log(x)


@differentiable(x=lambda g, x: g * cos(x))
def sin(x):
    """The sine of x in radians."""
    return np.sin(x)


@differentiable(x=lambda g, x: g * -sin(x))
def cos(x):
    """The cosine of x in radians."""
    return np.cos(x)


@differentiable(x=lambda g, y: g * (1 - y * y))
def tanh(x):
    """The hyperbolic tangent."""
    return np.tanh(x)


@differentiable(x=lambda g, y: g * (y * (1 - y)))
def sigmoid(x):
    """1 / (1 + e^-x), written with tanh so that nothing overflows."""
    return 0.5 * (1 + np.tanh(0.5 * x))


@differentiable(x=lambda g, y: g / (2 * y))
def sqrt(x):
    """The square root."""
    return np.sqrt(x)


@differentiable(x=lambda g, x: g * np.sign(raw(x)))
def abs(x):
    """The absolute value; its slope at 0 is taken as 0."""
    return np.abs(x)


@differentiable(x=lambda g, y: g * (y > 0))
def relu(x):
    """max(x, 0); its slope at 0 is taken as 0."""
    return np.maximum(x, 0)


@differentiable(x=lambda g, x: g * (2 / math.sqrt(math.pi) * exp(-x * x)))
def erf(x):
    """The error function, to full double precision (NumPy has none)."""
    return erf_values(x)


def gelu(x: Any, approximate: bool = False) -> Any:
    """The Gaussian error linear unit, x Φ(x), with Φ the standard normal distribution function.

    Args:
        x: Array or Tensor.
        approximate: Use the paper's tanh form, off by less than 5e-4.

    Source: Hendrycks & Gimpel, "Gaussian error linear units", arXiv:1606.08415, section 2.
    """
    if approximate:
        inner = math.sqrt(2 / math.pi) * (x + 0.044715 * (x * x * x))
        return 0.5 * x * (1 + tanh(inner))
    return 0.5 * x * (1 + erf(x * math.sqrt(0.5)))


def _share_of_winner(winner: Any, loser: Any) -> np.ndarray:
    winner, loser = raw(winner), raw(loser)
    share = (winner > loser) + 0.5 * (winner == loser)
    return share.astype(np.result_type(winner, loser), copy=False)


@differentiable(
    a=lambda g, a, b: g * _share_of_winner(a, b), b=lambda g, a, b: g * _share_of_winner(b, a)
)
def maximum(a, b):
    """The larger of a and b; where they are equal each gets half of the gradient."""
    return np.maximum(a, b)


@differentiable(
    a=lambda g, a, b: g * _share_of_winner(b, a), b=lambda g, a, b: g * _share_of_winner(a, b)
)
def minimum(a, b):
    """The smaller of a and b; where they are equal each gets half of the gradient."""
    return np.minimum(a, b)


def _inside(x: Any, low: Any, high: Any) -> np.ndarray:
    x = raw(x)
    inside = np.ones(x.shape, bool)
    if low is not None:
        inside &= x >= low
    if high is not None:
        inside &= x <= high
    return inside


@differentiable(x=lambda g, x, low, high: g * _inside(x, low, high))
def clip(x, low=None, high=None):
    """x, but not below ``low`` and not above ``high``; None is no bound."""
    return np.clip(x, low, high)


@differentiable(
    a=lambda g, condition: g * np.asarray(raw(condition), bool),
    b=lambda g, condition: g * np.logical_not(raw(condition)),
)
def where(condition, a, b):
    """a where the condition is true, b elsewhere. Shapes: all three broadcast."""
    return np.where(condition, a, b)[()]
