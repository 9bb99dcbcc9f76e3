"""Oracles: scipy's expm and solve_ivp; small steps; Monte Carlo; lstsq and ridge equations."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad_vec, solve_ivp
from scipy.linalg import expm

from udlbook import autodiff as ad
from udlbook.optim import SGD, LinearFlow, euler, rk4


def problem(n, dim, rank=None, seed=0):
    """A design matrix of a given rank, targets and a start."""
    rng = np.random.default_rng([seed, n, dim])
    rank = min(n, dim) if rank is None else rank
    X = rng.standard_normal((n, rank)) @ rng.standard_normal((rank, dim))
    return X, rng.standard_normal(n), rng.standard_normal(dim)


CASES = {
    # name: (N, D, rank, penalty)
    "more data than parameters": (7, 3, 3, 0.0),
    "more parameters than data": (3, 6, 3, 0.0),
    "rank 2 of 5": (6, 5, 2, 0.0),
    "square": (4, 4, 4, 0.0),
    "penalty": (7, 3, 3, 0.3),
    "penalty, rank 2 of 5": (3, 5, 2, 0.2),
}
EACH = pytest.mark.parametrize("name", list(CASES))


def made(name):
    n, dim, rank, penalty = CASES[name]
    X, y, phi = problem(n, dim, rank)
    centre = np.arange(dim) / dim - 0.4
    flow = LinearFlow(X, y, penalty=penalty, centre=centre if penalty else None)
    H = 2 / n * X.T @ X + 2 * penalty * np.eye(dim)
    b = 2 / n * X.T @ y + 2 * penalty * centre * (penalty > 0)
    return flow, H, b, phi


@EACH
def test_parameters_are_those_of_expm_of_the_whole_affine_system(name):
    flow, H, b, phi = made(name)
    dim = len(phi)
    t = np.array([0.0, 1e-6, 0.1, 1.0, 7.0])
    affine = np.zeros((dim + 1, dim + 1))  # d/dt (phi, 1) = (b - H phi, 0)
    affine[:dim, :dim], affine[:dim, dim] = -H, b
    want = [(expm(affine * s) @ [*phi, 1])[:dim] for s in t]
    np.testing.assert_allclose(flow.parameters(phi, t), want, atol=1e-11)
    np.testing.assert_allclose(flow.parameters(phi, 0.1), want[2], atol=1e-11)


@EACH
def test_the_flow_follows_autodiffs_gradient_through_solve_ivp(name):
    flow, _, _, phi = made(name)

    def loss(p):
        r = flow.X @ p - flow.y
        pull = p - flow.centre
        return ad.mean(r * r) + flow.penalty * ad.sum(pull * pull)

    t = np.linspace(0, 3, 7)
    field = ad.grad(loss)
    path = solve_ivp(lambda _, p: -field(p), (0, 3), phi, t_eval=t, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(flow.parameters(phi, t), path.y.T, atol=1e-7)
    np.testing.assert_allclose(flow.loss(phi, t), [loss(p) for p in path.y.T], atol=1e-7)


@EACH
def test_modes_diagonalize_the_hessian_and_split_the_loss(name):
    flow, H, _, phi = made(name)
    np.testing.assert_allclose(flow.modes.T @ flow.modes, np.eye(len(phi)), atol=1e-12)
    np.testing.assert_allclose(H @ flow.modes, flow.modes * flow.curvatures, atol=1e-10)
    assert (np.diff(flow.curvatures) <= 1e-12).all() and (flow.curvatures >= 0).all()
    t = np.array([0.0, 0.3, 2.0])
    excess = flow.loss(phi, t) - flow.loss(phi, np.inf)
    np.testing.assert_allclose(flow.mode_losses(phi, t).sum(-1), excess, atol=1e-12)


@pytest.mark.parametrize("name", ["more data than parameters", "more parameters than data"])
def test_the_residual_without_penalty_decays_by_the_kernel(name):
    flow, _, _, phi = made(name)
    K = flow.X @ flow.X.T
    for t in (0.0, 0.4, 3.0):
        want = expm(-2 * t / len(K) * K) @ (flow.X @ phi - flow.y)
        np.testing.assert_allclose(flow.residual(phi, t), want, atol=1e-11)


@EACH
def test_the_end_is_the_least_squares_or_the_ridge_solution(name):
    flow, H, b, phi = made(name)
    end = flow.parameters(phi, np.inf)
    if flow.penalty:
        np.testing.assert_allclose(end, np.linalg.solve(H, b), atol=1e-11)
    else:  # closest to the start of all minima: lstsq finds the smallest change
        change = np.linalg.lstsq(flow.X, flow.y - flow.X @ phi, rcond=None)[0]
        np.testing.assert_allclose(end, phi + change, atol=1e-11)
    np.testing.assert_allclose(flow.parameters(phi, 1e6), end, atol=1e-9)


def test_the_map_end_is_the_mean_of_the_posterior():
    X, y, phi = problem(6, 4)
    sigma, tau, m = 0.5, 1.5, np.array([1.0, 0, -1, 2])
    flow = LinearFlow(X, y, penalty=sigma**2 / (6 * tau**2), centre=m)
    # Joint normal of parameters and targets, conditioned on the targets.
    S = tau**2 * np.eye(4)
    gain = S @ X.T @ np.linalg.inv(X @ S @ X.T + sigma**2 * np.eye(6))
    np.testing.assert_allclose(flow.parameters(phi, np.inf), m + gain @ (y - X @ m), atol=1e-10)


def test_nothing_overflows_and_nothing_that_has_no_data_moves():
    X, y, phi = problem(40, 60, rank=12, seed=3)
    flow = LinearFlow(1e3 * X, y)
    t = np.array([0.0, 1e-300, 1.0, 1e20, 1e308, np.inf])
    with np.errstate(all="raise", under="ignore"):
        path = flow.parameters(phi, t)
        mu, cov = flow.parameter_distribution(t, mean=phi, cov=np.eye(60), noise=1.0)
    assert np.isfinite(path).all() and np.isfinite(mu).all() and np.isfinite(cov).all()
    free = np.linalg.svd(X)[2][12:]
    np.testing.assert_allclose(path @ free.T, np.tile(free @ phi, (6, 1)), atol=1e-10)
    assert (flow.curvatures[12:] == 0).all() and (flow.curvatures[:12] > 0).all()
    assert np.isfinite(LinearFlow(np.zeros((3, 2)), np.ones(3)).loss([1, 2], t)).all()


def test_many_starts_and_any_shape_of_times():
    flow, _, _, _ = made("rank 2 of 5")
    phi = np.random.default_rng(5).standard_normal((4, 5))
    t = np.array([[0.1, 0.2, 0.5], [1.0, 2.0, np.inf]])
    got = flow.parameters(phi, t)
    assert got.shape == (2, 3, 4, 5)
    for i in range(4):
        np.testing.assert_allclose(got[:, :, i], flow.parameters(phi[i], t), atol=1e-13)
    assert flow.residual(phi, t).shape == (2, 3, 4, 6)
    assert flow.loss(phi, t).shape == (2, 3, 4)
    assert flow.mode_losses(phi, 0.5).shape == (4, 5)
    assert flow.prediction(np.ones((9, 5)), phi, t).shape == (2, 3, 4, 9)


@pytest.mark.parametrize("name", ["more data than parameters", "rank 2 of 5", "penalty"])
def test_the_covariance_is_that_of_expm_and_its_integral(name):
    flow, H, _, phi = made(name)
    n, dim = flow.X.shape
    S = np.diag(np.arange(1.0, dim + 1)) + 0.3
    for t in (0.0, 0.5, 3.0):
        A = expm(-t * H)
        B = quad_vec(lambda s: expm(-s * H) @ flow.X.T * 2 / n, 0, t)[0]  # from y to phi(t)
        mu, cov = flow.parameter_distribution(t, mean=phi, cov=S, noise=0.7)
        np.testing.assert_allclose(cov, A @ S @ A.T + 0.49 * B @ B.T, atol=1e-9)
        np.testing.assert_allclose(mu, flow.parameters(phi, t), atol=1e-12)


def test_mean_and_covariance_of_the_prediction_by_monte_carlo():
    flow, _, _, phi = made("penalty, rank 2 of 5")
    rng = np.random.default_rng(8)
    root, noise, runs, t = rng.standard_normal((5, 5)) * 0.5, 0.8, 40_000, 0.6
    X_new = rng.standard_normal((3, 5))
    mu, cov = flow.prediction_distribution(X_new, t, mean=phi, cov=root @ root.T, noise=noise)
    starts = phi + rng.standard_normal((runs, 5)) @ root.T
    targets = flow.y + noise * rng.standard_normal((runs, 3))
    # Euler's method with many small steps, on all draws at once.
    H = 2 / 3 * flow.X.T @ flow.X + 2 * flow.penalty * np.eye(5)
    b = 2 / 3 * targets @ flow.X + 2 * flow.penalty * flow.centre
    ends = euler(lambda p: b - p @ H, starts, step=t / 200, n_steps=200)[-1] @ X_new.T
    size = np.sqrt(np.diag(cov))
    assert (np.abs(ends.mean(0) - mu) < 0.03 * size).all()
    assert (np.abs(np.cov(ends.T) - cov) < 0.05 * np.outer(size, size)).all()


# ------------------------------------------------------------------------------- integrators


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 5), st.integers(0, 30), st.floats(0.001, 2.0))
def test_euler_is_gradient_descent_also_where_it_diverges(dim, n_steps, step):
    X, y, phi = problem(6, dim)

    def gradient(p):
        return 2 / 6 * X.T @ (X @ p - y)

    points = euler(lambda p: -gradient(p), phi, step=step, n_steps=n_steps)
    descent = SGD(phi.copy(), step)
    for _ in range(n_steps):
        descent.step(gradient(descent.params))
    assert points.shape == (n_steps + 1, dim)
    np.testing.assert_allclose(points[-1], descent.params, rtol=1e-9)


@pytest.mark.parametrize(("method", "order"), [(euler, 1), (rk4, 4)])
def test_the_order_measured_by_halving_the_step(method, order):
    def field(p):  # not linear: two coupled variables
        return np.array([-np.sin(p[0]) * p[1], p[0] - p[1] ** 2])

    start = np.array([1.0, 0.5])
    exact = solve_ivp(lambda _, p: field(p), (0, 2), start, rtol=1e-13, atol=1e-13).y[:, -1]
    errors = [
        np.linalg.norm(method(field, start, step=2 / n, n_steps=n)[-1] - exact)
        for n in (40, 80, 160)
    ]
    orders = np.log2(np.divide(errors[:-1], errors[1:]))
    np.testing.assert_allclose(orders, order, atol=0.1)


@pytest.mark.parametrize(("method", "limit"), [(euler, 2.0), (rk4, 2.785294)])
def test_the_limit_of_the_step(method, limit):
    for factor, grows in ((0.999, False), (1.001, True)):
        points = method(lambda p: -3 * p, np.ones(1), step=factor * limit / 3, n_steps=50)
        assert (abs(points[-1, 0]) > 1) == grows


def test_small_steps_of_gradient_descent_approach_the_flow_in_proportion():
    flow, H, b, phi = made("more data than parameters")
    want = flow.parameters(phi, 1.0)
    gaps = [
        np.linalg.norm(euler(lambda p: b - H @ p, phi, step=1 / n, n_steps=n)[-1] - want)
        for n in (200, 400)
    ]
    assert 1.95 < gaps[0] / gaps[1] < 2.05


# ------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"X": np.ones(3)}, r"X must have shape \(N, D\)"),
        ({"X": np.ones((0, 2)), "y": np.ones(0)}, "rows and columns"),
        ({"y": np.ones(4)}, r"y must have shape \(3,\)"),
        ({"X": np.full((3, 2), np.nan)}, "X must be finite; got nan"),
        ({"y": np.array([1, np.inf, 0])}, "y must be finite; got inf"),
        ({"penalty": -1.0}, "penalty must be at least 0"),
        ({"centre": np.ones(3)}, r"centre must have shape \(2,\)"),
    ],
)
def test_what_a_flow_refuses(change, message):
    given = {"X": np.ones((3, 2)), "y": np.ones(3), **change}
    with pytest.raises(ValueError, match=message):
        LinearFlow(given.pop("X"), given.pop("y"), **given)


def test_what_its_methods_refuse():
    flow = LinearFlow(np.eye(2), np.ones(2))
    start = {"mean": np.zeros(2), "cov": np.eye(2)}
    for call, message in [
        (lambda: flow.parameters(np.ones(3), 1), "phi must have shape"),
        (lambda: flow.parameters(np.ones(2), [1, -2.0]), "at least 0; got -2"),
        (lambda: flow.parameters(np.ones(2), np.nan), "at least 0; got nan"),
        (lambda: flow.prediction(np.ones((2, 3)), np.ones(2), 1), "X must have shape"),
        (lambda: flow.prediction_distribution(np.ones(2), 1, **start), "X must have shape"),
        (lambda: flow.parameter_distribution(1, **start, noise=-1), "noise must be"),
        (lambda: flow.parameter_distribution(1, mean=[0], cov=np.eye(2)), "mean must have"),
        (lambda: flow.parameter_distribution(1, mean=[0, 0], cov=-np.eye(2)), "no eigenvalue"),
        (lambda: flow.parameter_distribution(1, mean=[0, 0], cov=[[1, 1], [0, 1]]), "symmetric"),
        (lambda: euler(lambda p: p, [1.0], step=0, n_steps=1), "step must be positive"),
        (lambda: rk4(lambda p: p, [1.0], step=0.1, n_steps=-1), "n_steps must be"),
        (lambda: rk4(lambda p: p[:1], np.ones(2), step=0.1, n_steps=1), "must have shape"),
    ]:
        with pytest.raises(ValueError, match=message):
            call()
