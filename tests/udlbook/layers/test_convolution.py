"""Oracles: torch's convolutions with the same weights, sums written out in loops, transposes."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from udlbook.layers import (
    Conv1d,
    Conv2d,
    ConvTranspose2d,
    conv1d,
    conv2d,
    conv_transpose1d,
    conv_transpose2d,
    output_size,
    patches,
)
from udlbook.seeding import seeded

few = settings(deadline=None, max_examples=25, derandomize=True)


def draw(seed, *shape):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64, requires_grad=True)


def equal(ours, theirs, *leaves):
    """Values, and gradients of a random weighting of them, agree to 1e-10."""
    torch.testing.assert_close(ours, theirs, atol=1e-10, rtol=1e-10)
    weighting = torch.randn(ours.shape, dtype=ours.dtype, generator=torch.Generator())
    got = torch.autograd.grad(ours, leaves, weighting)
    want = torch.autograd.grad(theirs, leaves, weighting)
    for g, w in zip(got, want, strict=True):
        torch.testing.assert_close(g, w, atol=1e-10, rtol=1e-10)


CASES = [  # kernel, stride, padding, dilation, groups
    (3, 1, 0, 1, 1),
    (1, 1, 0, 1, 1),
    (5, 2, 2, 1, 1),
    (3, 3, 1, 2, 2),
    (2, 1, 3, 3, 4),
    (4, 2, 1, 1, 2),
]


@pytest.mark.parametrize(("k", "s", "p", "d", "g"), CASES)
def test_conv1d_is_torchs_with_its_gradients(k, s, p, d, g):
    x, weight, bias = draw(0, 2, 4, 17), draw(1, 8, 4 // g, k), draw(2, 8)
    options = dict(stride=s, padding=p, dilation=d, groups=g)
    leaves = x, weight, bias
    equal(conv1d(*leaves, **options), F.conv1d(*leaves, **options), *leaves)
    back = draw(3, 4, 8 // g, k)
    theirs = F.conv_transpose1d(x, back, None, **options)
    equal(conv_transpose1d(x, back, None, **options), theirs, x, back)


@pytest.mark.parametrize(("k", "s", "p", "d", "g"), CASES)
def test_conv2d_is_torchs_with_its_gradients(k, s, p, d, g):
    options = dict(stride=(s, 1), padding=(p, 1), dilation=(1, d), groups=g)
    x = draw(0, 2, 4, 11, 13)
    leaves = x, draw(1, 8, 4 // g, k, 2), draw(2, 8)
    equal(conv2d(*leaves, **options), F.conv2d(*leaves, **options), *leaves)
    options = dict(stride=s, padding=p, dilation=d, groups=g)
    weight = draw(1, 8, 4 // g, k, k)
    equal(conv2d(x, weight, **options), F.conv2d(x, weight, **options), x, weight)


@pytest.mark.parametrize(("k", "s", "p", "d", "g"), CASES)
def test_transposed_conv2d_is_torchs_with_its_gradients(k, s, p, d, g):
    options = dict(stride=s, padding=p, dilation=d, groups=g, output_padding=s - 1)
    x, weight, bias = draw(0, 2, 4, 6, 5), draw(1, 4, 8 // g, k, k), draw(2, 8)
    theirs = F.conv_transpose2d(x, weight, bias, **options)
    equal(conv_transpose2d(x, weight, bias, **options), theirs, x, weight, bias)


def test_conv1d_is_its_sum_written_out():
    x, weight, bias = (
        t.detach().numpy() for t in (draw(0, 1, 2, 9), draw(1, 3, 2, 3), draw(2, 3))
    )
    s, p, d = 2, 2, 2
    got = conv1d(*map(torch.from_numpy, (x, weight, bias)), stride=s, padding=p, dilation=d)
    want = np.zeros((1, 3, 5))
    for o in range(3):
        for i in range(5):
            want[0, o, i] = bias[o]
            for c in range(2):
                for k in range(3):
                    j = s * i + d * k - p
                    want[0, o, i] += weight[o, c, k] * x[0, c, j] if 0 <= j < 9 else 0.0
    np.testing.assert_allclose(got.numpy(), want, atol=1e-12)


@few
@given(
    st.integers(1, 3), st.integers(1, 3), st.integers(0, 2), st.integers(1, 2), st.integers(5, 9)
)
def test_the_transposed_convolution_is_the_transpose(k, s, p, d, n):
    """<conv x, y> = <x, conv_transpose y> for all x and y."""
    x, weight = draw(0, 1, 2, n, n), draw(1, 3, 2, k, k)
    options = dict(stride=s, padding=p, dilation=d)
    out = conv2d(x, weight, **options)
    y = draw(2, *out.shape)
    lost = (n + 2 * p - d * (k - 1) - 1) % s  # entries that the stride never reaches
    back = conv_transpose2d(y, weight, output_padding=lost, **options)
    assert back.shape == x.shape
    torch.testing.assert_close((out * y).sum(), (x * back).sum())


@few
@given(st.integers(-9, 9), st.integers(-9, 9), st.integers(0, 99), st.sampled_from([1, 2]))
def test_shifting_the_input_shifts_the_output(down, right, seed, dilation):
    """On a torus, where nothing leaves the picture, convolution and shifts commute."""
    x, weight = draw(seed, 1, 2, 8, 7), draw(seed + 1, 3, 2, 3, 3)

    def on_a_torus(a):
        return conv2d(F.pad(a, [dilation] * 4, mode="circular"), weight, dilation=dilation)

    moved = torch.roll(x, (down, right), dims=(2, 3))
    want = torch.roll(on_a_torus(x), (down, right), dims=(2, 3))
    torch.testing.assert_close(on_a_torus(moved), want, atol=1e-12, rtol=1e-12)


@few
@given(st.integers(1, 4), st.integers(0, 99))
def test_with_stride_two_only_even_shifts_commute(shift, seed):
    x, weight = draw(seed, 1, 1, 12), draw(seed + 1, 1, 1, 3)

    def strided(a):
        return conv1d(F.pad(a, [1, 1], mode="circular"), weight, stride=2)

    moved = strided(torch.roll(x, shift, dims=2))
    commutes = torch.allclose(moved, torch.roll(strided(x), shift // 2, dims=2))
    assert commutes == (shift % 2 == 0)


@pytest.mark.parametrize(("k", "d", "s"), [(3, 1, 1), (2, 4, 1), (4, 2, 2)])
def test_a_causal_convolution_sees_nothing_later(k, d, s):
    weight = draw(1, 1, 1, k)
    x = draw(0, 12)
    jacobian = torch.autograd.functional.jacobian(
        lambda a: conv1d(a[None, None], weight, dilation=d, stride=s, causal=True)[0, 0], x
    )
    assert jacobian.shape == (12 // s, 12)
    for i, row in enumerate(jacobian):
        seen = torch.nonzero(row)[:, 0].tolist()
        assert seen == [j for j in range(s * i - d * (k - 1), s * i + 1, d) if j >= 0]


@few
@given(
    st.integers(1, 9), st.integers(1, 4), st.integers(1, 3), st.integers(0, 2), st.integers(1, 3)
)
def test_output_size_is_that_of_torch(n, k, s, p, d):
    want = 0
    if n + 2 * p >= d * (k - 1) + 1:
        options = dict(stride=s, padding=p, dilation=d)
        want = F.conv1d(torch.zeros(1, 1, n), torch.zeros(1, 1, k), **options).shape[-1]
    assert output_size(n, k, s, p, d) == want


def test_patches_are_torchs_unfold():
    x = draw(0, 2, 3, 7, 8)
    got = patches(x, (3, 2), stride=(2, 1), padding=(1, 0), dilation=(1, 2))
    want = F.unfold(x, (3, 2), stride=(2, 1), padding=(1, 0), dilation=(1, 2))
    torch.testing.assert_close(got.permute(0, 1, 4, 5, 2, 3).reshape(want.shape), want)


@pytest.mark.parametrize(
    ("ours", "theirs", "shape", "options"),
    [
        (Conv1d, nn.Conv1d, (2, 4, 9), dict(stride=2, padding=1, groups=2)),
        (Conv2d, nn.Conv2d, (2, 4, 9, 7), dict(dilation=2, bias=False)),
        (ConvTranspose2d, nn.ConvTranspose2d, (2, 4, 5, 5), dict(stride=2, output_padding=1)),
    ],
)
def test_modules_are_torchs_with_copied_weights(ours, theirs, shape, options):
    mine, other = ours(4, 6, 3, **options).double(), theirs(4, 6, 3, **options).double()
    mine.load_state_dict(other.state_dict())
    x = draw(0, *shape)
    torch.testing.assert_close(mine(x), other(x), atol=1e-10, rtol=1e-10)
    assert ("bias" in dict(mine.named_parameters())) == options.get("bias", True)


def test_new_weights_keep_the_mean_square_through_a_relu():
    with seeded(0):
        layer = Conv2d(32, 64, 5, padding=2, groups=2)
    assert layer.weight.std().item() == pytest.approx((2 / (16 * 25)) ** 0.5, rel=0.02)
    assert not layer.bias.any()
    assert "groups=2" in repr(layer)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: conv2d(torch.zeros(2, 3, 4), torch.zeros(1, 3, 1, 1)),
            r"x must have shape \(B, C",
        ),
        (lambda: conv1d(torch.zeros(1, 3, 4), torch.zeros(1, 2, 1)), "x must have 2 channels"),
        (lambda: conv1d(torch.zeros(1, 1, 4), torch.zeros(1, 1, 5)), "must fit into .* 4 entries"),
        (
            lambda: conv1d(torch.zeros(1, 1, 4), torch.zeros(2, 1, 1), torch.zeros(3)),
            r"bias must have shape \(2,\); got \(3,\)",
        ),
        (
            lambda: conv1d(torch.zeros(1, 4, 4), torch.zeros(3, 2, 1), groups=2),
            "groups must divide the channels; got 2 groups of 4 inputs and 3 outputs",
        ),
        (
            lambda: conv1d(torch.zeros(1, 1, 4), torch.zeros(1, 1, 1), padding=1, causal=True),
            "padding must be 0 in a causal convolution; got 1",
        ),
        (
            lambda: conv2d(torch.zeros(1, 1, 4, 4), torch.zeros(1, 1, 1, 1), stride=0),
            "stride must be at least 1; got 0",
        ),
        (
            lambda: conv2d(torch.zeros(1, 1, 4, 4), torch.zeros(1, 1, 1, 1), padding=(1, 1, 1)),
            "padding must be one number, or 2",
        ),
        (
            lambda: conv_transpose2d(
                torch.zeros(1, 1, 4, 4), torch.zeros(1, 1, 3, 3), output_padding=1
            ),
            "output_padding must be smaller than stride",
        ),
        (
            lambda: conv_transpose2d(torch.zeros(1, 1, 1, 1), torch.zeros(1, 1, 2, 2), padding=1),
            "padding must leave an output",
        ),
        (lambda: patches(torch.zeros(1, 4), 2), "x must have shape"),
        (lambda: Conv2d(3, 4, 3, groups=2), "groups must divide"),
        (lambda: Conv2d(3, 4, 0), "the smallest size must be at least 1; got 0"),
        (lambda: Conv1d(3, 4, (3, 3)), "kernel must be one number, or 1"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
