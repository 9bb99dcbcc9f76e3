"""Exercises with checks that say what is wrong, one module a topic.

A page writes ``from udlbook.exercises.autodiff import check`` and then
``check("autodiff.broadcast", answer)``. Each exercise carries its reference solution and a list
of planted wrong answers; a test proves that the reference passes, that the stub fails and that
each wrong answer fails with its own hint.
"""

from ._core import Exercise, Exercises, Incorrect, Wrong

__all__ = ["Exercise", "Exercises", "Incorrect", "Wrong"]
