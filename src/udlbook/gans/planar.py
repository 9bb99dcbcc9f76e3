r"""Players for points in the plane: fully connected, small, and enough to lose modes with.

Source: the plan, noise through a few layers of rectifiers against a network of the same kind, is
that of Metz, Poole, Pfau & Sohl-Dickstein, "Unrolled generative adversarial networks", ICLR 2017,
arXiv:1611.02163, appendix A. Ours differs: rectifiers with a leak in the critic, so that no region
of the plane is without a slope; sizes are arguments.
"""

from functools import partial

from torch import nn

from .._check import check_range
from ..layers import mlp
from .spectral_norm import spectral_norm


def planar_generator(
    latent: int = 8, hidden: int = 128, depth: int = 2, *, dim: int = 2
) -> nn.Sequential:
    """Noise to points.

    Args:
        latent: Size of the noise.
        hidden: Width of each hidden layer.
        depth: Number of hidden layers.
        dim: Size of a point.

    Shapes:
        (B, latent) -> (B, dim).

    Raises:
        ValueError: If a size is not positive.
    """
    check_range("depth", depth, 1)
    return mlp(latent, *[hidden] * depth, dim)


def planar_critic(
    hidden: int = 128, depth: int = 2, *, dim: int = 2, pack: int = 1, normalized: bool = False
) -> nn.Sequential:
    """Points, or packs of points, to logits.

    Args:
        hidden: Width of each hidden layer.
        depth: Number of hidden layers.
        dim: Size of a point.
        pack: Points that are judged together.
        normalized: Divide each weight matrix by its largest singular value.

    Shapes:
        (B, pack * dim) -> (B, 1).

    Raises:
        ValueError: If a size is not positive.
    """
    check_range("depth", depth, 1)
    check_range("pack", pack, 1)
    leaky = partial(nn.LeakyReLU, 0.2)
    net = mlp(dim * pack, *[hidden] * depth, 1, activation=leaky)
    return spectral_norm(net) if normalized else net
