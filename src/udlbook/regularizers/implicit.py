r"""Implicit regularization: the loss that steps of finite length really go down.

Gradient descent is meant to follow the flow d phi / dt = -grad L. Steps of length lr leave it,
and follow, to the next order in lr, the flow of another loss. For m batches, each used once in an
epoch and in a random order, it is, with L_b the loss of a batch and L their mean,

.. math:: \tilde L = L + \frac{\eta}{4m} \sum_{b=1}^m \lVert \nabla L_b \rVert^2
   = L + \frac{\eta}{4} \lVert \nabla L \rVert^2
   + \frac{\eta}{4m} \sum_b \lVert \nabla L_b - \nabla L \rVert^2 .

The first extra term is there with one batch too, and is due to the step alone. The second is due
to the batches: it prefers places where they agree.

Source: Barrett & Dherin, "Implicit gradient regularization", ICLR 2021, arXiv:2009.11162, theorem
3.1 (m = 1); Smith, Dherin, Barrett & De, "On the origin of implicit regularization in stochastic
gradient descent", ICLR 2021, arXiv:2101.12176, equations 1 and 22. Ours differs: batches are given
as arrays of gradients and Hessians, so one function serves both papers. To follow either flow, use
``udlbook.optim.rk4``.
"""

import numpy as np

from .._check import check_range, check_shape


def implicit_penalty(gradients: np.ndarray, lr: float) -> tuple[np.ndarray, np.ndarray]:
    """What is added to the loss: by the step, ``lr / 4 |g|^2``, and by the batches.

    Args:
        gradients: Of the loss of each batch, at one point or at many.
        lr: Learning rate.

    Shapes:
        gradients (m, ..., D); returns two of (...).

    Raises:
        ValueError: If there are fewer than two axes, or ``lr`` is negative.

    >>> step, batch = implicit_penalty(np.array([[1.0, 0.0], [3.0, 0.0]]), lr=0.4)
    >>> round(float(step), 3), round(float(batch), 3)
    (0.4, 0.1)
    """
    gradients = np.asarray(gradients, dtype=float)
    check_range("lr", lr, 0)
    if gradients.ndim < 2:
        raise ValueError(f"gradients must have shape (m, ..., D); got {gradients.shape}")
    mean = gradients.mean(axis=0)
    apart = ((gradients - mean) ** 2).sum(axis=-1).mean(axis=0)
    return lr / 4 * (mean**2).sum(axis=-1), lr / 4 * apart


def modified_gradient(gradients: np.ndarray, hessians: np.ndarray, lr: float) -> np.ndarray:
    """The gradient of the modified loss: mean of g_b + lr / 2 * mean of H_b g_b.

    Args:
        gradients: Of the loss of each batch, one row a batch.
        hessians: The same, second derivatives.
        lr: Learning rate; 0 gives the gradient of the plain loss.

    Shapes:
        gradients (m, D); hessians (m, D, D); returns (D,).

    Raises:
        ValueError: If a shape does not fit or ``lr`` is negative.
    """
    gradients, hessians = np.asarray(gradients, dtype=float), np.asarray(hessians, dtype=float)
    sizes = check_shape("gradients", gradients, "m", "D")
    check_shape("hessians", hessians, sizes["m"], sizes["D"], sizes["D"])
    check_range("lr", lr, 0)
    return (gradients + lr / 2 * np.einsum("bij,bj->bi", hessians, gradients)).mean(axis=0)
