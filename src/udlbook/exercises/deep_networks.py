"""Exercises of the chapter *Deep networks*.

The checks take plain numbers, arrays and functions. Their truth comes from networks written out
in a line, from central differences and from counting, never from the modules that the chapter
teaches.
"""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from ._core import Exercises, Incorrect, Wrong, array, given, same

_book = Exercises("deep_networks")


# -- Two networks become one ----------------------------------------------------------------------


def _merge(W_1: Any, b_1: Any, V_0: Any, c_0: Any) -> tuple:
    return V_0 @ W_1, c_0 + V_0 @ b_1


@_book.add(
    "merge",
    stub=lambda W_1, b_1, V_0, c_0: (..., ...),
    reference=_merge,
    wrong=[
        Wrong(
            lambda W_1, b_1, V_0, c_0: (W_1 @ V_0, c_0 + V_0 @ b_1),
            "other order",
            "writes the map that acts first on the left",
        ),
        Wrong(
            lambda W_1, b_1, V_0, c_0: (V_0 @ W_1, c_0 + b_1),
            "goes through V_0",
            "adds the biases as they are",
        ),
        Wrong(
            lambda W_1, b_1, V_0, c_0: (V_0 @ W_1, V_0 @ b_1),
            "bias of the second",
            "loses the bias of the second network",
        ),
        Wrong(
            lambda W_1, b_1, V_0, c_0: (V_0 * W_1, c_0 + V_0 @ b_1),
            "element by element",
            "multiplies elements",
        ),
    ],
)
def _check_merge(answer: Callable) -> None:
    rng = np.random.default_rng(1)
    for hidden, between, after in [(3, 3, 3), (5, 2, 4)]:  # square first: no shape gives it away
        W_1, b_1 = rng.normal(size=(between, hidden)), rng.normal(size=between)
        V_0, c_0 = rng.normal(size=(after, between)), rng.normal(size=after)
        W, b = answer(W_1.copy(), b_1.copy(), V_0.copy(), c_0.copy())
        W, b = array(W, "the weights"), array(b, "the bias")
        h = rng.normal(size=hidden)
        step = c_0 + V_0 @ (b_1 + W_1 @ h)
        if same(W, V_0 @ W_1) and same(b + W @ h, step):
            continue
        if hidden == between == after:
            if same(W, W_1 @ V_0):
                raise Incorrect("W has its factors in the other order: h meets W_1 first.")
            if same(W, V_0 * W_1):
                raise Incorrect("V_0 times W_1 is a product of matrices, not element by element.")
        if same(b, c_0 + b_1):
            raise Incorrect("b_1 goes through V_0 too, before c_0 is added.")
        if same(b, V_0 @ b_1):
            raise Incorrect("the bias of the second network, c_0, is lost.")
        raise Incorrect("c_0 + V_0 (b_1 + W_1 h) differs from b + W h. Multiply it out.")


# -- Pieces of a composition ----------------------------------------------------------------------


@_book.add(
    "pieces",
    stub=...,
    reference=20,
    wrong=[
        Wrong(9, "each piece", "adds what should multiply"),
        Wrong(15, "three joints", "takes joints for pieces"),
        Wrong(19, "between them", "counts the joints of the composition"),
        Wrong(8, "joints add", "adds joints"),
    ],
)
def _check_pieces(answer: int) -> None:
    if answer == 20:
        return
    reasons = {
        9: "each piece of the first network runs over the whole second network.",
        15: "three joints make how many pieces?",
        19: "those are joints: the pieces between them are one more.",
        8: "it is not that joints add up: those of the second network appear several times.",
    }
    raise Incorrect(reasons.get(answer, "what does one of the five pieces show of the second?"))


# -- How many parameters? -------------------------------------------------------------------------


def _count(sizes: Sequence[int]) -> int:
    return sum((before + 1) * after for before, after in pairwise(sizes))


@_book.add(
    "parameters",
    stub=lambda sizes: ...,
    reference=_count,
    wrong=[
        Wrong(
            lambda sizes: sum(a * b for a, b in pairwise(sizes)),
            "biases are missing",
            "counts weights alone",
        ),
        Wrong(
            lambda sizes: sum(a * (b + 1) for a, b in pairwise(sizes)),
            "receives",
            "gives a bias to each unit that sends",
        ),
        Wrong(
            lambda sizes: _count(sizes[:-1]),
            "last layer",
            "stops at the hidden units",
        ),
        Wrong(
            lambda sizes: math.prod(sizes),
            "between neighbours",
            "thinks of one table with all widths",
        ),
    ],
)
def _check_parameters(answer: Callable) -> None:
    for sizes in ([2, 5, 3, 4], [1, 7, 1], [3, 2], [1, 2, 3, 4, 5]):
        got = given(answer(list(sizes)), "the count")
        want = 0
        for layer in range(1, len(sizes)):
            want += np.zeros((sizes[layer], sizes[layer - 1])).size + np.zeros(sizes[layer]).size
        if got == want:
            continue
        where = f"widths {sizes}: {want} numbers; got {got}. "
        if got == want - sum(sizes[1:]):
            raise Incorrect(where + "The biases are missing.")
        if got == want - sum(sizes[1:]) + sum(sizes[:-1]):
            raise Incorrect(where + "A bias belongs to the unit that receives, not to the sender.")
        if got == want - (sizes[-2] + 1) * sizes[-1]:
            raise Incorrect(where + "The last layer, which makes the outputs, is missing.")
        if got == math.prod(sizes):
            raise Incorrect(where + "Weights join a unit to those between neighbours only.")
        raise Incorrect(where + "Write down the shape of each W_k and b_k.")


# -- The most pieces ------------------------------------------------------------------------------


@_book.add(
    "most_pieces",
    stub=...,
    reference=120,
    wrong=[
        Wrong(24, "one more than", "multiplies joints"),
        Wrong(11, "in one layer", "counts as if all units were in one layer"),
        Wrong(1024, "on or off", "counts patterns of units that are on"),
        Wrong(119, "joints", "takes the joints for the pieces"),
    ],
)
def _check_most_pieces(answer: int) -> None:
    if answer == 120:
        return
    reasons = {
        24: "a layer of D units cuts a piece into at most one more than D.",
        11: "11 is what ten units can do in one layer.",
        1024: "2^10 ways of being on or off; a line through the inputs does not meet all of them.",
        119: "those are the joints.",
    }
    raise Incorrect(reasons.get(answer, "how many parts does each layer make of each piece?"))


# -- A fold in three ------------------------------------------------------------------------------


def _broken_line(x: np.ndarray, u: Any, c: Any, w: Any, b: float) -> np.ndarray:
    return np.maximum(np.multiply.outer(x, u) + c, 0) @ w + b


@_book.add(
    "fold",
    stub=(..., ..., ..., ...),
    reference=([3, 3, 3], [0, -1, -2], [1, -2, 2], 0),
    wrong=[
        Wrong(([3, 3, 3], [0, -1, -2], [1, -1, 1], 0), "turn", "lets the slope fall to 0 only"),
        Wrong(([3, 3, 3], [0, 1, 2], [1, -2, 2], 0), "minus the joint", "writes the joint as c"),
        Wrong(([1, 1, 1], [0, -1 / 3, -2 / 3], [1, -2, 2], 0), "three times", "has slope 1"),
        Wrong(([3, 3], [0, -1], [1, -2], 0), "last third", "uses one joint less"),
        Wrong(([3, 3, 3], [0, -1, -2], [-1, 2, -2], 1), "starts at 0", "begins by going down"),
    ],
)
def _check_fold(answer: Any) -> None:
    u, c, w = (np.atleast_1d(array(a, "a parameter")) for a in answer[:3])
    b = float(array(answer[3], "the bias"))
    if not u.shape == c.shape == w.shape:
        raise Incorrect(f"u, c and w need one number a unit; got {u.shape}, {c.shape}, {w.shape}.")
    if u.size > 3:
        raise Incorrect(f"three units are enough; got {u.size}.")
    x = np.linspace(0, 1, 901)
    got = _broken_line(x, u, c, w, b)
    want = abs(2 * np.mod(1.5 * x + 0.5, 1) - 1)  # 0, 1, 0, 1 at the thirds
    if same(got, want):
        twice = _broken_line(got, u, c, w, b)
        turns = np.count_nonzero(np.diff(np.sign(np.diff(twice))))
        assert turns == 8, f"nine pieces expected of the fold of the fold; got {turns + 1}"
        return
    at = dict(zip(("0", "1/3", "2/3", "1"), np.interp([0, 1 / 3, 2 / 3, 1], x, got), strict=True))
    if same(got, 1 - want):
        raise Incorrect("it folds, but upside down: the output starts at 0, so the first goes up.")
    if same(got, want / 3):
        raise Incorrect("each third must cover all of [0, 1]: make it three times as steep.")
    if abs(at["0"]) > 1e-9:
        raise Incorrect(
            f"at 0 the output is {at['0']:g}. With u > 0 the offset c is u times minus the joint."
        )
    if abs(at["2/3"] - at["1/3"]) < 1e-9:
        raise Incorrect("after 1/3 the line must turn from slope 3 to -3: what is the jump?")
    if abs(at["1"] - 1) > 1e-9:
        raise Incorrect(f"in the last third it must come up to 1 again; it ends at {at['1']:g}.")
    raise Incorrect("plot it: 0 at 0, 1 at 1/3, 0 at 2/3, 1 at 1, straight between.")


# -- Backward through two hidden layers -----------------------------------------------------------


def _first_gradient(
    X: Any, Y_bar: Any, W_0: Any, b_0: Any, W_1: Any, b_1: Any, W_2: Any
) -> np.ndarray:
    H_1 = np.tanh(X @ W_0.T + b_0)
    H_2 = np.tanh(H_1 @ W_1.T + b_1)
    F_1_bar = (Y_bar @ W_2) * (1 - H_2**2)
    F_0_bar = (F_1_bar @ W_1) * (1 - H_1**2)
    return F_0_bar.T @ X


def _first_gradient_with(
    second: Callable, first: Callable, back: Callable, gather: Callable
) -> Callable:
    """A wrong answer, made of the four steps of the right one."""

    def gradient(X, Y_bar, W_0, b_0, W_1, b_1, W_2):
        H_1 = np.tanh(X @ W_0.T + b_0)
        H_2 = np.tanh(H_1 @ W_1.T + b_1)
        return gather((back((Y_bar @ W_2) * second(H_2), W_1) * first(H_1)).T @ X, len(X))

    return gradient


def _slope(H: np.ndarray) -> np.ndarray:
    return 1 - H**2


def _forward_matrix(F_bar: np.ndarray, W: np.ndarray) -> np.ndarray:
    return F_bar @ W.T


def _backward_matrix(F_bar: np.ndarray, W: np.ndarray) -> np.ndarray:
    return F_bar @ W


def _total(g: np.ndarray, n: int) -> np.ndarray:
    return g


_FIRST_WRONG = {
    "first": _first_gradient_with(_slope, np.ones_like, _backward_matrix, _total),
    "transposed": _first_gradient_with(_slope, _slope, _forward_matrix, _total),
    "value": _first_gradient_with(lambda H: H, lambda H: H, _backward_matrix, _total),
    "mean": _first_gradient_with(_slope, _slope, _backward_matrix, lambda g, n: g / n),
}


@_book.add(
    "backward",
    stub=lambda X, Y_bar, W_0, b_0, W_1, b_1, W_2: ...,
    reference=_first_gradient,
    wrong=[
        Wrong(_FIRST_WRONG["first"], "first layer bends", "forgets the last activation"),
        Wrong(_FIRST_WRONG["transposed"], "the other way", "uses W_1 as in the forward pass"),
        Wrong(_FIRST_WRONG["value"], "slope of tanh", "multiplies by values, not slopes"),
        Wrong(_FIRST_WRONG["mean"], "divided", "takes the mean once more"),
    ],
)
def _check_backward(answer: Callable) -> None:
    rng = np.random.default_rng(6)
    X, Y_bar = rng.normal(size=(7, 2)), rng.normal(size=(7, 3))
    W_0, b_0 = rng.normal(size=(4, 2)), rng.normal(size=4)
    W_1, b_1 = rng.normal(size=(4, 4)), rng.normal(size=4)  # square: no shape gives it away
    W_2 = rng.normal(size=(3, 4))
    given_arrays = (X, Y_bar, W_0, b_0, W_1, b_1, W_2)
    got = array(answer(*(a.copy() for a in given_arrays)), "the gradient")

    def loss(W):  # its derivative by the outputs is Y_bar
        return np.sum(Y_bar * (np.tanh(np.tanh(X @ W.T + b_0) @ W_1.T + b_1) @ W_2.T))

    want = np.zeros_like(W_0)
    for place in np.ndindex(W_0.shape):
        step = np.zeros_like(W_0)
        step[place] = 1e-5
        want[place] = (loss(W_0 + step) - loss(W_0 - step)) / 2e-5
    if got.shape != want.shape:
        raise Incorrect(f"a gradient has the shape of W_0, {want.shape}; got {got.shape}.")
    if same(got, want, 1e-6):
        return
    hints = {
        "first": "the first layer bends too: multiply by the slope of its activation.",
        "transposed": "on the way back a matrix is passed the other way: F_bar W, not F_bar W^T.",
        "value": "the factor of a bend is the slope of tanh, 1 - tanh^2, not its value.",
        "mean": "the sum over the examples was divided by their number; Y_bar has the 1/N.",
    }
    for name, hint in hints.items():
        if same(got, _FIRST_WRONG[name](*given_arrays)):
            raise Incorrect(hint)
    raise Incorrect("central differences disagree. Go back one step at a time, from Y_bar.")


# -- A derivation: the Jacobian of a residual network ---------------------------------------------


def _residual_jacobian(blocks: Sequence[tuple], x: Any) -> np.ndarray:
    h, J = x, np.eye(len(x))
    for W, V in blocks:
        J = J + V @ np.diag(1 - np.tanh(W @ h) ** 2) @ W @ J
        h = h + V @ np.tanh(W @ h)
    return J


def _block_jacobians(blocks: Sequence[tuple], x: Any) -> list[np.ndarray]:
    found, h = [], x
    for W, V in blocks:
        found.append(V @ np.diag(1 - np.tanh(W @ h) ** 2) @ W)
        h = h + V @ np.tanh(W @ h)
    return found


def _residual_without_plus(blocks: Sequence[tuple], x: Any) -> np.ndarray:
    return np.linalg.multi_dot([*_block_jacobians(blocks, x)[::-1], np.eye(len(x))])


def _residual_reversed(blocks: Sequence[tuple], x: Any) -> np.ndarray:
    steps = [np.eye(len(x)) + J for J in _block_jacobians(blocks, x)]
    return np.linalg.multi_dot([*steps, np.eye(len(x))])


def _residual_sum(blocks: Sequence[tuple], x: Any) -> np.ndarray:
    return np.eye(len(x)) + sum(_block_jacobians(blocks, x))


def _residual_same_place(blocks: Sequence[tuple], x: Any) -> np.ndarray:
    J = np.eye(len(x))
    for W, V in blocks:
        J = J + V @ np.diag(1 - np.tanh(W @ x) ** 2) @ W @ J
    return J


@_book.add(
    "residual",
    stub=lambda blocks, x: ...,
    reference=_residual_jacobian,
    wrong=[
        Wrong(_residual_without_plus, "plus sign", "forgets the identity"),
        Wrong(_residual_reversed, "leftmost", "multiplies in the order of the blocks"),
        Wrong(_residual_sum, "through two blocks", "adds blocks and drops their products"),
        Wrong(_residual_same_place, "its own input", "takes all slopes at x"),
    ],
)
def _check_residual(answer: Callable) -> None:
    rng = np.random.default_rng(7)
    blocks = [(rng.normal(size=(4, 3)), rng.normal(size=(3, 4))) for _ in range(3)]
    x = rng.normal(size=3)

    def run(h):
        for W, V in blocks:
            h = h + V @ np.tanh(W @ h)
        return h

    steps = 1e-5 * np.eye(3)
    want = np.stack([(run(x + s) - run(x - s)) / 2e-5 for s in steps], axis=1)
    got = array(answer([(W.copy(), V.copy()) for W, V in blocks], x.copy()), "the Jacobian")
    if got.shape != want.shape:
        raise Incorrect(f"three inputs, three outputs: shape (3, 3); got {got.shape}.")
    if same(got, want, 1e-6):
        return
    if same(got, want.T, 1e-6):
        raise Incorrect("it is transposed: outputs belong in rows.")
    if same(got, _residual_without_plus(blocks, x)):
        raise Incorrect("each block hands its input on too: the plus sign makes an identity.")
    if same(got, _residual_reversed(blocks, x)):
        raise Incorrect("the last block acts last, so its factor stands leftmost.")
    if same(got, _residual_sum(blocks, x)):
        raise Incorrect("a nudge may also pass through two blocks: the factors multiply.")
    if same(got, _residual_same_place(blocks, x)):
        raise Incorrect("each block has its slopes at its own input h_k, not at x.")
    raise Incorrect("central differences disagree. Follow a nudge through one block first.")


# -- How far can a gradient fade? -----------------------------------------------------------------


@_book.add(
    "fade",
    stub=...,
    reference=0.25**10,
    wrong=[
        Wrong(1.0, "largest slope", "thinks of a hinge"),
        Wrong(0.5**10, "value", "takes the value at 0 for the slope"),
        Wrong(10 * 0.25, "multiply", "adds along the chain"),
        Wrong(0.25, "ten bends", "counts one bend"),
    ],
)
def _check_fade(answer: float) -> None:
    if math.isclose(answer, 4.0**-10, rel_tol=0.02):
        return
    for wrong, reason in [
        (1.0, "what is the largest slope that a sigmoid has anywhere?"),
        (0.5**10, "1/2 is the value of the sigmoid at 0; its slope there is smaller."),
        (2.5, "along a chain the slopes multiply."),
        (0.25, "there are ten bends on the way, not one."),
    ]:
        if math.isclose(answer, wrong, rel_tol=0.02):
            raise Incorrect(reason)
    raise Incorrect("the derivative is a product of ten slopes. How large is each, at most?")


check = _book.check
EXERCISES = _book.all
