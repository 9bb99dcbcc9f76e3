r"""Contractive autoencoders: codes that change little where the data do not lead.

.. math:: L = \frac1N \sum_n \| x_n - g(f(x_n)) \|^2 + \lambda\, \| J_f(x_n) \|_F^2

Source: Rifai, Vincent, Muller, Glorot & Bengio, "Contractive auto-encoders: explicit invariance
during feature extraction", ICML 2011, sections 3 and 5.1. The expansion for small noise: Bishop,
"Training with noise is equivalent to Tikhonov regularization", Neural Computation 7(1), 1995;
Alain & Bengio, "What regularized auto-encoders learn from the data-generating distribution", JMLR
15, 2014, proposition 1, where the penalty is on the Jacobian of the whole autoencoder.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn

from .._check import check_range, check_shape
from ..seeding import randn
from .deep import reconstruction_loss

Map = Callable[[Tensor], Tensor]


def jacobian(f: Map, x: Tensor) -> Tensor:
    """The Jacobian of each example's output, by autograd, one output after the other.

    The result can itself be differentiated. The map must not mix examples: no batch normalization.

    Args:
        f: Maps (B, D) to (B, K).
        x: Where.

    Shapes:
        x (B, D); returns (B, K, D).

    Raises:
        ValueError: If x or f(x) is no table.
    """
    B = check_shape("x", x, "B", "D")["B"]
    if not x.requires_grad:
        x = x.detach().requires_grad_()
    with torch.enable_grad():
        y = f(x)
        check_shape("f(x)", y, B, "K")
        # examples do not mix, so the gradient of a sum over them holds each example's own
        sums = y.sum(dim=0)
        rows = [torch.autograd.grad(s, x, create_graph=True)[0] for s in sums]
    return torch.stack(rows, dim=1)


def jacobian_penalty(f: Map, x: Tensor) -> Tensor:
    """Sum of the squares of the Jacobian, averaged over examples, exactly.

    Shapes:
        x (B, D); f maps it to (B, K); returns a scalar.

    Raises:
        ValueError: If x or f(x) is no table.
    """
    return jacobian(f, x).square().sum(dim=(1, 2)).mean()


def sampled_jacobian_penalty(f: Map, x: Tensor, *, generator: Generator) -> Tensor:
    r"""An unbiased estimate of ``jacobian_penalty`` from one backward pass.

    For standard normal v, :math:`\mathbb E \| v^\top J \|^2 = \| J \|_F^2`.

    Args:
        f: Maps (B, D) to (B, K), without mixing examples.
        x: Where.
        generator: Draws one v for each example.

    Shapes:
        x (B, D); returns a scalar.

    Raises:
        ValueError: If x or f(x) is no table.

    Source: Hutchinson, "A stochastic estimator of the trace of the influence matrix for Laplacian
    smoothing splines", Communications in Statistics 18(3), 1989. Ours differs: v is normal.
    """
    B = check_shape("x", x, "B", "D")["B"]
    if not x.requires_grad:
        x = x.detach().requires_grad_()
    with torch.enable_grad():
        y = f(x)
        check_shape("f(x)", y, B, "K")
        v = randn(*y.shape, like=y, generator=generator)
        row = torch.autograd.grad((v * y).sum(), x, create_graph=True)[0]
    return row.square().sum(dim=1).mean()


class ContractiveAutoencoder(nn.Module):
    """One layer of sigmoids and its transpose: h = sigmoid(W x + b), x_hat = W^T h + c.

    Args:
        dim: Numbers in an example.
        hidden: Number of hidden units.

    Shapes:
        x (B, dim); h (B, hidden); returns (B, dim).

    Raises:
        ValueError: If a size is not positive.
    """

    def __init__(self, dim: int, hidden: int) -> None:
        super().__init__()
        check_range("the smaller size", min(dim, hidden), 1)
        self.weight = nn.Parameter(torch.randn(hidden, dim) / math.sqrt(dim))
        self.bias = nn.Parameter(torch.zeros(hidden))
        self.out_bias = nn.Parameter(torch.zeros(dim))

    def encode(self, x: Tensor) -> Tensor:
        """Shapes: (B, dim) -> (B, hidden)."""
        check_shape("x", x, "B", self.weight.shape[1])
        return torch.sigmoid(x @ self.weight.T + self.bias)

    def decode(self, h: Tensor) -> Tensor:
        """Shapes: (B, hidden) -> (B, dim)."""
        check_shape("h", h, "B", len(self.weight))
        return h @ self.weight + self.out_bias

    def forward(self, x: Tensor) -> Tensor:
        return self.decode(self.encode(x))

    def penalty(self, x: Tensor) -> Tensor:
        """``jacobian_penalty`` of the encoder, by its formula, for the price of a forward pass.

        Shapes: (B, dim) -> ().
        """
        h = self.encode(x)
        return ((h * (1 - h)).square() @ self.weight.square().sum(dim=1)).mean()

    def loss(self, x: Tensor, penalty: float) -> Tensor:
        """Reconstruction loss plus ``penalty`` times the mean squared Jacobian of the encoder."""
        return reconstruction_loss(self(x), x) + penalty * self.penalty(x)


@dataclass(frozen=True)
class SmallNoise:
    r"""What normal noise adds to a reconstruction loss, to second order in its deviation.

    .. math:: \mathbb E \| r(x + \epsilon) - x \|^2 = \text{error}
              + \sigma^2 (\text{contraction} + \text{curvature}) + O(\sigma^4)

    Attributes:
        error: Mean of :math:`\| r(x) - x \|^2`, without noise.
        contraction: Mean of :math:`\| J_r(x) \|_F^2`.
        curvature: Mean of :math:`(r(x) - x) \cdot \Delta r(x)`, with the Laplacian of r.
    """

    error: Tensor
    contraction: Tensor
    curvature: Tensor

    def loss(self, sigma: float) -> Tensor:
        """The denoising loss, without the terms of higher order."""
        return self.error + sigma**2 * (self.contraction + self.curvature)


def small_noise(r: Map, x: Tensor) -> SmallNoise:
    """Expand the denoising loss of r around no noise.

    Args:
        r: A smooth map that does not mix examples.
        x: Clean examples.

    Shapes:
        x (B, D); r maps (B, D) to (B, D).

    Raises:
        ValueError: If x is no table, or r(x) has another shape.
    """
    B, D = check_shape("x", x, "B", "D").values()
    x = x.detach().requires_grad_()
    J = jacobian(r, x)
    check_shape("J", J, B, D, D)
    miss = (r(x) - x).detach()
    # miss . Laplacian of r = sum over i of d/dx_i of (miss . dr/dx_i), with miss held fixed
    pulled = torch.einsum("bk,bki->bi", miss, J)
    laplacian = [
        torch.autograd.grad(p, x, retain_graph=True, materialize_grads=True)[0][:, i]
        for i, p in enumerate(pulled.sum(dim=0))
        if p.requires_grad  # a linear map has none
    ]
    curvature = sum(laplacian, x.new_zeros(B))
    return SmallNoise(
        miss.square().sum(dim=1).mean(),
        J.detach().square().sum(dim=(1, 2)).mean(),
        curvature.detach().mean(),
    )
