"""Oracles: closed forms for a linear classifier, its worst inputs on a grid, and the balls."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from udlbook.layers import mlp
from udlbook.seeding import seeded
from udlbook.vision import fgsm, pgd

WIDE = (-1e9, 1e9)


def draw(seed, *shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def two_classes(w):
    """Logits 0 and w x: the loss of class 1 is softplus(-w x)."""
    return lambda x: torch.stack([0 * (x @ w), x @ w], dim=1)


@pytest.mark.parametrize("attack", [fgsm, pgd])
def test_the_worst_case_of_a_linear_classifier(attack):
    w, x, eps = draw(0, 4), draw(1, 6, 4), 0.3
    y = torch.tensor([0, 1, 0, 1, 1, 0])
    sign = torch.where(y == 1, -1.0, 1.0).double()[:, None]
    for norm, direction in [("max", w.sign()), ("euclidean", w / w.norm())]:
        found = attack(two_classes(w), x, y, eps=eps, norm=norm, limits=WIDE)
        torch.testing.assert_close(found - x, sign * eps * direction.expand(6, 4))


def test_one_step_is_the_sign_of_the_gradient():
    with seeded(0):
        net = mlp(3, 8, 4).double()
    x, y = draw(2, 5, 3).requires_grad_(), torch.tensor([0, 1, 2, 3, 0])
    (g,) = torch.autograd.grad(cross_entropy(net(x), y), x)
    found = fgsm(net, x.detach(), y, eps=0.1, limits=WIDE)
    torch.testing.assert_close(found, x.detach() + 0.1 * g.sign())


@pytest.mark.parametrize("norm", ["max", "euclidean"])
def test_attacks_stay_in_the_ball_and_within_the_limits(norm):
    with seeded(1):
        net = nn.Sequential(nn.Flatten(), mlp(16, 12, 3)).double()
    x = torch.rand(20, 4, 4, generator=torch.Generator().manual_seed(0)).double()
    y = torch.arange(20) % 3
    rng = torch.Generator().manual_seed(1)
    for found in (
        fgsm(net, x, y, eps=0.4, norm=norm),
        pgd(net, x, y, eps=0.4, norm=norm, generator=rng),
        pgd(net, x, y, eps=0.4, step=0.0, norm=norm, generator=rng),
    ):
        change = (found - x).flatten(1)
        assert 0 <= float(found.min()) and float(found.max()) <= 1
        size = change.abs().amax(1) if norm == "max" else change.norm(dim=1)
        assert float(size.max()) <= 0.4 + 1e-12
        assert float(size.min()) > 0.05
        assert found.shape == x.shape and not found.requires_grad


def test_more_steps_find_what_a_grid_finds():
    """In the plane, the worst of 201 x 201 points of a small square."""
    with seeded(3):
        net = mlp(2, 32, 2).double()
        for p in net.parameters():
            nn.init.normal_(p)
    x, y = draw(4, 12, 2), torch.arange(12) % 2
    side = torch.linspace(-0.25, 0.25, 101, dtype=torch.float64)
    grid = torch.cartesian_prod(side, side)

    def losses(at):
        return cross_entropy(net(at), y, reduction="none").detach()

    every = torch.stack([losses(x + g) for g in grid[::1]])
    worst = every.amax(0)
    one = losses(fgsm(net, x, y, eps=0.25, limits=WIDE))
    ten = losses(pgd(net, x, y, eps=0.25, steps=40, limits=WIDE))
    assert (ten <= worst + 1e-3).all() and (one <= worst + 1e-3).all()
    assert float((ten / worst).mean()) > 0.97
    assert float(ten.mean()) >= float(one.mean()) > float(losses(x).mean())


def test_examples_are_attacked_apart():
    with seeded(5):
        net = mlp(3, 8, 2).double()
    x, y = draw(6, 4, 3), torch.tensor([0, 1, 1, 0])
    alone = torch.cat([pgd(net, x[i : i + 1], y[i : i + 1], eps=0.2) for i in range(4)])
    torch.testing.assert_close(pgd(net, x, y, eps=0.2), alone)


def test_a_random_start_depends_on_its_generator_alone():
    x, y = torch.full((3, 5), 0.5), torch.zeros(3).long()
    starts = [
        pgd(
            lambda a: a[:, :2], x, y, eps=0.1, step=0.0, generator=torch.Generator().manual_seed(s)
        )
        for s in (0, 0, 1)
    ]
    assert torch.equal(starts[0], starts[1]) and not torch.equal(starts[0], starts[2])
    assert np.ptp((starts[0] - x).numpy()) > 0.1


def test_bad_input_is_told_what_was_expected():
    x, y = torch.zeros(1, 2), torch.zeros(1).long()
    with pytest.raises(ValueError, match="at least 0; got -1"):
        fgsm(nn.Identity(), x, y, eps=-1)
    with pytest.raises(ValueError, match="'max', 'euclidean'; got 'l1'"):
        pgd(nn.Identity(), x, y, eps=1, norm="l1")
    with pytest.raises(ValueError, match="steps must be at least 1; got 0"):
        pgd(nn.Identity(), x, y, eps=1, steps=0)
