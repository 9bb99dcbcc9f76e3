r"""Path length: how far the image moves when the latent moves.

The regularizer asks that a small step of w of any direction changes the image by a constant
amount. For y, an image of normal noise, J^T y is one backward pass, and its length is about the
root of the sum of the squared singular values of the Jacobian J of the image by w. The penalty is

    mean (|J^T y| / sqrt(H W) - a)^2,

with a the running mean of the lengths. The perceptual path length measures a trained generator:
the squared distance of the features of two images whose latents lie a small step apart, divided
by the square of the step.

Sources: Karras et al., "Analyzing and improving the image quality of StyleGAN", CVPR 2020,
arXiv:1912.04958, section 3.2 and equation 4; Karras, Laine & Aila, arXiv:1812.04948, section 4.1
and equations 2 and 3. Ours differs: the features are handed in, where the paper has those of a
large network; with a style for each layer the squares are averaged over layers, as in the authors'
code; no path is filtered out.
"""

import math
from collections.abc import Callable

import torch
from torch import Generator, Tensor, nn

from .._check import check_choice, check_range, check_shape
from ..seeding import randn

__all__ = ["PathLength", "path_lengths", "perceptual_path_length", "slerp"]


def path_lengths(images: Tensor, w: Tensor, *, generator: Generator | None = None) -> Tensor:
    """The length |J^T y| / sqrt(H W) for each image, with y drawn from a normal.

    Args:
        images: Images, made from w; their graph is kept, so a penalty can be differentiated.
        w: The styles that they were made from, for which gradients are on.
        generator: Draws y.

    Shapes:
        images (B, C, H, W); w (B, D) or (B, L, D); returns (B,).

    Raises:
        ValueError: If shapes do not fit.
    """
    size = check_shape("images", images, "B", "C", "H", "W")
    if w.ndim not in (2, 3) or len(w) != size["B"]:
        raise ValueError(
            f"w must have shape (B={size['B']}, D) or (B, L, D); got {tuple(w.shape)}"
        )
    y = randn(*images.shape, like=images, generator=generator)
    y = y / math.sqrt(size["H"] * size["W"])
    (slope,) = torch.autograd.grad((images * y).sum(), w, create_graph=True)
    squares = slope.square().sum(dim=-1)
    return (squares if w.ndim == 2 else squares.mean(dim=1)).sqrt()


class PathLength(nn.Module):
    """The penalty, and the running mean that it pulls lengths to.

    Args:
        decay: Part of the running mean that one call leaves.

    Attributes:
        mean: Running mean of the lengths.

    Raises:
        ValueError: If the decay is not between 0 and 1.
    """

    def __init__(self, decay: float = 0.99) -> None:
        super().__init__()
        check_range("decay", decay, 0, 1)
        self.decay = decay
        self.register_buffer("mean", torch.zeros(()))

    def forward(self, images: Tensor, w: Tensor, *, generator: Generator | None = None) -> Tensor:
        """The mean squared deviation from the running mean, which takes note first.

        Shapes:
            images (B, C, H, W); w (B, D) or (B, L, D); returns a scalar.
        """
        lengths = path_lengths(images, w, generator=generator)
        with torch.no_grad():
            self.mean.lerp_(lengths.mean().to(self.mean.dtype), 1 - self.decay)
        return (lengths - self.mean).square().mean()


def slerp(a: Tensor, b: Tensor, t: Tensor | float) -> Tensor:
    """Walk from a to b along the great circle, at constant speed, on the unit sphere.

    Args:
        a: Where the walk starts; only its direction counts.
        b: Where it ends.
        t: Parts of the way, 0 to 1.

    Shapes:
        a, b (B, D); t a number or (B, 1); returns (B, D) of length 1.

    Raises:
        ValueError: If shapes do not fit.
    """
    size = check_shape("a", a, "B", "D")
    check_shape("b", b, size["B"], size["D"])
    a, b = a / a.norm(dim=1, keepdim=True), b / b.norm(dim=1, keepdim=True)
    cos = (a * b).sum(dim=1, keepdim=True)
    away = b - cos * a
    away = away / away.norm(dim=1, keepdim=True).clamp_min(1e-12)
    angle = t * torch.acos(cos.clamp(-1, 1))
    return a * angle.cos() + away * angle.sin()


@torch.no_grad()
def perceptual_path_length(
    generator: Callable[[Tensor], Tensor],
    features: Callable[[Tensor], Tensor],
    a: Tensor,
    b: Tensor,
    *,
    how: str,
    t: Tensor,
    step: float = 1e-2,
) -> Tensor:
    """Squared distance in features for a step of a walk from a to b, over the squared step.

    Args:
        generator: Makes images from latents; its noise must be the same in each call.
        features: Makes a vector of each image.
        a: Latents where the walks start.
        b: Latents where they end.
        how: "slerp", for z, or "lerp", for w.
        t: Part of the way at which to measure.
        step: The small step.

    Shapes:
        a, b (B, D); t (B, 1); returns (B,).

    Raises:
        ValueError: If ``how`` is neither, the step is not positive or shapes do not fit.
    """
    check_choice("how", how, ("slerp", "lerp"))
    size = check_shape("a", a, "B", "D")
    check_shape("b", b, size["B"], size["D"])
    check_shape("t", t, size["B"], 1)
    if not step > 0:
        raise ValueError(f"step must be positive; got {step}")
    walk = slerp if how == "slerp" else torch.lerp
    here, there = (features(generator(walk(a, b, t + s))) for s in (0.0, step))
    return (there - here).square().flatten(1).sum(dim=1) / step**2
