"""Oracles: torch's convolution and instance norm, a pool in plain Python, losses by hand."""

import collections

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from udlbook.gans.cyclegan import CycleGame, DomainCritic, ImagePool, Translator
from udlbook.seeding import seeded


def pictures(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(*shape, generator=generator, dtype=torch.float64)


def coins(seed=0):
    return torch.Generator().manual_seed(seed)


# ------------------------------------------------------------------------------ the pool


def test_the_pool_gives_back_what_it_gets_until_it_is_full():
    pool = ImagePool(6, generator=coins())
    a, b = pictures(4, 1, 2, 2), pictures(2, 1, 2, 2, seed=1)
    assert torch.equal(pool.exchange(a), a) and torch.equal(pool.exchange(b), b)
    assert torch.equal(torch.stack(pool.images), torch.cat([a, b]))


def test_a_full_pool_exchanges_half_and_loses_nothing():
    """Each picture is a number; those that went in are those that came out or are still there."""
    size, batches = 20, 400
    pool = ImagePool(size, generator=coins())
    pool.exchange(torch.arange(size).float()[:, None])
    given, got = collections.Counter(range(size)), collections.Counter()
    kept = 0
    for i in range(batches):
        batch = torch.arange(size + 10 * i, size + 10 * i + 10).float()[:, None]
        out = pool.exchange(batch)
        given.update(batch[:, 0].int().tolist())
        got.update(out[:, 0].int().tolist())
        kept += int((out == batch).sum())
        assert len(pool.images) == size
    still = collections.Counter(int(image) for image in pool.images)
    assert given == got + still
    total = 10 * batches
    assert abs(kept / total - 0.5) < 4 * 0.5 / total**0.5


def test_pictures_leave_the_pool_from_every_place_alike():
    pool = ImagePool(5, generator=coins(3))
    pool.exchange(torch.zeros(5, 1))
    places = collections.Counter()
    for i in range(1, 4001):
        before = [float(image) for image in pool.images]
        pool.exchange(torch.full((1, 1), float(i)))
        after = [float(image) for image in pool.images]
        places.update(k for k in range(5) if before[k] != after[k])
    n = sum(places.values())
    assert all(abs(places[k] / n - 0.2) < 4 * (0.16 / n) ** 0.5 for k in range(5))


def test_what_waits_in_the_pool_holds_no_graph_and_an_empty_pool_lets_pass():
    pool = ImagePool(2, generator=coins())
    pool.exchange(pictures(2, 1, 2, 2).requires_grad_())
    assert not any(image.requires_grad for image in pool.images)
    a = pictures(3, 1, 2, 2)
    assert ImagePool(0, generator=coins()).exchange(a) is a


# ------------------------------------------------------------------------------ the networks


def normed(x):
    return F.instance_norm(x)


@pytest.mark.parametrize(("halvings", "blocks"), [(0, 1), (1, 2), (2, 0)])
def test_a_translator_is_the_one_written_out(halvings, blocks):
    with seeded(0):
        net = Translator(2, 3, channels=4, halvings=halvings, blocks=blocks).double()
    x = pictures(2, 2, 8, 12)
    h = F.conv2d(x, net.entry.weight, padding=1)
    h = normed(h).relu()
    for block in net.down:
        h = normed(F.conv2d(h, block.weight, stride=2, padding=1)).relu()
    assert h.shape[1:] == (4 << halvings, 8 >> halvings, 12 >> halvings)
    for block in net.middle:
        inner = normed(F.conv2d(h, block.first.weight, padding=1)).relu()
        h = h + normed(F.conv2d(inner, block.second, padding=1))
    for block in net.up:
        h = h.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
        h = normed(F.conv2d(h, block.weight, padding=1)).relu()
    want = F.conv2d(h, net.out.weight, net.out.bias, padding=1).sigmoid()
    torch.testing.assert_close(net(x), want, atol=1e-10, rtol=1e-10)
    assert want.shape == (2, 3, 8, 12)


def test_a_critic_is_the_one_written_out():
    with seeded(0):
        critic = DomainCritic(2, channels=4).double()
    x = pictures(3, 2, 8, 6)
    h = F.leaky_relu(F.conv2d(x, critic.first.weight, critic.first.bias, 2, 1), 0.2)
    h = F.leaky_relu(normed(F.conv2d(h, critic.second.weight, critic.second.bias, 1, 1)), 0.2)
    want = F.conv2d(h, critic.out.weight, critic.out.bias, padding=1)
    torch.testing.assert_close(critic(x), want[:, 0], atol=1e-10, rtol=1e-10)
    assert critic(x).shape == (3, 4, 3)


# ------------------------------------------------------------------------------ the game


class Affine(nn.Module):
    """A translator whose losses can be computed by hand."""

    def __init__(self, scale: float, offset: float) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(scale, dtype=torch.float64))
        self.offset = offset

    def forward(self, x):
        return self.scale * x + self.offset


class Mean(nn.Module):
    """A critic whose only logit is a multiple of the mean."""

    def __init__(self, weight: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor(weight, dtype=torch.float64))

    def forward(self, x):
        return self.weight * x.mean(dim=(1, 2, 3))


def game(**options):
    there, back = Affine(-1.0, 1.0), Affine(-0.5, 0.5)
    return CycleGame(there, back, Mean(2.0), Mean(3.0), generator=coins(), **options)


def test_the_translators_loss_by_hand():
    x, y = pictures(4, 1, 2, 2), pictures(3, 1, 2, 2, seed=1)
    played = game(cycle=7.0, identity=2.0)
    mean = (1, 2, 3)
    fake_x, fake_y = 0.5 - 0.5 * y, 1 - x
    adversarial = ((2 * fake_x.mean(mean) - 1) ** 2 / 2).mean()
    adversarial = adversarial + ((3 * fake_y.mean(mean) - 1) ** 2 / 2).mean()
    cycle = (0.5 * x - x).abs().mean() + (0.5 + 0.5 * y - y).abs().mean()
    identity = (1 - 2 * y).abs().mean() + (0.5 - 1.5 * x).abs().mean()
    parts = played.parts(x, y)
    for name, want in (("adversarial", adversarial), ("cycle", cycle), ("identity", identity)):
        torch.testing.assert_close(parts[name], want)
    total = adversarial + 7 * cycle + 2 * identity
    torch.testing.assert_close(played.translator_loss(x, y), total)
    assert set(game(cycle=0.0).parts(x, y)) == {"adversarial"}


def test_the_critics_loss_by_hand_teaches_critics_only():
    x, y = pictures(4, 1, 2, 2), pictures(3, 1, 2, 2, seed=1)
    played = game(pool=0)
    mean = (1, 2, 3)
    real = ((2 * x.mean(mean) - 1) ** 2 / 2).mean() + ((3 * y.mean(mean) - 1) ** 2 / 2).mean()
    fake_x, fake_y = 0.5 - 0.5 * y, 1 - x
    fake = ((2 * fake_x.mean(mean)) ** 2 / 2).mean() + ((3 * fake_y.mean(mean)) ** 2 / 2).mean()
    loss = played.critic_loss(x, y)
    torch.testing.assert_close(loss, real + fake)
    loss.backward()
    assert all(p.grad is not None for p in played.critics.parameters())
    assert all(p.grad is None for p in played.translators.parameters())


def test_the_two_pools_are_of_two_domains():
    x, y = torch.zeros(2, 1, 2, 2).double(), torch.ones(2, 1, 2, 2).double()
    played = game(pool=2)
    played.critic_loss(x, y)
    of_x, of_y = (torch.stack(pool.images) for pool in played.pools)
    assert of_x.unique().tolist() == [0.0] and of_y.unique().tolist() == [1.0]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ImagePool(-1, generator=coins()), "size"),
        (lambda: Translator(halvings=-1), "halvings"),
        (lambda: Translator(blocks=-1), "blocks"),
        (lambda: Translator(2)(torch.zeros(1, 1, 4, 4)), "x must"),
        (lambda: Translator(halvings=2)(torch.zeros(1, 1, 4, 6)), "multiples of 4; got"),
        (lambda: DomainCritic(2)(torch.zeros(1, 1, 4, 4)), "x must"),
        (lambda: game(cycle=-1.0), "cycle"),
        (lambda: game(identity=-1.0), "identity"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
