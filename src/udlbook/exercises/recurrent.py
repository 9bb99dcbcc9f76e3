"""Exercises of the chapter *Recurrent networks*.

Truth comes from loops over single units, differences of nearby values, random draws and closed
forms, never from ``udlbook.sequence``. Where a wrong answer has a typical cause, the check
computes what that cause would give and names it.
"""

import math
from collections.abc import Callable

import numpy as np

from ._core import Exercises, Incorrect, Wrong, array, given, number, same

_book = Exercises("recurrent")


def _sigmoid(a: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-a))


# -- All states of an Elman network ---------------------------------------------------------------


def _states(x: np.ndarray, W: np.ndarray, U: np.ndarray, b: np.ndarray) -> np.ndarray:
    h, out = np.zeros(len(b)), []
    for row in x:
        h = np.array([math.tanh(W[j] @ row + U[j] @ h + b[j]) for j in range(len(b))])
        out.append(h)
    return np.stack(out)


def _plain(x: np.ndarray, W: np.ndarray, U: np.ndarray, b: np.ndarray, **how: bool) -> np.ndarray:
    """The states, or what one of four mistakes makes of them."""
    h, out = np.zeros(len(b)), []
    for row in x:
        before = np.zeros(len(b)) if how.get("forgets") else h
        a = W @ row + (U.T if how.get("transposed") else U) @ before + b
        h = a if how.get("linear") else np.tanh(a)
        out.append(h)
    return out[-1] if how.get("last") else np.stack(out)


def _case() -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(0)
    shapes = [(5, 3), (4, 3), (4, 4), (4,)]
    return tuple(rng.normal(size=shape) for shape in shapes)


@_book.add(
    "states",
    stub=lambda x, W, U, b: ...,
    reference=_plain,
    wrong=[
        Wrong(lambda *a: _plain(*a, transposed=True), "transposed", "U.T @ h"),
        Wrong(lambda *a: _plain(*a, forgets=True), "state before", "starts anew at each step"),
        Wrong(lambda *a: _plain(*a, linear=True), "tanh", "forgets the activation"),
        Wrong(lambda *a: _plain(*a, last=True), "all states", "returns the last state only"),
    ],
)
def _check_states(answer: Callable) -> None:
    case = _case()
    got, want = array(answer(*case), "the table of states"), _states(*case)
    if same(got, want):
        return
    if got.shape == want[-1].shape:
        raise Incorrect("that is one state; return all states, one in each row.")
    if got.shape != want.shape:
        raise Incorrect(f"the states have shape {want.shape}; got {got.shape}.")
    hints = {
        "transposed": "the matrix of the state is transposed: row j of U makes unit j.",
        "forgets": "each step must get the state before it, not zeros.",
        "linear": "the state goes through tanh.",
    }
    for name, hint in hints.items():
        if same(got, _plain(*case, **{name: True})):
            raise Incorrect(hint)
    raise Incorrect("the states differ from h = tanh(W x + U h + b), beginning with h = 0.")


# -- How many parameters --------------------------------------------------------------------------


def _count(dim: int, hidden: int, n_layers: int, directions: int) -> int:
    total = 0
    for layer in range(n_layers):
        seen = dim if layer == 0 else directions * hidden
        total += directions * 4 * (hidden * seen + hidden * hidden + 2 * hidden)
    return total


@_book.add(
    "parameters",
    stub=lambda dim, hidden, n_layers, directions: ...,
    reference=_count,
    wrong=[
        Wrong(lambda d, h, n, k: _count(d, h, n, k) // 4, "four", "counts a plain network"),
        Wrong(
            lambda d, h, n, k: k * _count(d, h, n, 1),
            "both directions",
            "lets a layer see one direction of the layer below",
        ),
        Wrong(
            lambda d, h, n, k: _count(d, h, n, k) - k * n * 4 * h,
            "two biases",
            "counts one bias",
        ),
        Wrong(lambda d, h, n, k: n * _count(d, h, 1, k), "first layer", "all layers alike"),
    ],
)
def _check_parameters(answer: Callable) -> None:
    wrong = {
        "a gate each needs its weights: there are four of them.": lambda *a: _count(*a) // 4,
        "an upper layer sees both directions of the one below it.": lambda d, h, n, k: (
            k * _count(d, h, n, 1)
        ),
        "count two biases for each gate, as PyTorch has them.": lambda d, h, n, k: (
            _count(d, h, n, k) - k * n * 4 * h
        ),
        "only the first layer sees dim inputs.": lambda d, h, n, k: n * _count(d, h, 1, k),
    }
    for case in [(3, 8, 1, 1), (3, 8, 2, 2), (10, 5, 3, 2), (7, 4, 3, 1)]:
        got, want = number(answer(*case), "the count"), _count(*case)
        if got == want:
            continue
        for hint, rule in wrong.items():
            if got == rule(*case):
                raise Incorrect(hint)
        raise Incorrect(f"for (dim, hidden, n_layers, directions) = {case} expected {want}; "
                        f"got {got:g}.")  # fmt: skip


# -- The way back through one unit ----------------------------------------------------------------


def _last(w: float, x: np.ndarray) -> float:
    h = 0.0
    for value in x:
        h = math.tanh(w * h + value)
    return h


def _slope(w: float, x: np.ndarray, **how: bool) -> float:
    """d h_T / d w of one unit, forward in time, or what a mistake makes of it."""
    h, slope = 0.0, 0.0
    for value in x:
        before = h
        h = math.tanh(w * before + value)
        rate = 1.0 if how.get("linear") else 1 - h * h
        carried = 0.0 if how.get("last") else w * slope
        slope = rate * ((h if how.get("after") else before) + carried)
    return slope


@_book.add(
    "one_unit",
    stub=lambda w, x: ...,
    reference=_slope,
    wrong=[
        Wrong(lambda w, x: _slope(w, x, last=True), "every step", "stops after one step back"),
        Wrong(lambda w, x: _slope(w, x, linear=True), "slope of tanh", "forgets 1 - h^2"),
        Wrong(lambda w, x: _slope(w, x, after=True), "state before", "uses h_t for h_(t-1)"),
        Wrong(lambda w, x: -_slope(w, x), "sign", "sign"),
    ],
)
def _check_one_unit(answer: Callable) -> None:
    for w, x in [(0.7, np.array([0.5, -0.2, 0.9, 0.1])), (-1.3, np.linspace(-1, 1, 7))]:
        got = number(answer(w, x), "the derivative")
        want = (_last(w + 1e-6, x) - _last(w - 1e-6, x)) / 2e-6
        if abs(got - want) < 1e-7:
            continue
        hints = {
            "last": "w is used at every step; the sum over earlier steps is missing.",
            "linear": "each step back passes the slope of tanh, 1 - h^2.",
            "after": "at step t the weight multiplies the state before it, h_(t-1).",
        }
        for name, hint in hints.items():
            if abs(got - _slope(w, x, **{name: True})) < 1e-9:
                raise Incorrect(hint)
        if abs(got + want) < 1e-7:
            raise Incorrect("the size is right, the sign is not.")
        raise Incorrect(f"differences give {want:.6f} for w = {w}; got {got:.6f}.")


# -- A bias for a half-life -----------------------------------------------------------------------


def _bias(k: float) -> float:
    return -math.log(2 ** (1 / k) - 1)


@_book.add(
    "forget_bias",
    stub=lambda k: ...,
    reference=_bias,
    wrong=[
        Wrong(lambda k: 2 ** (-1 / k), "value of the gate", "gives the gate's value"),
        Wrong(lambda k: -_bias(k), "sign", "solves for the gate that closes"),
        Wrong(lambda k: math.log(k), "e-th part", "takes 1/e for 1/2, and an approximation"),
        Wrong(lambda k: math.log(k / math.log(2)), "approximation", "uses the limit of large k"),
    ],
)
def _check_forget_bias(answer: Callable) -> None:
    for k in (1.0, 5.0, 40.0, 300.0):
        got = number(answer(k), "the bias")
        left = _sigmoid(np.float64(got)) ** k
        if abs(left - 0.5) < 1e-9:
            continue
        if abs(got - 2 ** (-1 / k)) < 1e-9:
            raise Incorrect("that is the value of the gate; which bias gives it?")
        if k != 1 and abs(got + _bias(k)) < 1e-9:
            raise Incorrect("mind the sign: a gate that keeps is above one half.")
        if abs(got - math.log(k)) < 1e-9:
            raise Incorrect("after k steps that leaves about the e-th part, not one half.")
        if abs(got - math.log(k / math.log(2))) < 1e-9:
            raise Incorrect("that is the approximation for large k; here the exact value is due.")
        raise Incorrect(f"with this bias {left:.4f} is left after {k:.0f} steps, not one half.")


# -- Clipping -------------------------------------------------------------------------------------


def _clip(grads: list[np.ndarray], longest: float) -> list[np.ndarray]:
    norm = math.sqrt(sum(float((g**2).sum()) for g in grads))
    return [g * min(1.0, longest / norm) for g in grads]


def _clip_each(grads: list[np.ndarray], longest: float) -> list[np.ndarray]:
    return [_clip([g], longest)[0] for g in grads]


def _clip_always(grads: list[np.ndarray], longest: float) -> list[np.ndarray]:
    norm = math.sqrt(sum(float((g**2).sum()) for g in grads))
    return [g * longest / norm for g in grads]


def _clip_values(grads: list[np.ndarray], longest: float) -> list[np.ndarray]:
    return [np.clip(g, -longest, longest) for g in grads]


def _clip_squared(grads: list[np.ndarray], longest: float) -> list[np.ndarray]:
    norm = sum(float((g**2).sum()) for g in grads)
    return [g * min(1.0, longest / norm) for g in grads]


@_book.add(
    "clip",
    stub=lambda grads, longest: ...,
    reference=_clip,
    wrong=[
        Wrong(_clip_each, "together", "clips each array by itself"),
        Wrong(_clip_always, "short", "lengthens short gradients"),
        Wrong(_clip_values, "entries", "clips the entries"),
        Wrong(_clip_squared, "root", "divides by the squared norm"),
    ],
)
def _check_clip(answer: Callable) -> None:
    rng = np.random.default_rng(1)
    for scale in (0.01, 3.0):
        grads = [scale * rng.normal(size=shape) for shape in [(3, 2), (4,)]]
        got = given(answer([g.copy() for g in grads], 1.0), "the list of gradients")
        got = [array(g, "a gradient") for g in got]
        for rule, hint in [
            (_clip, ""),
            (_clip_each, "one length counts, that of all gradients together."),
            (_clip_always, "a gradient that is short enough stays as it is."),
            (_clip_values, "clipping the entries turns the gradient; scale it."),
            (_clip_squared, "the length is the root of the sum of squares."),
        ]:
            want = rule(grads, 1.0)
            if len(got) == len(want) and all(map(same, got, want)):
                if hint:
                    raise Incorrect(hint)
                break
        else:
            raise Incorrect("multiply all gradients by one factor, min(1, longest / length).")


# -- The last true state --------------------------------------------------------------------------


def _last_states(states: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    return states[np.arange(len(states)), lengths - 1]


@_book.add(
    "last_states",
    stub=lambda states, lengths: ...,
    reference=_last_states,
    wrong=[
        Wrong(lambda s, n: s[:, -1], "padding", "takes the last column"),
        Wrong(lambda s, n: s[np.arange(len(s)), n % s.shape[1]], "one too far", "off by one"),
        Wrong(lambda s, n: s[:, n - 1], "for each row", "indexes all rows with all lengths"),
    ],
)
def _check_last_states(answer: Callable) -> None:
    rng = np.random.default_rng(2)
    states, lengths = rng.normal(size=(4, 6, 3)), np.array([2, 6, 1, 5])
    got = array(answer(states, lengths), "the table of states")
    want = np.stack([states[i, n - 1] for i, n in enumerate(lengths)])
    if same(got, want):
        return
    if got.shape == (4, 4, 3):
        raise Incorrect("that takes every length for each row; pair row i with length i.")
    if got.shape != want.shape:
        raise Incorrect(f"the answer has shape {want.shape}; got {got.shape}.")
    if same(got, states[:, -1]):
        raise Incorrect("for short sequences the last column is padding.")
    if same(got, states[np.arange(4), lengths % 6]):
        raise Incorrect("that is one too far: a sequence of n steps ends at index n - 1.")
    raise Incorrect("row i is the state of sequence i at index lengths[i] - 1.")


# -- What a network without memory gets -----------------------------------------------------------


@_book.add(
    "baseline",
    stub=...,
    reference=lambda k: k / 12,
    wrong=[
        Wrong(lambda k: k**2 / 12, "independent", "takes k copies of one number"),
        Wrong(lambda k: math.sqrt(k / 12), "squared", "gives the standard deviation"),
        Wrong(lambda k: k / 3, "mean", "says 0 and not the mean, and forgets products"),
        Wrong(lambda k: 1 / 6, "depends on k", "the number for two"),
    ],
)
def _check_baseline(answer: Callable) -> None:
    if not callable(answer):
        raise Incorrect("answer with a function of k.")
    for k in (2, 1, 5):
        got = number(answer(k), "the error")
        draws = np.random.default_rng(3).random((40_000, k)).sum(axis=1)
        want = draws.var()
        if abs(got - want) < 0.03 * want:
            continue
        hints = [
            (k * k / 12, "the k numbers are independent: variances add, not deviations."),
            (math.sqrt(k / 12), "that is a deviation; the squared error is asked for."),
            (k / 3, "that is the mean square of each number; subtract the mean first."),
            (1 / 6, "that is right for two marks; the answer depends on k."),
        ]
        for value, hint in hints:
            if abs(got - value) < 1e-9:
                raise Incorrect(hint)
        raise Incorrect(f"random draws give {want:.3f} for k = {k}; got {got:.3f}.")


# -- One step of a GRU, as in the paper -----------------------------------------------------------


def _gru(x: np.ndarray, h: np.ndarray, W: np.ndarray, U: np.ndarray, **how: bool) -> np.ndarray:
    """One step; W and U in three blocks of rows r, z, n."""
    (wr, wz, wn), (ur, uz, un) = np.split(W, 3), np.split(U, 3)
    r, z = _sigmoid(wr @ x + ur @ h), _sigmoid(wz @ x + uz @ h)
    inner = r * (un @ h) if how.get("after") else un @ (r * h)
    n = np.tanh(wn @ x + (un @ h if how.get("no_reset") else inner))
    return z * n + (1 - z) * h if how.get("swapped") else (1 - z) * n + z * h


@_book.add(
    "gru_step",
    stub=lambda x, h, W, U: ...,
    reference=_gru,
    wrong=[
        Wrong(lambda *a: _gru(*a, after=True), "before the product", "PyTorch's form"),
        Wrong(lambda *a: _gru(*a, swapped=True), "keeps", "z and 1 - z exchanged"),
        Wrong(lambda *a: _gru(*a, no_reset=True), "reset gate", "forgets r"),
    ],
)
def _check_gru_step(answer: Callable) -> None:
    rng = np.random.default_rng(4)
    x, h, W, U = (rng.normal(size=s) for s in [(3,), (2,), (6, 3), (6, 2)])
    got = array(answer(x, h, W, U), "the new state")
    want = []
    for j in range(2):
        r = [1 / (1 + math.exp(-(W[k] @ x + U[k] @ h))) for k in range(2)]
        z = 1 / (1 + math.exp(-(W[2 + j] @ x + U[2 + j] @ h)))
        n = math.tanh(W[4 + j] @ x + sum(U[4 + j, k] * r[k] * h[k] for k in range(2)))
        want.append((1 - z) * n + z * h[j])
    if same(got, np.array(want)):
        return
    hints = {
        "after": "the paper resets the state before the product with U, not after it.",
        "swapped": "here z keeps the old state, and 1 - z takes the new one.",
        "no_reset": "the reset gate is missing from the candidate.",
    }
    for name, hint in hints.items():
        if same(got, _gru(x, h, W, U, **{name: True})):
            raise Incorrect(hint)
    raise Incorrect(f"expected the state {np.round(want, 4)}; got {np.round(got, 4)}.")


EXERCISES = _book.all
check = _book.check
