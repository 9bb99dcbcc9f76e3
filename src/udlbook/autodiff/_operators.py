"""What makes a Tensor feel like an array: its operators and methods, each an operation."""

import operator
from typing import Any

from . import _elementwise, _linalg, _reduce, _shape
from ._tensor import Tensor, raw


def _swap(operation: Any) -> Any:
    return lambda b, a: operation(a, b)


def _compare(name: str) -> Any:
    compare = getattr(operator, name)
    return lambda a, b: compare(raw(a), raw(b))


def _shape_arguments(operation: Any) -> Any:
    """Let ``x.reshape(2, 3)`` mean ``x.reshape((2, 3))``."""

    def method(x, *sizes):
        return operation(x, sizes[0] if len(sizes) == 1 else sizes or None)

    method.__doc__ = operation.__doc__
    return method


for _name, _operation in {
    "add": _elementwise.add,
    "sub": _elementwise.sub,
    "mul": _elementwise.mul,
    "truediv": _elementwise.div,
    "pow": _elementwise.pow,
    "matmul": _linalg.matmul,
}.items():
    setattr(Tensor, f"__{_name}__", _operation)
    setattr(Tensor, f"__r{_name}__", _swap(_operation))

for _name in ("lt", "le", "gt", "ge", "eq", "ne"):
    setattr(Tensor, f"__{_name}__", _compare(_name))

Tensor.__neg__ = _elementwise.neg
Tensor.__abs__ = _elementwise.abs
Tensor.__getitem__ = _shape.getitem
Tensor.reshape = _shape_arguments(_shape.reshape)
Tensor.transpose = _shape_arguments(_shape.transpose)
Tensor.T = property(_shape.transpose, doc="The axes in reverse order.")

for _module, _names in {
    _elementwise: "exp log sin cos tanh sigmoid relu sqrt clip abs",
    _reduce: "sum mean var max min logsumexp argmax",
    _shape: "swapaxes squeeze",
}.items():
    for _name in _names.split():
        setattr(Tensor, _name, getattr(_module, _name))
