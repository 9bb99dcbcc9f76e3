"""Exercises of the chapter *Measuring performance*.

Truth comes from closed forms and from definitions written out here. Where a wrong answer has a
typical cause, the check computes what that cause would give and names it.
"""

import math
from collections.abc import Callable

import numpy as np

from ._core import Exercises, Incorrect, Wrong, number

_book = Exercises("measuring")


def _near(a: float, b: float, tolerance: float = 1e-6) -> bool:
    return math.isclose(a, b, rel_tol=tolerance, abs_tol=1e-12)


# -- The error bar of an accuracy -----------------------------------------------------------------


@_book.add(
    "error_bar",
    stub=lambda accuracy, n: ...,
    reference=lambda accuracy, n: math.sqrt(accuracy * (1 - accuracy) / n),
    wrong=[
        Wrong(lambda p, n: p * (1 - p) / n, "variance", "forgets the square root"),
        Wrong(lambda p, n: math.sqrt(p * (1 - p) * n), "number of hits", "deviation of the count"),
        Wrong(lambda p, n: math.sqrt(p * (1 - p)), "one example", "forgets to divide by n"),
        Wrong(lambda p, n: math.sqrt(p / n), "1 - p", "takes a Poisson count of the hits"),
        Wrong(lambda p, n: 1 / math.sqrt(n), "depends on the accuracy", "rule of thumb"),
    ],
)
def _error_bar(answer: Callable) -> None:
    for p, n in [(0.5, 100), (0.94, 1000), (0.985, 1000), (0.1, 7)]:
        got, want = number(answer(p, n)), math.sqrt(p * (1 - p) / n)
        if _near(got, want):
            continue
        hints = {
            want**2: "that is a variance; its root has the unit of the accuracy.",
            want * n: "that is the spread of the number of hits; divide it by n.",
            want * math.sqrt(n): "that is the deviation for one example; the mean of n has less.",
            math.sqrt(p / n): "misses matter as much as hits: where is 1 - p?",
            1 / math.sqrt(n): "an error bar depends on the accuracy too: at 1 it is zero.",
        }
        for value, hint in hints.items():
            if _near(got, value):
                raise Incorrect(hint)
        raise Incorrect(f"for accuracy {p} on {n} examples expected {want:.5f}; got {got:.5f}.")


# -- How many test examples a difference needs ----------------------------------------------------

_NEEDED = 4 * (0.95 * 0.05 + 0.96 * 0.04) / 0.01**2


@_book.add(
    "examples_needed",
    stub=...,
    reference=_NEEDED,
    wrong=[
        Wrong(_NEEDED / 4, "two standard errors", "asks for one standard error only"),
        Wrong(4 * 0.95 * 0.05 / 0.01**2, "both", "gives an error bar to one model only"),
        Wrong(_NEEDED / 1e4, "percent", "puts the difference in percent"),
        Wrong(1000, "the size of our test set", "takes the test set for granted"),
    ],
)
def _examples_needed(answer: float) -> None:
    got = number(answer)
    if abs(got - _NEEDED) <= 1:
        return
    if abs(got - _NEEDED / 4) <= 1:
        raise Incorrect(
            "that makes the difference one standard error; we want two standard errors."
        )
    if abs(got - 4 * 0.95 * 0.05 / 1e-4) <= 1 or abs(got - 4 * 0.96 * 0.04 / 1e-4) <= 1:
        raise Incorrect("both models are measured with an error; their variances add.")
    if abs(got - _NEEDED / 1e4) <= 1:
        raise Incorrect("mind the unit: one percent is 0.01 of the accuracy.")
    if got == 1000:
        raise Incorrect("that is the size of our test set; solve for the size that is needed.")
    raise Incorrect(f"set 0.01 = 2 sqrt(v / n), with the summed variances v; got {got:.0f}.")


# -- The variance of a prediction at one place ----------------------------------------------------


def _phi(x: float, k: int) -> np.ndarray:
    row = math.sqrt(2) * np.cos(np.pi * x * np.arange(k))
    row[0] = 1
    return row


def _variance_at(x: float, k: int, n: int, sigma: float) -> float:
    return sigma**2 * float((_phi(x, k) ** 2).sum()) / n


@_book.add(
    "variance_at",
    stub=lambda x, k, n, sigma: ...,
    reference=_variance_at,
    wrong=[
        Wrong(lambda x, k, n, sigma: sigma**2 * k / n, "average over x", "takes the mean"),
        Wrong(
            lambda x, k, n, sigma: sigma**2 * float((_phi(x, k) ** 2).sum()),
            "divide by n",
            "forgets that n targets are averaged",
        ),
        Wrong(
            lambda x, k, n, sigma: sigma**2 * float(_phi(x, k).sum()) ** 2 / n,
            "square of the sum",
            "squares after summing",
        ),
        Wrong(
            lambda x, k, n, sigma: math.sqrt(_variance_at(x, k, n, sigma)),
            "standard deviation",
            "gives the root",
        ),
    ],
)
def _variance(answer: Callable) -> None:
    for x, k, n, sigma in [(0.0, 5, 40, 0.3), (0.3, 7, 40, 0.3), (0.77, 3, 11, 2.0)]:
        got, want = number(answer(x, k, n, sigma)), _variance_at(x, k, n, sigma)
        if _near(got, want):
            continue
        hints = {
            sigma**2 * k / n: "that is the average over x; at one place phi_k(x)^2 is not 1.",
            want * n: "each weight averages n targets: divide by n.",
            sigma**2 * float(_phi(x, k).sum()) ** 2 / n: (
                "that is the square of the sum; the weights are independent, so their "
                "variances add, each with its own phi_k(x)^2."
            ),
            math.sqrt(want): "that is the standard deviation; we ask for the variance.",
        }
        for value, hint in hints.items():
            if _near(got, value):
                raise Incorrect(hint)
        raise Incorrect(
            f"at x={x}, k={k}, n={n}, sigma={sigma} expected {want:.6f}; got {got:.6f}."
        )


# -- Bias and variance from a table of predictions ------------------------------------------------


def _decompose(y_hat: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    mean = y_hat.mean(axis=0)
    return float(((mean - truth) ** 2).mean()), float(((y_hat - mean) ** 2).mean())


@_book.add(
    "decompose",
    stub=lambda y_hat, truth: (..., ...),
    reference=_decompose,
    wrong=[
        Wrong(
            lambda y_hat, truth: (
                float(((y_hat - truth) ** 2).mean()),
                _decompose(y_hat, truth)[1],
            ),
            "bias plus variance",
            "averages the squares, not the predictions",
        ),
        Wrong(
            lambda y_hat, truth: (
                float((y_hat.mean(axis=0) - truth).mean() ** 2),
                _decompose(y_hat, truth)[1],
            ),
            "cancel",
            "lets errors of opposite sign cancel over x",
        ),
        Wrong(
            lambda y_hat, truth: (_decompose(y_hat, truth)[0], float(y_hat.var(axis=1).mean())),
            "over x",
            "takes the variance along the curve",
        ),
        Wrong(lambda y_hat, truth: _decompose(y_hat, truth)[::-1], "swapped", "order"),
    ],
)
def _decomposition(answer: Callable) -> None:
    rng = np.random.default_rng(3)
    for sets, places in [(50, 8), (400, 5)]:
        truth = rng.standard_normal(places)
        y_hat = truth + 0.5 * rng.standard_normal(places) + rng.standard_normal((sets, places))
        got = tuple(answer(y_hat, truth))
        if len(got) != 2:
            raise Incorrect(f"return two numbers, squared bias and variance; got {len(got)}.")
        bias, variance = (number(value) for value in got)
        want = _decompose(y_hat, truth)
        loose = sets / (sets - 1)  # ddof=1 is right too
        if _near(bias, want[0]) and (_near(variance, want[1]) or _near(variance, want[1] * loose)):
            continue
        if _near(bias, want[1]) and _near(variance, want[0]):
            raise Incorrect("the two are swapped: first the squared bias, then the variance.")
        if _near(bias, sum(want)):
            raise Incorrect("that is bias plus variance: average the predictions, then square.")
        if _near(bias, float((y_hat - truth).mean()) ** 2):
            raise Incorrect("errors of opposite sign cancel; square at each x, then average.")
        if _near(variance, float(y_hat.var(axis=1).mean())):
            raise Incorrect(
                "that is the spread over x; the variance is over training sets, axis 0."
            )
        raise Incorrect(
            f"expected {want[0]:.5f} and {want[1]:.5f}; got {bias:.5f}, {variance:.5f}."
        )


# -- Where the peak of double descent stands ------------------------------------------------------


@_book.add(
    "peak",
    stub=...,
    reference=250,
    wrong=[
        Wrong(2500, "one weight for each feature", "counts the weights of all ten classes"),
        Wrong(25, "do not share", "divides by the classes"),
        Wrong(40, "pixels", "thinks that the width of the input decides"),
        Wrong(400, "this time", "repeats the number of the text"),
    ],
)
def _peak(answer: float) -> None:
    got = number(answer)
    if abs(got - 250) <= 5:
        return
    if got == 2500:
        raise Incorrect(
            "the ten classes are ten separate regressions: each has one weight for each feature "
            "and one equation for each example."
        )
    if got == 25:
        raise Incorrect("the classes do not share the examples: each regression gets them all.")
    if got == 40:
        raise Incorrect("the features are random functions of the pixels; their number decides.")
    if got == 400:
        raise Incorrect("the text trained on 400 examples; this time there are 250.")
    raise Incorrect(f"when do the equations just fail to have a solution? got {got:g}.")


# -- The dimension in which half of a ball is skin ------------------------------------------------

_HALF = math.log(0.5) / math.log(0.99)


@_book.add(
    "shell",
    stub=...,
    reference=69,
    wrong=[
        Wrong(50, "volumes multiply", "adds one percent for each dimension"),
        Wrong(math.log(0.5) / math.log(0.01), "not 0.01", "takes 0.01 for the inner radius"),
        Wrong(68, "smallest", "rounds down"),
        Wrong(138, "on one side", "thinks that one percent of the diameter is meant"),
    ],
)
def _shell(answer: float) -> None:
    got = number(answer)
    if got == math.ceil(_HALF):
        return
    if got == 50:
        raise Incorrect("volumes multiply: what is left has 0.99 ** D of the volume.")
    if _near(got, math.log(0.5) / math.log(0.01)):
        raise Incorrect("the inner ball has radius 0.99, not 0.01.")
    if got == 68 or _near(got, _HALF):
        raise Incorrect("close: the smallest whole D for which the shell holds at least half.")
    if got in (137, 138):
        raise Incorrect("the shell is one percent of the radius, on one side.")
    raise Incorrect(f"solve 1 - 0.99 ** D = 1 / 2; got {got:g}.")


# -- How lucky the best of many is ----------------------------------------------------------------


def _winner(k: int, p: float, n: int, rng: np.random.Generator) -> float:
    return float(rng.binomial(n, p, size=(20_000, k)).max(axis=1).mean() / n)


def _expected_winner(k: int, p: float, n: int) -> float:
    """E max of k independent binomials over n, from their distribution function."""
    logs = [
        math.lgamma(n + 1)
        - math.lgamma(i + 1)
        - math.lgamma(n - i + 1)
        + i * math.log(p)
        + (n - i) * math.log1p(-p)
        for i in range(n + 1)
    ]
    cdf = np.cumsum(np.exp(logs))
    return float((1 - cdf[:-1] ** k).sum() / n)  # E M = sum over m of P(M > m)


@_book.add(
    "winner",
    stub=lambda k, p, n, rng: ...,
    reference=_winner,
    wrong=[
        Wrong(lambda k, p, n, rng: p, "truth of every model", "forgets that the best was chosen"),
        Wrong(
            lambda k, p, n, rng: float(rng.binomial(n, p, size=(20_000, k)).mean() / n),
            "average of all",
            "averages where it should take the maximum",
        ),
        Wrong(
            lambda k, p, n, rng: float(rng.binomial(n, p, size=(20_000, k)).max() / n),
            "luckiest",
            "takes the maximum over the repetitions too",
        ),
        Wrong(lambda k, p, n, rng: n * _winner(k, p, n, rng), "between 0 and 1", "gives a count"),
    ],
)
def _winners(answer: Callable) -> None:
    for k, p, n in [(20, 0.9, 1000), (5, 0.6, 100)]:
        got = number(answer(k, p, n, np.random.default_rng(11)))
        want, spread = _expected_winner(k, p, n), math.sqrt(p * (1 - p) / n)
        if abs(got - want) < 0.15 * spread:
            continue
        if got == p:
            raise Incorrect(f"{p} is the truth of every model; we want what the winner shows.")
        if abs(got - p) < 0.15 * spread:
            raise Incorrect(f"that is the average of all {k} models; we want the winner's.")
        if got > 1:
            raise Incorrect("give an accuracy, between 0 and 1, not a count.")
        if got > want + 0.8 * spread:
            raise Incorrect("that is the luckiest of all repetitions; average over repetitions.")
        raise Incorrect(f"for {k} models, p={p}, n={n} expected about {want:.4f}; got {got:.4f}.")


check = _book.check
EXERCISES = _book.all
