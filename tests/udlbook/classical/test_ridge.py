"""Oracles: lstsq on augmented data; scikit-learn's Ridge; refits without one; differences."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge

from udlbook.classical.ridge import RidgeSVD, add_to_diagonal, axis_ratio, fit, fit_dual

PENALTIES = np.array([1e-3, 0.1, 2.0, 50.0])


def problem(n, dim, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, dim)) + rng.normal(size=dim)
    return X, X @ rng.normal(size=dim) + rng.normal(size=n) + 3.0


def augmented(X, y, penalty):
    """Least squares with an example for each weight, whose target is 0: no normal equations."""
    root = np.diag(np.sqrt(np.broadcast_to(penalty, X.shape[1])))
    return np.linalg.lstsq(
        np.concatenate([X, root]), np.concatenate([y, np.zeros(len(root))]), rcond=None
    )[0]


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 12), st.integers(1, 9), st.sampled_from([0.01, 1.0, 30.0]))
def test_the_closed_form_is_least_squares_on_augmented_data(n, dim, penalty):
    X, y = problem(n, dim, seed=n * dim)
    want = augmented(X, y, penalty)
    np.testing.assert_allclose(fit(X, y, penalty), want, atol=1e-8)
    np.testing.assert_allclose(fit_dual(X, y, penalty), want, atol=1e-8)
    svd = RidgeSVD(X, y, offset=False).weights(np.array([penalty]))
    np.testing.assert_allclose(svd[0], want, atol=1e-8)


def test_each_weight_may_have_its_own_price_and_targets_may_be_a_table():
    X, y = problem(20, 3)
    penalty = np.array([0.0, 5.0, 0.3])
    np.testing.assert_allclose(fit(X, y, penalty), augmented(X, y, penalty))
    both = fit(X, np.stack([y, -2 * y], axis=1), 1.0)
    np.testing.assert_allclose(both, np.stack([fit(X, y, 1.0), -2 * fit(X, y, 1.0)], axis=1))
    np.testing.assert_allclose(fit_dual(X, np.stack([y, -2 * y], axis=1), 1.0), both)


@pytest.mark.parametrize("offset", [True, False])
@pytest.mark.parametrize(("n", "dim"), [(15, 4), (5, 9)])
def test_one_decomposition_gives_scikit_learns_ridge_for_all_penalties(offset, n, dim):
    X, y = problem(n, dim)
    ridge, new = RidgeSVD(X, y, offset=offset), problem(7, dim, seed=3)[0]
    for i, penalty in enumerate(PENALTIES):
        theirs = Ridge(alpha=penalty, fit_intercept=offset, solver="svd").fit(X, y)
        np.testing.assert_allclose(ridge.weights(PENALTIES)[i], theirs.coef_, atol=1e-9)
        assert np.isclose(ridge.offsets(PENALTIES)[i], theirs.intercept_)
        np.testing.assert_allclose(ridge.predict(new, PENALTIES)[i], theirs.predict(new))


def test_without_a_penalty_it_is_the_shortest_of_the_best():
    X, y = problem(4, 9)
    weights = RidgeSVD(X, y, offset=False).weights([0.0])[0]
    np.testing.assert_allclose(weights, np.linalg.pinv(X) @ y)
    again = np.concatenate([X, X[:, :1]], axis=1)  # a column twice: a direction without data
    np.testing.assert_allclose(
        RidgeSVD(again, y, offset=False).weights([0.0])[0], np.linalg.pinv(again) @ y
    )


@pytest.mark.parametrize("offset", [True, False])
@pytest.mark.parametrize(("n", "dim"), [(15, 4), (6, 9)])
def test_degrees_of_freedom_are_the_trace_of_how_the_fit_moves_with_the_targets(offset, n, dim):
    X, y = problem(n, dim)
    h, hats = 1e-4, []
    for unit in np.eye(n):
        up, down = (
            RidgeSVD(X, y + s * h * unit, offset=offset).predict(X, PENALTIES) for s in (1, -1)
        )
        hats.append((up - down) / (2 * h))  # row: how all fits move with one target
    trace = np.einsum("npn->p", np.array(hats))
    got = RidgeSVD(X, y, offset=offset).degrees_of_freedom(PENALTIES)
    np.testing.assert_allclose(got, trace, rtol=1e-7)
    assert (np.diff(got) < 0).all()


@pytest.mark.parametrize("offset", [True, False])
@pytest.mark.parametrize(("n", "dim"), [(12, 3), (7, 10)])
def test_leave_one_out_is_a_refit_without_each_example(offset, n, dim):
    X, y = problem(n, dim)
    want = np.empty((len(PENALTIES), n))
    for i in range(n):
        others = np.arange(n) != i
        for p, penalty in enumerate(PENALTIES):
            refit = Ridge(alpha=penalty, fit_intercept=offset, solver="svd")
            want[p, i] = y[i] - refit.fit(X[others], y[others]).predict(X[i : i + 1])[0]
    got = RidgeSVD(X, y, offset=offset).leave_one_out(PENALTIES)
    np.testing.assert_allclose(got, want, rtol=1e-6, atol=1e-9)


def test_shrinkage_is_one_without_a_penalty_and_half_where_it_equals_the_square():
    X, y = problem(9, 3)
    ridge = RidgeSVD(X, y)
    np.testing.assert_allclose(ridge.shrinkage([0.0]), 1)
    s = ridge.singular_values
    np.testing.assert_allclose(np.diagonal(ridge.shrinkage(s**2)), 0.5)


def test_adding_to_the_diagonal_keeps_axes_and_makes_contours_rounder():
    A = np.random.default_rng(0).normal(size=(5, 5))
    cov = A @ A.T
    ratios = [axis_ratio(add_to_diagonal(cov, a)) for a in (0.0, 0.1, 1.0, 10.0, 1e6)]
    assert (np.diff(ratios) < 0).all() and np.isclose(ratios[-1], 1, atol=1e-4)
    assert np.isclose(ratios[0], np.sqrt(np.linalg.cond(cov)))
    values, axes = np.linalg.eigh(cov)
    np.testing.assert_allclose(
        axes.T @ add_to_diagonal(cov, 0.7) @ axes, np.diag(values + 0.7), atol=1e-9
    )
    np.testing.assert_allclose(
        add_to_diagonal(cov, np.arange(5)) - cov, np.diag(np.arange(5.0)), atol=1e-12
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: fit(np.ones((3, 2)), np.ones(3), 0.0), "must determine every weight; got a sing"),
        (lambda: fit(np.ones((3, 2)), np.ones(2), 1.0), "y must have shape"),
        (lambda: fit(np.ones((3, 2)), np.ones(3), -1.0), "penalty must be at least 0; got -1"),
        (lambda: fit(np.ones((3, 2)), np.ones(3), np.ones(3)), "penalty must have shape"),
        (lambda: fit(np.ones((0, 2)), np.ones(0), 1.0), "must hold an example and a feature"),
        (lambda: fit_dual(np.ones((3, 2)), np.ones(3), 0.0), "one positive number; got 0"),
        (lambda: fit_dual(np.ones((3, 2)), np.ones(3), np.ones(2)), "one positive number"),
        (lambda: RidgeSVD(np.ones((3, 2)), np.ones((3, 1))), "y must have shape"),
        (lambda: RidgeSVD(*problem(5, 2)).weights([-1.0]), "penalties must be at least 0"),
        (lambda: RidgeSVD(*problem(5, 2)).weights(1.0), "penalties must have shape"),
        (lambda: RidgeSVD(*problem(5, 2)).predict(np.ones((3, 3)), [1.0]), "X must have shape"),
        (lambda: RidgeSVD(*problem(3, 5)).leave_one_out([0.0]), "keep the fit from passing"),
        (lambda: add_to_diagonal(np.ones((2, 3)), 1.0), "cov must have shape"),
        (lambda: add_to_diagonal(np.array([[1.0, 2], [0, 1]]), 1.0), "cov must be symmetric"),
        (lambda: add_to_diagonal(np.eye(2), -1.0), "alpha must be at least 0; got -1"),
        (lambda: add_to_diagonal(np.eye(2), np.ones(3)), "alpha must have shape"),
        (lambda: axis_ratio(np.diag([1.0, 0.0])), "must be positive; got 0"),
        (lambda: axis_ratio(np.ones(3)), "cov must have shape"),
    ],
)
def test_bad_input_is_a_value_error(call, message):
    with pytest.raises(ValueError, match=message):
        call()
