"""Training of a variational autoencoder, with the remedies that the book compares.

The loss is ``vae_loss``, the loop ``udlbook.training.fit``; what is put together here are the
warm-up of the KL term, decoupled weight decay, the moving average of the weights, and flipped
pixels for the encoder.

Source: that noise in the encoder's input keeps it from overfitting is Shu, Bui, Zhao, Kochenderfer
& Ermon, "Amortized inference regularization", NeurIPS 2018, arXiv:1805.08913, section 3. Ours
differs: pixels are flipped, where the paper adds normal noise.
"""

import functools
import itertools

import torch
from torch import Generator, Tensor

from .._check import check_range
from ..training import Batches, MovingAverage, fit
from .vae import VAE, kl_warm_up, vae_loss


def fit_vae(
    model: VAE,
    x: Tensor,
    c: Tensor | None = None,
    *,
    steps: int,
    lr: float = 2e-3,
    size: int = 100,
    beta: float = 1.0,
    free: float = 0.0,
    warm: float = 0.3,
    weight_decay: float = 0.1,
    average: float = 0.998,
    flip: float = 0.0,
    generator: Generator,
) -> VAE:
    """Train a model, and return the moving average of its weights.

    Args:
        model: The autoencoder; it is changed.
        x: Data.
        c: What both networks are told besides.
        steps: Updates.
        lr: Learning rate.
        size: Examples in a batch.
        beta: Factor of the KL term at the end.
        free: Nats that each latent has for nothing.
        warm: Part of the steps over which the factor rises from 0 to ``beta``.
        weight_decay: Of AdamW.
        average: Decay of the moving average; 0 returns the last weights.
        flip: Probability that a pixel of the encoder's input is flipped, x to 1 - x.
        generator: Draws the batches, the flips and z.

    Shapes:
        x (N, dim); c (N, condition).

    Raises:
        ValueError: If an option is out of its range.
    """
    check_range("steps", steps, 1)
    check_range("flip", flip, 0, 0.5)
    mean = MovingAverage(model, average)
    count = itertools.count()

    def loss(x: Tensor, c: Tensor | None = None) -> Tensor:
        now = beta * kl_warm_up(next(count), steps, warm)
        seen = None
        if flip:
            chance = torch.full_like(x, flip)
            seen = (x - torch.bernoulli(chance, generator=generator)).abs()
        return vae_loss(model, x, c, beta=now, free=free, seen=seen, generator=generator)

    data = (x,) if c is None else (x, c)
    fit(
        loss,
        model,
        Batches(*data, size=size, generator=generator),
        steps=steps,
        lr=lr,
        optimizer=functools.partial(torch.optim.AdamW, weight_decay=weight_decay, fused=True),
        on_step=lambda step, loss: mean.update(),
    )
    return mean.module
