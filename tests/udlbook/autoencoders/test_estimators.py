"""Oracles: gradients of quadratics in closed form, sums over steps by the normal's integral."""

import math

import pytest
import torch

from udlbook.autoencoders import pathwise_gradient, score_gradient, signal_to_noise

N = 60_000


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def normals(dim, seed=0):
    mu, log_sigma = torch.randn(2, dim, dtype=torch.float64, generator=rng(seed))
    return mu, log_sigma / 3


def assert_mean(got, want, n=N):
    assert ((got.mean(0) - want).abs() < 4.5 * got.std(0) / math.sqrt(n) + 1e-12).all()


@pytest.mark.parametrize("how", ["pathwise", "score", "shifted", "mean"])
def test_estimates_are_right_on_average_for_a_quadratic(how):
    mu, log_sigma = normals(3)
    A = torch.randn(3, 3, dtype=torch.float64, generator=rng(1))
    A = (A + A.T) / 2
    b = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)

    def f(z):
        return 0.5 * ((z @ A) * z).sum(1) + z @ b

    if how == "pathwise":
        by_mu, by_log = pathwise_gradient(f, mu, log_sigma, N, generator=rng(2))
    else:
        baseline = {"score": 0.0, "shifted": 3.0, "mean": "mean"}[how]
        by_mu, by_log = score_gradient(f, mu, log_sigma, N, baseline=baseline, generator=rng(2))
    assert by_mu.shape == by_log.shape == (N, 3)
    assert_mean(by_mu, A @ mu + b)  # E f = mu' A mu / 2 + tr(A S) / 2 + b' mu
    assert_mean(by_log, A.diagonal() * (2 * log_sigma).exp())


def test_variances_are_those_of_the_closed_form():
    sigma, dim = 0.5, 6
    mu = torch.zeros(dim, dtype=torch.float64)
    log_sigma = torch.full((dim,), math.log(sigma), dtype=torch.float64)

    def f(z):
        return 0.5 * (z**2).sum(1)

    path, _ = pathwise_gradient(f, mu, log_sigma, N, generator=rng(3))
    torch.testing.assert_close(path.var(0), torch.full_like(mu, sigma**2), rtol=0.04, atol=0)
    for baseline, want in [
        (0.0, sigma**2 * (dim + 2) * (dim + 4) / 4),
        (sigma**2 * (dim + 2) / 2, sigma**2 * (dim + 2) / 2),
        ("mean", sigma**2 * (dim + 4) / 2),  # baseline E f = sigma^2 D / 2
    ]:
        score, _ = score_gradient(f, mu, log_sigma, N, baseline=baseline, generator=rng(4))
        assert abs(float(score.var(0).mean()) / want - 1) < 0.06, baseline


def test_the_mean_baseline_is_that_of_the_other_draws():
    mu, log_sigma = normals(2)
    seen = []

    def f(z):
        seen.append(z)
        return z[:, 0] ** 2 + z[:, 1]

    got, _ = score_gradient(f, mu, log_sigma, 3, baseline="mean", generator=rng(6))
    (z,) = seen
    value = [float(v) for v in z[:, 0] ** 2 + z[:, 1]]
    for i in range(3):
        others = (sum(value) - value[i]) / 2
        score = (z[i] - mu) / (2 * log_sigma).exp()
        torch.testing.assert_close(got[i], (value[i] - others) * score)


def test_only_the_score_sees_a_step():
    mu = torch.tensor([0.3], dtype=torch.float64)
    log_sigma = torch.zeros(1, dtype=torch.float64)
    by_mu, _ = score_gradient(
        lambda z: (z[:, 0] > 1).double(), mu, log_sigma, N, baseline="mean", generator=rng(5)
    )
    assert_mean(by_mu, math.exp(-(0.7**2) / 2) / math.sqrt(2 * math.pi))


def test_signal_to_noise_is_mean_over_deviation():
    g = torch.tensor([[1.0, -2.0], [3.0, -2.5]], dtype=torch.float64)
    want = [2 / math.sqrt(2), 2.25 / math.sqrt(0.125)]
    torch.testing.assert_close(signal_to_noise(g), torch.tensor(want, dtype=torch.float64))


def test_bad_input_is_told():
    mu, log_sigma = normals(2)

    def f(z):
        return z.sum(1)

    for wrong, message in [
        (lambda: pathwise_gradient(f, mu, log_sigma[:1], 5), r"log_sigma must have shape"),
        (lambda: pathwise_gradient(f, mu, log_sigma, 0), "n must be at least 1; got 0"),
        (lambda: score_gradient(f, mu, log_sigma, 1, baseline="mean"), "n must be at least 2"),
        (lambda: score_gradient(f, mu, log_sigma, 5, baseline="best"), "baseline must be one of"),
        (lambda: score_gradient(lambda z: z, mu, log_sigma, 5), r"f\(z\) must have shape \(5,\)"),
        (lambda: signal_to_noise(torch.zeros(1, 2)), "number of estimates must be at least 2"),
    ]:
        with pytest.raises(ValueError, match=message):
            wrong()
