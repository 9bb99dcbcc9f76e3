r"""Two gradients of an expectation, and how noisy each of them is.

Wanted are the derivatives of E[f(z)] by the mean and the log standard deviation of a normal z,
where f costs something to look at. Pathwise (reparameterized): move the draw with the parameters,
z = mu + sigma eps, and differentiate f. By the score function (REINFORCE): leave the draw, and
weight it by how much more likely it becomes,

.. math::
    \nabla E[f(z)] = E\bigl[(f(z) - b)\, \nabla \ln q(z)\bigr] ,

for any b that does not depend on z.

Source: Kingma & Welling, "Auto-encoding variational Bayes", ICLR 2014, arXiv:1312.6114, section
2.4; Williams, "Simple statistical gradient-following algorithms for connectionist reinforcement
learning", Machine Learning 8, 1992. Signal-to-noise ratios are Rainforth et al., "Tighter
variational bounds are not necessarily better", ICML 2018, arXiv:1802.04537, equation 6.
"""

from collections.abc import Callable

import torch
from torch import Generator, Tensor

from .._check import check_choice, check_range, check_shape
from ..seeding import randn


def pathwise_gradient(
    f: Callable[[Tensor], Tensor],
    mu: Tensor,
    log_sigma: Tensor,
    n: int,
    *,
    generator: Generator | None = None,
) -> tuple[Tensor, Tensor]:
    """n single-draw estimates of the gradients by mu and by log sigma, through the draw.

    Args:
        f: Maps draws (n, D) to values (n,), differentiably.
        mu: Means.
        log_sigma: Log standard deviations.
        n: How many estimates.
        generator: Draws eps.

    Shapes:
        mu, log_sigma (D,); returns two tensors (n, D).
    """
    z, eps = _draw(mu, log_sigma, n, generator)
    z = z.requires_grad_()
    with torch.enable_grad():
        (slope,) = torch.autograd.grad(f(z).sum(), z)
    return slope, slope * log_sigma.exp() * eps


@torch.no_grad()
def score_gradient(
    f: Callable[[Tensor], Tensor],
    mu: Tensor,
    log_sigma: Tensor,
    n: int,
    *,
    baseline: float | str = 0.0,
    generator: Generator | None = None,
) -> tuple[Tensor, Tensor]:
    """n single-draw estimates of the same gradients, from values of f alone.

    Args:
        f: Maps draws (n, D) to values (n,); it may have steps.
        mu: Means.
        log_sigma: Log standard deviations.
        n: How many estimates.
        baseline: What to take off f: a number, or ``"mean"`` for the mean of the other n - 1
            draws, which leaves the estimate unbiased.
        generator: Draws z.

    Shapes:
        mu, log_sigma (D,); returns two tensors (n, D).

    Raises:
        ValueError: If ``baseline`` is another word, or ``"mean"`` for one draw.
    """
    z, eps = _draw(mu, log_sigma, n, generator)
    value = f(z)
    check_shape("f(z)", value, n)
    if isinstance(baseline, str):
        check_choice("baseline", baseline, ("mean",))
        check_range("n", n, 2)
        value = value - (value.sum() - value) / (n - 1)
    else:
        value = value - baseline
    return value[:, None] * eps / log_sigma.exp(), value[:, None] * (eps**2 - 1)


def _draw(
    mu: Tensor, log_sigma: Tensor, n: int, generator: Generator | None
) -> tuple[Tensor, Tensor]:
    dim = check_shape("mu", mu, "D")["D"]
    check_shape("log_sigma", log_sigma, "D", D=dim)
    check_range("n", n, 1)
    eps = randn(n, dim, like=mu, generator=generator)
    return (mu + log_sigma.exp() * eps).detach(), eps


def signal_to_noise(gradients: Tensor) -> Tensor:
    """Size of the mean over the standard deviation, entry by entry.

    Args:
        gradients: Repeated estimates, each from its own draws.

    Shapes:
        gradients (n, ...); returns (...).

    Raises:
        ValueError: If there are fewer than two.
    """
    check_range("number of estimates", len(gradients), 2)
    return gradients.mean(0).abs() / gradients.std(0)
