r"""Losses that compare a batch of samples with a batch of data, without a second network.

A generator without a density cannot be trained by maximum likelihood; all it has is samples.
Which sample should move towards which datum? Pairs at random pull every sample to the mean of the
data. Nearest data for each sample leave modes out; nearest samples for each datum do not; the
best one-to-one assignment leaves nobody out on either side. And a kernel compares the two sets
as a whole.

Sources: Li & Malik, "Implicit maximum likelihood estimation", arXiv:1809.09087, algorithm 1
(nearest samples for data); Li, Swersky & Zemel, "Generative moment matching networks", ICML 2015,
arXiv:1502.02761, and Dziugaite, Roy & Ghahramani, "Training generative neural networks via maximum
mean discrepancy optimization", UAI 2015, arXiv:1505.03906 (kernels); Gretton et al., "A kernel
two-sample test", JMLR 13, 2012, equation 3 (the unbiased estimate). Ours differs: batches are
drawn afresh in every step, of the data and of the noise; means, not sums, over a batch.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from .._check import check_shape


def random_pairs(fake: Tensor, real: Tensor) -> Tensor:
    """Mean squared distance of each sample to the datum in the same row.

    Shapes:
        fake, real (B, D); returns ().

    Raises:
        ValueError: If the shapes differ.
    """
    _same_size(fake, real)
    return ((fake - real) ** 2).sum(dim=1).mean()


def nearest_data(fake: Tensor, real: Tensor) -> Tensor:
    """Mean squared distance of each sample to the datum nearest to it.

    Shapes:
        fake (B, D); real (M, D); returns ().
    """
    return _squared(fake, real).min(dim=1).values.mean()


def nearest_samples(fake: Tensor, real: Tensor) -> Tensor:
    """Mean squared distance of each datum to the sample nearest to it.

    This is implicit maximum likelihood; more samples than data make it work better.

    Shapes:
        fake (B, D); real (M, D); returns ().
    """
    return _squared(fake, real).min(dim=0).values.mean()


def assigned(
    fake: Tensor,
    real: Tensor,
    solve: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]],
) -> Tensor:
    """Mean squared distance under the best one-to-one assignment of samples to data.

    It is the squared Wasserstein-2 distance of the two batches. The assignment does not move when
    the samples move a little, so the gradient is that of the distances.

    Args:
        fake: Samples.
        real: Data.
        solve: Returns the rows and columns of the cheapest assignment of a cost matrix:
            ``scipy.optimize.linear_sum_assignment``.

    Shapes:
        fake, real (B, D); returns ().

    Raises:
        ValueError: If the shapes differ.
    """
    _same_size(fake, real)
    cost = _squared(fake, real)
    rows, columns = solve(cost.detach().cpu().numpy())
    return cost[rows, columns].mean()


def kernel_discrepancy(fake: Tensor, real: Tensor, bandwidths: Sequence[float]) -> Tensor:
    r"""Unbiased estimate of the squared maximum mean discrepancy, with gradients.

    The kernel is the mean of :math:`\exp(-|x - y|^2 / 2 b^2)` over the bandwidths b, as in
    ``udlbook.measures.squared_mmd``.

    Shapes:
        fake (B, D); real (M, D); returns ().

    Raises:
        ValueError: If the dimensions differ, a batch has fewer than two rows, or a bandwidth is
            not positive.
    """
    n, m = len(fake), len(real)
    if min(n, m) < 2:
        raise ValueError(f"batches must have at least 2 rows; got {n} and {m}")
    if len(bandwidths) == 0 or not min(bandwidths) > 0:
        raise ValueError(f"bandwidths must be positive numbers; got {list(bandwidths)}")

    def total(d2: Tensor) -> Tensor:
        return sum(torch.exp(d2 / (-2 * b * b)).sum() for b in bandwidths) / len(bandwidths)

    # On the diagonals the distance is 0 and the kernel 1: n and m terms too many.
    within_fake = (total(_squared(fake, fake)) - n) / (n * (n - 1))
    within_real = (total(_squared(real, real)) - m) / (m * (m - 1))
    return within_fake + within_real - 2 * total(_squared(fake, real)) / (n * m)


def _same_size(fake: Tensor, real: Tensor) -> None:
    check_shape("fake", fake, "B", "D")
    check_shape("real", real, *fake.shape)


def _squared(x: Tensor, y: Tensor) -> Tensor:
    dim = check_shape("fake", x, "B", "D")["D"]
    check_shape("real", y, "M", dim)
    return ((x[:, None] - y[None]) ** 2).sum(dim=2)
