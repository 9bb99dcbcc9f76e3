"""Exercises of the chapter *Background mathematics*.

Truth comes from running NumPy on the shapes, from decimal arithmetic with fifty digits, from
complex steps and second differences, and from matrices whose eigenvalues were built in, never
from ``udlbook.autodiff``. Where a wrong answer has a typical cause, the check computes what that
cause would give and names it.
"""

import math
from collections.abc import Callable
from decimal import Context, Decimal
from typing import Any

import numpy as np

from ._core import Exercises, Incorrect, Wrong, array, given, same

_book = Exercises("background")
_EPS = float(np.finfo(float).eps)


# -- Shapes, predicted ----------------------------------------------------------------------------

_SHAPES = ((4,), (100, 4), (3,), (4, 4), ())


@_book.add(
    "shapes",
    stub=(..., ..., ..., ..., ...),
    reference=_SHAPES,
    wrong=[
        Wrong(((4, 1), *_SHAPES[1:]), "no axis of length one", "thinks of a column"),
        Wrong((4, *_SHAPES[1:]), "comma", "writes (4) for (4,)"),
        Wrong(
            (_SHAPES[0], (4, 100), *_SHAPES[2:]),
            "examples stay in the rows",
            "thinks of A @ X.T",
        ),
        Wrong(
            (*_SHAPES[:2], (4,), *_SHAPES[3:]),
            "is the one that goes",
            "keeps the axis that was averaged over",
        ),
        Wrong((*_SHAPES[:3], (4,), ()), "every element of one", "expects element by element"),
        Wrong((*_SHAPES[:4], (3,)), "all axes", "sums over the examples only"),
    ],
)
def _shapes(answer: Any) -> None:
    A, x, y, X = np.zeros((4, 3)), np.zeros(3), np.zeros(4), np.zeros((100, 3))
    truth = (A @ x, X @ A.T, A.mean(axis=0), y - y[:, None], (X - X.mean(axis=0)).sum())
    if not isinstance(answer, tuple) or len(answer) != len(truth):
        raise Incorrect("hand in a tuple of five shapes.")
    hints = (
        "A @ x has one number for each row of A, and no axis of length one beside it.",
        "in X @ A.T the examples stay in the rows, and each row holds the outputs of one.",
        "in A.mean(axis=0) the axis that is named is the one that goes.",
        "y[:, None] is a column; a row and a column meet in a table, every element of one with "
        "every element of the other.",
        "a sum without an axis goes over all axes, and leaves a single number.",
    )
    for got, value, hint in zip(answer, truth, hints, strict=True):
        got = given(got, "a shape")
        if isinstance(got, int):
            raise Incorrect("a shape is a tuple; with one axis it needs a comma, as in (4,).")
        if tuple(got) != value.shape:
            raise Incorrect(hint)


# -- Steepest, predicted --------------------------------------------------------------------------


@_book.add(
    "steepest",
    stub=(..., ..., ...),
    reference=([-0.6, 0.8], -5.0, [0.8, 0.6]),
    wrong=[
        Wrong(([0.6, -0.8], 5.0, [0.8, 0.6]), "uphill", "gives the gradient's own direction"),
        Wrong(([-3.0, 4.0], -5.0, [0.8, 0.6]), "length 1", "does not normalize"),
        Wrong(([0.0, 1.0], -4.0, [1.0, 0.0]), "both inputs", "follows the larger weight only"),
        Wrong(([-0.6, 0.8], -25.0, [0.8, 0.6]), "squared length", "forgets the root"),
        Wrong(([-0.6, 0.8], 5.0, [0.8, 0.6]), "sign", "gives a height for a fall"),
        Wrong(([-0.6, 0.8], -1.0, [0.8, 0.6]), "sum of the weights", "adds 3 and -4"),
        Wrong(([-0.6, 0.8], -5.0, [0.6, 0.8]), "right angles", "flips a sign without a swap"),
    ],
)
def _steepest(answer: Any) -> None:
    if not isinstance(answer, tuple) or len(answer) != 3:
        raise Incorrect("hand in three things: a direction, a number, a direction.")
    down, level = array(answer[0], "the way down"), array(answer[2], "the level direction")
    change = float(given(answer[1], "the change"))
    for direction in (down, level):
        if direction.shape != (2,):
            raise Incorrect(f"a direction has two numbers; got shape {direction.shape}.")
        if not math.isclose(math.hypot(*direction), 1, rel_tol=1e-3):
            raise Incorrect("directions should have length 1: divide by the norm.")
    angles = np.linspace(0, 2 * math.pi, 100_001)
    around = np.stack([np.cos(angles), np.sin(angles)])
    slopes = np.array([3.0, -4.0]) @ around
    lowest = around[:, slopes.argmin()]
    if same(-down, lowest, 1e-3):
        raise Incorrect("this direction leads uphill as fast as possible; down is opposite.")
    if not same(down, lowest, 1e-3):
        raise Incorrect(
            "some other direction falls faster. A step may be shared by both inputs: which unit "
            "vector has the smallest dot product with the weights?"
        )
    if math.isclose(change, -25) or math.isclose(change, 25):
        raise Incorrect("that is the squared length of the weights.")
    if math.isclose(change, 5, rel_tol=1e-3):
        raise Incorrect("the function falls on this way: look at the sign.")
    if math.isclose(change, -1):
        raise Incorrect("that is the sum of the weights; take their dot product with the step.")
    if not math.isclose(change, slopes.min(), rel_tol=1e-3):
        raise Incorrect("the change is the dot product of the weights with your unit step.")
    if abs(np.array([3.0, -4.0]) @ level) > 1e-2:
        raise Incorrect("level means at right angles to the weights: their dot product is zero.")


# -- Minimum, maximum or saddle -------------------------------------------------------------------


def _kind(
    H: np.ndarray,
    tiny: Callable = lambda v: 1e-9 * np.abs(v).max(),
    zero: str | None = None,
    values: Callable = np.linalg.eigvalsh,
) -> str:
    v = values(H)
    up, down, flat = (v > tiny(v)).any(), (v < -tiny(v)).any(), (np.abs(v) <= tiny(v)).any()
    if zero == "first" and flat:
        return "undecided"
    if up and down:
        return "saddle"
    if flat and zero != "ignored":
        return "undecided"
    return "minimum" if up else "maximum"


def _by_determinant(H: np.ndarray) -> str:
    det = np.linalg.det(H)
    if abs(det) < 1e-9 * np.abs(H).max() ** len(H):
        return _kind(H)
    return "saddle" if det < 0 else "minimum" if H[0, 0] > 0 else "maximum"


@_book.add(
    "critical",
    stub=lambda H: ...,
    reference=_kind,
    wrong=[
        Wrong(lambda H: _kind(H, values=np.diag), "diagonal", "looks along the axes only"),
        Wrong(
            lambda H: "minimum" if np.trace(H) > 0 else "maximum",
            "sum of the curvatures",
            "decides by the Laplacian",
        ),
        Wrong(_by_determinant, "two of them negative", "remembers the rule for two inputs"),
        Wrong(
            lambda H: _kind(H, zero="ignored"),
            "higher terms",
            "counts a flat direction as a rise",
        ),
        Wrong(
            lambda H: _kind(H, tiny=lambda v: 0.0),
            "never exactly zero",
            "compares eigenvalues with zero",
        ),
        Wrong(
            lambda H: _kind(H, tiny=lambda v: 1e-9),
            "largest eigenvalue",
            "uses an absolute tolerance",
        ),
        Wrong(
            lambda H: _kind(H, zero="first"),
            "already",
            "gives up at a flat direction although one rises and one falls",
        ),
    ],
)
def _critical(answer: Callable) -> None:
    rng = np.random.default_rng(11)

    def turned(*eigenvalues: float) -> np.ndarray:
        q = np.linalg.qr(rng.normal(size=(len(eigenvalues),) * 2))[0]
        H = (q * np.array(eigenvalues)) @ q.T
        return (H + H.T) / 2

    trace = "the sum of the curvatures is an average over all directions, and hides a single one."
    cases = [
        (np.diag([2.0, 1.0]), "minimum", "a function that rises on every way has a minimum."),
        (np.diag([-2.0, -1.0]), "maximum", "a function that falls on every way has a maximum."),
        (np.diag([3.0, -1.0]), "saddle", trace),
        (
            np.array([[1.0, 2.0], [2.0, 1.0]]),
            "saddle",
            "the diagonal tells the curvatures along the axes; here the lowest lies between them.",
        ),
        (
            turned(3, 2, -1, -1),
            "saddle",
            "with four inputs two of them negative make a positive determinant.",
        ),
        (
            np.diag([1.0, 0.0]),
            "undecided",
            "in a flat direction the higher terms decide: x^4 rises, -x^4 falls.",
        ),
        (np.diag([-1.0, 0.0, -2.0]), "undecided", "one direction is flat."),
        (
            np.diag([1.0, -1.0, 0.0]),
            "saddle",
            "one way up and one way down decide already, whatever a third direction does.",
        ),
    ]
    cases += [
        (
            turned(*values),
            "undecided",
            "on a computer an eigenvalue is never exactly zero; allow for rounding.",
        )
        for values in [(1, 2, 0), (3, 0, 5), (4, 1, 0, 2), (-1, 0, -3), (-2, -1, 0, -5)]
    ]
    cases.append(
        (
            1e-12 * turned(1, 2, 3),
            "minimum",
            "what is small must be judged beside the largest eigenvalue.",
        )
    )
    for H, want, hint in cases:
        got = given(answer(H.copy()), "the kind")
        if got not in ("minimum", "maximum", "saddle", "undecided"):
            raise Incorrect(f"return 'minimum', 'maximum', 'saddle' or 'undecided'; got {got!r}.")
        if got != want:
            raise Incorrect(f"this is a case of {want!r}, not of {got!r}: {hint}")


# -- A stable log-sum-exp -------------------------------------------------------------------------


def _lse(a: np.ndarray) -> float:
    top = np.max(a)
    return float(top if np.isinf(top) else top + np.log(np.exp(a - top).sum()))


def _quiet(f: Callable) -> Callable:
    def run(a: np.ndarray) -> float:
        with np.errstate(all="ignore"):
            return float(f(a))

    return run


@_book.add(
    "logsumexp",
    stub=lambda a: ...,
    reference=_lse,
    wrong=[
        Wrong(_quiet(lambda a: np.log(np.exp(a).sum())), "overflows", "writes the formula down"),
        Wrong(
            _quiet(lambda a: np.log(np.exp(a - a.max()).sum())),
            "put back",
            "forgets to add the maximum again",
        ),
        Wrong(
            _quiet(lambda a: a.mean() + np.log(np.exp(a - a.mean()).sum())),
            "not by the mean",
            "shifts by the mean, which does not bound the exponents",
        ),
        Wrong(
            _quiet(lambda a: np.log(np.exp(np.minimum(a, 700)).sum())),
            "clipped",
            "clips the numbers to the range of exp",
        ),
        Wrong(
            _quiet(lambda a: a.max() + np.log(np.exp(a - a.max()).sum())),
            "nothing to subtract",
            "forgets the case in which the maximum is infinite",
        ),
    ],
)
def _logsumexp(answer: Callable) -> None:
    exact = Context(prec=50)

    def truth(a: list[float]) -> float:
        total = exact.create_decimal(0)
        for value in a:
            total = exact.add(total, exact.exp(Decimal(value)))
        return float(exact.ln(total))

    def got(a: list[float]) -> float:
        with np.errstate(all="ignore"):
            return float(array(answer(np.array(a)), "the result"))

    plain = [0.3, -1.2, 2.0]
    if math.isclose(got(plain), truth(plain) - max(plain)):
        raise Incorrect("what was subtracted must be put back, outside the logarithm.")
    if not math.isclose(got(plain), truth(plain), rel_tol=1e-12):
        raise Incorrect(f"of {plain} it is {truth(plain):.12g}; got {got(plain):.12g}.")
    high = [1e4, 1e4 - 1]
    if math.isclose(got(high), 700 + math.log(2)):
        raise Incorrect("numbers that are clipped are other numbers.")
    if math.isinf(got(high)):
        raise Incorrect(f"exp overflows: of {high} the result is about 10000, not infinity.")
    for far in (high, [-1e4, -1e4 + 2], [1e4, -1e4, 0.0], [1e4, -1e4, -1e4, -1e4]):
        value = got(far)
        if not math.isfinite(value):
            raise Incorrect(
                f"for {far} the result is not finite: shift by the largest, not by the mean."
            )
        if not math.isclose(value, truth(far), rel_tol=1e-12):
            raise Incorrect(f"of {far} it is {truth(far):.12g}; got {value:.12g}.")
    if not math.isclose(got([0.5, -math.inf]), 0.5, rel_tol=1e-12):
        raise Incorrect("exp(-inf) is 0 and adds nothing; of [0.5, -inf] the result is 0.5.")
    for a, want in (([-math.inf, -math.inf], -math.inf), ([math.inf, 0.0], math.inf)):
        if got(a) != want:
            raise Incorrect(
                f"of {a} it is {want}; got {got(a)}. If the largest number is infinite, there is "
                "nothing to subtract."
            )


# -- A Jacobian by hand ---------------------------------------------------------------------------


def _jacobian(V: np.ndarray, W: np.ndarray, x: np.ndarray) -> np.ndarray:
    return (W * (1 - np.tanh(V @ x) ** 2)) @ V


@_book.add(
    "jacobian",
    stub=lambda V, W, x: ...,
    reference=_jacobian,
    wrong=[
        Wrong(lambda V, W, x: _jacobian(V, W, x).T, "transposed", "puts inputs in the rows"),
        Wrong(lambda V, W, x: W @ V, "slope of tanh", "forgets the middle factor"),
        Wrong(
            lambda V, W, x: (W * np.tanh(V @ x)) @ V,
            "value of tanh",
            "uses the value of tanh in place of its slope",
        ),
        Wrong(
            lambda V, W, x: (W * (1 - np.tanh(V @ x))) @ V,
            "square",
            "loses the square of the slope",
        ),
        Wrong(
            lambda V, W, x: W @ (1 - np.tanh(V @ x) ** 2),
            "innermost",
            "forgets the factor V of the innermost function",
        ),
    ],
)
def _jacobian_check(answer: Callable) -> None:
    rng = np.random.default_rng(7)
    V, W, x = rng.normal(size=(4, 3)), rng.normal(size=(2, 4)), rng.normal(size=3)
    tiny = 1e-30  # a step along the imaginary axis subtracts nothing, so it can be this small
    steps = x[:, None] + 1j * tiny * np.eye(3)
    want = (W @ np.tanh(V @ steps)).imag / tiny
    got = array(answer(V.copy(), W.copy(), x.copy()), "the Jacobian")
    if got.shape == (2,):
        raise Incorrect("the chain ends too early: the innermost function has a Jacobian too.")
    if same(got.T, want):
        raise Incorrect("it is transposed: outputs in rows, inputs in columns.")
    if got.shape != want.shape:
        raise Incorrect(f"two outputs, three inputs: shape (2, 3); got {got.shape}.")
    if same(got, W @ V):
        raise Incorrect("between the two matrices stands the slope of tanh.")
    if same(got, (W * np.tanh(V @ x)) @ V):
        raise Incorrect("that is the value of tanh; its derivative is asked for.")
    if same(got, (W * (1 - np.tanh(V @ x))) @ V):
        raise Incorrect("the derivative of tanh is 1 minus its square.")
    if not same(got, want):
        raise Incorrect("tiny steps of each input disagree with your Jacobian.")


# -- A Hessian on paper ---------------------------------------------------------------------------


def _unit(x: np.ndarray) -> tuple[float, np.ndarray]:
    r = math.sqrt(x @ x)
    return r, np.outer(x / r, x / r)


@_book.add(
    "norm_hessian",
    stub=lambda x: ...,
    reference=lambda x: (np.eye(len(x)) - _unit(x)[1]) / _unit(x)[0],
    wrong=[
        Wrong(lambda x: x / _unit(x)[0], "first derivative", "hands in the gradient"),
        Wrong(lambda x: np.eye(len(x)) / _unit(x)[0], "r moves too", "holds r fixed"),
        Wrong(
            lambda x: (np.eye(len(x)) + _unit(x)[1]) / _unit(x)[0],
            "minus",
            "loses the sign of the derivative of 1 / r",
        ),
        Wrong(
            lambda x: np.eye(len(x)) - _unit(x)[1],
            "the farther out",
            "forgets the factor 1 / r",
        ),
        Wrong(
            lambda x: 2 * np.eye(len(x)),
            "squared norm",
            "differentiates the square",
        ),
        Wrong(
            lambda x: np.diag(np.diag(np.eye(len(x)) - _unit(x)[1])) / _unit(x)[0],
            "off the diagonal",
            "keeps only the pure second derivatives",
        ),
    ],
)
def _norm_hessian(answer: Callable) -> None:
    for x in (np.array([3.0, 4.0]), np.array([0.4, -1.0, 0.3, 2.0])):
        tiny = 1e-30
        steps = x[:, None] + 1j * tiny * np.eye(len(x))  # one column for each input
        want = (steps / np.sqrt((steps**2).sum(axis=0))).imag / tiny
        got = array(answer(x.copy()), "the Hessian")
        r = math.hypot(*x)
        if got.shape == x.shape:
            raise Incorrect("that has the shape of a first derivative; a Hessian is a matrix.")
        if got.shape != want.shape:
            raise Incorrect(f"the Hessian has shape {want.shape}; got {got.shape}.")
        if same(got, 2 * np.eye(len(x))):
            raise Incorrect("that is the Hessian of the squared norm.")
        if same(got, np.eye(len(x)) / r):
            raise Incorrect("in x / r the divisor r moves too when x moves.")
        if same(2 * np.eye(len(x)) / r - got, want):
            raise Incorrect("the derivative of 1 / r is minus 1 / r^2 times that of r.")
        if same(got / r, want):
            raise Incorrect("the farther out, the flatter the cone's circles: divide by r.")
        if same(got, np.diag(np.diag(want))):
            raise Incorrect("off the diagonal stand the mixed derivatives, and they are not 0.")
        if not same(got, want):
            raise Incorrect("tiny steps of the gradient x / r disagree with your Hessian.")


# -- The Laplacian of a radial function -----------------------------------------------------------


@_book.add(
    "radial",
    stub=lambda slope, bend, r, n: ...,
    reference=lambda slope, bend, r, n: bend + (n - 1) * slope / r,
    wrong=[
        Wrong(lambda slope, bend, r, n: bend, "other directions", "thinks of the radius only"),
        Wrong(
            lambda slope, bend, r, n: bend + n * slope / r,
            "one direction fewer",
            "counts the radial direction twice",
        ),
        Wrong(
            lambda slope, bend, r, n: bend + slope / r,
            "only in the plane",
            "copies the formula for two inputs",
        ),
        Wrong(
            lambda slope, bend, r, n: n * bend,
            "bend differently",
            "takes the second derivative along every direction",
        ),
        Wrong(
            lambda slope, bend, r, n: bend + (n - 1) * slope,
            "depends on r",
            "forgets the division by r",
        ),
    ],
)
def _radial(answer: Callable) -> None:
    rng = np.random.default_rng(2)
    radial = [  # value, slope and bend, each as a function of the radius
        (lambda r: r**3, lambda r: 3 * r**2, lambda r: 6 * r),
        (lambda r: np.exp(-r * r / 2), lambda r: -r * np.exp(-r * r / 2),
         lambda r: (r * r - 1) * np.exp(-r * r / 2)),
    ]  # fmt: skip
    for n in (1, 2, 3, 5):
        x = rng.normal(size=n)
        x *= 1.7 / math.sqrt(x @ x)
        for value, slope, bend in radial:
            a, b, r, h = slope(1.7), bend(1.7), 1.7, 1e-3
            moved = np.stack([x + h * np.eye(n), x - h * np.eye(n)])
            around = value(np.sqrt((moved**2).sum(axis=-1))).sum()
            want = np.array((around - 2 * n * value(r)) / h**2)
            got = array(answer(a, b, r, n), "the Laplacian")
            if same(got, want, 1e-4):
                continue
            if n == 1 and same(got, np.array(b + a / r)):
                # wrong for one input already; more inputs tell the two causes apart
                if same(array(answer(a, b, r, 3), "the Laplacian"), np.array(b + a / r)):
                    raise Incorrect("that holds only in the plane, for n = 2.")
                raise Incorrect("there is one direction fewer across the radius than inputs.")
            if same(got, np.array(b)):
                raise Incorrect(
                    "that is the bend along the radius; the function also bends in the other "
                    "directions, because a circle turns away from its tangent."
                )
            if same(got, np.array(n * b)):
                raise Incorrect("across the radius the function does bend differently.")
            if same(got, np.array(b + (n - 1) * a)):
                raise Incorrect("how fast a circle turns away from its tangent depends on r.")
            raise Incorrect(f"second differences give {want:.4f} for n = {n}; got {got}.")


# -- The step of a second difference --------------------------------------------------------------


@_book.add(
    "second_step",
    stub=lambda value, fourth, eps: ...,
    reference=lambda value, fourth, eps: (24 * eps * abs(value / fourth)) ** 0.25,
    wrong=[
        Wrong(
            lambda value, fourth, eps: (2 * eps * abs(value / fourth)) ** 0.5,
            "square root",
            "copies the rule of the forward difference",
        ),
        Wrong(
            lambda value, fourth, eps: (1.5 * eps * abs(value / fourth)) ** (1 / 3),
            "cube root",
            "copies the rule of the central first difference",
        ),
        Wrong(
            lambda value, fourth, eps: (24 * eps) ** 0.25,
            "how fast the function bends",
            "leaves out the function",
        ),
        Wrong(
            lambda value, fourth, eps: (24 * eps * abs(fourth / value)) ** 0.25,
            "upside down",
            "swaps the value and the fourth derivative",
        ),
        Wrong(
            lambda value, fourth, eps: (24 * eps * value / fourth) ** 0.25,
            "absolute",
            "forgets that derivatives have signs",
        ),
        Wrong(
            lambda value, fourth, eps: (eps * abs(value / fourth) / 24) ** 0.25,
            "can be had",
            "divides by 24 where the equation says multiply",
        ),
    ],
)
def _second_step(answer: Callable) -> None:
    def step(value: float, fourth: float, eps: float) -> float:
        h = given(answer(value, fourth, eps), "the step")
        if isinstance(h, complex) or not math.isfinite(h):
            raise Incorrect("for values of different signs the step is no number: take absolute.")
        return float(h)

    h = step(1.0, 1.0, _EPS)
    power = math.log(h / step(1.0, 1.0, _EPS / 2**12)) / (12 * math.log(2))
    if math.isclose(power, 1 / 2, abs_tol=0.01):
        raise Incorrect("the square root is the rule of the forward first difference.")
    if math.isclose(power, 1 / 3, abs_tol=0.01):
        raise Incorrect("the cube root is the rule of the central first difference.")
    if not math.isclose(power, 1 / 4, abs_tol=0.01):
        raise Incorrect(
            "set the derivative of c1 h^2 + c2 eps / h^2 by h to zero: which root of eps is it?"
        )
    if math.isclose(step(1.0, 16.0, _EPS), h):
        raise Incorrect("the best step depends on how fast the function bends.")
    if math.isclose(step(1.0, 16.0, _EPS), 2 * h):
        raise Incorrect("value and fourth derivative are upside down: bends want short steps.")
    step(1.0, -1.0, _EPS)
    # sin(w x) for several w, whose fourth derivative is w^4 times its value.
    for w in (0.2, 1.0, 30.0):
        x = np.linspace(0.4, 1.2, 101) / w
        grid = np.logspace(-6, 0, 61) / w

        def error(h: float, w: float = w, x: np.ndarray = x) -> float:
            f = [np.sin(w * t) for t in (x + h, x, x - h)]
            return float(np.median(np.abs((f[0] - 2 * f[1] + f[2]) / h**2 + w**2 * f[1])))

        best = min(error(h) for h in grid)
        mine = error(step(math.sin(0.8), w**4 * math.sin(0.8), _EPS))
        if mine > 4 * best:
            raise Incorrect(
                f"for sin({w:g} x) your step gives an error of {mine:.1e}; {best:.1e} can be had."
            )


check = _book.check
EXERCISES = _book.all
