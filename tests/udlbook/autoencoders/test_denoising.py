"""Oracles: quadrature of the posterior mean, autograd, scipy, closed forms, finite differences."""

import numpy as np
import pytest
import scipy.stats
import torch

from udlbook.autoencoders import (
    Autoencoder,
    ConvAutoencoder,
    KnownMixture,
    corrupt,
    deep_autoencoder,
    denoising_loss,
    fit_autoencoder,
    implied_score,
    reconstruction_loss,
)
from udlbook.layers import count_parameters
from udlbook.seeding import seeded


def gen(seed=0):
    return torch.Generator().manual_seed(seed)


MIXTURE = KnownMixture(
    torch.tensor([[0.0], [2.0], [-1.5]]).double(),
    torch.tensor([0.09, 0.25, 0.04]).double(),
    torch.tensor([0.5, 0.3, 0.2]).double(),
)


def test_normal_noise_has_its_mean_and_deviation():
    x = torch.linspace(-1, 1, 4).double().expand(20_000, 4)
    noise = corrupt(x, "normal", 0.3, generator=gen()) - x
    np.testing.assert_allclose(noise.mean(0), 0, atol=0.01)
    np.testing.assert_allclose(noise.std(0), 0.3, rtol=0.03)
    np.testing.assert_allclose(np.corrcoef(noise.T) - np.eye(4), 0, atol=0.03)


def test_masking_and_salt_hit_the_given_part_and_nothing_else():
    x = torch.full((20_000, 3), 0.4)
    masked = corrupt(x, "masking", 0.3, generator=gen(1))
    assert set(masked.unique().tolist()) == {0.0, x[0, 0].item()}
    np.testing.assert_allclose((masked == 0).double().mean(), 0.3, atol=0.01)
    salted = corrupt(x, "salt and pepper", 0.3, generator=gen(1), low=-1, high=2)
    for value, part in [(-1, 0.15), (2, 0.15), (x[0, 0].item(), 0.7)]:
        np.testing.assert_allclose((salted == value).double().mean(), part, atol=0.01)
    assert torch.equal(x, torch.full((20_000, 3), 0.4))  # the clean ones are as before


@pytest.mark.parametrize("kind", ["normal", "masking", "salt and pepper"])
def test_no_noise_changes_nothing_and_a_seed_repeats(kind):
    x = torch.rand(5, 4, generator=gen())
    assert torch.equal(corrupt(x, kind, 0.0, generator=gen()), x)
    a, b = (corrupt(x, kind, 0.5, generator=gen(3)) for _ in range(2))
    assert torch.equal(a, b) and not torch.equal(a, x)


def test_the_loss_compares_with_the_clean_example():
    x = torch.rand(6, 4, generator=gen())
    assert denoising_loss(lambda noisy: x, x, "normal", 1.0, generator=gen()) == 0
    noisy = corrupt(x, "masking", 0.5, generator=gen(2))
    loss = denoising_loss(lambda noisy: noisy, x, "masking", 0.5, generator=gen(2))
    torch.testing.assert_close(loss, ((noisy - x) ** 2).sum(1).mean())


@pytest.mark.parametrize("sigma", [0.2, 1.0])
def test_known_mixture_by_quadrature_over_the_clean_points(sigma):
    grid = np.linspace(-8, 9, 20_001)
    prior = sum(
        w * scipy.stats.norm.pdf(grid, m, np.sqrt(v))
        for w, m, v in zip(
            MIXTURE.weights.numpy(), MIXTURE.means[:, 0].numpy(), MIXTURE.var.numpy(), strict=True
        )
    )
    at = np.array([-2.0, 0.1, 0.9, 3.0])
    joint = prior * scipy.stats.norm.pdf(at[:, None], grid, sigma)
    x = torch.from_numpy(at)[:, None]
    total = joint.sum(1) * (grid[1] - grid[0])
    np.testing.assert_allclose(MIXTURE.log_prob(x, sigma), np.log(total), rtol=1e-9)
    mean = (joint * grid).sum(1) / joint.sum(1)
    np.testing.assert_allclose(MIXTURE.denoise(x, sigma)[:, 0], mean, rtol=1e-8)


def test_score_is_the_gradient_and_gives_the_denoiser():
    mixture = KnownMixture(
        torch.randn(5, 3, generator=gen(), dtype=torch.float64),
        0.1,
        torch.full((5,), 0.2).double(),
    )
    x = torch.randn(7, 3, generator=gen(1), dtype=torch.float64).requires_grad_()
    (slope,) = torch.autograd.grad(mixture.log_prob(x, 0.4).sum(), x)
    torch.testing.assert_close(mixture.score(x, 0.4), slope)
    tweedie = (mixture.denoise(x, 0.4) - x) / 0.4**2
    torch.testing.assert_close(tweedie, slope)
    torch.testing.assert_close(implied_score(lambda a: mixture.denoise(a, 0.4), x, 0.4), slope)


def test_one_normal_shrinks_towards_its_mean_by_the_share_of_signal():
    one = KnownMixture(torch.tensor([[1.0, -2.0]]).double(), 0.75)
    x = torch.tensor([[3.0, 0.0]]).double()
    torch.testing.assert_close(one.denoise(x, 0.5), one.means + 0.75 * (x - one.means))


def test_points_without_variance_answer_with_their_nearest_when_noise_is_small():
    points = torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 3.0]]).double()
    x = torch.tensor([[0.8, 0.1], [0.1, 2.0]]).double()
    torch.testing.assert_close(KnownMixture(points).denoise(x, 0.05), points[[1, 2]])


def test_samples_have_the_moments_of_the_mixture():
    x = MIXTURE.sample(40_000, generator=gen(5))
    w, m, v = MIXTURE.weights, MIXTURE.means[:, 0], MIXTURE.var
    mean = (w * m).sum()
    np.testing.assert_allclose(x.mean(), mean, atol=0.03)
    np.testing.assert_allclose(x.var(), (w * (v + m**2)).sum() - mean**2, rtol=0.03)


def test_deep_sizes_mirror_and_count_as_by_hand():
    ae = deep_autoencoder(6, 5, 2, squash=True)
    assert count_parameters(ae) == (6 * 5 + 5) + (5 * 2 + 2) + (2 * 5 + 5) + (5 * 6 + 6)
    x = torch.randn(4, 6, generator=gen())
    weights = [p for p in ae.parameters()]
    h = torch.relu(x @ weights[0].T + weights[1])
    z = h @ weights[2].T + weights[3]
    torch.testing.assert_close(ae.encode(x), z)
    h = torch.relu(z @ weights[4].T + weights[5])
    torch.testing.assert_close(ae(x), torch.sigmoid(h @ weights[6].T + weights[7]))


def test_convolutional_is_torchs_layers_with_the_same_weights():
    with seeded(0):
        ae = ConvAutoencoder(3, channels=(2, 4)).double()
    x = torch.rand(5, 8, 8, generator=gen(), dtype=torch.float64)
    e, d = ae.encoder, ae.decoder
    f = torch.nn.functional
    h = f.conv2d(x[:, None], e[1].weight, e[1].bias, stride=2, padding=1).relu()
    h = f.conv2d(h, e[3].weight, e[3].bias, stride=2, padding=1).relu()
    z = f.linear(h.flatten(1), e[6].weight, e[6].bias)
    torch.testing.assert_close(ae.encode(x), z)
    h = f.linear(z, d[0].weight, d[0].bias).relu().reshape(5, 4, 2, 2)
    h = f.conv_transpose2d(h, d[3].weight, d[3].bias, stride=2, padding=1).relu()
    h = f.conv_transpose2d(h, d[5].weight, d[5].bias, stride=2, padding=1)
    torch.testing.assert_close(ae(x), h[:, 0])
    assert ConvAutoencoder(3, size=16)(torch.zeros(2, 16, 16)).shape == (2, 16, 16)
    squashed = ConvAutoencoder(3, squash=True)(torch.zeros(2, 8, 8))
    assert 0 < squashed.min() and squashed.max() < 1


def test_reconstruction_loss_sums_over_an_example_and_averages_over_examples():
    x = torch.arange(12.0).reshape(2, 2, 3)
    loss = reconstruction_loss(torch.zeros_like(x), x)
    assert loss == (sum(i**2 for i in range(6)) + sum(i**2 for i in range(6, 12))) / 2


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: corrupt(torch.zeros(2, 2), "fog", 0.1, generator=gen()), "got 'fog'"),
        (lambda: corrupt(torch.zeros(2, 2), "masking", 1.5, generator=gen()), "between 0 and 1"),
        (lambda: corrupt(torch.zeros(2, 2), "normal", -1, generator=gen()), "got -1"),
        (lambda: implied_score(lambda a: a, torch.zeros(1, 2), 0), "sigma must be positive"),
        (lambda: KnownMixture(torch.zeros(2, 2), -1.0), "smallest variance"),
        (lambda: KnownMixture(torch.zeros(2, 2), 1.0, torch.tensor([0.5, 0.6])), "sum to 1"),
        (lambda: KnownMixture(torch.zeros(2, 2)).score(torch.zeros(1, 2), 0.0), "noisy variance"),
        (lambda: KnownMixture(torch.zeros(2, 2)).score(torch.zeros(1, 3), 1.0), r"\(B, 2\)"),
        (lambda: deep_autoencoder(3), "two or more"),
        (lambda: ConvAutoencoder(2, size=6), "multiple of 4; got 6"),
        (lambda: ConvAutoencoder(2)(torch.zeros(2, 64)), r"\(B, 8, 8\)"),
        (lambda: reconstruction_loss(torch.zeros(2, 3), torch.zeros(2, 4)), r"\(2, 4\)"),
    ],
)
def test_bad_input_is_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_fit_autoencoder_takes_the_steps_of_torchs_adam():
    x = torch.rand(4, 3, generator=gen())
    ours, theirs = (seeded_net() for _ in range(2))
    losses = fit_autoencoder(ours, x, steps=3, generator=gen(1), lr=0.1, size=4)
    opt = torch.optim.Adam(theirs.parameters(), lr=0.1)
    for step in range(3):  # a batch is the whole set, so the order does not matter
        opt.param_groups[0]["lr"] = 0.1 * (1 + np.cos(np.pi * step / 3)) / 2
        loss = ((theirs(x) - x) ** 2).sum() / 4
        np.testing.assert_allclose(losses[step], loss.item(), rtol=1e-5)
        opt.zero_grad()
        loss.backward()
        opt.step()
    torch.testing.assert_close(ours(x), theirs(x))
    other = fit_autoencoder(
        seeded_net(), x, steps=1, generator=gen(1), loss=lambda b: (b * 0 + ours(b)).sum() * 0 + 7
    )
    assert other == [7.0]


def seeded_net():
    with seeded(7):
        return deep_autoencoder(3, 4, 2)


def test_an_autoencoder_is_its_two_maps():
    ae = Autoencoder(torch.nn.Linear(3, 2), torch.nn.Linear(2, 3))
    x = torch.ones(1, 3)
    torch.testing.assert_close(ae(x), ae.decoder(ae.encoder(x)))
