r"""Shattered gradients: how alike the gradients at two inputs are, deep in a random network.

The inputs are points (cos t, sin t) of a circle, so that all points are alike and only the
difference of two angles, the lag, counts. A first layer makes h_0 of them, and K layers follow:

    plain:      h_k = W_k relu(h_{k-1}),
    residual:   h_k = h_{k-1} + beta W_k relu(h_{k-1}),

and "norm" in a name normalizes each unit over the circle before its ReLU. Weights are normal with
variance 2 / width. The output is a random combination of h_K, and its gradient by h_0 is what
arrives, by backpropagation, at the first layer.

For endless width the cosine of two gradients follows from angles. Let K(t) be the covariance of
a unit at two points of lag t, rho the correlation of what enters the ReLU and theta = arccos rho.
Then a layer

    maps the covariance K to   kept K + beta^2 K(0) k1,
    multiplies the cosine by   (kept + beta^2 k0) / (kept + beta^2),

with k0 = 1 - theta / pi, k1 = (sin theta + (pi - theta) cos theta) / pi, and kept = 1 or 0 with or
without the path around. With normalization there is no such formula: the inputs have two
dimensions, so the statistics of a unit stay random in the widest network.

Sources: Balduzzi, Frean, Leary, Lewis, Ma & McWilliams, "The shattered gradients problem: if
resnets are the answer, then what is the question?", ICML 2017, arXiv:1702.08591; k0 and k1: Cho &
Saul, "Kernel methods for deep learning", NIPS 2009, section 2. Ours differs: inputs on a circle,
cosines over all units of one wide layer, statistics of normalization held fixed in the
derivative; the recursion for finite lags is ours.
"""

import math
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from .._check import check_choice, check_range, check_shape
from ..seeding import randn

KINDS = ("plain", "residual", "plain norm", "residual norm")


class Gradients(NamedTuple):
    """Gradients of one output of a network, at each of N points of a circle.

    Shapes:
        by_angle (N,), the slope around the circle; by_layer (N, width), by the values h_0.
    """

    by_angle: Tensor
    by_layer: Tensor


def circle_gradients(
    kind: str,
    n: int,
    *,
    depth: int,
    width: int = 200,
    beta: float = 1.0,
    generator: Generator,
) -> Gradients:
    """Gradients of one random output of a random network, by backpropagation, in 64 bits.

    Args:
        kind: One of ``KINDS``.
        n: Points, evenly spaced around the circle.
        depth: Layers K after the one that reads the points.
        width: Units of each layer.
        beta: Weight of what a residual layer adds; 1 in a plain one.
        generator: Draws the weights.

    Raises:
        ValueError: If there is no such kind, or a number is out of range.
    """
    check_choice("kind", kind, KINDS)
    check_range("n", n, 2)
    check_range("depth", depth, 0)
    t = torch.arange(n, dtype=torch.float64, device=generator.device) * (2 * math.pi / n)
    residual = kind.startswith("residual")
    beta = beta if residual else 1.0
    first = randn(2, width, like=t, generator=generator)
    h = torch.stack([t.cos(), t.sin()], dim=1) @ first
    layers = []
    for _ in range(depth):
        W = math.sqrt(2 / width) * randn(width, width, like=t, generator=generator)
        u, scale = h, torch.ones_like(h[0])
        if kind.endswith("norm"):
            scale = 1 / u.std(dim=0, unbiased=False)
            u = (u - u.mean(dim=0)) * scale
        f = beta * torch.relu(u) @ W
        h = h + f if residual else f
        layers.append((W, (u > 0) * (beta * scale)))  # the factor has 64 bits
    h_bar = randn(width, like=t, generator=generator).expand_as(h)
    for W, slopes in reversed(layers):
        f_bar = (h_bar @ W.mT) * slopes
        h_bar = h_bar + f_bar if residual else f_bar
    along = torch.stack([-t.sin(), t.cos()], dim=1) @ first
    return Gradients((h_bar * along).sum(dim=1), h_bar)


def cosine_by_lag(v: Tensor) -> Tensor:
    """Cosine of the angle between two rows, averaged over all pairs of one lag.

    Shapes:
        v (N, D); returns (N,), for lags of 0 to N - 1 rows, around the circle.

    Raises:
        ValueError: If v is no table.
    """
    check_shape("v", v, "N", "D")
    unit = v / v.norm(dim=1, keepdim=True)
    return torch.stack([(unit * unit.roll(-lag, 0)).sum(dim=1).mean() for lag in range(len(v))])


def predicted_by_lag(kind: str, n: int, *, depth: int, beta: float = 1.0) -> Tensor:
    """Cosine of two gradients by h_0 in networks of endless width.

    Args:
        kind: "plain" or "residual".
        n: Points around the circle.
        depth: Layers K.
        beta: Weight of what a residual layer adds.

    Shapes:
        returns (n,), for lags of 0 to n - 1 points.

    Raises:
        ValueError: If there is no such kind, or a number is out of range.
    """
    check_choice("kind", kind, ("plain", "residual"))
    check_range("n", n, 2)
    check_range("depth", depth, 0)
    kept, added = (1.0, beta**2) if kind == "residual" else (0.0, 1.0)
    cov = torch.cos(torch.arange(n, dtype=torch.float64) * (2 * math.pi / n))
    alike = torch.ones_like(cov)
    for _ in range(depth):
        rho = (cov / cov[0]).clamp(-1, 1)
        theta = torch.arccos(rho)
        k0 = 1 - theta / math.pi
        k1 = (torch.sin(theta) + (math.pi - theta) * rho) / math.pi
        alike = alike * (kept + added * k0) / (kept + added)
        cov = kept * cov + added * cov[0] * k1
    return alike
