"""Learning-rate schedules: functions of the step alone, so that they need no state.

A schedule maps (step, steps), with 0 <= step < steps, to the factor by which the base learning
rate is multiplied: ``optimizer.lr = lr * schedule(step, steps)`` before each step.
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


def exponential(factor: float) -> Schedule:
    """Multiply the rate by ``factor`` after each step.

    Raises:
        ValueError: If ``factor`` is not in [0, 1].
    """
    return step_decay(every=1, factor=factor)


def linear(*, end: float = 0.0) -> Schedule:
    """Fall from 1 to ``end`` along a straight line; ``end`` would be reached at step ``steps``.

    Raises:
        ValueError: If ``end`` is not in [0, 1].

    >>> [linear()(step, 4) for step in range(4)]
    [1.0, 0.75, 0.5, 0.25]
    """
    check_range("end", end, 0, 1)
    return lambda step, steps: end + (1 - end) * (1 - step / steps)


def cosine(*, end: float = 0.0) -> Schedule:
    """Fall from 1 to ``end`` along half a cosine; ``end`` would be reached at step ``steps``.

    Source: Loshchilov & Hutter, "SGDR: stochastic gradient descent with warm restarts", ICLR
    2017, arXiv:1608.03983, equation 5. Ours differs: there is one fall and no restart.

    Raises:
        ValueError: If ``end`` is not in [0, 1].

    >>> [round(cosine()(step, 4), 3) for step in range(4)]
    [1.0, 0.854, 0.5, 0.146]
    """
    check_range("end", end, 0, 1)
    return lambda step, steps: end + (1 - end) * (1 + math.cos(math.pi * step / steps)) / 2


def warm_up(n: int, then: Schedule = constant, *, start: float = 0.0) -> Schedule:
    """Rise along a line from ``start`` to 1 in ``n`` steps, then follow another schedule.

    Step 0 has the factor ``start + (1 - start) / n`` and step n - 1 has 1, so none is wasted on
    a rate of zero. The other schedule sees its own steps: from 0, of ``steps - n``.

    Source: Goyal et al., "Accurate, large minibatch SGD: training ImageNet in 1 hour", 2017,
    arXiv:1706.02677, section 2.2 (gradual warm-up).

    Raises:
        ValueError: If ``n`` is not positive or ``start`` is not in [0, 1].

    >>> [warm_up(4, step_decay(every=1, factor=0.5))(step, 6) for step in range(6)]
    [0.25, 0.5, 0.75, 1.0, 1.0, 0.5]
    """
    check_range("n", n, 1)
    check_range("start", start, 0, 1)

    def factor(step: int, steps: int) -> float:
        if step < n:
            return start + (1 - start) * (step + 1) / n
        return then(step - n, steps - n)

    return factor


def inverse_sqrt(n: int) -> Schedule:
    """Rise along a line to 1 in ``n`` steps, then fall as one over the root of the step.

    Source: Vaswani et al., "Attention is all you need", NeurIPS 2017, arXiv:1706.03762, equation
    3. Ours differs: the largest factor is 1; the paper's base rate is 1 / sqrt(d_model n).

    Raises:
        ValueError: If ``n`` is not positive.

    >>> [round(inverse_sqrt(2)(step, 8), 3) for step in (0, 1, 3, 7)]
    [0.5, 1.0, 0.707, 0.5]
    """
    check_range("n", n, 1)
    return lambda step, steps: min((step + 1) / n, math.sqrt(n / (step + 1)))


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
