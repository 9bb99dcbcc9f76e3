"""Oracles: the paper's parameter count, convolutions written out in NumPy loops, shifted input."""

import numpy as np
import pytest
import torch
from torch import nn

from udlbook.seeding import seeded
from udlbook.vision import PooledCNN, StridedCNN


def array(tensor):
    return tensor.detach().numpy().astype(np.float64)


def convolve(x, weight, bias, stride, padding):
    """Cross-correlation by loops. Shapes: x (C, L), weight (K, C, W) -> (K, L')."""
    x = np.pad(x, ((0, 0), (padding, padding)))
    width = weight.shape[2]
    starts = range(0, x.shape[1] - width + 1, stride)
    return np.array(
        [
            [(w * x[:, s : s + width]).sum() + b for s in starts]
            for w, b in zip(weight, bias, strict=True)
        ]
    )


def count(model):
    return sum(p.numel() for p in model.parameters())


def test_strided_cnn_has_the_papers_5210_parameters():
    counted = (25 * 5 + 25) + 2 * (25 * 25 * 3 + 25) + (125 * 10 + 10)
    assert count(StridedCNN()) == counted == 5210


def test_strided_cnn_is_the_papers_formula():
    with seeded(0):
        model, x = StridedCNN(channels=3), torch.randn(2, 40)
    for i in range(2):
        h = array(x[i])[None]
        for layer in (0, 2, 4):
            conv = model.conv[layer]
            h = np.maximum(convolve(h, array(conv.weight), array(conv.bias), 2, 1), 0)
        want = array(model.out.weight) @ h.ravel() + array(model.out.bias)
        np.testing.assert_allclose(array(model(x))[i], want, atol=1e-5)


def test_pooled_cnn_is_its_formula():
    with seeded(1):
        model, x = PooledCNN(channels=(3, 4, 2)), torch.randn(2, 21)
        for module in model.modules():
            if isinstance(module, nn.BatchNorm1d):
                for tensor in (module.weight, module.bias, module.running_mean):
                    nn.init.normal_(tensor)
                nn.init.uniform_(module.running_var, 0.5, 2)
    model.eval()
    for i in range(2):
        h = array(x[i])[None]
        for layer, stride in ((0, 1), (3, 2), (6, 1)):
            conv, norm = model.conv[layer], model.conv[layer + 1]
            h = convolve(h, array(conv.weight), np.zeros(conv.out_channels), stride, 2)
            h = (h.T - array(norm.running_mean)) / np.sqrt(array(norm.running_var) + norm.eps)
            h = np.maximum(h * array(norm.weight) + array(norm.bias), 0).T
        want = array(model.out.weight) @ h.max(axis=1) + array(model.out.bias)
        np.testing.assert_allclose(array(model(x))[i], want, atol=1e-5)


def test_pooled_cnn_does_not_see_where_a_pulse_stands_and_the_strided_one_does():
    with seeded(2):
        pooled, strided = PooledCNN().eval(), StridedCNN().eval()
    x = torch.zeros(2, 40)
    x[0, 14:18] = torch.tensor([1.0, -2.0, 3.0, 1.0])
    x[1] = x[0].roll(6)  # an even shift, because of the stride
    torch.testing.assert_close(pooled(x)[0], pooled(x)[1])
    assert (strided(x)[0] - strided(x)[1]).abs().max() > 1e-3


def test_pooled_cnn_size_is_stated():
    convolutions = 32 * 5 + 32 * 64 * 5 + 64 * 48 * 5
    assert count(PooledCNN()) == convolutions + 2 * (32 + 64 + 48) + 48 * 10 + 10


def test_bad_input_is_named():
    with pytest.raises(ValueError, match=r"x must have shape \(B, 40\); got \(7, 39\)"):
        StridedCNN()(torch.zeros(7, 39))
    with pytest.raises(ValueError, match=r"x must have shape \(B, L\); got \(7, 1, 40\)"):
        PooledCNN()(torch.zeros(7, 1, 40))
    with pytest.raises(ValueError, match="kernel must be odd, to be centred; got 4"):
        PooledCNN(kernel=4)
