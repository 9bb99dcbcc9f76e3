r"""Importance-weighted bounds, and the likelihood that they close in on.

With K draws of z from q and weights w = p(x, z) / q(z|x),

.. math::
    L_K = E\Bigl[\ln \frac1K \sum_{k=1}^K w_k\Bigr] \leq \ln p(x) ,

which is the usual bound for K = 1, never falls as K grows, and has ln p(x) as its limit.

Source: Burda, Grosse & Salakhutdinov, "Importance weighted autoencoders", ICLR 2016,
arXiv:1509.00519, sections 3 and 5. The gradient ``doubly`` is Tucker, Lawson, Gu & Maddison,
"Doubly reparameterized gradient estimators for Monte Carlo objectives", ICLR 2019,
arXiv:1810.04152, equation 8.
"""

import math

import torch
from torch import Generator, Tensor

from .._check import check_range
from .vae import VAE, Code


def log_weights(
    model: VAE,
    x: Tensor,
    n: int,
    c: Tensor | None = None,
    *,
    q: Code | None = None,
    generator: Generator | None = None,
) -> Tensor:
    """ln p(x, z) - ln q(z|x) of n draws of z from q, in nats.

    Args:
        model: The autoencoder.
        x: Data.
        n: Draws for each example.
        c: What both networks are told besides.
        q: The normal to draw from; by default the encoder's.
        generator: Draws z.

    Shapes:
        x (B, dim); returns (n, B).
    """
    check_range("n", n, 1)
    q = model.encode(x, c) if q is None else q
    z = q.sample(n, generator=generator)
    return model.log_joint(x, z, c) - q.log_prob(z)


def iwae_bound(log_w: Tensor) -> Tensor:
    """ln of the mean weight, by a stable log-sum-exp. Shapes: log_w (K, ...) -> (...), nats."""
    return torch.logsumexp(log_w, dim=0) - math.log(len(log_w))


@torch.no_grad()
def log_likelihood(
    model: VAE,
    x: Tensor,
    n: int = 1000,
    c: Tensor | None = None,
    *,
    chunk: int = 100,
    generator: Generator | None = None,
) -> Tensor:
    """ln p(x), estimated from n importance samples: a lower bound on average.

    Args:
        model: The autoencoder.
        x: Data.
        n: Draws for each example.
        c: What both networks are told besides.
        chunk: Draws at a time; only memory depends on it.
        generator: Draws z.

    Shapes:
        x (B, dim); returns (B,), in nats.
    """
    check_range("n", n, 1)
    check_range("chunk", chunk, 1)
    parts = [
        torch.logsumexp(log_weights(model, x, min(chunk, n - i), c, generator=generator), 0)
        for i in range(0, n, chunk)
    ]
    return torch.logsumexp(torch.stack(parts), 0) - math.log(n)


def effective_samples(log_w: Tensor) -> Tensor:
    """How many equal weights the weights are worth: (sum w)^2 / sum w^2, from 1 to K.

    Shapes:
        log_w (K, ...); returns (...).
    """
    return (2 * torch.logsumexp(log_w, 0) - torch.logsumexp(2 * log_w, 0)).exp()


def iwae_loss(
    model: VAE,
    x: Tensor,
    n: int,
    c: Tensor | None = None,
    *,
    doubly: bool = False,
    generator: Generator | None = None,
) -> Tensor:
    """Minus the bound L_n, averaged over the examples, in nats.

    Args:
        model: The autoencoder.
        x: Data.
        n: Draws for each example.
        c: What both networks are told besides.
        doubly: Give the encoder the doubly reparameterized gradient: the same on average, and
            without the noise that drowns it as n grows. The value of the loss does not change.
        generator: Draws z.

    Shapes:
        x (B, dim); returns a scalar.
    """
    if not doubly:
        return -iwae_bound(log_weights(model, x, n, c, generator=generator)).mean()
    check_range("n", n, 1)
    q = model.encode(x, c)
    z = q.sample(n, generator=generator)
    log_w = model.log_joint(x, z, c) - q.detach().log_prob(z)  # q moves z, and is not scored
    w = log_w.detach().softmax(dim=0)
    if z.requires_grad:
        z.register_hook(lambda g: w[..., None] * g)  # the second factor of w^2, for z alone
    bound = (w * log_w).sum(0)
    return -(bound + (iwae_bound(log_w) - bound).detach()).mean()
