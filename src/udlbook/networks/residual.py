r"""Residual networks: K blocks f_k, each of which adds to what it is given::

    h_0 = x,    h_k = h_{k-1} + f_k(h_{k-1}),    y = h_K.

A block f_k is a deep network as many outputs as inputs wide. Backward, the plus sign copies::

    h_{k-1}_bar = h_k_bar + (df_k/dh)^T h_k_bar,

so a part of the gradient reaches x untouched, however many blocks there are. Parameters are a
list with the ``phi`` of each block.

Source: He, Zhang, Ren & Sun, "Deep residual learning for image recognition", CVPR 2016,
arXiv:1512.03385, section 3.1; the K-layer form: Prince, "Understanding Deep Learning", MIT Press
2023, section 11.2. Ours differs: blocks are fully connected, and nothing bends after the sum.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from .._check import check_shape
from . import deep
from .activations import Activation


@dataclass(frozen=True)
class Stages:
    """All that a residual network computes on the way.

    Args:
        h: The input h_0 = x, then h_1 ... h_K; the last is the output.
        blocks: The stages of each block, those of ``deep``.

    Shapes:
        h[k] (B, D).
    """

    h: list
    blocks: list[deep.Stages]

    @property
    def y(self) -> Any:
        """The output h_K, of shape (B, D)."""
        return self.h[-1]


def stages(x: Any, phi: list[dict], activation: Activation) -> Stages:
    """Run the network and keep every stage. Arrays, or autodiff Tensors anywhere.

    Shapes:
        x (B, D).

    Raises:
        ValueError: If a shape does not fit, or a block changes the width.
    """
    h, blocks = [x], []
    for k, phi_k in enumerate(phi):
        blocks.append(deep.stages(h[-1], phi_k, activation))
        check_shape(f"the output of block {k}", blocks[-1].y, *x.shape)
        h.append(h[-1] + blocks[-1].y)
    return Stages(h, blocks)


def forward(x: Any, phi: list[dict], activation: Activation) -> Any:
    """The output alone. Shapes: (B, D) -> (B, D)."""
    return stages(x, phi, activation).y


def backward(
    s: Stages, phi: list[dict], activation: Activation, y_bar: np.ndarray
) -> tuple[list[dict], np.ndarray]:
    """Gradients of a loss by all parameters and by the input: the backward pass.

    Args:
        s: The stages of the forward pass, as arrays.
        phi: The parameters.
        activation: The activation of the forward pass.
        y_bar: dL/dy. For a loss that is a mean over the batch it carries the factor 1/B.

    Returns:
        The gradient by phi, built like phi; and that by x.

    Shapes:
        y_bar (B, D); gradients as what they belong to.

    Raises:
        ValueError: If a shape does not fit.
    """
    check_shape("y_bar", y_bar, *s.y.shape)
    phi_bar, h_bar = [], y_bar
    for block, phi_k in zip(reversed(s.blocks), reversed(phi), strict=True):
        phi_k_bar, through_block = deep.backward(block, phi_k, activation, h_bar)
        phi_bar.append(phi_k_bar)
        h_bar = h_bar + through_block
    return phi_bar[::-1], h_bar
