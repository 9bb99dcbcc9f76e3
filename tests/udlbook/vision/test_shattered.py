"""Oracles: autograd through torch's functions; integrals over a normal by sampling; theory of
wide networks against networks, which share no code."""

import math

import numpy as np
import pytest
import torch

from udlbook.vision import circle_gradients, cosine_by_lag, predicted_by_lag

KINDS = ["plain", "residual", "plain norm", "residual norm"]


def g(seed=0):
    return torch.Generator().manual_seed(seed)


def network(kind, t, depth, width, beta):
    """The same network from the same draws, in torch's layers; statistics count as constants."""
    generator, F = g(), torch.nn.functional
    randn = lambda *s: torch.randn(*s, dtype=torch.float64, generator=generator)  # noqa: E731
    h = h_0 = F.linear(torch.stack([t.cos(), t.sin()], dim=1), randn(2, width).T)
    for _ in range(depth):
        W = randn(width, width) * (2 / width) ** 0.5
        u = h
        if kind.endswith("norm"):
            mean, var = u.mean(dim=0).detach(), u.var(dim=0, correction=0).detach()
            u = F.batch_norm(u, mean, var, eps=0)
        f = F.linear(F.relu(u), W.T)
        h = h + beta * f if "residual" in kind else f
    return h, h_0, randn(width)


@pytest.mark.parametrize("kind", KINDS)
def test_gradients_are_those_of_autograd(kind):
    got = circle_gradients(kind, 32, depth=4, width=12, beta=0.7, generator=g())
    t = (torch.arange(32, dtype=torch.float64) * math.pi / 16).requires_grad_()
    h, first_layer, readout = network(kind, t, 4, 12, 0.7)
    by_angle, by_layer = torch.autograd.grad((h @ readout).sum(), [t, first_layer])
    torch.testing.assert_close(got.by_angle, by_angle)
    torch.testing.assert_close(got.by_layer, by_layer)


def test_cosines_are_numpys():
    v = torch.randn(5, 3, dtype=torch.float64, generator=g()).numpy()
    norms = np.linalg.norm(v, axis=1)
    every = v @ v.T / np.outer(norms, norms)
    want = [np.mean([every[i, (i + lag) % 5] for i in range(5)]) for lag in range(5)]
    np.testing.assert_allclose(cosine_by_lag(torch.from_numpy(v)), want)


@pytest.mark.parametrize("kind", ["plain", "residual"])
def test_wide_networks_are_as_predicted(kind):
    for depth, beta in (1, 1.0), (5, 0.6):
        options = dict(depth=depth, beta=beta)
        runs = [
            cosine_by_lag(circle_gradients(kind, 16, **options, generator=g(s)).by_layer)
            for s in range(16)
        ]
        want = predicted_by_lag(kind, 16, **options)
        assert (torch.stack(runs).mean(dim=0) - want).abs().max() < 0.05


def test_two_plain_layers_are_integrals_over_a_normal():
    z = np.random.default_rng(0).normal(size=(2, 400_000))

    def both(rho):
        a, b = z[0], rho * z[0] + np.sqrt(1 - rho**2) * z[1]
        return 2 * np.mean((a > 0) & (b > 0)), 2 * np.mean(np.maximum(a, 0) * np.maximum(b, 0))

    rho = math.cos(2 * math.pi / 5)
    gates, values = both(rho)
    assert predicted_by_lag("plain", 5, depth=1)[1].item() == pytest.approx(gates, abs=0.005)
    want = gates * both(values)[0]
    assert predicted_by_lag("plain", 5, depth=2)[1].item() == pytest.approx(want, abs=0.005)


def test_eight_residual_layers_are_integrals_over_a_normal():
    z = np.random.default_rng(1).normal(size=(2, 400_000))
    same, apart, alike, beta = 1.0, math.cos(2 * math.pi / 5), 1.0, 1.5
    for _ in range(8):  # variance of a unit, covariance at two points, cosine of two gradients
        a = math.sqrt(same) * z[0]
        b = apart / same * a + math.sqrt(same - apart**2 / same) * z[1]
        alike *= (1 + beta**2 * 2 * np.mean((a > 0) & (b > 0))) / (1 + beta**2)
        apart += beta**2 * 2 * np.mean(np.maximum(a, 0) * np.maximum(b, 0))
        same += beta**2 * 2 * np.mean(np.maximum(a, 0) ** 2)
    got = predicted_by_lag("residual", 5, depth=8, beta=beta)[1].item()
    assert got == pytest.approx(alike, abs=0.004)


def test_without_layers_all_gradients_are_equal():
    torch.testing.assert_close(predicted_by_lag("residual", 4, depth=0).float(), torch.ones(4))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: circle_gradients("dense", 4, depth=1, generator=g()), "kind must be one of"),
        (
            lambda: circle_gradients("plain", 4, depth=-1, generator=g()),
            "depth must be at least 0",
        ),
        (lambda: circle_gradients("plain", 1, depth=1, generator=g()), "n must be at least 2"),
        (lambda: cosine_by_lag(torch.zeros(3)), r"v must have shape \(N, D\)"),
        (lambda: predicted_by_lag("plain norm", 4, depth=1), "kind must be one of"),
        (lambda: predicted_by_lag("plain", 4, depth=-1), "depth must be at least 0"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
