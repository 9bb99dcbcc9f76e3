"""Automatic differentiation on NumPy arrays: a small engine that is meant to be read.

Read it in this order: ``_tensor`` (an array that remembers), ``_graph`` (what it remembers, and
the walk back), ``_rule`` (how an operation is written), then the operations: ``_elementwise``,
``_reduce``, ``_shape``, ``_linalg``, ``_conv``, ``_losses``. ``_transforms`` builds derivatives
of functions on top; ``_differences``, ``_check_gradients`` and ``_draw`` help to trust and to see
them.

>>> from udlbook.autodiff import Tensor, exp, grad
>>> x = Tensor([0.0, 1.0], requires_grad=True)
>>> y = exp(2 * x).sum()
>>> y.backward()
>>> x.grad
array([ 2.       , 14.7781122])
>>> grad(lambda t: t**3)(2.0)
np.float64(12.0)
"""

from . import _operators  # noqa: F401  (gives Tensor its operators)
from ._check_gradients import check_gradients
from ._checkpoint import checkpoint
from ._conv import (
    avg_pool1d,
    avg_pool2d,
    conv1d,
    conv2d,
    fold,
    max_pool1d,
    max_pool2d,
    unfold,
)
from ._differences import difference_hessian, difference_jacobian, difference_laplacian
from ._draw import draw_graph
from ._elementwise import (
    abs,
    add,
    clip,
    cos,
    div,
    erf,
    exp,
    gelu,
    log,
    maximum,
    minimum,
    mul,
    neg,
    pow,
    relu,
    sigmoid,
    sin,
    sqrt,
    sub,
    tanh,
    where,
)
from ._graph import no_grad
from ._linalg import einsum, linear, matmul
from ._losses import cross_entropy, log_softmax, softmax
from ._reduce import argmax, logsumexp, max, mean, min, sum, var
from ._rule import differentiable
from ._shape import (
    broadcast_to,
    concatenate,
    expand_dims,
    getitem,
    pad,
    reshape,
    scatter,
    squeeze,
    stack,
    swapaxes,
    take_along_axis,
    transpose,
)
from ._tensor import Tensor
from ._transforms import (
    grad,
    hessian,
    hessian_vector_product,
    jacobian,
    jvp,
    laplacian,
    value_and_grad,
    vjp,
)

__all__ = [
    "Tensor",
    "no_grad",
    "differentiable",
    "add", "sub", "mul", "div", "pow", "neg", "exp", "log", "sin", "cos", "tanh", "sigmoid",
    "relu", "gelu", "erf", "abs", "sqrt", "maximum", "minimum", "clip", "where",
    "sum", "mean", "var", "max", "min", "logsumexp", "argmax",
    "reshape", "transpose", "swapaxes", "expand_dims", "squeeze", "broadcast_to",
    "getitem", "scatter", "take_along_axis", "pad", "concatenate", "stack",
    "matmul", "linear", "einsum",
    "conv1d", "conv2d", "max_pool1d", "max_pool2d", "avg_pool1d", "avg_pool2d",
    "unfold", "fold",
    "softmax", "log_softmax", "cross_entropy",
    "grad", "value_and_grad", "vjp", "jvp", "jacobian", "hessian",
    "hessian_vector_product", "laplacian",
    "difference_jacobian", "difference_hessian", "difference_laplacian",
    "check_gradients", "checkpoint", "draw_graph",
]  # fmt: skip
