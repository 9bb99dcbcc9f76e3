"""Trade time for memory: forget the inside of a function, and compute it again when needed.

Source: Chen, Xu, Zhang & Guestrin, "Training deep nets with sublinear memory cost",
arXiv:1604.06174, 2016, section 4. With checkpoints around blocks of sqrt(n) of n layers, memory
grows as sqrt(n) and the forward pass is computed twice.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from ._rule import Rule
from ._tensor import Tensor, raw
from ._transforms import vjp


def checkpoint(f: Callable, *args: Any) -> Any:
    """``f(*args)``, keeping only the arguments; the inside is computed again in the backward pass.

    Args:
        f: A function that returns one Tensor, and the same one when it is called again. All that
            needs gradients must be handed to it as an argument.
        *args: Tensors or arrays.

    Raises:
        ValueError: If f uses a Tensor that requires gradients and is not among the arguments.
    """
    y = f(*(x.detach() if isinstance(x, Tensor) else x for x in args))
    if isinstance(y, Tensor) and y.requires_grad:
        raise ValueError(
            "checkpoint needs all Tensors that require gradients as arguments; "
            "got a function that brings one along"
        )
    names = tuple(f"x{i}" for i in range(len(args)))
    live = [i for i, x in enumerate(args) if isinstance(x, Tensor) and x.requires_grad]
    if not live:
        return y
    again = _Again(f, live)
    pullbacks = {names[i]: partial(again.share, i) for i in live}
    rule = Rule("checkpoint", names, pullbacks, [names] * len(live))
    return rule.record(raw(y), args, tuple(raw(x) for x in args))


class _Again:
    """The second run of f: the first argument that asks starts it, the others share its result."""

    def __init__(self, f: Callable, live: list[int]) -> None:
        self.f, self.live = f, live
        self.g = None
        self.shares: dict[int, Any] = {}

    def share(self, i: int, g: Any, *args: Any) -> Any:
        """The gradient of argument i, given that of the result."""
        if g is not self.g or i not in self.shares:
            _, pullback = vjp(partial(self._of_live, args), *(args[j] for j in self.live))
            self.g, self.shares = g, dict(zip(self.live, pullback(g), strict=True))
        share = self.shares.pop(i)
        if not self.shares:
            self.g = None
        return share

    def _of_live(self, args: tuple, *primals: Any) -> Any:
        full = list(args)
        for j, primal in zip(self.live, primals, strict=True):
            full[j] = primal
        return self.f(*full)
