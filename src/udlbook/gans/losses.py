r"""What the two players of an adversarial game minimise, and what they feel.

A critic gives each example one number, its logit s. Every loss here is a mean of three scalar
functions of it: ``real(s)`` and ``fake(s)``, which the critic minimises on real and on generated
examples, and ``generated(s)``, which the generator minimises on its own.

============== ==================== ===================== ====================
loss           real(s)              fake(s)               generated(s)
============== ==================== ===================== ====================
Minimax        softplus(-s)         softplus(s)           -softplus(s)
NonSaturating  softplus(-s)         softplus(s)           softplus(-s)
LeastSquares   (s - 1)^2 / 2        s^2 / 2               (s - 1)^2 / 2
Wasserstein    -s                   s                     -s
Hinge          max(0, 1 - s)        max(0, 1 + s)         -s
============== ==================== ===================== ====================

What the generator learns comes through the slope of ``generated`` alone, so slopes are written by
hand beside the values. Two penalties keep the slope of the critic by its *input* small.

Sources: Goodfellow et al., "Generative adversarial nets", NeurIPS 2014, arXiv:1406.2661, equation
1 and section 3 (minimax, non-saturating); Mao et al., "Least squares generative adversarial
networks", ICCV 2017, arXiv:1611.04076, equation 9 (a = 0, b = c = 1); Arjovsky, Chintala & Bottou,
"Wasserstein GAN", arXiv:1701.07875, algorithm 1; Miyato et al., "Spectral normalization for
generative adversarial networks", ICLR 2018, arXiv:1802.05957, equations 16 and 17 (hinge);
Gulrajani et al., "Improved training of Wasserstein GANs", NeurIPS 2017, arXiv:1704.00028, equation
3 (gradient penalty); Mescheder, Geiger & Nowozin, "Which training methods for GANs do actually
converge?", ICML 2018, arXiv:1801.04406, equation 9 (R1). Ours differs: all is written for logits,
and what the papers maximise is minimised with the other sign.
"""

from collections.abc import Callable

import torch
from torch import Generator, Tensor, nn
from torch.nn.functional import softplus

from .._check import check_range


class AdversarialLoss:
    """Three scalar functions of a logit and their slopes, and the two losses made of them.

    A subclass gives ``real``, ``fake`` and ``generated``, and ``real_slope``, ``fake_slope`` and
    ``generated_slope``, the derivatives; each works on tensors of any shape, entry by entry.
    """

    real: Callable[[Tensor], Tensor]
    fake: Callable[[Tensor], Tensor]
    generated: Callable[[Tensor], Tensor]
    real_slope: Callable[[Tensor], Tensor]
    fake_slope: Callable[[Tensor], Tensor]
    generated_slope: Callable[[Tensor], Tensor]

    def critic(self, real: Tensor, fake: Tensor) -> Tensor:
        """The critic's loss, from its logits on real and on generated examples.

        Shapes:
            real, fake: any, the two may differ; returns ().
        """
        return self.real(real).mean() + self.fake(fake).mean()

    def generator(self, fake: Tensor) -> Tensor:
        """The generator's loss, from the critic's logits on generated examples.

        Shapes:
            fake: any; returns ().
        """
        return self.generated(fake).mean()

    def critic_slopes(self, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
        """Derivatives of the critic's loss by each logit, in closed form."""
        return self.real_slope(real) / real.numel(), self.fake_slope(fake) / fake.numel()

    def generator_slopes(self, fake: Tensor) -> Tensor:
        """Derivatives of the generator's loss by each logit, in closed form."""
        return self.generated_slope(fake) / fake.numel()

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class Minimax(AdversarialLoss):
    """The zero-sum game: the generator minimises what the critic maximises.

    Where the critic is sure, s far below 0, the slope -sigmoid(s) is nearly zero.
    """

    @staticmethod
    def real(s: Tensor) -> Tensor:
        return softplus(-s)

    @staticmethod
    def fake(s: Tensor) -> Tensor:
        return softplus(s)

    @staticmethod
    def generated(s: Tensor) -> Tensor:
        return -softplus(s)

    @staticmethod
    def real_slope(s: Tensor) -> Tensor:
        return -torch.sigmoid(-s)

    @staticmethod
    def fake_slope(s: Tensor) -> Tensor:
        return torch.sigmoid(s)

    @staticmethod
    def generated_slope(s: Tensor) -> Tensor:
        return -torch.sigmoid(s)


class NonSaturating(Minimax):
    """The critic of ``Minimax``; the generator takes -log sigmoid(s), of slope sigmoid(s) - 1."""

    @staticmethod
    def generated(s: Tensor) -> Tensor:
        return softplus(-s)

    @staticmethod
    def generated_slope(s: Tensor) -> Tensor:
        return -torch.sigmoid(-s)


class LeastSquares(AdversarialLoss):
    """Regression: 1 for real examples, 0 for generated ones."""

    @staticmethod
    def real(s: Tensor) -> Tensor:
        return (s - 1) ** 2 / 2

    @staticmethod
    def fake(s: Tensor) -> Tensor:
        return s**2 / 2

    @staticmethod
    def generated(s: Tensor) -> Tensor:
        return (s - 1) ** 2 / 2

    @staticmethod
    def real_slope(s: Tensor) -> Tensor:
        return s - 1

    @staticmethod
    def fake_slope(s: Tensor) -> Tensor:
        return s

    @staticmethod
    def generated_slope(s: Tensor) -> Tensor:
        return s - 1


class Wasserstein(AdversarialLoss):
    """A difference of means; a distance only if something else keeps the critic's slope small."""

    @staticmethod
    def real(s: Tensor) -> Tensor:
        return -s

    @staticmethod
    def fake(s: Tensor) -> Tensor:
        return s

    @staticmethod
    def generated(s: Tensor) -> Tensor:
        return -s

    @staticmethod
    def real_slope(s: Tensor) -> Tensor:
        return -torch.ones_like(s)

    @staticmethod
    def fake_slope(s: Tensor) -> Tensor:
        return torch.ones_like(s)

    @staticmethod
    def generated_slope(s: Tensor) -> Tensor:
        return -torch.ones_like(s)


class Hinge(Wasserstein):
    """The critic stops where it is right by a margin of 1; the generator is that of WGAN.

    At the corner the slope is 0.
    """

    @staticmethod
    def real(s: Tensor) -> Tensor:
        return torch.relu(1 - s)

    @staticmethod
    def fake(s: Tensor) -> Tensor:
        return torch.relu(1 + s)

    @staticmethod
    def real_slope(s: Tensor) -> Tensor:
        return -(s < 1).to(s.dtype)

    @staticmethod
    def fake_slope(s: Tensor) -> Tensor:
        return (s > -1).to(s.dtype)


def slope_norms(
    critic: Callable[[Tensor], Tensor], x: Tensor, *, create_graph: bool = False
) -> Tensor:
    """Length of the critic's gradient by its input, at each example.

    The largest of them is a lower bound of the critic's Lipschitz constant. The critic must treat
    examples apart; batch normalization in training does not.

    Args:
        critic: Maps examples to logits, one an example.
        x: Examples.
        create_graph: Keep the graph, so that the lengths can be part of a loss.

    Shapes:
        x (B, ...); the critic's (B,) or (B, 1); returns (B,).

    Raises:
        ValueError: If the critic does not return one number for each example.
    """
    square = _squared_slopes(critic, x, create_graph)
    # The root has no derivative at 0, where the slope of a dead critic is; hence the tiny number.
    return torch.sqrt(square + 1e-24) if create_graph else torch.sqrt(square)


def _squared_slopes(
    critic: Callable[[Tensor], Tensor], x: Tensor, create_graph: bool = True
) -> Tensor:
    x = x.detach().requires_grad_()
    logits = critic(x)
    if len(logits) != len(x) or logits.numel() != len(x):
        raise ValueError(f"critic must return one logit an example; got {tuple(logits.shape)}")
    (slope,) = torch.autograd.grad(logits.sum(), x, create_graph=create_graph)
    return slope.flatten(1).square().sum(dim=1)


def gradient_penalty(
    critic: Callable[[Tensor], Tensor],
    real: Tensor,
    fake: Tensor,
    *,
    generator: Generator | None = None,
) -> Tensor:
    """Mean squared distance of the critic's slope from 1, at points between real and generated.

    Each real example is joined with one generated example, and a point is drawn on the line
    between them, uniformly. An optimal critic of the Wasserstein distance has slope 1 there.

    Args:
        critic: Maps examples to logits.
        real: Real examples.
        fake: As many generated ones.
        generator: Draws the places on the lines.

    Shapes:
        real, fake (B, ...); returns ().

    Raises:
        ValueError: If the shapes differ, or the critic does not return one number for each.
    """
    if real.shape != fake.shape:
        raise ValueError(f"fake must have shape {tuple(real.shape)}; got {tuple(fake.shape)}")
    device = real.device if generator is None else generator.device
    share = torch.rand(len(real), generator=generator, device=device).to(real)
    share = share.reshape(-1, *[1] * (real.ndim - 1))
    between = share * real.detach() + (1 - share) * fake.detach()
    return ((slope_norms(critic, between, create_graph=True) - 1) ** 2).mean()


def r1_penalty(critic: Callable[[Tensor], Tensor], real: Tensor) -> Tensor:
    """Half the mean squared slope of the critic at real examples; multiply by a weight of yours.

    Shapes:
        real (B, ...); returns ().

    Raises:
        ValueError: If the critic does not return one number for each example.
    """
    return _squared_slopes(critic, real).mean() / 2


@torch.no_grad()
def clip_weights(module: nn.Module, limit: float) -> None:
    """Move every weight of the module into [-limit, limit], in place.

    Raises:
        ValueError: If the limit is negative.
    """
    check_range("limit", limit, 0)
    for p in module.parameters():
        p.clamp_(-limit, limit)
