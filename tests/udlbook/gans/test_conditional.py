"""Oracles: torch's layers with the same weights; zero patterns of Jacobians; sums by hand."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from udlbook.gans import ClassGenerator, PatchCritic, ProjectionCritic, UNetGenerator
from udlbook.seeding import seeded


def draw(seed, *shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("skips", [True, False])
def test_the_u_net_is_torchs_layers_with_shortcuts(skips):
    with seeded(0):
        net = UNetGenerator((3, 4, 5), 2, 1, skips=skips).double()
        for p in net.parameters():
            nn.init.normal_(p)
    p = dict(net.named_parameters())
    c = draw(0, 3, 2, 16, 8).requires_grad_()

    def norm(h, name):
        gain, bias = p[name + ".gain"], p[name + ".bias"]
        return F.batch_norm(h, None, None, gain, bias, training=True)

    def conv(h, name, up=False):
        f = F.conv_transpose2d if up else F.conv2d
        return f(h, p[name + ".weight"], p.get(name + ".bias"), stride=2, padding=1)

    a = F.leaky_relu(conv(c, "down.0.0"), 0.2)
    b = F.leaky_relu(norm(conv(a, "down.1.0"), "down.1.1"), 0.2)
    h = F.leaky_relu(norm(conv(b, "down.2.0"), "down.2.1"), 0.2)
    h = F.relu(norm(conv(h, "up.0.0", up=True), "up.0.1"))
    h = torch.cat([h, b], 1) if skips else h
    h = F.relu(norm(conv(h, "up.1.0", up=True), "up.1.1"))
    h = torch.cat([h, a], 1) if skips else h
    want = torch.tanh(conv(h, "up.2.0", up=True))
    got = net(c)
    assert got.shape == (3, 1, 16, 8)
    torch.testing.assert_close(got, want, atol=1e-9, rtol=1e-9)
    leaves = c, p["down.1.0.weight"]
    grads = [torch.autograd.grad((v**2).sum(), leaves) for v in (got, want)]
    for x, y in zip(*grads, strict=True):
        torch.testing.assert_close(x, y, atol=1e-8, rtol=1e-8)


def test_dropout_acts_in_training_alone():
    with seeded(1):
        net = UNetGenerator((4, 4), dropout=0.5).double()
        c = draw(1, 2, 1, 8, 8)
        assert not torch.equal(net(c), net(c))
        net.eval()
        assert torch.equal(net(c), net(c))


def test_a_patch_logit_sees_its_patch_alone():
    with seeded(2):
        net = PatchCritic((4,), 2).double()
    x = draw(2, 1, 1, 16, 16).requires_grad_()
    out = net(draw(3, 1, 1, 16, 16), x)
    assert out.shape == (1, 1, 7, 7)
    for i, j in [(0, 0), (3, 4)]:
        (slope,) = torch.autograd.grad(out[0, 0, i, j], x, retain_graph=True)
        rows = slope[0, 0].abs().sum(1).nonzero().flatten()
        columns = slope[0, 0].abs().sum(0).nonzero().flatten()
        # One halving (k = 4, s = 2, p = 1), then k = 4, s = 1, p = 1: 10 pixels, from 2 i - 3.
        for seen, k in ((rows, i), (columns, j)):
            assert (int(seen.min()), int(seen.max())) == (max(0, 2 * k - 3), 2 * k + 6)


def test_the_patch_critic_is_torchs_layers():
    with seeded(3):
        net = PatchCritic((4, 5), 3).double()
    p = dict(net.named_parameters())
    c, x = draw(4, 2, 1, 16, 16), draw(5, 2, 2, 16, 16)
    h = torch.cat([c, x], 1)
    for i in (0, 2):
        h = F.conv2d(h, p[f"net.{i}.weight"], p[f"net.{i}.bias"], stride=2, padding=1)
        h = F.leaky_relu(h, 0.2)
    want = F.conv2d(h, p["net.4.weight"], p["net.4.bias"], padding=1)
    torch.testing.assert_close(net(c, x), want, atol=1e-10, rtol=1e-10)


def test_the_class_stands_beside_the_noise():
    with seeded(4):
        net = ClassGenerator(4, 3, channels=(4, 4)).double()
    z, y = draw(6, 5, 3), torch.tensor([0, 3, 1, 2, 2])
    want = net.net(torch.cat([z, F.one_hot(y, 4).double()], 1))
    torch.testing.assert_close(net(z, y), want)
    assert "embed.weight" not in dict(net.named_parameters()) or not net.embed.weight.requires_grad
    with seeded(4):
        learned = ClassGenerator(4, 3, 6, channels=(4, 4))
    assert learned.embed.weight.requires_grad and learned.net.latent == 9
    a, b = (net.sample(y, generator=torch.Generator().manual_seed(s)) for s in (0, 0))
    assert torch.equal(a, b) and a.shape == (5, 1, 8, 8)


def test_the_projection_is_a_product_with_the_features():
    with seeded(5):
        net = ProjectionCritic(3, channels=(4, 5)).double()
        fresh = net(draw(7, 4, 1, 8, 8), torch.tensor([0, 1, 2, 0]))
        torch.testing.assert_close(fresh, net.net(draw(7, 4, 1, 8, 8)))
        nn.init.normal_(net.embed.weight)
    x, y = draw(7, 4, 1, 8, 8), torch.tensor([0, 1, 2, 0])
    got = net(x, y)
    for b in range(4):
        h = net.net.features(x[b : b + 1]).flatten()
        w = net.net.out.weight[0] + net.embed.weight[y[b]]
        torch.testing.assert_close(got[b, 0], h @ w + net.net.out.bias[0])


def test_bad_input_is_told_what_was_expected():
    with pytest.raises(ValueError, match="multiples of 4; got 6 x 8"):
        UNetGenerator()(torch.zeros(1, 1, 6, 8))
    with pytest.raises(ValueError, match=r"c must have shape \(B, 1, H, W\); got \(1, 2, 8, 8\)"):
        UNetGenerator()(torch.zeros(1, 2, 8, 8))
    with pytest.raises(ValueError, match="halvings must be at least 1; got 0"):
        PatchCritic(())
    with pytest.raises(ValueError, match=r"shape \(B, 2, H, W\); got \(1, 3, 8, 8\)"):
        PatchCritic()(torch.zeros(1, 2, 8, 8), torch.zeros(1, 1, 8, 8))
    with pytest.raises(ValueError, match=r"y must have shape \(2,\); got \(3,\)"):
        ClassGenerator()(torch.zeros(2, 16), torch.zeros(3).long())
    with pytest.raises(ValueError, match=r"y must have shape \(2,\); got \(1,\)"):
        ProjectionCritic()(torch.zeros(2, 1, 8, 8), torch.zeros(1).long())
