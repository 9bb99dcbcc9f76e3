r"""Two players take turns: the loop of every adversarial network of the book.

The critic makes ``n_critic`` steps down its loss, then the generator one step down its own. While
one moves, the other holds still. The loop knows no loss: it is handed two functions of a batch.

Source: Goodfellow et al., "Generative adversarial nets", NeurIPS 2014, arXiv:1406.2661, algorithm
1; Arjovsky, Chintala & Bottou, "Wasserstein GAN", arXiv:1701.07875, algorithm 1 (n_critic, weights
clipped after each step of the critic). Ours differs: Adam for all; a generator's step gets a batch
of its own, because losses with a reconstruction need one.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import torch
from torch import Generator, Tensor, nn

from .._check import check_range
from ..optim import Schedule, constant
from ..seeding import randn
from ..training import MovingAverage
from .losses import AdversarialLoss, clip_weights


@dataclass
class Rivalry:
    """What the two players lost in each step of the generator.

    Attributes:
        critic: The critic's loss, that of its last step before the generator's.
        generator: The generator's loss.
    """

    critic: list[float] = field(default_factory=list)
    generator: list[float] = field(default_factory=list)


def calm_adam(params: Iterable[Tensor], lr: float) -> torch.optim.Optimizer:
    """Adam with little momentum, because the other player's last move says most.

    Source: beta_1 = 0.5 is that of Radford, Metz & Chintala, arXiv:1511.06434, section 4; ours
    differs: beta_2 = 0.99, which suits runs of a few thousand steps.
    """
    return torch.optim.Adam(params, lr=lr, betas=(0.5, 0.99), fused=True)


def alternate(
    critic_loss: Callable[..., Tensor],
    generator_loss: Callable[..., Tensor],
    critic: nn.Module,
    generator: nn.Module,
    batches: Iterable[tuple],
    *,
    steps: int,
    lr: float | tuple[float, float],
    n_critic: int = 1,
    clip: float | None = None,
    average: MovingAverage | None = None,
    optimizer: Callable[..., torch.optim.Optimizer] = calm_adam,
    schedule: Schedule = constant,
    on_step: Callable[[int, Rivalry], None] | None = None,
) -> Rivalry:
    """Train two players in turns.

    Args:
        critic_loss: Maps a batch, ``critic_loss(*batch)``, to what the critic minimises. Generated
            examples in it must be detached, which ``players`` does.
        generator_loss: Maps a batch to what the generator minimises.
        critic: Its parameters are the critic's; several critics go into an ``nn.ModuleList``.
        generator: Its parameters are the generator's.
        batches: Yields at least ``steps * (n_critic + 1)`` tuples.
        steps: Steps of the generator.
        lr: Base learning rate, or a pair: the critic's and the generator's.
        n_critic: Steps of the critic before each step of the generator.
        clip: Each weight of the critic is moved into [-clip, clip] after each of its steps.
        average: Follows the generator, one update a step.
        optimizer: Called with the parameters and ``lr``, once for each player.
        schedule: Maps (step, steps) to a factor of both learning rates.
        on_step: Called as ``on_step(step, rivalry)`` after each step of the generator.

    Returns:
        The losses of all steps.

    Raises:
        ValueError: If a number is out of range, a loss is no scalar, or batches end too early.
        FloatingPointError: If a loss is not finite.
    """
    check_range("n_critic", n_critic, 1)
    rates = lr if isinstance(lr, tuple) else (lr, lr)
    optimizers = [
        optimizer(player.parameters(), lr=rate)
        for player, rate in zip((critic, generator), rates, strict=True)
    ]
    rivalry, stream = Rivalry(), iter(batches)

    def move(player: int, loss_fn: Callable[..., Tensor], step: int) -> float:
        critic.requires_grad_(player == 0)  # gradients by weights that hold still are not needed
        opt = optimizers[player]
        for group in opt.param_groups:
            group["lr"] = rates[player] * schedule(step, steps)
        loss = loss_fn(*_next(stream))
        if loss.shape != ():
            raise ValueError(f"a loss must be a scalar; got shape {tuple(loss.shape)}")
        opt.zero_grad()
        loss.backward()
        opt.step()
        value = loss.item()
        if not abs(value) < float("inf"):
            raise FloatingPointError(f"a loss is {value} at step {step}; is lr too large?")
        return value

    try:
        for step in range(steps):
            for _ in range(n_critic):
                loss = move(0, critic_loss, step)
                if clip is not None:
                    clip_weights(critic, clip)
            rivalry.critic.append(loss)
            rivalry.generator.append(move(1, generator_loss, step))
            if average is not None:
                average.update()
            if on_step is not None:
                on_step(step, rivalry)
    finally:
        critic.requires_grad_(True)
    return rivalry


def _next(stream: Iterator[tuple]) -> tuple:
    try:
        return next(stream)
    except StopIteration:
        raise ValueError("batches must not end before the training does; got too few") from None


def players(
    generator: Callable[[Tensor], Tensor],
    critic: Callable[[Tensor], Tensor],
    loss: AdversarialLoss,
    *,
    latent: int,
    rng: Generator,
    uniform: bool = False,
    penalty: Callable[[Callable[[Tensor], Tensor], Tensor, Tensor], Tensor] | None = None,
    pack: int = 1,
) -> tuple[Callable[[Tensor], Tensor], Callable[[Tensor], Tensor]]:
    """The two losses of an unconditional game, ready for ``alternate``.

    Args:
        generator: Maps noise to examples.
        critic: Maps examples, or packs of them, to logits.
        loss: What both minimise.
        latent: Size of the noise, which has mean 0 and variance 1 in each entry.
        rng: Draws it.
        uniform: Whether the noise is uniform, between -sqrt(3) and sqrt(3), or normal.
        penalty: Called as ``penalty(critic, real, fake)`` and added to the critic's loss.
        pack: So many examples are judged together, as one.

    Returns:
        The critic's and the generator's loss, both functions of a batch of real examples.

    Shapes:
        real examples (B, ...); B must be a multiple of ``pack``.
    """

    def draw(real: Tensor) -> Tensor:
        return generator(noise(len(real), latent, like=real, generator=rng, uniform=uniform))

    def critic_loss(real: Tensor) -> Tensor:
        with torch.no_grad():
            fake = draw(real)
        real, fake = packed(real, pack), packed(fake, pack)
        value = loss.critic(critic(real), critic(fake))
        return value if penalty is None else value + penalty(critic, real, fake)

    def generator_loss(real: Tensor) -> Tensor:
        return loss.generator(critic(packed(draw(real), pack)))

    return critic_loss, generator_loss


def noise(
    n: int, latent: int, *, like: Tensor, generator: Generator, uniform: bool = False
) -> Tensor:
    """Draw noise with mean 0 and variance 1 in each entry.

    Args:
        n: How many vectors.
        latent: Their size.
        like: A tensor with the wanted type and device.
        generator: Draws.
        uniform: Whether it is uniform, between -sqrt(3) and sqrt(3), or normal.

    Shapes:
        returns (n, latent).
    """
    if not uniform:
        return randn(n, latent, like=like, generator=generator)
    share = torch.rand(n, latent, generator=generator, device=generator.device)
    return math.sqrt(3) * (2 * share.to(like) - 1)


def packed(x: Tensor, size: int) -> Tensor:
    """Join each ``size`` examples into one, so that a critic sees whether they are all alike.

    Source: Lin, Khetan, Fanti & Oh, "PacGAN: the power of two samples in generative adversarial
    networks", NeurIPS 2018, arXiv:1712.04086, section 3.

    Shapes:
        x (B, D, ...) -> (B / size, size * D, ...): vectors are joined, images get more channels.

    Raises:
        ValueError: If the size does not divide the number of examples.

    >>> packed(torch.arange(6).reshape(6, 1), 3)
    tensor([[0, 1, 2],
            [3, 4, 5]])
    """
    check_range("size", size, 1)
    if x.ndim < 2 or len(x) % size:
        raise ValueError(f"x must have a multiple of {size} examples; got shape {tuple(x.shape)}")
    return x.reshape(len(x) // size, size * x.shape[1], *x.shape[2:])
