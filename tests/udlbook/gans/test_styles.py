"""Oracles: torch's instance norm, grouped convolutions with weights made per image, NumPy loops.

Moments of random layers; the layers of ``udlbook.layers``; steps of Adam.
"""

import math

import numpy as np
import pytest
import torch
from torch import nn

from udlbook.gans.styles import (
    EqualConv2d,
    EqualLinear,
    InstanceNorm,
    adain,
    instance_norm,
    leaky,
    minibatch_std,
    modulated_conv2d,
    pixel_norm,
    upsample,
)
from udlbook.layers import conv2d
from udlbook.seeding import seeded


def normal(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def with_gradients(f, *inputs):
    """Output of f and its gradients, along a fixed random direction."""
    inputs = [a.clone().requires_grad_() for a in inputs]
    y = f(*inputs)
    return [y, *torch.autograd.grad((y * normal(*y.shape, seed=9)).sum(), inputs)]


def assert_same(f, g, *inputs):
    for a, b in zip(with_gradients(f, *inputs), with_gradients(g, *inputs), strict=True):
        torch.testing.assert_close(a, b, atol=1e-10, rtol=1e-10)


def test_instance_norm_is_torchs_forward_and_backward():
    x = 3 * normal(2, 3, 4, 5) + 1
    assert_same(instance_norm, nn.functional.instance_norm, x)
    torch.testing.assert_close(InstanceNorm()(x), instance_norm(x))


def test_adain_gives_the_moments_it_is_told():
    x, scale, shift = 5 * normal(2, 3, 8, 8) - 2, normal(2, 3, seed=1), normal(2, 3, seed=2)
    y = adain(x, scale, shift).numpy()
    np.testing.assert_allclose(y.mean(axis=(2, 3)), shift, atol=1e-12)
    np.testing.assert_allclose(y.std(axis=(2, 3)), scale.abs(), rtol=1e-5)
    # Mean and scale of the image that came in are gone.
    torch.testing.assert_close(adain(7 * x + 3, scale, shift), adain(x, scale, shift), atol=1e-4,
                               rtol=0)  # fmt: skip


def test_pixel_norm_in_loops():
    x = normal(2, 3, 2, 2).numpy()
    want = np.empty_like(x)
    for b, i, j in np.ndindex(2, 2, 2):
        v = x[b, :, i, j]
        want[b, :, i, j] = v / math.sqrt(sum(a * a for a in v) / 3)
    np.testing.assert_allclose(pixel_norm(torch.from_numpy(x)), want, rtol=1e-6)
    np.testing.assert_allclose(pixel_norm(normal(5, 7)).square().sum(1), 7, rtol=1e-6)


@pytest.mark.parametrize("demodulate", [True, False])
def test_modulating_activations_is_modulating_weights(demodulate):
    """The paper's way: a weight for each image, in one grouped convolution."""
    B, C, O = 3, 4, 5  # noqa: E741

    def paper(x, weight, style):
        w = weight[None] * style[:, None, :, None, None]  # equation 1
        if demodulate:
            w = w / torch.sqrt((w**2).sum(dim=(2, 3, 4), keepdim=True) + 1e-8)  # equation 3
        y = nn.functional.conv2d(
            x.reshape(1, B * C, *x.shape[2:]), w.reshape(B * O, C, 3, 3), padding=1, groups=B
        )
        return y.reshape(B, O, *x.shape[2:])

    def ours(x, weight, style):
        return modulated_conv2d(x, weight, style, demodulate=demodulate, padding=1)

    assert_same(ours, paper, normal(B, C, 6, 5), normal(O, C, 3, 3, seed=1), normal(B, C, seed=2))


def test_demodulation_keeps_unit_variance_whatever_the_style():
    x, weight = normal(64, 8, 6, 6), normal(4, 8, 3, 3, seed=1)
    for factor in (0.01, 1.0, 100.0):
        style = factor * torch.exp(normal(1, 8, seed=2)).expand(64, 8)
        y = modulated_conv2d(x, weight, style)
        torch.testing.assert_close(y.std(dim=(0, 2, 3)), torch.ones(4).double(), atol=0.1, rtol=0)
    loud = modulated_conv2d(x, weight, style, demodulate=False)
    assert loud.std() > 100


def test_equal_layers_are_plain_layers_with_scaled_weights():
    with seeded(0):
        dense, conv = EqualLinear(6, 4, bias=1.5, rate=0.1).double(), EqualConv2d(3, 4, 3).double()
        nn.init.normal_(dense.bias)
        nn.init.normal_(conv.bias)
    weight = dense.weight.detach().numpy() * 0.1 / np.sqrt(6)
    want = normal(5, 6).numpy() @ weight.T + 0.1 * dense.bias.detach().numpy()
    np.testing.assert_allclose(dense(normal(5, 6)).detach(), want)
    x = normal(2, 3, 5, 4)
    assert_same(conv, lambda a: conv2d(a, conv.weight / 27**0.5, conv.bias, padding=1), x)
    torch.testing.assert_close(EqualLinear(2, 3, bias=1.5, rate=0.1)(torch.zeros(2)),
                               torch.full((3,), 1.5))  # fmt: skip
    assert EqualConv2d(3, 2, 1, bias=False).bias is None


def test_equal_layers_start_with_unit_variance():
    with seeded(0):
        dense, conv = EqualLinear(400, 300, rate=0.01), EqualConv2d(50, 60, 3)
    x = normal(200, 400).float()
    assert abs(dense(x).var() - 1) < 0.05
    y = conv(normal(8, 50, 8, 8).float())[:, :, 1:-1, 1:-1]
    assert abs(y.var() - 1) < 0.05


def test_the_rate_slows_a_step_of_adam():
    """Adam moves every stored number by lr in its first step."""
    moved = []
    for rate in (1.0, 0.01):
        layer = EqualLinear(4, 3, rate=rate).double()
        x, before = normal(2, 4), layer(normal(2, 4)).detach()
        adam = torch.optim.Adam(layer.parameters(), lr=1e-3)
        layer(x).sum().backward()
        adam.step()
        moved.append((layer(x) - before).abs().mean().item())
    assert moved[1] == pytest.approx(0.01 * moved[0], rel=1e-4)


def test_minibatch_std_in_loops():
    x = normal(6, 2, 3, 3)
    y = minibatch_std(x, group=3)
    torch.testing.assert_close(y[:, :2], x)
    for g in range(2):
        members = x[[g, g + 2, g + 4]].numpy()
        want = np.mean([np.std(members[:, c, i, j]) for c, i, j in np.ndindex(2, 3, 3)])
        np.testing.assert_allclose(y[[g, g + 2, g + 4], 2], want, rtol=1e-6)
    alike = minibatch_std(x[:1].expand(4, -1, -1, -1), group=4)
    assert alike[:, 2].max() <= 1.001e-4  # the root of the tiny number


def test_leaky_keeps_the_mean_square_and_upsampling_keeps_ramps():
    x = normal(100_000)
    torch.testing.assert_close(leaky(torch.tensor([-1.0, 2.0])) / math.sqrt(2),
                               torch.tensor([-0.2, 2.0]))  # fmt: skip
    assert abs(leaky(x).square().mean() - 1.04) < 0.02
    ramp = torch.arange(4.0).expand(1, 1, 4, 4)
    np.testing.assert_allclose(upsample(ramp)[0, 0, 3, 1:7], [0.25, 0.75, 1.25, 1.75, 2.25, 2.75])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: pixel_norm(torch.zeros(3)), r"x must have shape \(B, C, ...\); got \(3,\)"),
        (lambda: instance_norm(torch.zeros(1, 2, 1, 1)), "2 pixels or more"),
        (lambda: instance_norm(torch.zeros(2, 3)), "x must have shape"),
        (lambda: adain(torch.zeros(2, 3, 4, 4), torch.ones(2, 4), torch.ones(2, 3)), "scale must"),
        (lambda: adain(torch.zeros(2, 3, 4, 4), torch.ones(2, 3), torch.ones(1, 3)), "shift must"),
        (
            lambda: modulated_conv2d(
                torch.zeros(2, 3, 4, 4), torch.ones(5, 3, 3, 3), torch.ones(1, 3)
            ),
            r"style must have shape \(2, 3\)",
        ),
        (
            lambda: modulated_conv2d(
                torch.zeros(2, 3, 4, 4), torch.ones(5, 2, 3, 3), torch.ones(2, 3)
            ),
            "weight must",
        ),
        (lambda: minibatch_std(torch.zeros(5, 1, 2, 2), group=2), "group must divide"),
        (lambda: EqualLinear(3, 2, rate=0.0), "rate must be positive"),
        (lambda: EqualLinear(0, 2), "smaller size"),
        (lambda: EqualConv2d(1, 1, 2), "kernel must be odd"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
