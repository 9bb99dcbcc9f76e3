r"""Prices on the size of parameters: L2, L1, and both at once, the elastic net.

.. math:: R(\phi) = \lambda_1 \sum_i \lvert \phi_i \rvert
   + \frac{\lambda_2}{2} \sum_i \phi_i^2

The first sum has a corner at zero, so a minimum can lie exactly there. A gradient step does not
find it, because the corner has no gradient. The proximal step does: it minimizes the penalty plus
the squared distance from where it starts, and has a closed form.

Source: Tibshirani, "Regression shrinkage and selection via the lasso", Journal of the Royal
Statistical Society B 58 (1996); Zou & Hastie, "Regularization and variable selection via the
elastic net", the same journal 67 (2005); Daubechies, Defrise & De Mol, "An iterative thresholding
algorithm for linear inverse problems with a sparsity constraint", Communications on Pure and
Applied Mathematics 57 (2004) (the iteration); Parikh & Boyd, "Proximal algorithms", Foundations
and Trends in Optimization 1 (2014), section 6.5.2 (the step). Ours differs: the square has a
factor 1/2, as ``weight_decay`` of ``udlbook.optim`` has it; no extra factor scales the elastic net
up again, which Zou & Hastie call the naive one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import autodiff as ad
from .._check import check_range, check_shape


@dataclass(frozen=True)
class ElasticNet:
    """The penalty ``l1 * sum |phi| + l2 / 2 * sum phi^2``.

    Args:
        l1: Price of the absolute values.
        l2: Price of half the squares.

    Raises:
        ValueError: If a price is negative.

    >>> both = ElasticNet(l1=1.0, l2=2.0)
    >>> phi = np.array([3.0, -0.5, 0.0])
    >>> float(both.value(phi)), both.gradient(phi), both.prox(phi, step=0.5)
    (12.75, array([ 7., -2.,  0.]), array([1.25, 0.  , 0.  ]))
    """

    l1: float = 0.0
    l2: float = 0.0

    def __post_init__(self) -> None:
        check_range("l1", self.l1, 0)
        check_range("l2", self.l2, 0)

    def value(self, phi: Any) -> Any:
        """The penalty, a scalar. A Tensor if phi is one, and then differentiable."""
        phi = phi if isinstance(phi, ad.Tensor) else np.asarray(phi, dtype=float)
        return self.l1 * ad.abs(phi).sum() + 0.5 * self.l2 * (phi * phi).sum()

    def gradient(self, phi: np.ndarray) -> np.ndarray:
        """The gradient; at the corner, where there is none, that of the square alone.

        Of all slopes that lie below the penalty at a corner this one is the shortest. Shapes: as
        phi.
        """
        phi = np.asarray(phi, dtype=float)
        return self.l1 * np.sign(phi) + self.l2 * phi

    def prox(self, phi: np.ndarray, step: float) -> np.ndarray:
        """The p that minimizes ``step * value(p) + |p - phi|^2 / 2``. Shapes: as phi.

        Each element is moved towards zero by step * l1, but not beyond, and then divided by
        1 + step * l2.

        Raises:
            ValueError: If the step is negative.
        """
        check_range("step", step, 0)
        return soft_threshold(phi, step * self.l1) / (1 + step * self.l2)


def l1(price: float) -> ElasticNet:
    """The penalty ``price * sum |phi|``: many parameters become exactly zero."""
    return ElasticNet(l1=price)


def l2(price: float) -> ElasticNet:
    """The penalty ``price / 2 * sum phi^2``: all parameters shrink in proportion."""
    return ElasticNet(l2=price)


def soft_threshold(phi: np.ndarray, threshold: float) -> np.ndarray:
    """The soft threshold, ``sign(phi) * max(|phi| - threshold, 0)``. Shapes: as phi.

    Raises:
        ValueError: If the threshold is negative.

    >>> soft_threshold(np.array([-3.0, 0.5, 2.0]), 1.0)
    array([-2.,  0.,  1.])
    """
    check_range("threshold", threshold, 0)
    phi = np.asarray(phi, dtype=float)
    return phi - np.clip(phi, -threshold, threshold)


def proximal_gradient(
    gradient: Callable[[np.ndarray], np.ndarray],
    penalty: ElasticNet,
    phi: np.ndarray,
    *,
    lr: float,
    steps: int,
) -> np.ndarray:
    """Minimize loss + penalty: a gradient step on the loss, then a proximal one on the penalty.

    For L1 this is ISTA, iterative soft thresholding. It converges for a convex loss if ``lr`` is
    below 2 over the largest curvature of the loss.

    Args:
        gradient: The gradient of the loss alone, without the penalty.
        penalty: What has the proximal step.
        phi: Where to start.
        lr: Length of both steps.
        steps: Number of pairs of steps.

    Shapes:
        phi (D,); returns (steps + 1, D), the start first.

    Raises:
        ValueError: If phi is not a vector, ``lr`` is not positive or ``steps`` is negative.
    """
    phi = np.array(phi, dtype=float)
    check_shape("phi", phi, "D")
    check_range("steps", steps, 0)
    if not lr > 0:
        raise ValueError(f"lr must be positive; got {lr}")
    points = [phi]
    for _ in range(steps):
        phi = penalty.prox(phi - lr * np.asarray(gradient(phi)), lr)
        points.append(phi)
    return np.array(points)
