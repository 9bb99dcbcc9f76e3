"""Oracles: the paper's layer shapes, torch's layers with the same weights, loops over places."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from udlbook.gans import (
    DCCritic,
    DCGenerator,
    SelfAttention2d,
    Sinusoids,
    planar_critic,
    planar_generator,
    small_weights,
)
from udlbook.layers import count_parameters
from udlbook.seeding import seeded


def draw(seed, *shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_the_papers_sizes():
    with seeded(0):
        G, D = DCGenerator.paper(), DCCritic.paper()
    with torch.no_grad():
        sizes = [tuple(m.shape[1:]) for m in G.maps(torch.zeros(2, 100))]
        image = G(torch.zeros(2, 100))
        assert D(image).shape == (2, 1)
    assert sizes == [(1024, 4, 4), (512, 8, 8), (256, 16, 16), (128, 32, 32), (3, 64, 64)]
    convs = 16 * (1024 * 512 + 512 * 256 + 256 * 128 + 128 * 3)
    norms = 2 * (1024 + 512 + 256 + 128)
    assert count_parameters(G) == 100 * 1024 * 16 + convs + norms + 3
    convs = 16 * (3 * 128 + 128 * 256 + 256 * 512 + 512 * 1024)
    assert count_parameters(D) == convs + 128 + 2 * (256 + 512 + 1024) + 1024 * 16 + 1


def test_the_generator_is_torchs_layers_one_after_the_other():
    with seeded(1):
        G = DCGenerator(3, (6, 4), 2).double()
        for p in G.parameters():
            nn.init.normal_(p)
    p = dict(G.named_parameters())
    z = draw(0, 5, 3).requires_grad_()
    h = (z @ p["project.weight"].T).reshape(5, 6, 2, 2)
    h = F.batch_norm(h, None, None, p["stages.0.0.gain"], p["stages.0.0.bias"], training=True)
    h = F.conv_transpose2d(h.relu(), p["stages.1.0.weight"], stride=2, padding=1)
    h = F.batch_norm(h, None, None, p["stages.1.1.gain"], p["stages.1.1.bias"], training=True)
    out = p["stages.2.0.weight"], p["stages.2.0.bias"]
    want = torch.tanh(F.conv_transpose2d(h.relu(), *out, stride=2, padding=1))
    got = G(z)
    torch.testing.assert_close(got, want, atol=1e-10, rtol=1e-10)
    a, b = (torch.autograd.grad((v**3).sum(), (z, p["project.weight"])) for v in (got, want))
    for x, y in zip(a, b, strict=True):
        torch.testing.assert_close(x, y, atol=1e-10, rtol=1e-8)


@pytest.mark.parametrize("norm", ["none", "batch"])
def test_the_critic_is_torchs_layers_one_after_the_other(norm):
    with seeded(2):
        D = DCCritic((4, 6), 2, norm=norm).double()
        for p in D.parameters():
            nn.init.normal_(p)
    p = dict(D.named_parameters())
    x = draw(1, 5, 2, 8, 8).requires_grad_()
    _, second = [k.split(".")[1] for k in p if k.endswith("weight") and "features" in k]
    h = F.conv2d(x, p["features.0.weight"], p["features.0.bias"], stride=2, padding=1)
    h = F.conv2d(
        F.leaky_relu(h, 0.2), p[f"features.{second}.weight"],
        p.get(f"features.{second}.bias") if norm == "none" else None, stride=2, padding=1,
    )  # fmt: skip
    if norm == "batch":
        h = F.batch_norm(h, None, None, p["features.3.gain"], p["features.3.bias"], training=True)
    want = F.linear(F.leaky_relu(h, 0.2).flatten(1), p["out.weight"], p["out.bias"])
    got = D(x)
    torch.testing.assert_close(got, want, atol=1e-10, rtol=1e-10)
    a, b = (torch.autograd.grad((v**2).sum(), x)[0] for v in (got, want))
    torch.testing.assert_close(a, b, atol=1e-9, rtol=1e-8)


def test_small_weights_and_spectral_norm():
    with seeded(3):
        D = DCCritic((32, 64), norm="spectral")
        G = DCGenerator()
    sigma = torch.linalg.svdvals(D.features[0].weight.detach().flatten(1))[0]
    assert 0.9 < float(sigma) < 1.1
    weights = torch.cat([m.weight.detach().flatten() for m in G.modules() if hasattr(m, "weight")])
    assert abs(float(weights.std()) - 0.02) < 0.001
    assert G(torch.zeros(2, 16)).shape == (2, 1, 8, 8)
    with seeded(3):
        scales = [float(DCCritic(norm=n).out.weight.detach().std()) for n in ("batch", "none")]
    assert scales[0] < 0.025 < scales[1]
    with seeded(3):
        layer = nn.Linear(200, 200)
        small_weights(layer, 0.5)
    assert abs(float(layer.weight.detach().std()) - 0.5) < 0.01
    assert not layer.bias.detach().any()


def test_self_attention_is_the_sum_over_places():
    with seeded(4):
        block = SelfAttention2d(6, 2).double()
    with torch.no_grad():
        block.gamma.fill_(0.7)
    x = draw(2, 2, 6, 3, 4)
    W = {k: getattr(block, k).weight.detach()[:, :, 0, 0] for k in "fghv"}
    want = x.clone()
    for b in range(2):
        columns = x[b].reshape(6, 12)
        for j in range(12):
            s = torch.stack(
                [(W["f"] @ columns[:, i]) @ (W["g"] @ columns[:, j]) for i in range(12)]
            )
            beta = s.exp() / s.exp().sum()
            o = W["v"] @ sum(beta[i] * (W["h"] @ columns[:, i]) for i in range(12))
            want[b, :, j // 4, j % 4] += 0.7 * o
    torch.testing.assert_close(block(x).detach(), want, atol=1e-10, rtol=1e-10)
    torch.testing.assert_close(block.weights(x).sum(2), torch.ones(2, 12).double())


def test_self_attention_is_torchs_with_its_gradients():
    with seeded(5):
        block = SelfAttention2d(8, 3).double()
    with torch.no_grad():
        block.gamma.fill_(-0.4)
    x = draw(3, 2, 8, 4, 4).requires_grad_()
    maps = {k: F.conv2d(x, getattr(block, k).weight).flatten(2).mT for k in "fgh"}
    mixed = F.scaled_dot_product_attention(maps["g"], maps["f"], maps["h"], scale=1.0)
    o = F.conv2d(mixed.mT.reshape(2, 3, 4, 4), block.v.weight)
    want, got = block.gamma * o + x, block(x)
    leaves = (x, block.f.weight, block.gamma)
    a, b = (torch.autograd.grad((v**2).sum(), leaves) for v in (got, want))
    for u, v in zip((got, *a), (want, *b), strict=True):
        torch.testing.assert_close(u, v, atol=1e-10, rtol=1e-10)


def test_a_new_block_changes_nothing_but_can_learn_to():
    with seeded(6):
        block = SelfAttention2d(16)
    x = draw(4, 2, 16, 4, 4).float()
    torch.testing.assert_close(block(x), x)
    assert block.f.weight.shape == (2, 16, 1, 1)
    (slope,) = torch.autograd.grad((block(x) ** 2).sum(), block.gamma)
    assert float(slope.abs()) > 1e-3


def test_planar_players_have_the_sizes_asked_for():
    G, D = planar_generator(3, 16, 2, dim=5), planar_critic(16, 3, dim=5, pack=2)
    assert D(G(torch.zeros(4, 3)).reshape(2, 10)).shape == (2, 1)
    assert count_parameters(G) == 4 * 16 + 17 * 16 + 17 * 5
    assert count_parameters(D) == 11 * 16 + 2 * 17 * 16 + 17
    normalized = planar_critic(normalized=True, sinusoids=4)
    assert all(hasattr(m, "parametrizations") for m in normalized if isinstance(m, nn.Linear))
    G, D = planar_generator(sinusoids=4), planar_critic(pack=3, sinusoids=4)
    assert D(G(torch.zeros(6, 2)).reshape(2, 6)).shape == (2, 1)
    assert count_parameters(G) == 11 * 128 + 129 * 128 + 129 * 2
    assert count_parameters(D) == (30 + 1) * 128 + 129 * 128 + 129


def test_sinusoids_are_those_of_each_point():
    with seeded(7):
        net = Sinusoids(2, 5, 10.0, points=2).double()
    rows = net.rows
    lengths = torch.tensor([2.0, 4, 6, 8, 10]).double()
    torch.testing.assert_close(rows.norm(dim=1), lengths, atol=1e-5, rtol=0)
    x = draw(8, 3, 4)
    out = net(x)
    for b in range(3):
        for k in range(2):
            point = x[b, 2 * k : 2 * k + 2]
            angle = torch.stack([row @ point for row in rows])
            want = torch.cat([point, angle.sin(), angle.cos()])
            torch.testing.assert_close(out[b, 12 * k : 12 * k + 12], want)
    assert not list(net.parameters())


def test_bad_input_is_told_what_was_expected():
    with pytest.raises(ValueError, match=r"z must have shape \(B, 16\); got \(2, 3\)"):
        DCGenerator()(torch.zeros(2, 3))
    with pytest.raises(ValueError, match=r"x must have shape \(B, 1, 8, 8\); got \(2, 1, 4, 4\)"):
        DCCritic()(torch.zeros(2, 1, 4, 4))
    with pytest.raises(ValueError, match="'batch', 'spectral' or 'none'; got 'layer'"):
        DCCritic(norm="layer")
    with pytest.raises(ValueError, match="at least 1; got 0"):
        DCGenerator(0)
    with pytest.raises(ValueError, match="doublings must be at least 1; got 0"):
        DCGenerator(channels=())
    with pytest.raises(ValueError, match=r"x must have shape \(B, 8, H, W\); got \(1, 4, 2, 2\)"):
        SelfAttention2d(8)(torch.zeros(1, 4, 2, 2))
    with pytest.raises(ValueError, match="at least 1; got 0"):
        planar_generator(depth=0)
    with pytest.raises(ValueError, match="at least 1; got 0"):
        planar_critic(pack=0)
    with pytest.raises(ValueError, match=r"shape \(B, 4\); got \(1, 2\)"):
        Sinusoids(2, 3, 1.0, points=2)(torch.zeros(1, 2))
    with pytest.raises(ValueError, match="points must be at least 1; got 0"):
        Sinusoids(2, 0, 1.0)
    with pytest.raises(ValueError, match="at least 0; got -1"):
        small_weights(nn.Linear(1, 1), -1)
