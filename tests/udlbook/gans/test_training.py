"""Oracles: the alternation written out with torch.optim; closed forms of linear games."""

import itertools

import pytest
import torch
from torch import nn

from udlbook.gans import (
    LeastSquares,
    NonSaturating,
    Wasserstein,
    alternate,
    calm_adam,
    noise,
    packed,
    players,
    r1_penalty,
)
from udlbook.layers import mlp
from udlbook.seeding import seeded
from udlbook.training import MovingAverage, batches


def game(seed=0):
    with seeded(seed):
        return mlp(2, 6, 2).double(), mlp(2, 6, 1).double()


def stream(seed=0):
    x = torch.randn(32, 2, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    rng = torch.Generator().manual_seed(seed)
    return ((b,) for b, _ in batches(x, x, 8, rng))


def by_hand(loss, steps, n_critic, lr, clip, weight):
    """The same game, one line after the other."""
    G, D = game()
    data, rng = stream(), torch.Generator().manual_seed(5)
    d_opt = torch.optim.Adam(D.parameters(), lr[0], betas=(0.5, 0.99))
    g_opt = torch.optim.Adam(G.parameters(), lr[1], betas=(0.5, 0.99))

    def noise():
        return torch.randn(8, 2, generator=rng, dtype=torch.float64)

    for _ in range(steps):
        for _ in range(n_critic):
            (x,) = next(data)
            fake = G(noise()).detach()
            x = x.clone().requires_grad_()
            (slope,) = torch.autograd.grad(D(x).sum(), x, create_graph=True)
            value = loss.real(D(x)).mean() + loss.fake(D(fake)).mean()
            d_opt.zero_grad()
            (value + weight * slope.pow(2).sum(1).mean() / 2).backward()
            d_opt.step()
            if clip is not None:
                for p in D.parameters():
                    p.data = torch.minimum(
                        torch.maximum(p.data, -clip * torch.ones(())), clip + 0 * p
                    )
        next(data)
        g_opt.zero_grad()
        loss.generated(D(G(noise()))).mean().backward()
        g_opt.step()
    return G, D


@pytest.mark.parametrize(
    ("loss", "n_critic", "clip"),
    [(NonSaturating(), 1, None), (LeastSquares(), 2, None), (Wasserstein(), 3, 0.3)],
    ids=repr,
)
def test_the_loop_is_the_alternation_written_out(loss, n_critic, clip):
    G, D = game()
    rng = torch.Generator().manual_seed(5)
    two = players(
        G, D, loss, latent=2, rng=rng, penalty=lambda d, real, fake: 0.3 * r1_penalty(d, real)
    )
    seen = []
    out = alternate(
        *two, D, G, stream(), steps=4, lr=(0.02, 0.01), n_critic=n_critic, clip=clip,
        on_step=lambda step, r: seen.append((step, r.generator[-1])),
    )  # fmt: skip
    assert len(out.critic) == len(out.generator) == 4
    assert seen == list(enumerate(out.generator))
    want = by_hand(loss, 4, n_critic, (0.02, 0.01), clip, 0.3)
    for ours, theirs in zip((G, D), want, strict=True):
        for a, b in zip(ours.parameters(), theirs.parameters(), strict=True):
            torch.testing.assert_close(a, b, atol=1e-6, rtol=1e-6)  # Adam blows up noise
    assert all(p.requires_grad for p in D.parameters())


def test_the_critic_holds_still_and_gets_no_gradient_while_the_generator_moves():
    G, D = game()
    still = []

    def generator_loss(x):
        still.append([p.requires_grad for p in D.parameters()])
        return D(G(x)).mean()

    alternate(lambda x: D(x).mean(), generator_loss, D, G, stream(), steps=2, lr=0.01)
    assert not any(itertools.chain(*still))


def test_the_schedule_scales_both_rates():
    moved = []
    for factor in (1.0, 0.0):
        G, D = game()
        before = [p.detach().clone() for p in (*G.parameters(), *D.parameters())]
        alternate(
            lambda x, D=D: D(x).mean(), lambda x, G=G, D=D: D(G(x)).mean(), D, G, stream(),
            steps=1, lr=0.01, schedule=lambda step, steps, f=factor: f,
        )  # fmt: skip
        after = [p.detach() for p in (*G.parameters(), *D.parameters())]
        moved.append(sum(float((a - b).abs().sum()) for a, b in zip(before, after, strict=True)))
    assert moved[0] > 0 and moved[1] == 0


def test_the_average_follows_the_generator_in_training():
    G, D = game()
    average = MovingAverage(G, 0.0)
    two = players(G, D, NonSaturating(), latent=2, rng=torch.Generator().manual_seed(0))
    alternate(*two, D, G, stream(), steps=3, lr=0.01, average=average)
    for a, b in zip(average.module.parameters(), G.parameters(), strict=True):
        torch.testing.assert_close(a, b.detach())


@pytest.mark.parametrize("uniform", [True, False])
def test_noise_has_mean_zero_and_variance_one(uniform):
    rng = torch.Generator().manual_seed(3)
    z = noise(40_000, 2, like=torch.zeros((), dtype=torch.float64), generator=rng, uniform=uniform)
    assert z.shape == (40_000, 2) and z.dtype == torch.float64
    assert float(z.mean().abs()) < 0.02 and abs(float(z.var()) - 1) < 0.02
    share = float((z.abs() <= 1).double().mean())
    assert abs(share - (3**-0.5 if uniform else 0.6827)) < 0.01
    seen = []
    two = players(
        lambda a: seen.append(a) or a, lambda a: a.sum(1), Wasserstein(), latent=2,
        rng=torch.Generator().manual_seed(3), uniform=uniform,
    )  # fmt: skip
    two[1](torch.zeros(40_000, 2, dtype=torch.float64))
    torch.testing.assert_close(seen[0], z)


def test_packs_hold_neighbours_side_by_side():
    x = torch.arange(24.0).reshape(4, 2, 3)
    out = packed(x, 2)
    assert out.shape == (2, 4, 3)
    torch.testing.assert_close(out[1], torch.cat([x[2], x[3]]))
    with pytest.raises(ValueError, match=r"multiple of 3 examples; got shape \(4, 2, 3\)"):
        packed(x, 3)
    seen = []

    def critic(a):
        seen.append(a.shape)
        return a.sum(dim=1)

    two = players(lambda z: z, critic, Wasserstein(), latent=2, rng=torch.Generator(), pack=2)
    two[0](torch.zeros(6, 2)), two[1](torch.zeros(6, 2))
    assert seen == [(3, 4)] * 3


def test_a_game_with_a_known_end_gets_there():
    """Data are at 3, G gives b: a critic w x with R1 drives b to 3 (Mescheder et al. 2018)."""

    class Point(nn.Module):
        def __init__(self):
            super().__init__()
            self.b = nn.Parameter(torch.zeros(1, dtype=torch.float64))

        def forward(self, z):
            return self.b.expand(len(z), 1)

    G, D = Point(), nn.Linear(1, 1, bias=False).double()
    two = players(
        G, D, Wasserstein(), latent=1, rng=torch.Generator().manual_seed(0),
        penalty=lambda d, real, fake: 2 * r1_penalty(d, real),
    )  # fmt: skip
    data = itertools.repeat((torch.full((4, 1), 3.0, dtype=torch.float64),))
    alternate(*two, D, G, data, steps=300, lr=0.1, optimizer=torch.optim.SGD)
    assert abs(float(G.b.detach()) - 3) < 1e-3 and abs(float(D.weight.detach())) < 1e-3


def test_bad_input_is_told_what_was_expected():
    G, D = game()

    def play(d=lambda x: D(x).mean(), g=lambda x: D(G(x)).mean(), data=None, **options):
        data = stream() if data is None else data
        return alternate(d, g, D, G, data, **{"steps": 2, "lr": 0.01, **options})

    with pytest.raises(ValueError, match="at least 1; got 0"):
        play(n_critic=0)
    with pytest.raises(ValueError, match=r"scalar; got shape \(8, 1\)"):
        play(d=D)
    with pytest.raises(ValueError, match="got too few"):
        play(data=[(torch.zeros(8, 2).double(),)])
    with pytest.raises(FloatingPointError, match="a loss is nan at step 0"):
        play(d=lambda x: D(x).mean() * float("nan"))
    assert all(p.requires_grad for p in D.parameters())


def test_calm_adam_has_little_momentum():
    w = torch.zeros(1, requires_grad=True)
    assert calm_adam([w], 0.1).param_groups[0]["betas"] == (0.5, 0.99)
