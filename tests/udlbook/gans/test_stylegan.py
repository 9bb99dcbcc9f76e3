"""Oracles: the synthesis written out layer by layer, zero patterns of derivatives, counted sizes.

Path length: singular values of a linear generator's matrix; straight lines of a linear one.
"""

import itertools
import math

import numpy as np
import pytest
import torch

from udlbook.gans.path_length import PathLength, path_lengths, perceptual_path_length, slerp
from udlbook.gans.stylegan import Mapping, StyleDiscriminator, StyleGenerator, StyleLayer, ToImage
from udlbook.gans.styles import EqualLinear
from udlbook.seeding import seeded


def normal(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def rough(seed=0, **options):
    """A small float64 generator whose biases and noise strengths are not zero."""
    with seeded(seed):
        net = StyleGenerator(**{"size": 8, "channels": 5, "w_dim": 6, **options}).double()
        for name, p in net.named_parameters():
            if name.endswith(("bias", "strength")):
                torch.nn.init.normal_(p, mean=p.mean().item(), std=0.3)
    return net.eval()


STYLES = pytest.mark.parametrize("style", ["modulated", "adain"])


@pytest.mark.parametrize(("size", "sizes"), [(4, [2, 4, 4]), (8, [2, 4, 4, 8, 8])])
def test_sizes_of_the_layers(size, sizes):
    net = rough(size=size, colours=3)
    assert net.sizes == sizes and net.n_layers == len(sizes)
    assert net(normal(2, 6)).shape == (2, 3, size, size)
    assert StyleGenerator(1024, 2, 2).n_layers == 19  # the paper's 17 from 4 x 4, two for 2 x 2


def double(a):
    """Upsampling by straight lines, one axis after the other: weights 3/4 and 1/4."""
    for axis in (2, 3):
        n = a.shape[axis]
        index = np.arange(n)
        near, before, after = (
            a.index_select(axis, torch.as_tensor(i))
            for i in (index, np.maximum(index - 1, 0), np.minimum(index + 1, n - 1))
        )
        parts = torch.stack([0.75 * near + 0.25 * before, 0.75 * near + 0.25 * after], axis + 1)
        a = parts.flatten(axis, axis + 1)
    return a


def by_hand(net, w, noise, style):
    """The image, image by image and layer by layer, with weights scaled as in the paper."""

    def conv(x, weight):
        k = weight.shape[-1] // 2
        wide = torch.nn.functional.pad(x, (k, k, k, k))
        cut = wide.unfold(2, 2 * k + 1, 1).unfold(3, 2 * k + 1, 1)
        return torch.einsum("bchwij,ocij->bohw", cut, weight)

    def dense(layer, v):
        return v @ layer.weight.T / math.sqrt(layer.weight.shape[1]) + layer.bias

    images = []
    for b in range(len(w)):
        x, image = net.constant[None], None
        for i, layer in enumerate(net.layers):
            if i in (1, 3):
                x = double(x)
            weight = layer.conv.weight / math.sqrt(layer.conv.weight[0].numel())
            a, bias = dense(layer.affine, w[b, i]), layer.bias[None, :, None, None]
            e = layer.strength * noise[i][b : b + 1]
            if style == "modulated":
                scaled = weight * a[None, :, None, None]
                scaled = scaled / scaled.pow(2).sum(dim=(1, 2, 3), keepdim=True).sqrt()
                x = conv(x, scaled) + e + bias
                x = torch.where(x > 0, x, 0.2 * x) * math.sqrt(2)
            else:
                x = conv(x, weight) + e + bias
                x = torch.where(x > 0, x, 0.2 * x) * math.sqrt(2)
                flat = x.flatten(2)
                flat = flat - flat.mean(2, keepdim=True)
                flat = flat / (flat.var(2, unbiased=False, keepdim=True) + 1e-5).sqrt()
                scale, shift = 1 + a[:5, None], a[5:, None]
                x = (flat * scale + shift).reshape(x.shape)
            if i in (0, 2, 4):
                out = net.to_image[i // 2]
                a = dense(out.affine, w[b, i])
                weight = out.conv.weight / math.sqrt(5) * a[None, :, None, None]
                new = conv(x, weight) + out.bias[None, :, None, None]
                image = new if image is None else double(image) + new
        images.append(image)
    return torch.cat(images)


@STYLES
def test_synthesis_is_the_one_written_out(style):
    net = rough(style=style)
    w, noise = normal(2, 5, 6), net.noise(2, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(
        net.synthesize(w, noise), by_hand(net, w, noise, style), atol=1e-6, rtol=1e-6
    )


def test_mapping_forgets_the_length_of_z_and_is_the_one_written_out():
    with seeded(0):
        net = Mapping(4, 2, rate=0.1).double().eval()
        torch.nn.init.normal_(net.layers[0].bias)
    z = normal(5, 4)
    torch.testing.assert_close(net(3 * z), net(z), atol=1e-6, rtol=0)
    h = z.numpy() / np.sqrt((z.numpy() ** 2).mean(axis=1, keepdims=True))
    for layer in net.layers:
        h = 0.05 * h @ layer.weight.detach().numpy().T + 0.1 * layer.bias.detach().numpy()
        h = np.sqrt(2) * np.where(h > 0, h, 0.2 * h)
    np.testing.assert_allclose(net(z).detach(), h, atol=1e-7)


def test_the_mean_of_w_follows_in_training_only():
    with seeded(0):
        net = Mapping(4, 1, decay=0.9).double()
    w = net(normal(50, 4))
    torch.testing.assert_close(net.mean, 0.1 * w.mean(dim=0).detach())
    net.eval()(normal(50, 4, seed=1))
    torch.testing.assert_close(net.mean, 0.1 * w.mean(dim=0).detach())


@STYLES
def test_a_style_acts_from_its_layer_on(style):
    """The output of layer i does not depend on the styles of later layers."""
    net = rough(style=style)
    noise, seen = net.noise(1, generator=torch.Generator().manual_seed(0)), []
    hooks = [m.register_forward_hook(lambda m, a, y: seen.append(y)) for m in net.layers]
    w = normal(1, 5, 6).requires_grad_()
    net.synthesize(w, noise)
    for i, y in enumerate(seen):
        (slope,) = torch.autograd.grad(y.square().sum() + y.sum(), w, retain_graph=True)
        used = slope[0].abs().sum(dim=1) > 1e-9
        assert used.tolist() == [j <= i for j in range(5)]
    for hook in hooks:
        hook.remove()


def test_without_noise_strength_noise_does_nothing():
    with seeded(0):
        net = StyleGenerator(4, 3, 4).eval()
        z = torch.randn(3, 4)
    torch.testing.assert_close(net(z), net(z), atol=0, rtol=0)
    torch.nn.init.constant_(net.layers[2].strength, 1.0)
    first, second = (net(z, generator=torch.Generator().manual_seed(s)) for s in (1, 2))
    assert (first - second).abs().max() > 0.1
    same = net(z, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(first, same, atol=0, rtol=0)


def test_noise_can_be_shared():
    net = rough()
    shared = net.noise(3, generator=torch.Generator().manual_seed(0), per_image=False)
    assert [tuple(e.shape) for e in shared] == [(3, 1, s, s) for s in net.sizes]
    assert all((e == e[:1]).all() for e in shared)
    own = net.noise(3, generator=torch.Generator().manual_seed(0))
    assert all((a[0] != a[1]).all() for a in own)


def test_truncation_goes_from_the_mean_to_all_of_w():
    net, z = rough(), normal(4, 6)
    net.mapping.mean.copy_(normal(6, seed=5))
    noise = net.noise(4, generator=torch.Generator().manual_seed(0))
    average = net.synthesize(net.mapping.mean.expand(4, 6), noise)
    torch.testing.assert_close(net(z, truncation=0.0, noise=noise), average)
    torch.testing.assert_close(
        net(z, truncation=1.0, noise=noise), net.synthesize(net.mapping(z), noise)
    )
    w = net.mapping(z)
    shrunk = net.truncate(w, 0.3) - net.mapping.mean
    torch.testing.assert_close(shrunk, 0.3 * (w - net.mapping.mean))


def test_mixing_takes_the_layers_it_is_told():
    net, a, b = rough(), normal(3, 6), normal(3, 6, seed=1)
    mixed = net.mix(a, b, [0, 3])
    for i in range(5):
        torch.testing.assert_close(mixed[:, i], b if i in (0, 3) else a)
    torch.testing.assert_close(net.mix(a, b, slice(None)), b[:, None].expand(3, 5, 6))


def test_crossover_happens_at_its_rate_at_every_layer():
    net, n = rough(), 6000
    a, b = torch.zeros(n, 6), torch.ones(n, 6)
    taken = net.crossover(a, b, 0.75, torch.Generator().manual_seed(0))[:, :, 0]
    assert (taken[:, 1:] >= taken[:, :-1]).all()  # once the second style has come, it stays
    first = 5 - taken.sum(dim=1).long()  # 5: never
    share = torch.bincount(first, minlength=6) / n
    want = torch.tensor([0, *[0.75 / 4] * 4, 0.25])
    assert (share - want).abs().max() < 4 * math.sqrt(0.25 / n)
    assert not net.crossover(a, b, 0.0, torch.Generator()).any()


def test_the_critic_counts_its_sizes_and_sees_sameness():
    with seeded(0):
        net, blind = StyleDiscriminator(8, 6).double(), StyleDiscriminator(8, 6, group=1).double()
    x = normal(4, 1, 8, 8)
    assert net(x).shape == (4,) and len(net.first) == 2
    alone = [blind(x[i : i + 1]) for i in range(4)]
    torch.testing.assert_close(blind(x), torch.cat(alone))
    alike = x[:1].expand(4, -1, -1, -1)
    torch.testing.assert_close(net(alike), net(alike)[:1].expand(4))
    assert (net(x)[0] - net(alike)[0]).abs() > 1e-4
    # With images of the batch in another order, logits follow.
    torch.testing.assert_close(net(x[[2, 0, 3, 1]]), net(x)[[2, 0, 3, 1]])


def linear_generator(seed=0, dim=3):
    A = normal(2 * 4 * 4, dim, seed=seed)
    return A, lambda w: (w @ A.T).reshape(-1, 2, 4, 4)


def test_path_lengths_of_a_linear_generator_are_those_of_its_matrix():
    A, make = linear_generator()
    w = normal(20_000, 3).requires_grad_()
    lengths = path_lengths(make(w), w, generator=torch.Generator().manual_seed(0))
    want = np.sum(np.linalg.svd(A.numpy(), compute_uv=False) ** 2) / 16
    assert lengths.square().mean().item() == pytest.approx(want, rel=0.03)
    per_layer = normal(20_000, 2, 3).requires_grad_()
    both = path_lengths(
        make(per_layer.sum(1)), per_layer, generator=torch.Generator().manual_seed(0)
    )
    torch.testing.assert_close(both, lengths)  # the mean over two equal layers


def test_the_penalty_is_the_variance_around_its_mean_and_can_be_differentiated():
    A, make = linear_generator()
    A.requires_grad_()
    w = normal(6, 3).requires_grad_()
    penalty = PathLength(decay=0.75).double()
    value = penalty(make(w), w, generator=torch.Generator().manual_seed(1))
    # With one direction y for each image, the lengths are |A^T y| / 4.
    y = torch.empty(6, 2, 4, 4, dtype=torch.float64).normal_(
        generator=torch.Generator().manual_seed(1)
    )
    lengths = (y.flatten(1) @ A).norm(dim=1) / 4
    mean = 0.25 * lengths.mean()
    torch.testing.assert_close(penalty.mean, mean.detach())
    want = ((lengths - mean.detach()) ** 2).mean()
    torch.testing.assert_close(value, want)
    got, by_hand = (torch.autograd.grad(v, A, retain_graph=True)[0] for v in (value, want))
    torch.testing.assert_close(got, by_hand)


def test_slerp_walks_the_great_circle_at_constant_speed():
    a, b = 3 * normal(5, 4), normal(5, 4, seed=1)
    points = torch.stack([slerp(a, b, t) for t in np.linspace(0, 1, 9)])
    torch.testing.assert_close(points.norm(dim=2), torch.ones(9, 5).double())
    steps = (points[1:] - points[:-1]).norm(dim=2)
    torch.testing.assert_close(steps, steps[:1].expand(8, 5))
    torch.testing.assert_close(points[0], a / a.norm(dim=1, keepdim=True))
    torch.testing.assert_close(points[-1], b / b.norm(dim=1, keepdim=True))


def test_perceptual_path_length_of_straight_and_round_walks():
    A, make = linear_generator(dim=4)
    a, b, t = normal(6, 4), normal(6, 4, seed=1), torch.full((6, 1), 0.3).double()

    def features(x):
        return x.flatten(1)

    got = perceptual_path_length(make, features, a, b, how="lerp", t=t)
    torch.testing.assert_close(got, ((b - a) @ A.T).square().sum(1))
    got = perceptual_path_length(make, features, a, b, how="slerp", t=t, step=1e-5)
    u, v = (c / c.norm(dim=1, keepdim=True) for c in (a, b))
    angle = torch.acos((u * v).sum(1, keepdim=True))
    speed = angle * (angle * 0.7).cos() * -u + angle * (angle * 0.3).cos() * v
    want = (speed / angle.sin() @ A.T).square().sum(1)
    torch.testing.assert_close(got, want, rtol=1e-4, atol=0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: StyleGenerator(6), "size must be 4, 8, 16"),
        (lambda: StyleGenerator(2), "size must be"),
        (lambda: StyleLayer(2, 2, 2, style="plain"), "style must be one of"),
        (lambda: rough()(normal(2, 5)), r"z must have shape \(B, 6\)"),
        (lambda: rough().synthesize(normal(2, 4, 6)), "w must have shape"),
        (lambda: rough().synthesize(normal(2, 6), [normal(2, 1, 2, 2)]), "noise must be 5"),
        (lambda: rough().mix(normal(2, 6), normal(3, 6), [0]), "other must"),
        (lambda: StyleDiscriminator(8)(torch.zeros(4, 1, 4, 4)), "x must have shape"),
        (lambda: StyleDiscriminator(8)(torch.zeros(3, 1, 8, 8)), "group must divide"),
        (lambda: path_lengths(normal(2, 1, 2, 2), normal(3, 2)), "w must have shape"),
        (lambda: PathLength(1.5), "decay must be between"),
        (lambda: slerp(normal(2, 3), normal(3, 3), 0.5), "b must"),
        (
            lambda: perceptual_path_length(
                abs, abs, normal(2, 3), normal(2, 3), how="walk", t=normal(2, 1)
            ),
            "how must be",
        ),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_parts_have_the_sizes_of_the_paper():
    layer, out = StyleLayer(8, 6, 4), ToImage(6, 3, 4)
    assert layer.conv.weight.shape == (6, 8, 3, 3) and out.conv.weight.shape == (3, 6, 1, 1)
    assert isinstance(layer.affine, EqualLinear) and layer.affine.weight.shape == (8, 4)
    assert StyleLayer(8, 6, 4, style="adain").affine.weight.shape == (12, 4)
    assert list(itertools.chain(layer.bias.tolist(), [layer.strength.item()])) == [0] * 7
