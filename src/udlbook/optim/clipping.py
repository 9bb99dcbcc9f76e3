r"""Gradient clipping: a step must not be longer than the map is good.

Source: Pascanu, Mikolov & Bengio, "On the difficulty of training recurrent neural networks", ICML
2013, arXiv:1211.5063, algorithm 1, for the norm; for single values Mikolov, "Statistical language
models based on neural networks", PhD thesis, Brno 2012. Ours differs: as in PyTorch, the norm
is increased by 1e-6 before it divides, so a clipped gradient is shorter than asked by that.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from .._check import check_range
from ..autodiff import Tensor
from ._tree import leaves


def clip_norm(grads: Any, max_norm: float, *, order: float = 2.0) -> float:
    """Scale all gradients together, in place, so that their norm is at most ``max_norm``.

    Args:
        grads: Arrays, or Tensors whose ``.grad`` is meant, or lists, tuples and dicts of these.
            A Tensor without a gradient is passed over.
        max_norm: The largest norm to leave.
        order: Which norm of all values, as one vector: 2, 1, ``inf``, or any other above 0.

    Returns:
        The norm before.

    Raises:
        ValueError: If ``max_norm`` is negative, ``order`` is not positive, or a gradient is not an
            array.
        FloatingPointError: If the norm is not finite; the gradients are then left as they are.

    >>> g = [np.array([3.0]), np.array([4.0])]
    >>> clip_norm(g, 1.0), g[0].round(4), g[1].round(4)
    (5.0, array([0.6]), array([0.8]))
    """
    check_range("max_norm", max_norm, 0)
    if not order > 0:
        raise ValueError(f"order must be above 0; got {order}")
    norms = [np.linalg.norm(g.reshape(-1), order) for g in _arrays(grads)]
    norm = float(np.linalg.norm(norms, order)) if norms else 0.0
    if not np.isfinite(norm):
        raise FloatingPointError(f"the norm of the gradients is {norm}; is lr too large?")
    if (factor := max_norm / (norm + 1e-6)) < 1:
        _change(grads, lambda g, out: np.multiply(g, factor, out=out))
    return norm


def clip_value(grads: Any, limit: float) -> None:
    """Bring every value of the gradients, in place, into [-limit, limit].

    Args:
        grads: As in ``clip_norm``.
        limit: The largest size to leave.

    Raises:
        ValueError: If ``limit`` is negative or a gradient is not an array.
    """
    check_range("limit", limit, 0)
    _arrays(grads)
    _change(grads, lambda g, out: np.clip(g, -limit, limit, out=out))


def _arrays(grads: Any) -> list[Any]:
    """The gradients; those of Tensors without axes are NumPy scalars."""
    found = []
    for leaf in leaves(grads):
        g = leaf.grad if isinstance(leaf, Tensor) else leaf
        if not isinstance(g, np.ndarray) and not isinstance(leaf, Tensor):
            raise ValueError(f"gradients must be arrays, to be changed in place; got {type(g)}")
        if g is not None:
            found.append(g)
    return found


def _change(grads: Any, change: Callable) -> None:
    for leaf in leaves(grads):
        g = leaf.grad if isinstance(leaf, Tensor) else leaf
        if isinstance(g, np.ndarray):
            change(g, g)
        elif g is not None:
            leaf.grad = change(g, None)
