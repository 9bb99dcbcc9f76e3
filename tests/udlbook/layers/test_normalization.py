"""Oracles: torch's normalizations with copied weights; means and variances by NumPy."""

import copy

import numpy as np
import pytest
import torch
from torch import nn

from udlbook.layers import BatchNorm, LayerNorm, RMSNorm
from udlbook.seeding import seeded


def rough(module):
    """Copy with random gains and biases: new ones are 1 and 0, and hide errors."""
    with seeded(0):
        for p in module.double().parameters():
            nn.init.normal_(p)
    return module


def equal(ours, theirs, x, *pairs):
    torch.testing.assert_close(ours, theirs, atol=1e-10, rtol=1e-10)
    weighting = torch.randn(ours.shape, dtype=ours.dtype, generator=torch.Generator())
    got = torch.autograd.grad(ours, [x, *(p for p, _ in pairs)], weighting)
    want = torch.autograd.grad(theirs, [x, *(p for _, p in pairs)], weighting)
    for g, w in zip(got, want, strict=True):
        torch.testing.assert_close(g, w, atol=1e-10, rtol=1e-10)


@pytest.mark.parametrize(
    ("theirs", "shape"),
    [(nn.BatchNorm1d, (6, 3)), (nn.BatchNorm1d, (4, 3, 5)), (nn.BatchNorm2d, (4, 3, 5, 2))],
)
def test_batch_norm_is_torchs_in_training_and_in_evaluation(theirs, shape):
    ours, theirs = rough(BatchNorm(3, tiny=1e-3, momentum=0.3)), theirs(3, 1e-3, 0.3).double()
    theirs.weight, theirs.bias = map(copy.deepcopy, (ours.gain, ours.bias))
    pairs = (ours.gain, theirs.weight), (ours.bias, theirs.bias)
    generator = torch.Generator().manual_seed(1)
    for step in range(3):  # each batch differs in mean and in scale
        x = torch.randn(shape, dtype=torch.float64, generator=generator) * (step + 1) + step
        x.requires_grad_()
        equal(ours(x), theirs(x), x, *pairs)
    torch.testing.assert_close(ours.mean, theirs.running_mean)
    torch.testing.assert_close(ours.var, theirs.running_var)
    ours.eval(), theirs.eval()
    equal(ours(x), theirs(x), x, *pairs)
    before = ours.mean.clone()
    ours(x + 1)
    torch.testing.assert_close(ours.mean, before)


def test_batch_norm_takes_out_mean_and_scale_of_each_channel():
    x = 5 + 3 * torch.randn(7, 2, 4, 4, dtype=torch.float64)
    y = BatchNorm(2).double()(x).detach().numpy()
    np.testing.assert_allclose(y.mean(axis=(0, 2, 3)), 0, atol=1e-12)
    np.testing.assert_allclose(y.var(axis=(0, 2, 3)), 1, atol=1e-4)


def test_layer_norm_is_torchs():
    ours, theirs = rough(LayerNorm(5, tiny=1e-3)), nn.LayerNorm(5, eps=1e-3).double()
    theirs.weight, theirs.bias = map(copy.deepcopy, (ours.gain, ours.bias))
    x = torch.randn(2, 3, 5, dtype=torch.float64, requires_grad=True)
    equal(ours(x), theirs(x), x, (ours.gain, theirs.weight), (ours.bias, theirs.bias))


def test_rms_norm_is_torchs():
    ours, theirs = rough(RMSNorm(5, tiny=1e-3)), nn.RMSNorm(5, eps=1e-3).double()
    theirs.weight = copy.deepcopy(ours.gain)
    x = torch.randn(2, 3, 5, dtype=torch.float64, requires_grad=True)
    equal(ours(x), theirs(x), x, (ours.gain, theirs.weight))


def test_an_example_depends_on_its_neighbours_in_batch_norm_training_alone():
    x = torch.randn(4, 3, dtype=torch.float64)
    others = torch.cat([x[:1], x[1:] + 1])

    def moved(norm):
        return not torch.allclose(norm(x)[0], norm(others)[0])

    batch = BatchNorm(3).double()
    assert moved(batch)
    assert not moved(batch.eval())
    assert not moved(LayerNorm(3).double())
    assert not moved(RMSNorm(3).double())


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: BatchNorm(3)(torch.zeros(4, 2)),
            r"x must have shape \(B, 3, ...\); got \(4, 2\)",
        ),
        (lambda: BatchNorm(3)(torch.zeros(3)), "x must have shape"),
        (lambda: BatchNorm(3)(torch.zeros(1, 3)), "2 values a channel or more; got 1"),
        (lambda: BatchNorm(3, momentum=2), "momentum must be between 0 and 1; got 2"),
        (lambda: BatchNorm(0), "channels must be at least 1; got 0"),
        (lambda: LayerNorm(3)(torch.zeros(4, 2)), r"x must have shape \(..., 3\); got \(4, 2\)"),
        (lambda: RMSNorm(3)(torch.tensor(1.0)), r"x must have shape \(..., 3\); got \(\)"),
        (lambda: LayerNorm(0), "features must be at least 1"),
        (lambda: RMSNorm(0), "features must be at least 1"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
