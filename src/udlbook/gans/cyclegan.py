r"""CycleGAN: two translators that undo each other, judged without a single pair.

``there`` maps pictures of a domain X to a domain Y, ``back`` maps Y to X. Two critics say whether
a picture looks like one of their domain. That alone leaves the translators free to map any digit
to any other; the cycle loss asks that the way there and back ends where it began:

    L = adversarial(there) + adversarial(back)
        + cycle (mean |back(there(x)) - x| + mean |there(back(y)) - y|)
        + identity (mean |there(y) - y| + mean |back(x) - x|).

Source: Zhu, Park, Isola & Efros, "Unpaired image-to-image translation using cycle-consistent
adversarial networks", ICCV 2017, arXiv:1703.10593, equations 1 to 3 and sections 4, 5.2 and 7.1;
the pool of old pictures: Shrivastava et al., "Learning from simulated and unsupervised images
through adversarial training", CVPR 2017, arXiv:1612.07828, section 2.3. Ours differs: networks
are smaller, pad by zeros, and pictures run from 0 to 1; each player gets batches of its own; the
least-squares loss has the factor 1/2 for both players, so a cycle weight of 10 is 5 here.
"""

from itertools import pairwise

import torch
from torch import Generator, Tensor, nn
from torch.nn.functional import conv2d, interpolate, leaky_relu

from .._check import check_range, check_shape
from .losses import AdversarialLoss, LeastSquares
from .styles import instance_norm

__all__ = ["CycleGame", "ImagePool", "DomainCritic", "Translator"]


class ImagePool:
    """Old fakes for the critics, so that they do not forget what the translators did before.

    While the pool is not full, a picture is stored and given back. Afterwards each picture is,
    with probability 1/2, exchanged for a random one of the pool, and otherwise given back itself.

    Args:
        size: Pictures in the pool; the paper has 50. With 0 all pass.
        generator: Draws the coins and the places.

    Raises:
        ValueError: If the size is negative.
    """

    def __init__(self, size: int = 50, *, generator: Generator) -> None:
        check_range("size", size, 0)
        self.size, self.generator = size, generator
        self.images: list[Tensor] = []

    def exchange(self, images: Tensor) -> Tensor:
        """Put pictures in, and take as many out.

        Shapes:
            images (B, ...); returns the same.
        """
        if self.size == 0:
            return images
        device = self.generator.device
        swap = torch.rand(len(images), generator=self.generator, device=device) < 0.5
        place = torch.randint(self.size, (len(images),), generator=self.generator, device=device)
        out = []
        # One after the other, because a picture may be exchanged for one of its own batch.
        for image, change, k in zip(images, swap.tolist(), place.tolist(), strict=True):
            if len(self.images) < self.size:
                self.images.append(image.detach())
                out.append(image)
            elif change:
                out.append(self.images[k])
                self.images[k] = image.detach()
            else:
                out.append(image)
        return torch.stack(out)


class _Block(nn.Module):
    """Convolution, instance normalization, ReLU."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs, 3, 3) * (2 / (9 * inputs)) ** 0.5)
        self.stride = stride

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(instance_norm(conv2d(x, self.weight, stride=self.stride, padding=1)))


class _Residual(nn.Module):
    """x plus two convolutions of it, the second without ReLU."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = _Block(channels, channels)
        std = (2 / (9 * channels)) ** 0.5
        self.second = nn.Parameter(torch.randn(channels, channels, 3, 3) * std)

    def forward(self, x: Tensor) -> Tensor:
        return x + instance_norm(conv2d(self.first(x), self.second, padding=1))


class Translator(nn.Module):
    """A picture in, a picture of the same size out: down, residual blocks, up again.

    Args:
        inputs: Channels of the pictures that go in.
        outputs: Channels of those that come out.
        channels: Channels at full resolution; twice as many after each halving.
        halvings: How often the map is halved.
        blocks: Residual blocks at the lowest resolution.

    Shapes:
        (B, inputs, H, W) -> (B, outputs, H, W), between 0 and 1.

    Raises:
        ValueError: If H or W is no multiple of 2 ** halvings, or the channels do not fit.
    """

    def __init__(
        self,
        inputs: int = 1,
        outputs: int = 1,
        *,
        channels: int = 16,
        halvings: int = 1,
        blocks: int = 3,
    ) -> None:
        super().__init__()
        check_range("halvings", halvings, 0)
        check_range("blocks", blocks, 0)
        widths = [channels << i for i in range(halvings + 1)]
        self.entry = _Block(inputs, channels)
        self.down = nn.ModuleList(_Block(a, b, stride=2) for a, b in pairwise(widths))
        self.middle = nn.ModuleList(_Residual(widths[-1]) for _ in range(blocks))
        self.up = nn.ModuleList(_Block(b, a) for a, b in list(pairwise(widths))[::-1])
        self.out = nn.Conv2d(channels, outputs, 3, padding=1)
        self.inputs, self.halvings = inputs, halvings

    def forward(self, x: Tensor) -> Tensor:
        size = check_shape("x", x, "B", self.inputs, "H", "W")
        if any(size[a] % 2**self.halvings for a in "HW"):
            raise ValueError(
                f"x must have sides that are multiples of {2**self.halvings}; got {tuple(x.shape)}"
            )
        x = self.entry(x)
        for block in self.down:
            x = block(x)
        for block in self.middle:
            x = block(x)
        for block in self.up:
            x = block(interpolate(x, scale_factor=2, mode="nearest"))
        return torch.sigmoid(self.out(x))


class DomainCritic(nn.Module):
    """A critic that judges patches: a map of logits, each of which sees a part of the picture.

    Args:
        inputs: Channels of the pictures.
        channels: Channels after the first convolution; then twice as many.

    Shapes:
        (B, inputs, H, W) -> (B, H / 2, W / 2); the convolutions of a logit see 11 x 11 pixels, the
        normalization the mean and spread of all.

    Raises:
        ValueError: If the channels do not fit.
    """

    def __init__(self, inputs: int = 1, *, channels: int = 32) -> None:
        super().__init__()
        self.first = nn.Conv2d(inputs, channels, 3, stride=2, padding=1)
        self.second = nn.Conv2d(channels, 2 * channels, 3, padding=1)
        self.out = nn.Conv2d(2 * channels, 1, 3, padding=1)
        self.inputs = inputs

    def forward(self, x: Tensor) -> Tensor:
        check_shape("x", x, "B", self.inputs, "H", "W")
        x = leaky_relu(self.first(x), 0.2)
        x = leaky_relu(instance_norm(self.second(x)), 0.2)
        return self.out(x)[:, 0]


class CycleGame(nn.Module):
    """Two translators, two critics, and what each side minimises.

    Args:
        there: Maps pictures of X to Y.
        back: Maps pictures of Y to X.
        critic_x: Judges pictures of X.
        critic_y: Judges pictures of Y.
        cycle: Weight of the cycle loss.
        identity: Weight of the identity loss; needs domains with the same channels.
        loss: The adversarial loss.
        pool: Size of the two pools of old fakes.
        generator: Draws from the pools.

    Attributes:
        translators: ``there`` and ``back``, for ``udlbook.gans.alternate``.
        critics: The critics of X and of Y.

    Raises:
        ValueError: If a weight is negative.
    """

    def __init__(
        self,
        there: nn.Module,
        back: nn.Module,
        critic_x: nn.Module,
        critic_y: nn.Module,
        *,
        generator: Generator,
        cycle: float = 5.0,
        identity: float = 0.0,
        loss: AdversarialLoss | None = None,
        pool: int = 50,
    ) -> None:
        super().__init__()
        check_range("cycle", cycle, 0)
        check_range("identity", identity, 0)
        self.translators = nn.ModuleList([there, back])
        self.critics = nn.ModuleList([critic_x, critic_y])
        self.cycle, self.identity = cycle, identity
        self.loss = LeastSquares() if loss is None else loss
        self.pools = [ImagePool(pool, generator=generator) for _ in range(2)]

    def critic_loss(self, x: Tensor, y: Tensor) -> Tensor:
        """What the critics minimise on a batch of each domain.

        Shapes:
            x (B, C, H, W); y (B', C', H, W); returns ().
        """
        there, back = self.translators
        critic_x, critic_y = self.critics
        with torch.no_grad():
            fake_x = self.pools[0].exchange(back(y))
            fake_y = self.pools[1].exchange(there(x))
        value = self.loss.critic(critic_x(x), critic_x(fake_x))
        return value + self.loss.critic(critic_y(y), critic_y(fake_y))

    def parts(self, x: Tensor, y: Tensor) -> dict[str, Tensor]:
        """The parts of the translators' loss, before they are weighed: scalars by name.

        Parts whose weight is 0 are left out.

        Shapes:
            x (B, C, H, W); y (B', C', H, W).
        """
        there, back = self.translators
        critic_x, critic_y = self.critics
        fake_x, fake_y = back(y), there(x)
        parts = {"adversarial": self.loss.generator(critic_x(fake_x))}
        parts["adversarial"] = parts["adversarial"] + self.loss.generator(critic_y(fake_y))
        if self.cycle:
            parts["cycle"] = (back(fake_y) - x).abs().mean() + (there(fake_x) - y).abs().mean()
        if self.identity:
            parts["identity"] = (there(y) - y).abs().mean() + (back(x) - x).abs().mean()
        return parts

    def translator_loss(self, x: Tensor, y: Tensor) -> Tensor:
        """What the translators minimise on a batch of each domain.

        Shapes:
            x (B, C, H, W); y (B', C', H, W); returns ().
        """
        weight = {"adversarial": 1.0, "cycle": self.cycle, "identity": self.identity}
        return sum(weight[name] * part for name, part in self.parts(x, y).items())
