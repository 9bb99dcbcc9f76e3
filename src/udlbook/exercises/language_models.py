"""Exercises of the chapter *Language models*.

Truth comes from closed forms and from short loops written out here. Where a wrong answer has a
typical cause, the check computes what that cause would give and names it.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ._core import Exercises, Incorrect, Wrong, array, given, number, same

_book = Exercises("language_models")


def _near(a: float, b: float, tolerance: float = 1e-6) -> bool:
    return math.isclose(a, b, rel_tol=tolerance, abs_tol=1e-9)


def _first_hint(got: Any, wrongs: list[tuple[Any, str]], equal: Callable = _near) -> None:
    """Raise the hint of the first known mistake that gives what was got."""
    for value, hint in wrongs:
        if equal(got, value):
            raise Incorrect(hint)


# -- One merge ------------------------------------------------------------------------------------


def _merge(tokens: list, pair: tuple, new: int) -> list:
    out, i = [], 0
    while i < len(tokens):
        if tuple(tokens[i : i + 2]) == tuple(pair):
            out, i = [*out, new], i + 2
        else:
            out, i = [*out, tokens[i]], i + 1
    return out


def _merge_first(tokens: list, pair: tuple, new: int) -> list:
    for i in range(len(tokens) - 1):
        if tuple(tokens[i : i + 2]) == tuple(pair):
            return [*tokens[:i], new, *tokens[i + 2 :]]
    return list(tokens)


def _merge_overlapping(tokens: list, pair: tuple, new: int) -> list:
    out = []
    for i, token in enumerate(tokens):
        if tuple(tokens[i : i + 2]) == tuple(pair):
            out.append(new)
        elif not (i and tuple(tokens[i - 1 : i + 1]) == tuple(pair)):
            out.append(token)
    return out


def _merge_from_the_end(tokens: list, pair: tuple, new: int) -> list:
    return _merge(tokens[::-1], pair[::-1], new)[::-1]


@_book.add(
    "merge",
    stub=lambda tokens, pair, new: ...,
    reference=_merge,
    wrong=[
        Wrong(_merge_first, "every occurrence", "stops after the first"),
        Wrong(_merge_overlapping, "cannot belong to two pairs", "lets occurrences overlap"),
        Wrong(_merge_from_the_end, "from left to right", "scans from the right"),
        Wrong(lambda t, p, n: list(t), "nothing was merged", "returns its input"),
    ],
)
def _check_merge(answer: Callable) -> None:
    for tokens in ([1, 2, 1, 2, 3], [7, 7, 7], [7, 7, 7, 7, 7], [1, 2], [], [2, 1, 1, 2]):
        for pair in ((1, 2), (7, 7)):
            got = [int(t) for t in given(answer(list(tokens), pair, 300), "the list")]
            want = _merge(tokens, pair, 300)
            if got == want:
                continue
            if got == list(tokens):
                raise Incorrect(f"{pair} stands in {tokens}, but nothing was merged.")
            if got == _merge_first(tokens, pair, 300) != _merge_from_the_end(tokens, pair, 300):
                raise Incorrect("merge every occurrence, not the first alone.")
            if got == _merge_from_the_end(tokens, pair, 300):
                raise Incorrect(f"in {tokens} go from left to right; the order matters.")
            if got == _merge_overlapping(tokens, pair, 300):
                raise Incorrect(f"in {tokens} a token cannot belong to two pairs at once.")
            raise Incorrect(f"for {tokens} and the pair {pair} expected {want}; got {got}.")


# -- Entropy of a symbol that calls itself --------------------------------------------------------


def _binary(p: float) -> float:
    return -p * math.log(p) - (1 - p) * math.log(1 - p)


@_book.add(
    "recursion",
    stub=lambda p, m: ...,
    reference=lambda p, m: (_binary(p) + p * math.log(m)) / (1 - p),
    wrong=[
        Wrong(lambda p, m: _binary(p) + p * math.log(m), "calls itself", "one round only"),
        Wrong(lambda p, m: (_binary(p) + math.log(m)) / (1 - p), "only if", "always a noun"),
        Wrong(
            lambda p, m: (_binary(p) + p * math.log(m)) / (1 - p) / math.log(2),
            "in bits",
            "logarithm to base 2",
        ),
        Wrong(lambda p, m: _binary(p) / (1 - p), "which noun", "forgets the choice of the noun"),
    ],
)
def _check_recursion(answer: Callable) -> None:
    for p, m in [(0.5, 12), (0.3, 5), (0.8, 2)]:
        got, want = number(answer(p, m)), (_binary(p) + p * math.log(m)) / (1 - p)
        if _near(got, want):
            continue
        wrongs = [
            (want * (1 - p), "the symbol calls itself: its entropy is on both sides."),
            (
                (_binary(p) + math.log(m)) / (1 - p),
                "a noun is chosen only if the symbol goes on, with probability p.",
            ),
            (want / math.log(2), "that is in bits; we count in nats."),
            (_binary(p) / (1 - p), "which noun it is has an entropy too."),
        ]
        _first_hint(got, wrongs)
        raise Incorrect(f"for p = {p} and {m} nouns expected {want:.4f} nats; got {got:.4f}.")


# -- What guessing the names costs ----------------------------------------------------------------

_GUESS = math.log(6 * 5) / 3


@_book.add(
    "guess",
    stub=...,
    reference=_GUESS,
    wrong=[
        Wrong(math.log(30), "a third", "forgets the other sentences"),
        Wrong(math.log(36) / 3, "thanks themselves", "guesses the names independently"),
        Wrong(math.log(6) / 3, "two names", "counts one name"),
        Wrong(math.log2(30) / 3, "in bits", "takes the logarithm to base 2"),
    ],
)
def _check_guess(answer: float) -> None:
    got = number(answer)
    if abs(got - _GUESS) < 2e-3:
        return
    wrongs = [
        (math.log(30), "only a third of the sentences are about gifts."),
        (math.log(36) / 3, "nobody gives or thanks themselves: after one name five are left."),
        (math.log(6) / 3, "two names come back, not one."),
        (math.log2(30) / 3, "that is in bits; the loss is in nats."),
    ]
    _first_hint(got, wrongs, lambda a, b: abs(a - b) < 2e-3)
    raise Incorrect(f"30 pairs are equally probable, in a third of the sentences; got {got:.3f}.")


# -- The nucleus ----------------------------------------------------------------------------------


def _nucleus(q: np.ndarray, p: float, *, extra: int = 0, scale: bool = True) -> np.ndarray:
    order = np.argsort(-q, kind="stable")
    size = int(np.searchsorted(np.cumsum(q[order]), p - 1e-12)) + 1 + extra
    out = np.zeros_like(q)
    out[order[: max(size, 0)]] = q[order[: max(size, 0)]]
    return out / out.sum() if scale and out.sum() else out


@_book.add(
    "nucleus",
    stub=lambda q, p: ...,
    reference=_nucleus,
    wrong=[
        Wrong(lambda q, p: _nucleus(q, p, scale=False), "sum to one", "does not scale up"),
        Wrong(lambda q, p: _nucleus(q, p, extra=-1), "crosses p", "leaves the crossing token out"),
        Wrong(lambda q, p: _nucleus(q, p, extra=1), "one too many", "takes one token more"),
        Wrong(
            lambda q, p: np.sort(_nucleus(q, p))[::-1],
            "own places",
            "returns the sorted probabilities",
        ),
    ],
)
def _check_nucleus(answer: Callable) -> None:
    near = lambda a, b: same(a, b, 1e-6)  # noqa: E731
    for q, p in [
        ([0.1, 0.5, 0.15, 0.25], 0.7),
        ([0.3, 0.1, 0.6], 0.5),
        ([0.05, 0.05, 0.2, 0.7], 0.95),
    ]:
        q = np.array(q)
        got, want = array(answer(q.copy(), p), "the distribution"), _nucleus(q, p)
        if near(got, want):
            continue
        wrongs = [
            (_nucleus(q, p, scale=False), "what is left must sum to one again."),
            (_nucleus(q, p, extra=-1), "the token that crosses p belongs to the nucleus."),
            (_nucleus(q, p, extra=1), "that is one too many: p was reached before."),
            (np.sort(want)[::-1], "put the probabilities back to their own places."),
        ]
        _first_hint(got, wrongs, near)
        raise Incorrect(f"for q = {q} and p = {p} expected {want.round(4)}; got {got.round(4)}.")


# -- Entropy against temperature ------------------------------------------------------------------


def _variance(logits: np.ndarray, t: float) -> float:
    q = np.exp((logits - logits.max()) / t)
    q /= q.sum()
    return float(q @ logits**2 - (q @ logits) ** 2)


@_book.add(
    "temperature",
    stub=lambda logits, t: ...,
    reference=lambda logits, t: _variance(logits, t) / t**3,
    wrong=[
        Wrong(lambda x, t: _variance(x, 1.0) / t**3, "under q_t", "variance at temperature one"),
        Wrong(lambda x, t: float(np.var(x)) / t**3, "weights q_t", "variance without weights"),
        Wrong(lambda x, t: _variance(x, t) / t**2, "power of t", "loses one factor of t"),
        Wrong(lambda x, t: -_variance(x, t) / t**3, "hotter", "has the wrong sign"),
    ],
)
def _check_temperature(answer: Callable) -> None:
    for t in (0.7, 2.0):
        logits = np.array([0.3, -1.0, 2.0, 0.9])
        got, want = number(answer(logits.copy(), t)), _variance(logits, t) / t**3
        if _near(got, want):
            continue
        wrongs = [
            (_variance(logits, 1.0) / t**3, "the variance is that under q_t, not under q_1."),
            (float(np.var(logits)) / t**3, "the variance has the weights q_t, not equal ones."),
            (want * t, "mind the power of t: the slope of 1 / t brings two, and 1 / t one more."),
            (-want, "hotter means flatter, so the entropy rises: check the sign."),
        ]
        _first_hint(got, wrongs)
        raise Incorrect(f"at t = {t} expected {want:.5f}; got {got:.5f}.")


# -- Parameters of GPT-2 --------------------------------------------------------------------------


def _gpt2(d: int, n_layers: int) -> int:
    return 50_257 * d + 1024 * d + n_layers * (12 * d * d + 13 * d) + 2 * d


@_book.add(
    "parameters",
    stub=lambda d, n_layers: ...,
    reference=_gpt2,
    wrong=[
        Wrong(lambda d, n: _gpt2(d, n) + 50_257 * d, "same table", "an output layer of its own"),
        Wrong(lambda d, n: _gpt2(d, n) - 13 * n * d, "biases and norms", "matrices only"),
        Wrong(lambda d, n: _gpt2(d, n) - 1024 * d, "positions", "no table of positions"),
        Wrong(lambda d, n: _gpt2(d, n) - 2 * d, "last norm", "forgets the norm at the end"),
    ],
)
def _check_parameters(answer: Callable) -> None:
    for d, n in [(768, 12), (1024, 24), (1280, 36), (1600, 48)]:
        got, want = number(answer(d, n)), _gpt2(d, n)
        if got == want:
            continue
        wrongs = [
            (want + 50_257 * d, "input and output share the same table: count it once."),
            (want - 13 * n * d, "each block has biases and norms too, 13 d numbers."),
            (want - 1024 * d, "learned positions have a table, too."),
            (want - 2 * d, "there is one last norm before the logits."),
        ]
        _first_hint(got, wrongs, lambda a, b: a == b)
        raise Incorrect(f"for d = {d} and {n} blocks expected {want:,}; got {got:,.0f}.")


# -- Rotary positions, by complex numbers ---------------------------------------------------------


def _turn(x: np.ndarray, place: float, *, sign: int = 1, base: float = 1e4) -> np.ndarray:
    d = len(x)
    angle = sign * place * base ** (-2 * np.arange(d // 2) / d)
    z = (x[::2] + 1j * x[1::2]) * np.exp(1j * angle)
    return np.stack([z.real, z.imag], axis=1).ravel()


def _turn_halves(x: np.ndarray, place: float) -> np.ndarray:
    z = (x[: len(x) // 2] + 1j * x[len(x) // 2 :]) * np.exp(
        1j * place * 1e4 ** (-2 * np.arange(len(x) // 2) / len(x))
    )
    return np.concatenate([z.real, z.imag])


@_book.add(
    "rotary",
    stub=lambda x, place: ...,
    reference=_turn,
    wrong=[
        Wrong(lambda x, m: _turn(x, m, sign=-1), "other way", "turns clockwise"),
        Wrong(lambda x, m: _turn(x, m, base=1.0), "slower", "one frequency for all pairs"),
        Wrong(_turn_halves, "neighbours", "pairs the first half with the second"),
        Wrong(lambda x, m: _turn(x, 1), "does not depend on the place", "forgets the place"),
    ],
)
def _check_rotary(answer: Callable) -> None:
    x = np.array([0.5, -1.0, 2.0, 0.3, 1.1, 0.7])
    near = lambda a, b: same(a, b, 1e-7)  # noqa: E731
    for place in (3, 0, 40):
        got, want = array(answer(x.copy(), place), "the vector"), _turn(x, place)
        if near(got, want):
            continue
        wrongs = [
            (_turn(x, place, sign=-1), "that turns the other way: (1, 0) must go to (cos, sin)."),
            (_turn(x, place, base=1.0), "each pair is slower than the one before it."),
            (_turn_halves(x, place), "pairs are neighbours: coordinates 2i and 2i + 1."),
            (_turn(x, 1), "your result does not depend on the place."),
        ]
        _first_hint(got, wrongs, near)
        raise Incorrect(f"at place {place} expected {want.round(4)}; got {got.round(4)}.")


# -- Memory of a cache ----------------------------------------------------------------------------


def _cache(n_layers: int, n_kv_heads: int, d_head: int, length: int, size: int) -> int:
    return 2 * n_layers * n_kv_heads * d_head * length * size


@_book.add(
    "cache",
    stub=lambda n_layers, n_kv_heads, d_head, length, size: ...,
    reference=_cache,
    wrong=[
        Wrong(lambda *a: _cache(*a) // 2, "keys and values", "counts one of the two"),
        Wrong(lambda n, g, d, t, s: _cache(1, g, d, t, s), "every layer", "one layer"),
        Wrong(lambda n, g, d, t, s: _cache(n, g, d, t, 1), "bytes", "counts numbers"),
        Wrong(lambda n, g, d, t, s: _cache(n, g, d, t, s) * t, "grows", "stores the weights"),
    ],
)
def _check_cache(answer: Callable) -> None:
    for args in [(12, 6, 64, 1024, 4), (32, 8, 128, 8192, 2), (3, 1, 16, 50, 2)]:
        got, want = number(answer(*args)), _cache(*args)
        n_layers, *_, length, size = args
        if got == want:
            continue
        wrongs = [
            (want / 2, "keys and values are both kept."),
            (want / n_layers, "every layer has a cache of its own."),
            (want / size, "that is how many numbers; how many bytes are they?"),
            (want * length, "weights are not kept: the cache grows in proportion to the length."),
        ]
        _first_hint(got, wrongs, lambda a, b: a == b)
        raise Incorrect(f"for {args} expected {want:,} bytes; got {got:,.0f}.")


check = _book.check
EXERCISES = _book.all
