r"""Gradient descent, and with the gradients of batches stochastic gradient descent.

.. math:: \phi \leftarrow \phi - \eta\, g

Source: Cauchy, "Methode generale pour la resolution des systemes d'equations simultanees",
Comptes rendus 25 (1847), for the gradient of all data; Robbins & Monro, "A stochastic
approximation method", Annals of Mathematical Statistics 22 (1951), for a noisy one. The update is
the same: what differs is the gradient that is handed in.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ._optimizer import Optimizer


class SGD(Optimizer):
    """phi <- phi - lr g.

    Args:
        params: See ``Optimizer``.
        lr: Learning rate.
        weight_decay: See ``Optimizer``.
        maximize: See ``Optimizer``.
    """

    def __init__(
        self, params: Any, lr: float, *, weight_decay: float = 0.0, maximize: bool = False
    ) -> None:
        super().__init__(params, lr, weight_decay=weight_decay, maximize=maximize)

    def _update(
        self, phi: np.ndarray, g: np.ndarray, state: Sequence[np.ndarray], scratch: np.ndarray
    ) -> None:
        (a,) = scratch
        np.multiply(g, self.lr, out=a)
        phi -= a
