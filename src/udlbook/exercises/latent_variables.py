"""Exercises of the chapter *Latent variables and EM*.

Truth comes from loops over points in extended range, from central differences, from weighted
averages by ``np.average`` and ``np.cov``, and from sums over a fine grid. Where a wrong answer has
a typical cause, the check computes what that cause would give and names it.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ._core import Exercises, Incorrect, Wrong, array, number, same

_book = Exercises("latent_variables")


def _softmax(a: np.ndarray, axis: int) -> np.ndarray:
    e = np.exp(a - a.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


# -- Responsibilities -----------------------------------------------------------------------------


def _naive(log_joint: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore", over="ignore"):
        e = np.exp(log_joint)
        return e / e.sum(axis=1, keepdims=True)


@_book.add(
    "responsibilities",
    stub=lambda log_joint: ...,
    reference=lambda log_joint: _softmax(log_joint, 1),
    wrong=[
        Wrong(_naive, "far away", "takes exp of numbers near -1000"),
        Wrong(lambda a: _softmax(a, 0), "each row", "normalizes over the points"),
        Wrong(lambda a: np.exp(a - a.max(axis=1, keepdims=True)), "sum to one", "forgets the sum"),
        Wrong(lambda a: np.log(_softmax(a, 1)), "logarithms", "stays in logarithms"),
        Wrong(
            lambda a: (a == a.max(axis=1, keepdims=True)).astype(float),
            "k-means",
            "gives each point to one component",
        ),
    ],
)
def _responsibilities_check(answer: Callable) -> None:
    rng = np.random.default_rng(0)
    a = rng.normal(size=(6, 3)) * 2
    far = a - np.array([[0.0], [0], [1000], [-900], [0], [5000]])

    def truth(row: np.ndarray) -> list[float]:
        return [1 / math.fsum(math.exp(other - one) for other in row) for one in row]

    want = np.array([truth(row) for row in a])
    got = array(answer(a.copy()), "the responsibilities")
    if got.shape != a.shape:
        raise Incorrect(f"return one number for each entry, shape {a.shape}; got {got.shape}.")
    if same(got, want):
        if not same(array(answer(far.copy()), "the responsibilities"), want, 1e-8):
            raise Incorrect(
                "right for these points, but not for one far away, whose log joints are all "
                "near -1000: subtract the largest of a row before exp."
            )
        return
    if (got < 0).any():
        raise Incorrect("these are logarithms; the responsibilities are probabilities.")
    if np.allclose(got.sum(axis=0), 1):
        raise Incorrect("your columns add up to one; each row, which is one point, should.")
    if np.isin(got, [0.0, 1.0]).all():
        raise Incorrect("that is k-means: a point may belong to several components a little.")
    if not np.allclose(got.sum(axis=1), 1):
        raise Incorrect("the responsibilities of a point must sum to one; divide by their sum.")
    raise Incorrect("Pr(z = k | x) is the joint divided by its sum over k.")


# -- The M step -----------------------------------------------------------------------------------


def _m_step(
    x: np.ndarray, r: np.ndarray, *, divide: bool = True, dims: bool = True
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    count = r.sum(axis=0)
    mu = r.T @ x / count[:, None]
    square = ((x[:, None] - mu) ** 2).sum(axis=2)
    var = (r * square).sum(axis=0) / (count if divide else len(x))
    return count / len(x), mu, var / x.shape[1] if dims else var


def _hard(x: np.ndarray, r: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return _m_step(x, (r == r.max(axis=1, keepdims=True)).astype(float))


def _about_all(x: np.ndarray, r: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    pi, mu, _ = _m_step(x, r)
    square = ((x - x.mean(axis=0)) ** 2).sum(axis=1)
    return pi, mu, (r.T @ square) / r.sum(axis=0) / x.shape[1]


@_book.add(
    "m_step",
    stub=lambda x, r: (..., ..., ...),
    reference=_m_step,
    wrong=[
        Wrong(lambda x, r: (r.sum(0), *_m_step(x, r)[1:]), "counts", "does not divide by N"),
        Wrong(
            lambda x, r: (_m_step(x, r)[0], r.T @ x / len(x), _m_step(x, r)[2]),
            "N_k, not by N",
            "divides the means by the number of all points",
        ),
        Wrong(lambda x, r: _m_step(x, r, dims=False), "by D", "sums over coordinates"),
        Wrong(lambda x, r: _m_step(x, r, divide=False), "variances by N_k", "divides by N"),
        Wrong(_hard, "as weight", "gives each point to its likeliest component"),
        Wrong(_about_all, "its own mean", "takes the mean of all points"),
        Wrong(
            lambda x, r: (*_m_step(x, r)[:2], np.sqrt(_m_step(x, r)[2])),
            "deviations",
            "takes the root",
        ),
    ],
)
def _m_step_check(answer: Callable) -> None:
    rng = np.random.default_rng(1)
    x, r = rng.normal(size=(12, 3)) + 2, rng.dirichlet(np.ones(2), size=12)
    mu = np.array([np.average(x, axis=0, weights=w) for w in r.T])
    var = np.array([np.trace(np.cov(x.T, aweights=w, ddof=0)) / 3 for w in r.T])
    parts = answer(x.copy(), r.copy())
    if not isinstance(parts, tuple) or len(parts) != 3:
        raise Incorrect("return three arrays: shares, means, variances.")
    pi, got_mu, got_var = (
        array(p, what) for p, what in zip(parts, ("shares", "means", "variances"), strict=True)
    )
    for got, shape, what in [
        (pi, (2,), "shares"),
        (got_mu, (2, 3), "means"),
        (got_var, (2,), "variances"),
    ]:
        if got.shape != shape:
            raise Incorrect(f"the {what} must have shape {shape}; got {got.shape}.")
    if same(pi, r.sum(axis=0)):
        raise Incorrect("these are counts; the shares of the components sum to one.")
    hard = _hard(x, r)
    if same(pi, hard[0]) and same(got_mu, hard[1]):
        raise Incorrect("each component takes all points, each with its responsibility as weight.")
    if not same(pi, r.mean(axis=0)):
        raise Incorrect("the share of a component is the mean of its responsibilities.")
    if same(got_mu, r.T @ x / 12):
        raise Incorrect("divide the weighted sum of the points by N_k, not by N.")
    if not same(got_mu, mu):
        raise Incorrect("a mean is sum_n r_nk x_n divided by N_k = sum_n r_nk.")
    if same(got_var, var):
        return
    if same(got_var, 3 * var):
        raise Incorrect("one variance serves all coordinates: divide by D as well.")
    if same(got_var, np.sqrt(var)):
        raise Incorrect("these are deviations; asked for are variances.")
    if same(got_var, var * r.mean(axis=0)):
        raise Incorrect("divide the variances by N_k, too, not by N.")
    if same(got_var, _about_all(x, r)[2]):
        raise Incorrect("a component's distances are to its own mean, not to the mean of all.")
    raise Incorrect("a variance is sum_n r_nk |x_n - mu_k|^2 / (D N_k), with the new means.")


# -- The slope of the likelihood ------------------------------------------------------------------


def _level(mu: np.ndarray, x: np.ndarray, pi: np.ndarray, sigma: np.ndarray) -> float:
    total = 0.0
    for point in x:
        p = sum(
            w * math.exp(-0.5 * ((point - m) / s) ** 2) / (s * math.sqrt(2 * math.pi))
            for w, m, s in zip(pi, mu, sigma, strict=True)
        )
        total += math.log(p)
    return total / len(x)


def _slope(
    x: np.ndarray,
    pi: np.ndarray,
    mu: np.ndarray,
    sigma: np.ndarray,
    *,
    power: int = 2,
    weigh: bool = True,
) -> np.ndarray:
    z = (x[:, None] - mu) / sigma
    r = _softmax(np.log(pi) - np.log(sigma) - 0.5 * z**2, 1) if weigh else np.ones_like(z)
    return (r * (x[:, None] - mu) / sigma**power).mean(axis=0)


@_book.add(
    "slope",
    stub=lambda x, pi, mu, sigma: ...,
    reference=_slope,
    wrong=[
        Wrong(lambda *a: _slope(*a, weigh=False), "responsib", "forgets the responsibilities"),
        Wrong(lambda *a: -_slope(*a), "wrong way", "takes the slope of the loss"),
        Wrong(lambda *a: len(a[0]) * _slope(*a), "mean over", "sums over the points"),
        Wrong(lambda *a: _slope(*a, power=1), "sigma squared", "divides by the deviation"),
        Wrong(lambda *a: _slope(*a, power=0), "divide by", "forgets the variance"),
    ],
)
def _slope_check(answer: Callable) -> None:
    rng = np.random.default_rng(2)
    x, pi = rng.normal(size=9) * 2, np.array([0.5, 0.2, 0.3])
    mu, sigma = np.array([-1.0, 0.5, 2.0]), np.array([0.6, 1.3, 0.8])
    h, want = 1e-5, np.empty(3)
    for k in range(3):
        up, down = (mu + s * h * (np.arange(3) == k) for s in (1, -1))
        want[k] = (_level(up, x, pi, sigma) - _level(down, x, pi, sigma)) / (2 * h)
    got = array(answer(x.copy(), pi.copy(), mu.copy(), sigma.copy()), "the slopes")
    if got.shape != (3,):
        raise Incorrect(f"return one slope for each mean, shape (3,); got {got.shape}.")
    if same(got, want, 1e-6):
        return
    if same(got, -want, 1e-6):
        raise Incorrect("that goes the wrong way: asked for is the log-likelihood, not the loss.")
    if same(got, 9 * want, 1e-6):
        raise Incorrect("take the mean over the points, not the sum.")
    if same(got, want * sigma, 1e-6):
        raise Incorrect("the derivative of a square brings sigma squared below, not sigma.")
    if same(got, want * sigma**2, 1e-6):
        raise Incorrect("divide by the variance of each component.")
    if same(got, ((x[:, None] - mu) / sigma**2).mean(axis=0), 1e-6):
        raise Incorrect("a point pulls with its responsibility, not fully, at every mean.")
    raise Incorrect("it differs from central differences; try one component first.")


# -- Identical components -------------------------------------------------------------------------


@_book.add(
    "twins",
    stub=...,
    reference=1,
    wrong=[
        Wrong(5, "nothing tells them apart", "hopes that they find different clusters"),
        Wrong(0, "at least one", "miscounts"),
    ],
)
def _twins_check(answer: Any) -> None:
    found = number(answer, "the prediction")
    rng = np.random.default_rng(3)
    x = rng.normal(size=(60, 1)) + 4 * rng.integers(3, size=(60, 1))
    mu, var, pi = np.full((5, 1), 0.3), np.ones(5), np.full(5, 0.2)
    for _ in range(100):
        square = (x - mu.T) ** 2
        r = _softmax(np.log(pi) - 0.5 * (square / var + np.log(var)), 1)
        pi, mu, var = _m_step(x, r)
    truth = len(np.unique(mu.round(9)))
    if found == truth:
        return
    if found < 1:
        raise Incorrect("there is at least one mean.")
    raise Incorrect(
        "nothing tells them apart: equal components have equal responsibilities. What does the M "
        "step make of them?"
    )


# -- The gap --------------------------------------------------------------------------------------


def _gap(q: np.ndarray, log_joint: np.ndarray) -> np.ndarray:
    top = log_joint.max(axis=1, keepdims=True)
    log_post = log_joint - top - np.log(np.exp(log_joint - top).sum(axis=1, keepdims=True))
    return (q * (np.log(q) - log_post)).sum(axis=1)


def _reverse_gap(q: np.ndarray, log_joint: np.ndarray) -> np.ndarray:
    p = _softmax(log_joint, 1)
    return (p * (np.log(p) - np.log(q))).sum(axis=1)


@_book.add(
    "gap",
    stub=lambda q, log_joint: ...,
    reference=_gap,
    wrong=[
        Wrong(_reverse_gap, "other way round", "takes the divergence from the posterior to q"),
        Wrong(lambda q, a: (q * (a - np.log(q))).sum(1), "the bound itself", "returns the bound"),
        Wrong(lambda q, a: -_gap(q, a), "below zero", "changes the sign"),
        Wrong(lambda q, a: (q * (np.log(q) - a)).sum(1), "divided by", "forgets log p(x)"),
        Wrong(lambda q, a: _gap(q, a).mean(), "each point", "takes the mean"),
    ],
)
def _gap_check(answer: Callable) -> None:
    rng = np.random.default_rng(4)
    a, q = rng.normal(size=(5, 3)) - 4, rng.dirichlet(np.ones(3), size=5)
    evidence = np.array([math.log(math.fsum(map(math.exp, row))) for row in a])
    bound = (q * (a - np.log(q))).sum(axis=1)
    want = evidence - bound
    got = array(answer(q.copy(), a.copy()), "the gap")
    if got.shape != (5,):
        raise Incorrect(f"return one number for each point, shape (5,); got {got.shape}.")
    if same(got, want):
        return
    if same(got, bound):
        raise Incorrect("that is the bound itself; asked for is log p(x) less the bound.")
    if same(got, -bound):
        raise Incorrect("log p(x) is still missing: the joint must be divided by its sum over z.")
    if same(got, -want):
        raise Incorrect("a gap below zero would put the bound above log p(x).")
    if same(got, _reverse_gap(q, a)):
        raise Incorrect("that divergence is the other way round: the mean is over q.")
    raise Incorrect("it should be what is left of log p(x) when the bound is taken off.")


# -- The noise that is left -----------------------------------------------------------------------


def _left(eigenvalues: np.ndarray, k: int) -> float:
    return float(np.sort(eigenvalues)[: len(eigenvalues) - k].mean())


@_book.add(
    "noise",
    stub=lambda eigenvalues, k: ...,
    reference=_left,
    wrong=[
        Wrong(lambda e, k: np.sort(e)[: len(e) - k].sum(), "mean of them", "adds them up"),
        Wrong(lambda e, k: np.sort(e)[-k:].mean(), "the largest", "takes the explained ones"),
        Wrong(lambda e, k: e.min(), "smallest alone", "takes the smallest"),
        Wrong(lambda e, k: e.mean(), "all of them", "takes all"),
        Wrong(lambda e, k: e[k:].mean(), "order", "trusts the order of the eigenvalues"),
    ],
)
def _noise_check(answer: Callable) -> None:
    e, k = np.array([0.3, 5.0, 0.1, 2.0, 0.8]), 2
    got = number(answer(e.copy(), k), "the variance")

    def level(noise: float) -> float:  # of the best loadings for this noise, per example
        kept = np.maximum(np.sort(e)[-k:], noise)
        rest = np.sort(e)[:-k]
        return float(
            -0.5 * (np.log(kept).sum() + k + len(rest) * np.log(noise) + rest.sum() / noise)
        )

    grid = np.linspace(0.05, 1.9, 37001)
    best = grid[np.argmax([level(s) for s in grid[::100]]) * 100]
    fine = np.linspace(best - 0.01, best + 0.01, 4001)
    want = fine[np.argmax([level(s) for s in fine])]
    if abs(got - want) < 1e-4:
        return
    if math.isclose(got, np.sort(e)[:-k].sum()):
        raise Incorrect("each of the directions left has this variance: take the mean of them.")
    if math.isclose(got, np.sort(e)[-k:].mean()):
        raise Incorrect("the largest are explained by the factors; noise is what is left.")
    if math.isclose(got, e.min()):
        raise Incorrect("the smallest alone is too small: D - K directions share the noise.")
    if math.isclose(got, e.mean()):
        raise Incorrect("all of them are too many: K directions are explained.")
    if math.isclose(got, e[k:].mean()):
        raise Incorrect("the eigenvalues come in any order; sort them first.")
    raise Incorrect("it is not where the likelihood has its maximum over the noise.")


# -- A marginal from samples ----------------------------------------------------------------------


def _estimate(log_joint: np.ndarray, log_q: np.ndarray) -> float:
    w = log_joint - log_q
    return float(w.max() + np.log(np.exp(w - w.max()).mean()))


def _overflow(log_joint: np.ndarray, log_q: np.ndarray) -> float:
    with np.errstate(divide="ignore", over="ignore"):
        return float(np.log(np.exp(log_joint - log_q).mean()))


@_book.add(
    "estimate",
    stub=lambda log_joint, log_q: ...,
    reference=_estimate,
    wrong=[
        Wrong(lambda a, q: (a - q).mean(), "too low", "averages the logarithms"),
        Wrong(lambda a, q: _estimate(a, np.zeros_like(q)), "proposal", "does not divide by q"),
        Wrong(lambda a, q: _estimate(a, q) + np.log(len(a)), "divide by", "adds up"),
        Wrong(_overflow, "-800", "leaves the range of floats"),
        Wrong(lambda a, q: np.exp(_estimate(a, q)), "return its", "returns the probability"),
        Wrong(lambda a, q: _estimate(a + q, np.zeros_like(q)), "multiplied", "multiplies by q"),
    ],
)
def _estimate_check(answer: Callable) -> None:
    rng = np.random.default_rng(5)
    a, q = rng.normal(size=40) - 3, rng.normal(size=40) - 1
    weights = [math.exp(one - other) for one, other in zip(a, q, strict=True)]
    want = math.log(math.fsum(weights) / 40)
    got = number(answer(a.copy(), q.copy()), "the estimate")
    if math.isclose(got, want, rel_tol=1e-9):
        far = number(answer(a - 800, q.copy()), "the estimate")
        if not math.isclose(far, want - 800, rel_tol=1e-9):
            raise Incorrect("right here, but not where all log joints lie near -800.")
        return
    if math.isclose(got, math.exp(want)):
        raise Incorrect("return its logarithm.")
    if math.isclose(got, math.fsum(a - q) / 40):
        raise Incorrect("a mean of logarithms is too low: average the weights, then take the log.")
    if math.isclose(got, math.log(math.fsum(map(math.exp, a)) / 40)):
        raise Incorrect("each sample must be divided by the density of its proposal.")
    if math.isclose(got, math.log(math.fsum(map(math.exp, a + q)) / 40)):
        raise Incorrect("you multiplied by q(z); divide.")
    if math.isclose(got, want + math.log(40)):
        raise Incorrect("a mean, not a sum: divide by the number of samples.")
    raise Incorrect("the estimate is the logarithm of the mean of p(x, z) / q(z).")


# -- How many samples -----------------------------------------------------------------------------


@_book.add(
    "dimensions",
    stub=...,
    reference=math.floor(math.log(1000.0) / math.log(1.5)),
    wrong=[
        Wrong(math.floor(1000 / 1.5), "multiply", "divides once"),
        Wrong(18, "one too many", "rounds up"),
        Wrong(3, "to the base", "takes the logarithm to the base ten"),
    ],
)
def _dimensions_check(answer: Any) -> None:
    found = number(answer, "the number")
    most, useful = 0, 1_000_000.0
    while useful / 1.5 >= 1000:
        useful, most = useful / 1.5, most + 1
    if found == most:
        return
    if found == most + 1:
        raise Incorrect("that is one too many: fewer than a thousand are left.")
    if found == 3:
        raise Incorrect("take the logarithm to the base 1.5.")
    raise Incorrect("ratios of independent dimensions multiply: each costs a factor of 1.5.")


check = _book.check
EXERCISES = _book.all
