"""What all optimizers share: parameters of any structure, updated block by block.

A method is a few formulas on vectors: parameters phi, gradient g, state. Parameters come as a
few large arrays or as many small ones. A large array is cut into blocks that stay in the
processor's cache while the formulas go over them one after another; small arrays are laid end to
end in one block, so that a formula costs one call and not one for each array. Nothing is
allocated in a step but what the gathering of gradients asks for.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from .._check import check_range
from ..autodiff import Tensor
from ._tree import gradients, leaves

WORKING_BYTES = 1024 * 1024  # of a block, its gradient, state and scratch: a second-level cache


class Optimizer(ABC):
    """Parameters, and how they move. Subclasses write ``_update``.

    Args:
        params: An array, an autodiff Tensor, or lists, tuples and dicts of these. Arrays are
            changed in place.
        lr: Learning rate. The attribute ``lr`` may be set before each step, by a schedule.
        weight_decay: Adds ``weight_decay * phi`` to the gradient, the derivative of the penalty
            ``weight_decay / 2 * phi**2``.
        maximize: Climb instead: the gradient's sign is turned, before the weight decay.
        state: How many vectors of state, zero at first, ``_update`` keeps.
        scratch: How many vectors it needs to compute in.

    Attributes:
        t: The number of steps made.

    Raises:
        ValueError: If a parameter cannot be changed in place, or occurs twice, or an option is
            out of range.
    """

    decoupled = False  # weight decay shrinks phi by itself, beside the gradient's step

    def __init__(
        self,
        params: Any,
        lr: float,
        *,
        weight_decay: float = 0.0,
        maximize: bool = False,
        state: int = 0,
        scratch: int = 1,
    ) -> None:
        check_range("lr", lr, 0)
        check_range("weight_decay", weight_decay, 0)
        self.params, self.lr, self.t = params, lr, 0
        self.weight_decay, self.maximize = weight_decay, maximize
        self._leaves = list(leaves(params))
        for leaf in self._leaves:
            _check_leaf(leaf)
        if len({id(leaf) for leaf in self._leaves}) < len(self._leaves):
            raise ValueError("each parameter must occur once; got one that occurs twice")
        self._blocks = _plan(self._leaves, state, scratch)

    def step(self, grads: Any = None) -> None:
        """Change the parameters once.

        Args:
            grads: Gradients in the structure of the parameters. Left out, the ``.grad`` of the
                parameters, which must then be Tensors. Gradients are left as they are.

        Raises:
            ValueError: If structure or shapes are not those of the parameters, or one is missing.
        """
        flat = [
            np.asarray(g, leaf.dtype).reshape(-1)
            for leaf, g in zip(self._leaves, gradients(self.params, grads), strict=True)
        ]
        self.t += 1
        self._sweep(self._decay_and_update, flat)

    @abstractmethod
    def _update(
        self, phi: np.ndarray, g: np.ndarray, state: Sequence[np.ndarray], scratch: np.ndarray
    ) -> None:
        """Change phi and state in place by the formulas of the method. Shapes: all (n,)."""

    def _decay_and_update(
        self, phi: np.ndarray, g: np.ndarray, state: Sequence[np.ndarray], scratch: np.ndarray
    ) -> None:
        extra, *scratch = scratch
        if self.maximize:
            g = np.negative(g, out=extra)
        if self.weight_decay and self.decoupled:
            phi *= 1 - self.lr * self.weight_decay
        elif self.weight_decay:
            np.multiply(phi, self.weight_decay, out=scratch[0])
            g = np.add(g, scratch[0], out=extra)
        self._update(phi, g, state, scratch)

    def _sweep(self, update: Callable, grads: list[np.ndarray] | None = None) -> None:
        """Run ``update`` on each block, with parameters and gradients as vectors."""
        arrays = [leaf.data if isinstance(leaf, Tensor) else leaf for leaf in self._leaves]
        flat = [a.reshape(-1) for a in arrays]  # views, but for strided arrays and for numbers
        for block in self._blocks:
            phi = block.gather(flat, block.phi)
            g = phi if grads is None else block.gather(grads, block.g)
            update(phi, g, block.state, block.scratch)
            block.scatter(flat)
        for leaf, a, values in zip(self._leaves, arrays, flat, strict=True):
            if not isinstance(a, np.ndarray):
                a = values[0]
            elif not a.flags.c_contiguous:
                a[...] = values.reshape(a.shape)
            if isinstance(leaf, Tensor):
                leaf.data = a  # tells the graph that the values have changed


class _Block:
    """Parameters that are updated together: a part of one leaf, or several whole leaves.

    Attributes:
        pieces: Leaf number, start and stop in it, for each piece.
        state: Shape (number of vectors, n).
        phi, g: Where several leaves are laid end to end; None for a part of one.
    """

    def __init__(
        self, pieces: list[tuple[int, int, int]], dtype: np.dtype, state: int, scratch: np.ndarray
    ) -> None:
        self.pieces = pieces
        size = sum(stop - start for _, start, stop in pieces)
        self.state = list(np.zeros((state, size), dtype))
        self.scratch = list(scratch[:, :size])
        self.phi, self.g = np.empty((2, size), dtype) if len(pieces) > 1 else (None, None)

    def gather(self, flat: list[np.ndarray], out: np.ndarray | None) -> np.ndarray:
        if out is None:
            i, start, stop = self.pieces[0]
            return flat[i][start:stop]
        return np.concatenate([flat[i] for i, _, _ in self.pieces], out=out)

    def scatter(self, flat: list[np.ndarray]) -> None:
        if self.phi is not None:
            at = 0
            for i, _, stop in self.pieces:
                flat[i][:] = self.phi[at : at + stop]
                at += stop


def _plan(params: list[Any], state: int, scratch: int) -> list[_Block]:
    """Cut large leaves, join small ones of one type."""
    runs: list[tuple[np.dtype, list]] = []
    small: dict[np.dtype, list] = {}
    vectors = 2 + state + scratch  # parameters, gradient, and these
    for i, leaf in enumerate(params):
        n = WORKING_BYTES // (vectors * leaf.dtype.itemsize)
        if leaf.size > n:
            count = round(leaf.size / n)
            cuts = [leaf.size * k // count for k in range(count + 1)]
            runs += [(leaf.dtype, [(i, a, b)]) for a, b in pairwise(cuts)]
            continue
        group = small.setdefault(leaf.dtype, [])
        if sum(stop for _, _, stop in group) + leaf.size > n:
            runs.append((leaf.dtype, group.copy()))
            group.clear()
        group.append((i, 0, leaf.size))
    runs += small.items()
    longest = max((sum(b - a for _, a, b in pieces) for _, pieces in runs), default=0)
    buffers = {dtype: np.empty((1 + scratch, longest), dtype) for dtype, _ in runs}
    return [_Block(pieces, dtype, state, buffers[dtype]) for dtype, pieces in runs]


def _check_leaf(leaf: Any) -> None:
    values = leaf.data if isinstance(leaf, Tensor) else leaf
    numbers = np.ndarray | np.generic if isinstance(leaf, Tensor) else np.ndarray
    if not isinstance(values, numbers):
        raise ValueError(
            f"parameters must be arrays or Tensors, to be changed in place; got {type(leaf)}"
        )
    if values.dtype.kind != "f":
        raise ValueError(f"parameters must be floating-point numbers; got {values.dtype}")
    if isinstance(values, np.ndarray) and not values.flags.writeable:
        raise ValueError("parameters must be writeable; got an array that is not")


def check_rate(name: str, value: float) -> None:
    """Raise a ValueError unless ``0 <= value < 1``."""
    if not 0 <= value < 1:
        raise ValueError(f"{name} must be at least 0 and below 1; got {value}")
