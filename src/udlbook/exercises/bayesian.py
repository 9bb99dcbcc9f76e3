"""Exercises of the chapter *The Bayesian approach*.

Truth comes from sums over grids of weights, from joint normals that are conditioned one example at
a time, from central differences of densities written out, never from ``udlbook.classical``. Where
a wrong answer has a typical cause, the check computes what that cause would give and names it.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ._core import Exercises, Incorrect, Wrong, array, given, same

_book = Exercises("bayesian")


def _pair(value: Any, first: str, second: str) -> tuple[np.ndarray, np.ndarray]:
    value = given(value, f"the {first} and the {second}")
    if not (isinstance(value, tuple) and len(value) == 2):
        raise Incorrect(f"return two things: the {first}, then the {second}.")
    return array(value[0], f"the {first}"), array(value[1], f"the {second}")


def _problem(n: int, dim: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Features and targets of an ordinary regression problem."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, dim)), rng.normal(size=n)


def _one_by_one(
    mean: np.ndarray, cov: np.ndarray, features: np.ndarray, y: np.ndarray, sigma: float
) -> tuple[np.ndarray, np.ndarray, float]:
    """Condition a normal over weights on one target after another; also log p(y)."""
    log_evidence = 0.0
    for h, target in zip(features, y, strict=True):
        shared, var = cov @ h, h @ cov @ h + sigma**2  # cov(w, y_n) and var(y_n)
        miss = target - h @ mean
        log_evidence += -0.5 * (miss**2 / var + math.log(2 * math.pi * var))
        mean, cov = mean + shared * miss / var, cov - np.outer(shared, shared) / var
    return mean, cov, log_evidence


# -- Mean and covariance of the weights -----------------------------------------------------------


def _posterior_of(
    fit: Callable, prior: Callable, mean: Callable, cov: Callable = np.linalg.inv
) -> Callable:
    def posterior(
        features: np.ndarray, y: np.ndarray, sigma: float, width: float
    ) -> tuple[np.ndarray, np.ndarray]:
        A = fit(features.T @ features, sigma) + prior(width) * np.eye(features.shape[1])
        return mean(np.linalg.solve(A, features.T @ y), sigma), cov(A)

    return posterior


def _over_var(a: np.ndarray, sigma: float) -> np.ndarray:
    return a / sigma**2


def _precision(width: float) -> float:
    return 1 / width**2


@_book.add(
    "posterior",
    stub=lambda features, y, sigma, width: (..., ...),
    reference=_posterior_of(_over_var, _precision, _over_var),
    wrong=[
        Wrong(
            _posterior_of(_over_var, _precision, _over_var, lambda A: A),
            "precision, its inverse",
            "returns A for the covariance",
        ),
        Wrong(
            _posterior_of(_over_var, _precision, lambda a, s: a),
            "the mean lacks",
            "forgets the noise in the mean",
        ),
        Wrong(
            _posterior_of(_over_var, lambda s: s**2, _over_var),
            "a wide prior must count little",
            "adds the variance of the prior to the precision",
        ),
        Wrong(
            _posterior_of(_over_var, lambda s: 1 / s, _over_var),
            "the width, not its square",
            "forgets a square",
        ),
        Wrong(
            _posterior_of(lambda a, s: a / s, _precision, lambda a, s: a / s),
            "the deviation of the noise where its variance",
            "divides by sigma",
        ),
        Wrong(
            _posterior_of(_over_var, lambda s: 0.0, _over_var),
            "prior plays no part",
            "gives least squares",
        ),
    ],
)
def _posterior_check(answer: Callable) -> None:
    for sigma, width, seed in [(0.3, 0.7, 0), (2.0, 3.0, 1)]:
        features, y = _problem(7, 3, seed)
        got_mean, got_cov = _pair(
            answer(features.copy(), y.copy(), sigma, width), "mean", "covariance"
        )
        want_mean, want_cov, _ = _one_by_one(np.zeros(3), width**2 * np.eye(3), features, y, sigma)
        if same(got_cov, np.linalg.inv(want_cov), 1e-7):
            raise Incorrect("that is the precision, its inverse is the covariance.")
        gram = features.T @ features
        for matrix, hint in [
            (
                gram / sigma**2 + width**2 * np.eye(3),
                "a wide prior must count little: its precision is 1 / width^2.",
            ),
            (gram / sigma**2 + np.eye(3) / width, "you divide by the width, not its square."),
            (
                gram / sigma + np.eye(3) / width**2,
                "you use the deviation of the noise where its variance belongs.",
            ),
            (gram / sigma**2, "the prior plays no part in your answer."),
        ]:
            if same(got_cov, np.linalg.inv(matrix), 1e-7):
                raise Incorrect(hint)
        if not same(got_cov, want_cov, 1e-7):
            raise Incorrect("the covariance is not that of conditioning one example at a time.")
        if same(got_mean / sigma**2, want_mean, 1e-7):
            raise Incorrect("the covariance is right; the mean lacks the division by sigma^2.")
        if not same(got_mean, want_mean, 1e-7):
            raise Incorrect("the covariance is right, the mean is not.")


# -- Predictions before running -------------------------------------------------------------------


@_book.add(
    "shrink",
    stub=(..., ..., ...),
    reference=(0.5, 0.1, 1.0),
    wrong=[
        Wrong((0.25, 0.1, 1.0), "that is the variance", "gives the factor of the variance"),
        Wrong((1.0, 0.1, 1.0), "teaches something", "thinks that repeats teach nothing"),
        Wrong((0.5, 0.0, 1.0), "new noise", "forgets the noise of the new measurement"),
        Wrong((0.5, 0.01, 1.0), "asked for the deviation", "gives the variance of the noise"),
        Wrong((0.5, 0.1, 10.0), "look for y", "thinks that the spread follows the targets"),
    ],
)
def _shrink(answer: Any) -> None:
    four, limit, scale = (float(given(a, "a prediction")) for a in answer)
    if math.isclose(four, 0.25):
        raise Incorrect("that is the variance; the deviation is its root.")
    if math.isclose(four, 1):
        raise Incorrect("a repeated measurement teaches something: its noise is new each time.")
    if not math.isclose(four, 0.5):
        raise Incorrect("with a wide prior A is Phi^T Phi / sigma^2. What do copies do to it?")
    if limit == 0:
        raise Incorrect("the function becomes known, but a new target brings new noise.")
    if math.isclose(limit, 0.01):
        raise Incorrect("you give the variance of the noise; we asked for the deviation.")
    if not math.isclose(limit, 0.1):
        raise Incorrect("two variances add: that of the function, which vanishes, and another.")
    if math.isclose(scale, 10):
        raise Incorrect("look for y in the formula of the covariance.")
    if not math.isclose(scale, 1):
        raise Incorrect("which of the posterior's two parts do the targets move?")


# -- From the side of the examples ----------------------------------------------------------------


def _kernel_side(noise: Callable, minus: float = 1.0, root: Callable = lambda v: v) -> Callable:
    def predict(
        K: np.ndarray, across: np.ndarray, own: np.ndarray, y: np.ndarray, sigma: float
    ) -> tuple[np.ndarray, np.ndarray]:
        solved = np.linalg.solve(K + noise(sigma) * np.eye(len(y)), across)
        return solved.T @ y, root(own - minus * (across * solved).sum(axis=0))

    return predict


@_book.add(
    "examples",
    stub=lambda K, across, own, y, sigma: (..., ...),
    reference=_kernel_side(lambda s: s**2),
    wrong=[
        Wrong(_kernel_side(lambda s: 0.0), "without any noise", "forgets sigma"),
        Wrong(_kernel_side(lambda s: s), "add sigma squared", "adds sigma to the diagonal"),
        Wrong(
            _kernel_side(lambda s: s**2, -1.0), "data never add", "adds what the data take away"
        ),
        Wrong(
            _kernel_side(lambda s: s**2, 1.0, np.sqrt), "asked for the variance", "takes the root"
        ),
        Wrong(_kernel_side(lambda s: s**2, 0.0), "before any data", "returns the prior variance"),
    ],
)
def _examples(answer: Callable) -> None:
    sigma = 0.4
    features, y = _problem(5, 7, 3)
    new = np.random.default_rng(4).normal(size=(3, 7))
    K, across, own = features @ features.T, features @ new.T, (new**2).sum(axis=1)
    mean, cov, _ = _one_by_one(np.zeros(7), np.eye(7), features, y, sigma)
    want_mean, want_var = new @ mean, np.diag(new @ cov @ new.T)
    arguments = K.copy(), across.copy(), own.copy(), y.copy(), sigma
    got_mean, got_var = _pair(answer(*arguments), "mean", "variance")
    for diagonal, hint in [
        (0.0, "you predict as if the targets came without any noise."),
        (sigma, "add sigma squared to the diagonal: it is a variance."),
    ]:
        if same(got_mean, np.linalg.solve(K + diagonal * np.eye(5), across).T @ y, 1e-7):
            raise Incorrect(hint)
    if not same(got_mean, want_mean, 1e-7):
        raise Incorrect("the mean is not that of the same model computed from the weights' side.")
    if same(got_var**2, want_var, 1e-7):
        raise Incorrect("that is the deviation; we asked for the variance.")
    if same(got_var, own, 1e-7):
        raise Incorrect("that is the variance before any data.")
    if same(2 * own - got_var, want_var, 1e-7):
        raise Incorrect("the sign is wrong: data never add to the variance of a function.")
    if not same(got_var, want_var, 1e-7):
        raise Incorrect("the mean is right; the variance is own minus what the data took away.")


# -- One example more -----------------------------------------------------------------------------


def _rank_one(
    noise: Callable = lambda s: s**2, sign: float = -1.0, surprise: Callable | None = None
) -> Callable:
    surprise = surprise or (lambda h, m, y: y - h @ m)

    def learn(
        mean: np.ndarray, cov: np.ndarray, h: np.ndarray, y: float, sigma: float
    ) -> tuple[np.ndarray, np.ndarray]:
        gain = cov @ h / (h @ cov @ h + noise(sigma))
        return mean + gain * surprise(h, mean, y), cov + sign * np.outer(gain, cov @ h)

    return learn


@_book.add(
    "one_more",
    stub=lambda mean, cov, h, y, sigma: (..., ...),
    reference=_rank_one(),
    wrong=[
        Wrong(_rank_one(lambda s: 0.0), "nothing left to doubt", "forgets the noise in the gain"),
        Wrong(_rank_one(lambda s: s), "is not squared", "adds sigma, not its square"),
        Wrong(_rank_one(sign=1.0), "grew", "adds to the covariance"),
        Wrong(
            _rank_one(surprise=lambda h, m, y: y),
            "already expected",
            "moves by the target, not by the surprise",
        ),
        Wrong(
            _rank_one(surprise=lambda h, m, y: h @ m - y),
            "away from the target",
            "has the sign of the surprise wrong",
        ),
    ],
)
def _one_more(answer: Callable) -> None:
    rng = np.random.default_rng(5)
    root, mean, h = rng.normal(size=(3, 3)), rng.normal(size=3), rng.normal(size=3)
    cov, y, sigma = root @ root.T, 1.7, 0.6
    got_mean, got_cov = _pair(
        answer(mean.copy(), cov.copy(), h.copy(), y, sigma), "mean", "covariance"
    )
    precision = np.linalg.inv(cov) + np.outer(h, h) / sigma**2  # the direct road, D x D
    want_cov = np.linalg.inv(precision)
    want_mean = want_cov @ (np.linalg.inv(cov) @ mean + h * y / sigma**2)
    if got_cov.shape == cov.shape and h @ got_cov @ h > h @ cov @ h:
        raise Incorrect("the variance grew by learning; data take away from it.")
    if got_cov.shape == cov.shape and abs(h @ got_cov @ h) < 1e-9:
        raise Incorrect("after one noisy measurement there is nothing left to doubt?")
    gain = cov @ h / (h @ cov @ h + sigma)
    if same(got_cov, cov - np.outer(gain, cov @ h), 1e-7):
        raise Incorrect("a variance stands beside sigma, which is not squared.")
    if not same(got_cov, want_cov, 1e-7):
        raise Incorrect("the covariance is not the inverse of the sum of the precisions.")
    gain = want_cov @ h / sigma**2
    if same(got_mean, mean + gain * y, 1e-7):
        raise Incorrect("subtract what was already expected, h @ mean, from the target.")
    if same(2 * mean - got_mean, want_mean, 1e-7):
        raise Incorrect("you move away from the target.")
    if not same(got_mean, want_mean, 1e-7):
        raise Incorrect("the covariance is right, the mean is not.")


# -- A derivation: the slope of the log evidence --------------------------------------------------


def _slope(by: Callable, normalizer: float = 1.0, factor: float = 1.0) -> Callable:
    def slope(t: np.ndarray, d: np.ndarray, width: float, sigma: float) -> float:
        var = sigma**2 + width**2 * d**2
        return float(factor * (by(width, d) / var * (t**2 / var - normalizer)).sum())

    return slope


@_book.add(
    "slope",
    stub=lambda t, d, width, sigma: ...,
    reference=_slope(lambda s, d: s**2 * d**2),
    wrong=[
        Wrong(_slope(lambda s, d: s * d**2), "the width itself", "forgets the chain rule"),
        Wrong(
            _slope(lambda s, d: s**2 * d**2, factor=0.5),
            "logarithm of the variance",
            "differentiates by log width^2",
        ),
        Wrong(
            _slope(lambda s, d: s**2 * d**2, normalizer=0.0),
            "wider would always",
            "forgets the normalizer of the density",
        ),
        Wrong(
            _slope(lambda s, d: s**2 * d**2, factor=-1.0), "downhill", "differentiates the loss"
        ),
        Wrong(
            lambda t, d, width, sigma: _slope(lambda s, d: sigma**2)(t, d, width, sigma),
            "slope by log sigma",
            "answers for the other deviation",
        ),
    ],
)
def _slope_check(answer: Callable) -> None:
    for width, sigma, seed in [(0.7, 0.4, 6), (1.6, 0.9, 7)]:
        d, t = np.abs(_problem(5, 1, seed)[0][:, 0]), _problem(5, 1, seed)[1]

        def log(log_s: float, log_v: float, d: np.ndarray = d, t: np.ndarray = t) -> float:
            var = np.exp(2 * log_v) + np.exp(2 * log_s) * d**2
            return float(np.log(np.exp(-(t**2) / (2 * var)) / np.sqrt(2 * np.pi * var)).sum())

        h, s, v = 1e-5, math.log(width), math.log(sigma)
        want = (log(s + h, v) - log(s - h, v)) / (2 * h)
        other = (log(s, v + h) - log(s, v - h)) / (2 * h)
        got = float(array(answer(t.copy(), d.copy(), width, sigma), "the slope"))
        if math.isclose(got, want, rel_tol=1e-6):
            continue
        if math.isclose(got * width, want, rel_tol=1e-6):
            raise Incorrect("that is the slope by the width itself; multiply by it once more.")
        if math.isclose(2 * got, want, rel_tol=1e-6):
            raise Incorrect("that is the slope by the logarithm of the variance, 2 log width.")
        if math.isclose(-got, want, rel_tol=1e-6):
            raise Incorrect("that points downhill: it is the slope of the loss.")
        if math.isclose(got, other, rel_tol=1e-6):
            raise Incorrect("that is the slope by log sigma; we asked for log width.")
        var = sigma**2 + width**2 * d**2
        if math.isclose(got, float((width**2 * d**2 * t**2 / var**2).sum()), rel_tol=1e-6):
            raise Incorrect(
                "by your slope wider would always be better. A wide density is also a low one: "
                "which term says so?"
            )
        raise Incorrect(f"central differences give {want:.6g}; got {got:.6g}.")


# -- A derivation: the price of the weights -------------------------------------------------------


def _price(log_det: float, log_width: float, squares: float) -> Callable:
    def price(mean: np.ndarray, cov: np.ndarray, width: float) -> float:
        dim = len(mean)
        return float(
            log_det * np.linalg.slogdet(cov)[1]
            + log_width * dim * np.log(width)
            + squares * (mean @ mean) / width**2
        )

    return price


@_book.add(
    "price",
    stub=lambda mean, cov, width: ...,
    reference=_price(-0.5, 1.0, 0.5),
    wrong=[
        Wrong(_price(-0.5, 1.0, 0.0), "how far the weights moved", "forgets the prior at m"),
        Wrong(_price(0.5, -1.0, -0.5), "gain, not a price", "has the sign wrong"),
        Wrong(_price(-1.0, 1.0, 0.5), "root of the determinant", "forgets the root"),
        Wrong(_price(-0.5, 0.5, 0.5), "one factor of the width", "counts half of the widths"),
        Wrong(_price(-0.5, 0.0, 0.5), "size of the prior", "forgets the prior's normalizer"),
        Wrong(_price(-0.5, 1.0, 1.0), "half of the squared", "forgets a half"),
    ],
)
def _price_check(answer: Callable) -> None:
    sigma, width = 0.5, 2.5
    features, y = _problem(6, 3, 8)
    mean, cov, log_evidence = _one_by_one(np.zeros(3), width**2 * np.eye(3), features, y, sigma)
    miss = (y - features @ mean) / sigma
    fit = -0.5 * (miss @ miss) - len(y) * math.log(sigma * math.sqrt(2 * math.pi))
    want = fit - log_evidence
    got = float(array(answer(mean.copy(), cov.copy(), width), "the price"))
    log_det, squares = np.linalg.slogdet(cov)[1], mean @ mean / width**2
    for off, hint in [
        (0.0, ""),
        (-0.5 * squares, "add how far the weights moved: the prior at m is below its peak."),
        (-2 * want, "that is a gain, not a price."),
        (-0.5 * log_det, "a normal's density has the root of the determinant in it."),
        (-1.5 * math.log(width), "each weight brings one factor of the width, not its root."),
        (-3 * math.log(width), "the size of the prior is missing: its density has a constant."),
        (0.5 * squares, "half of the squared length, as in every normal."),
    ]:
        if math.isclose(got, want + off, rel_tol=1e-9):
            if hint:
                raise Incorrect(hint)
            return
    raise Incorrect(f"fit minus log evidence is {want:.6g} in an example; got {got:.6g}.")


# -- How many weights do the data determine? ------------------------------------------------------


@_book.add(
    "determined",
    stub=lambda d, width, sigma: ...,
    reference=lambda d, width, sigma: (width**2 * d**2 / (width**2 * d**2 + sigma**2)).sum(),
    wrong=[
        Wrong(lambda d, width, sigma: (d > 0).sum(), "all or nothing", "counts the rank"),
        Wrong(
            lambda d, width, sigma: (width * d / (width * d + sigma)).sum(),
            "variances add",
            "compares deviations",
        ),
        Wrong(
            lambda d, width, sigma: (sigma**2 / (width**2 * d**2 + sigma**2)).sum(),
            "left undetermined",
            "counts what the prior keeps",
        ),
        Wrong(
            lambda d, width, sigma: (d**2 / (d**2 + sigma**2)).sum(),
            "the width of the prior",
            "forgets the width",
        ),
    ],
)
def _determined(answer: Callable) -> None:
    width, sigma = 0.8, 0.5
    features, _ = _problem(9, 4, 9)
    d = np.linalg.svd(features, compute_uv=False)
    got = float(array(answer(d.copy(), width, sigma), "the number"))
    cov = _one_by_one(np.zeros(4), width**2 * np.eye(4), features, np.zeros(9), sigma)[1]
    want = float(4 - np.trace(cov) / width**2)
    if math.isclose(got, want, rel_tol=1e-8):
        return
    if got == 4:
        raise Incorrect("a weight is not determined all or nothing; each counts by its share.")
    if math.isclose(got, 4 - want, rel_tol=1e-8):
        raise Incorrect("that is how many weights are left undetermined.")
    if math.isclose(got, float((width * d / (width * d + sigma)).sum()), rel_tol=1e-8):
        raise Incorrect("variances add, deviations do not: square before you compare.")
    if math.isclose(got, float((d**2 / (d**2 + sigma**2)).sum()), rel_tol=1e-8):
        raise Incorrect("the width of the prior is missing: d alone is not a signal.")
    raise Incorrect(
        "along each singular vector: which share of the variance of the target is signal?"
    )


# -- The average of many networks -----------------------------------------------------------------


def _log_densities(w: np.ndarray, features: np.ndarray, y: np.ndarray, sigma: float) -> np.ndarray:
    """Of each draw of weights, for each target. Shapes: returns (M, N)."""
    miss = (y - w @ features.T) / sigma
    return -0.5 * miss**2 - math.log(sigma * math.sqrt(2 * math.pi))


def _averaged(w: np.ndarray, features: np.ndarray, y: np.ndarray, sigma: float) -> np.ndarray:
    log = _log_densities(w, features, y, sigma)
    top = log.max(axis=0)
    return top + np.log(np.exp(log - top).mean(axis=0))


def _plain(w: np.ndarray, features: np.ndarray, y: np.ndarray, sigma: float) -> np.ndarray:
    with np.errstate(divide="ignore"):
        return np.log(np.exp(_log_densities(w, features, y, sigma)).mean(axis=0))


@_book.add(
    "average",
    stub=lambda w, features, y, sigma: ...,
    reference=_averaged,
    wrong=[
        Wrong(_plain, "underflows", "averages densities that are all zero"),
        Wrong(
            lambda w, features, y, sigma: _log_densities(w, features, y, sigma).mean(axis=0),
            "average the densities",
            "averages logarithms",
        ),
        Wrong(
            lambda w, features, y, sigma: _averaged(w, features, y, sigma) + np.log(len(w)),
            "divided by their number",
            "sums over the draws",
        ),
        Wrong(
            lambda w, features, y, sigma: _averaged(
                w.mean(axis=0, keepdims=True), features, y, sigma
            ),
            "one network",
            "predicts with the mean weights",
        ),
        Wrong(
            lambda w, features, y, sigma: _averaged(w, features, y, sigma).sum(),
            "for each target",
            "adds up the targets",
        ),
    ],
)
def _average(answer: Callable) -> None:
    rng = np.random.default_rng(10)
    w, sigma = rng.normal(size=(40, 3)), 0.3
    features, y = _problem(6, 3, 11)
    want = []
    for h, target in zip(features, y, strict=True):  # one target at a time, exact sums
        density = [
            math.exp(-0.5 * ((target - h @ one) / sigma) ** 2) / (sigma * math.sqrt(2 * math.pi))
            for one in w
        ]
        want.append(math.log(math.fsum(density) / len(w)))
    want = np.array(want)
    got = array(answer(w.copy(), features.copy(), y.copy(), sigma), "the log densities")
    if got.shape != want.shape:
        raise Incorrect(f"one number for each target, shape {want.shape}; got {got.shape}.")
    if same(got, _log_densities(w, features, y, sigma).mean(axis=0), 1e-8):
        raise Incorrect("average the densities, then take the logarithm; not the other way round.")
    if same(got, want + math.log(len(w)), 1e-8):
        raise Incorrect("a mean is a sum divided by their number; subtract a logarithm.")
    single = _log_densities(w.mean(axis=0, keepdims=True), features, y, sigma)[0]
    if same(got, single, 1e-8):
        raise Incorrect("that is the density under one network, the one with the mean weights.")
    if not same(got, want, 1e-8):
        raise Incorrect("the mean of the densities of all draws, target by target, is another.")
    far = array(answer(w.copy(), features.copy(), y + 100.0, sigma), "the log densities")
    if not np.all(np.isfinite(far)):
        raise Incorrect(
            "far from every draw each density underflows to zero. Subtract the largest logarithm "
            "before the exponential."
        )
    top = _log_densities(w, features, y + 100.0, sigma).max(axis=0)
    rounding = 1e-9 * np.abs(top)
    if np.any(far > top + rounding) or np.any(far < top - math.log(len(w)) - rounding):
        raise Incorrect(
            "far away the mean must lie between the largest density and a share of it."
        )


check = _book.check
EXERCISES = _book.all
