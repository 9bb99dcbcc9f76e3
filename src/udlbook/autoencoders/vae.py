r"""Variational autoencoders: a latent variable model that is trained by a bound.

A latent z is drawn from a standard normal, and a decoder maps it to a distribution of x. The
likelihood ln p(x) is an integral over z that nobody can do. An encoder gives a normal q(z|x) in
place of the posterior, and

.. math::
    \ln p(x) = \underbrace{E_q[\ln p(x, z) - \ln q(z|x)]}_{L}
             + \mathrm{KL}(q(z|x) \,\|\, p(z|x)) \geq L ,

so that raising L both fits the model and brings q nearer to the posterior.

Source: Kingma & Welling, "Auto-encoding variational Bayes", ICLR 2014, arXiv:1312.6114, sections
2 and 3 and appendices B and C; Rezende, Mohamed & Wierstra, "Stochastic backpropagation and
approximate inference in deep generative models", ICML 2014, arXiv:1401.4082. The weight beta is
Higgins et al., "beta-VAE", ICLR 2017, equation 4; free bits are Kingma et al., "Improving
variational inference with inverse autoregressive flow", NIPS 2016, arXiv:1606.04934, appendix C.8;
the warm-up of the KL term is Bowman et al., "Generating sentences from a continuous space", 2016,
arXiv:1511.06349, section 3.1. Ours differs: free bits are counted for each latent by itself, and
the decoder's normal may have one learned variance for all pixels.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn

from .._check import check_choice, check_range, check_shape
from ..layers import mlp
from ..seeding import randn

LN_2PI = math.log(2 * math.pi)


@dataclass(frozen=True)
class Code:
    """What an encoder says of each example: a normal with independent latents.

    Attributes:
        mu: Means.
        log_var: Logarithms of the variances.

    Shapes:
        mu, log_var (..., Z).
    """

    mu: Tensor
    log_var: Tensor

    def sample(self, n: int | None = None, *, generator: Generator | None = None) -> Tensor:
        """Draw mu + sigma eps, through which gradients reach mu and sigma.

        Args:
            n: How many draws of each; None for one, without the axis in front.
            generator: Draws eps.

        Shapes:
            returns (..., Z), or (n, ..., Z).
        """
        shape = self.mu.shape if n is None else (n, *self.mu.shape)
        eps = randn(*shape, like=self.mu, generator=generator)
        return self.mu + (self.log_var / 2).exp() * eps

    def log_prob(self, z: Tensor) -> Tensor:
        """ln q(z|x), in nats. Shapes: z (n, ..., Z) or (..., Z); returns z's without the last."""
        return normal_log_prob(z, self.mu, self.log_var).sum(-1)

    def kl(self) -> Tensor:
        """KL(q || standard normal) of each latent, in nats. Shapes: returns (..., Z)."""
        return normal_kl(self.mu, self.log_var)

    def detach(self) -> "Code":
        """The same numbers, through which no gradient passes."""
        return Code(self.mu.detach(), self.log_var.detach())


def normal_log_prob(x: Tensor, mu: Tensor, log_var: Tensor) -> Tensor:
    """Log density of a normal, entry by entry, in nats. The shapes are broadcast."""
    return -0.5 * (LN_2PI + log_var + (x - mu) ** 2 * (-log_var).exp())


def normal_kl(mu: Tensor, log_var: Tensor) -> Tensor:
    """KL(N(mu, exp(log_var)) || N(0, 1)), entry by entry, in nats.

    Source: Kingma & Welling, appendix B.
    """
    return 0.5 * (mu**2 + log_var.exp() - 1 - log_var)


class VAE(nn.Module):
    """An encoder and a decoder, each a network with fully connected layers.

    Args:
        dim: Width of x.
        latents: Width of z.
        hidden: Widths of the hidden layers of the encoder; the decoder has them in reverse.
        output: ``"bernoulli"`` for x between 0 and 1 (the decoder gives logits); ``"normal"``
            with the variance of ``sigma``; ``"learned"`` for a normal with one learned variance
            for all entries; ``"each"`` for one whose variance the decoder gives, too.
        sigma: Standard deviation of the normal; where it is learned, its first value.
        condition: Width of what both networks are told besides, for example a class as a
            one-hot vector; 0 for nothing.
        activation: Makes the activation module.

    Shapes:
        x (B, dim); z (..., latents); c (B, condition), or one that broadcasts.

    Raises:
        ValueError: If a size is not positive, or the output is none of these.
    """

    def __init__(
        self,
        dim: int,
        latents: int,
        hidden: Sequence[int] = (64,),
        *,
        output: str = "bernoulli",
        sigma: float = 1.0,
        condition: int = 0,
        activation: type[nn.Module] = nn.ReLU,
    ) -> None:
        super().__init__()
        check_choice("output", output, ("bernoulli", "normal", "learned", "each"))
        check_range("latents", latents, 1)
        check_range("condition", condition, 0)
        if not sigma > 0:
            raise ValueError(f"sigma must be positive; got {sigma}")
        self.dim, self.latents, self.condition, self.output = dim, latents, condition, output
        heads = 2 if output == "each" else 1
        self.encoder = mlp(dim + condition, *hidden, 2 * latents, activation=activation)
        self.decoder = mlp(
            latents + condition, *reversed(hidden), heads * dim, activation=activation
        )
        log_var = torch.tensor(2 * math.log(sigma))
        if output == "learned":
            self.log_var = nn.Parameter(log_var)
        else:
            self.register_buffer("log_var", log_var)

    def encode(self, x: Tensor, c: Tensor | None = None) -> Code:
        """The normal q(z|x). Shapes: x (B, dim); returns two tensors (B, latents)."""
        check_shape("x", x, "...", self.dim)
        return Code(*self.encoder(self._join(x, c)).chunk(2, dim=-1))

    def decode(self, z: Tensor, c: Tensor | None = None) -> Tensor:
        """What the decoder says of x: logits, means, or means and log variances.

        Shapes:
            z (..., latents); returns (..., dim), or (..., 2 dim) for the output ``"each"``.
        """
        check_shape("z", z, "...", self.latents)
        return self.decoder(self._join(z, c))

    def mean(self, z: Tensor, c: Tensor | None = None) -> Tensor:
        """The mean of x given z. Shapes: z (..., latents); returns (..., dim)."""
        return self._split(self.decode(z, c))[0]

    def log_likelihood(self, x: Tensor, z: Tensor, c: Tensor | None = None) -> Tensor:
        """ln p(x|z), in nats; for more draws of z than one, z has axes in front.

        Shapes:
            x (B, dim); z (..., B, latents); returns (..., B).
        """
        check_shape("x", x, "...", self.dim)
        out = self.decode(z, c)
        if self.output == "bernoulli":  # ln s(a) = a - softplus(a), ln (1 - s(a)) = -softplus(a)
            return (x * out - nn.functional.softplus(out)).sum(-1)
        return normal_log_prob(x, *self._split(out)).sum(-1)

    def log_joint(self, x: Tensor, z: Tensor, c: Tensor | None = None) -> Tensor:
        """ln p(x, z) = ln p(x|z) + ln p(z), in nats. Shapes: as for ``log_likelihood``."""
        return self.log_likelihood(x, z, c) - 0.5 * (z**2 + LN_2PI).sum(-1)

    @torch.no_grad()
    def sample(
        self,
        n: int,
        *,
        c: Tensor | None = None,
        noise: bool = True,
        generator: Generator | None = None,
    ) -> Tensor:
        """Draw z from the prior, and x from the decoder.

        Args:
            n: How many.
            c: What the decoder is told besides. Shapes: (n, condition).
            noise: Draw x from p(x|z); otherwise return its mean, as most pictures do.
            generator: Draws both.

        Shapes:
            returns (n, dim).
        """
        check_range("n", n, 1)
        like = next(self.parameters())
        out = self.decode(randn(n, self.latents, like=like, generator=generator), c)
        mean, log_var = self._split(out)
        if not noise:
            return mean
        if self.output == "bernoulli":
            return torch.bernoulli(mean, generator=generator)
        eps = randn(n, self.dim, like=like, generator=generator)
        return mean + (log_var / 2).exp() * eps

    def _join(self, a: Tensor, c: Tensor | None) -> Tensor:
        if not self.condition:
            if c is not None:
                raise ValueError(f"c must be left out without a condition; got {tuple(c.shape)}")
            return a
        if c is None:
            raise ValueError(f"c must have shape (..., {self.condition}); got None")
        check_shape("c", c, "...", self.condition)
        return torch.cat([a, c.expand(*a.shape[:-1], self.condition)], dim=-1)

    def _split(self, out: Tensor) -> tuple[Tensor, Tensor]:
        """The mean of x, and the log variance of its normal."""
        if self.output == "bernoulli":
            return out.sigmoid(), self.log_var
        if self.output == "each":
            mean, log_var = out.chunk(2, dim=-1)
            return mean, log_var
        return out, self.log_var


@dataclass(frozen=True)
class Terms:
    """The parts of the bound, in nats.

    Attributes:
        reconstruction: ln p(x|z) of each draw.
        kl: KL(q || prior) of each latent: exact, or its estimate from the draw.

    Shapes:
        reconstruction (B,); kl (B, Z).
    """

    reconstruction: Tensor
    kl: Tensor

    @property
    def elbo(self) -> Tensor:
        """Reconstruction minus KL, one number for each example."""
        return self.reconstruction - self.kl.sum(-1)


def elbo_terms(
    model: VAE,
    x: Tensor,
    c: Tensor | None = None,
    *,
    seen: Tensor | None = None,
    sampled: bool = False,
    generator: Generator | None = None,
) -> Terms:
    """The bound from one draw of z for each example, as reconstruction and KL.

    Args:
        model: The autoencoder.
        x: Data.
        c: What both networks are told besides.
        seen: What the encoder is shown in place of x, for example x with some pixels flipped; the
            result is a bound on ln p(x) all the same.
        sampled: Estimate the KL term by ln q(z|x) - ln p(z) at the draw; its mean is the same,
            and it needs no closed form.
        generator: Draws z.

    Shapes:
        x (B, dim); c (B, condition).
    """
    q = model.encode(x if seen is None else seen, c)
    z = q.sample(generator=generator)
    if sampled:
        kl = normal_log_prob(z, q.mu, q.log_var) + 0.5 * (z**2 + LN_2PI)
    else:
        kl = q.kl()
    return Terms(model.log_likelihood(x, z, c), kl)


def elbo_by_entropy(
    model: VAE, x: Tensor, c: Tensor | None = None, *, generator: Generator | None = None
) -> Tensor:
    """The same bound as expected ln p(x, z) plus the entropy of q, from one draw each.

    Shapes:
        x (B, dim); c (B, condition); returns (B,), in nats.
    """
    q = model.encode(x, c)
    entropy = 0.5 * (1 + LN_2PI + q.log_var).sum(-1)
    return model.log_joint(x, q.sample(generator=generator), c) + entropy


def vae_loss(
    model: VAE,
    x: Tensor,
    c: Tensor | None = None,
    *,
    beta: float = 1.0,
    free: float = 0.0,
    seen: Tensor | None = None,
    sampled: bool = False,
    generator: Generator | None = None,
) -> Tensor:
    """Minus the bound, averaged over the examples, in nats.

    Args:
        model: The autoencoder.
        x: Data.
        c: What both networks are told besides.
        beta: Factor of the KL term. With 1 the loss bounds -ln p(x); above 1 latents are paid
            for more dearly, and a warm-up starts below 1.
        free: Nats that each latent gets for nothing, measured over the batch: below them its KL
            has no gradient.
        seen: As in ``elbo_terms``.
        sampled: As in ``elbo_terms``.
        generator: Draws z.

    Shapes:
        x (B, dim); c (B, condition); returns a scalar.

    Raises:
        ValueError: If ``beta`` or ``free`` is negative.
    """
    check_range("beta", beta, 0)
    check_range("free", free, 0)
    terms = elbo_terms(model, x, c, seen=seen, sampled=sampled, generator=generator)
    per_latent = terms.kl.mean(0)
    if free:
        per_latent = per_latent.clamp(min=free)
    return beta * per_latent.sum() - terms.reconstruction.mean()


def kl_warm_up(step: int, steps: int, part: float = 0.5) -> float:
    """The factor of the KL term: from 0 to 1 in a line over a part of the training, then 1.

    Raises:
        ValueError: If ``part`` is not between 0 and 1.

    >>> [kl_warm_up(step, 8) for step in (0, 1, 2, 4, 7)]
    [0.0, 0.25, 0.5, 1.0, 1.0]
    """
    check_range("part", part, 0, 1)
    return min(1.0, step / (part * steps)) if part else 1.0
