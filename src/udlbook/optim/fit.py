"""The training loop: run, compare, differentiate, step.

The chapter on shallow networks spells it out. Here it stands once, for all pages that need a
trained network and do not teach how to train one.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from .._check import check_range
from ..autodiff import Tensor
from ._optimizer import Optimizer
from ._tree import leaves
from .adam import Adam
from .schedules import Schedule, constant


def fit(
    loss_fn: Callable[..., Any],
    params: Any,
    batches: Iterable[tuple] | None = None,
    *,
    steps: int,
    lr: float,
    optimizer: Callable[..., Optimizer] = Adam,
    schedule: Schedule = constant,
    on_step: Callable[[int, float], None] | None = None,
) -> list[float]:
    """Minimize a loss by gradient descent, in place, and return the loss before each step.

    The loss may bring its gradient along, derived by hand; or it is a Tensor, and autodiff finds
    the gradient.

    Args:
        loss_fn: Called as ``loss_fn(params, *batch)``. It returns a loss and its gradients in the
            structure of the parameters; or, if these are Tensors, a Tensor alone.
        params: What to change: an array, a Tensor, or lists, tuples and dicts of these.
        batches: Yields at least ``steps`` tuples, as ``udlbook.optim.batches`` does. Left out,
            there is nothing to hand over: the loss knows all its data.
        steps: Number of updates.
        lr: Base learning rate.
        optimizer: Called with the parameters and ``lr``: a class of ``udlbook.optim`` or a
            ``functools.partial`` of one.
        schedule: Maps (step, steps) to a factor of ``lr``.
        on_step: Called as ``on_step(step, loss)`` after each update, with the loss before it.

    Returns:
        The losses, one for each step.

    Raises:
        ValueError: If the loss is not a single number, or comes without a gradient; if the
            batches end too early; if ``steps`` is negative.
        FloatingPointError: If a loss is not finite; the parameters are then left as they are.

    >>> from udlbook.optim import linear
    >>> phi = np.array([4.0])
    >>> losses = fit(lambda p: (p[0] ** 2, 2 * p), phi, steps=50, lr=0.2, schedule=linear())
    >>> losses[0], bool(losses[-1] < 0.02)
    (16.0, True)

    >>> from udlbook import autodiff as ad
    >>> twin = ad.Tensor(np.array([4.0]), requires_grad=True)
    >>> fit(lambda p: (p * p).sum(), twin, steps=50, lr=0.2, schedule=linear()) == losses
    True
    """
    check_range("steps", steps, 0)
    opt = optimizer(params, lr=lr)
    stream = None if batches is None else iter(batches)
    losses = []
    for step in range(steps):
        loss, grads = _run(loss_fn, params, _next(stream, step, steps), step)
        losses.append(loss)
        opt.lr = lr * schedule(step, steps)
        opt.step(grads)
        if on_step is not None:
            on_step(step, loss)
    return losses


def _run(loss_fn: Callable, params: Any, batch: tuple, step: int) -> tuple[float, Any]:
    """The loss and its gradients; None for those that the Tensors of params now hold."""
    found = loss_fn(params, *batch)
    if isinstance(found, Tensor):
        value = _checked(found.data, step)
        for leaf in leaves(params):
            if not isinstance(leaf, Tensor):
                raise ValueError(
                    "loss_fn must return gradients too where parameters are arrays; got a Tensor"
                )
            leaf.zero_grad()
        found.backward()
        return value, None
    if not (isinstance(found, tuple) and len(found) == 2):
        raise ValueError(
            f"loss_fn must return a loss and its gradients, or a Tensor; got {type(found)}"
        )
    return _checked(found[0], step), found[1]


def _checked(loss: Any, step: int) -> float:
    if np.size(loss) != 1:
        raise ValueError(f"the loss must be a single number; got shape {np.shape(loss)}")
    value = float(np.reshape(loss, ()))
    if not math.isfinite(value):
        raise FloatingPointError(f"the loss is {value} at step {step}; is lr too large?")
    return value


def _next(stream: Iterator[tuple] | None, step: int, steps: int) -> tuple:
    if stream is None:
        return ()
    try:
        return next(stream)
    except StopIteration:
        raise ValueError(f"batches must yield {steps} batches; got {step}") from None
