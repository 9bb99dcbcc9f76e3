r"""AdaGrad: every parameter has a learning rate of its own, which falls as gradients add up.

.. math:: s \leftarrow s + g^2, \qquad \phi \leftarrow \phi - \eta\, \frac{g}{\sqrt{s} + \epsilon}

Source: Duchi, Hazan & Singer, "Adaptive subgradient methods for online learning and stochastic
optimization", JMLR 12 (2011), figure 1, with diagonal matrices and without a regularizer. Ours
differs: as in PyTorch, s may start above zero and the learning rate may fall with time as well,
to lr / (1 + (t - 1) lr_decay) at step t.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from .._check import check_range
from ._optimizer import Optimizer


class AdaGrad(Optimizer):
    """s <- s + g**2; phi <- phi - lr g / (sqrt(s) + tiny).

    Args:
        params: See ``Optimizer``.
        lr: Learning rate.
        lr_decay: How fast it falls with time.
        start: The first s.
        tiny: Keeps the division finite.
        weight_decay: See ``Optimizer``.
        maximize: See ``Optimizer``.
    """

    def __init__(
        self,
        params: Any,
        lr: float,
        *,
        lr_decay: float = 0.0,
        start: float = 0.0,
        tiny: float = 1e-10,
        weight_decay: float = 0.0,
        maximize: bool = False,
    ) -> None:
        for name, value in (("lr_decay", lr_decay), ("start", start), ("tiny", tiny)):
            check_range(name, value, 0)
        super().__init__(params, lr, weight_decay=weight_decay, maximize=maximize, state=1)
        self.lr_decay, self.start, self.tiny = lr_decay, start, tiny

    def _update(
        self, phi: np.ndarray, g: np.ndarray, state: Sequence[np.ndarray], scratch: np.ndarray
    ) -> None:
        (s,), (a,) = state, scratch
        if self.t == 1:
            s += self.start
        np.multiply(g, g, out=a)
        s += a
        np.sqrt(s, out=a)
        a += self.tiny
        np.divide(g, a, out=a)
        a *= self.lr / (1 + (self.t - 1) * self.lr_decay)
        phi -= a
