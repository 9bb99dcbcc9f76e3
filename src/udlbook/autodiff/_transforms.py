"""Functions that turn a function into its derivatives.

``vjp`` is the backward pass: it carries a vector back through the transposed Jacobian, and with
the vector 1 it gives the gradient of a scalar function. The others are built from it. As all of
them accept Tensors, they can be nested: ``grad(grad(f))``.

Arguments may be arrays, numbers, Tensors, or lists, tuples and dicts of these; a gradient has the
structure of its argument. Plain arrays give plain arrays. If an argument is a Tensor, results are
Tensors with a graph, so that one can differentiate further, also with respect to what ``f``
captures; with plain arguments, what ``f`` captures is constant.

Source: Baydin et al. 2018 (see ``_graph``), sections 3.1 and 3.2; for the Hessian-vector product
Pearlmutter, "Fast exact multiplication by the Hessian", Neural Computation 6(1), 1994.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from ._graph import Node, _recording, propagate
from ._rule import Rule
from ._shape import reshape, stack
from ._tensor import Tensor, from_array, own, raw, requires_grad, seed_gradient

_IDENTITY = Rule("identity", ("x",), {"x": lambda g: g})


def vjp(f: Callable, *primals: Any) -> tuple[Any, Callable[[Any], tuple]]:
    """The value of f, and the pullback: v -> v^T J for each argument.

    Args:
        f: A function that returns one Tensor.
        *primals: Where to evaluate it.

    Returns:
        The value, and a function from a gradient of the value's shape to a tuple with one
        gradient for each primal. It can be called many times.

    >>> value, pullback = vjp(lambda a, b: a * b, np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    >>> pullback(np.array([1.0, 10.0]))
    (array([ 3., 40.]), array([ 1., 20.]))
    """
    return _vjp(f, primals, retain=True)


def _vjp(f: Callable, primals: tuple, retain: bool) -> tuple[Any, Callable[[Any], tuple]]:
    """``vjp``; with ``retain=False`` its pullback frees the graph and can be called once."""
    further = any(isinstance(leaf, Tensor) for leaf in _leaves(primals))
    with _recording(True):
        traced = _map(_trace, primals)
        y = f(*traced)
    if not isinstance(y, Tensor):
        if not isinstance(y, int | float | np.generic | np.ndarray):
            raise TypeError(f"f must return one Tensor; got {type(y).__name__}")
        y = from_array(np.asarray(y)[()])  # a function that ignores its arguments
    targets = [leaf._node for leaf in _leaves(traced)]

    def pullback(v: Any) -> tuple:
        g = seed_gradient(y, v)
        g = (g if isinstance(g, Tensor) else from_array(g)) if further else raw(g)
        reached = {}
        if y._node is not None and targets:
            with _recording(further):
                reached = propagate(
                    y._node,
                    g,
                    retain=retain or further,
                    create_graph=further,
                    targets=set(targets),
                )
        handed_out = {id(g)}
        return _map(lambda leaf: _result(leaf, reached, further, handed_out), traced)

    return y if further else y._data, pullback


def value_and_grad(f: Callable, argnums: int | tuple[int, ...] = 0) -> Callable:
    """A function that returns the value of f, a single number, and its gradient.

    Args:
        f: A function that returns a Tensor of size 1.
        argnums: Which argument to differentiate by; with a tuple, gradients come as a tuple.

    >>> value_and_grad(lambda x: (x * x).sum())(np.array([1.0, 2.0]))
    (np.float64(5.0), array([2., 4.]))
    """

    def with_gradient(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        chosen = argnums if isinstance(argnums, tuple) else (argnums,)

        def of_chosen(*primals: Any) -> Any:
            full = list(args)
            for i, primal in zip(chosen, primals, strict=True):
                full[i] = primal
            return f(*full, **kwargs)

        value, pullback = _vjp(of_chosen, tuple(args[i] for i in chosen), retain=False)
        if value.size != 1:
            raise ValueError(f"grad needs a function with a single number; got {value.shape}")
        gradients = pullback(None)
        return value, gradients if isinstance(argnums, tuple) else gradients[0]

    return with_gradient


def grad(f: Callable, argnums: int | tuple[int, ...] = 0) -> Callable:
    """A function that returns the gradient of f. See ``value_and_grad``.

    >>> from udlbook.autodiff import sin
    >>> grad(grad(sin))(np.float64(0.5)) == -np.sin(0.5)
    np.True_
    """
    both = value_and_grad(f, argnums)
    return lambda *args, **kwargs: both(*args, **kwargs)[1]


def jvp(f: Callable, primals: tuple, tangents: tuple) -> tuple[Any, Any]:
    """The value of f, and J v: how it changes as the primals move along the tangents.

    The pullback u -> u^T J is linear in u. Its own pullback is therefore v -> J v, at any u:
    we differentiate the backward pass instead of writing a second rule for each operation.
    It costs about as much as two backward passes where forward mode would cost one forward pass.

    >>> jvp(lambda x: x * x, (np.array([1.0, 2.0]),), (np.array([1.0, 0.5]),))
    (array([1., 4.]), array([2., 2.]))
    """
    _check_shapes(primals, tangents)
    further = any(isinstance(leaf, Tensor) for leaf in _leaves((primals, tangents)))
    with _recording(True):
        value, pullback = vjp(f, *_map(_trace, tuple(primals)))  # Tensors, so v^T J is recorded

    def slope(u: Tensor) -> Any:
        shares = zip(_leaves(pullback(u)), _leaves(tangents), strict=True)
        return sum((share * v).sum() for share, v in shares)

    zero = np.zeros(value.shape, value.dtype)
    tangent = grad(slope)(from_array(zero) if further else zero)
    return (value, tangent) if further else (value._data, tangent)


def jacobian(f: Callable, argnums: int = 0) -> Callable:
    """A function that returns all derivatives of all values of f: one backward pass for each.

    Shapes: f's value ``(*Y)``, the argument ``(*X)``, the result ``(*Y, *X)``.
    """

    def full(*args: Any) -> Any:
        value, pullback = vjp(lambda x: f(*args[:argnums], x, *args[argnums + 1 :]), args[argnums])
        rows = []
        for i in range(value.size):
            one = np.zeros(value.size, value.dtype)
            one[i] = 1
            rows.append(pullback(one.reshape(value.shape))[0])
        shape = (*value.shape, *np.shape(raw(args[argnums])))
        return reshape(stack(rows), shape) if rows else np.zeros(shape)

    return full


def hessian(f: Callable, argnums: int = 0) -> Callable:
    """A function that returns the second derivatives of f: the Jacobian of its gradient.

    It costs one backward pass through a gradient for each input, and holds n² numbers. Where a
    product with a vector will do, ``hessian_vector_product`` does it at the price of one.

    Raises:
        ValueError: When it is called, if f returns more than one number.

    Shapes: f's value a single number, the argument ``(*X)``, the result ``(*X, *X)``.

    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 3.0]))
    array([[6., 2.],
           [2., 0.]])
    """
    return jacobian(grad(f, argnums), argnums)


def laplacian(f: Callable, argnums: int = 0) -> Callable:
    """A function that returns the Laplacian of f: the trace of its Hessian, a single number.

    Each pass carries one unit vector back through the gradient and keeps one number of the row
    it gives, so that the Hessian is never held.

    Raises:
        ValueError: When it is called, if f returns more than one number.

    >>> laplacian(lambda x: (x**4).sum())(np.array([1.0, 2.0]))
    np.float64(60.0)
    """
    slope = grad(f, argnums)

    def trace(*args: Any) -> Any:
        gradient, pullback = vjp(
            lambda x: slope(*args[:argnums], x, *args[argnums + 1 :]), args[argnums]
        )
        total = np.float64(0.0)
        for i in np.ndindex(gradient.shape):
            one = np.zeros(gradient.shape, gradient.dtype)
            one[i] = 1
            total = total + pullback(one)[0][i]
        return total

    return trace


def hessian_vector_product(f: Callable, x: Any, v: Any) -> Any:
    """H v, with H the second derivatives of f at x: the gradient of the slope along v.

    It costs a small multiple of f and never forms H. Shapes: x, v and the result are equal.
    """

    _check_shapes(x, v)

    def slope(x: Any) -> Any:
        parts = zip(_leaves(grad(f)(x)), _leaves(v), strict=True)
        return sum((g * d).sum() for g, d in parts)

    return grad(slope)(x)


# ---------------------------------------------------------------- structures of arrays


def _map(f: Callable, tree: Any) -> Any:
    """The same structure of lists, tuples and dicts, with f applied to each array in it."""
    if isinstance(tree, dict):
        return {key: _map(f, value) for key, value in tree.items()}
    if isinstance(tree, tuple) and hasattr(tree, "_fields"):
        return type(tree)(*(_map(f, value) for value in tree))
    if isinstance(tree, list | tuple):
        return type(tree)(_map(f, value) for value in tree)
    return f(tree)


def _leaves(tree: Any) -> list:
    """The arrays of a structure, in order."""
    found: list = []
    _map(found.append, tree)
    return found


def _check_shapes(primals: Any, tangents: Any) -> None:
    want, got = ([np.shape(raw(x)) for x in _leaves(tree)] for tree in (primals, tangents))
    if want != got:
        raise ValueError(f"directions must have shapes {want}, those of the arguments; got {got}")


def _trace(x: Any) -> Tensor:
    """A Tensor with a node of its own, which backward passes can stop at."""
    value = x._data if isinstance(x, Tensor) else np.asarray(x)[()]
    if value.dtype.kind != "f":
        if not isinstance(x, int | float):
            raise TypeError(f"gradients need floating-point numbers; got {value.dtype}")
        value = np.float64(value)
    edge = (x._node, _IDENTITY.pullbacks[0], ()) if requires_grad(x) else (None, None, ())
    return from_array(value, Node(_IDENTITY, (edge,), value))


def _result(leaf: Tensor, reached: dict[Node, Any], further: bool, handed_out: set[int]) -> Any:
    """The gradient of a traced leaf, as something the caller may own."""
    g = reached.get(leaf._node)
    if g is None:
        g = np.zeros(leaf.shape, leaf.dtype)[()]
        return from_array(g) if further else g
    if not further:
        return own(g, handed_out, leaf.dtype)
    return g
