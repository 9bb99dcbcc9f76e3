"""Exercises of the chapter *Optimizers*.

Truth comes from sums written out, from all batches listed one by one, from eigenvalues, from
central differences and from counting calls, never from ``udlbook.optim``. Where a wrong answer has
a typical cause, the check computes what that cause would give and names it.
"""

import itertools
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ._core import Exercises, Incorrect, Wrong, given

_book = Exercises("optim")


def _numbers(value: Any, n: int) -> list[float]:
    value = given(value, "the answer")
    if not (isinstance(value, tuple) and len(value) == n):
        raise Incorrect(f"give {n} numbers, as a tuple.")
    return [float(given(v, "a number")) for v in value]


def _close(got: Any, want: Any, tolerance: float = 1e-9) -> bool:
    return np.allclose(got, want, rtol=tolerance, atol=tolerance)


# -- Three rates of a bowl, before running --------------------------------------------------------


@_book.add(
    "rates",
    stub=(..., ..., ...),
    reference=(2 / 25, 2 / 26, 24 / 26),
    wrong=[
        Wrong((1 / 25, 2 / 26, 24 / 26), "twice as far", "stops at the step that lands on 0"),
        Wrong(
            (2.0, 2 / 26, 24 / 26),
            "limit of the flattest",
            "asks the smallest curvature for the limit",
        ),
        Wrong((2 / 25, 1 / 25, 24 / 26), "leave some room", "serves the steepest direction only"),
        Wrong((2 / 25, 2 / 26, 25 / 26), "the best rate is right", "takes kappa / (kappa + 1)"),
    ],
)
def _rates(answer: Any) -> None:
    limit, best, factor = _numbers(answer, 3)
    curvatures = np.array([1.0, 4.0, 25.0])

    def slowest(lr: float) -> float:
        return float(np.abs(1 - lr * curvatures).max())

    if math.isclose(limit, 1 / 25, rel_tol=1e-3):
        raise Incorrect(
            "with 1/25 the steepest direction lands on 0 at once; it may go twice as far and "
            "still come no farther away."
        )
    if math.isclose(limit, 2.0, rel_tol=1e-3):
        raise Incorrect("2 is the limit of the flattest direction; the steepest one decides.")
    if not math.isclose(slowest(limit), 1, rel_tol=1e-3):
        raise Incorrect(f"at the limit the largest |1 - lr c| is 1; yours gives {slowest(limit)}.")
    grid = np.linspace(0, 0.08, 80_001)
    want = grid[np.argmin(np.abs(1 - np.multiply.outer(grid, curvatures)).max(1))]
    if math.isclose(best, 1 / 25, rel_tol=1e-3):
        raise Incorrect(
            "1/25 makes the steepest direction perfect and the flattest slow; leave some room on "
            "both sides."
        )
    if not math.isclose(best, want, rel_tol=1e-3):
        raise Incorrect("the best rate makes the slowest of the three factors as small as can be.")
    if not math.isclose(factor, slowest(want), rel_tol=1e-3):
        raise Incorrect("the best rate is right; put it into |1 - lr c| for c = 1 and c = 25.")


# -- Golden section -------------------------------------------------------------------------------


def _golden(f: Callable, low: float, high: float, tol: float, fault: str = "") -> float:
    gold = 0.5 if fault == "half" else (math.sqrt(5) - 1) / 2
    gold = 0.7 if fault == "ratio" else gold
    left, right = high - gold * (high - low), low + gold * (high - low)
    f_left, f_right = f(left), f(right)
    while high - low > (tol * 1e4 if fault == "early" else tol):
        if (f_left < f_right) != (fault == "side"):
            high, right, f_right = right, left, f_left
            left = high - gold * (high - low)
            f_left = f(left)
        else:
            low, left, f_left = left, right, f_right
            right = low + gold * (high - low)
            f_right = f(right)
        if fault == "wasteful":
            left, right = high - gold * (high - low), low + gold * (high - low)
            f_left, f_right = f(left), f(right)
    return (low + high) / 2


def _golden_with(fault: str) -> Callable:
    return lambda f, low, high, tol: _golden(f, low, high, tol, fault)


@_book.add(
    "golden",
    stub=lambda f, low, high, tol: ...,
    reference=_golden,
    wrong=[
        Wrong(_golden_with("wasteful"), "called f", "computes both inner points in each round"),
        Wrong(_golden_with("side"), "the wrong side", "keeps the higher of the two points"),
        Wrong(_golden_with("early"), "wider than", "stops before the width is reached"),
        Wrong(_golden_with("ratio"), "asymmetric", "a ratio at which the old point does not fit"),
    ],
)
def _golden_check(answer: Callable) -> None:
    cases = [
        (lambda x: (x - 2) ** 2, 0.0, 5.0, 2.0),
        (lambda x: abs(x + 0.3), -2.0, 1.0, -0.3),
        (lambda x: x - math.log(x), 0.1, 9.0, 1.0),
        (lambda x: -x if x < 1.9 else 10 * (x - 1.9) - 1.9, 0.0, 2.0, 1.9),
    ]
    for tol in (1e-3, 1e-5):
        for f, low, high, want in cases:
            calls = []

            def counted(x: float, f: Callable = f, calls: list = calls) -> float:
                calls.append(x)
                if len(calls) > 300:
                    raise Incorrect("you called f 300 times; does the interval shrink?")
                return f(x)

            x = float(given(answer(counted, low, high, tol), "the minimum"))
            if min(abs(x - low), abs(x - high)) < 10 * tol and abs(x - want) > 10 * tol:
                raise Incorrect(
                    f"you ended at {x:.4g}, the minimum is at {want}: you kept the "
                    "wrong side of the interval."
                )
            if abs(x - want) > tol and _asymmetric(calls, low, high):
                raise Incorrect(
                    "the inner points became asymmetric: the old one must be an inner point of "
                    "what is left, in the same ratio."
                )
            if abs(x - want) > tol:
                raise Incorrect(
                    f"you are {abs(x - want):.2g} from the minimum, so the interval was still "
                    f"wider than {tol} when you stopped."
                )
            allowed = 2 + math.ceil(math.log(tol / (high - low)) / math.log(0.618)) + 3
            if len(calls) > allowed:
                raise Incorrect(
                    f"you called f {len(calls)} times where {allowed} are enough: one of the two "
                    "inner points is known from the round before."
                )


def _asymmetric(calls: list[float], low: float, high: float) -> bool:
    """Whether the first two points are not at 38.2 % and 61.8 % of the interval."""
    parts = sorted((x - low) / (high - low) for x in calls[:2])
    return not _close(parts, [0.381966, 0.618034], 1e-4)


# -- Batches without replacement ------------------------------------------------------------------


def _epoch(x: Any, y: Any, size: int, rng: np.random.Generator) -> Iterator:
    order = rng.permutation(len(x))
    for start in range(0, len(x), size):
        chosen = order[start : start + size]
        yield x[chosen], y[chosen]


def _epoch_replaced(x: Any, y: Any, size: int, rng: np.random.Generator) -> Iterator:
    for start in range(0, len(x), size):
        chosen = rng.integers(0, len(x), size=min(size, len(x) - start))
        yield x[chosen], y[chosen]


def _epoch_torn(x: Any, y: Any, size: int, rng: np.random.Generator) -> Iterator:
    x, y = rng.permutation(x), rng.permutation(y)
    for start in range(0, len(x), size):
        yield x[start : start + size], y[start : start + size]


def _epoch_in_order(x: Any, y: Any, size: int, rng: np.random.Generator) -> Iterator:
    for start in range(0, len(x), size):
        yield x[start : start + size], y[start : start + size]


def _epoch_short(x: Any, y: Any, size: int, rng: np.random.Generator) -> Iterator:
    order = rng.permutation(len(x))
    for start in range(0, len(x) - size + 1, size):
        yield x[order[start : start + size]], y[order[start : start + size]]


@_book.add(
    "epoch",
    stub=lambda x, y, size, rng: ...,
    reference=_epoch,
    wrong=[
        Wrong(_epoch_replaced, "more than once", "draws every batch anew from all examples"),
        Wrong(_epoch_torn, "parted", "shuffles inputs and targets apart"),
        Wrong(_epoch_in_order, "same order", "cuts the data as they lie"),
        Wrong(_epoch_short, "left out", "drops what does not fill a batch"),
    ],
)
def _epoch_check(answer: Callable) -> None:
    x = np.arange(23)
    orders = []
    for seed, size in ((0, 5), (1, 5), (2, 8)):
        made = given(answer(x.copy(), x * 10, size, np.random.default_rng(seed)), "the epoch")
        parts = [(np.array(a), np.array(b)) for a, b in made]
        xs, ys = (np.concatenate(p) for p in zip(*parts, strict=True))
        if not np.array_equal(ys, xs * 10):
            raise Incorrect("inputs and targets were parted: choose both by the same numbers.")
        if len(set(xs.tolist())) < len(xs):
            raise Incorrect("in one epoch an example came more than once.")
        if len(xs) < len(x):
            raise Incorrect(f"{len(x) - len(xs)} of {len(x)} examples were left out.")
        if [len(a) for a, _ in parts] != [size] * (23 // size) + [23 % size]:
            raise Incorrect(f"batches of {size} and one of the rest; got other sizes.")
        orders.append(xs.tolist())
    if orders[0] == orders[1]:
        raise Incorrect("two epochs came in the same order; shuffle each anew.")


# -- A derivation: the noise of a batch -----------------------------------------------------------


def _batch_variance(g: np.ndarray, size: int) -> float:
    n = len(g)
    return float(np.var(g) / size * (n - size) / (n - 1))


@_book.add(
    "batch_variance",
    stub=lambda g, size: ...,
    reference=_batch_variance,
    wrong=[
        Wrong(lambda g, size: np.var(g) / size, "with replacement", "independent draws"),
        Wrong(lambda g, size: np.var(g), "single example", "forgets that a mean is calmer"),
        Wrong(
            lambda g, size: math.sqrt(_batch_variance(g, size)),
            "deviation",
            "takes the root, as for an error bar",
        ),
        Wrong(
            lambda g, size: np.var(g) / size * (len(g) - size) / len(g),
            "N - 1",
            "draws the second example from N, not from the N - 1 that are left",
        ),
    ],
)
def _batch_variance_check(answer: Callable) -> None:
    g = np.array([0.3, -1.2, 2.5, 0.0, 4.1, -0.7, 1.6])
    n = len(g)
    for size in (2, 3, 5, n):
        means = [np.mean(batch) for batch in itertools.combinations(g, size)]
        got, want = float(given(answer(g.copy(), size), "the variance")), np.var(means)
        if _close(got, want):
            continue
        if _close(got, np.var(g)):
            raise Incorrect("that is the variance of a single example; a mean is calmer.")
        if _close(got, np.var(g) / size):
            raise Incorrect(
                "that is the variance with replacement. A batch of all examples has none; yours "
                f"would have {np.var(g) / n:.3g}."
            )
        if _close(got, math.sqrt(want)):
            raise Incorrect("that is the standard deviation, not its square.")
        if _close(got * n / (n - 1), want):
            raise Incorrect(
                "nearly: two different examples have the covariance -var / (N - 1), since the "
                "second is one of the N - 1 others."
            )
        raise Incorrect(f"over all batches of {size} the variance is {want:.5g}; got {got:.5g}.")


# -- A derivation: how fast momentum is -----------------------------------------------------------


def _momentum_rate(a: float, mu: float) -> float:
    half = (1 + mu - a) / 2
    inside = half**2 - mu
    return math.sqrt(mu) if inside < 0 else abs(half) + math.sqrt(inside)


@_book.add(
    "momentum_rate",
    stub=lambda a, mu: ...,
    reference=_momentum_rate,
    wrong=[
        Wrong(lambda a, mu: abs(1 - a), "without momentum", "forgets mu"),
        Wrong(lambda a, mu: math.sqrt(mu), "real roots", "takes all roots for complex"),
        Wrong(
            lambda a, mu: (
                math.sqrt(mu)
                if (1 + mu - a) ** 2 < 4 * mu
                else abs((1 + mu - a) / 2 - math.sqrt((1 + mu - a) ** 2 / 4 - mu))
            ),
            "larger of the two",
            "takes the smaller root",
        ),
        Wrong(
            lambda a, mu: mu if (1 + mu - a) ** 2 < 4 * mu else _momentum_rate(a, mu),
            "product of both",
            "forgets the root of the product",
        ),
    ],
)
def _momentum_rate_check(answer: Callable) -> None:
    for a, mu in [(0.01, 0.5), (0.6, 0.5), (1.0, 0.9), (2.92, 0.5), (0.1, 0.81), (0.3, 0.0)]:
        roots = np.abs(np.linalg.eigvals([[1 + mu - a, -mu], [1.0, 0.0]]))
        got, want = float(given(answer(a, mu), "the rate")), float(roots.max())
        if _close(got, want, 1e-6):
            continue
        where = f"for lr c = {a} and mu = {mu}"
        if _close(got, abs(1 - a), 1e-6):
            raise Incorrect(f"{where} you gave the rate without momentum.")
        if _close(got, roots.min(), 1e-6):
            raise Incorrect(f"{where} the larger of the two roots decides; you gave the smaller.")
        if _close(got, mu, 1e-6):
            raise Incorrect(f"{where} mu is the product of both roots, so each has size sqrt(mu).")
        if _close(got, math.sqrt(mu), 1e-6):
            raise Incorrect(
                f"{where} the equation has two real roots; sqrt(mu) is the size of complex ones."
            )
        raise Incorrect(f"{where} the error shrinks by {want:.6g} a step; got {got:.6g}.")


# -- Adam, from its formulas ----------------------------------------------------------------------


def _adam(
    gradient: Callable, phi: np.ndarray, steps: int, lr: float, fault: str = ""
) -> np.ndarray:
    m = v = np.zeros_like(phi)
    points = [phi]
    for t in range(1, steps + 1):
        g = gradient(phi)
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g**2
        late = t + 1 if fault == "late" else t
        m_hat, v_hat = m / (1 - 0.9**late), v / (1 - 0.999**late)
        if fault == "raw":
            m_hat, v_hat = m, v
        if fault == "half":
            v_hat = v
        phi = phi - lr * m_hat / (v_hat if fault == "square" else np.sqrt(v_hat) + 1e-8)
        points.append(phi)
    return np.array(points)


def _adam_with(fault: str) -> Callable:
    return lambda gradient, phi, steps, lr: _adam(gradient, phi, steps, lr, fault)


@_book.add(
    "adam",
    stub=lambda gradient, phi, steps, lr: ...,
    reference=_adam,
    wrong=[
        Wrong(_adam_with("raw"), "3.16", "leaves out the bias correction"),
        Wrong(_adam_with("half"), "31.6", "corrects m and forgets v"),
        Wrong(_adam_with("square"), "the root", "divides by the mean square itself"),
        Wrong(_adam_with("late"), "counts from 1", "is one step ahead in the correction"),
        Wrong(
            lambda gradient, phi, steps, lr: _adam(gradient, phi, steps, lr)[1:],
            "the start",
            "returns the points after the start only",
        ),
    ],
)
def _adam_check(answer: Callable) -> None:
    start = np.array([2.0, -1.0])
    seen: list[np.ndarray] = []

    def gradient(phi: np.ndarray) -> np.ndarray:
        seen.append(np.array([6.0, 0.4]) * np.sin(phi) + 0.5)
        return seen[-1].copy()

    points = np.asarray(given(answer(gradient, start.copy(), 12, 0.05), "the path"), dtype=float)
    if points.shape != (13, 2):
        raise Incorrect(
            f"return the start and the 12 points after it, shape (13, 2); got {points.shape}."
        )
    first = np.abs(points[1] - points[0]) / 0.05
    if _close(first, 0.1 / math.sqrt(0.001), 1e-3):
        raise Incorrect("the first step is 3.16 lr long: both averages start at 0; correct them.")
    if _close(first, 1 / math.sqrt(0.001), 1e-3):
        raise Incorrect(
            "the first step is 31.6 lr long: v starts at 0 too, and needs a correction."
        )
    if _close(first, 1 / np.abs(seen[0]), 1e-3):
        raise Incorrect("divide by the root of v_hat, so that the step has no unit of the loss.")
    g = np.array(seen[:12])
    for t in range(1, 13):  # averages as weighted sums, with weights that add up to 1
        w1, w2 = 0.9 ** np.arange(t)[::-1], 0.999 ** np.arange(t)[::-1]
        m_hat, v_hat = w1 @ g[:t] / w1.sum(), w2 @ g[:t] ** 2 / w2.sum()
        if not _close(points[t], points[t - 1] - 0.05 * m_hat / (np.sqrt(v_hat) + 1e-8), 1e-9):
            raise Incorrect(
                f"step {t} is wrong. In the correction t counts from 1, and m and v "
                "are updated before they are used."
            )


# -- One step beside a saddle, before running -----------------------------------------------------


@_book.add(
    "saddle",
    stub=(..., ..., ...),
    reference=(0.012, 0.0, 0.02),
    wrong=[
        Wrong((0.008, 0.0, 0.02), "towards the saddle", "treats y like x"),
        Wrong((0.012, 0.02, 0.02), "plain Newton", "thinks that Newton goes downhill"),
        Wrong((0.012, 0.0, 0.0), "absolute", "forgets that the sign of the curvature is dropped"),
        Wrong((0.002, 0.0, 0.02), "added", "gives the step, not the place"),
    ],
)
def _saddle(answer: Any) -> None:
    descent, plain, free = _numbers(answer, 3)
    if math.isclose(descent, 0.008):
        raise Incorrect(
            "gradient descent: along y the loss falls away from 0, not towards the saddle."
        )
    if math.isclose(descent, 0.002):
        raise Incorrect("gradient descent: 0.002 is the step; it is added to the 0.01 at hand.")
    if not math.isclose(descent, 0.01 - 0.1 * (-2 * 0.01)):
        raise Incorrect("gradient descent: dL/dy = -2 y, so y becomes y + 0.2 y.")
    if not math.isclose(plain, 0.01 - (-2 * 0.01) / -2, abs_tol=1e-12):
        raise Incorrect("plain Newton divides -2 y by the curvature -2; where does that lead?")
    if not math.isclose(free, 0.01 + 2 * 0.01 / abs(-2)):
        raise Incorrect("saddle-free Newton divides by the absolute value of the curvature.")


# -- Clipping -------------------------------------------------------------------------------------


def _norm(grads: list[np.ndarray]) -> float:
    return math.sqrt(sum(float(np.sum(g**2)) for g in grads))


def _clip(grads: list[np.ndarray], max_norm: float) -> list[np.ndarray]:
    factor = min(1.0, max_norm / max(_norm(grads), 1e-300))
    return [g * factor for g in grads]


@_book.add(
    "clip",
    stub=lambda grads, max_norm: ...,
    reference=_clip,
    wrong=[
        Wrong(
            lambda grads, max_norm: [_clip([g], max_norm)[0] for g in grads],
            "each array by itself",
            "clips layer by layer, which turns the direction",
        ),
        Wrong(
            lambda grads, max_norm: [np.clip(g, -max_norm, max_norm) for g in grads],
            "each value by itself",
            "clips values, which turns the direction too",
        ),
        Wrong(
            lambda grads, max_norm: [g * max_norm / _norm(grads) for g in grads],
            "short enough",
            "normalizes always, also gradients that are short",
        ),
        Wrong(
            lambda grads, max_norm: [g * min(1, max_norm / _norm(grads) ** 2) for g in grads],
            "the root",
            "divides by the sum of squares",
        ),
    ],
)
def _clip_check(answer: Callable) -> None:
    grads = [np.array([[3.0, -4.0]]), np.array([12.0]), np.zeros(2)]  # norm 13
    for limit in (20.0, 6.5):
        made = given(answer([g.copy() for g in grads], limit), "the list")
        if len(made) != 3:
            raise Incorrect(f"return one array for each of the 3 that came in; got {len(made)}.")
        for got, g in zip(made, grads, strict=True):
            if np.shape(given(got, "an array")) != g.shape:
                raise Incorrect(f"shapes must stay; expected {g.shape}, got {np.shape(got)}.")
        flat, old = np.concatenate([np.ravel(m) for m in made]), [3, -4, 12, 0, 0]
        if limit == 20.0 and not _close(flat, old):
            raise Incorrect(
                "the norm is 13 and the limit 20: short enough, so nothing should change."
                if _close(np.linalg.norm(flat), 20)
                else "the norm is 13, the root of the sum of squares, and the limit is 20."
            )
        if limit == 6.5 and not _close(flat, np.array(old) / 2):
            if _close(flat[:3], [3, -4, 6.5]):
                # Both faults leave (3, -4) alone: it is short, and its values are small.
                two = given(answer([np.array([12.0, 9.0])], 6.5), "the list")[0]
                how = "each value by itself" if _close(two, [6.5, 6.5]) else "each array by itself"
                raise Incorrect(f"you clipped {how}, which turns the direction.")
            raise Incorrect("the norm is 13 and the limit 6.5: every value should be halved.")


check = _book.check
EXERCISES = _book.all
