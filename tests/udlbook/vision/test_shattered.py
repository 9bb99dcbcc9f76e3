"""Oracles: autograd through torch's functions; integrals over a normal by sampling; theory of
wide networks against networks, which share no code."""

import numpy as np
import pytest
import torch

from udlbook.vision import cosines, line_gradients, predicted_cosines

X = torch.linspace(-2, 2.3, 32, dtype=torch.float64)  # no unit is at a kink exactly


def g(seed=0):
    return torch.Generator().manual_seed(seed)


def network(kind, x, depth, width, beta):
    """The same network from the same draws, in torch's layers; statistics count as constants."""
    generator = g()
    randn = lambda *s: torch.randn(*s, dtype=torch.float64, generator=generator)  # noqa: E731
    first = randn(2, width)
    h = h_0 = torch.nn.functional.linear(x[:, None], first[:1].T, first[1])
    for _ in range(depth):
        W = randn(width, width) * (2 / width) ** 0.5
        u = h
        if kind.endswith("norm"):
            u = torch.nn.functional.batch_norm(
                u, u.mean(dim=0).detach(), u.var(dim=0, correction=0).detach(), eps=0
            )
        f = torch.nn.functional.linear(torch.nn.functional.relu(u), W.T)
        h = h + beta * f if "residual" in kind else f
    return h, h_0, randn(width)


@pytest.mark.parametrize("kind", ["plain", "residual", "plain norm", "residual norm"])
def test_gradients_are_those_of_autograd(kind):
    got = line_gradients(kind, X, depth=4, width=12, beta=0.7, generator=g())
    x = X.clone().requires_grad_()
    h, first_layer, readout = network(kind, x, 4, 12, 0.7)
    by_x, by_layer = torch.autograd.grad((h @ readout).sum(), [x, first_layer])
    torch.testing.assert_close(got.by_x, by_x)
    torch.testing.assert_close(got.by_layer, by_layer)


def test_cosines_are_numpys():
    v = torch.randn(5, 3, dtype=torch.float64, generator=g()).numpy()
    norms = np.linalg.norm(v, axis=1)
    np.testing.assert_allclose(cosines(torch.from_numpy(v)), v @ v.T / np.outer(norms, norms))


@pytest.mark.parametrize(("kind", "beta"), [("plain", 1.0), ("residual", 1.0), ("residual", 0.5)])
def test_wide_networks_are_as_predicted(kind, beta):
    x = torch.tensor([-1.0, -0.6, 0.3, 1.2], dtype=torch.float64)
    inputs = cosines(torch.stack([x, torch.ones_like(x)], dim=1))
    for depth in (1, 6):
        runs = [
            cosines(line_gradients(kind, x, depth=depth, beta=beta, generator=g(s)).by_layer)
            for s in range(20)
        ]
        want = predicted_cosines(kind, inputs, depth=depth, beta=beta)
        assert (torch.stack(runs).mean(dim=0) - want).abs().max() < 0.06


def test_one_layer_is_an_integral_over_a_normal():
    rho, z = 0.3, np.random.default_rng(0).normal(size=(2, 400_000))
    a, b = z[0], rho * z[0] + np.sqrt(1 - rho**2) * z[1]
    both = 2 * np.mean((a > 0) & (b > 0))
    second = 2 * np.mean(np.maximum(a, 0) * np.maximum(b, 0))
    got = predicted_cosines("plain", torch.tensor([rho], dtype=torch.float64), depth=1)
    assert got.item() == pytest.approx(both, abs=0.005)
    twice = predicted_cosines("plain", torch.tensor([rho], dtype=torch.float64), depth=2)
    after = predicted_cosines("plain", torch.tensor([second], dtype=torch.float64), depth=1)
    assert twice.item() == pytest.approx(both * after.item(), abs=0.005)


def test_equal_inputs_have_equal_gradients_at_any_depth():
    one = torch.ones(1, dtype=torch.float64)
    assert predicted_cosines("plain", one, depth=50).item() == pytest.approx(1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: line_gradients("dense", X, depth=1, generator=g()),
            "kind must be one of 'plain'",
        ),
        (lambda: line_gradients("plain", X, depth=-1, generator=g()), "depth must be at least 0"),
        (
            lambda: line_gradients("plain", X[None], depth=1, generator=g()),
            r"x must have shape \(N,\)",
        ),
        (lambda: predicted_cosines("plain norm", X, depth=1), "kind must be one of"),
        (lambda: predicted_cosines("plain", X, depth=1), "rho must be"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
