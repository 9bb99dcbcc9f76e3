"""Exercises of the chapter *Graph networks*.

Truth comes from loops over edges, from differences along random directions, from counting all
subsets, all walks and all triples, and from exact sums over binomials. Where a wrong answer has a
typical cause, the check computes what that cause would give and names it.
"""

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ._core import Exercises, Incorrect, Wrong, array, given, number, same

_book = Exercises("graphs")


def _random_adjacency(rng: np.random.Generator, n: int, p: float) -> np.ndarray:
    A = np.triu(rng.random((n, n)) < p, 1).astype(float)
    return A + A.T


# -- Gather and scatter ---------------------------------------------------------------------------


def _hear(edges: np.ndarray, x: np.ndarray) -> np.ndarray:
    m = np.zeros_like(x)
    np.add.at(m, edges[1], x[edges[0]])
    return m


def _overwrite(edges: np.ndarray, x: np.ndarray) -> np.ndarray:
    m = np.zeros_like(x)
    m[edges[1]] += x[edges[0]]
    return m


@_book.add(
    "hear",
    stub=lambda edges, x: ...,
    reference=_hear,
    wrong=[
        Wrong(_overwrite, "only one of them", "adds with a fancy index, which keeps the last"),
        Wrong(lambda e, x: _hear(e[::-1], x), "backwards", "swaps sender and receiver"),
        Wrong(lambda e, x: x + _hear(e, x), "itself", "adds the node's own features"),
        Wrong(
            lambda e, x: _hear(e, x) / np.maximum(np.bincount(e[1], minlength=len(x)), 1)[:, None],
            "a sum",
            "takes the mean",
        ),
    ],
)
def _hear_check(answer: Callable) -> None:
    rng = np.random.default_rng(1)
    A = rng.random((6, 6)) < 0.4
    A[:, 2] = False  # nobody is heard by node 2
    A[0, 1] = A[3, 1] = True
    np.fill_diagonal(A, False)
    edges = np.array(np.nonzero(A))
    x = rng.normal(size=(6, 3))

    def loop(sender: np.ndarray, receiver: np.ndarray, add: bool = True) -> np.ndarray:
        m = np.zeros((6, 3))
        for s, r in zip(sender, receiver, strict=True):
            m[r] = m[r] * add + x[s]
        return m

    want = loop(*edges)
    got = array(answer(edges.copy(), x.copy()), "what the nodes hear")
    if got.shape != x.shape:
        raise Incorrect(f"return one row for each node, shape {x.shape}; got {got.shape}.")
    if same(got, want):
        return
    if same(got, loop(*edges, add=False)):
        raise Incorrect(
            "where several messages arrive at one node, only one of them stays: m[index] += ... "
            "writes once for each place. Use np.add.at."
        )
    if same(got, loop(*edges[::-1])):
        raise Incorrect("messages run backwards: row 0 sends, row 1 receives.")
    if same(got, want + x):
        raise Incorrect("a node hears its neighbours, not itself; there are no loops here.")
    count = A.sum(0)[:, None]
    if same(got * np.maximum(count, 1), want):
        raise Incorrect("asked for is a sum, not a mean.")
    raise Incorrect("the messages x[edges[0]] must be added up at edges[1].")


# -- The normalized adjacency ---------------------------------------------------------------------


def _normalize(A: np.ndarray) -> np.ndarray:
    A = A + np.eye(len(A))
    d = A.sum(1)
    return A / np.sqrt(d[:, None] * d)


@_book.add(
    "normalize",
    stub=lambda A: ...,
    reference=_normalize,
    wrong=[
        Wrong(
            lambda A: A / np.sqrt(A.sum(1)[:, None] * A.sum(1)), "without loops", "adds no loops"
        ),
        Wrong(
            lambda A: (A + np.eye(len(A))) / (A.sum(1) + 1)[:, None],
            "rows that sum to one",
            "divides by the receiver's degree alone",
        ),
        Wrong(
            lambda A: (A + np.eye(len(A))) / np.sqrt(A.sum(1)[:, None] * A.sum(1)),
            "before the loops",
            "takes the degrees of A, not of A + I",
        ),
        Wrong(
            lambda A: (A + np.eye(len(A))) / ((A.sum(1) + 1)[:, None] * (A.sum(1) + 1)),
            "square root",
            "divides by the whole degrees",
        ),
    ],
)
def _normalize_check(answer: Callable) -> None:
    A = _random_adjacency(np.random.default_rng(2), 6, 0.5)
    A[np.arange(5), np.arange(1, 6)] = A[np.arange(1, 6), np.arange(5)] = 1
    want = np.zeros((6, 6))
    plain = [int(A[i].sum()) for i in range(6)]
    for i, j in itertools.product(range(6), range(6)):
        if i == j or A[i, j]:
            want[i, j] = 1 / math.sqrt((plain[i] + 1) * (plain[j] + 1))
    got = array(answer(A.copy()), "the matrix")
    if got.shape != A.shape:
        raise Incorrect(f"return a matrix of shape {A.shape}; got {got.shape}.")
    if same(got, want):
        return
    if not got.diagonal().any():
        raise Incorrect("your nodes are without loops: each must hear itself.")
    if np.allclose(got.sum(1), 1):
        raise Incorrect("that has rows that sum to one; both degrees must share the division.")
    if same(got, want**2):
        raise Incorrect("take the square root of each degree.")
    scale = np.sqrt([[(p + 1) * (q + 1) / (p * q) for q in plain] for p in plain])
    if same(got, want * scale):
        raise Incorrect("you counted the degrees before the loops were there.")
    raise Incorrect("entry (i, j) is 1 / sqrt(d_i d_j) where i = j or an edge is.")


# -- How far does a target look? ------------------------------------------------------------------


@_book.add(
    "receptive",
    stub=...,
    reference=53,
    wrong=[
        Wrong(64, "where it came from", "multiplies by four in each round"),
        Wrong(36, "the last ring", "counts the nodes at distance three alone"),
        Wrong(52, "itself", "leaves the target out"),
        Wrong(85, "has four new", "adds 1 + 4 + 16 + 64"),
        Wrong(17, "one round more", "counts two rounds"),
    ],
)
def _receptive(answer: Any) -> None:
    got = number(answer, "the number of nodes")
    frontier, seen = {()}, {()}  # a node of the tree is the path to it: four ways, then three
    for _ in range(3):
        frontier = {(*p, i) for p in frontier for i in range(3 if p else 4)}
        seen |= frontier
    if got == len(seen):
        return
    if got == 64:
        raise Incorrect("one of the four neighbours is where it came from.")
    if got == 85:
        raise Incorrect("only the target has four new neighbours; the others have three.")
    if got == len(frontier):
        raise Incorrect("that is the last ring; all before it count, too.")
    if got == len(seen) - 1:
        raise Incorrect("the target needs itself, too.")
    if got == 17:
        raise Incorrect("three layers look one round more.")
    raise Incorrect("draw the tree: how many nodes are at distance 0, 1, 2 and 3?")


# -- What a mean over neighbours is worth ---------------------------------------------------------


@_book.add(
    "ratio",
    stub=lambda mu, d, h: ...,
    reference=lambda mu, d, h: (2 * h - 1) * mu / math.sqrt((1 + 4 * h * (1 - h) * mu**2) / d),
    wrong=[
        Wrong(
            lambda mu, d, h: (2 * h - 1) * mu * math.sqrt(d),
            "neighbours themselves",
            "forgets that the groups of the neighbours vary",
        ),
        Wrong(
            lambda mu, d, h: mu * math.sqrt(d / (1 + 4 * h * (1 - h) * mu**2)),
            "pull the mean back",
            "forgets the factor 2 h - 1",
        ),
        Wrong(
            lambda mu, d, h: (2 * h - 1) * mu * d / (1 + 4 * h * (1 - h) * mu**2),
            "standard deviation",
            "divides by the variance",
        ),
        Wrong(
            lambda mu, d, h: (2 * h - 1) * mu / math.sqrt(1 + 4 * h * (1 - h) * mu**2),
            "shrinks with d",
            "does not average the noise",
        ),
    ],
)
def _ratio_check(answer: Callable) -> None:
    for mu, d, h in [(1.0, 1, 0.8), (0.6, 5, 0.7), (2.0, 12, 0.3)]:
        got = number(answer(mu, d, h), "the ratio")
        k = np.arange(d + 1)  # neighbours of the own group: a sum over all counts
        p = np.array([math.comb(d, i) * h**i * (1 - h) ** (d - i) for i in k])
        means = mu * (2 * k - d) / d
        mean = np.sum(p * means)
        mixed = np.sum(p * means**2) - mean**2
        want = mean / math.sqrt(mixed + 1 / d)
        if math.isclose(got, want, rel_tol=1e-9):
            continue
        if math.isclose(got, mean / math.sqrt(1 / d), rel_tol=1e-9):
            raise Incorrect(
                "the noise is right, but the neighbours themselves are drawn: their number in "
                "the own group varies."
            )
        if math.isclose(got, mu / math.sqrt(mixed + 1 / d), rel_tol=1e-9):
            raise Incorrect("neighbours of the other group pull the mean back.")
        if math.isclose(got, mean / (mixed + 1 / d), rel_tol=1e-9):
            raise Incorrect("divide by the standard deviation, not by the variance.")
        if math.isclose(got, mean / math.sqrt((mixed + 1 / d) * d), rel_tol=1e-9):
            raise Incorrect("that is one neighbour; the variance of a mean shrinks with d.")
        raise Incorrect(f"for mu = {mu}, d = {d}, h = {h} it is {want:.5f}; got {got:.5f}.")


# -- Softmax among edges --------------------------------------------------------------------------


def _edge_softmax(scores: np.ndarray, receiver: np.ndarray, n: int) -> np.ndarray:
    top = np.full(n, -np.inf)
    np.maximum.at(top, receiver, scores)
    e = np.exp(scores - top[receiver])
    total = np.zeros(n)
    np.add.at(total, receiver, e)
    return e / total[receiver]


def _one_top(scores: np.ndarray, receiver: np.ndarray, n: int, top: bool) -> np.ndarray:
    with np.errstate(all="ignore"):
        e = np.exp(scores - (scores.max() if top else 0))
        return e / np.bincount(receiver, e, n)[receiver]


@_book.add(
    "softmax",
    stub=lambda scores, receiver, n: ...,
    reference=_edge_softmax,
    wrong=[
        Wrong(
            lambda s, r, n: np.exp(s - s.max()) / np.exp(s - s.max()).sum(),
            "all edges together",
            "forgets the receivers",
        ),
        Wrong(lambda s, r, n: _one_top(s, r, n, False), "overflow", "takes off no maximum"),
        Wrong(
            lambda s, r, n: _one_top(s, r, n, True),
            "maximum of its own",
            "takes the maximum of all edges off, which underflows elsewhere",
        ),
        Wrong(
            lambda s, r, n: _one_top(s, r, n, True) * np.bincount(r, minlength=n)[r],
            "sum to one",
            "multiplies by the degree",
        ),
    ],
)
def _softmax_check(answer: Callable) -> None:
    rng = np.random.default_rng(3)
    receiver = np.array([0, 2, 0, 1, 2, 2, 0])
    for shift in (np.zeros(4), np.array([900.0, -900.0, 0.0, 0.0])):
        scores = rng.normal(size=7) + shift[receiver]
        want = np.zeros(7)
        for v in range(3):
            mine = [i for i in range(7) if receiver[i] == v]
            for i in mine:
                want[i] = 1 / sum(math.exp(scores[j] - scores[i]) for j in mine)
        got = array(answer(scores.copy(), receiver.copy(), 4), "the weights")
        if got.shape != scores.shape:
            raise Incorrect(f"return one weight for each edge; got shape {got.shape}.")
        if same(got, want, 1e-8):
            continue
        if shift.any() and not np.all(np.isfinite(got[receiver == 0])):
            raise Incorrect("scores near 900 overflow; take a maximum off before exp.")
        if shift.any() and not np.all(np.isfinite(got)):
            raise Incorrect("scores near -900 vanish; each receiver needs a maximum of its own.")
        if math.isclose(got.sum(), 1):
            raise Incorrect("that is a softmax over all edges together.")
        raise Incorrect("the weights of the edges into one node must sum to one.")


# -- The gradient runs back along the edges -------------------------------------------------------


@_book.add(
    "backward",
    stub=lambda A, H, W, G: (..., ...),
    reference=lambda A, H, W, G: (A.T @ G @ W.T, H.T @ A.T @ G),
    wrong=[
        Wrong(
            lambda A, H, W, G: (A @ G @ W.T, H.T @ A @ G), "transposed", "uses A where A^T belongs"
        ),
        Wrong(
            lambda A, H, W, G: (H.T @ A.T @ G, A.T @ G @ W.T),
            "other order",
            "returns the two in the wrong order",
        ),
        Wrong(lambda A, H, W, G: (G @ W.T, H.T @ G), "the edges", "leaves the graph out"),
        Wrong(
            lambda A, H, W, G: (A.T @ G @ W.T, (A @ H).T @ G / len(H)),
            "a mean",
            "divides by the number of nodes",
        ),
    ],
)
def _backward_check(answer: Callable) -> None:
    rng = np.random.default_rng(4)
    A = rng.normal(size=(5, 5)) * (rng.random((5, 5)) < 0.6)
    H, W, G = rng.normal(size=(5, 3)), rng.normal(size=(3, 2)), rng.normal(size=(5, 2))
    found = given(answer(A.copy(), H.copy(), W.copy(), G.copy()), "the gradients")
    if not (isinstance(found, tuple) and len(found) == 2):
        raise Incorrect("return two arrays: the gradient by H, then the gradient by W.")
    got = [array(v, "a gradient") for v in found]
    if [v.shape for v in got] == [W.shape, H.shape]:
        raise Incorrect("the two are in the other order: first by H, then by W.")
    if [v.shape for v in got] != [H.shape, W.shape]:
        raise Incorrect(f"a gradient has the shape of its variable: {H.shape} and {W.shape}.")

    def slope(f: Callable, x: np.ndarray) -> np.ndarray:
        out = np.zeros_like(x)
        for i in np.ndindex(x.shape):
            step = np.zeros_like(x)
            step[i] = 1e-4
            out[i] = (np.sum(G * f(x + step)) - np.sum(G * f(x - step))) / 2e-4
        return out

    want = [slope(lambda h: A @ h @ W, H), slope(lambda w: A @ H @ w, W)]
    if same(got[0], want[0], 1e-6) and same(got[1], want[1], 1e-6):
        return
    if same(got[0], slope(lambda h: h @ W, H), 1e-6):
        raise Incorrect("the edges are missing: the gradient runs along them, too.")
    if same(got[0], slope(lambda h: A.T @ h @ W, H), 1e-6):
        raise Incorrect("what runs from j to i must come back from i to j: A is transposed.")
    if same(got[1] * len(H), want[1], 1e-6):
        raise Incorrect("the loss is what it is; do not make a mean of it.")
    raise Incorrect("differences disagree; write Y_ik as a sum and differentiate.")


# -- The price of a sample ------------------------------------------------------------------------


@_book.add(
    "sampled",
    stub=lambda x, k: ...,
    reference=lambda x, k: np.var(x, ddof=1) / k * (1 - k / len(x)),
    wrong=[
        Wrong(lambda x, k: np.var(x) / k, "without repetition", "is the variance with repetition"),
        Wrong(lambda x, k: np.var(x, ddof=1) / k, "all neighbours", "leaves the correction out"),
        Wrong(lambda x, k: np.var(x) / k * (1 - k / len(x)), "N - 1", "divides the variance by d"),
        Wrong(
            lambda x, k: np.sqrt(np.var(x, ddof=1) / k * (1 - k / len(x))),
            "squared",
            "returns the standard deviation",
        ),
    ],
)
def _sampled_check(answer: Callable) -> None:
    rng = np.random.default_rng(5)
    for d, k in [(6, 2), (7, 3), (5, 5)]:
        x = rng.normal(size=d) * 2
        means = [sum(x[i] for i in c) / k for c in itertools.combinations(range(d), k)]
        want = sum(m * m for m in means) / len(means) - (sum(means) / len(means)) ** 2
        got = number(answer(x.copy(), k), "the variance")
        if math.isclose(got, want, rel_tol=1e-8, abs_tol=1e-12):
            continue
        square = np.sum((x - x.mean()) ** 2)
        if math.isclose(got, square / d / k, rel_tol=1e-9):
            raise Incorrect("that holds for draws with repetition; these are without repetition.")
        if math.isclose(got, square / (d - 1) / k, rel_tol=1e-9):
            raise Incorrect("with all neighbours, k = d, nothing is left to chance.")
        if math.isclose(got, square / d / k * (1 - k / d), rel_tol=1e-9):
            raise Incorrect("the sum of squares is divided by N - 1 here, with N neighbours.")
        if math.isclose(got**2, want, rel_tol=1e-9):
            raise Incorrect("asked for is the variance, the deviation squared.")
        raise Incorrect(f"over all {len(means)} samples of {k} the variance is {want:.5f}.")


# -- Triangles ------------------------------------------------------------------------------------


@_book.add(
    "triangles",
    stub=lambda A: ...,
    reference=lambda A: np.diag(A @ A @ A) / 2,
    wrong=[
        Wrong(lambda A: np.diag(A @ A @ A), "twice", "counts both directions"),
        Wrong(lambda A: np.diag(A @ A @ A) / 6, "of each node", "divides as for the whole graph"),
        Wrong(lambda A: np.trace(A @ A @ A) / 6, "one number for each", "counts for the graph"),
        Wrong(lambda A: np.diag(A @ A), "neighbours", "counts walks of length two"),
    ],
)
def _triangles_check(answer: Callable) -> None:
    rng = np.random.default_rng(6)
    hexagon = np.roll(np.eye(6), 1, axis=1) + np.roll(np.eye(6), -1, axis=1)
    for A in (_random_adjacency(rng, 7, 0.7), hexagon):
        n = len(A)
        want = np.zeros(n)
        for trio in itertools.combinations(range(n), 3):
            if all(A[i, j] for i, j in itertools.combinations(trio, 2)):
                want[list(trio)] += 1
        got = array(answer(A.copy()), "the counts")
        if got.shape != (n,):
            raise Incorrect(f"return one number for each node, shape {(n,)}; got {got.shape}.")
        if same(got, want):
            continue
        if same(got, 2 * want):
            raise Incorrect("each triangle is walked twice, once in each direction.")
        if same(got, want / 3):
            raise Incorrect("six is right for the whole graph; asked for are those of each node.")
        if same(got, A.sum(1)):
            raise Incorrect("those are the neighbours: walks of two steps that return.")
        raise Incorrect(f"the counts are {want.astype(int).tolist()}; got {got.tolist()}.")


check = _book.check
EXERCISES = _book.all
