"""Oracles: torch.linalg.svdvals, torch's spectral_norm, the convolution's own matrix."""

import numpy as np
import pytest
import torch
from torch import nn

from udlbook.gans import SpectralNorm, spectral_norm
from udlbook.layers import Conv2d, mlp
from udlbook.seeding import seeded


def draw(seed, *shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (4, 2, 3, 3), (1, 6)])
def test_sigma_is_the_largest_singular_value(shape):
    weight = draw(0, *shape)
    with seeded(0):
        norm = SpectralNorm(weight, n_steps=300)
    want = torch.linalg.svdvals(weight.flatten(1))[0]
    out = norm(weight)
    torch.testing.assert_close(norm.sigma(weight), want)
    torch.testing.assert_close(out, weight / want)


def test_one_step_and_its_gradient_are_those_of_torch():
    """Torch steps in the other order, which is ours for the transposed matrix."""
    layer = nn.Linear(4, 3).double()
    with seeded(0):
        layer = torch.nn.utils.parametrizations.spectral_norm(layer)
        W = layer.parametrizations.weight.original
        ours = SpectralNorm(W.T)
    theirs = layer.parametrizations.weight[0]
    ours.u, ours.v = theirs._v.clone(), theirs._u.clone()
    weighting = draw(1, 3, 4)
    for _ in range(3):
        a, b = ours(W.T).T, layer.weight
        torch.testing.assert_close(a, b, atol=1e-10, rtol=1e-10)
        got = torch.autograd.grad(a, W, weighting)[0]
        want = torch.autograd.grad(b, W, weighting)[0]
        torch.testing.assert_close(got, want, atol=1e-10, rtol=1e-10)


def test_the_gradient_is_that_of_the_formula():
    W, G = draw(2, 4, 3).requires_grad_(), draw(3, 4, 3)
    with seeded(1):
        norm = SpectralNorm(W, n_steps=500)
    (got,) = torch.autograd.grad(norm(W), W, G)
    U, S, Vh = torch.linalg.svd(W.detach())
    want = (G - (G * W.detach() / S[0]).sum() * torch.outer(U[:, 0], Vh[0])) / S[0]
    torch.testing.assert_close(got, want)


def test_vectors_move_in_training_alone_and_are_saved():
    with seeded(2):
        layer = spectral_norm(nn.Linear(6, 5))
    assert {k.split(".")[-1] for k in layer.state_dict()} == {"bias", "original", "u", "v"}
    norm = layer.parametrizations.weight[0]
    with torch.no_grad():
        layer.parametrizations.weight.original += draw(3, 5, 6).float()
    before = norm.u.clone()
    layer.eval()
    _ = layer.weight
    assert torch.equal(norm.u, before)
    layer.train()
    _ = layer.weight
    assert not torch.equal(norm.u, before)


def test_a_normalized_network_stretches_nothing():
    with seeded(3):
        net = mlp(3, 16, 16, 1).double()
        for p in net.parameters():
            nn.init.normal_(p)
        spectral_norm(net, n_steps=200)
    net(draw(4, 1, 3))
    x, y = draw(5, 500, 3), draw(6, 500, 3)
    with torch.no_grad():
        ratio = (net(x) - net(y)).norm(dim=1) / (x - y).norm(dim=1)
    assert float(ratio.max()) <= 1 + 1e-9


def test_a_convolution_may_stretch_more_but_not_more_than_its_patches():
    with seeded(4):
        conv = Conv2d(2, 3, 3, padding=1, bias=False).double()
        spectral_norm(conv, n_steps=300)
    conv.eval()
    eye = torch.eye(2 * 36, dtype=torch.float64).reshape(-1, 2, 6, 6)
    with torch.no_grad():
        own = torch.linalg.svdvals(conv(eye).flatten(1))[0]
    assert 1 < float(own) <= 3


def test_a_zero_step_start_is_unit_length():
    with seeded(5):
        norm = SpectralNorm(draw(7, 5, 4))
    np.testing.assert_allclose([float(norm.u.norm()), float(norm.v.norm())], 1)


def test_bad_input_is_told_what_was_expected():
    with pytest.raises(ValueError, match=r"two axes or more; got \(3,\)"):
        SpectralNorm(torch.zeros(3))
    with pytest.raises(ValueError, match="at least 1; got 0"):
        SpectralNorm(torch.zeros(3, 3), 0)
    with pytest.raises(ValueError, match="linear or convolutional"):
        spectral_norm(nn.ReLU())
