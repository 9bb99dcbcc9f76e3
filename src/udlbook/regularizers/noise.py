r"""Noise on the inputs of a linear model, averaged in closed form: it is a price on the weights.

Replace x_d by x_d + eps_d, with independent noise of mean 0 and variance v_nd. Then the
squared error of f = x w + b grows, on average over the noise, by the sum of v_nd w_d^2:

.. math:: \mathbb E\Bigl[\frac1N \sum_n (f_n - y_n)^2\Bigr]
   = \frac1N \sum_n (f_n - y_n)^2 + \sum_d c_d\, w_d^2,
   \qquad c_d = \frac1N \sum_n v_{nd} .

White noise has c_d = std^2, and is an L2 penalty. Dropout multiplies x_d by 0 or 1 / (1 - rate),
which is noise of variance x_d^2 rate / (1 - rate): a penalty that grows with the feature's size.

Source: Bishop, "Training with noise is equivalent to Tikhonov regularization", Neural Computation
7 (1995); Srivastava et al., "Dropout", JMLR 15 (2014), section 9.1. Ours differs: the loss is a
mean. For the sum, as in ``udlbook.classical.ridge``, multiply the prices by N.
"""

from typing import Any

import numpy as np

from .._check import check_range, check_shape


def noise_price(X: np.ndarray, std: float) -> np.ndarray:
    """The price c of each squared weight under white noise on the inputs: std^2.

    Shapes:
        X (N, D); returns (D,).

    Raises:
        ValueError: If X is no table or the deviation is negative.
    """
    check_range("std", std, 0)
    return np.full(check_shape("X", np.asarray(X), "N", "D")["D"], float(std) ** 2)


def dropout_price(X: np.ndarray, rate: float) -> np.ndarray:
    """The price c of each squared weight under dropout of the inputs.

    It is rate / (1 - rate) times the mean square of the feature.

    Shapes:
        X (N, D); returns (D,).

    Raises:
        ValueError: If X is no table, or the rate is not at least 0 and below 1.
    """
    if not 0 <= rate < 1:
        raise ValueError(f"rate must be at least 0 and below 1; got {rate}")
    X = np.asarray(X, dtype=float)
    check_shape("X", X, "N", "D")
    return rate / (1 - rate) * (X**2).mean(axis=0)


def expected_loss(
    X: np.ndarray, y: np.ndarray, weight: Any, price: np.ndarray, bias: Any = 0.0
) -> Any:
    """Mean squared error of X w + b, averaged over the noise that has this price.

    Args:
        X: Inputs without noise.
        y: Targets.
        weight: The weights w, an array or a Tensor.
        price: The price of each squared weight, from ``noise_price`` or ``dropout_price``.
        bias: The offset b.

    Shapes:
        X (N, D); y (N,); weight, price (D,); bias and result are scalars.

    Raises:
        ValueError: If a shape does not fit.
    """
    X, y, price = (np.asarray(a, dtype=float) for a in (X, y, price))
    sizes = check_shape("X", X, "N", "D")
    check_shape("y", y, sizes["N"])
    check_shape("weight", weight, sizes["D"])
    check_shape("price", price, sizes["D"])
    residual = X @ weight + bias - y
    return (residual * residual).mean() + (price * weight * weight).sum()
