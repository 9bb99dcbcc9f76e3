"""Strings to copy, to reverse or to sort: the smallest tasks that need order.

A token is a whole number. Three have a meaning everywhere in the book: ``PAD`` fills up, ``BOS``
begins what a model writes, ``EOS`` ends it. Symbols follow them.
"""

import numpy as np

from .._check import check_choice, check_range

PAD, BOS, EOS = 0, 1, 2
FIRST = 3  # the first token that says something

TASKS = ("copy", "reverse", "sort")


def string_task(
    task: str, n: int, lengths: tuple[int, int], symbols: int, *, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Random strings, and what they become.

    Args:
        task: ``"copy"``, ``"reverse"`` or ``"sort"``.
        n: How many.
        lengths: Shortest and longest; all lengths are equally likely.
        symbols: Size of the alphabet; its tokens are 3, 4, and so on.
        rng: Draws them.

    Shapes:
        Returns source (n, longest) and target (n, longest + 1), token ids. The target ends with
        EOS; both are filled up with PAD.

    Raises:
        ValueError: If the task does not exist or a number is out of range.

    >>> string_task("reverse", 1, (3, 3), 9, rng=np.random.default_rng(0))
    (array([[10,  8,  7]]), array([[ 7,  8, 10,  2]]))
    """
    check_choice("task", task, TASKS)
    check_range("n", n, 0)
    shortest, longest = lengths
    check_range("shortest length", shortest, 1, longest)
    check_range("symbols", symbols, 1)
    place = np.arange(longest)
    length = rng.integers(shortest, longest + 1, size=(n, 1))
    inside = place < length  # (n, longest)
    source = np.where(inside, rng.integers(FIRST, FIRST + symbols, size=(n, longest)), PAD)
    if task == "copy":
        said = source
    elif task == "reverse":
        said = np.take_along_axis(source, np.where(inside, length - 1 - place, place), axis=1)
    else:
        said = np.sort(np.where(inside, source, FIRST + symbols), axis=1)  # the blanks go last
    target = np.full((n, longest + 1), PAD)
    target[:, :longest] = np.where(inside, said, PAD)
    np.put_along_axis(target, length, EOS, axis=1)
    return source, target
