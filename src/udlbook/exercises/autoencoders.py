"""Exercises of the chapter *Autoencoders*.

Truth comes from eigenvalues, from differences along each weight, from loops over rows and over
points, and from sums over all eigenvalues. Where a wrong answer has a typical cause, the check
computes what that cause would give and names it.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ._core import Exercises, Incorrect, Wrong, array, given, number, same

_book = Exercises("autoencoders")


def _slope(f: Callable, x: np.ndarray) -> np.ndarray:
    """The gradient of a scalar function, by central differences."""
    out = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[i] = 1e-5
        out[i] = (f(x + step) - f(x - step)) / 2e-5
    return out


# -- The best linear reconstruction ---------------------------------------------------------------


def _best_linear(x: np.ndarray, k: int) -> np.ndarray:
    mean = x.mean(0)
    V = np.linalg.svd(x - mean, full_matrices=False)[2][:k]
    return mean + (x - mean) @ V.T @ V


def _uncentred(x: np.ndarray, k: int) -> np.ndarray:
    V = np.linalg.svd(x, full_matrices=False)[2][:k]
    return x @ V.T @ V


def _smallest(x: np.ndarray, k: int) -> np.ndarray:
    mean = x.mean(0)
    V = np.linalg.svd(x - mean, full_matrices=False)[2][-k:]
    return mean + (x - mean) @ V.T @ V


@_book.add(
    "linear",
    stub=lambda x, k: ...,
    reference=_best_linear,
    wrong=[
        Wrong(_uncentred, "far from 0", "does not centre"),
        Wrong(lambda x, k: _best_linear(x, k) - x.mean(0), "back", "never adds the mean again"),
        Wrong(_smallest, "smallest", "takes the last directions, as eigh orders them"),
        Wrong(
            lambda x, k: (x - x.mean(0)) @ np.linalg.svd(x - x.mean(0))[2][:k].T,
            "codes",
            "returns the codes",
        ),
    ],
)
def _linear_check(answer: Callable) -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(30, 4)) * [3.0, 2.0, 0.7, 0.3] + [5.0, -4.0, 3.0, 6.0]
    for k in (1, 2):
        got = array(answer(x.copy(), k), "the reconstructions")
        if got.shape == (30, k):
            raise Incorrect("those are the codes; decode them, too.")
        if got.shape != x.shape:
            raise Incorrect(f"return one row for each example, shape {x.shape}; got {got.shape}.")
        centred = x - x.mean(0)
        values, U = np.linalg.eigh(centred.T @ centred / len(x))
        loss = np.mean(np.sum((x - got) ** 2, axis=1))
        if same(got, centred @ U[:, -k:] @ U[:, -k:].T + x.mean(0), 1e-7):
            continue
        if same(got, centred @ U[:, -k:] @ U[:, -k:].T, 1e-7):
            raise Incorrect("you projected centred data: add the mean back in the end.")
        if math.isclose(loss, values[k:].sum(), rel_tol=1e-7):
            raise Incorrect("you kept the directions of the smallest variance.")
        if same(got, _uncentred(x, k), 1e-7):
            raise Incorrect("the axes of data far from 0 point at their mean: take it off, first.")
        raise Incorrect(
            f"the least loss with {k} numbers is {values[:-k].sum():.4f}; got {loss:.4f}. "
            "Take the mean first, then project."
        )


# -- Gradients of the linear autoencoder ----------------------------------------------------------


def _gradients(We: np.ndarray, Wd: np.ndarray, S: np.ndarray) -> tuple:
    M = np.eye(len(S)) - Wd @ We
    return -2 * Wd.T @ M @ S, -2 * M @ S @ We.T


@_book.add(
    "gradient",
    stub=lambda W_e, W_d, S: (..., ...),
    reference=_gradients,
    wrong=[
        Wrong(
            lambda e, d, S: tuple(-g for g in _gradients(e, d, S)), "uphill", "has the wrong sign"
        ),
        Wrong(
            lambda e, d, S: tuple(g / 2 for g in _gradients(e, d, S)), "factor 2", "forgets the 2"
        ),
        Wrong(lambda e, d, S: _gradients(e, d, S)[::-1], "other order", "swaps the two"),
        Wrong(
            lambda e, d, S: (
                _gradients(e, d, S)[0],
                _gradients(e, d, np.eye(len(S)))[1],
            ),
            "decoder",
            "leaves the covariance out of the second",
        ),
    ],
)
def _gradient_check(answer: Callable) -> None:
    rng = np.random.default_rng(2)
    A = rng.normal(size=(4, 4))
    S = A @ A.T / 4
    We, Wd = rng.normal(size=(2, 4)), rng.normal(size=(4, 2))

    def loss(e: np.ndarray, d: np.ndarray) -> float:
        M = np.eye(4) - d @ e
        return float(np.trace(M @ S @ M.T))

    found = given(answer(We.copy(), Wd.copy(), S.copy()), "the gradients")
    if not (isinstance(found, tuple | list) and len(found) == 2):
        raise Incorrect("return two arrays: the gradient by W_e, then the gradient by W_d.")
    got = [array(v, "a gradient") for v in found]
    if [v.shape for v in got] == [Wd.shape, We.shape]:
        raise Incorrect("the two are in the other order: first by W_e, then by W_d.")
    if [v.shape for v in got] != [We.shape, Wd.shape]:
        raise Incorrect(f"a gradient has the shape of its matrix: {We.shape} and {Wd.shape}.")
    want = [_slope(lambda e: loss(e, Wd), We), _slope(lambda d: loss(We, d), Wd)]
    good = [same(g, w, 1e-6) for g, w in zip(got, want, strict=True)]
    if all(good):
        return
    if same(-got[0], want[0], 1e-6) and same(-got[1], want[1], 1e-6):
        raise Incorrect("these point uphill when you subtract them: the sign is wrong.")
    if same(2 * got[0], want[0], 1e-6) and same(2 * got[1], want[1], 1e-6):
        raise Incorrect("a square brings a factor 2.")
    raise Incorrect(
        f"differences disagree for the {'decoder' if good[0] else 'encoder'}. Write the loss as "
        "tr(M S M^T) with M = I - W_d W_e, and let M change by dM."
    )


# -- The loss of a saddle -------------------------------------------------------------------------


@_book.add(
    "saddle",
    stub=...,
    reference=1.5,
    wrong=[
        Wrong(6.25, "missing", "adds up the variances that are kept"),
        Wrong(0.75, "minimum", "takes the three largest"),
        Wrong(1.25, "squares", "adds squares"),
        Wrong(0.75 / 5, "a sum", "divides by the dimension"),
    ],
)
def _saddle_check(answer: Any) -> None:
    got = number(answer, "the loss")
    values, kept = [4.0, 2.0, 1.0, 0.5, 0.25], {0, 1, 4}
    want = sum(v for i, v in enumerate(values) if i not in kept)
    if math.isclose(got, want):
        return
    if math.isclose(got, sum(values) - want):
        raise Incorrect("that is what the code holds; the loss is what is missing.")
    if math.isclose(got, sum(values[3:])):
        raise Incorrect("that is the minimum, which keeps the first three.")
    if math.isclose(got, sum(v**2 for i, v in enumerate(values) if i not in kept)):
        raise Incorrect("variances are squares already.")
    if got < sum(values[3:]):
        raise Incorrect("no code of three numbers can do that: the loss is a sum over directions.")
    raise Incorrect("each direction that the code does not hold costs its variance.")


# -- The k largest --------------------------------------------------------------------------------


def _top(h: np.ndarray, k: int) -> np.ndarray:
    out = np.zeros_like(h)
    index = np.argsort(-h, axis=1)[:, :k]
    np.put_along_axis(out, index, np.take_along_axis(h, index, axis=1), axis=1)
    return out


@_book.add(
    "topk",
    stub=lambda h, k: ...,
    reference=_top,
    wrong=[
        Wrong(
            lambda h, k: np.where(h >= np.sort(h.ravel())[-k * len(h)], h, 0),
            "each row",
            "keeps the largest of the whole batch",
        ),
        Wrong(
            lambda h, k: np.where(np.abs(h) >= np.sort(np.abs(h), axis=1)[:, [-k]], h, 0),
            "negative",
            "goes by size without the sign",
        ),
        Wrong(
            lambda h, k: np.where(h > np.sort(h, axis=1)[:, [-k]], h, 0), "one short", "excludes k"
        ),
        Wrong(lambda h, k: (_top(h, k) != 0) * 1.0, "values", "returns a mask"),
        Wrong(lambda h, k: np.sort(h, axis=1)[:, -k:], "place", "returns the k values alone"),
    ],
)
def _topk_check(answer: Callable) -> None:
    rng = np.random.default_rng(3)
    h = rng.normal(size=(5, 6)) + np.array([3.0, 0, 0, 0, -3.0])[:, None]
    for k in (1, 3):
        want = np.zeros_like(h)
        for n, row in enumerate(h):
            for j in sorted(range(6), key=lambda j: -row[j])[:k]:
                want[n, j] = row[j]
        got = array(answer(h.copy(), k), "the activations")
        if got.shape == (5, k):
            raise Incorrect("each value must stay in its place; the others become 0.")
        if got.shape != h.shape:
            raise Incorrect(f"return the shape of h, {h.shape}; got {got.shape}.")
        if same(got, want):
            continue
        if same(got, (want != 0) * 1.0):
            raise Incorrect("keep the values, not ones.")
        counts = (got != 0).sum(1)
        if (counts == k - 1).all():
            raise Incorrect("you keep one short of k.")
        if len(set(counts)) > 1:
            raise Incorrect("each row must keep k of its own, whatever the other examples do.")
        raise Incorrect("a very negative value is not among the largest: do not take sizes.")


# -- The slope of the sparsity penalty ------------------------------------------------------------


@_book.add(
    "sparsity",
    stub=lambda mean, target: ...,
    reference=lambda m, r: -r / m + (1 - r) / (1 - m),
    wrong=[
        Wrong(lambda m, r: r / m - (1 - r) / (1 - m), "sign", "has the other sign"),
        Wrong(lambda m, r: -r / m, "off", "leaves out the units that are off"),
        Wrong(
            lambda m, r: np.log(m / r) - np.log((1 - m) / (1 - r)),
            "other direction",
            "differentiates KL(mean, target)",
        ),
        Wrong(lambda m, r: -r / m - (1 - r) / (1 - m), "inner", "forgets that 1 - m falls"),
    ],
)
def _sparsity_check(answer: Callable) -> None:
    mean = np.array([0.02, 0.2, 0.5, 0.93])
    for target in (0.05, 0.3):

        def kl(m: np.ndarray, r: float = target) -> float:
            return float(np.sum(r * np.log(r / m) + (1 - r) * np.log((1 - r) / (1 - m))))

        want = _slope(kl, mean)
        got = array(answer(mean.copy(), target), "the slopes")
        if same(got, want, 1e-5):
            continue
        if got.shape != mean.shape:
            raise Incorrect(f"return a slope for each unit, shape {mean.shape}; got {got.shape}.")
        if same(-got, want, 1e-5):
            raise Incorrect("the sign: a unit that is on too often must have a positive slope.")
        if same(got, -target / mean, 1e-5):
            raise Incorrect("the times when a unit is off count, too.")
        if same(got, -target / mean - (1 - target) / (1 - mean), 1e-5):
            raise Incorrect("the inner derivative of log(1 - m) is negative.")

        def other(m: np.ndarray, r: float = target) -> float:
            return float(np.sum(m * np.log(m / r) + (1 - m) * np.log((1 - m) / (1 - r))))

        if same(got, _slope(other, mean), 1e-5):
            raise Incorrect("that is the divergence in the other direction, from the mean.")
        raise Incorrect("differences of the penalty disagree.")


# -- The best denoiser of a training set ----------------------------------------------------------


def _posterior(x: np.ndarray, points: np.ndarray, scale: float, axis: int = 1) -> np.ndarray:
    square = np.sum((x[:, None] - points) ** 2, axis=2) / scale
    w = np.exp(-(square - square.min(axis, keepdims=True)))
    return w / w.sum(axis, keepdims=True) @ points


@_book.add(
    "denoiser",
    stub=lambda x, points, sigma: ...,
    reference=lambda x, p, s: _posterior(x, p, 2 * s**2),
    wrong=[
        Wrong(
            lambda x, p, s: p[np.argmin(np.sum((x[:, None] - p) ** 2, axis=2), axis=1)],
            "nearest",
            "returns the nearest point",
        ),
        Wrong(lambda x, p, s: _posterior(x, p, s**2), "2 sigma", "forgets the 2"),
        Wrong(lambda x, p, s: _posterior(x, p, 2 * s), "squared", "forgets to square sigma"),
        Wrong(
            lambda x, p, s: _posterior(x, p, 2 * s**2, axis=0),
            "over the points",
            "normalizes over the questions",
        ),
        Wrong(
            lambda x, p, s: _posterior(x, p, 2 * s**2) - x, "direction", "returns the step alone"
        ),
    ],
)
def _denoiser_check(answer: Callable) -> None:
    rng = np.random.default_rng(4)
    x, points = rng.normal(size=(3, 2)), rng.normal(size=(5, 2))

    def mean(a: np.ndarray, scale: float) -> list:
        weight = [math.exp(-sum((a - p) ** 2) / scale) for p in points]
        total = sum(weight)
        return [sum(w * p[i] for w, p in zip(weight, points, strict=True)) / total for i in (0, 1)]

    for sigma in (0.7, 1.6):
        want = np.array([mean(a, 2 * sigma**2) for a in x])
        got = array(answer(x.copy(), points.copy(), sigma), "the clean points")
        if got.shape != x.shape:
            raise Incorrect(f"return one point for each row of x, {x.shape}; got {got.shape}.")
        if same(got, want, 1e-7):
            continue
        if same(got, want - x, 1e-7):
            raise Incorrect("that is the direction of the step; return where it ends.")
        if all(any(same(g, p) for p in points) for g in got):
            raise Incorrect("the nearest point is the most likely one, not the mean of all.")
        if same(got, np.array([mean(a, sigma**2) for a in x]), 1e-7):
            raise Incorrect("the exponent of a normal is divided by 2 sigma^2.")
        if same(got, np.array([mean(a, 2 * sigma) for a in x]), 1e-7):
            raise Incorrect("sigma must be squared.")
        raise Incorrect(
            "for each x, weights of a normal around it, which sum to one over the points."
        )


# -- Denoising again and again --------------------------------------------------------------------


@_book.add(
    "again",
    stub=...,
    reference=2 * 0.8**3,
    wrong=[
        Wrong(2 * 0.8, "three rounds", "counts one round"),
        Wrong(2 * 0.8**1.5, "deviation", "multiplies the variance by 0.8"),
        Wrong(2 * (2 / 3) ** 3, "variances", "uses deviations in the ratio"),
        Wrong(2.0, "along the line", "thinks that a point on the line stays"),
        Wrong(2 * 0.2**3, "other part", "takes the share of the noise"),
    ],
)
def _again_check(answer: Any) -> None:
    got = number(answer, "the deviation")
    t = np.linspace(-2, 2, 5)  # a denoiser for normals is linear: follow a few points
    moved = t.copy()
    grid = np.linspace(-30, 30, 6001)
    for _ in range(3):
        posterior = np.exp(-(grid**2) / (2 * 4) - (moved[:, None] - grid) ** 2 / 2)
        moved = (posterior * grid).sum(1) / posterior.sum(1)
    want = 2 * np.abs(moved).max() / 2
    if math.isclose(got, want, rel_tol=1e-3):
        return
    if math.isclose(got, 2 * (want / 2) ** (1 / 3), rel_tol=1e-3):
        raise Incorrect("that is one round; three rounds were asked for.")
    if math.isclose(got, 2 * math.sqrt(want / 2), rel_tol=1e-3):
        raise Incorrect(
            "the factor multiplies every point, so the deviation and not the variance."
        )
    if math.isclose(got, 2 * (2 / 3) ** 3, rel_tol=1e-3):
        raise Incorrect("the share of signal is a ratio of variances.")
    if math.isclose(got, 2.0):
        raise Incorrect(
            "a denoiser knows that extreme points are rare: it also moves along the line."
        )
    if got < 0.1:
        raise Incorrect("you kept the other part, that of the noise.")
    raise Incorrect(f"after three rounds it is {want:.3f}; what does one round do to a point?")


# -- The contraction of a layer of sigmoids -------------------------------------------------------


def _sigmoid(a: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-a))


@_book.add(
    "contraction",
    stub=lambda x, W, b: ...,
    reference=lambda x, W, b: ((h := _sigmoid(x @ W.T + b)) * (1 - h)) ** 2 @ (W**2).sum(1),
    wrong=[
        Wrong(
            lambda x, W, b: (h := _sigmoid(x @ W.T + b)) * (1 - h) @ (W**2).sum(1),
            "slope of the sigmoid",
            "does not square h (1 - h)",
        ),
        Wrong(
            lambda x, W, b: ((h := _sigmoid(x @ W.T + b)) * (1 - h)) ** 2 @ W.sum(1) ** 2,
            "entry by entry",
            "squares the sum of the weights",
        ),
        Wrong(
            lambda x, W, b: np.full(len(x), (W**2).sum()), "linear layer", "forgets the sigmoid"
        ),
        Wrong(
            lambda x, W, b: np.sqrt(((h := _sigmoid(x @ W.T + b)) * (1 - h)) ** 2 @ (W**2).sum(1)),
            "root",
            "returns the norm",
        ),
        Wrong(
            lambda x, W, b: (((h := _sigmoid(x @ W.T + b)) * (1 - h)) ** 2 @ (W**2).sum(1)).mean(),
            "each example",
            "returns the mean",
        ),
    ],
)
def _contraction_check(answer: Callable) -> None:
    rng = np.random.default_rng(5)
    x, W, b = rng.normal(size=(4, 3)), rng.normal(size=(2, 3)), rng.normal(size=2)
    want, plain = np.zeros(4), np.zeros(4)
    for n, a in enumerate(x):
        for j in range(2):
            slope = _slope(lambda v, j=j: _sigmoid(v @ W[j] + b[j]), a)
            want[n] += np.sum(slope**2)
            h = _sigmoid(a @ W[j] + b[j])
            plain[n] += h * (1 - h) * np.sum(W[j] ** 2)
    got = array(answer(x.copy(), W.copy(), b.copy()), "the penalties")
    if got.shape != (4,):
        raise Incorrect(f"return a number for each example, shape (4,); got {got.shape}.")
    if same(got, want, 1e-6):
        return
    if same(got, plain, 1e-6):
        raise Incorrect("the slope of the sigmoid, h (1 - h), is squared as well.")
    if same(got, np.sqrt(want), 1e-6):
        raise Incorrect("that is the norm; no root was asked for.")
    if np.ptp(got) == 0:
        raise Incorrect("that is the penalty of a linear layer; the sigmoid shrinks each row.")
    raise Incorrect("entry (j, i) of the Jacobian is h_j (1 - h_j) W_ji: square entry by entry.")


check = _book.check
EXERCISES = _book.all
