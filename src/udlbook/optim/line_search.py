r"""Line search by bracketing: shrink an interval that holds a minimum, by comparisons only.

If a < b < c and f(b) is below f(a) and f(c), a continuous f has a minimum between a and c.
``bracket`` finds such points by growing or shrinking a step, ``golden_section`` narrows them by
one value of f each time, and ``line_search`` is the two after one another. ``four_point_search``
compares four points in each round: simpler to follow, and slower. Where f has more than one
minimum, all of them find one of these.

Sources: Kiefer, "Sequential minimax search for a maximum", Proceedings of the American
Mathematical Society 4(3), 1953, for the golden section; Press et al., "Numerical Recipes", 3rd
ed., 2007, section 10.1, for the bracket, without its parabolas; Prince, "Understanding Deep
Learning", 2023, section 6.1 and its line search, for four points. Ours differs from the last: the
four points are evenly spaced in every round, also the first.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

from .._check import check_range

GOLD = (math.sqrt(5) - 1) / 2  # 0.618: a part to the whole as the rest to the part


class Minimum(NamedTuple):
    """Where the minimum is, the value there, and how often f was called."""

    x: float
    value: float
    evaluations: int


def bracket(
    f: Callable[[float], float], step: float = 1.0, *, limit: int = 100
) -> tuple[float, float, float] | None:
    """Points 0 = a < b < c with f(b) < f(a) and f(b) <= f(c).

    Args:
        f: A function that falls at 0 towards positive x.
        step: The first b to try.
        limit: How often to grow or shrink it, by 1.618 each time.

    Returns:
        The three points. ``None`` if f falls at no step down to ``step * 0.618**limit``.

    Raises:
        ValueError: If ``step`` is not positive, or f still falls after ``limit`` growths.
    """
    if not step > 0:
        raise ValueError(f"step must be above 0; got {step}")
    start, b, c = f(0.0), step, step
    low = f(b)
    if not low < start:
        for _ in range(limit):
            b, c = GOLD * b, b
            low = f(b)
            if low < start:
                return 0.0, b, c
        return None
    for _ in range(limit):
        c = b / GOLD
        value = f(c)
        if not value < low:  # also where f is not a number
            return 0.0, b, c
        b, low = c, value
    raise ValueError(f"f must have a minimum on the line; got one that still falls at {b:.3g}")


def golden_section(
    f: Callable[[float], float], low: float, high: float, *, tol: float = 1e-8
) -> Minimum:
    """The minimum of f between ``low`` and ``high``.

    The two inner points divide the interval by the golden ratio. So when a side is cut off, one of
    them already is an inner point of what is left, and each value of f shrinks the interval to
    62 %.

    Args:
        f: A function with one minimum in the interval, and no other.
        low: Left end.
        high: Right end.
        tol: Width of the interval to stop at. About 1e-8 times the size of x is the least that
            comparisons can resolve: around a minimum f is flat.

    Raises:
        ValueError: If ``high`` is not above ``low`` or ``tol`` is not above 0.

    >>> x, value, evaluations = golden_section(lambda x: (x - 2) ** 2, 0, 5, tol=1e-6)
    >>> round(x, 5), evaluations
    (2.0, 35)
    """
    rounds = _rounds(low, high, tol, GOLD)
    left, right = high - GOLD * (high - low), low + GOLD * (high - low)
    f_left, f_right = f(left), f(right)
    for _ in range(rounds):
        if f_left < f_right:
            high, right, f_right = right, left, f_left
            left = high - GOLD * (high - low)
            f_left = f(left)
        else:
            low, left, f_left = left, right, f_right
            right = low + GOLD * (high - low)
            f_right = f(right)
    x, value = min((left, f_left), (right, f_right), key=lambda pair: pair[1])
    return Minimum(x, value, rounds + 2)


def four_point_search(
    f: Callable[[float], float], low: float, high: float, *, tol: float = 1e-8
) -> Minimum:
    """The minimum of f between ``low`` and ``high``, by four evenly spaced points.

    If the first of the four is the lowest, the interval is far too long: it is halved. Otherwise
    the lower of the two inner points lies between its neighbours, and they are the new ends.

    Args:
        f: A function with one minimum in the interval, and no other.
        low: Left end.
        high: Right end.
        tol: Width of the interval to stop at; see ``golden_section``.

    Raises:
        ValueError: If ``high`` is not above ``low`` or ``tol`` is not above 0.
    """
    rounds = _rounds(low, high, tol, 2 / 3)
    evaluations = 1
    f_low = f(low)
    for _ in range(rounds):
        b, c = low + (high - low) / 3, high - (high - low) / 3
        f_b, f_c, f_high = f(b), f(c), f(high)
        evaluations += 3
        if f_low < min(f_b, f_c, f_high):
            high = (low + high) / 2
        elif f_b < f_c:
            high = c
        else:
            low, f_low = b, f_b
        if high - low <= tol:
            break
    x = (low + high) / 2
    return Minimum(x, f(x), evaluations + 1)


def line_search(f: Callable[[float], float], step: float = 1.0, *, tol: float = 1e-6) -> Minimum:
    """The minimum of f along x > 0: ``bracket``, then ``golden_section``.

    Args:
        f: The loss along a direction in which it falls, ``lambda a: loss(phi + a * direction)``.
        step: A first guess, right or wrong by many orders of magnitude.
        tol: Width to stop at, relative to the bracket.

    Returns:
        The minimum; x = 0 if f falls at no step, however small.

    Raises:
        ValueError: As in ``bracket``; or if ``tol`` is not above 0.
    """
    count = 0

    def counted(x: float) -> float:
        nonlocal count
        count += 1
        return f(x)

    ends = bracket(counted, step)
    if ends is None:
        return Minimum(0.0, f(0.0), count + 1)
    found = golden_section(counted, ends[0], ends[2], tol=tol * ends[2])
    return found._replace(evaluations=count)


def _rounds(low: float, high: float, tol: float, shrink: float) -> int:
    """How many times an interval shrinks until its width is ``tol``."""
    if not low < high:
        raise ValueError(f"high must be above low; got low={low} and high={high}")
    check_range("tol", tol, math.ulp(0.0))
    return max(0, math.ceil(math.log(tol / (high - low)) / math.log(shrink)))
