"""Oracles: torch's multivariate normal, joint normals conditioned by blocks, autograd, sklearn."""

import pytest
import torch
from sklearn.decomposition import PCA
from torch.distributions import Independent, MultivariateNormal, Normal, kl_divergence

from udlbook.autoencoders import VAE, Code, LinearGaussian, LinearVAE, refine_posterior
from udlbook.seeding import seeded
from udlbook.training import fit


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def model(dim=5, latents=2, seed=0):
    W, m = torch.randn(dim, latents + 1, dtype=torch.float64, generator=rng(seed)).split(
        [latents, 1], dim=1
    )
    return LinearGaussian(W, m[:, 0], 0.6)


def a_code(x, latents, seed=3):
    return Code(*torch.randn(2, len(x), latents, dtype=torch.float64, generator=rng(seed)))


def covariance(lg):
    return lg.W @ lg.W.T + 0.36 * torch.eye(lg.dim, dtype=torch.float64)


def test_density_is_that_of_the_marginal_normal():
    lg = model()
    x = torch.randn(7, 5, dtype=torch.float64, generator=rng(1))
    want = MultivariateNormal(lg.m, covariance(lg)).log_prob(x)
    torch.testing.assert_close(lg.log_prob(x), want)


def test_posterior_is_that_of_the_joint_normal():
    lg = model()
    x = torch.randn(4, 5, dtype=torch.float64, generator=rng(1))
    gain = torch.linalg.solve(covariance(lg), lg.W).T  # cov(z, x) C^-1
    mu, cov = lg.posterior(x)
    torch.testing.assert_close(mu, (x - lg.m) @ gain.T)
    torch.testing.assert_close(cov, torch.eye(2, dtype=torch.float64) - gain @ lg.W)


def test_bound_and_gap_add_up_to_the_likelihood_and_match_draws():
    lg = model()
    x = torch.randn(3, 5, dtype=torch.float64, generator=rng(1))
    q = a_code(x, 2)
    torch.testing.assert_close(lg.elbo(x, q) + lg.gap(x, q), lg.log_prob(x))
    mu, cov = lg.posterior(x)
    normal = MultivariateNormal(q.mu, torch.diag_embed(q.log_var.exp()))
    torch.testing.assert_close(lg.gap(x, q), kl_divergence(normal, MultivariateNormal(mu, cov)))
    z = q.sample(200_000, generator=rng(2))
    log_p = Independent(Normal(z @ lg.W.T + lg.m, 0.6), 1).log_prob(x)
    log_p = log_p + Independent(Normal(torch.zeros_like(z), 1.0), 1).log_prob(z)
    drawn = log_p - Independent(Normal(q.mu, (q.log_var / 2).exp()), 1).log_prob(z)
    error = 5 * drawn.std(0) / 200_000**0.5
    assert ((drawn.mean(0) - lg.elbo(x, q)).abs() < error).all()


def test_no_diagonal_normal_is_better_than_the_best():
    lg = model()
    x = torch.randn(3, 5, dtype=torch.float64, generator=rng(1))
    best = lg.best_diagonal(x)
    mu, log_var = best.mu.clone().requires_grad_(), best.log_var.clone().requires_grad_()
    lg.elbo(x, Code(mu, log_var)).sum().backward()
    assert mu.grad.abs().max() < 1e-9 and log_var.grad.abs().max() < 1e-9
    assert (lg.gap(x, best) > 1e-3).all()  # W is not orthogonal here
    assert (lg.elbo(x, a_code(x, 2)) < lg.elbo(x, best)).all()


def test_refining_finds_the_best_diagonal_normal():
    lg = model()
    vae = VAE(5, 2, (), output="normal", sigma=0.6).double()
    with torch.no_grad():
        vae.decoder[0].weight.copy_(lg.W)
        vae.decoder[0].bias.copy_(lg.m)
    x = lg.sample(3, generator=rng(7))
    q = refine_posterior(vae, x, steps=300, lr=0.3, samples=64, generator=rng(8))
    best = lg.best_diagonal(x)
    torch.testing.assert_close(q.mu, best.mu, atol=0.05, rtol=0)
    torch.testing.assert_close(q.log_var, best.log_var, atol=0.1, rtol=0)
    torch.testing.assert_close(lg.elbo(x, q), lg.elbo(x, best), atol=0.01, rtol=0)


def test_the_fitted_model_is_the_most_likely_one():
    x = model().sample(300, generator=rng(4))
    lg = LinearGaussian.fitted(x, 2)
    want = PCA(2).fit(x.numpy())
    scale = 299 / 300  # sklearn divides by N - 1
    torch.testing.assert_close(float(lg.var), want.noise_variance_ * scale, rtol=1e-9, atol=0)
    W, m = lg.W.clone().requires_grad_(), lg.m.clone().requires_grad_()
    sigma = lg.var.sqrt().requires_grad_()
    LinearGaussian(W, m, sigma).log_prob(x).mean().backward()
    for p in (W, m, sigma):
        assert p.grad.abs().max() < 1e-9
    worse = LinearGaussian(lg.W * 1.05, lg.m, lg.var.sqrt())
    assert lg.log_prob(x).mean() > worse.log_prob(x).mean()


def test_samples_have_the_moments_of_the_marginal():
    lg = model()
    x = lg.sample(60_000, generator=rng(5))
    torch.testing.assert_close(x.mean(0), lg.m, atol=0.06, rtol=0)
    torch.testing.assert_close(torch.cov(x.T), covariance(lg), atol=0.2, rtol=0)


def test_a_linear_vae_reaches_the_likelihood_of_the_best_linear_model():
    W = torch.tensor([[3.0, 0, 0], [0, 2, 0], [0, 0, 1], [1, 0, 1], [0, 1, 0], [1, 1, 1]]).double()
    x = LinearGaussian(W, torch.zeros(6, dtype=torch.float64), 0.5).sample(400, generator=rng(6))
    best = LinearGaussian.fitted(x, 3)
    with seeded(0):
        vae = LinearVAE(6, 3).double()
    fit(lambda: -vae.elbo(x).mean(), vae, [()] * 2500, steps=2500, lr=0.02,
        schedule=lambda s, n: 1 - s / n)  # fmt: skip
    with torch.no_grad():
        bound, exact = vae.elbo(x).mean(), best.log_prob(x).mean()
        assert exact - 2e-3 < bound < exact + 1e-9
        gram = vae.W.T @ vae.W
        length = gram.diagonal().sqrt()
        cosines = gram / length[:, None] / length - torch.eye(3)
        assert cosines.abs().max() < 0.03  # the axes are found, not only their plane
        want = best.W.norm(dim=0)
        torch.testing.assert_close(length.sort(descending=True).values, want, rtol=0.02, atol=0)


def test_bad_input_is_told():
    W = torch.zeros(3, 2)
    for wrong, message in [
        (lambda: LinearGaussian(W, torch.zeros(2), 1.0), r"m must have shape \(D=3,\)"),
        (lambda: LinearGaussian(W, torch.zeros(3), 0.0), "sigma must be positive; got 0.0"),
        (lambda: LinearGaussian.fitted(W, 2), "latents must be between 1 and 1; got 2"),
        (lambda: LinearVAE(3, 0), "latents must be at least 1; got 0"),
        (
            lambda: LinearGaussian(W, torch.zeros(3), 1.0).log_prob(torch.zeros(4, 2)),
            r"x must have shape \(N, 3\); got \(4, 2\)",
        ),
    ]:
        with pytest.raises(ValueError, match=message):
            wrong()
