r"""Nesterov momentum: ask for the gradient where the momentum is about to lead.

Two forms are in use. In the form of Sutskever et al., the gradient is taken ahead of phi:

.. math:: v \leftarrow \mu v - \eta\, \nabla L(\phi + \mu v), \qquad \phi \leftarrow \phi + v

In the form that PyTorch has, it is taken at phi itself, and the step looks ahead instead:

.. math:: m \leftarrow \mu m + g, \qquad \phi \leftarrow \phi - \eta\, (g + \mu m)

While lr and mu are constant the two are one method in other coordinates: the parameters of the
second form are the points phi + mu v of the first, with v = -lr m. They take the same gradients
and differ in the point they report, by mu v, which goes to zero with the steps. When lr
changes they part: v keeps the old rates of its old gradients, m is scaled by the new one.

Sources: Nesterov, "A method for solving the convex programming problem with convergence rate
O(1/k^2)", Soviet Mathematics Doklady 27, 1983; Sutskever, Martens, Dahl & Hinton, "On the
importance of initialization and momentum in deep learning", ICML 2013, equations 3 and 4; for the
change of coordinates Bengio, Boulanger-Lewandowski & Pascanu, "Advances in optimizing recurrent
networks", ICASSP 2013, arXiv:1212.0901, section 3.5. Ours differs: mu is a constant in all of a
run unless one sets it; the papers raise it on a schedule.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ._optimizer import Optimizer, check_rate


class Nesterov(Optimizer):
    """m <- momentum m + g; phi <- phi - lr (g + momentum m): PyTorch's form.

    Args:
        params: See ``Optimizer``.
        lr: Learning rate.
        momentum: The part of m that stays, mu.
        weight_decay: See ``Optimizer``.
        maximize: See ``Optimizer``.
    """

    def __init__(
        self,
        params: Any,
        lr: float,
        *,
        momentum: float = 0.9,
        weight_decay: float = 0.0,
        maximize: bool = False,
    ) -> None:
        check_rate("momentum", momentum)
        super().__init__(params, lr, weight_decay=weight_decay, maximize=maximize, state=1)
        self.momentum = momentum

    def _update(
        self, phi: np.ndarray, g: np.ndarray, state: Sequence[np.ndarray], scratch: np.ndarray
    ) -> None:
        (m,), (a,) = state, scratch
        m *= self.momentum
        m += g
        np.multiply(m, self.momentum, out=a)
        a += g
        a *= self.lr
        phi -= a


class LookAheadNesterov(Nesterov):
    """v <- momentum v - lr g(phi + momentum v); phi <- phi + v: the form of Sutskever et al.

    Call ``look_ahead`` before the gradient is computed: it moves the parameters to
    phi + momentum v, and ``step`` goes on from there. Arguments are those of ``Nesterov``; weight
    decay is that of the gradient's place, phi + momentum v.

    >>> phi = np.array([1.0])
    >>> optimizer = LookAheadNesterov(phi, lr=0.1)
    >>> for _ in range(2):
    ...     optimizer.look_ahead()
    ...     optimizer.step(2 * phi)
    >>> phi.round(3)
    array([0.496])
    """

    _ahead = False

    def look_ahead(self) -> None:
        """Move the parameters to phi + momentum v, where ``step`` expects the gradient.

        Raises:
            ValueError: If they are there already.
        """
        if self._ahead:
            raise ValueError("look_ahead must be followed by step; got look_ahead again")
        self._sweep(self._look_ahead)
        self._ahead = True

    def step(self, grads: Any = None) -> None:
        """From phi + momentum v, where the gradient was taken, to the new phi.

        Raises:
            ValueError: If ``look_ahead`` did not come before; or as in ``Optimizer.step``, and
                the parameters are then still ahead.
        """
        if not self._ahead:
            raise ValueError("step must follow look_ahead; got a step without")
        super().step(grads)
        self._ahead = False

    def _look_ahead(
        self, phi: np.ndarray, g: np.ndarray, state: Sequence[np.ndarray], scratch: np.ndarray
    ) -> None:
        (v,), a = state, scratch[0]
        np.multiply(v, self.momentum, out=a)
        phi += a

    def _update(
        self, phi: np.ndarray, g: np.ndarray, state: Sequence[np.ndarray], scratch: np.ndarray
    ) -> None:
        (v,), (a,) = state, scratch
        np.multiply(g, self.lr, out=a)
        v *= self.momentum
        v -= a
        phi -= a  # phi stood at phi + momentum v, the first part of phi + v
