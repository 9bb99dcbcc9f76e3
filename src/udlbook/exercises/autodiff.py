"""Exercises of the chapter *Autodiff*.

The checks take plain numbers, arrays and functions. Their truth comes from closed forms, from
central differences and from definitions written out, never from the engine that the chapter
teaches. Where a wrong answer has a typical cause, the check computes what that cause would give
and names it.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ._core import Exercises, Incorrect, Wrong, array, given, same

_book = Exercises("autodiff")


# -- The pullback of a broadcast ------------------------------------------------------------------


def _stretched(g: np.ndarray, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The axes of g along which an array of this shape was repeated."""
    extra = g.ndim - len(shape)
    return (*range(extra), *(extra + i for i, size in enumerate(shape) if size == 1))


def _sum_to(g: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    return g.sum(axis=_stretched(g, shape)).reshape(shape)


def _mean_to(g: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    return g.mean(axis=_stretched(g, shape)).reshape(shape)


def _one_copy(g: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    axes = _stretched(g, shape)
    return g[tuple(0 if i in axes else slice(None) for i in range(g.ndim))].reshape(shape)


@_book.add(
    "broadcast",
    stub=lambda g, shape: ...,
    reference=_sum_to,
    wrong=[
        Wrong(lambda g, shape: g, "shape of g", "hands the gradient on without summing"),
        Wrong(
            lambda g, shape: g.sum(axis=tuple(range(g.ndim - len(shape)))),
            "length 1",
            "sums the axes that broadcasting put in front, forgets those of length 1",
        ),
        Wrong(
            _mean_to,
            "averaged",
            "thinks that a gradient is shared out among the copies",
        ),
        Wrong(_one_copy, "one copy", "keeps the gradient of a single copy"),
        Wrong(
            lambda g, shape: (
                g.sum(axis=0).reshape(shape) if g.shape == (3, 3) else _sum_to(g, shape)
            ),
            "other axis",
            "sums along the axis that was not stretched; the shape is right by luck",
        ),
    ],
)
def _broadcast(answer: Callable) -> None:
    rng = np.random.default_rng(7)
    for full, shape in [
        ((3, 4), (4,)),
        ((3, 4), (3, 1)),
        ((3, 3), (3, 1)),
        ((2, 3, 4), (3, 1)),
        ((3, 4), ()),
        ((2, 3), (2, 3)),
    ]:
        g = rng.normal(size=full)
        where = f"for g of shape {full} and b of shape {shape}"
        got = array(answer(g.copy(), shape), "the gradient")
        # By definition: nudge each element of b alone, and see how <g, a + b> changes.
        units = np.eye(max(1, math.prod(shape))).reshape(-1, *shape)
        want = np.array([np.sum(g * np.broadcast_to(e, full)) for e in units]).reshape(shape)
        if got.shape != shape and got.shape == full and len(shape) < len(full):
            raise Incorrect(
                f"{where} you returned the shape of g; a gradient has the shape of the value "
                f"that it belongs to, here {shape}."
            )
        if got.shape != shape:
            raise Incorrect(
                f"{where} you returned shape {got.shape}. Axes that broadcasting put in front go "
                "away, but axes of length 1 were stretched too: sum over them and keep them."
            )
        if same(got, want):
            continue
        if same(got, _mean_to(g, shape)):
            raise Incorrect(
                f"{where} you averaged over the copies of b. Every copy moves the output, so the "
                "effects add up."
            )
        if same(got, _one_copy(g, shape)):
            raise Incorrect(f"{where} you kept the gradient of one copy of b; add up all copies.")
        raise Incorrect(
            f"{where} the shape is right and the numbers are not: did you sum along the "
            "other axis, one along which b was not stretched?"
        )


# -- Dual numbers ---------------------------------------------------------------------------------


class _Dual:
    def __init__(self, value: float, tangent: float = 0.0) -> None:
        self.value, self.tangent = value, tangent

    @classmethod
    def of(cls, other: Any) -> "_Dual":
        return other if isinstance(other, _Dual) else cls(other)

    def __add__(self, other: Any) -> "_Dual":
        other = self.of(other)
        return type(self)(self.value + other.value, self.tangent + other.tangent)

    def __mul__(self, other: Any) -> "_Dual":
        other = self.of(other)
        tangent = self.tangent * other.value + self.value * other.tangent
        return type(self)(self.value * other.value, tangent)

    __radd__, __rmul__ = __add__, __mul__

    def sin(self) -> "_Dual":
        return type(self)(math.sin(self.value), math.cos(self.value) * self.tangent)

    def exp(self) -> "_Dual":
        return type(self)(math.exp(self.value), math.exp(self.value) * self.tangent)


class _TangentsMultiplied(_Dual):
    def __mul__(self, other: Any) -> "_Dual":
        other = self.of(other)
        return type(self)(self.value * other.value, self.tangent * other.tangent)

    __rmul__ = __mul__


class _NoChain(_Dual):
    def sin(self) -> "_Dual":
        return type(self)(math.sin(self.value), math.cos(self.value))


class _NoNumbers(_Dual):
    of = classmethod(lambda cls, other: other)


class _DualStub:
    def __init__(self, value: float, tangent: float = 0.0) -> None:
        self.value, self.tangent = value, tangent

    def __add__(self, other: Any) -> Any: ...

    def __mul__(self, other: Any) -> Any: ...

    __radd__, __rmul__ = __add__, __mul__

    def sin(self) -> Any: ...

    def exp(self) -> Any: ...


@_book.add(
    "dual",
    stub=_DualStub,
    reference=_Dual,
    wrong=[
        Wrong(
            _TangentsMultiplied, "product rule", "multiplies the tangents as it does the values"
        ),
        Wrong(_NoChain, "tangent of its argument", "forgets the inner derivative"),
        Wrong(_NoNumbers, "plain number", "only knows dual numbers, so 2 * x stops"),
    ],
)
def _dual(answer: type) -> None:
    def pair(result: Any, what: str) -> tuple[float, float]:
        given(result, what)
        return float(result.value), float(result.tangent)

    def near(got: tuple[float, float], value: float, tangent: float) -> bool:
        return math.isclose(got[0], value) and math.isclose(got[1], tangent, abs_tol=1e-12)

    a, b = answer(1.5, 2.0), answer(-0.5, 3.0)
    if not near(pair(a + b, "the sum"), 1.0, 5.0):
        raise Incorrect("a + b: values add, and so do tangents.")
    if not near(pair(a * b, "the product"), -0.75, 2.0 * -0.5 + 1.5 * 3.0):
        raise Incorrect(
            "a * b: the tangent follows the product rule, a' b + a b'; it is not a' times b'."
        )
    try:
        mixed = [pair(r, "2 and x") for r in (a * 2.0, 2.0 * a, a + 2.0, 2.0 + a)]
    except (AttributeError, TypeError) as error:
        raise Incorrect(
            f"2 * x stopped with {type(error).__name__}: a plain number is a constant, "
            "a dual number whose tangent is 0."
        ) from error
    if not all(
        near(m, *w) for m, w in zip(mixed, [(3, 4), (3, 4), (3.5, 2), (3.5, 2)], strict=True)
    ):
        raise Incorrect("2 * x and 2 + x: a plain number is a constant; its tangent is 0.")
    for name, value, slope in [
        ("sin", math.sin(1.5), math.cos(1.5)),
        ("exp", math.exp(1.5), math.exp(1.5)),
    ]:
        got = pair(getattr(a, name)(), name)
        if not near(got, value, 2.0 * slope):
            raise Incorrect(
                f"{name}: the tangent is the slope there times the tangent of its argument."
            )
    x = answer(0.7, 1.0)
    got = pair(2.0 * x * x.sin() + (x * x).exp(), "2 x sin(x) + exp(x^2)")
    want = 2 * math.sin(0.7) + 1.4 * math.cos(0.7) + 1.4 * math.exp(0.49)
    if not near(got, 1.4 * math.sin(0.7) + math.exp(0.49), want):
        raise Incorrect(
            "each rule is right alone, but 2 x sin(x) + exp(x^2) is not: check nesting."
        )


# -- A topological order --------------------------------------------------------------------------


def _iterative(root: Any, parents: Callable) -> list:
    order, seen, stack = [], set(), [(root, False)]
    while stack:
        node, parents_done = stack.pop()
        if parents_done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack.extend((p, False) for p in parents(node))
    return order


def _recursive(root: Any, parents: Callable) -> list:
    order, seen = [], set()

    def visit(node: Any) -> None:
        if node not in seen:
            seen.add(node)
            for parent in parents(node):
                visit(parent)
            order.append(node)

    visit(root)
    return order


def _breadth_first(root: Any, parents: Callable) -> list:
    order, seen = [root], {root}
    for node in order:
        for parent in parents(node):
            if parent not in seen:
                seen.add(parent)
                order.append(parent)
    return order[::-1]


def _no_memory(root: Any, parents: Callable) -> list:
    order, stack = [], [root]
    while stack:
        order.append(stack.pop())
        stack.extend(parents(order[-1]))
    return order[::-1]


def _from_root(root: Any, parents: Callable) -> list:
    return _iterative(root, parents)[::-1]


@_book.add(
    "topological_order",
    stub=lambda root, parents: ...,
    reference=_iterative,
    wrong=[
        Wrong(_recursive, "recursion", "right on small graphs; an unrolled loop is a long chain"),
        Wrong(
            _breadth_first, "before its parent", "takes the distance from the root for an order"
        ),
        Wrong(_no_memory, "more than once", "walks every path instead of every node"),
        Wrong(_from_root, "reversed", "lists children before parents"),
    ],
)
def _topological_order(answer: Callable) -> None:
    def run(graph: dict, root: Any, what: str) -> list:
        calls = 0

        def parents(node: Any) -> tuple:
            nonlocal calls
            calls += 1
            if calls > 20 * len(graph):
                raise Incorrect(
                    f"{what}: you visit nodes more than once, along every path; remember which "
                    "nodes you have seen."
                )
            return graph[node]

        try:
            return list(given(answer(root, parents), "the order"))
        except RecursionError as error:
            raise Incorrect(
                f"{what}: Python's recursion limit stopped you; keep your own stack in a list."
            ) from error

    graphs = {
        "x * x": ({"x": (), "y": ("x", "x")}, "y"),
        "a shortcut": ({"a": (), "b": ("a",), "c": ("b",), "r": ("a", "c")}, "r"),
        "two roads of unequal length": (
            {"a": (), "b": ("a",), "c": ("b",), "d": ("c",), "e": ("a",), "r": ("e", "d")},
            "r",
        ),
        "a ladder of 25 diamonds": (
            {
                0: (),
                **{i: (i - 1, i - 1) if i % 2 else (i - 1, max(0, i - 2)) for i in range(1, 51)},
            },
            50,
        ),
        "a chain of 100,000 nodes": ({i: (i - 1,) if i else () for i in range(100_000)}, 99_999),
    }
    for what, (graph, root) in graphs.items():
        order = run(graph, root, what)
        if len(order) > len(set(order)):
            raise Incorrect(f"{what}: a node appears more than once; keep a set of those seen.")
        if set(order) != set(graph):
            raise Incorrect(f"{what}: expected {len(graph)} nodes, got {len(order)}.")
        place = {node: i for i, node in enumerate(order)}
        early = [(n, p) for n in graph for p in graph[n] if place[p] > place[n]]
        if len(early) == sum(len(set(graph[n])) for n in graph) or (early and order[0] == root):
            raise Incorrect(f"{what}: the order is reversed; parents come first, the root last.")
        if early:
            raise Incorrect(
                f"{what}: node {early[0][0]!r} comes before its parent {early[0][1]!r}. The "
                "number of steps from the root is no order: one road may be longer than another."
            )


# -- A gradient checker ---------------------------------------------------------------------------


def _checker(step: float, tolerance: float = 1e-5) -> Callable:
    def agrees(f: Callable, gradient: Callable, x: np.ndarray) -> bool:
        v = np.random.default_rng(0).normal(size=x.shape)
        slope = (f(x + step * v) - f(x - step * v)) / (2 * step)
        claimed = np.sum(gradient(x) * v)
        return bool(abs(slope - claimed) <= tolerance * max(1.0, abs(slope)))

    return agrees


def _checker_along_ones(f: Callable, gradient: Callable, x: np.ndarray) -> bool:
    slope = (f(x + 1e-5) - f(x - 1e-5)) / 2e-5
    return bool(abs(slope - np.sum(gradient(x))) <= 1e-5 * max(1.0, abs(slope)))


def _checker_in_place(f: Callable, gradient: Callable, x: np.ndarray) -> bool:
    claimed = gradient(x)
    for i in range(x.size):
        x[i] += 1e-5
        up = f(x)
        x[i] -= 1e-5
        if abs((up - f(x)) / 1e-5 - claimed[i]) > 1e-3 * max(1.0, abs(claimed[i])):
            return False
        x[i] += 1e-5
    return True


@_book.add(
    "gradient_check",
    stub=lambda f, gradient, x: ...,
    reference=_checker(1e-5),
    wrong=[
        Wrong(lambda f, gradient, x: True, "never called f", "says yes to all"),
        Wrong(_checker(1e-14), "rounding", "takes the smallest step that comes to mind"),
        Wrong(_checker(0.3), "too large", "takes a step in which the function bends"),
        Wrong(_checker(1e-5, 0.5), "1 percent", "has a tolerance that lets real faults through"),
        Wrong(_checker_along_ones, "one fixed direction", "a fault may cancel along it"),
        Wrong(_checker_in_place, "changed x", "nudges the caller's array and leaves it nudged"),
    ],
)
def _gradient_check(answer: Callable) -> None:
    a = np.array([1.0, -2.0, 0.5, 3.0, -1.5])
    start = np.array([0.3, -0.8, 1.1, 0.4, -0.2])
    pairs = [
        (lambda x: float(np.sum(a * np.sin(x))), lambda x: a * np.cos(x)),
        (lambda x: float(np.exp(0.5 * a @ x)), lambda x: 0.5 * a * np.exp(0.5 * a @ x)),
        (lambda x: 40.0 * float(x @ x) + 100.0, lambda x: 80.0 * x),
    ]
    faults = {
        "has the wrong sign": lambda g: -g,
        "is off by 1 percent": lambda g: 1.01 * g,
        "is wrong in its third element": lambda g: g + np.array([0, 0, 1.0, 0, 0]),
        "has its first two elements swapped": lambda g: g[[1, 0, 2, 3, 4]],
        "has its last two elements swapped": lambda g: g[[0, 1, 2, 4, 3]],
    }
    for f, gradient in pairs:
        steps: list[float] = []

        def watched(x: np.ndarray, f: Callable = f, steps: list = steps) -> float:
            steps.append(float(np.abs(x - start).max()))
            return f(x)

        x = start.copy()
        verdict = given(answer(watched, gradient, x), "the verdict")
        if not np.array_equal(x, start):
            raise Incorrect("your checker changed x, the caller's array; work on a copy.")
        if not steps:
            raise Incorrect("your checker never called f, so it cannot know its slope.")
        if not verdict and 0 < max(steps) < 1e-9:
            raise Incorrect(
                "a right gradient was rejected. Your step is so small that rounding errors of f, "
                "divided by the step, drown the slope."
            )
        if not verdict:
            raise Incorrect(
                "a right gradient was rejected. Your step is too large (the function bends within "
                "it), or your tolerance is too small for central differences."
            )
        for what, spoil in faults.items():
            if answer(f, lambda x, g=gradient, s=spoil: s(g(x)), start.copy()):
                hint = "Your tolerance lets too much through."
                if "swapped" in what:
                    hint = "You look along one fixed direction, along which this fault cancels."
                raise Incorrect(f"a gradient that {what} was accepted. {hint}")


# -- A prediction at a kink -----------------------------------------------------------------------


@_book.add(
    "kink",
    stub=...,
    reference=0.0,
    wrong=[
        Wrong(1.0, "simplified", "differentiates x, which is what the expression equals"),
        Wrong(2.0, "from the left", "takes slope 1 for both relus at 0"),
        Wrong(0.5, "convention", "takes the middle of the subdifferential"),
    ],
)
def _kink(answer: float) -> None:
    if answer == 0:
        return
    if answer == 1:
        raise Incorrect(
            "1 is the derivative of x, and the expression equals x. But nobody has simplified it: "
            "the engine asks each relu for its slope at 0, one by one."
        )
    if answer == 2:
        raise Incorrect(
            "2 takes slope 1 at the kink of both relus, though one sees 0 from the left. What "
            "does our relu answer at 0?"
        )
    raise Incorrect(
        "the slope of relu at 0 is a convention. Ours is stated in the section on kinks; use it "
        "for both terms."
    )


# -- A derivation: normalizing a vector -----------------------------------------------------------


def _normalize_pullback(x: np.ndarray, g: np.ndarray) -> np.ndarray:
    norm = np.linalg.norm(x)
    y = x / norm
    return (g - y * (y @ g)) / norm


@_book.add(
    "normalize",
    stub=lambda x, g: ...,
    reference=_normalize_pullback,
    wrong=[
        Wrong(lambda x, g: g / np.linalg.norm(x), "norm depends on x", "holds the norm constant"),
        Wrong(
            lambda x, g: g - x * (x @ g) / (x @ x),
            "divide by the norm",
            "projects, but forgets the scale",
        ),
        Wrong(
            lambda x, g: (g + x * (x @ g) / (x @ x)) / np.linalg.norm(x),
            "sign",
            "differentiates 1 / norm without the minus",
        ),
    ],
)
def _normalize(answer: Callable) -> None:
    rng = np.random.default_rng(3)
    for size in (2, 5):
        x, g = rng.normal(size=size), rng.normal(size=size)
        got = array(answer(x.copy(), g.copy()), "the gradient")
        want = np.array(
            [
                (g @ ((x + e) / np.linalg.norm(x + e)) - g @ ((x - e) / np.linalg.norm(x - e)))
                / 2e-5
                for e in 1e-5 * np.eye(size)
            ]
        )
        norm = np.linalg.norm(x)
        if got.shape != x.shape:
            raise Incorrect(f"the gradient must have the shape of x, {x.shape}; got {got.shape}.")
        if same(got, want, 1e-6):
            continue
        if same(got, g / norm):
            raise Incorrect("the norm depends on x too: the product rule has a second term.")
        if same(got / norm, want, 1e-6):
            raise Incorrect("the direction is right; divide by the norm of x once more.")
        if abs(x @ got) > 1e-6 and same(2 * g / norm - got, want, 1e-6):
            raise Incorrect(
                "the second term has the wrong sign: stretching x leaves y as it is, so the "
                "gradient must be perpendicular to x."
            )
        raise Incorrect(
            "central differences disagree. Write y_i = x_i / r with r^2 = sum x_j^2, and find "
            "dr / dx_j first."
        )


# -- Counting passes ------------------------------------------------------------------------------


@_book.add(
    "passes",
    stub=(..., ..., ...),
    reference=(784, 10, 1568),
    wrong=[
        Wrong((10, 784, 1568), "swapped", "mixes up which mode yields a column"),
        Wrong((784, 10, 785), "two evaluations", "counts forward differences, not central ones"),
        Wrong((1, 1, 1568), "one column", "thinks that one pass yields the whole Jacobian"),
    ],
)
def _passes(answer: Any) -> None:
    forward, reverse, central = (given(a, "a count") for a in answer)
    if (forward, reverse) == (10, 784):
        raise Incorrect(
            "the two modes are swapped: a forward pass follows one input, a backward pass starts "
            "from one output."
        )
    if forward == 1 or reverse == 1:
        raise Incorrect(
            "one forward pass yields one column of the Jacobian, one backward pass one row."
        )
    if central in (784, 785):
        raise Incorrect("a central difference takes two evaluations for each input.")
    if (forward, reverse, central) != (784, 10, 1568):
        raise Incorrect("the Jacobian has 10 rows and 784 columns; which mode yields which?")


# -- A Hessian-vector product from gradients ------------------------------------------------------


def _hvp(step: float) -> Callable:
    def product(gradient: Callable, x: np.ndarray, v: np.ndarray) -> np.ndarray:
        return (gradient(x + step * v) - gradient(x - step * v)) / (2 * step)

    return product


def _hvp_by_columns(gradient: Callable, x: np.ndarray, v: np.ndarray) -> np.ndarray:
    columns = [_hvp(1e-5)(gradient, x, e) for e in np.eye(x.size)]
    return np.stack(columns, axis=1) @ v


@_book.add(
    "hvp",
    stub=lambda gradient, x, v: ...,
    reference=_hvp(1e-5),
    wrong=[
        Wrong(_hvp_by_columns, "whole Hessian", "builds n columns to use one combination"),
        Wrong(lambda gradient, x, v: gradient(x) * v, "first derivative", "H v is not g times v"),
        Wrong(
            lambda gradient, x, v: gradient(x) * (gradient(x) @ v),
            "outer product",
            "takes the outer product of the gradient for the Hessian",
        ),
        Wrong(_hvp(1.0), "step", "takes a step in which the gradient bends"),
        Wrong(
            lambda gradient, x, v: (gradient(x + 1e-5) - gradient(x - 1e-5)) / 2e-5 * v,
            "along v",
            "moves along all axes at once and multiplies by v afterwards",
        ),
    ],
)
def _hvp_check(answer: Callable) -> None:
    rng = np.random.default_rng(11)
    size = 12
    a = rng.normal(size=(size, size))
    a = a + a.T
    x, v = rng.normal(size=size), rng.normal(size=size)
    calls = 0

    def gradient(x: np.ndarray) -> np.ndarray:  # of x' A x / 2 + sum x^4 / 4
        nonlocal calls
        calls += 1
        return a @ x + x**3

    got = array(answer(gradient, x.copy(), v.copy()), "the product")
    want = a @ v + 3 * x**2 * v
    g = a @ x + x**3
    if got.shape != x.shape:
        raise Incorrect(f"the product must have the shape of x, {x.shape}; got {got.shape}.")
    if calls > 4:
        raise Incorrect(
            f"you called the gradient {calls} times for {size} inputs: that builds the whole "
            "Hessian. H v is one directional derivative."
        )
    if same(got, want, 1e-6):
        return
    if same(got, g * v):
        raise Incorrect("you multiplied the first derivative by v; differentiate it once more.")
    if same(got, g * (g @ v)):
        raise Incorrect(
            "you used the outer product of the gradient with itself, which is not the Hessian."
        )
    if same(got, (a.sum(axis=1) + 3 * x**2) * v, 1e-5):
        raise Incorrect("move x along v, not along all axes at once.")
    raise Incorrect("the formula may be right; is the step small enough, and divided out?")


check = _book.check
EXERCISES = _book.all
