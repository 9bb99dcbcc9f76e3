"""How an operation is written: what it computes, and one pullback for each argument.

    @differentiable(a=lambda g, b: g * b, b=lambda g, a: g * a)
    def mul(a, b):
        return a * b

The function computes with NumPy arrays. The pullback of an argument turns ``g``, the gradient
with respect to the result, into the gradient with respect to that argument. Besides ``g`` it
asks by name for what it needs: an argument, the result ``y``, or the shape of an argument
(``x_shape``). What no pullback asks for is not kept, and so its memory can be returned.

A pullback is written once and works on arrays and on Tensors, for it uses operators, methods and
operations that accept both. On arrays it is plain NumPy: this is the usual backward pass. On
Tensors it is recorded: this is ``create_graph=True``, and gives derivatives of any order.

The decorated operation accepts arrays and Tensors too: given arrays only, it returns an array.

Source: the table of rules follows autograd (Maclaurin, Duvenaud & Adams, "Autograd: effortless
gradients in NumPy", AutoML workshop, 2015). Ours differs: autograd keeps all arguments and
always traces its backward pass; here pullbacks name what they need and run on bare arrays.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import numpy as np

from ._graph import Node, _Mode
from ._tensor import Tensor, from_array


class Rule:
    """The name of an operation, its pullbacks, and what each of them asks for.

    Args:
        name: For messages and drawings.
        arguments: The names of the operation's arguments, in order.
        pullbacks: For each differentiable argument its pullback.
        needs: For each pullback the names of what it asks for; read off its signature if left out.
    """

    __slots__ = ("arguments", "name", "needs", "plan", "pullbacks", "where")

    def __init__(
        self, name: str, arguments: tuple[str, ...], pullbacks: dict, needs: Any = None
    ) -> None:
        if "y" in arguments:
            raise ValueError(f"{name} needs other names for its arguments: y is the result")
        self.name = name
        self.arguments = arguments
        self.pullbacks = tuple(pullbacks.values())
        self.where = tuple(arguments.index(argument) for argument in pullbacks)
        self.needs = needs or tuple(
            f.__code__.co_varnames[1 : f.__code__.co_argcount] for f in self.pullbacks
        )
        keepers = [_keeper(arguments, needs) for needs in self.needs]
        self.plan = tuple(zip(self.where, self.pullbacks, keepers, strict=True))

    def record(self, y: Any, args: Sequence, values: Sequence) -> Tensor:
        """The Tensor of the result ``y``, with a node behind it if an argument has one.

        Args:
            y: The result, an array.
            args: The arguments as they came: Tensors, arrays, options.
            values: The same arguments with Tensors turned into arrays.
        """
        if _Mode.recording:
            edges, live = [], False
            for i, pullback, keep in self.plan:
                arg = args[i]
                if arg.__class__ is Tensor and (node := arg._node) is not None:
                    edges.append((node, pullback, keep(y, *values)))
                    live = True
                else:
                    edges.append((constant(arg), None, ()))
            if live:
                return from_array(y, Node(self, edges, y))
        return from_array(y)

    def edges_on_tensors(self, node: Node) -> list[tuple]:
        """The edges of ``node``, with each kept value tied to the node that it came from."""
        source = {self.arguments[i]: e[0] for i, e in zip(self.where, node.edges, strict=True)}
        source["y"] = node
        return [
            (
                parent,
                pullback,
                [
                    from_array(value, source[name])
                    if isinstance(source.get(name), Node)
                    else value
                    for name, value in zip(needs, kept, strict=False)
                ],
            )
            for (parent, pullback, kept), needs in zip(node.edges, self.needs, strict=True)
        ]


def _keeper(arguments: tuple[str, ...], needs: Sequence[str]) -> Callable[..., tuple]:
    """The function (y, *arguments) -> a tuple of what is needed; ``x_shape`` is shape(x)."""
    parts = [
        n if n in ("y", *arguments) else f"shape_of({n.removesuffix('_shape')})" for n in needs
    ]
    source = f"lambda {', '.join(('y', *arguments))}: ({''.join(part + ', ' for part in parts)})"
    return eval(
        source, {"shape_of": shape_of}
    )  # written as source, for this runs at each operation


def differentiable(**pullbacks: Callable) -> Callable[[Callable], Callable]:
    """Turn a function of arrays into an operation on Tensors. See the top of this module.

    Args:
        **pullbacks: For each argument that can have a gradient a function of ``g`` and of what it
            asks for by name. It must return an array (on Tensors: a Tensor) of its own, or ``g``,
            or a view of ``g``; axes that broadcasting stretched are summed by the engine.

    >>> @differentiable(x=lambda g, x: g * 3 * x**2)
    ... def cube(x):
    ...     return x**3
    >>> x = Tensor([1.0, 2.0], requires_grad=True)
    >>> cube(x).sum().backward()
    >>> x.grad
    array([ 3., 12.])
    """

    def decorate(forward: Callable) -> Callable:
        parameters = inspect.signature(forward).parameters
        rule = Rule(forward.__name__, tuple(parameters), pullbacks)
        if len(parameters) == 1:
            return wraps(forward)(_unary(forward, rule))
        if len(parameters) == len(pullbacks) == 2:
            return wraps(forward)(_binary(forward, rule))
        return wraps(forward)(_general(forward, rule, parameters))

    return decorate


# The three kinds of operation below do the same. Small tensors spend most of their time here, so
# one and two arguments are spelled out.


def _unary(forward: Callable, rule: Rule) -> Callable:
    ((_, pullback, keep),) = rule.plan

    def operation(x):
        if x.__class__ is not Tensor:
            return forward(as_values(x))
        value = x._data
        y = forward(value)
        node = x._node
        if node is None or not _Mode.recording:
            return from_array(y)
        return from_array(y, Node(rule, ((node, pullback, keep(y, value)),), y))

    return operation


def _binary(forward: Callable, rule: Rule) -> Callable:
    (_, pull_a, keep_a), (_, pull_b, keep_b) = rule.plan

    def operation(a, b):
        if a.__class__ is Tensor:
            a_value, a_node = a._data, a._node
        else:
            a_value, a_node = as_values(a), None
        if b.__class__ is Tensor:
            b_value, b_node = b._data, b._node
        else:
            b_value, b_node = as_values(b), None
        try:
            y = forward(a_value, b_value)
        except ValueError as error:
            raise _shape_error(rule.name, a_value, b_value) from error
        if (a_node is None and b_node is None) or not _Mode.recording:
            return from_array(y) if a.__class__ is Tensor or b.__class__ is Tensor else y
        edge_a = (
            (constant(a), None, ())
            if a_node is None
            else (a_node, pull_a, keep_a(y, a_value, b_value))
        )
        edge_b = (
            (constant(b), None, ())
            if b_node is None
            else (b_node, pull_b, keep_b(y, a_value, b_value))
        )
        return from_array(y, Node(rule, (edge_a, edge_b), y))

    return operation


def _general(forward: Callable, rule: Rule, parameters: dict) -> Callable:
    defaults = [p.default for p in parameters.values()]
    names, where, count = tuple(parameters), frozenset(rule.where), len(parameters)

    def operation(*args, **kwargs):
        if kwargs or len(args) != count:
            args = _complete(rule.name, names, defaults, args, kwargs)
        values = list(args)
        found = False
        for i, x in enumerate(args):
            if x.__class__ is Tensor:
                values[i] = x._data
                found = True
            elif i in where:
                values[i] = as_values(x)
        y = forward(*values)
        return rule.record(y, args, values) if found else y

    return operation


def _complete(name: str, names: tuple, defaults: list, args: tuple, kwargs: dict) -> list:
    """All arguments in order, from those given by position and by name, and the defaults."""
    full = [*args, *defaults[len(args) :]]
    for key, value in kwargs.items():
        if key not in names[len(args) :]:
            raise TypeError(f"{name}({', '.join(names)}) cannot take {key}={value!r} here")
        full[names.index(key)] = value
    if len(full) > len(names) or any(value is inspect.Parameter.empty for value in full):
        raise TypeError(f"{name} takes ({', '.join(names)}); got {len(args)} by position")
    return full


def shape_of(x: Any) -> tuple[int, ...]:
    """The shape of an array or a number; faster than ``np.shape``."""
    return x.shape if hasattr(x, "shape") else np.shape(x)


def as_values(x: Any) -> Any:
    """An array of a list. Python numbers stay: NumPy then keeps the precision of the other."""
    return np.asarray(x) if x.__class__ is list or x.__class__ is tuple else x


def constant(x: Any) -> tuple:
    """What a drawing shows of an input without a node: its name, shape and, if single, value."""
    name, x = (x._name, x._data) if x.__class__ is Tensor else (None, x)
    shape = shape_of(x)
    return name, shape, None if shape else x


def _shape_error(name: str, a: Any, b: Any) -> ValueError:
    shapes = f"{np.shape(a)} and {np.shape(b)}"
    return ValueError(f"{name} needs two shapes that broadcast to one; got {shapes}")
