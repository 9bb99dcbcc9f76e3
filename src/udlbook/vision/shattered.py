r"""Shattered gradients: how alike the gradients at two inputs are, deep in a random network.

A network of K layers maps the points (x, 1) of a line to vectors h_K(x). Its layers are

    plain:      h_k = W_k relu(h_{k-1}),
    residual:   h_k = h_{k-1} + beta W_k relu(h_{k-1}),

and "norm" in a name normalizes each unit over all points before its ReLU. Weights are normal with
variance 2 / width. The output is a random combination of h_K, and its gradient by h_0 is what
arrives, by backpropagation, at the first layer.

With theta the angle between h_{k-1}(x) and h_{k-1}(x'), a wide plain layer multiplies the cosine
of the gradients at x and x' by k0 = 1 - theta / pi, and maps the cosine rho of the values to
k1 = (sin theta + (pi - theta) cos theta) / pi. A residual layer mixes both with what was there:
(1 + beta^2 k0) / (1 + beta^2) and (rho + beta^2 k1) / (1 + beta^2).

Sources: Balduzzi, Frean, Leary, Lewis, Ma & McWilliams, "The shattered gradients problem: if
resnets are the answer, then what is the question?", ICML 2017, arXiv:1702.08591; k0 and k1: Cho &
Saul, "Kernel methods for deep learning", NIPS 2009, section 2. Ours differs: the cosine is taken
over all units of one wide layer; statistics of normalization are held fixed in the derivative.
"""

import math
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from .._check import check_choice, check_range, check_shape
from ..seeding import randn

KINDS = ("plain", "residual", "plain norm", "residual norm")


class Gradients(NamedTuple):
    """Gradients of one output of a network, at each of N points of a line.

    Shapes:
        by_x (N,), its slope along the line; by_layer (N, width), by the values h_0.
    """

    by_x: Tensor
    by_layer: Tensor


def line_gradients(
    kind: str,
    x: Tensor,
    *,
    depth: int,
    width: int = 300,
    beta: float = 1.0,
    generator: Generator,
) -> Gradients:
    """Gradients of one random output of a random network, by backpropagation.

    Args:
        kind: One of ``KINDS``.
        x: Points on the line.
        depth: Layers K after the one that reads (x, 1).
        width: Units of each layer.
        beta: Weight of what a residual layer adds.
        generator: Draws the weights.

    Shapes:
        x (N,).

    Raises:
        ValueError: If there is no such kind, or a number is out of range.
    """
    check_choice("kind", kind, KINDS)
    check_shape("x", x, "N")
    check_range("depth", depth, 0)
    first = randn(2, width, like=x, generator=generator)
    h = torch.stack([x, torch.ones_like(x)], dim=1) @ first
    layers = []
    for _ in range(depth):
        W = math.sqrt(2 / width) * randn(width, width, like=x, generator=generator)
        u, scale = h, torch.ones_like(h[0])
        if kind.endswith("norm"):
            scale = 1 / u.std(dim=0, unbiased=False)
            u = (u - u.mean(dim=0)) * scale
        f = torch.relu(u) @ W
        h = h + beta * f if kind.startswith("residual") else f
        layers.append((W, (u > 0) * scale))
    h_bar = randn(width, like=x, generator=generator).expand_as(h)
    for W, slopes in reversed(layers):
        f_bar = (h_bar @ W.mT) * slopes
        h_bar = h_bar + beta * f_bar if kind.startswith("residual") else f_bar
    return Gradients(h_bar @ first[0], h_bar)


def cosines(v: Tensor) -> Tensor:
    """Cosine of the angle between each two rows. Shapes: (N, D) -> (N, N)."""
    unit = v / v.norm(dim=1, keepdim=True)
    return unit @ unit.mT


def predicted_cosines(kind: str, rho: Tensor, *, depth: int, beta: float = 1.0) -> Tensor:
    """Cosine of two gradients by h_0 in networks of endless width, without normalization.

    Args:
        kind: "plain" or "residual".
        rho: Cosine of the angle between the two inputs (x, 1) and (x', 1).
        depth: Layers K.
        beta: Weight of what a residual layer adds.

    Shapes:
        any shape; returns the same.

    Raises:
        ValueError: If there is no prediction for the kind, or rho is no cosine.
    """
    check_choice("kind", kind, ("plain", "residual"))
    check_range("rho", float(rho.min()), -1 - 1e-9)  # rounding is no error
    check_range("rho", float(rho.max()), high=1 + 1e-9)
    kept = 0.0 if kind == "plain" else 1.0
    added = 1.0 if kind == "plain" else beta**2
    rho, alike = rho.clamp(-1, 1), torch.ones_like(rho)
    for _ in range(depth):
        theta = torch.arccos(rho.clamp(-1, 1))
        k0 = 1 - theta / math.pi
        k1 = (torch.sin(theta) + (math.pi - theta) * rho) / math.pi
        alike = alike * (kept + added * k0) / (kept + added)
        rho = (kept * rho + added * k1) / (kept + added)
    return alike
