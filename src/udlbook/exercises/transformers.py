"""Exercises of the chapter *Transformers*.

Truth comes from loops over queries and keys, central differences, and enumeration. Where a wrong
answer has a typical cause, the check computes what that cause would give and names it.
"""

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ._core import Exercises, Incorrect, Wrong, array, given, same

_book = Exercises("transformers")


def _softmax(s: np.ndarray, axis: int = -1) -> np.ndarray:
    e = np.exp(s - s.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


# -- Attention with a mask ------------------------------------------------------------------------


def _attention(q, k, v, mask):
    scores = np.where(mask, q @ k.T / np.sqrt(q.shape[1]), -np.inf)
    return _softmax(scores) @ v


def _unscaled(q, k, v, mask):
    return _softmax(np.where(mask, q @ k.T, -np.inf)) @ v


def _by_columns(q, k, v, mask):
    return _softmax(np.where(mask, q @ k.T / np.sqrt(q.shape[1]), -1e30), axis=0) @ v


def _masked_late(q, k, v, mask):
    return (_softmax(q @ k.T / np.sqrt(q.shape[1])) * mask) @ v


def _zero_scores(q, k, v, mask):
    return _softmax(q @ k.T / np.sqrt(q.shape[1]) * mask) @ v


def _inverted(q, k, v, mask):
    return _attention(q, k, v, ~mask)


@_book.add(
    "attention",
    stub=lambda q, k, v, mask: ...,
    reference=_attention,
    wrong=[
        Wrong(_unscaled, "root of the width", "forgets to divide by sqrt(d_k)"),
        Wrong(_by_columns, "each query", "normalizes over the queries"),
        Wrong(_masked_late, "no longer sum to one", "masks after the softmax"),
        Wrong(_zero_scores, "a score of 0 is not forbidden", "multiplies the scores by the mask"),
        Wrong(_inverted, "True means", "takes True for hidden"),
    ],
)
def _attention_check(answer: Callable) -> None:
    rng = np.random.default_rng(0)
    q, k, v = rng.normal(size=(4, 9)), rng.normal(size=(6, 9)), rng.normal(size=(6, 3))
    mask = rng.random((4, 6)) < 0.5
    mask[:, 0], mask[:, 5] = True, False
    got = array(answer(q, k, v, mask), "the output")
    want = np.zeros((4, 3))
    for i in range(4):  # one query at a time
        seen = [j for j in range(6) if mask[i, j]]
        e = [math.exp(sum(a * b for a, b in zip(q[i], k[j], strict=True)) / 3) for j in seen]
        want[i] = sum(w * v[j] for w, j in zip(e, seen, strict=True)) / sum(e)
    if same(got, want):
        return
    hints = [
        (_unscaled, "the scores must be divided by the root of the width of the keys."),
        (_by_columns, "the weights of each query must sum to one: softmax along the rows."),
        (_masked_late, "weights that are set to zero after the softmax no longer sum to one."),
        (_zero_scores, "a score of 0 is not forbidden: its weight is e^0. Use minus infinity."),
        (_inverted, "True means that a query may look there."),
    ]
    for wrong, hint in hints:
        if same(got, wrong(q, k, v, mask)):
            raise Incorrect(hint)
    raise Incorrect(
        f"expected an output of shape (4, 3) as loops over keys give; got {got.shape}."
    )


# -- What leaves attention unchanged --------------------------------------------------------------


@_book.add(
    "unchanged",
    stub=(..., ..., ..., ...),
    reference=(True, False, True, False),
    wrong=[
        Wrong((False, False, True, False), "same number to every score", "misses the shift"),
        Wrong((True, True, True, False), "each key its own amount", "takes queries for keys"),
        Wrong((True, False, False, False), "order of a sum", "thinks that order matters"),
        Wrong((True, False, True, True), "mean of the doubled", "thinks that softmax undoes it"),
    ],
)
def _unchanged(answer: Any) -> None:
    answer = given(answer, "the answer")
    if len(answer) != 4:
        raise Incorrect(f"four answers are asked for; got {len(answer)}.")
    said = [given(a, f"answer {i + 1}") for i, a in enumerate(answer)]
    rng = np.random.default_rng(0)
    q, k, v = rng.normal(size=(3, 5, 4))
    c, every, order = rng.normal(size=4), np.ones((5, 5), dtype=bool), rng.permutation(5)
    before = _attention(q, k, v, every)
    after = [
        _attention(q, k + c, v, every),
        _attention(q + c, k, v, every),
        _attention(q, k[order], v[order], every),
        _attention(q, k, 2 * v, every),
    ]
    hints = [
        "k + c adds q . c, the same number to every score of a query: softmax forgets it.",
        "q + c adds c . k_j to score j, to each key its own amount.",
        "keys and values move together, and the order of a sum does not matter.",
        "the weights stay, and the output is the mean of the doubled values.",
    ]
    for i, (got, hint) in enumerate(zip(said, hints, strict=True)):
        if bool(got) != np.allclose(after[i], before):
            raise Incorrect(f"number {i + 1}: {hint}")


# -- A temperature --------------------------------------------------------------------------------


def _temperature(s, v, beta):
    w = _softmax(beta * s)
    return w @ (v * (s - w @ s)[:, None])


@_book.add(
    "temperature",
    stub=lambda s, v, beta: ...,
    reference=_temperature,
    wrong=[
        Wrong(lambda s, v, b: _softmax(b * s) @ (v * s[:, None]), "denominator", "no mean"),
        Wrong(lambda s, v, b: _temperature(s, v, 1.0), "at this beta", "weights at beta 1"),
        Wrong(lambda s, v, b: -_temperature(s, v, b), "sign", "turns the sign around"),
        Wrong(lambda s, v, b: b * _temperature(s, v, b), "not by its logarithm", "extra factor"),
    ],
)
def _temperature_check(answer: Callable) -> None:
    rng = np.random.default_rng(1)
    s, v, beta, h = rng.normal(size=6), rng.normal(size=(6, 2)), 1.7, 1e-5
    got = array(answer(s, v, beta), "the slope")
    want = (_softmax((beta + h) * s) @ v - _softmax((beta - h) * s) @ v) / (2 * h)
    if same(got, want, 1e-7):
        return
    hints = [
        (_softmax(beta * s) @ (v * s[:, None]), "the denominator of the softmax moves too."),
        (_temperature(s, v, 1.0), "the weights are those at this beta, not those at 1."),
        (-want, "the sign: a larger beta leans towards large scores."),
        (beta * want, "the slope by beta is asked for, not by its logarithm."),
    ]
    for value, hint in hints:
        if same(got, value, 1e-7):
            raise Incorrect(hint)
    raise Incorrect(f"central differences give {want.round(4)}; got {np.round(got, 4)}.")


# -- Positions ------------------------------------------------------------------------------------


def _waves(n, d, power=2.0, swap=False, interleave=True, base=10_000.0):
    angle = np.arange(n)[:, None] * base ** (-power * np.arange(d // 2) / d)
    pair = (np.cos(angle), np.sin(angle)) if swap else (np.sin(angle), np.cos(angle))
    return np.stack(pair, axis=-1).reshape(n, d) if interleave else np.hstack(pair)


@_book.add(
    "positions",
    stub=lambda n, d: ...,
    reference=_waves,
    wrong=[
        Wrong(lambda n, d: _waves(n, d, power=1.0), "2i / d", "exponent i / d"),
        Wrong(lambda n, d: _waves(n, d, swap=True), "sine first", "cosine first"),
        Wrong(lambda n, d: _waves(n, d, interleave=False), "side by side", "two blocks"),
        Wrong(lambda n, d: _waves(n, d, power=-2.0), "slower", "frequencies that grow"),
    ],
)
def _positions(answer: Callable) -> None:
    got = array(answer(6, 8), "the table")
    want = np.zeros((6, 8))
    for p, i in itertools.product(range(6), range(4)):
        angle = p / 10_000 ** (2 * i / 8)
        want[p, 2 * i], want[p, 2 * i + 1] = math.sin(angle), math.cos(angle)
    if same(got, want):
        return
    hints = [
        (_waves(6, 8, power=1.0), "the exponent of pair i is 2i / d."),
        (_waves(6, 8, swap=True), "even coordinates hold the sine: sine first, then cosine."),
        (_waves(6, 8, interleave=False), "sine and cosine of a pair stand side by side."),
        (_waves(6, 8, power=-2.0), "later pairs turn slower: the exponent is negative."),
    ]
    for value, hint in hints:
        if same(got, value):
            raise Incorrect(hint)
    raise Incorrect(f"expected a table of shape (6, 8) from the formula; got {got.shape}.")


# -- Counting a pre-norm model --------------------------------------------------------------------


def _count(d, d_ff, n_layers, vocab):
    attention, feed = 4 * (d * d + d), 2 * d * d_ff + d_ff + d
    return n_layers * (3 * attention + 2 * feed + 5 * 2 * d) + 2 * 2 * d + vocab * d


@_book.add(
    "count",
    stub=lambda d, d_ff, n_layers, vocab: ...,
    reference=_count,
    wrong=[
        Wrong(lambda d, f, n, v: _count(d, f, n, v) - 4 * d, "end of each stack", "post-norm"),
        Wrong(
            lambda d, f, n, v: _count(d, f, n, v) - n * 4 * (d * d + d),
            "two attentions",
            "forgets the cross-attention",
        ),
        Wrong(lambda d, f, n, v: _count(d, f, n, v) + v * d, "one table", "unties the tables"),
        Wrong(lambda d, f, n, v: _count(d, f, n, v) - n * (14 * d + 2 * f), "biases", "no biases"),
        Wrong(lambda d, f, n, v: _count(d, f, n, v) - (5 * n + 2) * d, "a gain and", "one a norm"),
    ],
)
def _count_check(answer: Callable) -> None:
    d, f, n, v = 64, 256, 3, 177
    got = float(array(answer(d, f, n, v), "the count"))
    matrices = n * (12 * d * d + 4 * d * f) + v * d  # layer by layer, then the vectors
    want = matrices + n * (3 * 4 * d + 2 * (f + d) + 5 * 2 * d) + 4 * d
    if got == want:
        return
    hints = {
        want - 4 * d: "a pre-norm model has one more norm at the end of each stack.",
        want - n * 4 * (d * d + d): "a layer of the decoder has two attentions.",
        want + v * d: "one table serves for both languages and for the logits.",
        want - n * (14 * d + 2 * f): "the linear maps have biases.",
        want - (5 * n + 2) * d: "a norm has a gain and a shift for each coordinate.",
    }
    if got in hints:
        raise Incorrect(hints[got])
    raise Incorrect(f"for d=64, d_ff=256, 3 layers, 177 tokens expected {want}; got {got:.0f}.")


# -- Where the square takes over ------------------------------------------------------------------


@_book.add(
    "crossover",
    stub=...,
    reference=3072,
    wrong=[
        Wrong(1024, "feed-forward network works too", "counts the attention only"),
        Wrong(2048, "four projections", "counts the feed-forward network only"),
        Wrong(6144, "scores and the mean", "counts one of the two square products"),
        Wrong(6, "times d", "gives the factor and not the length"),
    ],
)
def _crossover(answer: Any) -> None:
    got, d = float(array(answer, "the length")), 512
    linear, square = 4 * 2 * d * d + 2 * 2 * d * 4 * d, 2 * 2 * d  # times n, times n^2
    want = linear / square
    if math.isclose(got, want):
        return
    hints = {
        2 * d: "the feed-forward network works too, on every position.",
        4 * d: "the four projections belong to the linear part.",
        12 * d: "both the scores and the mean of the values are square in n.",
        6: "that is the factor: the length is so many times d.",
    }
    if got in hints:
        raise Incorrect(hints[got])
    raise Incorrect("set what grows with n equal to what grows with its square, and solve for n.")


# -- A beam ---------------------------------------------------------------------------------------


def _beam(first, after, n, beams, choose="all"):
    sentences = [([w], first[w]) for w in range(len(first))]
    sentences = sorted(sentences, key=lambda s: -s[1])[:beams]
    for _ in range(n - 1):
        longer = []
        for said, score in sentences:
            mine = [([*said, w], score + after[said[-1], w]) for w in range(len(first))]
            longer += sorted(mine, key=lambda s: -s[1])[:1] if choose == "one each" else mine
        longer.sort(key=lambda s: -s[1])
        sentences = longer if choose == "no limit" else longer[:beams]
    return sentences[0][0]


@_book.add(
    "beam",
    stub=lambda first, after, n, beams: ...,
    reference=_beam,
    wrong=[
        Wrong(lambda f, a, n, k: _beam(f, a, n, 1), "greedy", "ignores the width"),
        Wrong(
            lambda f, a, n, k: _beam(f, a, n, k, "one each"),
            "from the same beginning",
            "keeps one continuation of each beginning",
        ),
        Wrong(
            lambda f, a, n, k: _beam(f, a, n, k, "no limit"),
            "all sentences",
            "never throws a beginning away",
        ),
        Wrong(
            lambda f, a, n, k: _beam(np.exp(f), np.exp(a), n, k),
            "add logarithms",
            "adds probabilities",
        ),
    ],
)
def _beam_check(answer: Callable) -> None:
    cases = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        first = np.log(rng.dirichlet(np.full(4, 0.5)))
        after = np.log(rng.dirichlet(np.full(4, 0.5), size=4))
        cases.append((first, after, 4, (2, 3, 1, 64)[seed % 4]))
    got = []
    for case in cases:
        got.append([int(w) for w in given(answer(*case), "the sentence")])
    want = [_best_of_all(*case[:3]) if case[3] == 64 else _beam(*case) for case in cases]
    if got == want:
        return
    usual = [
        (lambda f, a, n, k: _beam(f, a, n, 1), "that is greedy, whatever the width."),
        (
            lambda f, a, n, k: _beam(np.exp(f), np.exp(a), n, k),
            "probabilities are multiplied: add logarithms.",
        ),
        (
            lambda f, a, n, k: _beam(f, a, n, k, "one each"),
            "the best K may all come from the same beginning.",
        ),
        (
            lambda f, a, n, k: _beam(f, a, n, k, "no limit"),
            "that is the best of all sentences; a narrow beam loses it on the way.",
        ),
    ]
    for wrong, hint in usual:
        if got == [wrong(*case) for case in cases]:
            raise Incorrect(hint)
    i = next(i for i in range(len(cases)) if got[i] != want[i])
    raise Incorrect(f"with a beam of {cases[i][3]} expected {want[i]}; got {got[i]}.")


def _best_of_all(first: np.ndarray, after: np.ndarray, n: int) -> list[int]:
    """The most probable sentence, by enumeration."""
    every = np.array(list(itertools.product(range(len(first)), repeat=n)))
    total = first[every[:, 0]] + after[every[:, :-1], every[:, 1:]].sum(axis=1)
    return every[total.argmax()].tolist()


# -- The schedule ---------------------------------------------------------------------------------


@_book.add(
    "half_rate",
    stub=(..., ...),
    reference=(2000, 16_000),
    wrong=[
        Wrong((2000, 8000), "root", "halves the rate when the step doubles"),
        Wrong((2000, 6000), "as fast as it rose", "thinks of a triangle"),
        Wrong((1000, 16_000), "straight line", "takes a root on the way up"),
        Wrong((2000, 12_000), "after step 0", "counts from the end of the warm-up"),
    ],
)
def _half_rate(answer: Any) -> None:
    answer = given(answer, "the answer")
    if len(answer) != 2:
        raise Incorrect(f"two steps are asked for; got {len(answer)}.")
    up, down = (float(array(a, "a step")) for a in answer)
    rate = np.minimum(np.arange(1, 40_001) ** -0.5, np.arange(1, 40_001) * 4000**-1.5)
    at_least = np.flatnonzero(rate >= rate.max() / 2 * (1 - 1e-12)) + 1
    if (up, down) == (at_least[0], at_least[-1]):
        return
    if up != at_least[0]:
        raise Incorrect("on the way up the rate is a straight line through zero.")
    hints = {
        8000.0: "it falls as one over the root of the step: twice the step is not half the rate.",
        6000.0: "it does not fall as fast as it rose.",
        12_000.0: "steps are counted after step 0, not after the warm-up.",
    }
    raise Incorrect(hints.get(down, "solve t^(-1/2) = n^(-1/2) / 2 for t."))


EXERCISES = _book.all
check = _book.check
