"""Exercises of the chapter *Supervised learning*.

Truth comes from ``numpy.linalg.lstsq``, from counting, from exact sums over binomials with whole
numbers, from links walked one by one and from averages over neighbours repeated until they rest.
Where a wrong answer has a typical cause, the check computes what that cause would give and names
it.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ._core import Exercises, Incorrect, Wrong, array, given, number, same

_book = Exercises("supervised")


# -- The best line --------------------------------------------------------------------------------


def _line(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    slope = np.mean((x - x.mean()) * (y - y.mean())) / np.var(x)
    return y.mean() - slope * x.mean(), slope


@_book.add(
    "line",
    stub=lambda x, y: (..., ...),
    reference=_line,
    wrong=[
        Wrong(lambda x, y: _line(x, y)[::-1], "swapped", "returns the slope first"),
        Wrong(lambda x, y: _line(y, x), "the other way round", "regresses x on y"),
        Wrong(
            lambda x, y: (0.0, np.sum(x * y) / np.sum(x * x)),
            "through the origin",
            "leaves the offset out",
        ),
        Wrong(
            lambda x, y: (y.mean(), _line(x, y)[1]),
            "where x is zero",
            "takes the mean of y for the offset",
        ),
        Wrong(
            lambda x, y: (
                y.mean() - np.cov(x, y)[0, 1] / np.var(x) * x.mean(),
                np.cov(x, y)[0, 1] / np.var(x),
            ),
            "N - 1",
            "mixes two conventions of the variance",
        ),
    ],
)
def _line_check(answer: Callable) -> None:
    rng = np.random.default_rng(2)
    for n in (7, 30):
        x = rng.uniform(0, 3, n)
        y = 0.5 - 1.5 * x + rng.normal(size=n)
        found = given(answer(x.copy(), y.copy()), "the line")
        if not (isinstance(found, tuple) and len(found) == 2):
            raise Incorrect("return two numbers: phi_0, then phi_1.")
        got = np.array([number(v, "a parameter") for v in found])
        want = np.linalg.lstsq(np.stack([np.ones(n), x], 1), y, rcond=None)[0]
        back = np.linalg.lstsq(np.stack([np.ones(n), y], 1), x, rcond=None)[0]
        if same(got, want, 1e-8):
            continue
        if same(got, want[::-1], 1e-8):
            raise Incorrect("the two are swapped: first phi_0, the offset, then the slope.")
        if same(got, back, 1e-8):
            raise Incorrect("that line predicts x from y; it is asked for the other way round.")
        if got[0] == 0:
            raise Incorrect("your line is forced through the origin.")
        if same(got[1:], want[1:] * n / (n - 1), 1e-8):
            raise Incorrect(
                "the covariance is divided by N - 1 and the variance by N; use one of the two."
            )
        if same(got[1:], want[1:], 1e-8):
            raise Incorrect("the slope is right; the offset is the value where x is zero.")
        raise Incorrect(f"least squares gives {want.round(4)}; got {got.round(4)}.")


# -- Three sets -----------------------------------------------------------------------------------


def _split(n: int, sizes: tuple, rng: np.random.Generator) -> tuple:
    order = rng.permutation(n)
    a, b = sizes
    return order[:a], order[a : a + b], order[a + b :]


@_book.add(
    "split",
    stub=lambda n, sizes, rng: (..., ..., ...),
    reference=_split,
    wrong=[
        Wrong(
            lambda n, sizes, rng: (
                np.arange(n)[: sizes[0]],
                np.arange(n)[sizes[0] : sum(sizes)],
                np.arange(n)[sum(sizes) :],
            ),
            "order of the file",
            "does not shuffle",
        ),
        Wrong(
            lambda n, sizes, rng: (
                rng.permutation(n)[: sizes[0]],
                rng.permutation(n)[: sizes[1]],
                rng.permutation(n)[: n - sum(sizes)],
            ),
            "in two of your sets",
            "shuffles once for each set",
        ),
        Wrong(
            lambda n, sizes, rng: tuple(np.split(rng.integers(0, n, n), [sizes[0], sum(sizes)])),
            "twice in one set",
            "draws with replacement",
        ),
        Wrong(
            lambda n, sizes, rng: _split(n, (sizes[0], sizes[1] - 1), rng),
            "sizes",
            "is off by one",
        ),
        Wrong(
            lambda n, sizes, rng: _split(n, sizes, np.random.default_rng(0)),
            "same split",
            "seeds a generator of its own",
        ),
    ],
)
def _split_check(answer: Callable) -> None:
    rng = np.random.default_rng(4)
    n, sizes = 50, (30, 12)
    drawn = []
    for _ in range(3):
        found = given(answer(n, sizes, rng), "the split")
        if not (isinstance(found, tuple) and len(found) == 3):
            raise Incorrect("return three arrays of indices: training, validation, test.")
        drawn.append([array(part, "a set").astype(int) for part in found])
    for parts in drawn:
        if any(len(set(part.tolist())) < len(part) for part in parts):
            raise Incorrect("an example is twice in one set; draw without replacement.")
        everything = np.concatenate(parts)
        if len(set(everything.tolist())) < len(everything):
            raise Incorrect("an example is in two of your sets; shuffle once, then cut.")
        if [len(part) for part in parts] != [30, 12, 8]:
            raise Incorrect(
                f"the sizes should be 30, 12 and 8; got {[len(part) for part in parts]}."
            )
        if sorted(everything.tolist()) != list(range(n)):
            raise Incorrect("the three sets together must be the indices 0 to n - 1.")
    if all(np.array_equal(np.sort(parts[0]), np.arange(30)) for parts in drawn):
        raise Incorrect("you cut in the order of the file, which may be sorted; shuffle first.")
    if all(np.array_equal(np.sort(parts[0]), np.sort(drawn[0][0])) for parts in drawn[1:]):
        raise Incorrect("every call gives the same split; draw with the generator you are given.")


# -- Standardize without a leak -------------------------------------------------------------------


@_book.add(
    "standardize",
    stub=lambda x_train, x_test: (..., ...),
    reference=lambda a, b: ((a - a.mean(0)) / a.std(0), (b - a.mean(0)) / a.std(0)),
    wrong=[
        Wrong(
            lambda a, b: ((a - a.mean(0)) / a.std(0), (b - b.mean(0)) / b.std(0)),
            "its own ruler",
            "standardizes the test set by itself",
        ),
        Wrong(
            lambda a, b: tuple(
                (v - np.concatenate([a, b]).mean(0)) / np.concatenate([a, b]).std(0)
                for v in (a, b)
            ),
            "leaks",
            "uses all data",
        ),
        Wrong(
            lambda a, b: ((a - a.mean()) / a.std(), (b - a.mean()) / a.std()),
            "each feature",
            "uses one mean for all features",
        ),
        Wrong(
            lambda a, b: ((a - a.mean(0)) / a.var(0), (b - a.mean(0)) / a.var(0)),
            "standard deviation",
            "divides by the variance",
        ),
    ],
)
def _standardize(answer: Callable) -> None:
    rng = np.random.default_rng(6)
    a = rng.normal([1.0, -5.0, 20.0], [0.5, 2.0, 10.0], size=(40, 3))
    b = rng.normal([2.0, -5.0, 40.0], [0.8, 2.0, 5.0], size=(9, 3))
    found = given(answer(a.copy(), b.copy()), "the two sets")
    if not (isinstance(found, tuple) and len(found) == 2):
        raise Incorrect("return two arrays: the training inputs, then the test inputs.")
    got = [array(v, "a set") for v in found]
    if [v.shape for v in got] != [a.shape, b.shape]:
        raise Incorrect(f"the shapes must stay {a.shape} and {b.shape}.")

    def scaled(v: np.ndarray, by: np.ndarray) -> np.ndarray:
        columns = [(v[:, j] - np.sum(by[:, j]) / len(by)) for j in range(3)]
        spread = [np.sum((by[:, j] - np.sum(by[:, j]) / len(by)) ** 2) for j in range(3)]
        return np.stack([c / math.sqrt(s / len(by)) for c, s in zip(columns, spread, strict=True)],
                        axis=1)  # fmt: skip

    both = np.concatenate([a, b])
    if same(got[0], scaled(a, a)) and same(got[1], scaled(b, a)):
        return
    if same(got[0], scaled(a, both)):
        raise Incorrect("the test set leaks into the mean and the deviation; use training alone.")
    if same(got[0], scaled(a, a)) and same(got[1], scaled(b, b)):
        raise Incorrect(
            "the test set is measured by its own ruler, so what differs from training is hidden."
        )
    if abs(got[0].mean()) < 1e-9 and abs(got[0].std() - 1) < 1e-9:
        raise Incorrect("each feature has units of its own, so it needs its own mean.")
    if np.allclose(got[0].mean(0), 0) and same(got[0] * a.std(0), scaled(a, a)):
        raise Incorrect("divide by the standard deviation, not by its square.")
    raise Incorrect("each training feature should have mean 0 and deviation 1.")


# -- How large must a test set be? ----------------------------------------------------------------


@_book.add(
    "test_size",
    stub=...,
    reference=1875,
    wrong=[
        Wrong(2500, "not a coin", "takes the worst case p = 1/2"),
        Wrong(44, "squared", "forgets the square"),
        Wrong(7500, "one standard deviation", "asks for two standard deviations"),
        Wrong(100, "one over the error", "thinks of one example per percent"),
    ],
)
def _test_size(answer: Any) -> None:
    got = number(answer, "the number of examples")
    p = 0.75

    def deviation(n: int) -> float:
        """Of the share of right answers among n, by the exact distribution of the count."""
        k = np.arange(n + 1)
        log_factorial = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, n + 1)))])
        log_p = log_factorial[n] - log_factorial[k] - log_factorial[n - k]
        weight = np.exp(log_p + k * math.log(p) + (n - k) * math.log(1 - p))
        share = k / n
        return math.sqrt(np.sum(weight * share**2) - np.sum(weight * share) ** 2)

    n = round(got)
    if n == 100:
        raise Incorrect("100 is one over the error; but errors shrink only with the root of n.")
    if 42 <= n <= 45:
        raise Incorrect("you found the root; the number of examples is squared.")
    if n < 1 or n > 20_000:
        raise Incorrect(f"between 1 and 20000, please; got {got:g}.")
    if n == 2500:
        raise Incorrect("2500 is right for p = 1/2, but this classifier is not a coin.")
    if n == 7500:
        raise Incorrect(
            "that is for two standard deviations; one standard deviation is asked for."
        )
    if deviation(n) > 0.01 + 1e-9:
        raise Incorrect(f"with {n} examples the standard deviation is {deviation(n):.4f}.")
    if deviation(n - 1) <= 0.01 + 1e-9:
        raise Incorrect("fewer would do.")


# -- The best of many guesses ---------------------------------------------------------------------


def _best_of(
    models: int, n: int, power: Callable = lambda cdf, m: cdf**m, shift: int = 0
) -> float:
    p = np.array([math.comb(n, k) for k in range(n + 1)], dtype=float) / 2.0**n
    cdf = np.cumsum(p)
    top = power(cdf, models)
    mass = np.diff(top, prepend=0.0)
    return float(np.sum(mass * (np.arange(n + 1) + shift)) / n)


@_book.add(
    "best_of",
    stub=lambda models, n: ...,
    reference=_best_of,
    wrong=[
        Wrong(lambda models, n: 0.5, "the best of", "thinks that guessing gives a half"),
        Wrong(
            lambda models, n: _best_of(models, n, lambda c, m: 1 - (1 - c) ** m),
            "the worst",
            "takes the distribution of the smallest",
        ),
        Wrong(
            lambda models, n: n * _best_of(models, n),
            "share",
            "returns the number of right answers",
        ),
        Wrong(
            lambda models, n: _best_of(models, n, shift=1),
            "one too many",
            "mixes up P(K < k) with P(K <= k)",
        ),
        Wrong(
            lambda models, n: 0.5 + math.sqrt(2 * math.log(models)) / (2 * math.sqrt(n)),
            "for very many",
            "uses the asymptotic formula for normals",
        ),
    ],
)
def _best_of_check(answer: Callable) -> None:
    for models, n in [(1, 5), (3, 4), (50, 40)]:
        got = number(answer(models, n), "the expected accuracy")
        counts = [math.comb(n, k) for k in range(n + 1)]
        below = [sum(counts[: k + 1]) for k in range(n + 1)]
        total = 2 ** (n * models)
        best = sum(total - b**models for b in below) / total / n  # exact: E K = sum P(K > k)
        worst = sum((2**n - b) ** models for b in below) / total / n
        if math.isclose(got, best, rel_tol=1e-6):
            continue
        if got == 0.5:
            raise Incorrect(f"each model gets a half on average, but the best of {models} more.")
        if math.isclose(got, worst, rel_tol=1e-6):
            raise Incorrect("that is the worst of them: the best is at most k if all are.")
        if math.isclose(got, best * n, rel_tol=1e-6):
            raise Incorrect("divide by n: the accuracy is a share of right answers.")
        if math.isclose(got, best + 1 / n, rel_tol=1e-6):
            raise Incorrect("you count one too many: look at P(K <= k) at k, not at k + 1.")
        if math.isclose(got, 0.5 + math.sqrt(2 * math.log(models)) / (2 * math.sqrt(n))):
            raise Incorrect("that holds for very many models and normal counts; count exactly.")
        raise Incorrect(
            f"for {models} models and {n} examples the mean is {best:.5f}; got {got:.5f}."
        )


# -- Neighbours agree -----------------------------------------------------------------------------


def _propagate(w: np.ndarray, y: np.ndarray, *, damp: float = 0.0) -> np.ndarray:
    u = np.isnan(y)
    L = np.diag(w.sum(1) + damp) - w
    f = y.copy()
    f[u] = np.linalg.solve(L[np.ix_(u, u)], w[np.ix_(u, ~u)] @ y[~u])
    return f


def _one_round(w: np.ndarray, y: np.ndarray) -> np.ndarray:
    known = ~np.isnan(y)
    with np.errstate(invalid="ignore"):
        mean = w[:, known] @ y[known] / w[:, known].sum(1)
    return np.where(known, y, mean)


def _forgets(w: np.ndarray, y: np.ndarray) -> np.ndarray:
    f = np.where(np.isnan(y), 0.5, y)
    for _ in range(3000):
        f = w @ f / w.sum(1)
    return f


@_book.add(
    "propagate",
    stub=lambda w, y: ...,
    reference=_propagate,
    wrong=[
        Wrong(_one_round, "each other", "lets only labelled neighbours speak"),
        Wrong(_forgets, "keep their label", "does not clamp the labels"),
        Wrong(
            lambda w, y: np.where(np.isnan(y), np.nanmean(y), y),
            "same value",
            "gives the mean label to all",
        ),
        Wrong(lambda w, y: (_propagate(w, y) > 0.5).astype(float), "probabilities", "rounds"),
        Wrong(lambda w, y: _propagate((w > 0).astype(float), y), "weights", "ignores the weights"),
    ],
)
def _propagate_check(answer: Callable) -> None:
    rng = np.random.default_rng(8)
    ring = np.roll(np.eye(7), 1, axis=1)  # each point has two neighbours, and one pair a short cut
    ring[2, 6] = 1
    w = rng.uniform(0.1, 2, size=(7, 7)) * ring
    w = w + w.T
    np.fill_diagonal(w, 0)
    y = np.array([0.0, np.nan, np.nan, 1.0, np.nan, 1.0, np.nan])
    free = np.isnan(y)

    def settle(w: np.ndarray) -> np.ndarray:
        f = np.where(free, 0.5, y)
        for _ in range(5000):  # one round of averages after another
            f = np.where(free, w @ f / w.sum(axis=1), y)
        return f

    got = array(answer(w.copy(), y.copy()), "the probabilities")
    if got.shape != y.shape or not np.all(np.isfinite(got)):
        raise Incorrect(f"return one finite number for each point, shape {y.shape}.")
    if same(got, settle(w), 1e-7):
        return
    if not np.allclose(got[~free], y[~free], atol=1e-6):
        raise Incorrect("labelled points must keep their label.")
    if np.ptp(got[free]) < 1e-9:
        raise Incorrect("all unlabelled points get the same value, wherever they are.")
    if set(np.unique(got).tolist()) <= {0.0, 1.0}:
        raise Incorrect("return probabilities; round them later, if you must.")
    if same(got, settle((w > 0).astype(float)), 1e-7):
        raise Incorrect("the weights play no part: a near neighbour counts more than a far one.")
    raise Incorrect(
        "an unlabelled point is not the mean of its neighbours. Unlabelled neighbours speak to "
        "each other too, so solve for all of them at once."
    )


# -- How long may the chain be? -------------------------------------------------------------------


@_book.add(
    "chain_length",
    stub=...,
    reference=69,
    wrong=[
        Wrong(50, "adds up", "subtracts one percent for each link"),
        Wrong(68, "still above", "stops one link early"),
        Wrong(70, "already", "goes one link too far"),
        Wrong(100, "a third", "confuses one half with 1/e"),
    ],
)
def _chain_length(answer: Any) -> None:
    got = number(answer, "the number of links")
    links, success = 0, 1.0
    while success >= 0.5:
        success *= 0.99
        links += 1
    if got == links:
        return
    if got == 50:
        raise Incorrect("50 adds up the failures; the second link can fail only what arrived.")
    if got == 100:
        raise Incorrect("after 100 links little more than a third arrives.")
    if got == links - 1:
        raise Incorrect(f"after {got:.0f} links success is still above one half.")
    if got == links + 1:
        raise Incorrect("one link fewer is enough already.")
    raise Incorrect("multiply 0.99 by itself until it is below one half; a logarithm counts.")


# -- When errors cancel ---------------------------------------------------------------------------


@_book.add(
    "cancel",
    stub=lambda links, error: ...,
    reference=lambda links, error: (1 + (1 - 2 * error) ** links) / 2,
    wrong=[
        Wrong(
            lambda links, error: (1 - error) ** links, "cancel", "asks for a chain without errors"
        ),
        Wrong(
            lambda links, error: (1 - (1 - 2 * error) ** links) / 2,
            "arrives wrong",
            "returns the other probability",
        ),
        Wrong(
            lambda links, error: (1 - 2 * error) ** links,
            "how much is left",
            "returns the correlation",
        ),
        Wrong(lambda links, error: 1 - links * error, "below zero", "adds up the errors"),
    ],
)
def _cancel(answer: Callable) -> None:
    for links, error in [(2, 0.1), (5, 0.3), (200, 0.01)]:
        got = number(answer(links, error), "the probability")
        right = 1.0
        for _ in range(links):  # one link after another
            right = right * (1 - error) + (1 - right) * error
        if math.isclose(got, right, rel_tol=1e-9):
            continue
        if math.isclose(got, (1 - error) ** links, rel_tol=1e-9):
            raise Incorrect("two errors cancel: the bit is right again after an even number.")
        if math.isclose(got, 1 - right, rel_tol=1e-9):
            raise Incorrect("that is the probability that the bit arrives wrong.")
        if math.isclose(got, 2 * right - 1, rel_tol=1e-9):
            raise Incorrect(
                "that is how much is left of the correlation with the first bit; it is 1 for "
                "certainty and 0 for a coin."
            )
        if math.isclose(got, 1 - links * error, rel_tol=1e-9, abs_tol=1e-12):
            raise Incorrect("for many links that falls below zero, and is no probability.")
        raise Incorrect(f"for {links} links with error {error} it is {right:.6f}; got {got:.6f}.")


check = _book.check
EXERCISES = _book.all
