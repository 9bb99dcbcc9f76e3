"""Exercises of the chapter *Word embeddings*.

Truth comes from loops over words in plain Python, from central differences and from searches over
grids, never from ``udlbook.sequence``. Where a wrong answer has a typical cause, the check
computes what that cause would give and names it.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ._core import Exercises, Incorrect, Wrong, array, given, same

_book = Exercises("embeddings")


# -- Pairs of a sentence --------------------------------------------------------------------------


def _pairs(sentence: list, window: int, right: bool = False, itself: bool = False) -> list:
    return [
        (word, sentence[j])
        for i, word in enumerate(sentence)
        for j in range(len(sentence))
        if abs(i - j) <= window and (itself or i != j) and (j > i or not right)
    ]


def _wrapped(sentence: list, window: int) -> list:
    steps = [o for o in range(-window, window + 1) if o]
    return [(w, sentence[(i + o) % len(sentence)]) for i, w in enumerate(sentence) for o in steps]


@_book.add(
    "pairs",
    stub=lambda sentence, window: ...,
    reference=_pairs,
    wrong=[
        Wrong(lambda s, w: _pairs(s, w, itself=True), "its own neighbour", "keeps offset zero"),
        Wrong(lambda s, w: _pairs(s, w, right=True), "left as well", "looks ahead only"),
        Wrong(lambda s, w: _pairs(s, w // 2), "to each side", "splits the window in two halves"),
        Wrong(lambda s, w: _pairs(s, w - 1), "last place", "takes range(window) for the offsets"),
        Wrong(_wrapped, "around the end", "uses indices below zero or modulo the length"),
    ],
)
def _pairs_check(answer: Callable) -> None:
    for text, window in [("abcdefgh", 4), ("abac", 3), ("abcde", 1)]:
        sentence = list(text)
        got = sorted(tuple(p) for p in given(answer(list(text), window), "the pairs"))
        want = sorted(_pairs(sentence, window))
        if got == want:
            continue
        for hint, cause in [
            ("a word is not its own neighbour; leave offset 0 out.", {"itself": True}),
            ("neighbours stand to the left as well.", {"right": True}),
        ]:
            if got == sorted(_pairs(sentence, window, **cause)):
                raise Incorrect(hint)
        if got == sorted(_pairs(sentence, window // 2)):
            raise Incorrect("the window reaches so far to each side, not in all.")
        if got == sorted(_pairs(sentence, window - 1)):
            raise Incorrect("the last place of the window is missing.")
        if got == sorted(_wrapped(sentence, window)):
            raise Incorrect("you walk around the end of the sentence.")
        raise Incorrect(f"{text} with window {window} has {len(want)} pairs; got {len(got)}.")


# -- A tree, predicted ----------------------------------------------------------------------------


@_book.add(
    "huffman",
    stub=...,
    reference=15,
    wrong=[
        Wrong(18, "two bits each", "gives all words the same length"),
        Wrong(18 - 9, "leaves one step", "thinks that one decision is enough for each word"),
        Wrong(15 / 9, "per word", "gives the mean, where the sum is asked for"),
        Wrong(14.92, "entropy", "computes the bound, which whole decisions cannot reach here"),
        Wrong(17, "deepest", "hangs the frequent word at the bottom"),
    ],
)
def _huffman(answer: float) -> None:
    counts = [5, 2, 1, 1]
    entropy = -sum(c * math.log2(c / 9) for c in counts)
    got = float(answer)
    if got == 15:  # 5 x 1 + 2 x 2 + 1 x 3 + 1 x 3
        return
    if got == 18:
        raise Incorrect("that is the balanced tree, two bits each. Can the frequent word do less?")
    if got == 9:
        raise Incorrect(
            "nine words, one decision each: but only one leaf, or two, leaves one step."
        )
    if math.isclose(got, 15 / 9, rel_tol=1e-2):
        raise Incorrect("that is the mean per word; the question is about the whole text.")
    if math.isclose(got, entropy, rel_tol=2e-3):
        raise Incorrect("that is the entropy, a bound; decisions come in whole numbers.")
    if got > 15:
        raise Incorrect("a better tree exists: the two rarest words are to be the deepest.")
    raise Incorrect("no tree does with so few; join the two rarest, then the two rarest again.")


# -- A derivation: the slope by h -----------------------------------------------------------------


def _slope(h: Any, word: Any, noise: Any, minus: bool = True, mean: bool = False) -> np.ndarray:
    seen = 1 / (1 + np.exp(-word @ h)) - minus
    drawn = 1 / (1 + np.exp(-noise @ h))
    return seen * word + drawn @ noise / (len(noise) if mean else 1)


@_book.add(
    "slope",
    stub=lambda h, word, noise: ...,
    reference=_slope,
    wrong=[
        Wrong(lambda h, w, n: -_slope(h, w, n), "uphill", "differentiates the log likelihood"),
        Wrong(
            lambda h, w, n: _slope(h, w, n, minus=False),
            "pushed away from the word",
            "forgets that the label of the word is 1",
        ),
        Wrong(
            lambda h, w, n: _slope(h, w, 0 * n), "no part in it", "forgets the negative samples"
        ),
        Wrong(lambda h, w, n: _slope(h, w, n, mean=True), "sum over", "averages the noise"),
    ],
)
def _slope_check(answer: Callable) -> None:
    rng = np.random.default_rng(2)
    h, word, noise = rng.normal(size=4), rng.normal(size=4), rng.normal(size=(3, 4))

    def loss(h: np.ndarray) -> float:
        return math.log1p(math.exp(-word @ h)) + sum(math.log1p(math.exp(n @ h)) for n in noise)

    step = 1e-6 * np.eye(4)
    want = np.array([(loss(h + e) - loss(h - e)) / 2e-6 for e in step])
    got = array(answer(h.copy(), word.copy(), noise.copy()), "the slope")
    if same(-got, want, 1e-6):
        raise Incorrect("that points uphill in the likelihood: the loss has a minus in front.")
    if same(got - word, want, 1e-6):
        raise Incorrect("with yours h is pushed away from the word that was seen: its label is 1.")
    if same(got, _slope(h, word, 0 * noise), 1e-6):
        raise Incorrect("the noise has no part in it; each draw adds a sigmoid.")
    if same(got, _slope(h, word, noise, mean=True), 1e-6):
        raise Incorrect("equation 4 has a sum over the negative samples, not their mean.")
    if not same(got, want, 1e-6):
        raise Incorrect("central differences of the loss give another slope.")


# -- The noise ------------------------------------------------------------------------------------


def _power(counts: Any, power: float = 0.75) -> np.ndarray:
    weight = np.asarray(counts, float) ** power
    return weight / weight.sum()


@_book.add(
    "noise",
    stub=lambda counts: ...,
    reference=_power,
    wrong=[
        Wrong(lambda c: _power(c, 1.0), "three quarters", "draws in proportion to the counts"),
        Wrong(lambda c: _power(c, 4 / 3), "even more often", "takes the power the other way"),
        Wrong(
            lambda c: (c / c.sum()) ** 0.75,
            "sum to 1",
            "takes the power of probabilities, and does not normalize again",
        ),
        Wrong(lambda c: _power(c, 0.0), "all alike", "takes every word equally often"),
    ],
)
def _noise(answer: Callable) -> None:
    counts = np.array([1000, 81, 16, 1])
    got = array(answer(counts.astype(float)), "the probabilities")
    if got.shape != (4,) or not math.isclose(got.sum(), 1, rel_tol=1e-6):
        raise Incorrect("the probabilities must sum to 1; normalize after taking the power.")
    if same(got, np.full(4, 0.25)):
        raise Incorrect("you draw all alike; frequent words should still come more often.")
    odds = math.log(got[2] / got[3]) / math.log(16)
    if math.isclose(odds, 1, rel_tol=1e-6):
        raise Incorrect(
            "these are the shares of the text; the paper takes them to three quarters."
        )
    if odds > 1:
        raise Incorrect("with a power above 1 the frequent words come even more often.")
    if not math.isclose(got[2] / got[3], 8, rel_tol=1e-6):  # 16 ** 0.75, by hand
        raise Incorrect("a word with 16 times the count should be drawn 8 times as often.")
    if not math.isclose(got[1] / got[3], 27, rel_tol=1e-6):  # 81 ** 0.75
        raise Incorrect("a word with 81 times the count should be drawn 27 times as often.")


# -- Subsampling, predicted -----------------------------------------------------------------------


@_book.add(
    "subsample",
    stub=(..., ...),
    reference=(0.1, 1.0),
    wrong=[
        Wrong((0.9, 1.0), "is dropped", "gives the probability of dropping"),
        Wrong((0.01, 1.0), "root", "forgets the square root"),
        Wrong((0.1, 0.0), "rare word", "drops what is rare"),
        Wrong((0.1, 10.0), "cannot exceed", "does not stop at 1"),
    ],
)
def _subsample(answer: Any) -> None:
    often, rare = (float(given(a, "a probability")) for a in answer)
    if math.isclose(often, 0.9):
        raise Incorrect("that is how often the frequent word is dropped; how often does it stay?")
    if math.isclose(often, 0.01):
        raise Incorrect("0.001 / 0.1 is right, but the paper takes its root.")
    if rare > 1:
        raise Incorrect("a probability cannot exceed 1: below the threshold every one stays.")
    if rare == 0:
        raise Incorrect("it is the frequent word that loses; the rare word always stays.")
    if not (math.isclose(often, 0.1) and rare == 1):
        raise Incorrect("put the threshold over the share, take the root, and stop at 1.")


# -- A derivation: the best score -----------------------------------------------------------------


@_book.add(
    "best_score",
    stub=lambda seen, words, noise, k: ...,
    reference=lambda seen, words, noise, k: math.log(seen / (k * words * noise)),
    wrong=[
        Wrong(lambda s, w, q, k: math.log(s / (w * q)), "does not depend on k", "PMI, no shift"),
        Wrong(lambda s, w, q, k: math.log(k * s / (w * q)), "wrong way", "adds log k"),
        Wrong(
            lambda s, w, q, k: s / (s + k * w * q), "probability", "gives the sigmoid of the score"
        ),
        Wrong(lambda s, w, q, k: math.log2(s / (k * w * q)), "nats", "takes base 2"),
        Wrong(lambda s, w, q, k: math.log(s / (k * q)), "how often the word", "forgets #(w)"),
    ],
)
def _best_score(answer: Callable) -> None:
    for seen, words, noise, k in [(8.0, 100.0, 0.02, 3.0), (5.0, 40.0, 0.3, 2.0)]:
        got = float(array(answer(seen, words, noise, k), "the score"))

        def loss(s: Any, seen=seen, words=words, noise=noise, k=k) -> Any:
            return seen * np.logaddexp(0, -s) + k * words * noise * np.logaddexp(0, s)

        grid = np.linspace(-8, 8, 160_001)
        want = grid[np.argmin(loss(grid))]
        if abs(got - want) < 2e-4:
            continue
        if math.isclose(got, want + math.log(k), abs_tol=2e-4):
            raise Incorrect("yours does not depend on k; more noise must lower the score.")
        if math.isclose(got, want + 2 * math.log(k), abs_tol=2e-4):
            raise Incorrect("k works the wrong way: more noise must lower the score.")
        if math.isclose(got, 1 / (1 + math.exp(-want)), abs_tol=2e-4):
            raise Incorrect(
                "that is the probability that the pair was seen; the score is its logit."
            )
        if math.isclose(got * math.log(2), want, abs_tol=2e-4):
            raise Incorrect("the sigmoid is made with e, so the score is in nats.")
        if math.isclose(got, want + math.log(words), abs_tol=2e-4):
            raise Incorrect(
                "noise is drawn for every pair of the word: how often the word is seen."
            )
        raise Incorrect(f"a search over a grid finds the least loss at {want:.3f}, not {got:.3f}.")


# -- Analogies ------------------------------------------------------------------------------------


def _analogy(
    vectors: Any, a: int, b: int, c: int, unit: bool = True, exclude: bool = True, swap: int = 1
) -> int:
    vectors = np.asarray(vectors, float)
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    rows = vectors / length if unit else vectors
    score = rows @ (swap * (rows[b] - rows[a]) + rows[c])
    if exclude:
        score[[a, b, c]] = -np.inf
    return int(score.argmax())


@_book.add(
    "analogy",
    stub=lambda vectors, a, b, c: ...,
    reference=_analogy,
    wrong=[
        Wrong(
            lambda v, a, b, c: _analogy(v, a, b, c, exclude=False),
            "words of the question",
            "lets the answer be b or c",
        ),
        Wrong(
            lambda v, a, b, c: _analogy(v, a, b, c, unit=False),
            "long vector",
            "takes dot products for cosines",
        ),
        Wrong(
            lambda v, a, b, c: _analogy(v, a, b, c, swap=-1),
            "other way",
            "adds a and subtracts b",
        ),
    ],
)
def _analogy_check(answer: Callable) -> None:
    rng = np.random.default_rng(0)
    found = set()
    for _ in range(60):
        vectors = rng.normal(size=(14, 4)) * np.exp(rng.normal(size=(14, 1)))
        a, b, c = (int(i) for i in rng.choice(14, size=3, replace=False))
        got = int(given(answer(vectors.copy(), a, b, c), "the word"))

        def cosine(x: np.ndarray, y: np.ndarray) -> float:
            return float(x @ y) / math.sqrt(float(x @ x) * float(y @ y))

        want = max(
            (d for d in range(14) if d not in (a, b, c)),
            key=lambda d: sum(
                sign * cosine(vectors[d], vectors[w]) for sign, w in ((1, b), (-1, a), (1, c))
            ),
        )
        if got in (a, b, c):
            raise Incorrect("the words of the question are no answers; leave them out.")
        if got != want:
            causes = {"unit": _analogy(vectors, a, b, c, unit=False)}
            causes["swap"] = _analogy(vectors, a, b, c, swap=-1)
            found.add(tuple(name for name, word in causes.items() if word == got))
    if not found:
        return
    if all("unit" in names for names in found):
        raise Incorrect("a long vector wins too easily: divide all by their lengths first.")
    if all("swap" in names for names in found):
        raise Incorrect("you go the other way, from b to a.")
    raise Incorrect("the largest cos(d, b) - cos(d, a) + cos(d, c) belongs to other words.")


# -- Bias, predicted ------------------------------------------------------------------------------


@_book.add(
    "bias",
    stub=...,
    reference=-math.log(4) / (2 * math.log(19)),
    wrong=[
        Wrong(math.log(4) / (2 * math.log(19)), "on the side of queens", "mixes up the ends"),
        Wrong(
            -math.log(4) / math.log(19), "from -1/2 to 1/2", "forgets that the axis has length 1"
        ),
        Wrong(-0.3 / 0.9, "logarithms", "interpolates the shares instead of their log odds"),
        Wrong(-math.log(4), "length of the axis", "gives log odds in nats"),
    ],
)
def _bias(answer: float) -> None:
    got = float(answer)
    log_odds = {share: math.log(share / (1 - share)) for share in (0.8, 0.95)}
    want = -log_odds[0.8] / (log_odds[0.95] + log_odds[0.95])  # king at -1/2, queen at 1/2
    if math.isclose(got, want, rel_tol=1e-2):
        return
    if math.isclose(got, -want, rel_tol=1e-2):
        raise Incorrect('four of five are "his", and you put the job on the side of queens.')
    if math.isclose(got, 2 * want, rel_tol=1e-2):
        raise Incorrect("the axis goes from -1/2 to 1/2, so kings stand half a length off.")
    if math.isclose(got, -1 / 3, rel_tol=1e-2):
        raise Incorrect("you interpolate the shares; PMI is about logarithms, so take log odds.")
    if math.isclose(got, -log_odds[0.8], rel_tol=1e-2):
        raise Incorrect("that is in nats; divide by the length of the axis, from king to queen.")
    raise Incorrect("the place is the log odds of the job, relative to those of king and queen.")


check = _book.check
EXERCISES = _book.all
