"""Exercises of the chapter *Probability distributions*.

Truth comes from counting, from quadrature, from slopes of distribution functions and from
densities written out by hand, never from ``udlbook.probability``. Where a wrong answer has a
typical cause, the check computes what that cause would give and names it.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ._core import Exercises, Incorrect, Wrong, array, given, same

_book = Exercises("probability")


def _pair(value: Any, first: str, second: str) -> tuple[float, float]:
    value = given(value, f"the {first} and the {second}")
    if not (isinstance(value, tuple) and len(value) == 2):
        raise Incorrect(f"return two things: the {first}, then the {second}.")
    return float(array(value[0], f"the {first}")), float(array(value[1], f"the {second}"))


def _bell(x: Any, mu: Any, var: Any) -> Any:
    return np.exp(-((x - mu) ** 2) / (2 * var)) / np.sqrt(2 * np.pi * var)


# -- Bayes' rule: several tests -------------------------------------------------------------------


def _after(prior: float, hit: float, alarm: float, k: int) -> float:
    ill, well = prior * hit**k, (1 - prior) * alarm**k
    return ill / (ill + well)


@_book.add(
    "tests",
    stub=lambda prior, hit, alarm, k: ...,
    reference=_after,
    wrong=[
        Wrong(lambda prior, hit, alarm, k: hit**k, "the other way round", "gives P(+ | ill)"),
        Wrong(
            lambda prior, hit, alarm, k: hit**k / (hit**k + alarm**k),
            "prior plays no part",
            "neglects the base rate",
        ),
        Wrong(
            lambda prior, hit, alarm, k: prior * hit**k / (prior * hit**k + alarm**k),
            "share of the healthy",
            "forgets the factor 1 - prior",
        ),
        Wrong(
            lambda prior, hit, alarm, k: _after(prior, hit, alarm, 1),
            "only one test",
            "ignores how many tests there were",
        ),
        Wrong(
            lambda prior, hit, alarm, k: prior * hit**k,
            "joint probability",
            "does not divide by the evidence",
        ),
    ],
)
def _tests(answer: Callable) -> None:
    for prior, hit, alarm, k in [(0.1, 0.75, 0.25, 2), (0.4, 0.5, 0.25, 3)]:
        got = float(array(answer(prior, hit, alarm, k), "the probability"))
        ill, well = prior, 1 - prior  # test after test: keep who is positive, in both groups
        for _ in range(k):
            ill, well = ill * hit, well * alarm
        if math.isclose(got, ill / (ill + well), rel_tol=1e-9):
            continue
        if math.isclose(got, hit**k):
            raise Incorrect("that is P(positive | ill); the question is the other way round.")
        if math.isclose(got, hit**k / (hit**k + alarm**k)):
            raise Incorrect(
                "the prior plays no part in your answer, as if half of all people were ill."
            )
        if math.isclose(got, ill / (ill + alarm**k)):
            raise Incorrect("weigh the false alarms by the share of the healthy, 1 - prior.")
        if math.isclose(got, prior * hit / (prior * hit + (1 - prior) * alarm)):
            raise Incorrect(f"that is right after only one test; here there were {k}.")
        if math.isclose(got, ill):
            raise Incorrect(
                "that is the joint probability of ill and positive; divide by P(positive)."
            )
        raise Incorrect(
            "count people: how many are ill and positive, and how many are well and positive?"
        )


# -- How many draws? ------------------------------------------------------------------------------


@_book.add(
    "how_many",
    stub=(..., ..., ...),
    reference=(100.0, 1.0, 4.0),
    wrong=[
        Wrong((10.0, 1.0, 4.0), "square root", "thinks that the error falls as 1 / N"),
        Wrong((100.0, 0.1, 4.0), "has no variance", "applies the square root to a Cauchy"),
        Wrong((100.0, 0.01, 4.0), "divide by N", "divides a Cauchy by N"),
        Wrong((100.0, 1.0, 16.0), "already squared", "squares the standard deviation twice"),
        Wrong((100.0, 1.0, 2.0), "standard deviation, not", "gives the factor of the error"),
    ],
)
def _how_many(answer: Any) -> None:
    normal, cauchy, spread = (float(given(a, "a prediction")) for a in answer)
    if normal == 10:
        raise Incorrect("the error falls with the square root of N: ten times N is not enough.")
    if normal != 100:
        raise Incorrect("the standard deviation of a mean is sigma / sqrt(N). Solve for N.")
    if cauchy == 0.1:
        raise Incorrect("sigma / sqrt(N) needs a variance, and a Cauchy has no variance.")
    if cauchy == 0.01:
        raise Incorrect("a sum of N Cauchy draws is N times as wide; now divide by N.")
    if cauchy != 1:
        raise Incorrect("look at the flat line in the figure of the section.")
    if spread == 16:
        raise Incorrect("N grows with sigma^2 / error^2, and 2^2 is already squared.")
    if spread == 2:
        raise Incorrect("2 is the factor of the standard deviation, not that of N.")
    if spread != 4:
        raise Incorrect("keep sigma / sqrt(N) fixed while sigma doubles.")


# -- Sampling by the inverse of the distribution function -----------------------------------------


def _silent(f: Callable) -> Callable:
    def quiet(u: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            return f(u)

    return quiet


@_book.add(
    "gumbel",
    stub=lambda u: ...,
    reference=lambda u: -np.log(-np.log(u)),
    wrong=[
        Wrong(lambda u: np.exp(-np.exp(-u)), "itself", "hands in F instead of its inverse"),
        Wrong(lambda u: np.log(-np.log(u)), "mirror image", "loses the outer minus"),
        Wrong(
            lambda u: -np.log(-np.log(1 - u)),
            "falls as u grows",
            "takes 1 - u for u, as for samples",
        ),
        Wrong(_silent(lambda u: -np.log(np.log(u))), "not a number", "loses the inner minus"),
        Wrong(lambda u: -np.log(1 - u), "an exponential", "inverts another function"),
    ],
)
def _gumbel(answer: Callable) -> None:
    u = np.array([1e-6, 0.1, 0.35, 0.8, 0.999])
    got = array(answer(u.copy()), "the values")
    if got.shape != u.shape:
        raise Incorrect(f"one value for each u, shape {u.shape}; got {got.shape}.")
    if not np.all(np.isfinite(got)):
        raise Incorrect("some values are not a number: log u is negative for u below 1.")
    back = np.exp(-np.exp(-got))  # the distribution function, which must give u back
    if same(back, u, 1e-9):
        return
    if same(np.exp(-np.exp(-u)), got):
        raise Incorrect("that is the distribution function itself; solve u = F(x) for x.")
    if same(back, 1 - u, 1e-9):
        raise Incorrect(
            "your x falls as u grows. Its samples have the right distribution, but a quantile "
            "must grow: F(x) = u, not 1 - u."
        )
    if same(np.exp(-np.exp(got)), u, 1e-9):
        raise Incorrect("you are at the mirror image of x: two logarithms, two minus signs.")
    if same(1 - np.exp(-got), u, 1e-9):
        raise Incorrect("that samples an exponential, which has another distribution function.")
    raise Incorrect("put your x into F; it must give u back.")


# -- A derivation: the square of a normal ---------------------------------------------------------


def _square(branches: tuple, slope: Callable) -> Callable:
    def density(y: np.ndarray, mu: float, sigma: float) -> np.ndarray:
        root = np.sqrt(y)
        return sum(_bell(s * root, mu, sigma**2) for s in branches) * slope(root)

    return density


@_book.add(
    "square",
    stub=lambda y, mu, sigma: ...,
    reference=_square((1, -1), lambda root: 1 / (2 * root)),
    wrong=[
        Wrong(_square((1,), lambda r: 1 / (2 * r)), "two x", "forgets the negative root"),
        Wrong(_square((1, -1), lambda r: 1.0), "stretches", "forgets the Jacobian"),
        Wrong(_square((1, -1), lambda r: 2 * r), "upside down", "multiplies by dy/dx"),
        Wrong(_square((1, 1), lambda r: 1 / (2 * r)), "double", "doubles the positive root"),
        Wrong(_square((1, -1), lambda r: 1 / r), "by a factor of 2", "takes dy/dx = x"),
    ],
)
def _square_check(answer: Callable) -> None:
    y = np.array([0.2, 1.0, 2.5, 4.0])
    for mu, sigma in [(0.5, 1.2), (-1.0, 0.8)]:

        def below(y: np.ndarray, mu: float = mu, sigma: float = sigma) -> np.ndarray:
            ends = [[(s * math.sqrt(v) - mu) / sigma for s in (1, -1)] for v in y]
            erf = math.erf
            return np.array([erf(a / 2**0.5) - erf(b / 2**0.5) for a, b in ends]) / 2

        want = (below(y + 1e-5) - below(y - 1e-5)) / 2e-5
        got = array(answer(y.copy(), mu, sigma), "the density")
        if got.shape != y.shape:
            raise Incorrect(f"one density for each y, shape {y.shape}; got {got.shape}.")
        root = np.sqrt(y)
        if same(got, want, 1e-7):
            continue
        if same(got, _bell(root, mu, sigma**2) / (2 * root), 1e-7):
            raise Incorrect("two x give the same y: also the negative root carries probability.")
        if same(got, 2 * _bell(root, mu, sigma**2) / (2 * root), 1e-7):
            raise Incorrect("to double the positive root is right only if the mean is 0.")
        if same(got / (2 * root), want, 1e-7):
            raise Incorrect("squaring stretches lengths by 2|x|; divide by that.")
        if same(got / (2 * root) ** 2, want, 1e-7):
            raise Incorrect("the slope is upside down: where y is stretched, density falls.")
        if same(got / 2, want, 1e-7):
            raise Incorrect("you are off by a factor of 2 everywhere: what is dy/dx?")
        raise Incorrect("the slope of P(x^2 < y) is another density.")


# -- Two measurements of one thing ----------------------------------------------------------------


def _fuse(a: float, v: float, b: float, w: float) -> tuple[float, float]:
    return (a / v + b / w) / (1 / v + 1 / w), 1 / (1 / v + 1 / w)


@_book.add(
    "fuse",
    stub=lambda mu_1, var_1, mu_2, var_2: (..., ...),
    reference=_fuse,
    wrong=[
        Wrong(lambda a, v, b, w: ((a + b) / 2, _fuse(a, v, b, w)[1]), "equal say", "averages"),
        Wrong(
            lambda a, v, b, w: ((a * v + b * w) / (v + w), _fuse(a, v, b, w)[1]),
            "less sure",
            "weighs by the variance instead of the precision",
        ),
        Wrong(
            lambda a, v, b, w: (_fuse(a, v, b, w)[0], v + w), "more knowledge", "adds variances"
        ),
        Wrong(
            lambda a, v, b, w: (_fuse(a, v, b, w)[0], (v + w) / 2),
            "average of the two variances",
            "averages variances",
        ),
        Wrong(
            lambda a, v, b, w: (_fuse(a, v, b, w)[0], math.sqrt(_fuse(a, v, b, w)[1])),
            "standard deviation",
            "takes the root",
        ),
        Wrong(
            lambda a, v, b, w: (_fuse(a, v, b, w)[0], 1 / v + 1 / w),
            "that is the precision",
            "forgets the last reciprocal",
        ),
    ],
)
def _fuse_check(answer: Callable) -> None:
    for a, v, b, w in [(1.0, 0.5, 3.0, 2.5), (-2.0, 4.0, 0.5, 0.7)]:
        mean, var = _pair(answer(a, v, b, w), "mean", "variance")
        x = np.linspace(-40, 40, 80_001)
        both = _bell(x, a, v) * _bell(x, b, w)  # the product itself, on a grid
        both /= both.sum()
        want_mean = float(both @ x)
        want = float(both @ (x - want_mean) ** 2)
        if math.isclose(mean, (a + b) / 2):
            raise Incorrect("both measurements have an equal say in your mean; one is better.")
        if math.isclose(mean, (a * v + b * w) / (v + w)):
            raise Incorrect("your mean follows the measurement that is less sure of itself.")
        if not math.isclose(mean, want_mean, rel_tol=1e-6):
            raise Incorrect("the mean of the product, summed on a grid, is another one.")
        if math.isclose(var, v + w):
            raise Incorrect(
                "two measurements are more knowledge than one, yet your variance is larger."
            )
        if math.isclose(var, (v + w) / 2):
            raise Incorrect("that is the average of the two variances; it should be below both.")
        if math.isclose(var, math.sqrt(want), rel_tol=1e-6):
            raise Incorrect("that is the standard deviation; the variance is asked for.")
        if math.isclose(var, 1 / want, rel_tol=1e-6):
            raise Incorrect("that is the precision; the variance is one over it.")
        if not math.isclose(var, want, rel_tol=1e-6):
            raise Incorrect("the mean is right; the variance, summed on a grid, is another one.")


# -- What one component says about the other ------------------------------------------------------


def _given(mu: Any, cov: Any, x2: float) -> tuple[float, float]:
    slope = cov[0, 1] / cov[1, 1]
    return mu[0] + slope * (x2 - mu[1]), cov[0, 0] - slope * cov[0, 1]


def _rho(cov: Any) -> float:
    return cov[0, 1] / math.sqrt(cov[0, 0] * cov[1, 1])


@_book.add(
    "given",
    stub=lambda mu, cov, x2: (..., ...),
    reference=_given,
    wrong=[
        Wrong(
            lambda m, c, x: (m[0] + c[0, 1] / c[1, 1] * x, _given(m, c, x)[1]),
            "distance from its mean",
            "does not centre the known component",
        ),
        Wrong(
            lambda m, c, x: (m[0] + c[0, 1] / c[0, 0] * (x - m[1]), _given(m, c, x)[1]),
            "of the known component",
            "divides by the other variance",
        ),
        Wrong(
            lambda m, c, x: (m[0] + _rho(c) * (x - m[1]), _given(m, c, x)[1]),
            "correlation has no unit",
            "uses the correlation as slope",
        ),
        Wrong(
            lambda m, c, x: (_given(m, c, x)[0], c[0, 0]), "learned nothing", "keeps the variance"
        ),
        Wrong(
            lambda m, c, x: (_given(m, c, x)[0], c[0, 0] * (1 - abs(_rho(c)))),
            "square of the correlation",
            "takes 1 - rho",
        ),
    ],
)
def _given_check(answer: Callable) -> None:
    for mu, cov, x2 in [
        (np.array([1.0, -2.0]), np.array([[2.0, 0.9], [0.9, 0.8]]), -1.0),
        (np.array([0.0, 1.5]), np.array([[0.5, -0.6], [-0.6, 3.0]]), 0.2),
    ]:
        mean, var = _pair(answer(mu.copy(), cov.copy(), x2), "mean", "variance")
        x1 = np.linspace(-15, 15, 30_001)
        d = np.stack([x1 - mu[0], np.full_like(x1, x2 - mu[1])])
        slice_ = np.exp(-0.5 * np.sum(d * (np.linalg.inv(cov) @ d), axis=0))  # a cut, on a grid
        slice_ /= slice_.sum()
        want_mean = float(slice_ @ x1)
        want = float(slice_ @ (x1 - want_mean) ** 2)
        slope, step = cov[0, 1] / cov[1, 1], x2 - mu[1]
        if math.isclose(mean, mu[0] + slope * x2):
            raise Incorrect("multiply the slope by the distance from its mean, not by x2 itself.")
        if math.isclose(mean, mu[0] + cov[0, 1] / cov[0, 0] * step):
            raise Incorrect("divide the covariance by the variance of the known component.")
        if math.isclose(mean, mu[0] + _rho(cov) * step):
            raise Incorrect("a correlation has no unit; the slope is in units of x1 per unit x2.")
        if not math.isclose(mean, want_mean, rel_tol=1e-6, abs_tol=1e-9):
            raise Incorrect("a cut through the joint density, on a grid, has another mean.")
        if math.isclose(var, cov[0, 0]):
            raise Incorrect("your variance is that of the marginal, as if we had learned nothing.")
        if math.isclose(var, cov[0, 0] * (1 - abs(_rho(cov)))):
            raise Incorrect("the variance falls with the square of the correlation.")
        if not math.isclose(var, want, rel_tol=1e-6):
            raise Incorrect("the mean is right; the cut, on a grid, has another variance.")


# -- A derivation: the divergence of two exponentials ---------------------------------------------


@_book.add(
    "kl_exponential",
    stub=lambda a, b: ...,
    reference=lambda a, b: math.log(a / b) + b / a - 1,
    wrong=[
        Wrong(lambda a, b: math.log(b / a) + a / b - 1, "other direction", "swaps p and q"),
        Wrong(lambda a, b: math.log(a / b) + b / a, "to itself", "forgets the mean of a x"),
        Wrong(lambda a, b: math.log(b / a) - b / a + 1, "negative", "turns the sign"),
        Wrong(lambda a, b: math.log(a / b) + (b - a), "mean of x", "takes E[x] = 1"),
        Wrong(lambda a, b: (math.log(a / b) + b / a - 1) / math.log(2), "bits", "takes base 2"),
    ],
)
def _kl_exponential(answer: Callable) -> None:
    def truth(a: float, b: float) -> float:
        nodes, weights = np.polynomial.laguerre.laggauss(40)  # integrates e^-t times polynomials
        x = nodes / a
        return float(weights @ (math.log(a / b) - (a - b) * x))

    for a, b in [(2.0, 0.5), (0.6, 1.5)]:
        got = float(array(answer(a, b), "the divergence"))
        want = truth(a, b)
        if math.isclose(got, want, rel_tol=1e-9):
            continue
        if math.isclose(got, truth(b, a), rel_tol=1e-9):
            raise Incorrect("that is the other direction, KL(q || p).")
        if math.isclose(got, want + 1, rel_tol=1e-9):
            raise Incorrect("for a = b it must be 0: the distance of p to itself.")
        if math.isclose(got, -want, rel_tol=1e-9):
            raise Incorrect("your divergence is negative; it is the mean of log p - log q.")
        if math.isclose(got, math.log(a / b) + b - a, rel_tol=1e-9):
            raise Incorrect("the mean of x under p is 1 / a.")
        if math.isclose(got, want / math.log(2), rel_tol=1e-9):
            raise Incorrect("that is in bits; this book uses natural logarithms.")
        raise Incorrect("quadrature of p (log p - log q) gives another number.")


# -- The normal that covers a mixture -------------------------------------------------------------


def _cover(w: Any, mu: Any, sigma: Any) -> tuple[float, float]:
    mean = w @ mu
    return mean, math.sqrt(w @ (sigma**2 + (mu - mean) ** 2))


@_book.add(
    "cover",
    stub=lambda weights, mu, sigma: (..., ...),
    reference=_cover,
    wrong=[
        Wrong(lambda w, m, s: (m[np.argmax(w)], s[np.argmax(w)]), "seeks a mode", "fits one hill"),
        Wrong(lambda w, m, s: (m.mean(), _cover(w, m, s)[1]), "weights", "averages plainly"),
        Wrong(
            lambda w, m, s: (w @ m, math.sqrt(w @ s**2)),
            "how far the means lie apart",
            "forgets the variance of the means",
        ),
        Wrong(lambda w, m, s: (w @ m, w @ s), "average of deviations", "averages deviations"),
        Wrong(
            lambda w, m, s: (w @ m, _cover(w, m, s)[1] ** 2), "variance, not", "forgets the root"
        ),
    ],
)
def _cover_check(answer: Callable) -> None:
    x = np.linspace(-14, 14, 28_001)
    for weights, mu, sigma in [
        (np.array([0.3, 0.7]), np.array([-2.0, 1.5]), np.array([0.5, 0.9])),
        (np.array([0.5, 0.2, 0.3]), np.array([0.0, 3.0, -2.0]), np.array([1.0, 0.4, 0.6])),
    ]:
        got = _pair(answer(weights.copy(), mu.copy(), sigma.copy()), "mean", "standard deviation")
        mean, spread = got
        p = weights @ _bell(x, mu[:, None], sigma[:, None] ** 2)
        p /= p.sum()
        want_mean = float(p @ x)
        want = math.sqrt(p @ (x - want_mean) ** 2)
        top = np.argmax(weights)
        if same(np.array(got), np.array([mu[top], sigma[top]])):
            raise Incorrect("that seeks a mode, as KL(q || p) does; asked is the other direction.")
        if not math.isclose(mean, want_mean, rel_tol=1e-6, abs_tol=1e-9):
            raise Incorrect("the mean of a mixture counts its components by their weights.")
        if math.isclose(spread, math.sqrt(weights @ sigma**2)):
            raise Incorrect("your spread does not know how far the means lie apart.")
        if math.isclose(spread, weights @ sigma):
            raise Incorrect("an average of deviations is no deviation; variances add up.")
        if math.isclose(spread, want**2, rel_tol=1e-6):
            raise Incorrect("that is the variance, not the standard deviation.")
        if not math.isclose(spread, want, rel_tol=1e-6):
            raise Incorrect("the mixture, summed on a grid, has another standard deviation.")


check = _book.check
EXERCISES = _book.all
