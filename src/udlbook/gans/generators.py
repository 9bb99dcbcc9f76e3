r"""Three ways to make a network a distribution.

1. *Parameters out.* The network's outputs are the parameters of a distribution with a known
   density: ``MixtureNet``, and ``ChainNet``, which takes one coordinate after the other.
2. *Noise in.* Noise is pushed through: ``PushNet``. Samples are easy. There is a density only if
   the way back can be found, as in ``SquareNet``.
3. *Both.* ``NoisyNet`` takes noise in and gives parameters out: a mixture of infinitely many
   normals, whose density is an integral over the noise.

Source: Bishop, "Mixture density networks", Aston University report NCRG/94/004, 1994 (outputs
that are a mixture); MacKay, "Bayesian neural networks and density networks", Nuclear Instruments
and Methods in Physics Research A 354, 1995, section 3 (noise in, parameters out, the integral
replaced by a sum). Ours differs: deviations are exponentials of outputs and have a floor; the
noise of a sum may be an even grid of quantiles as well as drawn.
"""

import math

import torch
from torch import Generator, Tensor, nn

from .._check import check_range, check_shape
from ..layers import mlp
from ..seeding import randn

LOG_FLOOR = math.log(1e-3)  # the smallest deviation: without one, a mixture can rise without end


def normal_log_prob(x: Tensor, mu: Tensor, log_sigma: Tensor) -> Tensor:
    r"""Log density of normals with independent coordinates, in nats.

    Shapes:
        x, mu, log_sigma (..., D), broadcast; returns (...).
    """
    z = (x - mu) * (-log_sigma).exp()
    return -(z * z / 2 + log_sigma + math.log(2 * math.pi) / 2).sum(dim=-1)


class MixtureNet(nn.Module):
    """Way one: from an input, the parameters of a mixture of normals.

    With one component it predicts a mean and a deviation; without an input it is a plain mixture
    whose parameters are learned.

    Args:
        inputs: Size of the input; 0 for none.
        dim: Size of what is modelled.
        n_components: Normals in the mixture.
        hidden: Width of the two hidden layers; without an input there is no network.
        spread: Standard deviation of the first means around 0: of the size of the data.

    Shapes:
        given (B, inputs); x (B, dim).

    Raises:
        ValueError: If a size is out of range.
    """

    def __init__(
        self,
        inputs: int,
        dim: int,
        n_components: int = 1,
        *,
        hidden: int = 64,
        spread: float = 1.0,
    ) -> None:
        super().__init__()
        check_range("inputs", inputs, 0)
        check_range("n_components", n_components, 1)
        self.inputs, self.dim, self.n_components = inputs, dim, n_components
        outputs = n_components * (1 + 2 * dim)
        self.net = mlp(inputs, hidden, hidden, outputs) if inputs else None
        start = torch.zeros(outputs)
        start[n_components : n_components * (1 + dim)].normal_(std=spread)
        self.bias = nn.Parameter(start)

    def parameters_of(self, given: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Logits of the components, their means, and the logarithms of their deviations.

        Shapes:
            given (B, inputs); returns (B, K), (B, K, dim), (B, K, dim).
        """
        size = check_shape("given", given, "B", self.inputs)["B"]
        out = self.bias.expand(size, -1) if self.net is None else self.net(given) + self.bias
        K = self.n_components
        logits, mu, log_sigma = out.split([K, K * self.dim, K * self.dim], dim=1)
        shape = (size, K, self.dim)
        return logits, mu.reshape(shape), log_sigma.reshape(shape).clamp_min(LOG_FLOOR)

    def log_prob(self, x: Tensor, given: Tensor | None = None) -> Tensor:
        """Log density of x, given the input, in nats.

        Shapes:
            x (B, dim); returns (B,).

        Raises:
            ValueError: If a shape does not fit, or an input is missing.
        """
        check_shape("x", x, "B", self.dim)
        logits, mu, log_sigma = self.parameters_of(self._input(given, len(x), x))
        each = normal_log_prob(x[:, None], mu, log_sigma)
        return torch.logsumexp(logits.log_softmax(dim=1) + each, dim=1)

    @torch.no_grad()
    def sample(
        self, n: int, given: Tensor | None = None, *, generator: Generator | None = None
    ) -> Tensor:
        """Draw n points, one for each input if there is one.

        Shapes:
            given (n, inputs); returns (n, dim).
        """
        logits, mu, log_sigma = self.parameters_of(self._input(given, n, self.bias))
        share = logits.softmax(dim=1).cumsum(dim=1)
        device = share.device if generator is None else generator.device
        u = torch.rand(n, 1, generator=generator, dtype=share.dtype, device=device).to(mu.device)
        which = (u > share).sum(dim=1).clamp_max(self.n_components - 1)
        rows = torch.arange(n, device=share.device)
        noise = randn(n, self.dim, like=mu, generator=generator)
        return mu[rows, which] + log_sigma[rows, which].exp() * noise

    def _input(self, given: Tensor | None, size: int, like: Tensor) -> Tensor:
        if given is None:
            if self.inputs:
                raise ValueError(f"given must have shape (B, {self.inputs}); got None")
            given = like.new_empty(size, 0)
        check_shape("given", given, size, self.inputs)
        return given


class ChainNet(nn.Module):
    r"""Way one, one coordinate after the other: :math:`p(x_1)\, p(x_2 \mid x_1) \cdots`.

    Each factor is a ``MixtureNet`` of one number whose input is all coordinates before it. So the
    density is exact, and a sample takes as many steps as there are coordinates.

    Args:
        dim: Coordinates.
        n_components: Normals in each factor.
        hidden: Width of the hidden layers.
        spread: Standard deviation of the first means.

    Shapes:
        x (B, dim).
    """

    def __init__(
        self, dim: int, n_components: int = 8, *, hidden: int = 64, spread: float = 1.0
    ) -> None:
        super().__init__()
        check_range("dim", dim, 1)
        self.factors = nn.ModuleList(
            MixtureNet(i, 1, n_components, hidden=hidden, spread=spread) for i in range(dim)
        )

    def log_prob(self, x: Tensor) -> Tensor:
        """Log density, in nats. Shapes: x (B, dim); returns (B,)."""
        check_shape("x", x, "B", len(self.factors))
        return sum(
            factor.log_prob(x[:, i : i + 1], x[:, :i]) for i, factor in enumerate(self.factors)
        )

    @torch.no_grad()
    def sample(self, n: int, *, generator: Generator | None = None) -> Tensor:
        """Draw n points, coordinate by coordinate. Shapes: returns (n, dim)."""
        x = self.factors[0].bias.new_empty(n, 0)
        for factor in self.factors:
            x = torch.cat([x, factor.sample(n, x, generator=generator)], dim=1)
        return x


class PushNet(nn.Module):
    """Way two: standard normal noise pushed through a network.

    Args:
        latent: Size of the noise.
        dim: Size of a sample.
        hidden: Widths of the hidden layers.
        stretch: Factor of the last layer's first weights, for data far from 0.

    Shapes:
        z (B, latent) -> x (B, dim).
    """

    def __init__(
        self,
        latent: int,
        dim: int,
        hidden: tuple[int, ...] = (64, 64),
        *,
        stretch: float = 1.0,
    ) -> None:
        super().__init__()
        self.latent = latent
        self.net = mlp(latent, *hidden, dim)
        with torch.no_grad():
            self.net[-1].weight *= stretch

    def forward(self, z: Tensor) -> Tensor:
        check_shape("z", z, "B", self.latent)
        return self.net(z)

    def draw(self, n: int, *, generator: Generator | None = None) -> Tensor:
        """Draw n points through which gradients flow. Shapes: returns (n, dim)."""
        return self(randn(n, self.latent, like=self.net[0].weight, generator=generator))

    @torch.no_grad()
    def sample(self, n: int, *, generator: Generator | None = None) -> Tensor:
        """Draw n points. Shapes: returns (n, dim)."""
        return self.draw(n, generator=generator)


class SquareNet(nn.Module):
    r"""Way two with a density: all layers have one width, and the activation can be undone.

    Layers :math:`\mathbf h \mapsto W \mathbf h + \mathbf b` with square W, between each two the
    leaky rectifier with slope ``leak`` below 0. If no W is singular there is one way back, and
    the log determinant is the sum of :math:`\log|\det W|` and of ``log(leak)`` for each unit
    below 0.

    Args:
        dim: Size of noise, layers and samples.
        depth: Linear layers.
        leak: Slope of the rectifier below 0, above 0 and at most 1.

    Shapes:
        z, x (B, dim); logdet, log densities (B,).

    Raises:
        ValueError: If a number is out of range.
    """

    def __init__(self, dim: int, depth: int = 4, *, leak: float = 0.3) -> None:
        super().__init__()
        check_range("dim", dim, 1)
        check_range("depth", depth, 1)
        if not 0 < leak <= 1:
            raise ValueError(f"leak must be above 0 and at most 1; got {leak}")
        self.dim, self.leak = dim, leak
        self.layers = nn.ModuleList(nn.Linear(dim, dim) for _ in range(depth))
        for layer in self.layers:
            nn.init.orthogonal_(layer.weight)  # far from singular

    def forward(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Return x and log|det dx/dz|."""
        check_shape("z", z, "B", self.dim)
        h, logdet = z, z.new_zeros(len(z))
        for i, layer in enumerate(self.layers):
            if i:
                logdet = logdet + math.log(self.leak) * (h < 0).sum(dim=1)
                h = torch.where(h < 0, self.leak * h, h)
            h = layer(h)
            logdet = logdet + torch.linalg.slogdet(layer.weight).logabsdet
        return h, logdet

    def inverse(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return z and log|det dz/dx|."""
        check_shape("x", x, "B", self.dim)
        h, logdet = x, x.new_zeros(len(x))
        for i, layer in reversed(list(enumerate(self.layers))):
            h = torch.linalg.solve(layer.weight, (h - layer.bias).T).T
            logdet = logdet - torch.linalg.slogdet(layer.weight).logabsdet
            if i:
                logdet = logdet - math.log(self.leak) * (h < 0).sum(dim=1)
                h = torch.where(h < 0, h / self.leak, h)
        return h, logdet

    def log_prob(self, x: Tensor) -> Tensor:
        """Log density, in nats: that of the noise it comes from, and the change of volume."""
        z, logdet = self.inverse(x)
        return normal_log_prob(z, z.new_zeros(()), z.new_zeros(())) + logdet

    @torch.no_grad()
    def sample(self, n: int, *, generator: Generator | None = None) -> Tensor:
        """Draw n points. Shapes: returns (n, dim)."""
        like = self.layers[0].weight
        return self(randn(n, self.dim, like=like, generator=generator))[0]


class NoisyNet(nn.Module):
    r"""Way three: noise in, the parameters of a normal out.

    .. math:: p(\mathbf x) = \int \mathcal N(\mathbf z; 0, I)\;
              \mathcal N(\mathbf x; \mu(\mathbf z), \sigma(\mathbf z)^2)\, d\mathbf z

    is a mixture of infinitely many normals. No formula solves the integral, but a sum over
    latents comes near: ``log_prob`` takes them as an argument, from ``normal_quantiles`` or drawn.

    Args:
        latent: Size of the noise.
        dim: Size of a sample.
        hidden: Widths of the hidden layers.
        shared: One deviation for all latents and coordinates, instead of one each that the
            network predicts.
        stretch: Factor of the last layer's first weights. Data far from 0 are found sooner if
            the first means are spread as widely.

    Shapes:
        z (B, latent) -> mu, log_sigma (B, dim); x (B, dim).
    """

    def __init__(
        self,
        latent: int,
        dim: int,
        hidden: tuple[int, ...] = (64, 64),
        *,
        shared: bool = True,
        stretch: float = 1.0,
    ) -> None:
        super().__init__()
        self.latent, self.dim, self.shared = latent, dim, shared
        self.net = mlp(latent, *hidden, dim if shared else 2 * dim)
        with torch.no_grad():
            self.net[-1].weight[:dim] *= stretch
        self.log_sigma = nn.Parameter(torch.zeros(()))

    def forward(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Return the mean and the logarithm of the deviation of x, given z."""
        check_shape("z", z, "B", self.latent)
        out = self.net(z)
        mu = out[:, : self.dim]
        log_sigma = self.log_sigma.expand_as(mu)
        if not self.shared:
            log_sigma = log_sigma + out[:, self.dim :]
        return mu, log_sigma.clamp_min(LOG_FLOOR)

    def log_prob(self, x: Tensor, z: Tensor) -> Tensor:
        """Logarithm of the mean, over latents, of the density of x given a latent, in nats.

        If the latents are drawn from the standard normal, its exponential is an unbiased estimate
        of p(x), and so its expectation is at most log p(x).

        Shapes:
            x (B, dim); z (K, latent), for all x the same; returns (B,).
        """
        check_shape("x", x, "B", self.dim)
        mu, log_sigma = self(z)
        each = normal_log_prob(x[:, None], mu, log_sigma)  # (B, K)
        return torch.logsumexp(each, dim=1) - math.log(len(z))

    @torch.no_grad()
    def sample(self, n: int, *, generator: Generator | None = None) -> Tensor:
        """Draw n points: a latent, then a point around its mean. Shapes: returns (n, dim)."""
        like = self.log_sigma
        mu, log_sigma = self(randn(n, self.latent, like=like, generator=generator))
        return mu + log_sigma.exp() * randn(n, self.dim, like=like, generator=generator)


def normal_quantiles(
    n: int,
    dim: int = 1,
    *,
    generator: Generator | None = None,
    dtype: torch.dtype | None = None,
) -> Tensor:
    """Latents that stand evenly under the standard normal: one in each slice or box of it.

    Each axis is cut into n slices of equal probability; a latent stands in the middle of its box,
    as probability counts. With a generator, all are shifted together by a random part of a slice,
    around the ends: then each latent alone is standard normal, and a mean over them is unbiased.

    Args:
        n: Slices of each axis.
        dim: Axes.
        generator: Draws the shift; None for the middles.
        dtype: Of the result.

    Shapes:
        returns (n**dim, dim).

    Raises:
        ValueError: If a number is not positive.

    >>> normal_quantiles(3).flatten()
    tensor([-0.9674,  0.0000,  0.9674])
    """
    check_range("n", n, 1)
    check_range("dim", dim, 1)
    where = torch.full((dim, 1), 0.5, dtype=torch.float64)
    if generator is not None:
        where = torch.rand(dim, 1, generator=generator, dtype=torch.float64)
    u = (torch.arange(n, dtype=torch.float64) + where.clamp(1e-9, 1 - 1e-9)) / n
    axes = torch.special.ndtri(u)
    points = torch.cartesian_prod(*axes).reshape(-1, dim)
    return points.to(dtype or torch.get_default_dtype())
