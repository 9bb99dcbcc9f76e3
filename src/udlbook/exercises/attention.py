"""Exercises of the chapter *Attention*.

Truth comes from loops over single numbers, from sums over all cases, and from finite differences
of a forward pass written out here. Where a wrong answer has a typical cause, the check computes
what that cause would give and names it.
"""

import math
from collections.abc import Callable

import numpy as np

from ._core import Exercises, Incorrect, Wrong, array, given, number, same

_book = Exercises("attention")


def _softmax(a: np.ndarray, axis: int = -1) -> np.ndarray:
    e = np.exp(a - a.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


# -- Attention for a batch of queries, with a mask ------------------------------------------------


def _weights(scores: np.ndarray, keep: np.ndarray) -> np.ndarray:
    e = np.where(keep, np.exp(scores - np.where(keep, scores, -np.inf).max(1, keepdims=True)), 0)
    return e / e.sum(axis=1, keepdims=True)


def _attend(scores, values, keep):
    return _weights(np.where(keep, scores, -1e300), keep) @ values


def _naive(scores, values, keep):
    with np.errstate(over="ignore", invalid="ignore"):
        e = np.exp(scores) * keep
        return e / e.sum(axis=1, keepdims=True) @ values


@_book.add(
    "attend",
    stub=lambda scores, values, keep: ...,
    reference=_attend,
    wrong=[
        Wrong(lambda e, v, m: _softmax(e) @ v, "Hidden keys still", "forgets the mask"),
        Wrong(lambda e, v, m: (_softmax(e) * m) @ v, "sum to less than one", "masks after"),
        Wrong(lambda e, v, m: _softmax(e * m) @ v, "a score of zero is a score", "scores to 0"),
        Wrong(
            lambda e, v, m: _softmax(np.where(m, e, -1e300), axis=0) @ v,
            "over the keys",
            "normalizes over queries",
        ),
        Wrong(_naive, "large scores", "overflows"),
    ],
)
def _check_attend(answer: Callable) -> None:
    rng = np.random.default_rng(0)
    e, v = rng.normal(size=(4, 6)), rng.normal(size=(6, 3))
    keep = rng.random((4, 6)) < 0.6
    keep[:, 2] = True
    got = array(answer(e, v, keep), "the contexts")
    want = np.zeros((4, 3))
    for i in range(4):
        powers = [math.exp(e[i, j]) if keep[i, j] else 0.0 for j in range(6)]
        for j in range(6):
            want[i] += powers[j] / sum(powers) * v[j]
    if not same(got, want):
        for hint, value in [
            ("where does the mask act? Hidden keys still have weight.", _softmax(e) @ v),
            (
                "the weights sum to less than one: mask the scores, not the weights.",
                (_softmax(e) * keep) @ v,
            ),
            (
                "a score of zero is a score like others; hidden keys need minus infinity.",
                _softmax(e * keep) @ v,
            ),
            (
                "the weights of a query sum to one over the keys, which is axis 1.",
                _softmax(np.where(keep, e, -1e300), axis=0) @ v,
            ),
        ]:
            if same(got, value):
                raise Incorrect(hint)
        raise Incorrect(f"expected shape (4, 3) and first row {want[0].round(3)}; got {got}.")
    far = array(answer(e + 2000, v, keep), "the contexts")
    if not same(far, want, 1e-6):
        raise Incorrect("large scores overflow; subtract the largest of each row first.")


# -- The slope of the context by the scores -------------------------------------------------------


def _slope(e, v, g):
    a = _softmax(e)
    return a * (v @ g - a @ v @ g)


@_book.add(
    "score_gradient",
    stub=lambda scores, values, upstream: ...,
    reference=_slope,
    wrong=[
        Wrong(lambda e, v, g: _softmax(e) * (v @ g), "all other weights", "sums stay one"),
        Wrong(lambda e, v, g: v @ g, "weights, not by the scores", "stops at the weights"),
        Wrong(
            lambda e, v, g: _softmax(e) * (1 - _softmax(e)) * (v @ g),
            "off its diagonal",
            "takes the diagonal only",
        ),
        Wrong(lambda e, v, g: -_slope(e, v, g), "sign", "sign"),
    ],
)
def _check_slope(answer: Callable) -> None:
    rng = np.random.default_rng(1)
    e, v, g = rng.normal(size=5), rng.normal(size=(5, 3)), rng.normal(size=3)
    got = array(answer(e, v, g), "the gradient")
    h = 1e-6
    want = np.array(
        [(_softmax(e + d) @ v @ g - _softmax(e - d) @ v @ g) / (2 * h) for d in h * np.eye(5)]
    )
    if same(got, want, 1e-6):
        return
    a = _softmax(e)
    for hint, value in [
        ("raising one score also lowers all other weights; they must keep summing to one.",
         a * (v @ g)),
        ("that is the slope by the weights, not by the scores.", v @ g),
        ("the Jacobian of softmax has entries off its diagonal.", a * (1 - a) * (v @ g)),
        ("look at the sign.", -want),
    ]:  # fmt: skip
        if same(got, value, 1e-6):
            raise Incorrect(hint)
    raise Incorrect(f"finite differences give {want.round(4)}; got {got}.")


# -- How sharp can it be? -------------------------------------------------------------------------

_SHARPEST = 1 / (1 + 99 * math.exp(-4))


@_book.add(
    "sharpest",
    stub=...,
    reference=_SHARPEST,
    wrong=[
        Wrong(1 / (1 + 99 * math.exp(-2)), "difference", "takes c and not 2 c"),
        Wrong(1 / (1 + 100 * math.exp(-4)), "99", "counts itself among its rivals"),
        Wrong(math.exp(4) / 100, "itself", "divides by the number of keys"),
        Wrong(1.0, "finite", "believes that softmax can be hard"),
        Wrong(0.01, "even", "takes equal scores"),
    ],
)
def _check_sharpest(answer: float) -> None:
    got = number(answer)
    if abs(got - _SHARPEST) < 5e-4:
        return
    for value, hint in [
        (1 / (1 + 99 * math.exp(-2)), "the difference between best and worst score is 2c."),
        (1 / (1 + 100 * math.exp(-4)), "one key has 99 rivals."),
        (math.exp(4) / 100, "the denominator holds the powers of the scores, itself included."),
        (1.0, "finite scores never give a weight of one."),
        (0.01, "that is the weight if all scores are even; make one as large as can be."),
    ]:
        if abs(got - value) < 1e-4:
            raise Incorrect(hint)
    raise Incorrect("give one key the score c and all others -c, and write softmax out.")


# -- The window of local-p ------------------------------------------------------------------------


def _local(scores, p, half_width, sigma=0.5, cut=True, gauss=True, again=False):
    place = np.arange(len(scores))
    e = np.exp(scores - scores.max())
    if cut:
        e = e * (abs(place - p) <= half_width)
    a = e / e.sum()
    if gauss:
        a = a * np.exp(-((place - p) ** 2) / (2 * (sigma * half_width) ** 2))
    return a / a.sum() if again else a


@_book.add(
    "local_weights",
    stub=lambda scores, p, half_width: ...,
    reference=_local,
    wrong=[
        Wrong(lambda e, p, d: _local(e, p, d, gauss=False), "multiply by", "local-m"),
        Wrong(lambda e, p, d: _local(e, p, d, sigma=1), "D / 2", "takes sigma = D"),
        Wrong(lambda e, p, d: _local(e, p, d, cut=False), "window", "lets all keys compete"),
        Wrong(lambda e, p, d: _local(e, p, d, again=True), "not normalized again", "sum one"),
        Wrong(lambda e, p, d: _local(e, round(p), d), "rounded", "rounds the centre"),
    ],
)
def _check_local(answer: Callable) -> None:
    rng = np.random.default_rng(2)
    e, p, d = rng.normal(size=9), 3.6, 2
    got = array(answer(e, p, d), "the weights")
    near = [s for s in range(9) if p - d <= s <= p + d]
    total = sum(math.exp(e[s]) for s in near)
    want = np.array(
        [
            math.exp(e[s]) / total * math.exp(-((s - p) ** 2) / (2 * (d / 2) ** 2))
            if s in near
            else 0.0
            for s in range(9)
        ]
    )
    if same(got, want):
        return
    for hint, value in [
        ("multiply by the Gaussian around p.", _local(e, p, d, gauss=False)),
        ("sigma is D / 2.", _local(e, p, d, sigma=1)),
        ("only keys in the window compete; the others get zero.", _local(e, p, d, cut=False)),
        ("after the Gaussian the weights are not normalized again.", _local(e, p, d, again=True)),
        ("the centre must not be rounded, or it has no slope.", _local(e, round(p), d)),
    ]:
        if same(got, value):
            raise Incorrect(hint)
    raise Incorrect(f"expected {want.round(3)}; got {got}.")


# -- The shift of a head --------------------------------------------------------------------------


def _shift(w, s):
    n, reach = len(w), len(s) // 2
    return np.array(
        [sum(w[(i - j) % n] * s[j + reach] for j in range(-reach, reach + 1)) for i in range(n)]
    )


@_book.add(
    "shift",
    stub=lambda weights, by: ...,
    reference=_shift,
    wrong=[
        Wrong(lambda w, s: _shift(w, s[::-1]), "wrong way", "turns the wrong way"),
        Wrong(lambda w, s: np.convolve(w, s, "same"), "circle", "loses what leaves at an end"),
        Wrong(lambda w, s: np.roll(w, int(s.argmax()) - 1), "mean over", "takes the likeliest"),
    ],
)
def _check_shift(answer: Callable) -> None:
    w, s = np.array([0.5, 0.0, 0.1, 0.0, 0.4]), np.array([0.1, 0.2, 0.7])
    got = array(answer(w, s), "the weights")
    want = np.zeros(5)
    for j in range(5):  # send each weight where it goes
        for k, share in zip((-1, 0, 1), s, strict=True):
            want[(j + k) % 5] += w[j] * share
    if not same(got, want):
        back = np.zeros(5)
        for j in range(5):
            for k, share in zip((1, 0, -1), s, strict=True):
                back[(j + k) % 5] += w[j] * share
        if same(got, back):
            raise Incorrect("that turns the wrong way: the last entry of `by` is one slot up.")
        if same(got, np.convolve(w, s, "same")):
            raise Incorrect("the slots form a circle; what leaves at one end enters at the other.")
        if same(got, np.roll(w, 1)):
            raise Incorrect("it is a mean over all shifts, not the likeliest of them.")
        raise Incorrect(f"expected {want}; got {got}.")
    w, s = np.eye(7)[6], np.array([0.0, 0.1, 0.2, 0.3, 0.4])
    if not same(array(answer(w, s), "the weights"), np.array([0.3, 0.4, 0, 0, 0, 0.1, 0.2])):
        raise Incorrect("that fits three shifts; `by` may hold five, from -2 to 2.")


# -- How fast a focus melts -----------------------------------------------------------------------


@_book.add(
    "melt",
    stub=...,
    reference=math.sqrt(20 * 0.2),
    wrong=[
        Wrong(20 * 0.2, "that is the variance", "forgets the root"),
        Wrong(math.sqrt(0.2), "twenty", "takes one step"),
        Wrong(20 * math.sqrt(0.2), "variances add", "adds deviations"),
        Wrong(20.0, "number of steps", "hands in the steps"),
        Wrong(math.sqrt(20 * 1.2), "around its mean", "takes the second moment"),
    ],
)
def _check_melt(answer: float) -> None:
    got = number(answer)
    p = np.eye(1, 201, 0)[0]
    for _ in range(20):  # all shifts of all steps, one distribution
        p = _shift(p, np.array([0.1, 0.0 + 0.8, 0.1]))
    place = (np.arange(201) + 100) % 201 - 100
    want = math.sqrt(float(p @ place**2))
    if abs(got - want) < 0.01:
        return
    for value, hint in [
        (want**2, "that is the variance; its root is a number of slots."),
        (want / math.sqrt(20), "that is one step; twenty are made."),
        (want * math.sqrt(20), "variances add, deviations do not."),
        (20.0, "that is the number of steps; the question is about slots."),
        (math.sqrt(24), "take the spread of a shift around its mean."),
    ]:
        if abs(got - value) < 0.01:
            raise Incorrect(hint)
    raise Incorrect("a shift of the weights adds an independent random number to the place.")


# -- The best baseline ----------------------------------------------------------------------------


def _best(p, reward):
    lengths = 1 - 2 * p + (p**2).sum()
    return (p * lengths * reward).sum() / (p * lengths).sum()


@_book.add(
    "baseline",
    stub=lambda p, reward: ...,
    reference=_best,
    wrong=[
        Wrong(lambda p, r: (p * r).sum(), "mean reward", "takes the usual one"),
        Wrong(lambda p, r: r.mean(), "plain mean", "takes the plain mean"),
        Wrong(
            lambda p, r: ((1 - 2 * p + (p**2).sum()) * r).sum() / (1 - 2 * p + (p**2).sum()).sum(),
            "its probability",
            "forgets how often a place is drawn",
        ),
        Wrong(lambda p, r: 0.0, "without a baseline", "none"),
    ],
)
def _check_baseline(answer: Callable) -> None:
    p, reward = np.array([0.7, 0.2, 0.1]), np.array([5.0, 3.0, -2.0])
    slopes = np.eye(3) - p  # of log p[s] by the logits, one row a place

    def variance(b):
        g = (reward - b)[:, None] * slopes
        return float((p[:, None] * (g - p @ g) ** 2).sum())

    got = number(answer(p, reward))
    grid = np.linspace(-10, 10, 20_001)
    best = grid[np.argmin([variance(b) for b in grid])]
    if abs(got - best) < 2e-3:
        return
    lengths = (slopes**2).sum(axis=1)
    if abs(got - p @ reward) < 1e-6:
        raise Incorrect("that is the mean reward, which is close and not the best.")
    if abs(got - reward.mean()) < 1e-6:
        raise Incorrect("a plain mean treats rare places like frequent ones.")
    if abs(got - lengths @ reward / lengths.sum()) < 1e-6:
        raise Incorrect("weigh each place by its probability too.")
    if got == 0:
        raise Incorrect("zero is the estimate without a baseline.")
    raise Incorrect(
        f"variance {variance(got):.3f} at {got:.4f}; the least is {variance(best):.3f}."
    )


# -- One output, many weightings ------------------------------------------------------------------


def _other(weights, values):
    table = np.vstack([values.T, np.ones(len(weights))])  # what must not change
    free = np.linalg.svd(table)[2][-1]
    ends = [
        sign * min(a / -d for a, d in zip(weights, sign * free, strict=True) if d < 0)
        for sign in (1, -1)
    ]
    return weights + max(ends, key=abs) * free


def _off_by(weights, values):
    """Along a direction that keeps the context and not the sum."""
    return weights + 0.02 * np.linalg.svd(values.T)[2][-1]


@_book.add(
    "other_weights",
    stub=lambda weights, values: ...,
    reference=_other,
    wrong=[
        Wrong(lambda a, v: a, "the same weights", "hands back what it got"),
        Wrong(lambda a, v: np.roll(a, 1), "context", "permutes"),
        Wrong(
            lambda a, v: a + 5 * np.linalg.svd(np.vstack([v.T, np.ones(len(a))]))[2][-1],
            "negative",
            "goes too far",
        ),
        Wrong(_off_by, "sum to one", "forgets the sum"),
    ],
)
def _check_other(answer: Callable) -> None:
    rng = np.random.default_rng(3)
    weights, values = _softmax(rng.normal(size=6)), rng.normal(size=(6, 3))
    got = array(given(answer(weights.copy(), values.copy()), "the weighting"), "the weighting")
    if got.shape != (6,):
        raise Incorrect(f"expected 6 weights; got an array of shape {got.shape}.")
    if not np.allclose(got.sum(), 1, atol=1e-9):
        raise Incorrect(f"weights must sum to one; got {got.sum():.4f}.")
    if (got < -1e-12).any():
        raise Incorrect("a weight is negative; go along the free direction less far.")
    if not np.allclose(got @ values, weights @ values, atol=1e-9):
        raise Incorrect("the context has changed; move only where the values allow it.")
    if np.abs(got - weights).max() < 0.01:
        raise Incorrect("those are nearly the same weights; move further.")


EXERCISES = _book.all
check = _book.check
