r"""Spectral normalization: divide each weight matrix by its largest singular value.

A linear layer stretches no vector by more than sigma, its largest singular value. After W / sigma
it stretches none by more than 1, and a chain of such layers with activations of slope at most 1
has a Lipschitz constant of at most 1, however deep it is.

Sigma comes from power iteration, one step per forward pass, with the vectors kept between passes:

    v <- W^T u / |W^T u|,    u <- W v / |W v|,    sigma = u^T W v.

The vectors count as constants in the gradient, so that d sigma / d W = u v^T and

    dL / dW = (G - <G, W / sigma> u v^T) / sigma,    G = dL / d(W / sigma).

A convolution's weight (O, C, K_h, K_w) is reshaped to (O, C K_h K_w). The largest singular value
of that matrix is not the convolution's own: a pixel is in K_h K_w patches, so the convolution may
stretch an image up to sqrt(K_h K_w) times as much.

Source: Miyato, Kataoka, Koyama & Yoshida, "Spectral normalization for generative adversarial
networks", ICLR 2018, arXiv:1802.05957, section 2.1, equations 11 and 12, algorithm 1. Ours
differs: the first vectors are already those of ten steps.
"""

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from .._check import check_range
from ..layers import Conv1d, Conv2d


class SpectralNorm(nn.Module):
    """Divides a weight by its largest singular value, as power iteration sees it.

    In training each call makes ``n_steps`` steps of power iteration; in evaluation none.

    Args:
        weight: The first weight; its first axis is that of the outputs.
        n_steps: Steps a call.

    Shapes:
        weight (O, ...); returns the same.

    Raises:
        ValueError: If the weight has fewer than two axes, or ``n_steps`` is not positive.
    """

    def __init__(self, weight: Tensor, n_steps: int = 1) -> None:
        super().__init__()
        check_range("n_steps", n_steps, 1)
        if weight.ndim < 2:
            raise ValueError(f"weight must have two axes or more; got {tuple(weight.shape)}")
        self.n_steps = n_steps
        W = weight.detach().flatten(1)
        u = torch.randn(len(W), dtype=W.dtype, device=W.device)
        self.register_buffer("u", _unit(u))
        self.register_buffer("v", _unit(W.T @ u))
        self._iterate(W, 10)

    @torch.no_grad()
    def _iterate(self, W: Tensor, n_steps: int) -> None:
        for _ in range(n_steps):
            self.v = _unit(W.T @ self.u)
            self.u = _unit(W @ self.v)

    def sigma(self, weight: Tensor) -> Tensor:
        """The largest singular value, u^T W v. Shapes: weight (O, ...); returns ()."""
        return self.u @ weight.flatten(1) @ self.v

    def forward(self, weight: Tensor) -> Tensor:
        if self.training:
            self._iterate(weight.detach().flatten(1), self.n_steps)
        return weight / self.sigma(weight)


def _unit(a: Tensor) -> Tensor:
    return nn.functional.normalize(a, dim=0, eps=1e-12)


def spectral_norm(module: nn.Module, n_steps: int = 1) -> nn.Module:
    """Normalize the weight of every linear and convolutional layer in a module, in place.

    Args:
        module: A layer, or a network of them.
        n_steps: Steps of power iteration in each training pass.

    Returns:
        The module.

    Raises:
        ValueError: If there is no such layer in it.

    >>> with torch.random.fork_rng():
    ...     W = spectral_norm(nn.Linear(3, 2), n_steps=30).weight.detach()
    >>> round(float(torch.linalg.matrix_norm(W, 2)), 4)
    1.0
    """
    kinds = (nn.Linear, Conv1d, Conv2d)
    layers = [m for m in module.modules() if isinstance(m, kinds)]
    if not layers:
        raise ValueError(f"module must have a linear or convolutional layer; got {module}")
    for layer in layers:
        parametrize.register_parametrization(
            layer, "weight", SpectralNorm(layer.weight, n_steps), unsafe=True
        )
    return module
