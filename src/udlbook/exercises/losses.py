"""Exercises of the chapter *Losses*.

Truth comes from central differences, from sums over grids, from exact integer arithmetic and from
definitions written out for one example at a time, never from ``udlbook.losses``. Where a wrong
answer has a typical cause, the check computes what that cause would give and names it.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ._core import Exercises, Incorrect, Wrong, array, given, same

_book = Exercises("losses")


def _pair(value: Any, first: str, second: str) -> tuple[np.ndarray, np.ndarray]:
    value = given(value, f"the {first} and the {second}")
    if not (isinstance(value, tuple) and len(value) == 2):
        raise Incorrect(f"return two things: the {first}, then the {second}.")
    return array(value[0], f"the {first}"), array(value[1], f"the {second}")


# -- The loss of another distribution -------------------------------------------------------------


def _laplace(constant: Callable, slope: Callable, power: int = 1) -> Callable:
    def loss(mu: np.ndarray, y: np.ndarray, b: float) -> tuple[np.ndarray, np.ndarray]:
        return np.abs(mu - y) ** power / b + constant(b), slope(np.sign(mu - y), b)

    return loss


def _log_2b(b: float) -> float:
    return math.log(2 * b)


def _over_b(sign: np.ndarray, b: float) -> np.ndarray:
    return sign / b


@_book.add(
    "laplace",
    stub=lambda mu, y, b: (..., ...),
    reference=_laplace(_log_2b, _over_b),
    wrong=[
        Wrong(_laplace(lambda b: 0.0, _over_b), "does not integrate to 1", "drops the constant"),
        Wrong(
            _laplace(lambda b: -math.log(2 * b), _over_b),
            "sign of the constant",
            "takes the logarithm of the density without the minus in front of the constant",
        ),
        Wrong(_laplace(_log_2b, _over_b, 2), "squared", "keeps the square of the normal"),
        Wrong(
            _laplace(_log_2b, lambda s, b: -s / b), "points uphill", "differentiates by y, not mu"
        ),
        Wrong(_laplace(_log_2b, lambda s, b: s), "divided by b", "forgets the scale in the slope"),
    ],
)
def _laplace_check(answer: Callable) -> None:
    grid = np.linspace(-60, 60, 240_001)
    for b in (0.4, 1.5):
        mu, y = np.array([0.5, -1.0, 2.0]), np.array([2.0, -1.7, -0.5])
        losses, slopes = _pair(answer(mu.copy(), y.copy(), b), "losses", "slopes")
        if losses.shape != mu.shape or slopes.shape != mu.shape:
            raise Incorrect(
                f"one loss and one slope for each example, shape {mu.shape}; "
                f"got {losses.shape} and {slopes.shape}."
            )
        near, far = _pair(answer(np.zeros(2), np.array([1.0, 3.0]), b), "losses", "slopes")[0]
        if math.isclose(far - near, 8 / b):
            raise Incorrect("the distance from mu is squared; in this density it is not.")
        total = float(np.exp(-answer(np.zeros_like(grid), grid, b)[0]).sum() * (grid[1] - grid[0]))
        if math.isclose(total, 4 * b**2, rel_tol=1e-3):
            raise Incorrect("the sign of the constant is wrong: -log(1 / (2 b)) is + log(2 b).")
        if not math.isclose(total, 1, rel_tol=1e-3):
            raise Incorrect(
                f"exp(-loss) is a density and does not integrate to 1, but to {total:.3g}. "
                "Which constant is missing?"
            )
        up, down = (answer(mu + h, y, b)[0] for h in (1e-6, -1e-6))
        want = (np.asarray(up) - np.asarray(down)) / 2e-6
        if same(-slopes, want, 1e-6):
            raise Incorrect("the slope points uphill in y; it is asked for by mu.")
        if same(slopes / b, want, 1e-6):
            raise Incorrect("the slope must be divided by b, as the distance in the loss is.")
        if not same(slopes, want, 1e-6):
            raise Incorrect("the loss is right; central differences of it give another slope.")


# -- The best constant, predicted -----------------------------------------------------------------


@_book.add(
    "best_constant",
    stub=(..., ..., ...),
    reference=(20.0, 3.0, math.log(20)),
    wrong=[
        Wrong((20.0, 20.0, math.log(20)), "as many", "thinks that every loss finds the mean"),
        Wrong((3.0, 20.0, math.log(20)), "swapped", "mixes up mean and median"),
        Wrong((20.0, 3.0, 20.0), "rate is right", "forgets that the output is a log rate"),
        Wrong((20.0, 3.0, math.log(3)), "the mean of the counts", "takes the median's logarithm"),
        Wrong((20.0, 3.0, np.mean(np.log([1, 2, 3, 4, 90]))), "first average", "averages logs"),
    ],
)
def _best_constant(answer: Any) -> None:
    normal, laplace, poisson = (float(given(a, "a prediction")) for a in answer)
    if (normal, laplace) == (3, 20):
        raise Incorrect("the first two are swapped: a square fears the far value most.")
    if normal != 20:
        raise Incorrect("set the slope of the mean squared error to zero: a sum must vanish.")
    if laplace != 3:
        raise Incorrect(
            "the slope of |mu - y| is +1 or -1. For the sum to vanish, as many values must lie "
            "below mu as above it."
        )
    if math.isclose(poisson, 20):
        raise Incorrect("the rate is right, but the output of the network is its logarithm.")
    if math.isclose(poisson, np.mean(np.log([1, 2, 3, 4, 90])), rel_tol=1e-3):
        raise Incorrect("first average, then take the logarithm: the slope is exp(f) - y.")
    if not math.isclose(poisson, math.log(20), rel_tol=1e-3):
        raise Incorrect(
            "the slope exp(f) - y must vanish on average: exp(f) is the mean of the counts."
        )


# -- A derivation: the logarithm of the deviation -------------------------------------------------


@_book.add(
    "log_sigma",
    stub=lambda mu, s, y: (..., ...),
    reference=lambda mu, s, y: ((mu - y) * np.exp(-2 * s), 1 - (mu - y) ** 2 * np.exp(-2 * s)),
    wrong=[
        Wrong(
            lambda mu, s, y: (
                (mu - y) * np.exp(-2 * s),
                0.5 - 0.5 * (mu - y) ** 2 * np.exp(-2 * s),
            ),
            "log variance",
            "copies the slope by the log variance from the chapter",
        ),
        Wrong(
            lambda mu, s, y: (
                (mu - y) * np.exp(-2 * s),
                np.exp(-s) - (mu - y) ** 2 * np.exp(-3 * s),
            ),
            "one factor is missing",
            "differentiates by sigma and forgets the chain rule",
        ),
        Wrong(
            lambda mu, s, y: (
                (mu - y) * np.exp(-2 * s),
                1 + (mu - y) ** 2 * np.exp(-2 * s),
            ),
            "never negative",
            "loses the minus of the exponent",
        ),
        Wrong(
            lambda mu, s, y: ((mu - y) * np.exp(-s), 1 - (mu - y) ** 2 * np.exp(-2 * s)),
            "divided by sigma once",
            "weights the residual by 1 / sigma",
        ),
    ],
)
def _log_sigma(answer: Callable) -> None:
    rng = np.random.default_rng(5)
    mu, s, y = rng.normal(size=(3, 6))

    def loss(mu: np.ndarray, s: np.ndarray) -> np.ndarray:  # the density, written out
        sigma = np.exp(s)
        density = np.exp(-(((y - mu) / sigma) ** 2) / 2) / (np.sqrt(2 * np.pi) * sigma)
        return -np.log(density)

    h = 1e-6
    by_mu = (loss(mu + h, s) - loss(mu - h, s)) / (2 * h)
    by_s = (loss(mu, s + h) - loss(mu, s - h)) / (2 * h)
    got_mu, got_s = _pair(answer(mu.copy(), s.copy(), y.copy()), "slope by mu", "slope by s")
    if same(got_mu / np.exp(s), by_mu, 1e-6):
        raise Incorrect("the residual is divided by sigma once; the square divides it twice.")
    if not same(got_mu, by_mu, 1e-6):
        raise Incorrect("the slope by mu disagrees with central differences.")
    if same(2 * got_s, by_s, 1e-6):
        raise Incorrect("that is the slope by the log variance, which is 2 s.")
    if same(got_s * np.exp(s), by_s, 1e-6):
        raise Incorrect(
            "that is the slope by sigma; s is its logarithm, so one factor is missing."
        )
    if np.all(got_s >= 1):
        raise Incorrect(
            "your slope by s is never negative, so training could only shrink sigma. "
            "Look at the sign in the exponent."
        )
    if not same(got_s, by_s, 1e-6):
        raise Incorrect("the slope by s disagrees with central differences.")


# -- A stable softmax cross-entropy ---------------------------------------------------------------


def _stable(logits: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
    return _entropy_of(logits - logits.max(axis=1, keepdims=True), y)


def _entropy_of(x: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
    with np.errstate(all="ignore"):
        total = np.exp(x).sum(axis=1, keepdims=True)
        rows = np.arange(len(y))
        loss = np.mean(np.log(total[:, 0]) - x[rows, y])
        p = np.exp(x) / total
    p[rows, y] -= 1
    return loss, p / len(y)


def _clipped(logits: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
    gradient = _stable(logits, y)[1]
    p = gradient * len(y)
    p[np.arange(len(y)), y] += 1
    return -np.mean(np.log(p[np.arange(len(y)), y] + 1e-12)), gradient


@_book.add(
    "cross_entropy",
    stub=lambda logits, y: (..., ...),
    reference=_stable,
    wrong=[
        Wrong(_entropy_of, "not a number or infinite", "takes the exponential of raw logits"),
        Wrong(
            lambda logits, y: _entropy_of(logits - logits.max(), y),
            "of its own row",
            "subtracts the largest logit of the whole batch",
        ),
        Wrong(_clipped, "small constant", "adds 1e-12 inside the logarithm"),
        Wrong(
            lambda logits, y: (_stable(logits, y)[0], _stable(logits, y)[1] * len(y)),
            "number of examples",
            "gives the gradient of the sum with the mean",
        ),
        Wrong(
            lambda logits, y: (_stable(logits, y)[0], -_stable(logits, y)[1]),
            "truth minus prediction",
            "swaps p and y",
        ),
    ],
)
def _cross_entropy(answer: Callable) -> None:
    def exact(logits: np.ndarray, y: np.ndarray) -> float:
        """One example at a time; fsum rounds once."""
        total = 0.0
        for row, label in zip(logits.tolist(), y.tolist(), strict=True):
            total += max(row) + math.log(math.fsum(math.exp(v - max(row)) for v in row))
            total -= row[label]
        return total / len(y)

    rng = np.random.default_rng(2)
    mild, y = rng.normal(size=(4, 3)), np.array([0, 2, 1, 2])
    loss, gradient = _pair(answer(mild.copy(), y.copy()), "loss", "gradient")
    if gradient.shape != mild.shape or loss.shape != ():
        raise Incorrect(
            f"the loss is one number and the gradient has the shape of the logits, {mild.shape}; "
            f"got shapes {loss.shape} and {gradient.shape}."
        )
    if not same(loss, np.array(exact(mild, y))):
        raise Incorrect(
            f"for mild logits the loss should be {exact(mild, y):.6f}; got {loss:.6f}."
        )
    units = 1e-6 * np.eye(mild.size).reshape(-1, *mild.shape)
    want = np.array([exact(mild + u, y) - exact(mild - u, y) for u in units]).reshape(4, 3) / 2e-6
    if same(-gradient, want, 1e-6):
        raise Incorrect("the gradient is truth minus prediction; it must be the other way round.")
    if same(gradient / len(y), want, 1e-6):
        raise Incorrect("the loss is a mean: divide its gradient by the number of examples too.")
    if not same(gradient, want, 1e-6):
        raise Incorrect("central differences of the loss give another gradient.")
    one = np.array([[1e4, -1e4, 0.0]])
    apart = np.array([[1e4, 9999.0, 0.0], [-1e4, -9999.0, -1e4]])
    for logits, labels in [(one, np.array([1])), (one, np.array([0])), (apart, np.array([1, 0]))]:
        loss, gradient = _pair(answer(logits.copy(), labels), "loss", "gradient")
        want_loss = exact(logits, labels)
        finite = np.isfinite(loss) and np.all(np.isfinite(gradient))
        if not finite and logits is apart:
            raise Incorrect("each row needs the largest logit of its own row subtracted.")
        if not finite:
            raise Incorrect(
                f"at logits {logits.tolist()} you return something not a number or infinite; "
                "let no exponent be positive."
            )
        if not math.isclose(loss, want_loss, rel_tol=1e-9):
            raise Incorrect(
                f"at logits {logits.tolist()} the loss is {want_loss:g}; got {loss:g}. "
                "A small constant inside the logarithm hides how wrong a prediction is."
            )


# -- The best direction ---------------------------------------------------------------------------


def _mean_direction(angles: np.ndarray) -> float:
    return float(np.arctan2(np.sin(angles).mean(), np.cos(angles).mean()))


@_book.add(
    "mean_direction",
    stub=lambda angles: ...,
    reference=_mean_direction,
    wrong=[
        Wrong(lambda angles: angles.mean(), "average of the angles", "averages numbers"),
        Wrong(
            lambda angles: np.mod(angles, 2 * np.pi).mean(),
            "moved the cut",
            "counts angles from 0 to 2 pi and averages",
        ),
        Wrong(
            lambda angles: np.arctan(np.sin(angles).mean() / np.cos(angles).mean()),
            "half of the circle",
            "loses the quadrant",
        ),
        Wrong(
            lambda angles: np.arctan2(np.cos(angles).mean(), np.sin(angles).mean()),
            "sine first",
            "swaps the arguments of arctan2",
        ),
    ],
)
def _mean_direction_check(answer: Callable) -> None:
    rng = np.random.default_rng(9)
    spread = 0.3 * rng.normal(size=20)
    clouds = [c + np.concatenate([spread, -spread]) for c in (0.7, -2.0, math.pi, 0.0, 2.2)]
    grid = np.linspace(-math.pi, math.pi, 7201)
    for angles in ((c + math.pi) % (2 * math.pi) - math.pi for c in clouds):
        got = float(array(answer(angles.copy()), "the direction"))
        want = grid[np.argmax([np.cos(angles - mu).sum() for mu in grid])]

        def off(value: float, want: float = want) -> float:
            return abs((value - want + math.pi) % (2 * math.pi) - math.pi)

        if off(got) < 1e-3:
            continue
        center = math.degrees(want)
        if off(math.pi / 2 - got) < 1e-3:
            raise Incorrect("arctan2 takes the sine first, then the cosine.")
        if math.isclose(got, np.mean(angles)):
            raise Incorrect(
                f"around {center:.0f} degrees the average of the angles points to "
                f"{math.degrees(got):.0f} degrees."
            )
        if math.isclose(got, np.mod(angles, 2 * math.pi).mean()):
            raise Incorrect(
                f"you moved the cut to 0 degrees; around {center:.0f} degrees you now fail."
            )
        if off(got + math.pi) < 1e-3:
            raise Incorrect(
                f"around {center:.0f} degrees you point the opposite way. arctan knows only half "
                "of the circle; arctan2 knows the quadrant."
            )
        raise Incorrect(f"around {center:.0f} degrees you are off by {off(got):.2f} radians.")


# -- Who explains this point? ---------------------------------------------------------------------


def _shares(weight: bool = True, width: bool = True, stable: bool = True) -> Callable:
    def shares(logits: Any, mu: Any, log_var: Any, y: Any) -> np.ndarray:
        a = (
            logits * weight
            - 0.5 * log_var * width
            - 0.5 * (y[:, None] - mu) ** 2 / np.exp(log_var)
        )
        with np.errstate(all="ignore"):
            e = np.exp(a - a.max(axis=1, keepdims=True) * stable)
            return e / e.sum(axis=1, keepdims=True)

    return shares


@_book.add(
    "shares",
    stub=lambda logits, mu, log_var, y: ...,
    reference=_shares(),
    wrong=[
        Wrong(_shares(weight=False), "weights of the components", "treats all as equally likely"),
        Wrong(_shares(width=False), "1 / sigma", "compares exponents instead of densities"),
        Wrong(_shares(stable=False), "underflow", "divides zero by zero far from all means"),
        Wrong(
            lambda logits, mu, log_var, y: (
                _shares()(logits.T, mu.T, log_var.T, y[: mu.shape[1]]).T
            ),
            "each example",
            "normalizes over the batch instead of the components",
        ),
    ],
)
def _shares_check(answer: Callable) -> None:
    rng = np.random.default_rng(4)
    logits, mu, log_var = rng.normal(size=(3, 3, 3))
    y = rng.normal(size=3)

    def bayes(weight: np.ndarray, width: np.ndarray) -> np.ndarray:
        joint = weight / width * np.exp(-((y[:, None] - mu) ** 2) / (2 * np.exp(log_var)))
        return joint / joint.sum(axis=1, keepdims=True)

    weight, sigma = np.exp(logits), np.sqrt(np.exp(log_var))
    got = array(answer(logits.copy(), mu.copy(), log_var.copy(), y.copy()), "the shares")
    if got.shape != mu.shape or not np.allclose(got.sum(axis=1), 1):
        raise Incorrect("for each example the shares of the components must sum to 1.")
    if same(got, bayes(np.ones_like(weight), sigma)):
        raise Incorrect("the weights of the components play no part in your shares.")
    if same(got, bayes(weight, np.ones_like(sigma))):
        raise Incorrect("a narrow normal is higher: its density has the factor 1 / sigma.")
    if not same(got, bayes(weight, sigma)):
        raise Incorrect("Bayes' rule, written out, gives other shares.")
    far = array(
        answer(np.zeros((1, 2)), np.array([[0.0, 1.0]]), np.zeros((1, 2)), np.array([60.0])), ""
    )
    if not same(far, np.array([[1 / (1 + math.exp(59.5)), 1.0]])):
        raise Incorrect(
            "far from both means the densities underflow; subtract the largest logarithm."
        )


# -- A decision that counts costs -----------------------------------------------------------------


@_book.add(
    "threshold",
    stub=...,
    reference=-math.log(9),
    wrong=[
        Wrong(0.0, "both mistakes", "predicts the more probable label, whatever it costs"),
        Wrong(math.log(9), "wrong direction", "demands more evidence for the alarm"),
        Wrong(0.1, "probability", "gives the threshold of p, not of the logit"),
        Wrong(-math.log(10), "odds", "takes log p for the logit"),
    ],
)
def _threshold(answer: float) -> None:
    p = 1 / (1 + math.exp(-float(answer)))
    if math.isclose(1 * (1 - p), 9 * p, rel_tol=1e-3):  # the two expected costs
        return
    if answer == 0:
        raise Incorrect("0 is right if both mistakes cost the same.")
    if math.isclose(1 - p, 0.1, rel_tol=1e-3):
        raise Incorrect("wrong direction: a miss is dear, so give the alarm at small p already.")
    if math.isclose(answer, 0.1, rel_tol=1e-3):
        raise Incorrect("that is the probability at which both cost the same; give its logit.")
    if math.isclose(answer, -math.log(10), rel_tol=1e-3):
        raise Incorrect("a logit is the logarithm of the odds p / (1 - p), not of p.")
    raise Incorrect("an alarm costs 1 - p on average, silence 9 p. Where are they equal?")


# -- Label smoothing: how far apart the logits may be ---------------------------------------------


@_book.add(
    "smoothing_gap",
    stub=lambda smoothing, classes: ...,
    reference=lambda smoothing, classes: math.log(1 + classes * (1 - smoothing) / smoothing),
    wrong=[
        Wrong(
            lambda e, c: math.log((1 - e) / (e / c)),
            "also gets its part",
            "forgets that the true class gets a share of what is spread",
        ),
        Wrong(
            lambda e, c: math.log((c - 1) * (1 - e) / e),
            "over all classes",
            "spreads over the other classes alone",
        ),
        Wrong(lambda e, c: math.log((1 - e) / e), "each other class", "forgets to divide by C"),
        Wrong(lambda e, c: 1 + c * (1 - e) / e, "logarithm", "gives the ratio of probabilities"),
    ],
)
def _smoothing_gap(answer: Callable) -> None:
    for smoothing, classes in [(0.1, 10), (0.3, 4)]:
        gap = float(array(answer(smoothing, classes), "the gap"))
        target = np.full(classes, smoothing / classes)
        target[0] += 1 - smoothing

        def slope(gap: float, classes: int = classes, target: np.ndarray = target) -> float:
            weight = np.exp([min(gap, 700.0)] + [0.0] * (classes - 1))
            return float(np.max(np.abs(weight / weight.sum() - target)))

        if slope(gap) < 1e-9:
            continue
        rest = smoothing / classes
        if math.isclose(gap, target[0] / rest):
            raise Incorrect("that is the ratio of the two probabilities; logits are a logarithm.")
        if math.isclose(gap, math.log((1 - smoothing) / rest)):
            raise Incorrect("the true class also gets its part of what is spread.")
        if math.isclose(gap, math.log((1 - smoothing) / smoothing)):
            raise Incorrect("each other class gets only a part of the smoothing.")
        if math.isclose(gap, math.log((classes - 1) * (1 - smoothing) / smoothing)):
            raise Incorrect(
                "the chapter spreads the share over all classes, the true one as well."
            )
        raise Incorrect("at your gap the gradient, softmax minus smoothed label, is not zero.")


check = _book.check
EXERCISES = _book.all
