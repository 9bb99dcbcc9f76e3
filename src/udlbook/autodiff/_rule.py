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
from collections.abc import Callable
from functools import wraps
from operator import itemgetter
from typing import Any

import numpy as np

from ._graph import Node, _Mode
from ._tensor import Tensor, from_array, raw


class Rule:
    """The name of an operation, its pullbacks, and what each of them asks for.

    Args:
        name: For messages and drawings.
        arguments: The names of the operation's arguments, in order.
        pullbacks: For each differentiable argument its pullback.
        needs: For each pullback the names of what it asks for; read off its signature if left out.
    """

    __slots__ = ("arguments", "name", "needs", "pullbacks", "select", "shapes", "where")

    def __init__(
        self, name: str, arguments: tuple[str, ...], pullbacks: dict, needs: Any = None
    ) -> None:
        self.name = name
        self.arguments = arguments
        self.pullbacks = tuple(pullbacks.values())
        self.where = tuple(arguments.index(argument) for argument in pullbacks)
        self.needs = needs or tuple(
            f.__code__.co_varnames[1 : f.__code__.co_argcount] for f in self.pullbacks
        )
        self.shapes = tuple(
            sorted({n[:-6] for needs in self.needs for n in needs if n.endswith("_shape")})
        )
        known = ("y", *arguments, *(f"{argument}_shape" for argument in self.shapes))
        self.select = tuple(_selector([known.index(n) for n in needs]) for needs in self.needs)

    def record(self, y: Any, args: tuple, values: tuple) -> Tensor:
        """The Tensor of the result ``y``, with a node behind it if an argument has one.

        Args:
            y: The result, an array.
            args: The arguments as they came: Tensors, arrays, options.
            values: The same arguments with Tensors turned into arrays.
        """
        if not _Mode.recording:
            return from_array(y)
        inputs = tuple([_node_of(args[i]) for i in self.where])
        if not any([i.__class__ is Node for i in inputs]):
            return from_array(y)
        found = (y, *values)
        if self.shapes:
            found += tuple(np.shape(values[self.arguments.index(name)]) for name in self.shapes)
        kept = tuple(
            [
                select(found) if node.__class__ is Node else ()
                for node, select in zip(inputs, self.select, strict=True)
            ]
        )
        return from_array(y, Node(self, inputs, kept, y))

    def kept_as_tensors(self, node: Node) -> list[list]:
        """What ``node`` keeps, with each value tied to the node it came from."""
        source = {self.arguments[i]: n for i, n in zip(self.where, node.inputs, strict=True)}
        source["y"] = node
        return [
            [
                from_array(value, source[name]) if source.get(name).__class__ is Node else value
                for name, value in zip(needs, values, strict=False)
            ]
            for needs, values in zip(self.needs, node.kept, strict=True)
        ]


def differentiable(**pullbacks: Callable) -> Callable[[Callable], Callable]:
    """Turn a function of arrays into an operation on Tensors. See the top of this module."""

    def decorate(forward: Callable) -> Callable:
        parameters = inspect.signature(forward).parameters
        rule = Rule(forward.__name__, tuple(parameters), pullbacks)
        if len(parameters) == 1:
            return wraps(forward)(_unary(forward, rule))
        if len(parameters) == len(pullbacks) == 2:
            return wraps(forward)(_binary(forward, rule))
        return wraps(forward)(_general(forward, rule, parameters))

    return decorate


def _unary(forward: Callable, rule: Rule) -> Callable:
    (select,) = rule.select
    if rule.shapes:
        return _general(forward, rule, inspect.signature(forward).parameters)

    def operation(x):
        if x.__class__ is not Tensor:
            return forward(as_values(x))
        value = x._data
        y = forward(value)
        node = x._node
        if node is None or not _Mode.recording:
            return from_array(y)
        return from_array(y, Node(rule, (node,), (select((y, value)),), y))

    return operation


def _binary(forward: Callable, rule: Rule) -> Callable:
    select_a, select_b = rule.select

    def operation(a, b):
        a_value = a._data if a.__class__ is Tensor else as_values(a)
        b_value = b._data if b.__class__ is Tensor else as_values(b)
        try:
            y = forward(a_value, b_value)
        except ValueError as error:
            raise _shape_error(rule.name, a_value, b_value) from error
        a_node, b_node = _node_of(a), _node_of(b)
        a_live, b_live = a_node.__class__ is Node, b_node.__class__ is Node
        if (a_live or b_live) and _Mode.recording:
            found = (y, a_value, b_value)
            kept = (select_a(found) if a_live else (), select_b(found) if b_live else ())
            return from_array(y, Node(rule, (a_node, b_node), kept, y))
        if a.__class__ is Tensor or b.__class__ is Tensor:
            return from_array(y)
        return y

    return operation


def _general(forward: Callable, rule: Rule, parameters: dict) -> Callable:
    defaults = [p.default for p in parameters.values()]
    names = tuple(parameters)

    def operation(*args, **kwargs):
        if kwargs or len(args) != len(names):
            args = _complete(rule.name, names, defaults, args, kwargs)
        values = [raw(a) for a in args]
        for i in rule.where:
            values[i] = as_values(values[i])
        y = forward(*values)
        for i in rule.where:
            if args[i].__class__ is Tensor:
                return rule.record(y, args, values)
        return y

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


def as_values(x: Any) -> Any:
    """An array of a list. Python numbers stay: NumPy then keeps the precision of the other."""
    return np.asarray(x) if x.__class__ is list or x.__class__ is tuple else x


class Constant(tuple):
    """What a drawing shows of an input without a node: its name, shape and, if single, value."""

    __slots__ = ()


def _node_of(x: Any) -> Node | Constant:
    if x.__class__ is Tensor:
        if x._node is not None:
            return x._node
        name, x = x._name, x._data
    else:
        name = None
    shape = np.shape(x)
    return Constant((name, shape, None if shape else x))


def _selector(positions: list[int]) -> Callable[[tuple], tuple]:
    """A function that picks the entries at these positions, always as a tuple."""
    if not positions:
        return lambda found: ()
    if len(positions) == 1:
        return itemgetter(slice(positions[0], positions[0] + 1))
    return itemgetter(*positions)


def _shape_error(name: str, a: Any, b: Any) -> ValueError:
    shapes = f"{np.shape(a)} and {np.shape(b)}"
    return ValueError(f"{name} needs two shapes that broadcast to one; got {shapes}")
