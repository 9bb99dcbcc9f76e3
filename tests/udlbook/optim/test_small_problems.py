"""Oracles: scipy.optimize; closed forms of quadratics; the order of convergence, measured."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

from udlbook import autodiff as ad
from udlbook.data import GaborModel, LineModel, gabor_points, line_points
from udlbook.optim import (
    bracket,
    four_point_search,
    gauss_newton,
    golden_section,
    line_search,
    newton,
    steepest_descent,
)

LINE, GABOR = LineModel(*line_points()), GaborModel(*gabor_points())
LINE_BEST = np.linalg.lstsq(np.stack([np.ones(12), LINE.x], 1), LINE.y, rcond=None)[0]
A = np.array([[4.0, 1.0, 0.0], [1.0, 3.0, 0.5], [0.0, 0.5, 1.0]])
B = np.array([1.0, -2.0, 3.0])

# Functions that fall at 0 and have one minimum, at very different places.
CURVES = [
    lambda x: (x - 0.3) ** 2 + 1,
    lambda x: x - 5 * math.log(x + 1),
    lambda x: abs(x - 2) + 0.1 * x,
    lambda x: -x * math.exp(-x / 50),
    lambda x: (x - 1e-4) ** 2 * 1e6,
    lambda x: x**4 - x,
]


def rosenbrock(phi):
    return (1 - phi[0]) ** 2 + 100 * (phi[1] - phi[0] ** 2) ** 2


# ------------------------------------------------------------------------------- line search


@pytest.mark.parametrize("f", CURVES)
@pytest.mark.parametrize("step", [1e-6, 1.0, 1e3])
def test_bracket_encloses_the_minimum(f, step):
    a, b, c = bracket(f, step)
    x = optimize.minimize_scalar(f, bounds=(0, 200), method="bounded").x
    assert a == 0 < b < c
    assert f(b) < f(a) and f(b) <= f(c)
    assert a < x < c


@pytest.mark.parametrize("f", CURVES)
@pytest.mark.parametrize("search", [golden_section, four_point_search])
def test_searches_find_the_minimum_of_scipy(f, search):
    ends = bracket(f)
    calls = []
    found = search(lambda x: calls.append(x) or f(x), ends[0], ends[2], tol=1e-7)
    want = optimize.minimize_scalar(f, bracket=ends, method="golden", options={"xtol": 1e-9})
    assert abs(found.x - want.x) < 1e-7 + 2e-8 * abs(want.x)
    assert found.value == f(found.x) and found.value <= want.fun + 1e-7
    assert found.evaluations == len(calls)
    assert min(calls) >= ends[0] and max(calls) <= ends[2]


def test_golden_section_asks_for_one_value_a_round():
    count = []
    golden_section(lambda x: count.append(x) or (x - 2) ** 2, 0, 5, tol=1e-6)
    rounds = math.ceil(math.log(5e6) / math.log((1 + math.sqrt(5)) / 2))
    assert len(count) == rounds + 2
    calls = []
    four_point_search(lambda x: calls.append(x) or (x - 2) ** 2, 0, 5, tol=1e-6)
    assert len(calls) > 2 * len(count)


@settings(deadline=None, max_examples=60)
@given(st.floats(1e-5, 1e4), st.floats(1e-3, 1e3), st.floats(1e-4, 1e4))
def test_line_search_finds_the_bottom_of_any_parabola(x, curvature, step):
    found = line_search(lambda a: curvature * (a - x) ** 2, step)
    assert abs(found.x - x) < 4e-6 * x
    assert found.value == curvature * (found.x - x) ** 2


def test_line_search_takes_no_value_above_one_it_has_seen():
    """A function with many minima."""
    seen = []
    found = line_search(lambda a: seen.append(math.sin(a) * math.cos(3 * a + 2)) or seen[-1], 0.3)
    a, b, c = bracket(lambda a: math.sin(a) * math.cos(3 * a + 2), 0.3)
    assert found.value <= math.sin(b) * math.cos(3 * b + 2) and a < found.x < c
    assert found.evaluations == len(seen)


def test_a_line_that_never_falls_or_never_rises_is_told():
    assert bracket(lambda a: a) is None
    assert line_search(lambda a: 3 + a)[:2] == (0.0, 3.0)
    with pytest.raises(ValueError, match="f must have a minimum on the line; got one that still"):
        line_search(lambda a: -a)
    _, b, c = bracket(lambda a: -a if a < 5 else float("nan"))
    assert b < 5 <= c


def test_bad_intervals_are_named():
    with pytest.raises(ValueError, match="step must be above 0; got 0"):
        bracket(abs, 0)
    for search in (golden_section, four_point_search):
        with pytest.raises(ValueError, match="high must be above low; got low=1 and high=1"):
            search(abs, 1, 1)
        with pytest.raises(ValueError, match="tol must be at least"):
            search(abs, 0, 1, tol=0)


# -------------------------------------------------------------------------- steepest descent


def test_steepest_descent_takes_the_exact_steps_of_a_quadratic():
    points = steepest_descent(lambda p: p @ A @ p / 2 - B @ p, np.ones(3), steps=6).points
    phi = np.ones(3)
    for point in points[1:]:
        g = A @ phi - B
        phi = phi - g * (g @ g) / (g @ A @ g)
        np.testing.assert_allclose(point, phi, atol=1e-5)


@pytest.mark.parametrize("grad", [LINE.gradient, None])
def test_steepest_descent_finds_the_line_of_least_squares(grad):
    loss = LINE.loss if grad else lambda p: ((p[0] + p[1] * LINE.x - LINE.y) ** 2).mean()
    path = steepest_descent(loss, [-2, 3], grad=grad, steps=500, tol=1e-6)
    assert path.converged
    np.testing.assert_allclose(path.points[-1], LINE_BEST, atol=1e-5)
    assert (np.diff(path.losses) < 0).all()
    np.testing.assert_allclose(path.losses, [LINE.loss(p) for p in path.points], rtol=1e-12)


# ------------------------------------------------------------------------------------ Newton


def test_newton_needs_one_step_on_a_quadratic():
    path = newton(lambda p: p @ A @ p / 2 - B @ p, [10.0, -20.0, 5.0])
    assert len(path.points) == 2 and path.converged
    np.testing.assert_allclose(path.points[1], np.linalg.solve(A, B), rtol=1e-12)


@pytest.mark.parametrize("by_hand", [True, False])
def test_newton_doubles_the_right_digits_near_a_minimum(by_hand):
    best = optimize.minimize(GABOR.loss, [-0.8, 13], jac=GABOR.gradient, tol=1e-14).x
    hands = {"grad": GABOR.gradient, "hessian": GABOR.hessian} if by_hand else {}

    def loss(phi):
        u = phi[0] + 0.06 * phi[1] * GABOR.x
        return ((ad.sin(u) * ad.exp(-(u**2) / 32) - GABOR.y) ** 2).mean()

    path = newton(GABOR.loss if by_hand else loss, [-0.7, 13.3], **hands, tol=1e-14)
    assert path.converged
    np.testing.assert_allclose(path.points[-1], best, atol=1e-6)
    error = np.linalg.norm(path.points - path.points[-1], axis=1)
    error = error[(error > 1e-9) & (error < 0.5)]
    order = np.log(error[1:]) / np.log(error[:-1])
    assert len(error) >= 3 and order[-1] > 1.8


def saddle(p):
    """Saddle at the origin, minima at (0, +-1)."""
    return p[0] ** 2 + (p[1] ** 2 - 1) ** 2 / 4


def test_plain_newton_goes_to_the_saddle_and_the_others_past_it():
    start = [0.5, 0.1]
    plain = newton(saddle, start)
    np.testing.assert_allclose(plain.points[-1], 0, atol=1e-8)
    assert plain.converged and plain.losses[-1] > 0.249
    for options in ({"damping": 1e-3}, {"saddle_free": True}):
        path = newton(saddle, start, **options)
        np.testing.assert_allclose(path.points[-1], [0, 1], atol=1e-8)
        assert path.converged


def test_saddle_free_newton_uses_absolute_curvatures():
    H = np.array([[1.0, 3.0], [3.0, 1.0]])  # eigenvalues 4 and -2, so |H| is [[3, 1], [1, 3]]
    path = newton(lambda p: p @ H @ p / 2, [1.0, 0.0], saddle_free=True, steps=1)
    step = -np.linalg.solve([[3.0, 1.0], [1.0, 3.0]], H @ [1.0, 0.0])
    np.testing.assert_allclose(path.points[1] - path.points[0], step, rtol=1e-12)


@pytest.mark.parametrize("start", [(-1.2, 1.0), (5.0, -3.0), (0.0, 4.0)])
def test_damped_newton_never_climbs_and_reaches_the_minimum(start):
    path = newton(rosenbrock, start, damping=1.0, steps=200, tol=1e-8)
    assert path.converged
    np.testing.assert_allclose(path.points[-1], [1, 1], atol=1e-7)
    assert (np.diff(path.losses) <= 1e-14).all()


def test_damped_newton_descends_from_every_place_of_the_gabor_surface():
    hands = {"grad": GABOR.gradient, "hessian": GABOR.hessian}
    for start in np.random.default_rng(0).uniform([-6, 5], [6, 20], (20, 2)):
        path = newton(GABOR.loss, start, **hands, damping=1e-2, steps=300, tol=1e-9)
        assert (np.diff(path.losses) <= 1e-14).all()
        assert path.converged and np.linalg.eigvalsh(GABOR.hessian(path.points[-1]))[0] > -1e-12


def test_newton_says_what_is_wrong():
    with pytest.raises(ValueError, match=r"the Hessian must be invertible, or damping above 0"):
        newton(lambda p: p[0] ** 2 + 0 * p[1], [1.0, 1.0])
    with pytest.raises(ValueError, match="grad and hessian must be given both or neither"):
        newton(GABOR.loss, [0, 1], grad=GABOR.gradient)
    with pytest.raises(ValueError, match=r"phi must have shape \(D,\); got \(1, 2\)"):
        newton(saddle, [[0, 1]])
    with pytest.raises(ValueError, match=r"Hessian must have shape \(2, 2\); got \(2,\)"):
        newton(GABOR.loss, [0, 1], grad=GABOR.gradient, hessian=GABOR.gradient)
    with pytest.raises(ValueError, match="damping must be at least 0; got -1"):
        newton(saddle, [1, 1], damping=-1)
    assert not newton(rosenbrock, [-1.2, 1], damping=1.0, steps=2).converged


# ------------------------------------------------------------------------------ Gauss-Newton

TIME = np.linspace(0, 4, 25)
DECAY = 2.5 * np.exp(-1.3 * TIME) + 0.5 + 0.05 * np.random.default_rng(3).standard_normal(25)


def decay(phi):
    return phi[0] * ad.exp(-phi[1] * TIME) + phi[2] - DECAY


def decay_jacobian(phi):
    fall = np.exp(-phi[1] * TIME)
    return np.stack([fall, -phi[0] * TIME * fall, np.ones_like(TIME)], 1)


@pytest.mark.parametrize("damping", [0, 1.0])
@pytest.mark.parametrize("jacobian", [decay_jacobian, None])
def test_gauss_newton_is_scipys_least_squares(damping, jacobian):
    want = optimize.least_squares(
        lambda p: np.asarray(decay(p)), [1, 1, 0], xtol=1e-15, ftol=1e-15, gtol=1e-15
    )
    path = gauss_newton(decay, [1, 1, 0], jacobian=jacobian, damping=damping)
    assert path.converged
    np.testing.assert_allclose(path.points[-1], want.x, rtol=1e-7)
    np.testing.assert_allclose(path.losses[-1], want.cost, rtol=1e-12)


def test_a_gauss_newton_step_is_linear_least_squares():
    phi = np.array([1.0, 0.7, 0.2])
    r, J = np.asarray(decay(phi)), decay_jacobian(phi)
    for damping in (0, 0.3):
        wide = np.vstack([J, math.sqrt(damping) * np.eye(3)])
        want = phi - np.linalg.lstsq(wide, np.r_[r, np.zeros(3)], rcond=None)[0]
        got = gauss_newton(decay, phi, jacobian=decay_jacobian, damping=damping, steps=1)
        np.testing.assert_allclose(got.points[1], want, rtol=1e-12)


def test_gauss_newton_solves_a_line_in_one_step_and_takes_the_shortest_of_many():
    path = gauss_newton(LINE.residual, [5, 5], jacobian=LINE.jacobian)
    np.testing.assert_allclose(path.points[1], LINE_BEST, rtol=1e-12)
    flat = gauss_newton(lambda p: np.ones(3) * (p[0] + p[1]) - 1, [0, 0],
                        jacobian=lambda p: np.ones((3, 2)))  # fmt: skip
    np.testing.assert_allclose(flat.points[-1], [0.5, 0.5], rtol=1e-12)


def test_levenberg_marquardt_lands_where_gauss_newton_overshoots():
    """For arctan, each full step from beyond 1.39 leads further away from the root."""
    hands = {"jacobian": lambda p: np.diag(1 / (1 + p**2))}
    plain = gauss_newton(np.arctan, [2.0], **hands, steps=4)
    assert not plain.converged and (np.diff(np.abs(plain.points[:, 0])) > 0).all()
    damped = gauss_newton(np.arctan, [2.0], **hands, damping=1e-3)
    assert damped.converged and (np.diff(damped.losses) < 0).all()
    np.testing.assert_allclose(damped.points[-1], 0, atol=1e-10)


def test_levenberg_marquardt_is_scipys_on_the_gabor_model():
    for start in np.random.default_rng(0).uniform([-3, 9], [1.5, 17], (10, 2)):
        want = optimize.least_squares(GABOR.residual, start, GABOR.jacobian, xtol=1e-12)
        path = gauss_newton(GABOR.residual, start, jacobian=GABOR.jacobian, damping=1.0)
        assert path.converged and (np.diff(path.losses) <= 1e-14).all()
        np.testing.assert_allclose(path.losses[-1], want.cost, rtol=1e-8)


def test_gauss_newton_names_bad_shapes():
    with pytest.raises(ValueError, match=r"Jacobian must have shape \(25, 3\); got \(3, 25\)"):
        gauss_newton(decay, [1, 1, 0], jacobian=lambda p: decay_jacobian(p).T)
