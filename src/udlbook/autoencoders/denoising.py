r"""Denoising autoencoders, and the best possible denoiser of a density that is known.

A denoising autoencoder r gets a corrupted example and is asked for the clean one. With normal
noise of deviation sigma, the best answer points up the density of the *noisy* data:

.. math:: r^*(x) = \mathbb E[\text{clean} \mid \text{noisy} = x]
          = x + \sigma^2\, \nabla \log p_\sigma(x), \qquad
          p_\sigma = p * \mathcal N(0, \sigma^2 I) .

Source: Vincent, Larochelle, Bengio & Manzagol, "Extracting and composing robust features with
denoising autoencoders", ICML 2008, sections 2.2 and 2.3; Alain & Bengio, "What regularized
auto-encoders learn from the data-generating distribution", JMLR 15, 2014, theorem 1. The formula
for every sigma is older: Efron, "Tweedie's formula and selection bias", Journal of the American
Statistical Association 106, 2011.
"""

import math
from collections.abc import Callable

import torch
from torch import Generator, Tensor

from .._check import check_choice, check_range, check_shape
from ..seeding import randn
from .deep import reconstruction_loss

KINDS = ("normal", "masking", "salt and pepper")


def corrupt(
    x: Tensor,
    kind: str,
    level: float,
    *,
    generator: Generator,
    low: float = 0.0,
    high: float = 1.0,
) -> Tensor:
    """A damaged copy of the examples.

    Args:
        x: Examples.
        kind: ``"normal"`` adds normal noise; ``"masking"`` sets entries to 0; ``"salt and
            pepper"`` sets them to ``low`` or ``high`` by the toss of a coin.
        level: Standard deviation of the normal noise; else the probability that an entry is hit.
        generator: Draws the damage.
        low: Value of pepper.
        high: Value of salt.

    Shapes:
        x (B, ...); returns the same.

    Raises:
        ValueError: If the kind is unknown, or the level negative or, as a probability, above 1.
    """
    check_choice("kind", kind, KINDS)
    check_range("level", level, 0, math.inf if kind == "normal" else 1)
    if kind == "normal":
        return x + level * randn(*x.shape, like=x, generator=generator)
    draws = torch.rand(2, *x.shape, generator=generator, device=generator.device).to(x)
    hit = draws[0] < level
    if kind == "masking":
        return torch.where(hit, torch.zeros_like(x), x)
    return torch.where(hit, torch.where(draws[1] < 0.5, low, high).to(x), x)


def denoising_loss(
    model: Callable[[Tensor], Tensor],
    x: Tensor,
    kind: str,
    level: float,
    *,
    generator: Generator,
) -> Tensor:
    """Reconstruction loss of clean examples from corrupted ones; for kinds see ``corrupt``."""
    return reconstruction_loss(model(corrupt(x, kind, level, generator=generator)), x)


def implied_score(model: Callable[[Tensor], Tensor], x: Tensor, sigma: float) -> Tensor:
    """(r(x) - x) / sigma^2, which a good denoiser makes the gradient of log p_sigma.

    Args:
        model: A denoiser, trained with normal noise.
        x: Points.
        sigma: Standard deviation of that noise.

    Shapes:
        x (B, D); returns (B, D).

    Raises:
        ValueError: If sigma is not positive.
    """
    if not sigma > 0:
        raise ValueError(f"sigma must be positive; got {sigma}")
    return (model(x) - x) / sigma**2


class KnownMixture:
    """A mixture of round normals: everything about its noisy versions is a formula.

    With ``var`` 0 it is a set of points, such as a training set, or a curve cut into small steps.

    Args:
        means: Centres.
        var: Variance of each component in every direction.
        weights: Probabilities of the components; equal, if None.

    Shapes:
        means (K, D); var a number or (K,); weights (K,).

    Raises:
        ValueError: If the shapes do not fit, a variance is negative, or the weights are no
            probabilities.
    """

    def __init__(
        self, means: Tensor, var: float | Tensor = 0.0, weights: Tensor | None = None
    ) -> None:
        K = check_shape("means", means, "K", "D")["K"]
        self.means = means
        self.var = torch.as_tensor(var, dtype=means.dtype, device=means.device).expand(K)
        check_range("the smallest variance", float(self.var.min()), 0)
        if weights is None:
            weights = means.new_full((K,), 1 / K)
        check_shape("weights", weights, K)
        if weights.min() < 0 or abs(float(weights.sum()) - 1) > 1e-6:
            raise ValueError(
                f"weights must be probabilities that sum to 1; got a sum of "
                f"{float(weights.sum()):g} and a smallest of {float(weights.min()):g}"
            )
        self.weights = weights

    def log_prob(self, x: Tensor, sigma: float) -> Tensor:
        """log p_sigma, the log density after noise of this deviation. Shapes: (B, D) -> (B,)."""
        return self._joint(x, sigma)[0].logsumexp(dim=1)

    def score(self, x: Tensor, sigma: float) -> Tensor:
        """The gradient of log p_sigma. Shapes: (B, D) -> (B, D)."""
        joint, var = self._joint(x, sigma)
        pull = joint.softmax(dim=1) / var  # of each component, stronger if it is narrow
        return pull @ self.means - pull.sum(dim=1, keepdim=True) * x

    def denoise(self, x: Tensor, sigma: float) -> Tensor:
        """The mean of the clean points, given the noisy ones. Shapes: (B, D) -> (B, D).

        Each component has a posterior mean between x and its centre; this is their mean.
        """
        joint, var = self._joint(x, sigma)
        share = joint.softmax(dim=1)
        trust = self.var / var  # how much of x - mean is signal
        return (share * (1 - trust)) @ self.means + (share @ trust)[:, None] * x

    def sample(self, n: int, *, generator: Generator) -> Tensor:
        """Clean points. Shapes: returns (n, D)."""
        which = torch.multinomial(
            self.weights.to(generator.device), n, replacement=True, generator=generator
        ).to(self.means.device)
        noise = randn(n, self.means.shape[1], like=self.means, generator=generator)
        return self.means[which] + self.var[which, None].sqrt() * noise

    def _joint(self, x: Tensor, sigma: float) -> tuple[Tensor, Tensor]:
        """Log of weight times density of each component (B, K), and the noisy variances (K,)."""
        D = self.means.shape[1]
        check_shape("x", x, "B", D)
        var = self.var + sigma**2
        check_range("the smallest noisy variance", float(var.min()), 1e-300)
        square = (
            x.square().sum(1, keepdim=True) - 2 * x @ self.means.T + self.means.square().sum(1)
        )
        return (
            self.weights.log() - 0.5 * D * torch.log(2 * math.pi * var) - 0.5 * square / var,
            var,
        )
