r"""RMSProp: divide the gradient by its recent root mean square.

.. math:: s \leftarrow \alpha s + (1 - \alpha)\, g^2, \qquad
   m \leftarrow \mu m + \frac{g}{\sqrt{s} + \epsilon}, \qquad \phi \leftarrow \phi - \eta\, m

The centered form takes the variance in place of the mean square, s - b^2 with
b <- alpha b + (1 - alpha) g.

Sources: Tieleman & Hinton, "Lecture 6.5: rmsprop", COURSERA, 2012; for momentum and the centered
form Graves, "Generating sequences with recurrent neural networks", 2013, arXiv:1308.0850,
equations 38 to 41. Ours differs: as in PyTorch, epsilon is added to the root (Graves: under it)
and the learning rate stands outside the momentum. A variance below zero, which rounding can
give, counts as zero.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from .._check import check_range
from ._optimizer import Optimizer, check_rate


class RMSProp(Optimizer):
    """s <- alpha s + (1 - alpha) g**2; phi <- phi - lr g / (sqrt(s) + tiny).

    Args:
        params: See ``Optimizer``.
        lr: Learning rate.
        alpha: The part of s that stays.
        tiny: Keeps the division finite.
        momentum: The part of the last step that stays; 0 for none.
        centered: Divide by the standard deviation of the gradient in place of its size.
        weight_decay: See ``Optimizer``.
        maximize: See ``Optimizer``.
    """

    def __init__(
        self,
        params: Any,
        lr: float,
        *,
        alpha: float = 0.99,
        tiny: float = 1e-8,
        momentum: float = 0.0,
        centered: bool = False,
        weight_decay: float = 0.0,
        maximize: bool = False,
    ) -> None:
        check_rate("alpha", alpha)
        check_rate("momentum", momentum)
        check_range("tiny", tiny, 0)
        super().__init__(params, lr, weight_decay=weight_decay, maximize=maximize, state=3)
        self.alpha, self.tiny, self.momentum, self.centered = alpha, tiny, momentum, centered

    def _update(
        self, phi: np.ndarray, g: np.ndarray, state: Sequence[np.ndarray], scratch: np.ndarray
    ) -> None:
        (s, b, m), (a,) = state, scratch
        np.multiply(g, g, out=a)
        a *= 1 - self.alpha
        s *= self.alpha
        s += a
        if self.centered:
            np.multiply(g, 1 - self.alpha, out=a)
            b *= self.alpha
            b += a
            np.multiply(b, b, out=a)
            np.subtract(s, a, out=a)
            np.maximum(a, 0, out=a)
            np.sqrt(a, out=a)
        else:
            np.sqrt(s, out=a)
        a += self.tiny
        np.divide(g, a, out=a)
        if self.momentum:
            m *= self.momentum
            m += a
            np.multiply(m, self.lr, out=a)
        else:
            a *= self.lr
        phi -= a
