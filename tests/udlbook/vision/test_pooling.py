"""Oracles: torch's pooling, unpooling and interpolation, with their gradients."""

import pytest
import torch
from torch.nn import functional as F

from udlbook.vision import (
    MaxPool,
    max_pool2d,
    max_unpool2d,
    mean_pool2d,
    upsample_bilinear,
    upsample_nearest,
)


def draw(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=torch.float64, requires_grad=True)


def equal(ours, theirs, x):
    torch.testing.assert_close(ours, theirs, atol=1e-10, rtol=1e-10)
    weighting = draw(*ours.shape, seed=1).detach()
    (got,), (want,) = (
        torch.autograd.grad(y, x, weighting, retain_graph=True) for y in (ours, theirs)
    )
    torch.testing.assert_close(got, want, atol=1e-10, rtol=1e-10)


@pytest.mark.parametrize(("size", "stride"), [(2, None), (3, 2), (2, 1), (4, 3)])
def test_pooling_is_torchs(size, stride):
    x = draw(2, 3, 9, 8)
    values, places = max_pool2d(x, size, stride=stride)
    want, want_places = F.max_pool2d(x, size, stride, return_indices=True)
    equal(values, want, x)
    assert torch.equal(places, want_places)
    equal(mean_pool2d(x, size, stride=stride), F.avg_pool2d(x, size, stride), x)
    if stride is None:
        equal(MaxPool(size)(x), want, x)


def test_unpooling_is_torchs():
    x = draw(2, 3, 6, 8)
    values, places = max_pool2d(x, 2)
    equal(max_unpool2d(values, places, 6, 8), F.max_unpool2d(values, places, 2), x)


def test_a_maximum_of_two_windows_is_put_back_once():
    x = torch.zeros(1, 1, 3, 3)
    x[0, 0, 1, 1] = 5.0
    values, places = max_pool2d(x, 2, stride=1)
    assert values.tolist() == [[[[5.0, 5.0], [5.0, 5.0]]]]
    torch.testing.assert_close(max_unpool2d(values, places, 3, 3), x)


@pytest.mark.parametrize("factor", [1, 2, 3])
@pytest.mark.parametrize("size", [(4, 5), (1, 3)])
def test_upsampling_is_torchs(size, factor):
    x = draw(2, 3, *size)
    equal(upsample_nearest(x, factor), F.interpolate(x, scale_factor=factor), x)
    want = F.interpolate(x, scale_factor=factor, mode="bilinear", align_corners=False)
    equal(upsample_bilinear(x, factor), want, x)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: max_pool2d(x[0], 2), r"x must have shape \(B, C, H, W\)"),
        (lambda x: mean_pool2d(x, 9), "the kernel must fit into the padded input"),
        (lambda x: upsample_nearest(x, 0), "factor must be at least 1; got 0"),
        (lambda x: upsample_bilinear(x, 0), "factor must be at least 1; got 0"),
        (lambda x: max_unpool2d(x, torch.zeros(1), 4, 4), "places must have shape"),
        (
            lambda x: max_unpool2d(*max_pool2d(x, 2), 2, 2),
            "places must be between 0 and 3",
        ),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call(draw(1, 1, 4, 4).detach())
