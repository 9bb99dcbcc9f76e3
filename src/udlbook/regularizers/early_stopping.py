"""Early stopping: keep the parameters that did best on data held back, and know when to quit.

Source: Prechelt, "Early stopping - but when?", in "Neural Networks: Tricks of the Trade", 1998;
Goodfellow, Bengio & Courville, "Deep Learning", 2016, algorithm 7.1. Ours differs: ``min_delta``.
"""

import copy
import math
from typing import Any

import numpy as np

from .._check import check_range
from ..autodiff import Tensor


class EarlyStopping:
    """Watch a validation loss, and remember the best parameters seen.

    Args:
        patience: After how many looks in a row without a new best to stop.
        min_delta: A loss must be lower than the best by more than this to count as better.

    Attributes:
        best_loss: The lowest loss; infinite before the first look.
        best_look: The number of the look that gave it, from 0; -1 before the first.
        best_params: A copy of the parameters at that look.
        looks: How many there were.

    Raises:
        ValueError: If the patience is below 1 or ``min_delta`` negative.

    >>> stopper = EarlyStopping(patience=2)
    >>> losses = [3.0, 2.0, 2.5, 2.1, 1.0]
    >>> [stopper.update(loss, params=i) for i, loss in enumerate(losses[:4])]
    [False, False, False, True]
    >>> stopper.best_loss, stopper.best_params
    (2.0, 1)

    >>> phi = np.array([7.0])
    >>> stopper = EarlyStopping(patience=1)
    >>> stopper.update(0.5, phi)
    False
    >>> phi -= 3.0
    >>> stopper.update(0.9, phi)
    True
    >>> stopper.restore(phi)
    >>> phi
    array([7.])
    """

    def __init__(self, patience: int, *, min_delta: float = 0.0) -> None:
        check_range("patience", patience, 1)
        check_range("min_delta", min_delta, 0)
        self.patience, self.min_delta = patience, min_delta
        self.best_loss, self.best_look, self.best_params, self.looks = math.inf, -1, None, 0

    def update(self, loss: float, params: Any) -> bool:
        """Look once: return whether to stop now.

        Args:
            loss: The validation loss. One that is not a number is never the best.
            params: The parameters, of any structure; copied if they are the best so far.
        """
        if loss < self.best_loss - self.min_delta:
            self.best_loss, self.best_look = float(loss), self.looks
            self.best_params = copy.deepcopy(params)
        self.looks += 1
        return self.looks - 1 - self.best_look >= self.patience

    def restore(self, params: Any) -> None:
        """Write the best parameters into these, in place, as optimizers change them.

        Args:
            params: Arrays or Tensors, or lists, tuples and dicts of them, of the structure that
                ``update`` was given.

        Raises:
            ValueError: If nothing is remembered yet, or the structure is another.
        """
        if self.best_look < 0:
            raise ValueError(f"restore needs a look that was better than none; got {self.looks}")
        _write(self.best_params, params)


def _write(source: Any, target: Any) -> None:
    if isinstance(target, Tensor):
        values = target.data
        _write(source.data if isinstance(source, Tensor) else source, values)
        target.data = values  # tells the graph that the values have changed
    elif isinstance(target, np.ndarray) and np.shape(source) == target.shape:
        target[...] = source
    elif isinstance(target, dict) and isinstance(source, dict) and target.keys() == source.keys():
        for key in target:
            _write(source[key], target[key])
    elif (
        isinstance(target, list | tuple)
        and isinstance(source, list | tuple)
        and len(target) == len(source)
    ):
        for one, other in zip(source, target, strict=True):
            _write(one, other)
    else:
        raise ValueError(
            f"params must have the structure that was remembered, {_form(source)}; "
            f"got {_form(target)}"
        )


def _form(value: Any) -> str:
    if isinstance(value, dict):
        return f"dict with {sorted(value)}"
    if isinstance(value, list | tuple):
        return f"{type(value).__name__} of {len(value)}"
    return f"{type(value).__name__} of shape {np.shape(value)}"
