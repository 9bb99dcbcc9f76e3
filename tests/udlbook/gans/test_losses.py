"""Oracles: binary_cross_entropy_with_logits, mse_loss, hinge by max, autograd; linear critics."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from udlbook.gans import (
    Hinge,
    LeastSquares,
    Minimax,
    NonSaturating,
    Wasserstein,
    clip_weights,
    gradient_penalty,
    r1_penalty,
    slope_norms,
)
from udlbook.layers import mlp
from udlbook.seeding import seeded

LOSSES = [Minimax(), NonSaturating(), LeastSquares(), Wasserstein(), Hinge()]


def draw(seed, *shape):
    generator = torch.Generator().manual_seed(seed)
    return 2 * torch.randn(*shape, generator=generator, dtype=torch.float64)


def reference(loss, real, fake):
    """The same losses, from torch's own functions and from plain maxima."""
    one, zero = torch.ones_like, torch.zeros_like
    bce = F.binary_cross_entropy_with_logits
    critic = {
        "LeastSquares": (F.mse_loss(real, one(real)) + F.mse_loss(fake, zero(fake))) / 2,
        "Wasserstein": fake.mean() - real.mean(),
        "Hinge": (1 - real).clamp(min=0).mean() + (1 + fake).clamp(min=0).mean(),
    }.get(type(loss).__name__, bce(real, one(real)) + bce(fake, zero(fake)))
    generator = {
        "Minimax": (1 - fake.sigmoid()).log().mean(),
        "NonSaturating": bce(fake, one(fake)),
        "LeastSquares": F.mse_loss(fake, one(fake)) / 2,
    }.get(type(loss).__name__, -fake.mean())
    return critic, generator


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
def test_values_are_those_of_torch(loss):
    real, fake = draw(0, 7), draw(1, 5)
    critic, generator = reference(loss, real, fake)
    torch.testing.assert_close(loss.critic(real, fake), critic)
    torch.testing.assert_close(loss.generator(fake), generator)


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
def test_slopes_by_hand_are_those_of_autograd(loss):
    real, fake = draw(2, 7).requires_grad_(), draw(3, 5).requires_grad_()
    critic, generator = reference(loss, real, fake)
    want = torch.autograd.grad(critic, (real, fake))
    for got, w in zip(loss.critic_slopes(real, fake), want, strict=True):
        torch.testing.assert_close(got.detach(), w)
    (want,) = torch.autograd.grad(generator, fake)
    torch.testing.assert_close(loss.generator_slopes(fake).detach(), want)


def test_only_the_non_saturating_generator_feels_a_sure_critic():
    s = torch.tensor([-8.0], dtype=torch.float64)
    assert abs(Minimax().generator_slopes(s)) < 4e-4
    assert abs(NonSaturating().generator_slopes(s) + 1) < 4e-4


def test_far_logits_stay_finite():
    s = torch.tensor([-1e4, 1e4])
    for loss in LOSSES:
        assert torch.isfinite(loss.critic(s, s)) and torch.isfinite(loss.generator(s))


def test_slopes_of_a_linear_critic_are_its_weights():
    w, x = draw(4, 3), draw(5, 6, 3)
    norms = slope_norms(lambda a: a @ w, x)
    torch.testing.assert_close(norms, w.norm().expand(6))
    want = (w.norm() - 1) ** 2
    torch.testing.assert_close(gradient_penalty(lambda a: a @ w, x, draw(6, 6, 3)), want)
    torch.testing.assert_close(r1_penalty(lambda a: a @ w, x), w.norm() ** 2 / 2)


def test_the_penalty_is_taken_between_real_and_generated_points():
    seen = []

    def critic(a):
        seen.append(a.detach())
        return (a**2).sum(dim=1)

    real, fake = draw(7, 400, 2), draw(8, 400, 2)
    rng = torch.Generator().manual_seed(0)
    got = gradient_penalty(critic, real, fake, generator=rng)
    (x,) = seen
    share = ((x - fake) / (real - fake)).numpy()
    np.testing.assert_allclose(share[:, 0], share[:, 1], atol=1e-9)
    assert 0 <= share.min() and share.max() <= 1 and abs(share[:, 0].mean() - 0.5) < 0.06
    torch.testing.assert_close(got, ((2 * x.norm(dim=1) - 1) ** 2).mean())


def test_gradients_of_the_penalties_are_differences():
    with seeded(0):
        critic = mlp(3, 8, 1, activation=torch.nn.Tanh).double()
    real, fake = draw(9, 5, 3), draw(10, 5, 3)

    def penalties():
        rng = torch.Generator().manual_seed(1)
        return gradient_penalty(critic, real, fake, generator=rng) + r1_penalty(critic, real)

    weight = critic[0].weight
    (slope,) = torch.autograd.grad(penalties(), weight)
    way = draw(11, *weight.shape)
    ends = []
    for sign in (1, -1):
        with torch.no_grad():
            weight += sign * 1e-6 * way
        ends.append(float(penalties().detach()))
        with torch.no_grad():
            weight -= sign * 1e-6 * way
    np.testing.assert_allclose(float((slope * way).sum()), (ends[0] - ends[1]) / 2e-6, rtol=1e-6)


def test_a_dead_critic_has_a_finite_gradient():
    w = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    x = draw(12, 4, 3)
    loss = gradient_penalty(lambda a: a @ w, x, x)
    assert float(loss.detach()) == pytest.approx(1)
    assert torch.isfinite(torch.autograd.grad(loss, w)[0]).all()


def test_images_count_as_one_example_each():
    x = draw(13, 4, 1, 5, 5)
    norms = slope_norms(lambda a: (3 * a).flatten(1).sum(dim=1, keepdim=True), x)
    torch.testing.assert_close(norms, torch.full((4,), 15.0, dtype=torch.float64))


def test_clipping_keeps_weights_in_their_box():
    with seeded(1):
        net = mlp(3, 8, 1)
    before = net[0].weight.detach().clone()
    clip_weights(net, 0.1)
    torch.testing.assert_close(net[0].weight.detach(), before.clamp(-0.1, 0.1))
    assert max(float(p.detach().abs().max()) for p in net.parameters()) <= 0.1 + 1e-7


def test_bad_input_is_told_what_was_expected():
    x = torch.zeros(4, 3)
    with pytest.raises(ValueError, match=r"one logit an example; got \(4, 3\)"):
        slope_norms(lambda a: a, x)
    with pytest.raises(ValueError, match=r"one logit an example; got \(1,\)"):
        r1_penalty(lambda a: a.sum()[None], x)
    with pytest.raises(ValueError, match=r"shape \(4, 3\); got \(5, 3\)"):
        gradient_penalty(lambda a: a[:, 0], x, torch.zeros(5, 3))
    with pytest.raises(ValueError, match="at least 0; got -1"):
        clip_weights(mlp(2, 1), -1)
