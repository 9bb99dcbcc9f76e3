"""Exercises of the chapter *Gradient flow*.

Truth comes from many small steps, from Taylor sums of matrices, from central differences, from
random starts and from minima found by linear algebra, never from ``udlbook.optim`` or
``udlbook.networks``. Where a wrong answer has a typical cause, the check computes what that cause
would give and names it.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ._core import Exercises, Incorrect, Wrong, array, given, same

_book = Exercises("gradient_flow")


def _numbers(value: Any, n: int) -> list[float]:
    value = given(value, "the answer")
    if not (isinstance(value, tuple) and len(value) == n):
        raise Incorrect(f"give {n} numbers, as a tuple.")
    return [float(given(v, "a number")) for v in value]


def _near(got: float, want: float) -> bool:
    return math.isclose(got, want, rel_tol=0.02)


# -- Two modes, before running --------------------------------------------------------------------


@_book.add(
    "times",
    stub=(..., ...),
    reference=(math.log(1000) / 4, math.log(1000) / 0.02),
    wrong=[
        Wrong(
            (math.log(1000) / 2, math.log(1000) / 0.01),
            "decays twice as fast",
            "follows the parameter, not the loss",
        ),
        Wrong(
            (math.log(1000) / 0.02, math.log(1000) / 4), "swapped", "thinks that steep means slow"
        ),
        Wrong((0.5, 100.0), "a thousandth", "gives the time constants 1 / c"),
        Wrong((3 / 4, 3 / 0.02), "natural logarithm", "takes the logarithm to base 10"),
    ],
)
def _times(answer: Any) -> None:
    got = _numbers(answer, 2)
    want = []
    for c in (2.0, 0.01):  # the loss of one mode, in many small steps, from 1 until 1/1000
        step, a, t = 1e-4 / c, 1.0, 0.0
        while a * a > 0.001:
            a, t = a - step * c * a, t + step
        want.append(t)
    if all(map(_near, got, want)):
        return
    if all(map(_near, got, want[::-1])):
        raise Incorrect("the two are swapped: the steep direction is the fast one.")
    if all(map(_near, got, [2 * w for w in want])):
        raise Incorrect("that is the parameter; the loss is its square, and decays twice as fast.")
    if all(map(_near, got, [0.5, 100.0])):
        raise Incorrect("1 / c is the time in which the parameter falls to 1/e, not the loss to "
                        "a thousandth.")  # fmt: skip
    if all(map(_near, got, [w / math.log(10) for w in want])):
        raise Incorrect("the exponential is that of e: take the natural logarithm of 1000.")
    raise Incorrect("the loss of a mode is proportional to exp(-2 c t); when is that 1/1000?")


# -- The residual through eigenvalues -------------------------------------------------------------


def _residual(fault: str = "") -> Callable:
    def residual(X: np.ndarray, y: np.ndarray, phi: np.ndarray, t: float) -> np.ndarray:
        k, V = np.linalg.eigh(X @ X.T)
        rate = 2 / len(y) * k
        if fault == "count":
            rate = 2 * k
        if fault == "growth":
            rate = -rate
        r = X @ phi - y
        if fault == "elements":
            return np.exp(-2 / len(y) * t * (X @ X.T)) @ r
        out = np.exp(-rate * t) * (V.T @ r)
        return out if fault == "modes" else V @ out

    return residual


def _decay(A: np.ndarray, r: np.ndarray) -> np.ndarray:
    """exp(-A) r by squaring a Taylor sum."""
    E, term = np.eye(len(A)), np.eye(len(A))
    for i in range(1, 12):
        term = term @ (-A / 1024) / i
        E = E + term
    for _ in range(10):
        E = E @ E
    return E @ r


@_book.add(
    "residual",
    stub=lambda X, y, phi, t: ...,
    reference=_residual(),
    wrong=[
        Wrong(_residual("count"), "divided by N", "forgets that the loss is a mean"),
        Wrong(_residual("growth"), "grows", "loses the minus in the exponent"),
        Wrong(_residual("elements"), "element by element", "np.exp of a matrix"),
        Wrong(_residual("modes"), "coordinates of the modes", "does not turn back at the end"),
    ],
)
def _residual_check(answer: Callable) -> None:
    rng = np.random.default_rng(3)
    for n, dim in [(5, 3), (4, 6)]:
        X, y, phi = rng.normal(size=(n, dim)), rng.normal(size=n), rng.normal(size=dim)
        r, K = X @ phi - y, X @ X.T
        for t in (0.0, 0.3, 2.0):
            got = array(answer(X.copy(), y.copy(), phi.copy(), t), "the residual")
            if got.shape != y.shape:
                raise Incorrect(f"one residual an example, shape {y.shape}; got {got.shape}.")
            want = _decay(2 * t / n * K, r)
            if same(got, want, 1e-8):
                continue
            if same(got, _decay(2 * t * K, r), 1e-8):
                raise Incorrect("too fast: the loss is a mean, so the rate is divided by N.")
            if same(got, np.exp(-2 * t / n * K) @ r):
                raise Incorrect(
                    "np.exp works element by element; exp of a matrix takes the exponential of "
                    "its eigenvalues."
                )
            if math.isclose(np.linalg.norm(got), np.linalg.norm(want)):
                raise Incorrect(
                    "the length is right, the direction is not: you are still in the coordinates "
                    "of the modes. Turn back."
                )
            if np.linalg.norm(got) > np.linalg.norm(r):
                raise Incorrect("your residual grows with time; look at the sign in the exponent.")
            raise Incorrect(f"at time {t} a Taylor sum of the matrix exponential disagrees.")


# -- Where a flow ends, before running ------------------------------------------------------------


@_book.add(
    "ends",
    stub=(..., ..., ..., ...),
    reference=(2.5, -0.5, 1.0, 1.0),
    wrong=[
        Wrong((1.0, 1.0, 1.0, 1.0), "forgets nothing", "expects the shortest solution always"),
        Wrong((2.5, -0.5, 2.5, -0.5), "pulls for ever", "thinks a weak penalty changes little"),
        Wrong((2.5, -0.5, 0.0, 0.0), "weak penalty", "thinks the penalty wins over the data"),
        Wrong((3.0, -1.0, 1.0, 1.0), "one parameter", "moves one parameter only"),
        Wrong((2.0, 0.0, 1.0, 1.0), "towards 0", "shrinks the start until it fits"),
    ],
)
def _ends(answer: Any) -> None:
    got = np.array(_numbers(answer, 4))
    X, y, start = np.array([[1.0, 1.0]]), np.array([2.0]), np.array([3.0, 0.0])
    plain = start + np.linalg.lstsq(X, y - X @ start, rcond=None)[0]
    tiny = 1e-9  # the penalized minimum, by augmented least squares
    rows = np.concatenate([X, math.sqrt(tiny) * np.eye(2)])
    pulled = np.linalg.lstsq(rows, np.concatenate([y, [0.0, 0.0]]), rcond=None)[0]
    if np.allclose(got[:2], pulled, atol=0.02):
        raise Incorrect(
            "(1, 1) is the shortest solution. Without a penalty the flow forgets nothing in a "
            "direction in which the loss is flat."
        )
    if np.allclose(got[:2], [3, -1], atol=0.02):
        raise Incorrect("you moved one parameter; the gradient has both components, and equal.")
    if np.allclose(got[:2], [2, 0], atol=0.02):
        raise Incorrect("the flow moves along the gradient, (1, 1), and not towards 0.")
    if not np.allclose(got[:2], plain, atol=0.02):
        raise Incorrect(
            "the gradient always points along (1, 1), so the flow takes the shortest way from the "
            "start to the line of minima."
        )
    if np.allclose(got[2:], plain, atol=0.02):
        raise Incorrect("a penalty, however weak, pulls for ever, and nothing holds against it "
                        "where the data are silent.")  # fmt: skip
    if np.allclose(got[2:], 0, atol=0.02):
        raise Incorrect("a weak penalty cannot win against the data: the sum must stay near 2.")
    if not np.allclose(got[2:], pulled, atol=0.02):
        raise Incorrect("of all points with the sum 2, a weak penalty prefers the shortest.")


# -- Stopping early is nearly ridge ---------------------------------------------------------------


@_book.add(
    "ridge",
    stub=lambda c, t: ...,
    reference=lambda c, t: c / (2 * math.expm1(c * t)),
    wrong=[
        Wrong(lambda c, t: c / math.expm1(c * t), "factor 2", "takes the curvature of lambda"),
        Wrong(lambda c, t: 1 / (2 * t), "small c t", "uses the rule of thumb"),
        Wrong(lambda c, t: c * math.expm1(c * t) / 2, "grows with time", "turns the ratio around"),
        Wrong(
            lambda c, t: c / (2 * math.exp(c * t)), "forgot the 1", "takes e^(ct) for e^(ct) - 1"
        ),
    ],
)
def _ridge(answer: Callable) -> None:
    for c, t in [(0.5, 1.0), (2.0, 0.7), (1.0, 3.0), (0.01, 0.5)]:
        got = float(array(answer(c, t), "the penalty"))
        a = 0.0  # a single mode whose end is 1, from 0, in small steps of Runge and Kutta's kind
        for _ in range(400):
            half = a + t / 800 * c * (1 - a)
            a += t / 400 * c * (1 - half)
        # By bisection: the penalty whose ridge minimum is a.
        low, high = 1e-12, 1e4
        for _ in range(200):
            middle = math.sqrt(low * high)
            low, high = (middle, high) if c / (c + 2 * middle) > a else (low, middle)
        if math.isclose(got, low, rel_tol=1e-3):
            continue
        if math.isclose(got, 2 * low, rel_tol=1e-3):
            raise Incorrect("a factor 2: the penalty adds 2 lambda to each curvature.")
        if math.isclose(got, 1 / (2 * t), rel_tol=1e-3):
            raise Incorrect("1 / (2 t) is what is left for small c t; give the exact one.")
        if answer(c, 2 * t) > got:
            raise Incorrect("your penalty grows with time; who trains longer is penalized less.")
        if math.isclose(got, c / 2 * math.exp(-c * t), rel_tol=1e-3):
            raise Incorrect("solve 1 - exp(-c t) = c / (c + 2 lambda) again: you forgot the 1.")
        raise Incorrect(f"for c = {c} and t = {t} the two shrink the mode differently.")


# -- The spread of the predictions ----------------------------------------------------------------


def _spread(fault: str = "") -> Callable:
    def spread(X: np.ndarray, X_new: np.ndarray, tau: float, t: float) -> np.ndarray:
        c, V = np.linalg.eigh(2 / len(X) * X.T @ X)
        kept = np.exp(-np.maximum(c, 0) * t)
        if fault == "once":
            kept = np.sqrt(kept)
        if fault == "silent":
            kept = kept * (c > 1e-9)
        if fault == "gained":
            kept = 1 - kept
        A = X_new @ V
        cov = tau ** (1 if fault == "tau" else 2) * (A * kept**2) @ A.T
        return cov if fault == "matrix" else np.diag(cov)

    return spread


@_book.add(
    "spread",
    stub=lambda X, X_new, tau, t: ...,
    reference=_spread(),
    wrong=[
        Wrong(_spread("once"), "from both sides", "shrinks the variance like a parameter"),
        Wrong(_spread("silent"), "no data", "drops the modes with no curvature"),
        Wrong(_spread("gained"), "at time 0", "takes what is gained for what is kept"),
        Wrong(_spread("tau"), "deviation", "takes tau for a variance"),
        Wrong(_spread("matrix"), "one variance", "returns the covariance"),
    ],
)
def _spread_check(answer: Callable) -> None:
    rng = np.random.default_rng(6)
    X, X_new, tau = rng.normal(size=(3, 5)), rng.normal(size=(4, 5)), 0.6
    H = 2 / 3 * X.T @ X
    null = np.eye(5) - np.linalg.pinv(X) @ X
    for t in (0.0, 0.4, 2.0):
        A = X_new @ _decay(t * H, np.eye(5))  # from a start to its prediction
        want = tau**2 * (A**2).sum(1)
        got = array(answer(X.copy(), X_new.copy(), tau, t), "the variances")
        if got.shape != (4,):
            raise Incorrect(f"one variance a new input, shape (4,); got {got.shape}.")
        if same(got, want, 1e-8):
            continue
        if same(got * tau, want, 1e-8):
            raise Incorrect("tau is a deviation; a variance is its square.")
        half = X_new @ _decay(t / 2 * H, np.eye(5))
        if same(got, tau**2 * (half**2).sum(1), 1e-8):
            raise Incorrect("the exponential acts on a covariance from both sides.")
        if same(got, want - tau**2 * ((X_new @ null) ** 2).sum(1), 1e-8):
            raise Incorrect("directions with no data keep their variance for ever.")
        if t == 0:
            raise Incorrect("at time 0 the spread is that of the starts: tau^2 |x|^2.")
        raise Incorrect(f"at time {t} the spread of random starts is another.")


# -- A method of order two ------------------------------------------------------------------------


def _midpoint(fault: str = "") -> Callable:
    def follow(field: Callable, phi: np.ndarray, step: float, n_steps: int) -> np.ndarray:
        points = [phi]
        for _ in range(n_steps - (fault == "count")):
            slope = field(points[-1])
            if fault == "full":
                slope = field(points[-1] + step * slope)
            elif fault != "euler":
                slope = field(points[-1] + step / 2 * slope)
            points.append(points[-1] + (step / 2 if fault == "half" else step) * slope)
        return np.array(points)

    return follow


@_book.add(
    "midpoint",
    stub=lambda field, phi, step, n_steps: ...,
    reference=_midpoint(),
    wrong=[
        Wrong(_midpoint("euler"), "Euler's method", "uses the slope at the start"),
        Wrong(_midpoint("full"), "end of the step", "asks for the slope a whole step ahead"),
        Wrong(_midpoint("half"), "half as far", "takes half a step at last too"),
        Wrong(_midpoint("count"), "n_steps + 1", "leaves out the start or the end"),
    ],
)
def _midpoint_check(answer: Callable) -> None:
    def field(p: np.ndarray) -> np.ndarray:  # a circle with decay, known exactly
        return np.stack([-p[1], p[0]]) - 0.3 * p

    start, errors = np.array([1.0, 0.0]), []
    exact = math.exp(-0.6) * np.array([math.cos(2.0), math.sin(2.0)])
    for n in (40, 80, 160):
        points = array(answer(field, start.copy(), 2 / n, n), "the points")
        if points.shape != (n + 1, 2):
            raise Incorrect(
                f"{n} steps have n_steps + 1 points, shape {(n + 1, 2)}; got {points.shape}."
            )
        errors.append(float(np.linalg.norm(points[-1] - exact)))
    h = 2 / 40
    one = array(answer(field, start.copy(), h, 1), "the points")[1]
    slope = field(start)
    if np.allclose(one, start + h * slope, rtol=1e-12):
        raise Incorrect("that is Euler's method: the slope at the start of the step.")
    if np.allclose(one, start + h * field(start + h * slope), rtol=1e-12):
        raise Incorrect("you take the slope at the end of the step; take it half-way.")
    if np.allclose(one, start + h / 2 * field(start + h / 2 * slope), rtol=1e-12):
        raise Incorrect("your step is half as far as it should be: look half-way, go all the way.")
    order = math.log2(errors[1] / errors[2])
    if not 1.9 < order < 2.1 or errors[2] > 1e-3:
        raise Incorrect(f"halving the step should quarter the error; your order is {order:.1f}.")


# -- The price of stability, before running -------------------------------------------------------


@_book.add(
    "price",
    stub=(..., ...),
    reference=(1000, 2872),
    wrong=[
        Wrong((1000, 718), "four gradients", "counts steps instead of gradients"),
        Wrong((20, 57.4), "steepest", "lets the flattest direction set the step"),
        Wrong((2000, 2872), "2 / c", "stops where the steepest mode lands on 0"),
        Wrong((1000, 4000), "2.785", "gives both methods the same wall"),
    ],
)
def _price(answer: Any) -> None:
    euler, rk4 = _numbers(answer, 2)

    def fewest(amplify: Callable, gradients: int) -> float:
        """By bisection: the number of gradients at the wall of the step."""
        low, high = 0.001, 0.2
        for _ in range(60):
            middle = (low + high) / 2
            stable = all(abs(amplify(-middle * c)) <= 1 for c in (1.0, 50.0))
            low, high = (middle, high) if stable else (low, middle)
        return gradients * 40 / low

    want = (
        fewest(lambda z: 1 + z, 1),
        fewest(lambda z: sum(z**k / math.factorial(k) for k in range(5)), 4),
    )
    if _near(euler, want[0]) and _near(rk4, want[1]):
        return
    if _near(euler, want[0] / 50):
        raise Incorrect("the steepest direction sets the wall, also when it is long at rest.")
    if _near(euler, 2 * want[0]):
        raise Incorrect("1 / c is where a step lands on 0; the wall is at 2 / c.")
    if _near(rk4, want[1] / 4):
        raise Incorrect("each step of Runge-Kutta asks for four gradients.")
    if _near(rk4, 4 * want[0]):
        raise Incorrect("the wall of Runge-Kutta is a little farther out, at 2.785 / c.")
    raise Incorrect("divide the time by the longest stable step, and count gradients.")


# -- The tangent kernel of a small network --------------------------------------------------------


def _kernel(fault: str = "") -> Callable:
    def kernel(x: np.ndarray, x_2: np.ndarray, w: Any, b: Any, v: Any) -> np.ndarray:
        def rows(x: np.ndarray) -> list[np.ndarray]:
            h = np.tanh(np.outer(x, w) + b)
            slope = 1 - h**2 if fault != "slope" else 1 - h
            root = math.sqrt(len(w)) if fault != "scale" else 1.0
            by_v, by_b = h / root, v * slope / root
            by_w = by_b * x[:, None]
            if fault == "last":
                return [by_v]
            return [by_v, by_w] if fault == "bias" else [by_v, by_w, by_b]

        J, J_2 = (np.concatenate(rows(a), axis=1) for a in (x, x_2))
        return J @ J_2.T

    return kernel


@_book.add(
    "kernel",
    stub=lambda x, x_2, w, b, v: ...,
    reference=_kernel(),
    wrong=[
        Wrong(_kernel("last"), "output weights alone", "differentiates by v only"),
        Wrong(_kernel("bias"), "biases", "forgets the biases"),
        Wrong(_kernel("scale"), "number of units", "forgets the root of the width"),
        Wrong(_kernel("slope"), "1 - tanh(f)^2", "writes 1 - tanh for the slope"),
    ],
)
def _kernel_check(answer: Callable) -> None:
    rng = np.random.default_rng(11)
    x, x_2 = rng.normal(size=4), rng.normal(size=3)
    w, b, v = rng.normal(size=(3, 6))

    def jacobian(x: np.ndarray, parts: str = "wbv") -> np.ndarray:
        """Central differences of the network, one parameter at a time."""

        def run(p: np.ndarray) -> np.ndarray:
            total = np.zeros(len(x))
            for k in range(6):
                total = total + p[2, k] * np.tanh(p[0, k] * x + p[1, k])
            return total / math.sqrt(6)

        p, columns = np.stack([w, b, v]), []
        for row, name in enumerate("wbv"):
            for k in range(6):
                step = np.zeros((3, 6))
                step[row, k] = 1e-5 * (name in parts)
                columns.append((run(p + step) - run(p - step)) / 2e-5)
        return np.stack(columns, axis=1)

    got = array(answer(x.copy(), x_2.copy(), w.copy(), b.copy(), v.copy()), "the kernel")
    if got.shape != (4, 3):
        raise Incorrect(f"rows for x, columns for x_2: shape (4, 3); got {got.shape}.")
    want = jacobian(x) @ jacobian(x_2).T
    if same(got, want, 1e-7):
        return
    if same(got, jacobian(x, "v") @ jacobian(x_2, "v").T, 1e-7):
        raise Incorrect("that is the kernel of the output weights alone; w and b move too.")
    if same(got, jacobian(x, "wv") @ jacobian(x_2, "wv").T, 1e-7):
        raise Incorrect("the biases are parameters as well.")
    if same(got / 6, want, 1e-7):
        raise Incorrect("the output is divided by the root of the number of units.")
    raise Incorrect(
        "central differences give another kernel. The slope of tanh is 1 - tanh(f)^2, and by w "
        "it meets the input."
    )


check = _book.check
EXERCISES = _book.all
