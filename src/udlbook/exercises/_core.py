"""The parts of an exercise, and the register that a topic keeps of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


class Incorrect(AssertionError):
    """An answer is not right yet; the message says what is wrong with it."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows: the hint alone, without a traceback."""
        return [f"Not yet: {self}"]


@dataclass(frozen=True)
class Wrong:
    """A planted wrong answer.

    Attributes:
        answer: What a reader may hand in.
        hint: Words that the check's message must contain.
        why: The misunderstanding behind it, for whoever maintains the check.
    """

    answer: Any
    hint: str
    why: str


@dataclass(frozen=True)
class Exercise:
    """One exercise.

    Attributes:
        name: ``"topic.exercise"``.
        check: Raises ``Incorrect`` with a hint unless the answer is right.
        stub: What the page hands the reader to start from; must fail.
        reference: An answer that must pass.
        wrong: Planted wrong answers, each of which must fail with its own hint.
    """

    name: str
    check: Callable[[Any], None]
    stub: Any
    reference: Any
    wrong: tuple[Wrong, ...]


class Exercises:
    """The exercises of one topic.

    >>> book = Exercises("sums")
    >>> @book.add("two", stub=None, reference=4, wrong=[Wrong(5, "too large", "added 1")])
    ... def _two(answer):
    ...     "2 + 2"
    ...     if answer is None:
    ...         raise Incorrect("no answer yet")
    ...     if answer > 4:
    ...         raise Incorrect("too large")
    >>> book.check("sums.two", 4)
    Correct: sums.two
    """

    def __init__(self, topic: str) -> None:
        self.topic = topic
        self.all: dict[str, Exercise] = {}

    def add(
        self, name: str, *, stub: Any, reference: Any, wrong: list[Wrong]
    ) -> Callable[[Callable[[Any], None]], Callable[[Any], None]]:
        """Register the decorated check as ``topic.name``.

        Raises:
            ValueError: If the name is taken or no wrong answer is planted.
        """
        full = f"{self.topic}.{name}"
        if full in self.all:
            raise ValueError(f"exercise {full} must be registered once; it is there already")
        if not wrong:
            raise ValueError(f"exercise {full} must plant at least one wrong answer; got none")

        def register(function: Callable[[Any], None]) -> Callable[[Any], None]:
            self.all[full] = Exercise(full, function, stub, reference, tuple(wrong))
            return function

        return register

    def check(self, name: str, answer: Any) -> None:
        """Check an answer: print that it is right, or raise ``Incorrect`` with a hint.

        Args:
            name: ``"topic.exercise"``.
            answer: What the exercise asks for: a number, an array or a function.

        Raises:
            Incorrect: If the answer is not right. A function that raises is not right either,
                and the message names what it raised.
            ValueError: If there is no such exercise.
        """
        if name not in self.all:
            raise ValueError(f"name must be one of {', '.join(sorted(self.all))}; got {name!r}")
        if answer is None or answer is ...:
            raise Incorrect(f"{name} has no answer yet; replace the `...` in the cell above.")
        try:
            self.all[name].check(answer)
        except Incorrect:
            raise
        except Exception as error:
            raise Incorrect(f"your answer stopped with {type(error).__name__}: {error}") from error
        print(f"Correct: {name}")


def given(value: Any, what: str) -> Any:
    """Return the value, unless the blank is still there.

    Raises:
        Incorrect: If it is.
    """
    if value is None or value is ...:
        raise Incorrect(f"{what} is still missing; replace the `...`.")
    return value


def array(value: Any, what: str) -> np.ndarray:
    """Return the value as an array of floats, unless the blank is still there."""
    return np.asarray(given(value, what), dtype=float)


def number(value: Any, what: str = "the answer") -> float:
    """Return the value as one number, unless the blank is still there.

    Raises:
        Incorrect: If it is, or if there are more numbers than one.
    """
    found = array(value, what)
    if found.size != 1:
        raise Incorrect(f"{what} is one number; got an array of shape {found.shape}.")
    return float(found.reshape(()))


def same(got: np.ndarray, want: np.ndarray, tolerance: float = 1e-9) -> bool:
    """Whether two arrays have one shape, and numbers within a tolerance of each other."""
    return got.shape == want.shape and np.allclose(got, want, rtol=tolerance, atol=tolerance)
