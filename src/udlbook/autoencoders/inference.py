"""What an encoder loses: the gap to the best normal for each example, and idle latents.

ln p(x) - L(x) has two parts. A normal with independent latents may not fit the posterior however
it is chosen (the approximation gap), and one network for all examples may miss the best normal of
this one (the amortization gap).

Source: Cremer, Li & Duvenaud, "Inference suboptimality in variational autoencoders", ICML 2018,
arXiv:1801.03558, section 3; active units are Burda, Grosse & Salakhutdinov, "Importance weighted
autoencoders", ICLR 2016, arXiv:1509.00519, section 5.2.
"""

import torch
from torch import Generator, Tensor

from .._check import check_range
from ..training import fit
from .vae import VAE, Code


def refine_posterior(
    model: VAE,
    x: Tensor,
    c: Tensor | None = None,
    *,
    steps: int = 300,
    lr: float = 0.05,
    samples: int = 8,
    generator: Generator | None = None,
) -> Code:
    """The best normal of each example, found by gradient steps from the encoder's.

    Args:
        model: The autoencoder; it is not changed.
        x: Data.
        c: What the decoder is told besides.
        steps: Steps of Adam; their length falls to zero in a line.
        lr: Length of the first step.
        samples: Draws of z for each example and step.
        generator: Draws z.

    Shapes:
        x (B, dim); returns two tensors (B, Z).
    """
    check_range("steps", steps, 1)
    check_range("samples", samples, 1)
    with torch.no_grad():
        start = model.encode(x, c)
    mu = start.mu.clone().requires_grad_()
    log_var = start.log_var.clone().requires_grad_()

    def loss() -> Tensor:
        q = Code(mu, log_var)
        reconstruction = model.log_likelihood(x, q.sample(samples, generator=generator), c)
        return (q.kl().sum(-1) - reconstruction.mean(0)).sum()  # a sum: examples are separate

    wants = [p.requires_grad for p in model.parameters()]
    model.requires_grad_(False)
    try:
        fit(
            loss,
            [mu, log_var],
            ((),) * steps,
            steps=steps,
            lr=lr,
            schedule=lambda step, steps: 1 - step / steps,
        )
    finally:
        for p, want in zip(model.parameters(), wants, strict=True):
            p.requires_grad_(want)
    return Code(mu.detach(), log_var.detach())


@torch.no_grad()
def elbo(
    model: VAE,
    x: Tensor,
    c: Tensor | None = None,
    *,
    q: Code | None = None,
    samples: int = 50,
    generator: Generator | None = None,
) -> Tensor:
    """The bound of each example under a normal, averaged over several draws of z.

    Args:
        model: The autoencoder.
        x: Data.
        c: What both networks are told besides.
        q: The normal; by default the encoder's.
        samples: Draws of z.
        generator: Draws z.

    Shapes:
        x (B, dim); returns (B,), in nats.
    """
    check_range("samples", samples, 1)
    q = model.encode(x, c) if q is None else q
    z = q.sample(samples, generator=generator)
    return model.log_likelihood(x, z, c).mean(0) - q.kl().sum(-1)


@torch.no_grad()
def activity(model: VAE, x: Tensor, c: Tensor | None = None) -> Tensor:
    """How much the mean of each latent moves from example to example: its variance.

    A latent is active if this is above 0.01.

    Shapes:
        x (B, dim); returns (Z,).
    """
    return model.encode(x, c).mu.var(0)


def active_units(model: VAE, x: Tensor, c: Tensor | None = None, *, least: float = 0.01) -> int:
    """The number of latents whose activity is above ``least``. Shapes: x (B, dim)."""
    check_range("least", least, 0)
    return int((activity(model, x, c) > least).sum())
