"""Checks of arguments whose error messages are sentences: what was expected, what came."""

from typing import Any


def check_shape(name: str, array: Any, *sizes: int | str, **known: int) -> dict[str, int]:
    """Check the shape of an array and return the sizes of its named axes.

    Args:
        name: What the caller calls the array; the message starts with it.
        array: Anything with a ``shape``.
        *sizes: One entry an axis: a number is demanded, a letter is read off. A letter that
            stands twice must mean the same size both times. ``"..."`` as the first entry lets
            any number of axes stand in front.
        **known: Sizes that letters must have, for example ``D=3``.

    Returns:
        The size of each letter.

    Raises:
        ValueError: If the shape does not fit.

    >>> import numpy as np
    >>> check_shape("x", np.zeros((5, 3)), "B", 3)
    {'B': 5}
    >>> check_shape("x", np.zeros((5, 3)), "B", 4)
    Traceback (most recent call last):
    ValueError: x must have shape (B, 4); got (5, 3)
    """
    got = tuple(array.shape)
    want = sizes[1:] if sizes[:1] == ("...",) else sizes
    found = dict(known)
    fits = len(got) == len(want) if want is sizes else len(got) >= len(want)
    if fits:
        for have, size in zip(got[len(got) - len(want) :], want, strict=True):
            need = found.setdefault(size, have) if isinstance(size, str) else size
            fits = fits and have == need
    if not fits:
        text = ", ".join(f"{s}={known[s]}" if s in known else str(s) for s in sizes)
        raise ValueError(f"{name} must have shape ({text}{',' * (len(sizes) == 1)}); got {got}")
    return found


def check_choice(name: str, value: Any, choices: tuple) -> None:
    """Raise a ValueError unless ``value`` is one of ``choices``.

    >>> check_choice("mode", "ful", ("small", "full"))
    Traceback (most recent call last):
    ValueError: mode must be one of 'small', 'full'; got 'ful'
    """
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, choices))}; got {value!r}")


def check_range(
    name: str, value: float, low: float = float("-inf"), high: float = float("inf")
) -> None:
    """Raise a ValueError unless ``low <= value <= high``.

    >>> check_range("rate", 1.5, 0, 1)
    Traceback (most recent call last):
    ValueError: rate must be between 0 and 1; got 1.5
    """
    if not low <= value <= high:
        if high == float("inf"):
            wanted = f"at least {low}"
        elif low == float("-inf"):
            wanted = f"at most {high}"
        else:
            wanted = f"between {low} and {high}"
        raise ValueError(f"{name} must be {wanted}; got {value}")
