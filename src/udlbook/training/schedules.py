"""Learning-rate schedules: functions of the step alone, so that a resumed run needs no state.

A schedule maps (step, steps) to the factor by which the base learning rate is multiplied at this
step, 0 <= step < steps.
"""

import math
from collections.abc import Callable

from .._check import check_range

Schedule = Callable[[int, int], float]


def constant(step: int, steps: int) -> float:
    """Always 1."""
    return 1.0


def step_decay(*, every: int, factor: float = 0.1) -> Schedule:
    """Multiply the rate by ``factor`` after each ``every`` steps.

    Raises:
        ValueError: If ``every`` is not positive or ``factor`` is not in [0, 1].

    >>> [step_decay(every=2, factor=0.5)(step, 6) for step in range(6)]
    [1.0, 1.0, 0.5, 0.5, 0.25, 0.25]
    """
    check_range("every", every, 1)
    check_range("factor", factor, 0, 1)
    return lambda step, steps: float(factor) ** (step // every)


def one_cycle(
    *, warm_up: float = 0.3, start: float = 1 / 25, end: float = 1 / 250_000
) -> Schedule:
    """Rise from ``start`` to 1, then fall to ``end``, both along half a cosine.

    Args:
        warm_up: Part of the steps that is for the rise.
        start: Factor at the first step.
        end: Factor at the last step.

    Source: Smith & Topin, "Super-convergence: very fast training of neural networks using large
    learning rates", arXiv:1708.07120, with the shape and constants of torch's ``OneCycleLR``.
    Ours differs: the momentum stays as it is; a step is never negative, so a rise of less than
    one step is left out.

    Raises:
        ValueError: If an argument is not in [0, 1].

    >>> [round(one_cycle(warm_up=0.5)(step, 10), 3) for step in (0, 2, 4, 9)]
    [0.04, 0.52, 1.0, 0.0]
    """
    for name, value in (("warm_up", warm_up), ("start", start), ("end", end)):
        check_range(name, value, 0, 1)

    def factor(step: int, steps: int) -> float:
        top = warm_up * steps - 1  # the step, maybe a fraction, at which the factor is 1
        if step < top:
            return _cosine(start, 1, step / top)
        fall = steps - 1 - max(top, 0)
        return _cosine(1, end, (step - max(top, 0)) / fall if fall > 0 else 1)

    return factor


def _cosine(a: float, b: float, u: float) -> float:
    """From a at u = 0 to b at u = 1."""
    return b + (a - b) * (1 + math.cos(math.pi * u)) / 2
