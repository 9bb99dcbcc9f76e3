"""Exercises of the chapter *Initialization*.

Truth comes from random draws with error bars, from moments summed over a fine grid, from training
written out unit by unit and from recursions run forward, never from ``udlbook.initialization``.
Where a wrong answer has a typical cause, the check computes what that cause would give and names
it.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ._core import Exercises, Incorrect, Wrong, array, given, number

_book = Exercises("initialization")

# A standard normal on a grid that has no point at 0: moments of piecewise powers are exact to
# nine digits and more.
_Z = (np.arange(-120_000, 120_000) + 0.5) * 1e-4
_P = np.exp(-0.5 * _Z**2) / math.sqrt(2 * math.pi) * 1e-4


def _close(got: float, want: float, tolerance: float = 1e-6) -> bool:
    return math.isclose(got, want, rel_tol=tolerance, abs_tol=1e-12)


# -- The gain of a leaky ReLU ---------------------------------------------------------------------


@_book.add(
    "leaky",
    stub=lambda alpha, fan_in: ...,
    reference=lambda alpha, fan_in: math.sqrt(2 / ((1 + alpha**2) * fan_in)),
    wrong=[
        Wrong(
            lambda alpha, fan_in: math.sqrt(2 / fan_in),
            "does not depend on alpha",
            "takes the rule of the ReLU",
        ),
        Wrong(
            lambda alpha, fan_in: 2 / ((1 + alpha**2) * fan_in),
            "that is the variance",
            "returns the variance for the standard deviation",
        ),
        Wrong(
            lambda alpha, fan_in: math.sqrt(2 / ((1 + alpha) * fan_in)),
            "squares pass",
            "does not square the slope",
        ),
        Wrong(
            lambda alpha, fan_in: math.sqrt((1 + alpha**2) / (2 * fan_in)),
            "make up for",
            "multiplies by the share that survives",
        ),
    ],
)
def _leaky(answer: Callable) -> None:
    at_zero = number(answer(0.0, 50), "the standard deviation")
    for alpha, fan_in in [(0.0, 50), (0.3, 50), (1.0, 8), (0.1, 400)]:
        got = number(answer(alpha, fan_in), "the standard deviation")
        share = float(np.sum(_P * np.where(_Z > 0, _Z, alpha * _Z) ** 2))
        want = math.sqrt(1 / (share * fan_in))
        if _close(got, want):
            continue
        if _close(got, want**2):
            raise Incorrect("that is the variance; the standard deviation is asked for.")
        if _close(got, math.sqrt(share / fan_in)):
            raise Incorrect(
                "the weights must make up for what is lost, so divide by the share that survives."
            )
        if _close(got, math.sqrt(2 / ((1 + alpha) * fan_in))):
            raise Incorrect(
                "left of zero values pass with alpha, squares pass with another factor."
            )
        if alpha > 0 and _close(got, at_zero * math.sqrt(50 / fan_in)):
            raise Incorrect("your answer does not depend on alpha, but a leak lets more through.")
        raise Incorrect(
            f"for alpha = {alpha} the bend keeps {share:.3f} of the mean square of a standard "
            f"normal; with {fan_in} inputs your weights multiply it by "
            f"{fan_in * got**2 * share:.3f}, not 1."
        )


# -- A common default, predicted ------------------------------------------------------------------


@_book.add(
    "default",
    stub=(..., ...),
    reference=(1 / 6, 50 * math.log10(1 / 6)),
    wrong=[
        Wrong((1 / 3, 50 * math.log10(1 / 3)), "the ReLU", "forgets that half is cut off"),
        Wrong((1 / 2, 50 * math.log10(1 / 2)), "a third", "takes the bound for a deviation"),
        Wrong(
            (math.sqrt(1 / 6), 50 * math.log10(1 / 6)),
            "root mean square",
            "gives the factor on sizes, not on squares",
        ),
        Wrong((1 / 6, 50 / 6), "fifty times in a row", "adds the factors instead"),
        Wrong((1 / 6, 50 * math.log(1 / 6)), "natural logarithm", "uses the wrong logarithm"),
    ],
)
def _default(answer: Any) -> None:
    answer = given(answer, "the prediction")
    if not (isinstance(answer, tuple) and len(answer) == 2):
        raise Incorrect("give two numbers, as a tuple.")
    factor, fifty = (number(a, "a prediction") for a in answer)
    edges = np.linspace(-1, 1, 20_001)
    middles = 0.5 * (edges[1:] + edges[:-1])
    want = 0.5 * float(np.mean(middles**2))  # D sigma^2 / 2
    if _close(factor, 2 * want, 1e-3):
        raise Incorrect("you left out the ReLU, which keeps half of the mean square.")
    if _close(factor, 0.5, 1e-3):
        raise Incorrect(
            "a uniform variable is rarely at its bound: its variance is a third of the square."
        )
    if _close(factor, math.sqrt(want), 1e-3):
        raise Incorrect("that is the factor on the root mean square.")
    if not _close(factor, want, 1e-3):
        raise Incorrect("the factor is half of D times the variance of a weight.")
    if _close(fifty, 50 * math.log(want), 1e-3):
        raise Incorrect("the factor is right, but that is a natural logarithm.")
    if not _close(fifty, 50 * math.log10(want), 1e-3):
        raise Incorrect(
            "the factor is right. It is applied fifty times in a row, so its logarithm adds up."
        )


# -- He's rule for a convolution ------------------------------------------------------------------


def _kernel(fan: Callable, factor: float = 2.0, power: float = 0.5) -> Callable:
    def draw(shape: tuple, rng: np.random.Generator) -> np.ndarray:
        return (factor / fan(*shape)) ** power * rng.normal(size=shape)

    return draw


@_book.add(
    "conv",
    stub=lambda shape, rng: ...,
    reference=_kernel(lambda o, i, h, w: i * h * w),
    wrong=[
        Wrong(_kernel(lambda o, i, h, w: i), "places of the kernel", "counts channels only"),
        Wrong(_kernel(lambda o, i, h, w: o * h * w), "gradients", "uses the fan-out"),
        Wrong(_kernel(lambda o, i, h, w: i * h * w, 1.0), "half of the mean square", "no ReLU"),
        Wrong(
            _kernel(lambda o, i, h, w: i * h * w, power=1.0), "for its root", "scales by variance"
        ),
        Wrong(
            _kernel(lambda o, i, h, w: (i * h * w + o * h * w) / 2),
            "compromise",
            "uses Xavier's mean of both fans",
        ),
        Wrong(
            lambda shape, rng: (
                np.sqrt(2 / (shape[1] * shape[2] * shape[3])) * (2 * rng.random(size=shape) - 1)
            ),
            "is not normal",
            "draws uniform numbers",
        ),
        Wrong(
            lambda shape, rng: (
                np.sqrt(2 / (shape[1] * shape[2] * shape[3]))
                * np.random.default_rng(0).normal(size=shape)
            ),
            "comes out twice",
            "seeds a generator of its own",
        ),
    ],
)
def _conv(answer: Callable) -> None:
    shape = (48, 12, 5, 4)
    rng = np.random.default_rng(3)
    kernels = [array(answer(shape, rng), "the kernel") for _ in range(4)]
    if kernels[0].shape != shape:
        raise Incorrect(f"the kernel must have the shape {shape}; got {kernels[0].shape}.")
    if np.array_equal(kernels[0], kernels[1]):
        raise Incorrect("the same kernel comes out twice; draw with the generator you are given.")
    sample = np.stack(kernels)
    kurtosis = np.mean(sample**4) / np.mean(sample**2) ** 2
    if abs(kurtosis - 3) > 0.3:
        raise Incorrect("the distribution is not normal.")
    fan_in, fan_out = (math.prod(shape) // s for s in shape[:2])
    tolerance = 6 * math.sqrt(2 / sample.size)
    var = sample.var()

    def means(want: float) -> bool:
        return abs(var / want - 1) < tolerance

    if means(2 / fan_in):
        return
    if means(2 / shape[1]):
        raise Incorrect("one output also sums over the places of the kernel, not just channels.")
    if means(2 / fan_out):
        raise Incorrect("that is the fan-out, which keeps the size of gradients.")
    if means(1 / fan_in):
        raise Incorrect(
            "a ReLU cuts off half of the mean square; the weights must make up for it."
        )
    if means((2 / fan_in) ** 2):
        raise Incorrect("you multiply by the variance; take the standard deviation for its root.")
    if means(4 / (fan_in + fan_out)):
        raise Incorrect("that is Xavier's compromise of both fans; values alone are asked for.")
    raise Incorrect(
        f"your weights have the variance {var:.5f}; one output sums {fan_in} terms, so it should "
        f"be near {2 / fan_in:.5f}."
    )


# -- A fair rotation ------------------------------------------------------------------------------


def _rotation(n: int, rng: np.random.Generator) -> np.ndarray:
    Q, R = np.linalg.qr(rng.normal(size=(n, n)))
    return Q * np.sign(np.diag(R))


def _uniform_qr(n: int, rng: np.random.Generator) -> np.ndarray:
    Q, R = np.linalg.qr(rng.uniform(0, 1, size=(n, n)))
    return Q * np.sign(np.diag(R))


def _turned(n: int, rng: np.random.Generator) -> np.ndarray:
    Q = _rotation(n, rng)
    Q[0] *= np.linalg.det(Q)
    return Q


@_book.add(
    "orthogonal",
    stub=lambda n, rng: ...,
    reference=_rotation,
    wrong=[
        Wrong(
            lambda n, rng: np.linalg.qr(rng.normal(size=(n, n)))[0],
            "same sign",
            "keeps the signs that the library chose",
        ),
        Wrong(
            lambda n, rng: rng.normal(size=(n, n)) / math.sqrt(n),
            "is not orthogonal",
            "draws a Gaussian matrix, whose columns are orthonormal only on average",
        ),
        Wrong(_uniform_qr, "lean to one side", "starts from numbers that are not centred"),
        Wrong(lambda n, rng: np.eye(n)[rng.permutation(n)], "single", "draws permutations"),
        Wrong(_turned, "mirror", "forces the determinant to be 1"),
    ],
)
def _orthogonal(answer: Callable) -> None:
    rng = np.random.default_rng(11)
    drawn = np.stack([array(answer(3, rng), "the matrix") for _ in range(2000)])
    if drawn.shape[1:] != (3, 3):
        raise Incorrect(f"for n = 3 the matrix must be (3, 3); got {drawn.shape[1:]}.")
    if not np.allclose(drawn @ drawn.swapaxes(1, 2), np.eye(3), atol=1e-9):
        raise Incorrect("your matrix is not orthogonal: its rows must have length 1 and be "
                        "at right angles.")  # fmt: skip
    if np.mean(np.abs(drawn) < 1e-12) > 0.1:
        raise Incorrect("only single axes are ever exchanged; most rotations never come.")
    # Each column of a fair one is a uniform unit vector: in three dimensions each entry is uniform
    # on [-1, 1], with mean 0 and standard deviation 1 / sqrt(3).
    means = drawn.mean(axis=0)
    limit = 6 / math.sqrt(3 * 2000)
    diagonal = np.abs(np.diag(means[:2, :2]))
    if np.all(diagonal > 0.2) and abs(means[1, 0]) < limit and abs(means[0, 1]) < limit:
        raise Incorrect(
            "the elements on the diagonal nearly always have the same sign; R knows which sign "
            "the library chose for each column."
        )
    if np.any(np.abs(means) > limit):
        raise Incorrect("your matrices lean to one side; start from numbers without a direction.")
    if abs(np.mean(np.linalg.det(drawn))) > 6 / math.sqrt(2000):
        raise Incorrect(
            "your matrices all turn, and none is a mirror: an orthogonal matrix may have the "
            "determinant -1, and does in half of the cases."
        )


# -- Who stays together? --------------------------------------------------------------------------


def _different_units() -> int:
    """Train the six units, one parameter group at a time, and count the different ones."""
    x = np.linspace(0, 1, 60)
    y = np.exp(-2 * x) * np.sin(4 * np.pi * x)
    w_in, b_in = np.array([1.0, 1, 1, 2, 2, 3]), np.zeros(6)
    w_out, b_out = np.array([0.5, 0.5, 0.5, 0.5, 0.2, 0.2]), 0.0
    for _ in range(1000):
        h = np.tanh(np.outer(x, w_in) + b_in)
        r = 2 * (h @ w_out + b_out - y) / len(x)
        f_bar = np.outer(r, w_out) * (1 - h**2)
        w_out, b_out = w_out - 0.05 * h.T @ r, b_out - 0.05 * r.sum()
        w_in, b_in = w_in - 0.05 * x @ f_bar, b_in - 0.05 * f_bar.sum(0)
    return len({(round(u, 6), round(c, 6)) for u, c in zip(w_in, b_in, strict=True)})


@_book.add(
    "groups",
    stub=...,
    reference=4,
    wrong=[
        Wrong(6, "for ever", "thinks that training tells equal units apart"),
        Wrong(3, "two of your equal units", "looks at the incoming weights alone"),
        Wrong(2, "incoming weights too", "looks at the outgoing weights alone"),
        Wrong(1, "not all equal", "thinks that zero biases make all units equal"),
    ],
)
def _groups(answer: Any) -> None:
    got = number(answer, "the number of units")
    if got == _different_units():
        return
    hints = {
        6: "the first three are equal in everything, and so are their gradients, for ever.",
        3: "two of your equal units have different outgoing weights, so their gradients differ.",
        2: "units with equal outgoing weights may compute different values: compare the "
        "incoming weights too.",
        1: "the units are not all equal: some compute other values than others.",
    }
    raise Incorrect(
        hints.get(int(got), "count the groups of units that are equal in all of their parameters.")
    )


# -- Off for both ---------------------------------------------------------------------------------


def _angle(theta: float) -> float:
    cosine = (math.sin(theta) + (math.pi - theta) * math.cos(theta)) / math.pi
    return math.acos(min(cosine, 1.0))


def _off(updates: Callable[[int], int], wedge: Callable[[float], float]) -> Callable:
    def off(c: float, depth: int) -> float:
        theta = math.acos(c)
        for _ in range(updates(depth)):
            theta = _angle(theta)
        return wedge(theta)

    return off


def _wedge(theta: float) -> float:
    return (math.pi - theta) / (2 * math.pi)


def _by_quadrature(c: float, depth: int) -> float:
    """The same, with both expectations as sums over directions, weighed as a wide layer does."""
    phi = (np.arange(100_000) + 0.5) * 2 * np.pi / 100_000
    theta = math.acos(c)
    for _ in range(depth - 1):
        u, v = np.maximum(np.cos(phi), 0), np.maximum(np.cos(phi - theta), 0)
        theta = math.acos(min(1.0, float(np.sum(u * v) / np.sum(u * u))))
    return float(np.mean((np.cos(phi) < 0) & (np.cos(phi - theta) < 0)))


@_book.add(
    "off",
    stub=lambda c, depth: ...,
    reference=_off(lambda depth: depth - 1, _wedge),
    wrong=[
        Wrong(
            _off(lambda depth: depth, _wedge), "one layer too late", "updates the angle once more"
        ),
        Wrong(_off(lambda depth: 0, _wedge), "turns the examples", "ignores the layers before"),
        Wrong(
            _off(lambda depth: depth - 1, lambda theta: (math.pi - theta) / math.pi),
            "full turn",
            "divides by half a turn",
        ),
        Wrong(
            _off(lambda depth: depth - 1, lambda theta: theta / (2 * math.pi)),
            "parallel examples",
            "takes the wedge where exactly one is off",
        ),
        Wrong(lambda c, depth: 0.25, "independent", "multiplies two halves"),
    ],
)
def _off_check(answer: Callable) -> None:
    def got(c: float, depth: int) -> float:
        return number(answer(c, depth), "the probability")

    if all(_close(got(c, d), 0.25, 1e-3) for c, d in [(0.0, 1), (0.5, 1), (0.5, 4)]):
        raise Incorrect("the two events are not independent: the same weights see both examples.")
    if _close(got(1.0, 1), 0.0, 1e-3):
        raise Incorrect("for parallel examples a unit that is off for one is off for the other.")
    if _close(got(0.0, 1), 0.5, 1e-3):
        raise Incorrect("the wedge is a part of the full turn, 2 pi.")
    for c in (0.0, 0.6, -0.5):
        want = _by_quadrature(c, 1)
        if _close(got(c, 1), _by_quadrature(c, 2), 1e-3):
            raise Incorrect("you are one layer too late: layer 1 sees the angle of the inputs.")
        if not _close(got(c, 1), want, 1e-3):
            raise Incorrect(
                f"in layer 1 the probability for cosine {c} is {want:.4f}; got {got(c, 1):.4f}."
            )
    for c, depth in [(0.0, 2), (0.0, 7), (0.6, 3)]:
        want = _by_quadrature(c, depth)
        if _close(got(c, depth), _by_quadrature(c, 1), 1e-3):
            raise Incorrect("every layer turns the examples towards each other; yours do not.")
        if not _close(got(c, depth), want, 1e-3):
            raise Incorrect(
                f"layer 1 is right; in layer {depth} the probability for cosine {c} is "
                f"{want:.4f}; got {got(c, depth):.4f}."
            )


# -- How much one layer fluctuates ----------------------------------------------------------------


@_book.add(
    "fluctuation",
    stub=lambda alpha, width: ...,
    reference=lambda alpha, width: (6 * (1 + alpha**4) / (1 + alpha**2) ** 2 - 1) / width,
    wrong=[
        Wrong(
            lambda alpha, width: 6 * (1 + alpha**4) / (1 + alpha**2) ** 2 / width,
            "square of the mean",
            "gives the mean square instead of the variance",
        ),
        Wrong(
            lambda alpha, width: 6 * (1 + alpha**4) / (1 + alpha**2) ** 2 - 1,
            "mean of width",
            "forgets that the factor is a mean over the units",
        ),
        Wrong(
            lambda alpha, width: 5 / width, "does not depend on alpha", "copies the ReLU's value"
        ),
        Wrong(
            lambda alpha, width: (1.5 * (1 + alpha**4) - ((1 + alpha**2) / 2) ** 2) / width,
            "right size",
            "leaves out the weights that keep the mean at 1",
        ),
        Wrong(
            lambda alpha, width: math.sqrt((6 * (1 + alpha**4) / (1 + alpha**2) ** 2 - 1) / width),
            "standard deviation",
            "takes the root",
        ),
    ],
)
def _fluctuation(answer: Callable) -> None:
    for alpha, width in [(0.3, 40), (0.0, 7), (1.0, 100)]:
        got = number(answer(alpha, width), "the variance")
        squares = np.where(_Z > 0, _Z, alpha * _Z) ** 2
        mean = float(np.sum(_P * squares))
        X = squares / mean
        want = float(np.sum(_P * (X - 1) ** 2)) / width
        if _close(got, want):
            continue
        if _close(got, want + 1 / width):
            raise Incorrect("that is E[X^2] / D; a variance subtracts the square of the mean.")
        if _close(got, want * width):
            raise Incorrect("that is the variance of X; the factor is a mean of width such terms.")
        if _close(got, math.sqrt(want)):
            raise Incorrect("that is the standard deviation.")
        if _close(got, want * mean**2):
            raise Incorrect(
                "the weights have the right size, so that the factor has mean 1; yours has "
                f"mean {mean:.3f}."
            )
        if _close(got, 5 / width):
            raise Incorrect("your answer does not depend on alpha.")
        raise Incorrect(
            f"for alpha = {alpha} and {width} units the variance is {want:.5f}; got {got:.5f}."
        )


# -- How large may a branch be? -------------------------------------------------------------------


@_book.add(
    "branch",
    stub=lambda blocks, growth: ...,
    reference=lambda blocks, growth: math.sqrt(growth ** (1 / blocks) - 1),
    wrong=[
        Wrong(
            lambda blocks, growth: growth ** (1 / blocks) - 1,
            "beta^2",
            "returns the growth of a block",
        ),
        Wrong(
            lambda blocks, growth: math.sqrt((growth - 1) / blocks),
            "compounds",
            "adds up the growth of the blocks",
        ),
        Wrong(
            lambda blocks, growth: math.sqrt(math.log(growth) / blocks),
            "many blocks",
            "uses the limit of endless depth",
        ),
        Wrong(
            lambda blocks, growth: growth ** (1 / (2 * blocks)) - 1,
            "at right angles",
            "adds lengths instead of squares",
        ),
    ],
)
def _branch(answer: Callable) -> None:
    for blocks, growth in [(10, 4.0), (3, 2.0), (200, 1.5)]:
        beta = number(answer(blocks, growth), "beta")
        if not 0 < beta < 10:
            raise Incorrect(f"beta must be positive, and not huge; got {beta:g}.")
        size = 1.0
        for _ in range(blocks):  # the branch is as large as what it is given, and independent
            size = size + beta**2 * size
        if _close(size, growth, 1e-9):
            continue
        if _close((1 + beta) ** blocks, growth):
            raise Incorrect("a block multiplies the mean square by 1 + beta^2, not 1 + beta.")
        if _close(1 + blocks * beta**2, growth):
            raise Incorrect("the growth compounds: each block acts on what the last one made.")
        if _close(math.exp(blocks * beta**2), growth):
            raise Incorrect("that is right for many blocks only; solve the equation exactly.")
        if _close((1 + beta) ** (2 * blocks), growth):
            raise Incorrect(
                "a random branch is, on average, at right angles to its input: squares add up, "
                "lengths do not."
            )
        raise Incorrect(
            f"with your beta {blocks} blocks multiply the mean square by {size:.4g}, not {growth}."
        )


check = _book.check
EXERCISES = _book.all
