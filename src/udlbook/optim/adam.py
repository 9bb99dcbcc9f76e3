r"""Adam: momentum, divided by the recent root mean square of the gradient.

.. math:: m \leftarrow \beta_1 m + (1 - \beta_1)\, g, \qquad
   v \leftarrow \beta_2 v + (1 - \beta_2)\, g^2, \qquad
   \phi \leftarrow \phi - \eta\, \frac{m / (1 - \beta_1^t)}{\sqrt{v / (1 - \beta_2^t)} + \epsilon}

The two divisions correct the bias of averages that start at zero.

Sources: Kingma & Ba, "Adam: a method for stochastic optimization", ICLR 2015, arXiv:1412.6980,
algorithm 1, computed in the order that the end of its section 2 proposes, with epsilon scaled so
that the result is that of the algorithm. AMSGrad: Reddi, Kale & Kumar, "On the convergence of
Adam and beyond", ICLR 2018, arXiv:1904.09237, algorithm 2, which divides by the root of the
largest v so far, so that no parameter's rate ever rises. Ours differs from the latter: as in
PyTorch, the bias is corrected (the paper leaves that out), after the maximum is taken.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .._check import check_range
from ._optimizer import Optimizer, check_rate


class Adam(Optimizer):
    """phi <- phi - lr m_hat / (sqrt(v_hat) + tiny), m and v running means of g and g**2.

    Args:
        params: See ``Optimizer``.
        lr: Learning rate: about the size of a step.
        beta1: The part of m that stays.
        beta2: The part of v that stays.
        tiny: Keeps the division finite.
        weight_decay: See ``Optimizer``.
        amsgrad: Divide by the largest v so far.
        bias_correction: Correct for averages that start at zero. Without it the first step is
            (1 - beta1) / sqrt(1 - beta2), with the defaults about 3, times as long.
        maximize: See ``Optimizer``.
    """

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        *,
        beta1: float = 0.9,
        beta2: float = 0.999,
        tiny: float = 1e-8,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
        bias_correction: bool = True,
        maximize: bool = False,
    ) -> None:
        check_rate("beta1", beta1)
        check_rate("beta2", beta2)
        check_range("tiny", tiny, 0)
        super().__init__(
            params, lr, weight_decay=weight_decay, maximize=maximize, state=3 if amsgrad else 2
        )
        self.beta1, self.beta2, self.tiny = beta1, beta2, tiny
        self.amsgrad, self.bias_correction = amsgrad, bias_correction

    def _update(
        self, phi: np.ndarray, g: np.ndarray, state: Sequence[np.ndarray], scratch: np.ndarray
    ) -> None:
        (m, v, *largest), (a,) = state, scratch
        np.multiply(g, 1 - self.beta1, out=a)
        m *= self.beta1
        m += a
        np.multiply(g, g, out=a)
        a *= 1 - self.beta2
        v *= self.beta2
        v += a
        if self.amsgrad:
            v = np.maximum(v, largest[0], out=largest[0])
        correct1, root2 = 1.0, 1.0
        if self.bias_correction:
            correct1, root2 = 1 - self.beta1**self.t, math.sqrt(1 - self.beta2**self.t)
        np.sqrt(v, out=a)
        a += self.tiny * root2
        np.divide(m, a, out=a)
        a *= self.lr * root2 / correct1
        phi -= a
