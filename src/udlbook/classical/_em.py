"""The loop of expectation maximization, for several starts at once, and what it returns."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .._check import check_range

Params = tuple[np.ndarray, ...]  # each with the start as its first axis


@dataclass(frozen=True)
class Fit:
    """What expectation maximization found, from the best of its starts.

    Attributes:
        model: The fitted model, of the class that the function fits.
        log_likelihood: Mean log-likelihood of an example under it, in nats.
        trace: That number at the start and after each step.
        finals: The last number of each start.
        converged: Whether the last step gained less than the tolerance.

    Shapes:
        trace (steps + 1,); finals (restarts,).
    """

    model: Any
    log_likelihood: float
    trace: np.ndarray
    finals: np.ndarray
    converged: bool


def run(
    start: Params,
    e_step: Callable[[Params], tuple[np.ndarray, np.ndarray]],
    m_step: Callable[[np.ndarray, Params], Params],
    *,
    tol: float,
    max_steps: int,
) -> tuple[Params, np.ndarray, np.ndarray, bool]:
    """Take E and M steps in turns until no start gains more than ``tol`` in a step.

    Args:
        start: Parameters of all starts.
        e_step: Gives what the M step needs, and the mean log-likelihood of each start.
        m_step: Gives new parameters, from that and the old ones.
        tol: A start rests once a step gains less, in nats an example.
        max_steps: Where to stop at the latest.

    Returns:
        The best start's parameters, its trace, the last number of each start, and whether the
        best has converged.
    """
    check_range("tol", tol, 0)
    check_range("max_steps", max_steps, 0)
    params = tuple(p.copy() for p in start)
    expected, level = e_step(params)
    traces = [level]
    active = np.ones(len(level), dtype=bool)
    for _ in range(max_steps):
        everyone = bool(active.all())
        some = params if everyone else tuple(p[active] for p in params)
        some = m_step(expected, some)
        expected, now = e_step(some)
        if everyone:
            params, level = some, now
        else:
            level = level.copy()
            level[active] = now
            for old, new in zip(params, some, strict=True):
                old[active] = new
        gain = level[active] - traces[-1][active]
        traces.append(level)
        on = gain >= tol if tol else np.ones(len(gain), dtype=bool)
        if not on.all():
            expected = expected[on]
            active[np.flatnonzero(active)] = on
        if not active.any():
            break
    best = int(level.argmax())
    trace = np.array(traces)[:, best]
    if not active[best]:  # others may have gone on after the best had come to rest
        gains = np.flatnonzero(np.diff(trace) != 0)
        trace = trace[: 2 + (gains[-1] if gains.size else 0)]
    return tuple(p[best] for p in params), trace, level, not active[best]


def normalize(log_joint: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Responsibilities and log densities from log joints, by log-sum-exp.

    Where a point is impossible, its log density is -inf and its responsibilities are nan.

    Shapes:
        log_joint (R, K, N); returns (R, K, N) and (R, N).
    """
    top = log_joint.max(axis=1)
    possible = np.isfinite(top)
    if not possible.all():
        top = np.where(possible, top, 0.0)
    shares = log_joint - top[:, None]
    np.exp(shares, out=shares)
    total = shares.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        shares /= total[:, None]
        return shares, np.log(total) + top
