"""Exercises of the chapter *Generative adversarial networks*.

Truth comes from minimizing integrals on grids, from differences, from eigenvalues, from all
permutations, from singular values and from all corners of a box. Where a wrong answer has a
typical cause, the check computes what that cause would give and names it.
"""

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ._core import Exercises, Incorrect, Wrong, array, given, number, same

_book = Exercises("gans")


def _pair(value: Any, what: str) -> tuple[float, float]:
    given(value, what)
    if not isinstance(value, tuple | list) or len(value) != 2:
        raise Incorrect(f"{what} are two numbers, in a tuple.")
    return number(value[0], "the first number"), number(value[1], "the second number")


# -- The best logit -------------------------------------------------------------------------------


def _logit(x: np.ndarray, mu_p: float, sigma_p: float, mu_q: float, sigma_q: float) -> np.ndarray:
    return (
        math.log(sigma_q / sigma_p)
        - ((x - mu_p) / sigma_p) ** 2 / 2
        + ((x - mu_q) / sigma_q) ** 2 / 2
    )


@_book.add(
    "logit",
    stub=lambda x, mu_p, sigma_p, mu_q, sigma_q: ...,
    reference=_logit,
    wrong=[
        Wrong(lambda x, *a: -_logit(x, *a), "upside down", "log q/p in place of log p/q"),
        Wrong(
            lambda x, mp, sp, mq, sq: _logit(x, mp, sp, mq, sq) - math.log(sq / sp),
            "constants in front",
            "drops the normalizing constants, which differ",
        ),
        Wrong(
            lambda x, *a: 1 / (1 + np.exp(-_logit(x, *a))),
            "chance D",
            "returns D in place of its logit",
        ),
        Wrong(
            lambda x, mp, sp, mq, sq: ((x - mq) ** 2 - (x - mp) ** 2) / 2,
            "differ from the best",
            "forgets the deviations",
        ),
    ],
)
def _logit_check(answer: Callable) -> None:
    x = np.linspace(-1.5, 2.5, 9)
    case = (0.2, 0.8, 1.1, 1.3)
    p, q = (
        np.exp(-(((x - m) / s) ** 2) / 2) / (s * math.sqrt(2 * math.pi))
        for m, s in ((case[0], case[1]), (case[2], case[3]))
    )
    # The loss p softplus(-s) + q softplus(s) of each x is convex in s; Newton's method finds the
    # best s without any formula for it.
    best = np.zeros_like(x)
    for _ in range(60):
        D = 1 / (1 + np.exp(-best))
        best -= (D * q - (1 - D) * p) / (D * (1 - D) * (p + q))
    got = array(answer(x.copy(), *case), "the logits")
    if got.shape != x.shape:
        raise Incorrect(f"return one logit for each x, shape {x.shape}; got {got.shape}.")
    if same(got, best, 1e-6):
        return
    if same(got, -best, 1e-6):
        raise Incorrect("this is upside down: the logit is large where the data are, log p/q.")
    if same(got, 1 / (1 + np.exp(-best)), 1e-6):
        raise Incorrect("this is the chance D; asked for is its logit.")
    if np.ptp(got - best) < 1e-6:
        raise Incorrect("right up to a constant: the constants in front of two normals differ.")
    raise Incorrect("these logits differ from the best ones; write log p - log q for two normals.")


# -- Two values of the game -----------------------------------------------------------------------


@_book.add(
    "values",
    stub=...,
    reference=(-math.log(4), 0.0),
    wrong=[
        Wrong((0.0, -math.log(4)), "other way round", "takes the generator's part"),
        Wrong((math.log(4), 0.0), "sign", "forgets that V is a mean of logs of chances"),
        Wrong((0.0, math.log(2)), "Jensen-Shannon itself", "gives JS in place of V"),
        Wrong((-math.log(2), 0.0), "two terms", "counts one of the two means"),
    ],
)
def _values_check(answer: Any) -> None:
    got = _pair(answer, "the two values")
    x = np.linspace(-12, 12, 6001)

    def value(shift: float) -> float:
        log_p, log_q = (-((x - m) ** 2) / 2 for m in (-shift, shift))
        total = np.logaddexp(log_p, log_q)
        parts = np.exp(log_p) * (log_p - total) + np.exp(log_q) * (log_q - total)
        return float(np.trapezoid(parts, x) / math.sqrt(2 * math.pi))

    same_as, apart = value(0.0), value(6.0)
    if np.allclose(got, (same_as, apart), atol=1e-6):
        return
    if np.allclose(got, (apart, same_as), atol=1e-6):
        raise Incorrect("the other way round: the critic does best where nothing overlaps.")
    if np.allclose(got, (-same_as, apart), atol=1e-6):
        raise Incorrect("mind the sign: V is a mean of logarithms of chances.")
    if np.allclose(got, (0, math.log(2)), atol=1e-6):
        raise Incorrect("this is Jensen-Shannon itself; V is twice that, less log 4.")
    if np.allclose(got, (same_as / 2, apart), atol=1e-6):
        raise Incorrect("V has two terms, one for real and one for generated samples.")
    raise Incorrect("with equal distributions the best D is 1/2 everywhere. What if it is sure?")


# -- Another loss for the generator ---------------------------------------------------------------


def _square_slope(s: np.ndarray) -> np.ndarray:
    D = 1 / (1 + np.exp(-s))
    return -D * (1 - D) ** 2


@_book.add(
    "square",
    stub=lambda s: ...,
    reference=_square_slope,
    wrong=[
        Wrong(lambda s: -_square_slope(s), "downhill", "loses the minus sign"),
        Wrong(lambda s: -(1 - 1 / (1 + np.exp(-s))), "by D", "forgets the slope of sigma"),
        Wrong(
            lambda s: -(1 / (1 + np.exp(-s))) * (1 - 1 / (1 + np.exp(-s))),
            "outer",
            "forgets the slope of the square",
        ),
    ],
)
def _square_check(answer: Callable) -> None:
    s, h = np.linspace(-4, 4, 9), 1e-5

    def loss(a: np.ndarray) -> np.ndarray:
        return (1 - 1 / (1 + np.exp(-a))) ** 2 / 2

    D = 1 / (1 + np.exp(-s))
    want = (loss(s + h) - loss(s - h)) / (2 * h)
    got = array(answer(s.copy()), "the slope")
    if got.shape != s.shape:
        raise Incorrect(f"return one slope for each logit, shape {s.shape}; got {got.shape}.")
    if same(got, want, 1e-6):
        return
    if same(got, -want, 1e-6):
        raise Incorrect("the loss falls as the logit rises: this sign would lead downhill in D.")
    if same(got, D - 1, 1e-6):
        raise Incorrect("this is the slope by D; D itself has a slope by s.")
    if same(got, -D * (1 - D), 1e-6):
        raise Incorrect("this is the slope of 1 - D; the outer square has one, too.")
    raise Incorrect("this is not the slope of (1 - sigma(s))^2 / 2; use the chain rule.")


# -- The largest step -----------------------------------------------------------------------------


@_book.add(
    "step",
    stub=lambda gamma: ...,
    reference=lambda gamma: 4 * gamma,
    wrong=[
        Wrong(lambda gamma: 2 * gamma, "half", "takes the rate of the real part for 1/2"),
        Wrong(lambda gamma: 4 / gamma, "more penalty", "inverts the ratio"),
        Wrong(lambda gamma: 8 * gamma, "outwards", "takes |lambda|^2 for 1/8"),
    ],
)
def _step_check(answer: Callable) -> None:
    for gamma in (0.1, 0.35, 0.8):
        A = np.array([[0, 0.5], [-0.5, -gamma]])

        def grows(eta: float, A: np.ndarray = A) -> bool:
            return np.abs(np.linalg.eigvals(np.eye(2) + eta * A)).max() > 1

        low, high = 1e-6, 10.0
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (low, middle) if grows(middle) else (middle, high)
        got = number(answer(gamma), "the largest step")
        if abs(got - low) < 1e-6:
            continue
        if abs(got - low / 2) < 1e-6:
            raise Incorrect("half of what is possible: |1 + eta lambda|^2 has a term in eta^2.")
        if abs(got * gamma - low / gamma) < 1e-6:
            raise Incorrect("more penalty allows larger steps, not smaller ones, while gamma < 1.")
        if got > low:
            raise Incorrect(f"for gamma = {gamma}, steps of {got:.3g} still spiral outwards.")
        raise Incorrect(f"for gamma = {gamma}, larger steps than {got:.3g} still lead inwards.")


# -- A distance in one dimension ------------------------------------------------------------------


def _distance(x: np.ndarray, y: np.ndarray) -> float:
    return float(np.abs(np.sort(x) - np.sort(y)).mean())


@_book.add(
    "distance",
    stub=lambda x, y: ...,
    reference=_distance,
    wrong=[
        Wrong(lambda x, y: np.abs(x - y).mean(), "as they come", "does not sort"),
        Wrong(
            lambda x, y: np.abs(np.sort(x) - np.sort(y)).sum(),
            "each number has mass 1/n",
            "adds up in place of averaging",
        ),
        Wrong(lambda x, y: abs(x.mean() - y.mean()), "means", "compares the means"),
        Wrong(
            lambda x, y: np.sqrt(((np.sort(x) - np.sort(y)) ** 2).mean()),
            "squares",
            "takes the distance of order two",
        ),
    ],
)
def _distance_check(answer: Callable) -> None:
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=6), 2 * rng.normal(size=6) + 0.5
    every = [np.abs(x - y[list(o)]).mean() for o in itertools.permutations(range(6))]
    got = number(answer(x.copy(), y.copy()), "the distance")
    ends = np.abs(np.sort(x) - np.sort(y))
    if abs(got - min(every)) < 1e-9:
        return
    if abs(got - np.abs(x - y).mean()) < 1e-9:
        raise Incorrect("numbers are paired as they come; the cheapest plan keeps the order.")
    if abs(got - ends.sum()) < 1e-9:
        raise Incorrect("each number has mass 1/n: take the mean.")
    if abs(got - abs(x.mean() - y.mean())) < 1e-9:
        raise Incorrect("two sets can have equal means and still be far from each other.")
    if abs(got - np.sqrt((ends**2).mean())) < 1e-9:
        raise Incorrect("this is the distance for a cost of squares; here the cost is |x - y|.")
    raise Incorrect(f"one pairing of these six costs {min(every):.4f}; got {got:.4f}.")


# -- A penalty around zero ------------------------------------------------------------------------


@_book.add(
    "ramp",
    stub=lambda d, penalty: ...,
    reference=lambda d, penalty: (d / (2 * penalty), -(d**2) / (4 * penalty)),
    wrong=[
        Wrong(lambda d, lam: (1 + d / (2 * lam), -d), "around one", "uses the other penalty"),
        Wrong(
            lambda d, lam: (d / (2 * lam), d**2 / (4 * lam)), "negative", "loses the value's sign"
        ),
        Wrong(
            lambda d, lam: (d / lam, -(d**2) / (4 * lam)), "not the best", "forgets the factor two"
        ),
        Wrong(
            lambda d, lam: (d / (2 * lam), -(d**2) / (2 * lam)),
            "cost of the penalty",
            "forgets the penalty in the value",
        ),
    ],
)
def _ramp_check(answer: Callable) -> None:
    for d, penalty in ((3.0, 2.0), (0.7, 5.0)):
        a = np.linspace(-3, 3, 600_001)
        loss = -a * d + penalty * a**2
        want = a[loss.argmin()], loss.min()
        got = _pair(answer(d, penalty), "slope and loss")
        if np.allclose(got, want, atol=1e-4):
            continue
        if abs(got[0] - 1 - want[0]) < 1e-4:
            raise Incorrect("this is the slope for a penalty around one; here it is around zero.")
        if abs(got[0] - want[0]) > 1e-4:
            raise Incorrect("the slope is not the best one: set the derivative by a to zero.")
        if abs(got[1] + want[1]) < 1e-4:
            raise Incorrect("the loss is negative: at slope zero it is zero, and it gets lower.")
        raise Incorrect("the slope is right; the loss must include the cost of the penalty.")


# -- Power iteration ------------------------------------------------------------------------------


def _power(W: np.ndarray, steps: int) -> float:
    u = np.ones(len(W))
    for _ in range(steps):
        v = W.T @ u
        v = v / np.linalg.norm(v)
        u = W @ v
        u = u / np.linalg.norm(u)
    return float(u @ W @ v)


def _squared_power(W: np.ndarray, steps: int) -> float:
    return _power(W, steps) ** 2


@_book.add(
    "power",
    stub=lambda W, steps: ...,
    reference=_power,
    wrong=[
        Wrong(lambda W, steps: np.linalg.norm(W), "all singular values", "Frobenius norm"),
        Wrong(_squared_power, "square", "an eigenvalue of W^T W"),
        Wrong(
            lambda W, steps: np.abs(W).sum(axis=1).max(),
            "between",
            "the norm for the largest entry",
        ),
        Wrong(lambda W, steps: _power(W, 1), "one step", "ignores the number of steps"),
    ],
)
def _power_check(answer: Callable) -> None:
    rng = np.random.default_rng(6)
    W = rng.normal(size=(5, 3))
    values = np.linalg.svd(W, compute_uv=False)
    got = number(answer(W.copy(), 300), "the singular value")
    if abs(got - values[0]) < 1e-8:
        return
    if abs(got - np.sqrt((values**2).sum())) < 1e-8:
        raise Incorrect("this norm counts all singular values, not the largest alone.")
    if abs(got - values[0] ** 2) < 1e-8:
        raise Incorrect("this is the square: W^T W has the squared singular values.")
    if abs(got - _power(W, 1)) < 1e-8:
        raise Incorrect("this is the result of one step; repeat it as often as asked.")
    raise Incorrect(
        f"the largest singular value is {values[0]:.4f}; got {got:.4f}. Go back and forth between "
        "W and its transpose, and normalize."
    )


# -- The worst that can happen --------------------------------------------------------------------


def _worst(w: np.ndarray, b: float, x: np.ndarray, y: int, eps: float) -> float:
    return float(y * (w @ x + b) - eps * np.abs(w).sum())


@_book.add(
    "worst",
    stub=lambda w, b, x, y, eps: ...,
    reference=_worst,
    wrong=[
        Wrong(
            lambda w, b, x, y, eps: y * (w @ x + b) - eps * np.linalg.norm(w),
            "Euclidean",
            "takes the wrong norm of w",
        ),
        Wrong(
            lambda w, b, x, y, eps: w @ x + b - eps * np.abs(w).sum(),
            "class -1",
            "forgets the class",
        ),
        Wrong(
            lambda w, b, x, y, eps: y * (w @ x + b) - eps * np.abs(w).max(),
            "every pixel",
            "changes the pixel with the largest weight alone",
        ),
        Wrong(
            lambda w, b, x, y, eps: y * (w @ x + b) + eps * np.abs(w).sum(),
            "helps",
            "moves in the wrong direction",
        ),
    ],
)
def _worst_check(answer: Callable) -> None:
    rng = np.random.default_rng(7)
    w, b, eps = rng.normal(size=6), 0.3, 0.2
    corners = np.array(list(itertools.product((-eps, eps), repeat=6)))
    for y in (1, -1):
        x = rng.normal(size=6)
        margins = y * ((x + corners) @ w + b)
        got = number(answer(w.copy(), b, x.copy(), y, eps), "the margin")
        want, clean = margins.min(), y * (w @ x + b)
        if abs(got - want) < 1e-9:
            continue
        if abs(got - (clean - eps * np.linalg.norm(w))) < 1e-9:
            raise Incorrect("this is the worst of a Euclidean ball; here each pixel moves by eps.")
        if abs(got - margins.max()) < 1e-9:
            raise Incorrect("this change helps; the worst one lowers the margin.")
        if abs(got - (clean - eps * np.abs(w).max())) < 1e-9:
            raise Incorrect("every pixel may change, not only the one with the largest weight.")
        if y == -1:
            raise Incorrect("for class -1 the margin is -(w x + b), less what the attack takes.")
        raise Incorrect(f"the worst of all corners of the box is {want:.4f}; got {got:.4f}.")


check = _book.check
EXERCISES = _book.all
