"""Exercises of the chapter *Convolutional networks*.

Truth comes from windows counted one by one, from sums in loops and from central differences,
never from ``udlbook.layers``. Where a wrong answer has a typical cause, the check computes what
that cause would give and names it.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from ._core import Exercises, Incorrect, Wrong, array, given, same

_book = Exercises("convolution")


# -- How long is the output? ----------------------------------------------------------------------


def _count(n: int, k: int, s: int, p: int, d: int) -> int:
    """Windows that fit, counted one by one."""
    first, fits = -p, 0
    while first + d * (k - 1) <= n - 1 + p:
        fits, first = fits + 1, first + s
    return fits


@_book.add(
    "size",
    stub=lambda n, k, s, p, d: ...,
    reference=lambda n, k, s, p, d: (n + 2 * p - d * (k - 1) - 1) // s + 1,
    wrong=[
        Wrong(lambda n, k, s, p, d: (n + 2 * p - d * (k - 1) - 1) // s, "first", "forgets + 1"),
        Wrong(lambda n, k, s, p, d: (n + p - d * (k - 1) - 1) // s + 1, "both ends", "pads once"),
        Wrong(lambda n, k, s, p, d: (n + 2 * p - k) // s + 1, "dilation", "ignores dilation"),
        Wrong(
            lambda n, k, s, p, d: (n + 2 * p - d * k) // s + 1, "gaps", "counts k gaps, not k - 1"
        ),
        Wrong(
            lambda n, k, s, p, d: -(-(n + 2 * p - d * (k - 1) - 1) // s) + 1,
            "round down",
            "rounds up",
        ),
    ],
)
def _size(answer: Callable) -> None:
    hints = [
        ((10, 3, 1, 0, 1), "count a kernel at the first place as well."),
        ((10, 3, 1, 1, 1), "padding is added at both ends."),
        ((10, 3, 1, 0, 2), ""),
        ((10, 3, 2, 0, 1), "a last step that does not fit is lost: round down."),
        ((23, 4, 3, 2, 2), "each part alone is right; look at all of them together."),
    ]
    for case, hint in hints:
        got, want = given(answer(*case), "the size"), _count(*case)
        if got == want:
            continue
        if not hint and got == _count(10, 3, 1, 0, 1):
            hint = "dilation makes the kernel longer."
        elif not hint:
            hint = "three taps have two gaps between them."
        raise Incorrect(f"n, k, s, p, d = {case}: {want} windows fit, you say {got}; {hint}")


# -- A convolution in loops -----------------------------------------------------------------------


def _conv(x: np.ndarray, w: np.ndarray, s: int, d: int, flip: bool = False) -> np.ndarray:
    w = w[::-1] if flip else w
    n = _count(len(x), len(w), s, 0, d)
    return np.array([sum(w[k] * x[s * i + d * k] for k in range(len(w))) for i in range(n)])


@_book.add(
    "conv1d",
    stub=lambda x, w, stride, dilation: ...,
    reference=lambda x, w, stride, dilation: _conv(x, w, stride, dilation),
    wrong=[
        Wrong(lambda x, w, s, d: _conv(x, w, s, d, flip=True), "mirrored", "flips the kernel"),
        Wrong(lambda x, w, s, d: _conv(x, w, 1, d), "starts at", "ignores the stride"),
        Wrong(lambda x, w, s, d: _conv(x, w, s, 1), "taps", "ignores the dilation"),
        Wrong(lambda x, w, s, d: _conv(x, w, d, s), "exchanged", "swaps stride and dilation"),
        Wrong(
            lambda x, w, s, d: np.convolve(x, w, mode="same")[::s],
            "inside the signal",
            "pads the signal",
        ),
    ],
)
def _conv1d(answer: Callable) -> None:
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=14), rng.normal(size=3)
    got = array(answer(x, w, 1, 1), "the output")
    want = _conv(x, w, 1, 1)
    if not same(got, want):
        if same(got, _conv(x, w, 1, 1, flip=True)):
            raise Incorrect("your kernel is mirrored: tap k meets x[i + k], not x[i - k].")
        if got.shape != want.shape:
            raise Incorrect(
                f"the kernel stays inside the signal, so there are {len(want)} outputs; "
                f"got shape {got.shape}."
            )
        raise Incorrect(f"stride 1, dilation 1: output 0 is {want[0]:.4f}.")
    stride, dilation = (array(answer(x, w, *o), "the output") for o in [(2, 1), (1, 3)])
    if same(stride, _conv(x, w, 1, 2)) and same(dilation, _conv(x, w, 3, 1)):
        raise Incorrect("stride and dilation are exchanged: the stride moves the kernel.")
    if not same(stride, _conv(x, w, 2, 1)):
        raise Incorrect("with stride 2, output i starts at x[2 i]; the stride is not right.")
    if not same(dilation, _conv(x, w, 1, 3)):
        raise Incorrect("with dilation 3, the taps are 3 entries apart.")
    if not same(array(answer(x, w, 2, 3), "the output"), _conv(x, w, 2, 3)):
        raise Incorrect("stride 2 and dilation 3 work alone, but not together.")


# -- Backward through a convolution ---------------------------------------------------------------


def _backward(x: np.ndarray, w: np.ndarray, y_bar: np.ndarray, flip: bool = False) -> tuple:
    windows = np.lib.stride_tricks.sliding_window_view(x, len(w))
    x_bar = np.convolve(y_bar, w[::-1] if flip else w)
    return x_bar, y_bar @ windows


@_book.add(
    "backward",
    stub=lambda x, w, y_bar: (..., ...),
    reference=_backward,
    wrong=[
        Wrong(
            lambda x, w, y_bar: _backward(x, w, y_bar, flip=True),
            "mirrored",
            "slides the kernel forward again",
        ),
        Wrong(
            lambda x, w, y_bar: (np.convolve(y_bar, w, mode="same"), _backward(x, w, y_bar)[1]),
            "as long as x",
            "cuts the ends off",
        ),
        Wrong(
            lambda x, w, y_bar: (_backward(x, w, y_bar)[0], _backward(x, w, y_bar)[1][::-1]),
            "order",
            "turns the gradient of the kernel round",
        ),
        Wrong(
            lambda x, w, y_bar: (
                _backward(x, w, y_bar)[0],
                _backward(x, w, y_bar)[1] / len(y_bar),
            ),
            "a sum",
            "averages over the places",
        ),
    ],
)
def _backward_check(answer: Callable) -> None:
    rng = np.random.default_rng(1)
    x, w, y_bar = rng.normal(size=9), rng.normal(size=3), rng.normal(size=7)
    x_bar, w_bar = answer(x, w, y_bar)
    x_bar, w_bar = array(x_bar, "x_bar"), array(w_bar, "w_bar")

    def difference(which: int, i: int, h: float = 1e-6) -> float:
        ends = []
        for sign in (1, -1):
            args = [x.copy(), w.copy()]
            args[which][i] += sign * h
            ends.append(y_bar @ _conv(*args, 1, 1))
        return (ends[0] - ends[1]) / (2 * h)

    want_x = np.array([difference(0, i) for i in range(9)])
    want_w = np.array([difference(1, i) for i in range(3)])
    if x_bar.shape != (9,):
        raise Incorrect(f"x_bar is as long as x, 9 numbers; got shape {x_bar.shape}.")
    if not same(x_bar, want_x, 1e-6):
        if same(x_bar, _backward(x, w, y_bar, flip=True)[0]):
            raise Incorrect("x_bar: backward the kernel is mirrored; x[j] met w[j - i].")
        raise Incorrect(f"x_bar[0] should be {want_x[0]:.4f}; only output 0 saw x[0].")
    if not same(w_bar, want_w, 1e-6):
        if same(w_bar[::-1], want_w, 1e-6):
            raise Incorrect("w_bar has the right numbers in the wrong order.")
        if same(w_bar * len(y_bar), want_w, 1e-6):
            raise Incorrect("w_bar: a weight is used at each place; its gradient is a sum.")
        raise Incorrect(f"w_bar[0] should be {want_w[0]:.4f}: y_bar[i] times what w[0] met there.")


# -- Parameters, counted --------------------------------------------------------------------------


@_book.add(
    "parameters",
    stub=lambda inputs, outputs, k, groups: ...,
    reference=lambda inputs, outputs, k, groups: outputs * (inputs // groups * k * k + 1),
    wrong=[
        Wrong(lambda i, o, k, g: o * i // g * k * k, "has a bias", "forgets the biases"),
        Wrong(lambda i, o, k, g: o * (i // g * k + 1), "two axes", "takes k, not k squared"),
        Wrong(lambda i, o, k, g: o * (i * k * k + 1), "reads fewer", "ignores the groups"),
        Wrong(lambda i, o, k, g: (o // g) * (i // g * k * k + 1), "every output", "divides twice"),
        Wrong(lambda i, o, k, g: o * i // g * k * k + 1, "one bias each", "one bias in all"),
    ],
)
def _parameters(answer: Callable) -> None:
    def count(i: int, o: int, k: int, g: int) -> int:
        seen = 0
        for out in range(o):
            group = out // (o // g)
            seen += 1 + sum(k * k for c in range(i) if c // (i // g) == group)
        return seen

    for case in [(1, 6, 5, 1), (6, 16, 5, 1), (8, 8, 3, 8), (12, 6, 3, 3)]:
        i, o, k, g = case
        got, want = given(answer(*case), "the count"), count(*case)
        if got == want:
            continue
        where = f"{i} inputs, {o} outputs, kernels of {k} x {k}, {g} groups: {want}, not {got}"
        if got == want - o:
            raise Incorrect(f"{where}; each output channel has a bias.")
        if got == want - o + 1:
            raise Incorrect(f"{where}; the output channels have one bias each.")
        if g == 1:
            raise Incorrect(f"{where}; a kernel has two axes.")
        if got == count(i, o, k, 1):
            raise Incorrect(f"{where}; with groups an output reads fewer inputs.")
        raise Incorrect(f"{where}; groups cut the inputs of a kernel, yet every output has one.")


# -- Receptive fields, predicted ------------------------------------------------------------------


@_book.add(
    "field",
    stub=(..., ..., ...),
    reference=(7, 15, 16),
    wrong=[
        Wrong((9, 15, 16), "add up", "adds up the kernels"),
        Wrong((27, 15, 16), "multiply", "multiplies the kernels"),
        Wrong((7, 7, 16), "stride 2", "ignores the stride"),
        Wrong((7, 31, 16), "the last stride", "counts the stride of the last layer"),
        Wrong((7, 15, 5), "dilation", "ignores the dilation"),
        Wrong((7, 15, 15), "the unit itself", "forgets the first entry"),
    ],
)
def _field(answer: Any) -> None:
    def field(layers: list) -> int:
        """Walk back from one unit, and count first to last."""
        first = last = 0
        for k, s, d in reversed(layers):
            first, last = first * s, last * s + d * (k - 1)
        return last - first + 1

    got = [given(a, "a prediction") for a in answer]
    stacks = [[(3, 1, 1)] * 3, [(3, 2, 1)] * 3, [(2, 1, d) for d in (1, 2, 4, 8)]]
    want = [field(stack) for stack in stacks]
    if got[0] == 9:
        raise Incorrect("sizes do not add up: neighbours see the same entries.")
    if got[0] == 27:
        raise Incorrect("sizes do not multiply: neighbours see the same entries.")
    if got[0] != want[0]:
        raise Incorrect("three layers of size 3: each adds two entries to what one entry sees.")
    if got[1] == field([*stacks[1], (2, 1, 1), (2, 1, 1)]) or got[1] == 2 * want[1] + 1:
        raise Incorrect("the last stride moves the next unit, not what this one sees.")
    if got[1] != want[1]:
        raise Incorrect("stride 2: after it, two neighbours are two inputs apart.")
    if got[2] == want[2] - 1:
        raise Incorrect("the gaps make 15; count the unit itself too.")
    if got[2] != want[2]:
        raise Incorrect("the dilation d puts the two taps d entries apart.")


# -- Backward through batch normalization ---------------------------------------------------------


def _norm_backward(centre: bool = True, project: bool = True) -> Callable:
    def backward(x: np.ndarray, y_bar: np.ndarray) -> np.ndarray:
        sigma = x.std(axis=0)
        y = (x - x.mean(axis=0)) / sigma
        inner = y_bar - centre * y_bar.mean(axis=0) - project * y * (y_bar * y).mean(axis=0)
        return inner / sigma

    return backward


@_book.add(
    "batch_norm",
    stub=lambda x, y_bar: ...,
    reference=_norm_backward(),
    wrong=[
        Wrong(_norm_backward(False, False), "constants", "treats mean and deviation as constants"),
        Wrong(_norm_backward(True, False), "larger too", "forgets that sigma moves"),
        Wrong(_norm_backward(False, True), "through the mean", "forgets that the mean moves"),
        Wrong(
            lambda x, y_bar: _norm_backward()(x, y_bar) * x.std(axis=0),
            "divide by",
            "forgets 1 / sigma",
        ),
    ],
)
def _batch_norm(answer: Callable) -> None:
    rng = np.random.default_rng(2)
    x, y_bar = 3 * rng.normal(size=(5, 2)) + 1, rng.normal(size=(5, 2))
    got = array(answer(x, y_bar), "x_bar")

    def value(x: np.ndarray) -> float:
        return np.sum(
            y_bar * (x - x.mean(axis=0)) / np.sqrt(np.mean((x - x.mean(0)) ** 2, axis=0))
        )

    want = np.zeros_like(x)
    for place in np.ndindex(*x.shape):
        step = np.zeros_like(x)
        step[place] = 1e-6
        want[place] = (value(x + step) - value(x - step)) / 2e-6
    if same(got, want, 1e-6):
        return
    sigma = x.std(axis=0)
    if same(got, y_bar / sigma):
        raise Incorrect("mean and deviation are no constants: they move with every x.")
    if same(got / sigma, want, 1e-6):
        raise Incorrect("divide by the deviation at the end.")
    if got.shape == want.shape and np.allclose(got.sum(axis=0), 0, atol=1e-9):
        raise Incorrect("to make x larger makes the deviation larger too; a term is missing.")
    raise Incorrect("adding a constant to x changes nothing: a part goes through the mean.")


# -- Separable convolutions -----------------------------------------------------------------------


@_book.add(
    "separable",
    stub=lambda inputs, outputs, k: ...,
    reference=lambda inputs, outputs, k: 1 / outputs + 1 / k**2,
    wrong=[
        Wrong(lambda i, o, k: 1 / (1 / o + 1 / k**2), "upside down", "gives the saving"),
        Wrong(lambda i, o, k: 1 / o, "1 x 1", "forgets the mixing"),
        Wrong(lambda i, o, k: 1 / k**2, "each channel", "forgets the kernels of each channel"),
        Wrong(lambda i, o, k: 1 / i + 1 / k**2, "cancels", "keeps the inputs, not the outputs"),
    ],
)
def _separable(answer: Callable) -> None:
    for i, o, k in [(8, 16, 3), (64, 10, 5)]:
        got = float(given(answer(i, o, k), "the ratio"))
        apart, full = i * k * k + i * o, i * o * k * k
        if np.isclose(got, apart / full):
            continue
        if np.isclose(got, full / apart):
            raise Incorrect("that is upside down: ask what part of the weights is left.")
        if np.isclose(got, i * k * k / full):
            raise Incorrect("the 1 x 1 convolution that mixes the channels has weights as well.")
        if np.isclose(got, i * o / full):
            raise Incorrect("each channel has a kernel of its own before the mixing.")
        if np.isclose(got, 1 / i + 1 / k**2):
            raise Incorrect("the number of inputs cancels; the number of outputs does not.")
        raise Incorrect(f"{i} inputs, {o} outputs, k = {k}: {apart} of {full} weights.")


# -- Checkerboards --------------------------------------------------------------------------------


@_book.add(
    "checkerboard",
    stub=lambda k, s: ...,
    reference=lambda k, s: k % s == 0,
    wrong=[
        Wrong(lambda k, s: True, "holes", "sees no pattern at all"),
        Wrong(lambda k, s: k >= s, "3 and 2", "asks only that there are no holes"),
        Wrong(lambda k, s: k % 2 == 0, "4 and 3", "even kernels"),
        Wrong(lambda k, s: s == 1, "4 and 2", "trusts no stride"),
    ],
)
def _checkerboard(answer: Callable) -> None:
    for k, s in [(1, 2), (3, 2), (4, 3), (4, 2), (3, 1), (6, 3), (2, 3), (5, 4)]:
        laid = np.zeros(40 * s + k)
        for i in range(40):
            laid[s * i : s * i + k] += 1
        middle = laid[10 * s : 30 * s]
        if bool(given(answer(k, s), "the answer")) != (middle.min() == middle.max()):
            if k < s:
                raise Incorrect("a kernel shorter than the stride leaves holes.")
            raise Incorrect(f"k and s are {k} and {s}: count how often an output is hit.")


EXERCISES = _book.all
check = _book.check
