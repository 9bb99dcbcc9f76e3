"""Oracles: a grid; scipy's search; scikit-learn's Lasso, ElasticNet, Ridge; autodiff."""

import numpy as np
import pytest
from scipy import optimize
from sklearn import linear_model

from udlbook import autodiff as ad
from udlbook.regularizers import ElasticNet, l1, l2, proximal_gradient, soft_threshold

CASES = [(0.0, 0.0), (0.7, 0.0), (0.0, 1.3), (0.7, 1.3), (3.0, 0.2)]


def problem(n=40, dim=12, seed=0):
    """A linear problem whose true weights are mostly zero."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, dim)) @ (np.eye(dim) + 0.3 * rng.normal(size=(dim, dim)))
    w = np.where(np.arange(dim) % 3 == 0, rng.normal(size=dim), 0)
    return X, X @ w + 0.3 * rng.normal(size=n)


@pytest.mark.parametrize(("first", "second"), CASES)
def test_the_value_is_the_sum_written_out(first, second):
    phi = np.array([[3.0, -0.5], [0.0, -2.0]])
    want = sum(first * abs(p) + second * p * p / 2 for p in phi.ravel().tolist())
    assert np.isclose(ElasticNet(first, second).value(phi), want)


@pytest.mark.parametrize(("first", "second"), CASES)
def test_the_gradient_is_autodiffs_away_from_the_corner(first, second):
    phi = np.random.default_rng(1).normal(size=20)
    penalty = ElasticNet(first, second)
    np.testing.assert_allclose(penalty.gradient(phi), ad.grad(penalty.value)(phi), atol=1e-12)


def test_at_the_corner_the_slope_is_the_shortest_that_supports_the_penalty():
    penalty, h = ElasticNet(0.7, 1.3), np.linspace(-2, 2, 401)
    assert penalty.gradient(np.zeros(1)) == 0
    assert all(penalty.value(np.array([v])) >= 0 for v in h)


@pytest.mark.parametrize(("first", "second"), CASES)
@pytest.mark.parametrize("step", [0.1, 1.0, 2.5])
def test_the_proximal_step_is_the_minimum_that_a_search_finds(first, second, step):
    penalty = ElasticNet(first, second)
    starts = np.array([-4.0, -0.6, -0.05, 0.0, 0.3, 1.1, 5.0])
    for start, found in zip(starts, penalty.prox(starts, step), strict=True):

        def price(p, start=start):
            return step * (first * abs(p) + second * p * p / 2) + (p - start) ** 2 / 2

        search = optimize.minimize_scalar(
            price, bounds=(-6, 6), method="bounded", options={"xatol": 1e-10}
        )
        assert abs(found - search.x) < 2e-5
        grid = np.linspace(-6, 6, 4001)
        assert price(found) <= price(grid).min() + 1e-12


def test_the_soft_threshold_gives_exact_zeros_and_keeps_signs():
    x = np.array([-2.0, -1.0, -0.2, 0.0, 0.9, 1.0, 1.5])
    np.testing.assert_allclose(soft_threshold(x, 1.0), [-1, 0, 0, 0, 0, 0, 0.5])
    assert (soft_threshold(x, 1.0)[1:6] == 0).all()


@pytest.mark.parametrize("price", [0.01, 0.1, 0.5])
def test_iterated_soft_thresholding_is_scikit_learns_lasso(price):
    X, y = problem()
    n = len(y)
    lr = n / np.linalg.norm(X, 2) ** 2
    path = proximal_gradient(
        lambda w: X.T @ (X @ w - y) / n, l1(price), np.zeros(12), lr=lr, steps=4000
    )
    lasso = linear_model.Lasso(alpha=price, fit_intercept=False, tol=1e-12, max_iter=100_000)
    want = lasso.fit(X, y).coef_
    np.testing.assert_allclose(path[-1], want, atol=1e-6)
    np.testing.assert_array_equal(path[-1] == 0, want == 0)
    values = ((path @ X.T - y) ** 2).mean(1) / 2 + price * np.abs(path).sum(1)
    assert (np.diff(values) < 1e-12).all()  # with this step it never rises


def test_the_elastic_net_is_scikit_learns():
    X, y = problem(seed=2)
    n, first, second = len(y), 0.2, 0.3
    lr = n / np.linalg.norm(X, 2) ** 2
    path = proximal_gradient(
        lambda w: X.T @ (X @ w - y) / n,
        ElasticNet(first, second),
        np.zeros(12),
        lr=lr,
        steps=4000,
    )
    alpha = first + second
    net = linear_model.ElasticNet(
        alpha=alpha, l1_ratio=first / alpha, fit_intercept=False, tol=1e-12, max_iter=100_000
    )
    np.testing.assert_allclose(path[-1], net.fit(X, y).coef_, atol=1e-6)


def test_l2_by_proximal_steps_is_ridge():
    X, y = problem(seed=3)
    n, price = len(y), 0.4
    lr = n / np.linalg.norm(X, 2) ** 2
    gradient = lambda w: X.T @ (X @ w - y) / n  # noqa: E731
    path = proximal_gradient(gradient, l2(price), np.zeros(12), lr=lr, steps=2000)
    want = linear_model.Ridge(alpha=n * price, fit_intercept=False).fit(X, y).coef_
    np.testing.assert_allclose(path[-1], want, atol=1e-8)


def test_the_path_starts_at_a_copy_of_the_start_and_may_be_empty():
    start = np.array([1.0, -2.0])
    path = proximal_gradient(lambda w: w, l1(0.1), start, lr=0.1, steps=0)
    assert path.shape == (1, 2)
    path[0] = 9
    assert start.tolist() == [1, -2]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ElasticNet(l1=-1), "l1 must be at least 0; got -1"),
        (lambda: ElasticNet(l2=float("nan")), "l2 must be at least 0; got nan"),
        (lambda: l1(1.0).prox(np.ones(2), -0.1), "step must be at least 0"),
        (lambda: soft_threshold(np.ones(2), -1), "threshold must be at least 0"),
        (
            lambda: proximal_gradient(lambda w: w, l1(1), np.ones((2, 2)), lr=1, steps=1),
            "phi must have shape",
        ),
        (lambda: proximal_gradient(lambda w: w, l1(1), np.ones(2), lr=0, steps=1), "positive"),
        (lambda: proximal_gradient(lambda w: w, l1(1), np.ones(2), lr=1, steps=-1), "steps must"),
    ],
)
def test_bad_input_is_a_value_error(call, message):
    with pytest.raises(ValueError, match=message):
        call()
