r"""Players for points in the plane: fully connected, small, and enough to lose modes with.

A network of rectifiers bends slowly: narrow modes far apart need a sharper pen. Fixed sinusoids of
the input, x -> (x, sin B x, cos B x), give it one.

Sources: the plan, noise through a few layers of rectifiers against a network of the same kind, is
that of Metz, Poole, Pfau & Sohl-Dickstein, "Unrolled generative adversarial networks", ICLR 2017,
arXiv:1611.02163, appendix A; the sinusoids: Tancik et al., "Fourier features let networks learn
high frequency functions in low dimensional domains", NeurIPS 2020, arXiv:2006.10739, equation 5.
Ours differs: rectifiers with a leak in the critic, so that no region of the plane is without a
slope; rows of B have random directions, but lengths that are evenly spaced, and x itself stays in.
"""

from functools import partial

import torch
from torch import Tensor, nn

from .._check import check_range, check_shape
from ..layers import mlp
from .spectral_norm import spectral_norm


class Sinusoids(nn.Module):
    """Each point x with the sines and cosines of B x; B is drawn once and never learned.

    Args:
        dim: Size of a point.
        n: Number of rows of B.
        top: Length of the longest row, in radians per unit; the others are evenly spaced below.
        points: So many points stand side by side in an input; each gets its own features.

    Shapes:
        (B, points * dim) -> (B, points * (dim + 2 n)).

    Raises:
        ValueError: If a size is not positive or the shape does not fit.
    """

    def __init__(self, dim: int, n: int, top: float, *, points: int = 1) -> None:
        super().__init__()
        check_range("the smallest of dim, n and points", min(dim, n, points), 1)
        check_range("top", top, 0)
        directions = nn.functional.normalize(torch.randn(n, dim), dim=1)
        lengths = top * torch.arange(1, n + 1) / n
        self.register_buffer("rows", lengths[:, None] * directions)
        self.points = points

    def forward(self, x: Tensor) -> Tensor:
        check_shape("x", x, "B", self.points * self.rows.shape[1])
        x = x.reshape(len(x), self.points, -1)
        angle = x @ self.rows.T
        return torch.cat([x, angle.sin(), angle.cos()], dim=2).flatten(1)


def planar_generator(
    latent: int = 2,
    hidden: int = 128,
    depth: int = 2,
    *,
    dim: int = 2,
    sinusoids: int = 0,
    top: float = 10.0,
) -> nn.Sequential:
    """Noise to points.

    Args:
        latent: Size of the noise.
        hidden: Width of each hidden layer.
        depth: Number of hidden layers.
        dim: Size of a point.
        sinusoids: Rows of fixed sinusoids of the noise; 0 for none.
        top: Longest row, see ``Sinusoids``.

    Shapes:
        (B, latent) -> (B, dim).

    Raises:
        ValueError: If a size is not positive.
    """
    check_range("depth", depth, 1)
    net = mlp(latent + 2 * sinusoids, *[hidden] * depth, dim)
    return nn.Sequential(Sinusoids(latent, sinusoids, top), *net) if sinusoids else net


def planar_critic(
    hidden: int = 128,
    depth: int = 2,
    *,
    dim: int = 2,
    pack: int = 1,
    normalized: bool = False,
    sinusoids: int = 0,
    top: float = 15.0,
) -> nn.Sequential:
    """Points, or packs of points, to logits.

    Args:
        hidden: Width of each hidden layer.
        depth: Number of hidden layers.
        dim: Size of a point.
        pack: Points that are judged together.
        normalized: Divide each weight matrix by its largest singular value.
        sinusoids: Rows of fixed sinusoids of each point; 0 for none.
        top: Longest row, see ``Sinusoids``.

    Shapes:
        (B, pack * dim) -> (B, 1).

    Raises:
        ValueError: If a size is not positive.
    """
    check_range("depth", depth, 1)
    check_range("pack", pack, 1)
    leaky = partial(nn.LeakyReLU, 0.2)
    net = mlp((dim + 2 * sinusoids) * pack, *[hidden] * depth, 1, activation=leaky)
    if normalized:
        spectral_norm(net)
    return nn.Sequential(Sinusoids(dim, sinusoids, top, points=pack), *net) if sinusoids else net
