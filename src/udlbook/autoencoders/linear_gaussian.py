r"""The model in which everything is known: a linear decoder, normal noise.

.. math::
    z &\sim N(0, I), \qquad x \,|\, z \sim N(W z + m, \sigma^2 I) , \\
    x &\sim N(m, C), \qquad C = W W^\top + \sigma^2 I , \\
    z \,|\, x &\sim N\bigl(M^{-1} W^\top (x - m),\; \sigma^2 M^{-1}\bigr), \qquad
    M = W^\top W + \sigma^2 I .

So likelihood, posterior, bound and gap have closed forms, and the best parameters for data, too:
this is probabilistic principal component analysis.

Source: Tipping & Bishop, "Probabilistic principal component analysis", Journal of the Royal
Statistical Society B 61, 1999, equations 3 to 8. That a linear autoencoder trained by the bound
reaches the same optimum, with latents along the principal axes, is Lucas, Tucker, Grosse &
Norouzi, "Don't blame the ELBO! A linear VAE perspective on posterior collapse", NeurIPS 2019,
arXiv:1911.02469, section 4.
"""

import math

import torch
from torch import Generator, Tensor, nn

from .._check import check_range, check_shape
from ..seeding import randn
from .vae import LN_2PI, Code


class LinearGaussian:
    """x = W z + m + sigma eps, with z and eps standard normal.

    Args:
        W: The decoder.
        m: Mean of x.
        sigma: Standard deviation of the noise.

    Shapes:
        W (D, Z); m (D,).

    Raises:
        ValueError: If the shapes do not fit or sigma is not positive.
    """

    def __init__(self, W: Tensor, m: Tensor, sigma: float | Tensor) -> None:
        sizes = check_shape("W", W, "D", "Z")
        check_shape("m", m, "D", D=sizes["D"])
        sigma = torch.as_tensor(sigma, dtype=W.dtype)
        if not sigma.detach() > 0:
            raise ValueError(f"sigma must be positive; got {sigma.item()}")
        self.W, self.m, self.var = W, m, sigma**2
        self.dim, self.latents = sizes["D"], sizes["Z"]
        eye = torch.eye(self.latents, dtype=W.dtype)
        self.precision = W.T @ W / self.var + eye  # of the posterior

    @classmethod
    def fitted(cls, x: Tensor, latents: int) -> "LinearGaussian":
        """The parameters that make data most likely, from an eigenvalue decomposition.

        Tipping & Bishop, equations 7 and 8: W holds the leading principal axes, each of length
        sqrt(eigenvalue - sigma^2), and sigma^2 is the mean of the other eigenvalues.

        Shapes:
            x (N, D).

        Raises:
            ValueError: If there are not fewer latents than columns.
        """
        dim = check_shape("x", x, "N", "D")["D"]
        check_range("latents", latents, 1, dim - 1)
        m = x.mean(0)
        values, axes = torch.linalg.eigh((x - m).T @ (x - m) / len(x))  # ascending
        var = values[:-latents].mean()
        top = values[-latents:].flip(0)
        W = axes[:, -latents:].flip(1) * (top - var).clamp(min=0).sqrt()
        return cls(W, m, var.sqrt())

    def log_prob(self, x: Tensor) -> Tensor:
        """ln p(x), in nats. Shapes: x (N, D); returns (N,)."""
        check_shape("x", x, "N", self.dim)
        root = torch.linalg.cholesky(self.precision)
        logdet = self.dim * self.var.log() + 2 * root.diagonal().log().sum()
        r = x - self.m
        along = torch.linalg.solve_triangular(root, self.W.T @ r.T, upper=False) / self.var
        square = (r**2).sum(1) / self.var - (along**2).sum(0)  # Woodbury's identity
        return -0.5 * (self.dim * LN_2PI + logdet + square)

    def posterior(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Means of z given each x, and the one covariance that they share.

        Shapes:
            x (N, D); returns (N, Z) and (Z, Z).
        """
        check_shape("x", x, "N", self.dim)
        cov = torch.linalg.inv(self.precision)
        return (x - self.m) @ self.W @ cov / self.var, cov

    def elbo(self, x: Tensor, q: Code) -> Tensor:
        """The exact bound under independent normals: no draw is needed.

        Shapes:
            x (N, D); q.mu, q.log_var (N, Z); returns (N,), in nats.
        """
        check_shape("x", x, "N", self.dim)
        spread = q.log_var.exp() @ (self.W**2).sum(0)  # trace of W S W^T
        square = ((x - self.m - q.mu @ self.W.T) ** 2).sum(1) + spread
        reconstruction = -0.5 * (self.dim * (LN_2PI + self.var.log()) + square / self.var)
        return reconstruction - q.kl().sum(1)

    def gap(self, x: Tensor, q: Code) -> Tensor:
        """KL(q || p(z|x)), from the two normals alone. Shapes: returns (N,), in nats."""
        mu, _ = self.posterior(x)
        r = q.mu - mu
        square = ((r @ self.precision) * r).sum(1)
        trace = q.log_var.exp() @ self.precision.diagonal()
        logdet = torch.logdet(self.precision)
        return 0.5 * (square + trace - self.latents - logdet - q.log_var.sum(1))

    def best_diagonal(self, x: Tensor) -> Code:
        """The independent normals that lose least: variances 1 / diagonal of the precision.

        Shapes:
            x (N, D); returns two tensors (N, Z).
        """
        mu, _ = self.posterior(x)
        return Code(mu, -self.precision.diagonal().log().expand_as(mu))

    def sample(self, n: int, *, generator: Generator | None = None) -> Tensor:
        """Draw n points. Shapes: returns (n, D)."""
        z = randn(n, self.latents, like=self.W, generator=generator)
        eps = randn(n, self.dim, like=self.W, generator=generator)
        return z @ self.W.T + self.m + self.var.sqrt() * eps


class LinearVAE(nn.Module):
    """A variational autoencoder without hidden layers, whose bound needs no draw.

    The encoder gives the mean V (x - m) and one variance for each latent, the same for all x; the
    decoder is that of ``LinearGaussian`` with a learned sigma.

    Args:
        dim: Width of x.
        latents: Width of z.

    Shapes:
        x (N, dim).
    """

    def __init__(self, dim: int, latents: int) -> None:
        super().__init__()
        check_range("latents", latents, 1)
        self.V = nn.Parameter(torch.randn(latents, dim) / math.sqrt(dim))
        self.W = nn.Parameter(torch.randn(dim, latents) / math.sqrt(dim))
        self.m = nn.Parameter(torch.zeros(dim))
        self.log_var = nn.Parameter(torch.zeros(latents))
        self.log_sigma = nn.Parameter(torch.zeros(()))

    def encode(self, x: Tensor) -> Code:
        """The normal q(z|x). Shapes: x (N, dim); returns two tensors (N, latents)."""
        mu = (x - self.m) @ self.V.T
        return Code(mu, self.log_var.expand_as(mu))

    def decoder(self) -> LinearGaussian:
        """The model of x, with the parameters as they are now."""
        return LinearGaussian(self.W, self.m, self.log_sigma.exp())

    def elbo(self, x: Tensor) -> Tensor:
        """The exact bound of each example. Shapes: x (N, dim); returns (N,), in nats."""
        return self.decoder().elbo(x, self.encode(x))
