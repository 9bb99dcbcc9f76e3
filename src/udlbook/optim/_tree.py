"""Structures of arrays: lists, tuples and dicts, nested in any way, with arrays as leaves.

A leaf is a NumPy array, or an autodiff Tensor with values in ``.data`` and a gradient in
``.grad``.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from ..autodiff import Tensor


def leaves(tree: Any) -> Iterator[Any]:
    """The leaves of a structure, in order."""
    if isinstance(tree, dict):
        tree = tree.values()
    elif not isinstance(tree, list | tuple):
        yield tree
        return
    for part in tree:
        yield from leaves(part)


def gradients(params: Any, grads: Any = None) -> list[Any]:
    """The gradient of each leaf of ``params``, in the order of the leaves.

    Args:
        params: A structure.
        grads: The same structure of gradients; ``None`` reads those that Tensors hold. The
            gradient of a Tensor may also stand in as that Tensor.

    Raises:
        ValueError: If the structures or shapes differ, or a gradient is missing.
    """
    found = _align(params, params if grads is None else grads, "grads")
    for i, (leaf, g) in enumerate(zip(leaves(params), found, strict=True)):
        if isinstance(g, Tensor):
            found[i] = g = g.grad
        elif grads is None:
            raise ValueError("grads must be given with the parameters as arrays; got none")
        if g is None:
            raise ValueError(
                f"every parameter must have a gradient, by backward; parameter {i} has none"
            )
        if np.shape(g) != leaf.shape:
            raise ValueError(
                f"gradient {i} must have shape {leaf.shape}, that of its parameter; "
                f"got {np.shape(g)}"
            )
    return found


def _align(params: Any, grads: Any, name: str) -> list[Any]:
    if isinstance(params, dict):
        keys = list(params)
        if not isinstance(grads, dict) or grads.keys() != params.keys():
            raise ValueError(f"{name} must be a dict with keys {keys}; got {_describe(grads)}")
    elif isinstance(params, list | tuple):
        keys = range(len(params))
        if not isinstance(grads, list | tuple) or len(grads) != len(params):
            raise ValueError(
                f"{name} must be a list or tuple of {len(params)}; got {_describe(grads)}"
            )
    elif isinstance(grads, dict | list | tuple):
        raise ValueError(f"{name} must be an array; got {_describe(grads)}")
    else:
        return [grads]
    return [g for k in keys for g in _align(params[k], grads[k], f"{name}[{k!r}]")]


def _describe(tree: Any) -> str:
    kind = type(tree).__name__
    if isinstance(tree, dict):
        return f"a dict with keys {list(tree)}"
    return f"a {kind} of {len(tree)}" if isinstance(tree, list | tuple) else f"a {kind}"
