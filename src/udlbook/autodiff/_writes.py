"""A logbook of in-place changes, so that no gradient is computed from overwritten values.

A pullback may need values from the forward pass. If somebody writes into them before the
backward pass comes, the gradient would be wrong, and nothing would show it. So each change made
through a Tensor is entered here with the time, next to the array that owns the memory: views of
it are then covered too. Operations are dated by the same clock, and ``backward`` compares.

Ours differs: PyTorch gives each storage a version number that is saved with each value; a clock
needs no work in the forward pass, and none in the backward pass unless something was written.
Neither sees an array that is changed behind the engine's back (``t.numpy()[0] = 1``).
"""

import itertools
import weakref

import numpy as np

tick = itertools.count(1).__next__  # one clock for operations and for writes

_written: dict[int, tuple[int, weakref.ref]] = {}  # id of the owner of memory -> time, owner
last_write = [0]  # the time of the newest entry


def log_write(array: np.ndarray) -> None:
    """Enter that the memory of ``array`` has just been changed."""
    owner = _owner(array)
    key = id(owner)
    last_write[0] = now = tick()
    _written[key] = now, weakref.ref(owner, lambda _: _written.pop(key, None))


def written_since(array: object, time: int) -> bool:
    """Whether the memory of ``array`` was changed after ``time``."""
    return isinstance(array, np.ndarray) and _written.get(id(_owner(array)), (0, None))[0] > time


def _owner(array: np.ndarray) -> np.ndarray:
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array
