r"""Adversarial examples: inputs changed as little as possible, and as badly as possible.

An attack looks for a change delta that raises the loss, with |delta| <= eps in some norm. One
step: to first order the loss grows by g . delta with g its gradient by x, which is largest for
eps sign(g) in the maximum norm, and for eps g / |g| in the Euclidean norm. Many small steps, each
followed by a projection back into the ball, find worse inputs.

Sources: Goodfellow, Shlens & Szegedy, "Explaining and harnessing adversarial examples", ICLR 2015,
arXiv:1412.6572, section 4 (one step by the sign); Madry et al., "Towards deep learning models
resistant to adversarial attacks", ICLR 2018, arXiv:1706.06083, section 2.1 (projected steps). Ours
differs: steps stop at the limits of the grey values, too.
"""

from collections.abc import Callable

import torch
from torch import Generator, Tensor
from torch.nn.functional import cross_entropy

from .._check import check_choice, check_range


def fgsm(
    model: Callable[[Tensor], Tensor],
    x: Tensor,
    y: Tensor,
    *,
    eps: float,
    norm: str = "max",
    limits: tuple[float, float] = (0.0, 1.0),
) -> Tensor:
    """One step uphill in the loss, as far as allowed.

    Args:
        model: Maps inputs to logits of classes; in evaluation mode.
        x: Inputs.
        y: Their classes.
        eps: Radius of the ball around each input.
        norm: Of the ball, ``"max"`` or ``"euclidean"``.
        limits: Smallest and largest possible value of an input.

    Shapes:
        x (B, ...); y (B,); returns that of x.

    Raises:
        ValueError: If ``eps`` is negative or ``norm`` is unknown.
    """
    return pgd(model, x, y, eps=eps, step=eps, steps=1, norm=norm, limits=limits)


def pgd(
    model: Callable[[Tensor], Tensor],
    x: Tensor,
    y: Tensor,
    *,
    eps: float,
    step: float | None = None,
    steps: int = 10,
    norm: str = "max",
    limits: tuple[float, float] = (0.0, 1.0),
    generator: Generator | None = None,
) -> Tensor:
    """Steps uphill in the loss, each followed by a projection back into the ball.

    Args:
        model: Maps inputs to logits of classes; in evaluation mode.
        x: Inputs.
        y: Their classes.
        eps: Radius of the ball around each input.
        step: Length of a step; by default ``2.5 * eps / steps``.
        steps: How many.
        norm: Of the ball and of the steps, ``"max"`` or ``"euclidean"``.
        limits: Smallest and largest possible value of an input.
        generator: Draws a random place of the ball to start from; without it, start at x.

    Shapes:
        x (B, ...); y (B,); returns that of x.

    Raises:
        ValueError: If a number is out of range or ``norm`` is unknown.
    """
    check_range("eps", eps, 0)
    check_range("steps", steps, 1)
    check_choice("norm", norm, ("max", "euclidean"))
    step = 2.5 * eps / steps if step is None else step
    check_range("step", step, 0)
    x = x.detach()
    change = torch.zeros_like(x)
    if generator is not None:
        change = torch.rand(x.shape, generator=generator, device=generator.device).to(x) * 2 - 1
        change = _project(x, eps * change, eps, norm, limits)
    for _ in range(steps):
        at = (x + change).requires_grad_()
        # A sum, so that each example feels its own loss alone.
        loss = cross_entropy(model(at), y, reduction="sum")
        (g,) = torch.autograd.grad(loss, at)
        change = _project(x, change + step * _uphill(g, norm), eps, norm, limits)
    return x + change


def _uphill(g: Tensor, norm: str) -> Tensor:
    """The unit step along which the loss grows most."""
    if norm == "max":
        return g.sign()
    return g / _lengths(g).clamp(min=1e-30)


def _project(
    x: Tensor, change: Tensor, eps: float, norm: str, limits: tuple[float, float]
) -> Tensor:
    """The change, moved into the ball, then into the limits of the inputs, which are convex."""
    if norm == "max":
        change = change.clamp(-eps, eps)
    else:
        change = change * (eps / _lengths(change).clamp(min=1e-30)).clamp(max=1)
    return (x + change).clamp(*limits) - x


def _lengths(a: Tensor) -> Tensor:
    return a.flatten(1).norm(dim=1).reshape(-1, *[1] * (a.ndim - 1))
