"""Oracles: torch.distributions, closed forms, autograd's Jacobian, integrals on grids, SciPy."""

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from udlbook.gans import (
    ChainNet,
    MixtureNet,
    NoisyNet,
    PushNet,
    SquareNet,
    normal_log_prob,
    normal_quantiles,
)
from udlbook.seeding import seeded

DTYPE = torch.float64


def rough(make, seed=0, std=0.6):
    """A float64 module with random parameters; a new one may be the identity and hide errors."""
    with seeded(seed):
        net = make().double()
        for p in net.parameters():
            torch.nn.init.normal_(p, std=std)
    return net


def randn(*shape, seed=0):
    return torch.randn(*shape, dtype=DTYPE, generator=torch.Generator().manual_seed(seed))


def plane(reach=8.0, step=0.1):
    axis = torch.arange(-reach, reach, step, dtype=DTYPE) + step / 2  # middles of cells
    return torch.cartesian_prod(axis, axis), step**2


def test_normal_log_prob_is_torchs():
    x, mu, log_sigma = randn(3, 5, 4)
    want = torch.distributions.Normal(mu, log_sigma.exp()).log_prob(x).sum(dim=-1)
    torch.testing.assert_close(normal_log_prob(x, mu, log_sigma), want)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 3), st.integers(1, 3), st.integers(1, 4), st.integers(0, 99))
def test_a_mixture_has_torchs_density(inputs, dim, k, seed):
    net = rough(lambda: MixtureNet(inputs, dim, k, hidden=6), seed)
    given_, x = randn(7, inputs, seed=seed), randn(7, dim, seed=seed + 1)
    logits, mu, log_sigma = net.parameters_of(given_)
    want = torch.distributions.MixtureSameFamily(
        torch.distributions.Categorical(logits=logits),
        torch.distributions.Independent(torch.distributions.Normal(mu, log_sigma.exp()), 1),
    ).log_prob(x)
    torch.testing.assert_close(net.log_prob(x, given_), want)


def test_parameters_follow_the_input_and_the_floor_holds():
    net = rough(lambda: MixtureNet(2, 1, 3, hidden=6))
    a, b = net.parameters_of(randn(2, 2))[1]
    assert (a - b).abs().max() > 1e-3
    with torch.no_grad():
        net.bias[-3:] = -50
    assert float(net.parameters_of(randn(2, 2))[2].detach().min()) == pytest.approx(math.log(1e-3))


def test_samples_of_a_mixture_have_its_distribution_function():
    net = MixtureNet(0, 1, 3).double()
    with torch.no_grad():
        net.bias.copy_(torch.tensor([0.0, 1.0, -0.5, -2.0, 0.5, 3.0, -1.0, 0.2, 0.0]))
    x = net.sample(4000, generator=torch.Generator().manual_seed(0))[:, 0].numpy()
    share = np.exp([0.0, 1.0, -0.5])
    share /= share.sum()

    def cdf(t):
        each = stats.norm.cdf(t[:, None], [-2.0, 0.5, 3.0], np.exp([-1.0, 0.2, 0.0]))
        return each @ share

    assert stats.kstest(x, cdf).pvalue > 1e-3


def test_a_chain_is_a_product_of_its_factors_and_integrates_to_one():
    net = rough(lambda: ChainNet(2, 3, hidden=6), std=0.4)
    x = randn(9, 2)
    first, second = net.factors
    want = first.log_prob(x[:, :1]) + second.log_prob(x[:, 1:], x[:, :1])
    torch.testing.assert_close(net.log_prob(x), want)
    table, cell = plane()
    with torch.no_grad():
        assert float(net.log_prob(table).exp().sum() * cell) == pytest.approx(1, abs=1e-3)


def test_samples_of_a_chain_fall_into_cells_as_its_density_says():
    net = rough(lambda: ChainNet(2, 2, hidden=6), seed=3, std=0.5)
    x = net.sample(20_000, generator=torch.Generator().manual_seed(0)).numpy()
    table, cell = plane()
    p = (net.log_prob(table).exp() * cell).detach().reshape(160, 160)
    edges = np.array([-8, -1, -0.3, 0.3, 1, 8.0])
    cells = [np.searchsorted(edges, a, side="right") for a in (x[:, 0], x[:, 1])]
    counts = np.zeros((7, 7))
    np.add.at(counts, tuple(cells), 1)
    assert counts[[0, -1]].sum() + counts[:, [0, -1]].sum() == 0
    at = np.searchsorted(edges, table[::160, 0].numpy())
    want = np.zeros((7, 7))
    np.add.at(want, np.ix_(at, at), p.numpy())
    np.testing.assert_allclose(counts / 20_000, want, atol=0.02)


def test_a_pushed_linear_map_gives_the_normal_of_its_covariance():
    net = PushNet(3, 2, hidden=()).double()
    x = net.sample(20_000, generator=torch.Generator().manual_seed(0)).numpy()
    W = net.net[0].weight.detach().numpy()
    np.testing.assert_allclose(x.mean(axis=0), net.net[0].bias.detach().numpy(), atol=0.02)
    np.testing.assert_allclose(np.cov(x.T), W @ W.T, atol=0.02)


def test_gradients_flow_through_draws_but_not_through_samples():
    net = PushNet(2, 2)
    assert net.draw(4).requires_grad and not net.sample(4).requires_grad
    g = torch.Generator()
    torch.testing.assert_close(
        net.draw(4, generator=g.manual_seed(1)), net.sample(4, generator=g.manual_seed(1))
    )


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 4), st.integers(1, 4), st.integers(0, 99))
def test_the_way_back_and_the_change_of_volume_are_autograds(dim, depth, seed):
    with seeded(seed):
        net = SquareNet(dim, depth).double()
        for layer in net.layers:
            torch.nn.init.normal_(layer.bias)
            layer.weight.data *= 1 + 0.2 * torch.rand(())
    z = randn(1, dim, seed=seed)
    x, logdet = net(z)
    J = torch.autograd.functional.jacobian(lambda a: net(a[None])[0][0], z[0])
    torch.testing.assert_close(logdet[0], torch.linalg.slogdet(J).logabsdet)
    back, logdet_back = net.inverse(x)
    torch.testing.assert_close(back, z)
    torch.testing.assert_close(logdet_back, -logdet)


def test_a_square_net_has_a_density_that_integrates_to_one_and_is_normal_if_linear():
    with seeded(1):
        net = SquareNet(2, 3).double()
        for layer in net.layers:
            torch.nn.init.normal_(layer.bias, std=0.5)
    table, cell = plane(reach=10.0, step=0.05)
    with torch.no_grad():
        assert float(net.log_prob(table).exp().sum() * cell) == pytest.approx(
            1, abs=6e-3
        )  # it jumps at kinks
    line = SquareNet(2, 1).double()
    with torch.no_grad():
        line.layers[0].weight.copy_(torch.tensor([[2.0, 1.0], [0.0, 0.5]]))
    W, b = line.layers[0].weight.detach(), line.layers[0].bias.detach()
    want = torch.distributions.MultivariateNormal(b, W @ W.T).log_prob(table[::997])
    torch.testing.assert_close(line.log_prob(table[::997]), want)


def linear_noisy(dtype=DTYPE):
    """x = A z + b + sigma noise: a normal with covariance A A' + sigma^2 I."""
    net = NoisyNet(1, 2, hidden=()).to(dtype)
    A, b, sigma = torch.tensor([[1.2], [-0.5]]).to(dtype), torch.tensor([0.3, 1.0]).to(dtype), 0.6
    with torch.no_grad():
        net.net[0].weight.copy_(A)
        net.net[0].bias.copy_(b)
        net.log_sigma.fill_(math.log(sigma))
    cov = A @ A.T + sigma**2 * torch.eye(2, dtype=dtype)
    return net, torch.distributions.MultivariateNormal(b, cov)


def test_the_infinite_mixture_of_a_linear_net_is_the_normal_of_the_closed_form():
    net, want = linear_noisy()
    x = randn(50, 2)
    by_grid = net.log_prob(x, normal_quantiles(4000, dtype=DTYPE))
    torch.testing.assert_close(by_grid, want.log_prob(x), atol=2e-4, rtol=0)
    samples = net.sample(20_000, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(samples.T.cov(), want.covariance_matrix, atol=0.04, rtol=0)
    torch.testing.assert_close(samples.mean(dim=0), want.loc, atol=0.03, rtol=0)


def test_drawn_latents_estimate_the_density_without_bias_and_its_log_from_below():
    net, want = linear_noisy()
    x = want.mean[None] + 1
    with torch.no_grad():
        log_p = torch.stack([net.log_prob(x, randn(8, 1, seed=i))[0] for i in range(4000)])
    p, truth = log_p.exp(), want.log_prob(x)[0]
    assert abs(p.mean() - truth.exp()) < 4 * p.std() / 4000**0.5
    gap = truth - log_p.mean()
    assert gap > 4 * log_p.std() / 4000**0.5
    # To leading order the gap is half the relative variance of the estimate.
    assert float(gap) == pytest.approx(float(p.var() / truth.exp() ** 2 / 2), rel=0.5)


@pytest.mark.parametrize("shared", [True, False])
def test_a_noisy_net_is_a_mean_of_torchs_normals_over_latents(shared):
    net = rough(lambda: NoisyNet(2, 3, (5,), shared=shared))
    z, x = randn(6, 2), randn(4, 3)
    out = net.net(z)
    mu, log_sigma = out[:, :3], net.log_sigma + (0 if shared else out[:, 3:])
    each = torch.distributions.Normal(mu, log_sigma.exp() * torch.ones(6, 3)).log_prob(x[:, None])
    torch.testing.assert_close(net.log_prob(x, z), each.sum(-1).exp().mean(dim=1).log())


def push_pair():
    for stretch in (1.0, 3.0):
        with seeded(1):
            yield list(PushNet(2, 2, (5,), stretch=stretch).parameters())


def test_stretch_multiplies_the_first_means_only():
    with seeded(0):
        plain = NoisyNet(2, 3, (5,), shared=False)
    with seeded(0):
        wide = NoisyNet(2, 3, (5,), shared=False, stretch=4.0)
    for i, (a, b) in enumerate(zip(*push_pair(), strict=True)):
        torch.testing.assert_close(b, (1 + 2 * (i == 2)) * a)
    ratio = wide.net[-1].weight / plain.net[-1].weight
    torch.testing.assert_close(ratio, torch.tensor([4.0] * 3 + [1.0] * 3)[:, None].expand(6, 5))


@pytest.mark.parametrize(("n", "dim"), [(7, 1), (4, 2), (3, 3)])
def test_quantiles_stand_one_in_each_box(n, dim):
    want = stats.norm.ppf((np.arange(n) + 0.5) / n)
    table = list(itertools.product(want, repeat=dim))
    np.testing.assert_allclose(normal_quantiles(n, dim, dtype=DTYPE), table, atol=1e-12)
    g = torch.Generator().manual_seed(0)
    moved = normal_quantiles(n, dim, generator=g, dtype=DTYPE)
    boxes = np.floor(stats.norm.cdf(moved) * n)
    assert sorted(map(tuple, boxes)) == list(itertools.product(range(n), repeat=dim))


def test_shifted_quantiles_give_unbiased_means():
    g = torch.Generator().manual_seed(0)
    means = [normal_quantiles(3, generator=g, dtype=DTYPE).exp().mean() for _ in range(4000)]
    error = np.std(means) / 4000**0.5
    assert abs(np.mean(means) - math.exp(0.5)) < 4 * error  # E exp(z) of a standard normal
    assert abs(float(normal_quantiles(3, dtype=DTYPE).exp().mean()) - math.exp(0.5)) > 4 * error


def test_a_generator_is_obeyed():
    for net in (MixtureNet(0, 2, 3), ChainNet(2), PushNet(2, 2), SquareNet(2), NoisyNet(1, 2)):
        a, b, c = (net.sample(5, generator=torch.Generator().manual_seed(s)) for s in (1, 1, 2))
        assert torch.equal(a, b) and not torch.equal(a, c)


def test_bad_input_is_named():
    with pytest.raises(ValueError, match=r"given must have shape \(B, 2\); got None"):
        MixtureNet(2, 1).log_prob(torch.zeros(3, 1))
    with pytest.raises(ValueError, match=r"given must have shape \(3, 2\); got \(4, 2\)"):
        MixtureNet(2, 1).log_prob(torch.zeros(3, 1), torch.zeros(4, 2))
    with pytest.raises(ValueError, match=r"x must have shape \(B, 1\); got \(3, 2\)"):
        MixtureNet(0, 1).log_prob(torch.zeros(3, 2))
    with pytest.raises(ValueError, match="n_components must be at least 1; got 0"):
        MixtureNet(0, 1, 0)
    with pytest.raises(ValueError, match=r"leak must be above 0 and at most 1; got 0"):
        SquareNet(2, leak=0)
    with pytest.raises(ValueError, match=r"z must have shape \(B, 2\); got \(3, 1\)"):
        PushNet(2, 2)(torch.zeros(3, 1))
    with pytest.raises(ValueError, match=r"x must have shape \(B, 2\); got \(3,\)"):
        NoisyNet(1, 2).log_prob(torch.zeros(3), torch.zeros(1, 1))
    with pytest.raises(ValueError, match=r"x must have shape \(B, 2\); got \(3, 1\)"):
        ChainNet(2).log_prob(torch.zeros(3, 1))
    with pytest.raises(ValueError, match="dim must be at least 1; got 0"):
        normal_quantiles(3, 0)
