r"""Momentum: the step is an average of past gradients.

.. math:: m \leftarrow \mu m + (1 - \tau)\, g, \qquad \phi \leftarrow \phi - \eta\, m

Source: Polyak, "Some methods of speeding up the convergence of iteration methods", USSR
Computational Mathematics and Mathematical Physics 4(5), 1964. Ours differs: as in PyTorch, the
learning rate stands outside the sum (the paper's stands inside; the two are one while it is
constant), and the dampening tau is an option: the first gradient enters whole, m = g, and
without momentum all do.

Textbooks also write m <- mu m + (1 - mu) g from m = 0. That is this method without dampening and
with the learning rate (1 - mu) lr, step by step: their m is (1 - mu) times ours.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ._optimizer import Optimizer, check_rate


class Momentum(Optimizer):
    """m <- momentum m + (1 - dampening) g; phi <- phi - lr m.

    Args:
        params: See ``Optimizer``.
        lr: Learning rate.
        momentum: The part of m that stays, mu.
        dampening: The part of each gradient but the first that is left out, tau.
        weight_decay: See ``Optimizer``.
        maximize: See ``Optimizer``.
    """

    def __init__(
        self,
        params: Any,
        lr: float,
        *,
        momentum: float = 0.9,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        maximize: bool = False,
    ) -> None:
        check_rate("momentum", momentum)
        super().__init__(params, lr, weight_decay=weight_decay, maximize=maximize, state=1)
        self.momentum, self.dampening = momentum, dampening

    def _update(
        self, phi: np.ndarray, g: np.ndarray, state: Sequence[np.ndarray], scratch: np.ndarray
    ) -> None:
        (m,), (a,) = state, scratch
        m *= self.momentum
        if self.momentum and self.dampening and self.t > 1:
            np.multiply(g, 1 - self.dampening, out=a)
            m += a
        else:
            m += g
        np.multiply(m, self.lr, out=a)
        phi -= a
