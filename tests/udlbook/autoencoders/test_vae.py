"""Oracles: torch.distributions, integrals on grids, autograd, finite differences, enumeration."""

import math

import pytest
import torch
from torch.distributions import Bernoulli, Normal, kl_divergence

from udlbook.autoencoders import (
    VAE,
    Code,
    active_units,
    activity,
    class_log_likelihoods,
    effective_samples,
    elbo,
    elbo_by_entropy,
    elbo_terms,
    iwae_bound,
    iwae_loss,
    kl_warm_up,
    labels,
    log_likelihood,
    log_weights,
    normal_kl,
    normal_log_prob,
    refine_posterior,
    vae_loss,
)
from udlbook.seeding import seeded

OUTPUTS = ("bernoulli", "normal", "learned", "each")


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def rough(output="bernoulli", *, dim=3, latents=2, condition=0, seed=0, sigma=0.7):
    """A model in float64 with weights large enough to matter, and data for it."""
    with seeded(seed):
        model = VAE(
            dim, latents, (5,), output=output, sigma=sigma, condition=condition,
            activation=torch.nn.Tanh,
        ).double()  # fmt: skip
        for p in model.parameters():
            if p.ndim:
                torch.nn.init.normal_(p, std=0.6)
        x = torch.rand(4, dim, dtype=torch.float64)
    return model, (x > 0.5).double() if output == "bernoulli" else x


def oracle_likelihood(model, x, z):
    """ln p(x|z) by torch.distributions."""
    out = model.decoder(z)
    if model.output == "bernoulli":
        return Bernoulli(logits=out).log_prob(x).sum(-1)
    if model.output == "each":
        mean, log_var = out[..., : model.dim], out[..., model.dim :]
        return Normal(mean, (log_var / 2).exp()).log_prob(x).sum(-1)
    return Normal(out, (model.log_var / 2).exp()).log_prob(x).sum(-1)


def grid_log_prob(model, x, width=7.0, n=241):
    """ln p(x) of a model with two latents, by a sum over a grid of z."""
    axis = torch.linspace(-width, width, n, dtype=x.dtype)
    z = torch.cartesian_prod(axis, axis)
    log_p = oracle_likelihood(model, x, z[:, None, :].expand(-1, len(x), -1))
    log_p = log_p + Normal(0.0, 1.0).log_prob(z).sum(-1)[:, None]
    return log_p.logsumexp(0) + 2 * math.log(float(axis[1] - axis[0]))


def test_normal_density_and_divergence_are_those_of_torch():
    mu, log_var, x = torch.randn(3, 50, dtype=torch.float64, generator=rng())
    q = Normal(mu, (log_var / 2).exp())
    torch.testing.assert_close(normal_log_prob(x, mu, log_var), q.log_prob(x))
    standard = Normal(torch.zeros_like(mu), 1.0)
    torch.testing.assert_close(normal_kl(mu, log_var), kl_divergence(q, standard))
    code = Code(mu, log_var)
    torch.testing.assert_close(code.log_prob(x), q.log_prob(x).sum())
    torch.testing.assert_close(code.kl(), normal_kl(mu, log_var))


def test_a_draw_has_the_moments_of_its_normal_and_carries_gradients():
    mu = torch.tensor([1.0, -2.0], dtype=torch.float64, requires_grad=True)
    log_var = torch.tensor([0.5, -1.0], dtype=torch.float64, requires_grad=True)
    z = Code(mu, log_var).sample(40_000, generator=rng())
    torch.testing.assert_close(z.mean(0), mu, atol=0.03, rtol=0)
    torch.testing.assert_close(z.var(0), log_var.exp(), atol=0.04, rtol=0)
    assert Code(mu, log_var).sample(generator=rng()).shape == (2,)
    (z**2).mean(0).sum().backward()  # E z^2 = mu^2 + exp(log_var)
    torch.testing.assert_close(mu.grad, 2 * mu.detach(), atol=0.05, rtol=0)
    torch.testing.assert_close(log_var.grad, log_var.detach().exp(), atol=0.05, rtol=0)


@pytest.mark.parametrize("output", OUTPUTS)
def test_likelihood_is_that_of_torch_distributions(output):
    model, x = rough(output)
    z = torch.randn(6, len(x), 2, dtype=torch.float64, generator=rng())
    torch.testing.assert_close(model.log_likelihood(x, z), oracle_likelihood(model, x, z))
    prior = Normal(0.0, 1.0).log_prob(z).sum(-1)
    torch.testing.assert_close(model.log_joint(x, z), oracle_likelihood(model, x, z) + prior)


def test_bernoulli_likelihood_survives_large_logits():
    model, x = rough()
    with torch.no_grad():
        model.decoder[-1].bias.fill_(800.0)
    log_p = model.log_likelihood(torch.zeros_like(x), torch.zeros(len(x), 2).double())
    assert torch.isfinite(log_p).all() and (log_p < -2300).all()


@pytest.mark.parametrize("output", OUTPUTS)
def test_the_three_forms_of_the_bound_agree_and_lie_below_the_likelihood(output):
    model, x = rough(output)
    n = 20_000
    many = x[:1].expand(n, -1)
    by_kl = elbo_terms(model, many, generator=rng(1)).elbo
    sampled = elbo_terms(model, many, sampled=True, generator=rng(2)).elbo
    entropy = elbo_by_entropy(model, many, generator=rng(3))
    exact = grid_log_prob(model, x[:1])
    for one in (by_kl, sampled, entropy):
        error = 4 * one.std() / math.sqrt(n)
        assert abs(one.mean() - by_kl.mean()) < error + 4 * by_kl.std() / math.sqrt(n)
        assert one.mean() - error < exact
    together = elbo(model, x, samples=n, generator=rng(4))[0]
    assert abs(together - by_kl.mean()) < 8 * by_kl.std() / math.sqrt(n)


@pytest.mark.parametrize("output", OUTPUTS)
def test_ln_p_is_bound_plus_divergence_from_the_posterior(output):
    model, x = rough(output)
    x = x[:1]
    axis = torch.linspace(-11, 11, 401, dtype=x.dtype)
    z, cell = torch.cartesian_prod(axis, axis), (axis[1] - axis[0]) ** 2
    with torch.no_grad():
        code = model.encode(x)
        log_joint = model.log_joint(x, z[:, None])[:, 0]
        log_q = code.log_prob(z[:, None])[:, 0]
        log_p = torch.logsumexp(log_joint, 0) + cell.log()
        q = log_q.exp() * cell
        bound = (q * (log_joint - log_q)).sum()
        gap = (q * (log_q - (log_joint - log_p))).sum()
        drawn = elbo(model, x, samples=40_000, generator=rng())[0]
    torch.testing.assert_close(q.sum(), torch.ones_like(log_p), atol=1e-6, rtol=0)
    torch.testing.assert_close(bound + gap, log_p, atol=1e-5, rtol=0)
    assert gap > 0
    torch.testing.assert_close(drawn, bound, atol=0.05, rtol=0)


def test_loss_gradient_is_that_of_the_bound_on_a_grid():
    model, x = rough("learned")
    n = 20_000
    vae_loss(model, x[:1].expand(n, -1), generator=rng()).backward()
    got = [p.grad.clone() for p in model.parameters()]
    model.zero_grad()
    axis = torch.linspace(-7, 7, 201, dtype=x.dtype)
    z, cell = torch.cartesian_prod(axis, axis), (axis[1] - axis[0]) ** 2
    q = model.encode(x[:1])
    weight = q.log_prob(z[:, None])[:, 0].exp() * cell
    log_ratio = model.log_joint(x[:1], z[:, None])[:, 0] - q.log_prob(z[:, None])[:, 0]
    (-(weight * log_ratio).sum()).backward()
    for g, p in zip(got, model.parameters(), strict=True):
        torch.testing.assert_close(g, p.grad, atol=0.06, rtol=0.05)


def test_beta_and_free_bits_act_on_the_divergence_alone():
    model, x = rough()
    terms = elbo_terms(model, x, generator=rng())
    kl, rec = terms.kl.mean(0).detach(), terms.reconstruction.mean()
    for beta in (0.0, 1.0, 3.0):
        want = beta * kl.sum() - rec
        torch.testing.assert_close(vae_loss(model, x, beta=beta, generator=rng()), want)
    free = float(kl.mean())  # one latent below, one above
    want = sum(max(float(k), free) for k in kl) - rec
    torch.testing.assert_close(vae_loss(model, x, free=free, generator=rng()), want)


def test_a_latent_below_its_free_bits_feels_no_pull_to_the_prior():
    model, x = rough()
    mu = torch.tensor([[0.1, 2.0]], dtype=torch.float64)

    class Fixed(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.out = torch.nn.Parameter(torch.cat([mu, torch.zeros_like(mu)], dim=1))

        def forward(self, x):
            return self.out.expand(len(x), -1)

    model.encoder = Fixed()
    model.decoder[0].weight.data.zero_()  # the reconstruction does not depend on z
    vae_loss(model, x, free=0.5, generator=rng()).backward()
    torch.testing.assert_close(
        model.encoder.out.grad, torch.tensor([[0.0, 2.0, 0.0, 0.0]], dtype=torch.float64)
    )


def test_warm_up_rises_in_a_line_and_stays():
    assert [kl_warm_up(s, 100, 0.2) for s in (0, 5, 10, 20, 99)] == [0, 0.25, 0.5, 1, 1]
    assert kl_warm_up(0, 10, 0.0) == 1


@pytest.mark.parametrize("output", OUTPUTS)
def test_samples_have_the_mean_that_the_decoder_gives(output):
    model, _ = rough(output, sigma=0.3)
    n = 20_000
    noisy = model.sample(n, generator=rng())
    clean = model.sample(n, noise=False, generator=rng())
    z = torch.randn(n, 2, dtype=torch.float64, generator=rng())
    torch.testing.assert_close(clean, model.mean(z))
    torch.testing.assert_close(noisy.mean(0), clean.mean(0), atol=0.04, rtol=0)
    if output == "bernoulli":
        assert set(noisy.unique().tolist()) == {0.0, 1.0}
    elif output == "each":
        log_var = model.decode(z)[:, 3:]
        torch.testing.assert_close((noisy - clean).var(0), log_var.exp().mean(0), rtol=0.1, atol=0)
    else:
        torch.testing.assert_close(
            (noisy - clean).var(0), torch.full((3,), 0.09).double(), rtol=0.05, atol=0
        )


# -- importance weights ---------------------------------------------------------------------------


def test_bounds_rise_with_the_draws_towards_the_likelihood_of_the_grid():
    model, x = rough()
    exact = grid_log_prob(model, x)
    log_w = log_weights(model, x, 60_000, generator=rng())
    torch.testing.assert_close(iwae_bound(log_w), exact, atol=0.05, rtol=0)
    for n in (1, 3, 10, 100):
        bound = iwae_bound(log_w.reshape(n, -1, len(x))).mean(0)
        assert (bound < exact + 0.03).all()
        if n > 1:
            assert (bound > before - 0.02).all() and (bound - before).sum() > 0  # noqa: F821
        before = bound  # noqa: F841
    found = log_likelihood(model, x, 20_000, chunk=777, generator=rng(5))
    torch.testing.assert_close(found, exact, atol=0.08, rtol=0)


def test_the_bound_is_a_stable_log_of_a_mean():
    log_w = torch.tensor([[-1000.0, 5.0], [-1001.0, 7.0]], dtype=torch.float64)
    want = [-1000 + math.log((1 + math.exp(-1)) / 2), math.log((math.exp(5) + math.exp(7)) / 2)]
    torch.testing.assert_close(iwae_bound(log_w), torch.tensor(want, dtype=torch.float64))


def test_effective_samples_count_equal_weights():
    log_w = torch.tensor([[0.0, 0.0], [0.0, -900.0], [-900.0, -900.0]], dtype=torch.float64)
    torch.testing.assert_close(effective_samples(log_w), torch.tensor([2.0, 1.0]).double())
    w = torch.rand(9, dtype=torch.float64, generator=rng())
    torch.testing.assert_close(effective_samples(w.log()), w.sum() ** 2 / (w**2).sum())


def test_the_doubly_reparameterized_gradient_has_the_same_value_and_mean():
    model, x = rough()
    x = x[:1].expand(40_000, -1)
    plain = iwae_loss(model, x, 3, generator=rng(1))
    doubly = iwae_loss(model, x, 3, doubly=True, generator=rng(1))
    torch.testing.assert_close(plain, doubly)
    pairs = []
    for loss in (plain, doubly):
        model.zero_grad()
        loss.backward()
        pairs.append([p.grad.clone() for p in model.parameters()])
    for (name, _), a, b in zip(model.named_parameters(), *pairs, strict=True):
        if name.startswith("decoder"):
            torch.testing.assert_close(a, b)
        else:
            assert (a - b).abs().max() > 1e-8  # another estimate
            torch.testing.assert_close(a, b, atol=0.03, rtol=0.05)


def test_one_draw_of_the_weighted_bound_is_the_usual_bound():
    model, x = rough("each")
    want = -elbo_terms(model, x, sampled=True, generator=rng()).elbo.mean()
    torch.testing.assert_close(iwae_loss(model, x, 1, generator=rng()), want)


# -- what the encoder loses -----------------------------------------------------------------------


def test_a_refined_posterior_is_as_good_as_the_best_of_a_search():
    model, x = rough(latents=1, dim=3)
    x = x[:2]
    axis = torch.linspace(-7, 7, 1401, dtype=torch.float64)
    mus, logs = torch.linspace(-2, 2, 81).double(), torch.linspace(-3, 1, 81).double()
    every = torch.cartesian_prod(mus, logs)
    weight = Normal(every[:, :1], (every[:, 1:] / 2).exp()).log_prob(axis).exp() * 0.01
    kl = normal_kl(every[:, 0], every[:, 1])
    log_p = oracle_likelihood(model, x, axis[:, None, None].expand(-1, 2, -1)).detach()
    best = (weight @ log_p - kl[:, None]).max(0)
    q = refine_posterior(model, x, steps=120, lr=0.08, samples=16, generator=rng())
    got = elbo(model, x, q=q, samples=100_000, generator=rng())
    torch.testing.assert_close(got, best.values, atol=0.01, rtol=0)
    torch.testing.assert_close(q.mu[:, 0], every[best.indices, 0], atol=0.15, rtol=0)
    assert (got > elbo(model, x, samples=100_000, generator=rng()) - 0.01).all()
    assert all(p.requires_grad and p.grad is None for p in model.parameters())


def test_active_units_are_those_whose_mean_moves():
    model, x = rough(latents=3)
    with torch.no_grad():
        model.encoder[-1].weight[1].zero_()  # the second mean is its bias alone
    mu = model.encode(x).mu
    torch.testing.assert_close(activity(model, x), ((mu - mu.mean(0)) ** 2).sum(0) / 3)
    assert activity(model, x)[1] < 1e-20
    assert active_units(model, x, least=1e-9) == 2
    assert active_units(model, x, least=1e9) == 0


# -- conditions -----------------------------------------------------------------------------------


def test_a_condition_enters_both_networks():
    model, x = rough(condition=2)
    one, two = torch.eye(2, dtype=torch.float64)
    z = torch.zeros(len(x), 2, dtype=torch.float64)
    assert not torch.allclose(model.encode(x, one).mu, model.encode(x, two).mu)
    assert not torch.allclose(model.decode(z, one), model.decode(z, two))
    want = model.decoder(torch.cat([z, one.expand(len(x), -1)], dim=1))
    torch.testing.assert_close(model.decode(z, one), want)
    assert model.sample(5, c=one, generator=rng()).shape == (5, 3)


def test_class_likelihoods_are_those_of_each_class_on_a_grid():
    model, x = rough(condition=3, dim=3)
    got = class_log_likelihoods(model, x, 40_000, generator=rng())
    for k, c in enumerate(torch.eye(3, dtype=torch.float64)):

        class Given:
            output, dim = "bernoulli", 3

            @staticmethod
            def decoder(z, c=c):
                return model.decoder(torch.cat([z, c.expand(*z.shape[:-1], 3)], dim=-1))

        torch.testing.assert_close(got[:, k], grid_log_prob(Given, x), atol=0.1, rtol=0)


def test_bad_input_is_told():
    model, x = rough()
    conditional, _ = rough(condition=2)
    for wrong, message in [
        (lambda: VAE(3, 2, output="poisson"), "output must be one of 'bernoulli'"),
        (lambda: VAE(3, 0), "latents must be at least 1; got 0"),
        (lambda: VAE(3, 2, sigma=0.0), "sigma must be positive; got 0.0"),
        (lambda: model.encode(x[:, :2]), r"x must have shape \(..., 3\); got \(4, 2\)"),
        (lambda: model.decode(x), r"z must have shape \(..., 2\); got \(4, 3\)"),
        (lambda: model.encode(x, x), r"c must be left out without a condition; got \(4, 3\)"),
        (lambda: conditional.encode(x), r"c must have shape \(..., 2\); got None"),
        (lambda: conditional.encode(x, x), r"c must have shape \(..., 2\); got \(4, 3\)"),
        (lambda: vae_loss(model, x, beta=-1), "beta must be at least 0; got -1"),
        (lambda: vae_loss(model, x, free=-1), "free must be at least 0; got -1"),
        (lambda: kl_warm_up(0, 9, 1.5), "part must be between 0 and 1; got 1.5"),
        (lambda: log_weights(model, x, 0), "n must be at least 1; got 0"),
        (lambda: iwae_loss(model, x, 0, doubly=True), "n must be at least 1; got 0"),
        (lambda: log_likelihood(model, x, 5, chunk=0), "chunk must be at least 1; got 0"),
        (lambda: model.sample(0), "n must be at least 1; got 0"),
        (lambda: elbo(model, x, samples=0), "samples must be at least 1; got 0"),
        (lambda: refine_posterior(model, x, steps=0), "steps must be at least 1; got 0"),
        (lambda: class_log_likelihoods(model, x), "condition of the model must be at least 1"),
        (lambda: labels(torch.tensor([3]), 3), "y must hold numbers from 0 to 2; got"),
    ]:
        with pytest.raises(ValueError, match=message):
            wrong()
