"""Exercises of the chapter *Shallow networks*.

The checks take plain numbers, arrays and functions. Their truth comes from networks written out
in two lines, from central differences and from counts by brute force, never from the modules that
the chapter teaches.
"""

import math
from collections.abc import Callable
from itertools import combinations, product
from typing import Any

import numpy as np

from ._core import Exercises, Incorrect, Wrong, array, given, same

_book = Exercises("shallow")


def _network(x: np.ndarray, u: Any, c: Any, w: Any, b: float) -> np.ndarray:
    """A ReLU network with one input and one output, written out. Shapes: x (N,); u, c, w (H,)."""
    return np.maximum(np.multiply.outer(x, u) + c, 0) @ w + b


# -- The slopes of all pieces ---------------------------------------------------------------------


def _slopes(u: np.ndarray, c: np.ndarray, w: np.ndarray) -> np.ndarray:
    order = np.argsort(-c / u)
    first = np.sum((w * u)[u < 0])
    return first + np.concatenate([[0], np.cumsum((w * abs(u))[order])])


def _slopes_unsorted(u: np.ndarray, c: np.ndarray, w: np.ndarray) -> np.ndarray:
    return np.sum((w * u)[u < 0]) + np.concatenate([[0], np.cumsum(w * abs(u))])


def _slopes_from_zero(u: np.ndarray, c: np.ndarray, w: np.ndarray) -> np.ndarray:
    return np.concatenate([[0], np.cumsum((w * abs(u))[np.argsort(-c / u)])])


def _slopes_signed(u: np.ndarray, c: np.ndarray, w: np.ndarray) -> np.ndarray:
    jumps = (w * u)[np.argsort(-c / u)]
    return np.sum((w * u)[u < 0]) + np.concatenate([[0], np.cumsum(jumps)])


@_book.add(
    "slopes",
    stub=lambda u, c, w: ...,
    reference=_slopes,
    wrong=[
        Wrong(_slopes_unsorted, "from left to right", "takes the units in their own order"),
        Wrong(_slopes_from_zero, "already on", "thinks that all units are off at the far left"),
        Wrong(_slopes_signed, "same sign as w", "forgets that a falling unit switches off"),
        Wrong(lambda u, c, w: _slopes(u, c, w)[1:], "one more piece", "counts a piece a joint"),
    ],
)
def _check_slopes(answer: Callable) -> None:
    rng = np.random.default_rng(1)
    for _ in range(3):
        u = rng.choice([-1, 1], 5) * rng.uniform(0.5, 2, 5)
        u[:2] = -abs(u[0]), abs(u[1])  # both kinds
        joints = rng.permutation([-2.0, -0.7, 0.4, 1.1, 2.5])
        while (np.diff(joints) > 0).all():
            joints = rng.permutation(joints)
        c, w = -u * joints, rng.normal(size=5)
        got = array(answer(u.copy(), c.copy(), w.copy()), "the slopes")
        ends = np.concatenate([[-5], np.sort(joints), [5]])
        middle = (ends[1:] + ends[:-1]) / 2
        rise = _network(middle + 0.01, u, c, w, 0) - _network(middle - 0.01, u, c, w, 0)
        want = rise / 0.02
        if got.shape != want.shape:
            raise Incorrect(
                f"5 joints cut the line into 6 pieces, one more piece than joints; got slopes of "
                f"shape {got.shape}."
            )
        if same(got, want):
            continue
        if same(np.diff(got), np.diff(want)):
            raise Incorrect(
                "all jumps are right, but not the first slope: at the far left the units with "
                "negative u are already on."
            )
        if same(got, _slopes_signed(u, c, w)):
            raise Incorrect(
                "a unit with negative u goes off at its joint: there the slope loses w u, so the "
                "jump has the same sign as w."
            )
        if same(got, _slopes_unsorted(u, c, w)):
            raise Incorrect("the joints must be met from left to right: sort by -c / u.")
        raise Incorrect("measured slopes disagree. Which units are on in the middle of a piece?")


# -- A hat ----------------------------------------------------------------------------------------


@_book.add(
    "hat",
    stub=(..., ..., ..., ...),
    reference=([1, 1, 1], [0, -1, -2], [1, -2, 1], 0),
    wrong=[
        Wrong(([1, 1], [0, -1], [1, -1], 0), "right of 2", "goes up and stays up"),
        Wrong(([1, 1, 1], [0, -1, -2], [1, -1, 1], 0), "at the top", "turns the slope to 0 only"),
        Wrong(([1, 1, 1], [0, 1, 2], [1, -2, 1], 0), "other side", "writes c for the joint"),
        Wrong(([1, 1, 1], [0, -1, -2], [2, -4, 2], 0), "too high", "does not scale the peak"),
    ],
)
def _check_hat(answer: Any) -> None:
    u, c, w = (np.atleast_1d(array(a, "a parameter")) for a in answer[:3])
    b = float(array(answer[3], "the bias"))
    if not u.shape == c.shape == w.shape:
        raise Incorrect(f"u, c and w need one number a unit; got {u.shape}, {c.shape}, {w.shape}.")
    x = np.linspace(-4, 6, 1001)
    got, want = _network(x, u, c, w, b), np.maximum(1 - abs(x - 1), 0)
    if u.size > 3:
        raise Incorrect(f"three units are enough; got {u.size}.")
    if same(got, want):
        return
    if np.any(abs(got[x < 0]) > 1e-9):
        raise Incorrect(
            "the network is not 0 left of 0. A joint stands at -c / u: with u > 0 a positive c "
            "puts it on the other side of zero."
        )
    if not math.isclose(np.interp(1.5, x, got), np.interp(0.5, x, got), abs_tol=1e-9):
        if abs(np.interp(1.5, x, got) - np.interp(1.0, x, got)) < 1e-9 and u.size == 3:
            raise Incorrect("at the top the slope must turn from 1 to -1: a jump of -2, not -1.")
        raise Incorrect("right of 2 the network must be 0 again: its slopes are 0, 1, -1 and 0.")
    if np.interp(1.0, x, got) > 1 + 1e-9:
        raise Incorrect(f"the peak is too high: {np.interp(1.0, x, got):g} in place of 1.")
    raise Incorrect("plot it: the hat is 0 up to 0, 1 at 1, and 0 from 2 on.")


# -- How often can it cross zero? -----------------------------------------------------------------


@_book.add(
    "zeros",
    stub=...,
    reference=8,
    wrong=[
        Wrong(7, "pieces", "counts joints"),
        Wrong(14, "at most once", "thinks that each unit brings two crossings"),
        Wrong(128, "on or off", "counts patterns of units that are on"),
    ],
)
def _check_zeros(answer: int) -> None:
    if answer == 7:
        raise Incorrect("7 joints make how many pieces? The two outer ones count.")
    if answer == 128:
        raise Incorrect(
            "2^7 is the number of ways in which 7 units can be on or off. Along a line each unit "
            "changes only once."
        )
    if answer != 8:
        raise Incorrect("a straight line crosses zero at most once. How many lines are there?")


# -- Regions, counted by the recurrence -----------------------------------------------------------


def _count(hidden: int, dim: int) -> int:
    if hidden == 0 or dim == 0:
        return 1
    return _count(hidden - 1, dim) + _count(hidden - 1, dim - 1)


def _around_corners(hidden: int, dim: int) -> int:
    """By brute force: the states around each point where dim random hyperplanes meet."""
    rng = np.random.default_rng(hidden + 10 * dim)
    weight, bias = rng.normal(size=(hidden, dim)), rng.normal(size=hidden)
    found = set()
    for meet in map(list, combinations(range(hidden), dim)):
        on = weight @ np.linalg.solve(weight[meet], -bias[meet]) + bias > 0
        for states in product([False, True], repeat=dim):
            on[meet] = states
            found.add(on.tobytes())
    return len(found)


@_book.add(
    "regions",
    stub=lambda hidden, dim: ...,
    reference=_count,
    wrong=[
        Wrong(lambda hidden, dim: 2**hidden, "cannot all be", "lets every pattern of states be"),
        Wrong(
            lambda hidden, dim: math.comb(hidden, dim),
            "corners",
            "counts the points where D hyperplanes meet",
        ),
        Wrong(
            lambda hidden, dim: sum(math.comb(hidden, j) for j in range(dim)),
            "last term",
            "stops the sum one term early",
        ),
        Wrong(lambda hidden, dim: hidden * dim + 1, "one dimension", "adds what should multiply"),
    ],
)
def _check_regions(answer: Callable) -> None:
    for hidden, dim in [(6, 2), (1, 1), (4, 1), (3, 3), (7, 3), (6, 4)]:
        want, got = _around_corners(hidden, dim), given(answer(hidden, dim), "the count")
        if got == want:
            continue
        where = f"{hidden} units, {dim} inputs: {want} regions were counted; got {got}. "
        if got == 2**hidden:
            raise Incorrect(
                where + "With more units than inputs, the states of the units cannot all be "
                "chosen freely."
            )
        if got == math.comb(hidden, dim):
            raise Incorrect(where + "These are the corners where hyperplanes meet.")
        if got == want - math.comb(hidden, dim):
            raise Incorrect(where + "The last term of the sum is missing.")
        raise Incorrect(
            where + "A new hyperplane adds one region for each part into which the others cut it, "
            "and it has one dimension less."
        )


# -- A plane without biases -----------------------------------------------------------------------


@_book.add(
    "no_bias",
    stub=...,
    reference=20,
    wrong=[
        Wrong(56, "general position", "applies the formula where its condition fails"),
        Wrong(11, "parallel", "counts lines that never meet"),
        Wrong(10, "both ends", "counts a part for each line"),
        Wrong(1024, "states", "counts patterns"),
    ],
)
def _check_no_bias(answer: int) -> None:
    if answer == 20:
        return
    reasons = {
        56: "56 holds in general position. Without biases all lines have a point in common.",
        11: "11 would be right if the lines were parallel. These all meet.",
        10: "walk around the point where all lines meet: each line is crossed at both ends.",
        1024: "most of the 2^10 states of the units never occur in the plane.",
    }
    raise Incorrect(reasons.get(answer, "through which point do all the lines go? Draw three."))


# -- A derivation: the slope of a network by its input --------------------------------------------


def _input_jacobian(W_0: Any, b_0: Any, W_1: Any, x: Any) -> np.ndarray:
    return W_1 @ np.diag(1 - np.tanh(b_0 + W_0 @ x) ** 2) @ W_0


@_book.add(
    "jacobian",
    stub=lambda W_0, b_0, W_1, x: ...,
    reference=_input_jacobian,
    wrong=[
        Wrong(lambda W_0, b_0, W_1, x: W_1 @ W_0, "bend", "leaves the activation out"),
        Wrong(
            lambda W_0, b_0, W_1, x: W_1 @ np.diag(np.tanh(b_0 + W_0 @ x)) @ W_0,
            "tanh itself",
            "multiplies by the value where the slope belongs",
        ),
        Wrong(
            lambda W_0, b_0, W_1, x: W_1 * (1 - np.tanh(b_0 + W_0 @ x) ** 2),
            "by f",
            "stops at the pre-activations",
        ),
        Wrong(
            lambda W_0, b_0, W_1, x: _input_jacobian(W_0, b_0, W_1, x).T,
            "transposed",
            "puts inputs in rows",
        ),
    ],
)
def _check_jacobian(answer: Callable) -> None:
    rng = np.random.default_rng(4)
    W_0, b_0, W_1, x = (rng.normal(size=s) for s in [(4, 3), 4, (2, 4), 3])
    got = array(answer(W_0.copy(), b_0.copy(), W_1.copy(), x.copy()), "the Jacobian")
    steps = 1e-5 * np.eye(3)
    columns = [
        W_1 @ (np.tanh(b_0 + W_0 @ (x + h)) - np.tanh(b_0 + W_0 @ (x - h))) / 2e-5 for h in steps
    ]
    want = np.stack(columns, axis=1)
    if got.shape == (3, 2) and same(got.T, want, 1e-7):
        raise Incorrect("it is transposed: outputs belong in rows, inputs in columns.")
    if got.shape == (2, 4):
        raise Incorrect("this is the derivative by f, the pre-activations; one step is missing.")
    if got.shape != (2, 3):
        raise Incorrect(f"2 outputs, 3 inputs: a Jacobian of shape (2, 3); got {got.shape}.")
    if same(got, want, 1e-7):
        return
    if same(got, W_1 @ W_0):
        raise Incorrect("W_1 W_0 is right where nothing bends: the activation has a slope too.")
    if same(got, W_1 @ np.diag(np.tanh(b_0 + W_0 @ x)) @ W_0):
        raise Incorrect("the middle factor is the slope of tanh, 1 - tanh^2, not tanh itself.")
    raise Incorrect("central differences disagree. Follow a nudge of x through f and h to y.")


# -- A sigmoid network as a tanh network ----------------------------------------------------------


def _to_tanh(W_0: Any, b_0: Any, W_1: Any, b_1: Any) -> tuple:
    return W_0 / 2, b_0 / 2, W_1 / 2, b_1 + W_1.sum(axis=1) / 2


@_book.add(
    "sigmoid_to_tanh",
    stub=lambda W_0, b_0, W_1, b_1: (..., ..., ..., ...),
    reference=_to_tanh,
    wrong=[
        Wrong(lambda W_0, b_0, W_1, b_1: (W_0, b_0, W_1, b_1), "steeper", "changes nothing"),
        Wrong(
            lambda W_0, b_0, W_1, b_1: (W_0 / 2, b_0 / 2, W_1 / 2, b_1),
            "a constant",
            "forgets that a sigmoid has mean 1/2",
        ),
        Wrong(
            lambda W_0, b_0, W_1, b_1: (W_0 / 2, b_0, W_1 / 2, b_1 + W_1.sum(axis=1) / 2),
            "whole pre-activation",
            "halves the weights and not the biases",
        ),
        Wrong(
            lambda W_0, b_0, W_1, b_1: (2 * W_0, 2 * b_0, W_1 / 2, b_1 + W_1.sum(axis=1) / 2),
            "wrong way",
            "doubles where it should halve",
        ),
    ],
)
def _check_sigmoid_to_tanh(answer: Callable) -> None:
    rng = np.random.default_rng(5)
    W_0, b_0, W_1, b_1 = (rng.normal(size=s) for s in [(4, 2), 4, (3, 4), 3])
    x = rng.normal(size=(50, 2))
    V_0, a_0, V_1, a_1 = (
        array(v, "a parameter") for v in answer(W_0.copy(), b_0.copy(), W_1.copy(), b_1.copy())
    )
    want = (1 / (1 + np.exp(-(x @ W_0.T + b_0)))) @ W_1.T + b_1
    got = np.tanh(x @ V_0.T + a_0) @ V_1.T + a_1
    if same(got, want):
        return
    if got.shape == want.shape and np.allclose(np.ptp(got - want, axis=0), 0, atol=1e-9):
        raise Incorrect("the outputs differ by a constant: where does the 1/2 of a sigmoid go?")
    if same(V_0, W_0):
        raise Incorrect("tanh is steeper than the sigmoid: at 0 it has slope 1, the other 1/4.")
    if same(V_0, 2 * W_0):
        raise Incorrect("the factor 2 goes the wrong way: solve tanh(f / 2) = 2 sigmoid(f) - 1.")
    if same(V_0, W_0 / 2) and not same(a_0, b_0 / 2):
        raise Incorrect("halve the whole pre-activation, which has a bias too.")
    raise Incorrect("the outputs differ. Write the sigmoid as a tanh first, then collect terms.")


# -- How many units does an accuracy cost? --------------------------------------------------------


@_book.add(
    "units",
    stub=...,
    reference=112,
    wrong=[
        Wrong(111, "round up", "rounds to the nearest"),
        Wrong(12500, "square root", "forgets that the error goes with the square of the distance"),
        Wrong(113, "knots", "counts knots in place of pieces"),
        Wrong(317, "1/8", "drops the factor of the bound"),
    ],
)
def _check_units(answer: int) -> None:
    if answer == 112:
        return
    reasons = {
        111: "111 pieces are a little too few; round up.",
        12500: "the bound has h squared in it: take the square root.",
        113: "113 is the number of knots; there is a unit for each piece.",
        316: "the bound has a factor 1/8.",
        317: "the bound has a factor 1/8.",
    }
    raise Incorrect(reasons.get(answer, "solve M h^2 / 8 = 0.001 for h; a unit for each piece."))


check = _book.check
EXERCISES = _book.all
