"""Oracles: linear programming and wasserstein_distance by SciPy; brute force; duality."""

import itertools

import numpy as np
import pytest
import torch
from scipy.optimize import linprog
from scipy.stats import wasserstein_distance

from udlbook.gans import sinkhorn, wasserstein_1d


def draw(seed, *shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def by_linear_programming(cost, a, b):
    N, M = cost.shape
    rows = np.kron(np.eye(N), np.ones(M))
    columns = np.kron(np.ones(N), np.eye(M))
    out = linprog(cost.ravel(), A_eq=np.vstack([rows, columns]), b_eq=np.concatenate([a, b]))
    return out.fun, out.x.reshape(N, M)


@pytest.mark.parametrize(("n", "m"), [(6, 6), (5, 8), (1, 4), (7, 2)])
def test_one_dimension_is_scipys_and_the_linear_programs(n, m):
    x, y = draw(0, n), 2 * draw(1, m) + 1
    got = float(wasserstein_1d(x, y))
    assert got == pytest.approx(wasserstein_distance(x.numpy(), y.numpy()))
    for p in (1, 2, 3):
        cost = (x[:, None] - y).abs().numpy() ** p
        want, _ = by_linear_programming(cost, np.full(n, 1 / n), np.full(m, 1 / m))
        assert float(wasserstein_1d(x, y, p)) == pytest.approx(want ** (1 / p))


def test_no_order_is_better_than_the_sorted_one():
    x, y = draw(2, 5), draw(3, 5)
    every = [((x - y[list(o)]).abs() ** 2).mean().sqrt() for o in itertools.permutations(range(5))]
    torch.testing.assert_close(wasserstein_1d(x, y, 2), min(every))


def test_shifts_and_gradients():
    x = draw(4, 9).requires_grad_()
    d = wasserstein_1d(x, x.detach() - 3)
    assert float(d.detach()) == pytest.approx(3)
    (g,) = torch.autograd.grad(d, x)
    torch.testing.assert_close(g, torch.full_like(g, 1 / 9))


def test_sharp_sinkhorn_is_the_linear_program():
    x, y = draw(5, 7, 2), draw(6, 9, 2)
    a, b = torch.softmax(draw(7, 7), 0), torch.softmax(draw(8, 9), 0)
    cost = torch.cdist(x, y)
    want, plan = by_linear_programming(cost.numpy(), a.numpy(), b.numpy())
    out = sinkhorn(cost, a, b, eps=0.003, steps=20_000, tolerance=1e-8)
    assert want - 1e-6 <= float(out.cost) <= want + 1e-3
    np.testing.assert_allclose(out.plan.numpy(), plan, atol=0.02)


def test_the_plan_is_the_best_for_its_bonus():
    """The conditions of the optimum: marginals, and log P = (f + g - C) / eps; convexity does
    the rest, and a random feasible step makes it worse."""
    cost, eps = draw(9, 4, 5).abs(), 0.3
    out = sinkhorn(cost, eps=eps, steps=5000, tolerance=1e-12)
    assert out.gap < 1e-12
    torch.testing.assert_close(out.plan.sum(1), torch.full((4,), 0.25).double())
    torch.testing.assert_close(out.plan.sum(0), torch.full((5,), 0.2).double())

    def value(P):
        return float((P * cost).sum() + eps * (P * P.log()).sum())

    best = value(out.plan)
    # <P, C> + eps <P, log P> with log P = (f + g - C) / eps is what the prices earn.
    assert best == pytest.approx(float(out.f.mean() + out.g.mean()))
    for seed in range(5):
        u, v = draw(20 + seed, 4), draw(30 + seed, 5)
        step = torch.outer(u - u.mean(), v - v.mean())
        assert value(out.plan + 1e-4 * step / step.abs().max()) > best


def test_blur_grows_with_eps_towards_the_product():
    cost = draw(10, 6, 6).abs()
    costs = [float(sinkhorn(cost, eps=e, steps=5000).cost) for e in (0.02, 0.2, 2.0)]
    assert costs == sorted(costs)
    wide = sinkhorn(cost, eps=1e6)
    torch.testing.assert_close(wide.plan, torch.full_like(cost, 1 / 36), atol=1e-6, rtol=0)


def test_bad_input_is_told_what_was_expected():
    cost = torch.zeros(2, 3)
    with pytest.raises(ValueError, match="eps must be positive; got 0"):
        sinkhorn(cost, eps=0)
    with pytest.raises(ValueError, match="equal sums; got sums 2 and 1"):
        sinkhorn(cost, torch.ones(2), eps=1)
    with pytest.raises(ValueError, match=r"b must have shape \(3,\); got \(2,\)"):
        sinkhorn(cost, None, torch.ones(2), eps=1)
    with pytest.raises(ValueError, match="smaller set must be at least 1; got 0"):
        wasserstein_1d(torch.zeros(0), torch.zeros(2))
    with pytest.raises(ValueError, match=r"p must be at least 1; got 0\.5"):
        wasserstein_1d(torch.zeros(1), torch.zeros(2), 0.5)
