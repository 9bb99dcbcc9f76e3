"""Exercises of the chapter *Generators*.

Truth comes from sums over pairs and points, from central differences of distribution functions
and of log densities, from integrals on grids and from the two order statistics of a pair. Where a
wrong answer has a typical cause, the check computes what that cause would give and names it.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ._core import Exercises, Incorrect, Wrong, array, number, same

_book = Exercises("generators")


# -- The slopes of a normal's log density ---------------------------------------------------------


def _slopes(x, mu, s):
    return (mu - x) * np.exp(-2 * s), 1 - (x - mu) ** 2 * np.exp(-2 * s)


@_book.add(
    "slopes",
    stub=lambda x, mu, s: (..., ...),
    reference=_slopes,
    wrong=[
        Wrong(
            lambda x, mu, s: tuple(-g for g in _slopes(x, mu, s)),
            "*minus* the log density",
            "differentiates the log density itself",
        ),
        Wrong(
            lambda x, mu, s: ((mu - x) * np.exp(-s), _slopes(x, mu, s)[1]),
            "variance",
            "divides by the deviation",
        ),
        Wrong(
            lambda x, mu, s: (_slopes(x, mu, s)[0], _slopes(x, mu, s)[1] * np.exp(-s)),
            "logarithm of the deviation",
            "differentiates by the deviation",
        ),
        Wrong(
            lambda x, mu, s: (_slopes(x, mu, s)[0], _slopes(x, mu, s)[1] - 1),
            "normalizing",
            "leaves out the log of the deviation",
        ),
    ],
)
def _slopes_check(answer: Callable) -> None:
    rng = np.random.default_rng(0)
    x, mu, s = rng.normal(size=(3, 7))
    found = answer(x.copy(), mu.copy(), s.copy())
    if not isinstance(found, tuple) or len(found) != 2:
        raise Incorrect("return two arrays: the slope by mu and the slope by s.")
    by_mu, by_s = (array(g, "a slope") for g in found)

    def loss(mu, s):
        return s + (x - mu) ** 2 * np.exp(-2 * s) / 2

    h = 1e-6
    want_mu = (loss(mu + h, s) - loss(mu - h, s)) / (2 * h)
    want_s = (loss(mu, s + h) - loss(mu, s - h)) / (2 * h)
    if same(by_mu, want_mu, 1e-6) and same(by_s, want_s, 1e-6):
        return
    if same(by_mu, -want_mu, 1e-6) and same(by_s, -want_s, 1e-6):
        raise Incorrect(
            "these are the slopes of the log density; asked for is *minus* the log density."
        )
    if same(by_mu, want_mu * np.exp(s), 1e-6):
        raise Incorrect("the distance from the mean is divided by the variance, exp(2 s).")
    if not same(by_mu, want_mu, 1e-6):
        raise Incorrect("the slope by mu is not that of differences.")
    if same(by_s, want_s * np.exp(-s), 1e-6):
        raise Incorrect(
            "differentiate by s, the logarithm of the deviation: ds = d sigma / sigma."
        )
    if same(by_s, want_s - 1, 1e-6):
        raise Incorrect(
            "the normalizing factor of the normal depends on s too; it adds s to the loss."
        )
    raise Incorrect("the slope by s is not that of differences.")


# -- A pushed density -----------------------------------------------------------------------------


def _pushed(x):
    x = np.asarray(x, dtype=float)
    return np.exp(-(np.log(x) ** 2) / 2) / (x * math.sqrt(2 * math.pi))


def _normal(z):
    return np.exp(-(np.asarray(z) ** 2) / 2) / math.sqrt(2 * math.pi)


@_book.add(
    "pushed",
    stub=lambda x: ...,
    reference=_pushed,
    wrong=[
        Wrong(lambda x: _normal(np.log(x)), "thin", "leaves out the change of volume"),
        Wrong(lambda x: _normal(np.log(x)) * x, "divide", "multiplies by the slope"),
        Wrong(lambda x: _normal(np.exp(x)), "way back", "pushes x through the map again"),
        Wrong(lambda x: np.log(_pushed(x)), "not its logarithm", "returns the log density"),
    ],
)
def _pushed_check(answer: Callable) -> None:
    x = np.array([0.2, 0.5, 1.5, 3.0, 7.0])
    got = array(answer(x.copy()), "the density")

    def below(t):
        return np.array([0.5 * (1 + math.erf(math.log(v) / math.sqrt(2))) for v in t])

    want = (below(x + 1e-5) - below(x - 1e-5)) / 2e-5
    if same(got, want, 1e-6):
        return
    if same(got, want * x, 1e-6):
        raise Incorrect(
            "where the map is steep, samples are thin: the slope of the map is missing."
        )
    if same(got, want * x**2, 1e-6):
        raise Incorrect("divide by the slope of the map; do not multiply.")
    if same(got, _normal(np.exp(x)), 1e-6):
        raise Incorrect("find the noise that x came from: the way back through the map.")
    if same(got, np.log(want), 1e-6):
        raise Incorrect("asked for is the density, not its logarithm.")
    raise Incorrect("compare with the slope of P(e^z <= x) = P(z <= log x).")


# -- An infinite mixture by a sum -----------------------------------------------------------------


def _mixture(x, mu, sigma):
    energy = np.sum((x[:, None] - mu) ** 2, axis=2) / (2 * sigma**2)
    least = energy.min(axis=1)
    total = np.exp(least[:, None] - energy).mean(axis=1)
    return np.log(total) - least - mu.shape[1] * np.log(sigma * np.sqrt(2 * np.pi))


def _mixture_plain(x, mu, sigma):
    energy = np.sum((x[:, None] - mu) ** 2, axis=2) / (2 * sigma**2)
    with np.errstate(divide="ignore"):
        return np.log(np.mean(np.exp(-energy), axis=1)) - mu.shape[1] * np.log(
            sigma * np.sqrt(2 * np.pi)
        )


@_book.add(
    "mixture",
    stub=lambda x, mu, sigma: ...,
    reference=_mixture,
    wrong=[
        Wrong(
            lambda x, mu, sigma: (
                -np.sum((x[:, None] - mu) ** 2, axis=2).mean(axis=1) / (2 * sigma**2)
                - mu.shape[1] * np.log(sigma * np.sqrt(2 * np.pi))
            ),
            "mean of logarithms",
            "averages log densities",
        ),
        Wrong(_mixture_plain, "far away", "underflows to the log of 0"),
        Wrong(lambda x, mu, s: _mixture(x, mu, s) + np.log(len(mu)), "sum", "sums, not averages"),
        Wrong(
            lambda x, mu, s: _mixture(x, mu, s) + np.log(s * np.sqrt(2 * np.pi)),
            "each coordinate",
            "normalizes one coordinate only",
        ),
    ],
)
def _mixture_check(answer: Callable) -> None:
    rng = np.random.default_rng(0)
    mu, sigma = rng.normal(size=(5, 2)), 0.7
    x = rng.normal(size=(6, 2))
    got = array(answer(x.copy(), mu.copy(), sigma), "the log density")
    if got.shape != (6,):
        raise Incorrect(f"return one number for each row of x, shape (6,); got {got.shape}.")
    unit = 2 * math.pi * sigma**2
    each = [[math.exp(-sum((a - b) ** 2) / (2 * sigma**2)) / unit for b in mu] for a in x]
    want = np.array([math.log(sum(row) / 5) for row in each])
    if same(got, np.array([sum(map(math.log, row)) / 5 for row in each])):
        raise Incorrect(
            "this is the mean of logarithms; the density is a mean, and its logarithm comes last."
        )
    if same(got, want + math.log(5)):
        raise Incorrect("this is the log of a sum; the density is the mean over the latents.")
    if same(got, want + math.log(unit) / 2):
        raise Incorrect("each coordinate has its own factor 1 / (sigma sqrt(2 pi)).")
    if not same(got, want):
        raise Incorrect("log density = log of the mean over the means mu of N(x; mu, sigma^2 I).")
    far = array(answer(np.array([[60.0, 0.0]]), mu.copy(), sigma), "the log density")
    nearest = min((60 - m[0]) ** 2 + m[1] ** 2 for m in mu)
    bound = -nearest / (2 * sigma**2) - math.log(unit)
    if not np.isfinite(far).all() or not bound - math.log(5) - 1e-6 <= far[0] <= bound + 1e-6:
        raise Incorrect(
            "far away all exponentials underflow to 0: take out the largest exponent first."
        )


# -- Predict: where the naive loss ends -----------------------------------------------------------


@_book.add(
    "floor",
    stub=...,
    reference=4.0008,
    wrong=[
        Wrong(0.0, "no sample can be near", "expects that the loss can vanish"),
        Wrong(0.0008, "the ring", "takes the size of one mode"),
        Wrong(8.0016, "twice", "takes two independent draws from the data"),
        Wrong(2.0, "square", "takes the distance, not its square"),
        Wrong(2.0004, "both coordinates", "takes one coordinate"),
    ],
)
def _floor_check(answer: Any) -> None:
    got = number(answer, "the prediction")
    # The integral of |x|^2 over the density, mode by mode: E|c + sigma e|^2 = |c|^2 + 2 sigma^2.
    want = sum(2.0**2 + 2 * 0.02**2 for _ in range(8)) / 8
    if abs(got - want) < 0.0021:
        return
    if abs(got) < 1e-6:
        raise Incorrect("no sample can be near a datum that is drawn after it, on another side.")
    if abs(got - 2 * 0.02**2) < 1e-6:
        raise Incorrect("that is the spread of one mode; the datum may come from any of the ring.")
    if abs(got - 2 * want) < 0.01:
        raise Incorrect(
            "that is what a perfect generator pays, twice the least: its samples vary as well."
        )
    if abs(got - 2.0) < 1e-9:
        raise Incorrect("that is a distance; the loss is its square.")
    if abs(got - want / 2) < 0.01:
        raise Incorrect("add up both coordinates.")
    raise Incorrect("all samples end at the mean. What is the mean square distance from there?")


# -- The nearest sample of each datum -------------------------------------------------------------


def _reach(fake, real):
    d2 = np.sum((fake[:, None] - real) ** 2, axis=2)
    return d2.min(axis=0).mean()


@_book.add(
    "reach",
    stub=lambda fake, real: ...,
    reference=_reach,
    wrong=[
        Wrong(lambda f, r: _reach(r, f), "the other way", "takes the nearest datum of a sample"),
        Wrong(
            lambda f, r: np.sqrt(np.sum((f[:, None] - r) ** 2, axis=2)).min(axis=0).mean(),
            "asked for are squared",
            "takes distances",
        ),
        Wrong(
            lambda f, r: np.sum((f[:, None] - r) ** 2, axis=2).min(axis=0).sum(),
            "mean over",
            "adds up instead of averaging",
        ),
        Wrong(
            lambda f, r: np.mean((f[:, None] - r) ** 2, axis=2).min(axis=0).mean(),
            "coordinates",
            "averages over coordinates",
        ),
    ],
)
def _reach_check(answer: Callable) -> None:
    rng = np.random.default_rng(2)
    fake, real = rng.normal(size=(9, 2)), rng.normal(size=(5, 2))
    got = number(answer(fake.copy(), real.copy()), "the loss")
    table = [[float(sum((f - r) ** 2)) for f in fake] for r in real]
    want = sum(min(row) for row in table) / 5
    if math.isclose(got, want, rel_tol=1e-9):
        return
    if math.isclose(
        got, sum(min(column) for column in zip(*table, strict=True)) / 9, rel_tol=1e-9
    ):
        raise Incorrect("it is the other way round: each *datum* looks for its nearest sample.")
    if math.isclose(got, sum(math.sqrt(min(row)) for row in table) / 5, rel_tol=1e-9):
        raise Incorrect("asked for are squared distances.")
    if math.isclose(got, 5 * want, rel_tol=1e-9):
        raise Incorrect("asked for is the mean over the data, not the sum.")
    if math.isclose(got, want / 2, rel_tol=1e-9):
        raise Incorrect("each distance is the sum over the coordinates, not the mean.")
    raise Incorrect("for each datum the least squared distance to a sample, then the mean.")


# -- Derive: the best spread for batches of two ---------------------------------------------------


@_book.add(
    "spread",
    stub=...,
    reference=1 / math.pi,
    wrong=[
        Wrong(1.0, "too wide", "expects the truth"),
        Wrong(0.0, "batch of one", "takes random pairs"),
        Wrong(1 / math.sqrt(math.pi), "both", "takes the mean of one maximum"),
        Wrong(2 / math.pi, "mean over", "adds up the two rows"),
    ],
)
def _spread_check(answer: Any) -> None:
    got = number(answer, "the spread")
    # E max(a, b) of two standard normals, by an integral: the density of the maximum is 2 phi Phi.
    z = np.linspace(-9, 9, 20_001)
    step = z[1] - z[0]
    below = np.cumsum(_normal(z)) * step - _normal(z) * step / 2
    top = float(np.sum(2 * z * _normal(z) * below) * step)
    want = top**2
    if abs(got - want) < 1e-3:
        return
    if abs(got - 1) < 1e-6:
        raise Incorrect(
            "too wide: within a small batch, the best match is on average not perfect."
        )
    if abs(got) < 1e-6:
        raise Incorrect("that is the answer for a batch of one, whose datum tells nothing of z.")
    if abs(got - top) < 1e-3:
        raise Incorrect("noise and data are both sorted: E z_(i) x_(i) is a product of two means.")
    if abs(got - 2 * want) < 1e-3:
        raise Incorrect("the loss is a mean over the batch, in each of its terms.")
    raise Incorrect(
        "s = mean over i of E z_(i) E x_(i); the larger of two normals has mean 1/sqrt(pi)."
    )


# -- An unbiased discrepancy ----------------------------------------------------------------------


def _discrepancy(x, y, b):
    def kernel(p, q):
        return np.exp(-np.sum((p[:, None] - q) ** 2, axis=2) / (2 * b**2))

    n, m = len(x), len(y)
    xx = (kernel(x, x).sum() - n) / (n * (n - 1))
    yy = (kernel(y, y).sum() - m) / (m * (m - 1))
    return xx + yy - 2 * kernel(x, y).mean()


def _discrepancy_with(x, y, b, diagonal=False, cross=2.0, sharp=1.0):
    def kernel(p, q):
        return np.exp(-sharp * np.sum((p[:, None] - q) ** 2, axis=2) / (2 * b**2))

    def within(p):
        k, n = kernel(p, p), len(p)
        return k.mean() if diagonal else (k.sum() - n) / (n * (n - 1))

    return within(x) + within(y) - cross * kernel(x, y).mean()


@_book.add(
    "discrepancy",
    stub=lambda x, y, b: ...,
    reference=_discrepancy,
    wrong=[
        Wrong(
            lambda x, y, b: _discrepancy_with(x, y, b, diagonal=True),
            "with itself",
            "keeps the diagonal, so the estimate is biased",
        ),
        Wrong(lambda x, y, b: _discrepancy_with(x, y, b, cross=1.0), "twice", "crosses once"),
        Wrong(lambda x, y, b: _discrepancy_with(x, y, b, sharp=2.0), "2 b", "forgets the 2 below"),
        Wrong(lambda x, y, b: math.sqrt(_discrepancy(x, y, b)), "root", "takes the root"),
    ],
)
def _discrepancy_check(answer: Callable) -> None:
    rng = np.random.default_rng(4)
    x, y, b = rng.normal(size=(4, 2)), 1.5 + rng.normal(size=(6, 2)), 0.9
    got = number(answer(x.copy(), y.copy(), b), "the discrepancy")

    def estimate(diagonal=False, cross=2.0, sharp=1.0):
        def kernel(p, q):
            return math.exp(-sharp * sum((p - q) ** 2) / (2 * b**2))

        def within(points):
            pairs = [
                kernel(p, q)
                for i, p in enumerate(points)
                for j, q in enumerate(points)
                if diagonal or i != j
            ]
            return sum(pairs) / len(pairs)

        across = [kernel(p, q) for p in x for q in y]
        return within(x) + within(y) - cross * sum(across) / len(across)

    want = estimate()
    if math.isclose(got, want, rel_tol=1e-9):
        return
    if math.isclose(got, estimate(diagonal=True), rel_tol=1e-9):
        raise Incorrect(
            "leave out the pairs of a point with itself: they make the estimate too large."
        )
    if math.isclose(got, estimate(cross=1.0), rel_tol=1e-9):
        raise Incorrect("pairs across the sets count twice.")
    if math.isclose(got, estimate(sharp=2.0), rel_tol=1e-9):
        raise Incorrect("the bell is exp(-d^2 / (2 b^2)): a factor of 2 is missing below.")
    if math.isclose(got**2, want, rel_tol=1e-9):
        raise Incorrect("asked for is the square; its root would not be unbiased.")
    raise Incorrect("mean within x, plus mean within y, minus twice the mean across.")


# -- Modes with enough samples --------------------------------------------------------------------


def _covered(x, centres, sigma, least):
    d = np.sqrt(np.sum((x[:, None] - centres) ** 2, axis=2))
    good = d.min(axis=1) <= 3 * sigma
    counts = np.bincount(d.argmin(axis=1)[good], minlength=len(centres))
    return np.sum(counts >= least), good.mean()


def _covered_by_all(x, centres, sigma, least):
    d = np.sqrt(np.sum((x[:, None] - centres) ** 2, axis=2))
    counts = np.bincount(d.argmin(axis=1), minlength=len(centres))
    return np.sum(counts >= least), np.mean(d.min(axis=1) <= 3 * sigma)


def _covered_by_square(x, centres, sigma, least):
    d = np.sum((x[:, None] - centres) ** 2, axis=2)
    good = d.min(axis=1) <= 3 * sigma
    counts = np.bincount(d.argmin(axis=1)[good], minlength=len(centres))
    return np.sum(counts >= least), good.mean()


@_book.add(
    "covered",
    stub=lambda x, centres, sigma, least: (..., ...),
    reference=_covered,
    wrong=[
        Wrong(_covered_by_all, "good samples only", "counts the nearest mode of every sample"),
        Wrong(_covered_by_square, "root", "compares a square with three deviations"),
        Wrong(
            lambda x, c, s, n: _covered(x, c, s, 1), "at least", "takes one sample to be enough"
        ),
        Wrong(
            lambda x, c, s, n: (_covered(x, c, s, n)[0], _covered(x, c, s, n)[1] * len(x)),
            "share",
            "returns the number of good samples",
        ),
    ],
)
def _covered_check(answer: Callable) -> None:
    rng = np.random.default_rng(5)
    centres, sigma, least = 3.0 * rng.normal(size=(6, 2)), 0.2, 4
    near = centres[rng.choice(6, 40, p=[0.4, 0.3, 0.2, 0.06, 0.04, 0])]
    x = np.concatenate([near + sigma * rng.normal(size=(40, 2)), 3 * rng.normal(size=(40, 2))])
    found = answer(x.copy(), centres.copy(), sigma, least)
    if not isinstance(found, tuple) or len(found) != 2:
        raise Incorrect("return two numbers: modes covered, and the share of good samples.")
    modes, share = number(found[0], "the count"), number(found[1], "the share")

    def count(limit, power, least, every=False):
        counts, good = [0] * 6, 0
        for point in x:
            d = [math.dist(point, c) ** power for c in centres]
            inside = min(d) <= limit
            good += inside
            if inside or every:
                counts[d.index(min(d))] += 1
        return sum(c >= least for c in counts), good / len(x)

    want = count(3 * sigma, 1, least)
    if modes == want[0] and math.isclose(share, want[1]):
        return
    if math.isclose(share, want[1] * len(x)):
        raise Incorrect("the second number is a share of all samples, from 0 to 1.")
    if math.isclose(share, count(3 * sigma, 2, least)[1]):
        raise Incorrect(
            "a squared distance is compared with three deviations: take the root first."
        )
    if not math.isclose(share, want[1]):
        raise Incorrect("a sample is good within 3 sigma of its nearest centre.")
    if modes == count(3 * sigma, 1, 1)[0]:
        raise Incorrect("a covered mode has at least `least` good samples; one is not enough.")
    if modes == count(3 * sigma, 1, least, every=True)[0]:
        raise Incorrect("count good samples only: those far from every mode cover none.")
    raise Incorrect("count, for each mode, the good samples that are nearest to it.")


check = _book.check
EXERCISES = _book.all
