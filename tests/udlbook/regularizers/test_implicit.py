"""Oracles: the orders of vanishing errors; all orders of the batches; scipy's solver; autodiff."""

from itertools import pairwise, permutations

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from udlbook import autodiff as ad
from udlbook.data import GaborModel, gabor_points
from udlbook.optim import SGD
from udlbook.regularizers import implicit_penalty, modified_gradient

x, y = gabor_points()
FULL = [GaborModel(x, y)]
BATCHES = [GaborModel(x[i::3], y[i::3]) for i in range(3)]
START = np.array([-1.5, 9.0])


def gradients(models, phi):
    return np.array([m.gradient(phi) for m in models])


def flow(models, lr, time, start=START):
    """Where the flow of the modified loss is after some time; scipy follows it."""

    def field(_, phi):
        hessians = np.array([m.hessian(phi) for m in models])
        return -modified_gradient(gradients(models, phi), hessians, lr)

    return solve_ivp(field, (0, time), start, rtol=1e-11, atol=1e-12).y[:, -1]


def descent(model, lr, steps):
    optimizer = SGD(START.copy(), lr)
    for _ in range(steps):
        optimizer.step(model.gradient(optimizer.params))
    return optimizer.params


def test_the_penalty_is_the_sum_written_out_and_splits_the_mean_square():
    g = np.random.default_rng(0).normal(size=(4, 7, 3))
    step, batch = implicit_penalty(g, 0.3)
    assert step.shape == batch.shape == (7,)
    total = 0.3 / (4 * 4) * np.array([sum(float(v @ v) for v in g[:, i]) for i in range(7)])
    np.testing.assert_allclose(step + batch, total)
    mean = sum(g) / 4
    np.testing.assert_allclose(step, [0.3 / 4 * float(v @ v) for v in mean])


def test_with_one_batch_only_the_step_is_penalized():
    g = np.array([[3.0, 4.0]])
    assert implicit_penalty(g, 0.4)[0] == pytest.approx(2.5)
    assert implicit_penalty(g, 0.4)[1] == 0


def test_the_modified_gradient_is_the_slope_of_loss_plus_penalty():
    lr, h = 0.7, 1e-6

    def modified(phi):
        penalty = implicit_penalty(gradients(BATCHES, phi), lr)
        return np.mean([m.loss(phi) for m in BATCHES]) + sum(penalty)

    for phi in np.random.default_rng(1).normal(size=(5, 2)) * [3, 6]:
        units = h * np.eye(2)
        want = [(modified(phi + u) - modified(phi - u)) / (2 * h) for u in units]
        hessians = np.array([m.hessian(phi) for m in BATCHES])
        got = modified_gradient(gradients(BATCHES, phi), hessians, lr)
        np.testing.assert_allclose(got, want, atol=1e-7)
        plain = modified_gradient(gradients(BATCHES, phi), hessians, 0.0)
        np.testing.assert_allclose(plain, FULL[0].gradient(phi), atol=1e-12)


def test_it_is_autodiffs_for_a_loss_that_is_no_parabola():
    def loss(p):
        return (p[0] * p[1] - 1.0) ** 2 + ad.sin(p[0])

    grad, phi = ad.grad(loss), np.array([0.7, 2.0])
    hessian = ad.jacobian(grad)(phi)

    def modified(p):
        g = (2 * (p[0] * p[1] - 1) * p[1] + ad.cos(p[0]), 2 * (p[0] * p[1] - 1) * p[0])
        return loss(p) + 0.1 / 4 * (g[0] ** 2 + g[1] ** 2)

    got = modified_gradient(grad(phi)[None], hessian[None], 0.1)
    np.testing.assert_allclose(got, ad.grad(modified)(phi))


def test_halving_the_step_divides_the_distance_to_the_modified_flow_by_four():
    time, rates = 4.0, [0.2, 0.1, 0.05]
    plain, modified = [], []
    for lr in rates:
        end = descent(FULL[0], lr, round(time / lr))
        plain.append(np.linalg.norm(end - flow(FULL, 0.0, time)))
        modified.append(np.linalg.norm(end - flow(FULL, lr, time)))
    for before, after in pairwise(plain):
        assert 1.8 < before / after < 2.2  # order 1: the plain flow
    for before, after in pairwise(modified):
        assert 3.5 < before / after < 4.5  # order 2: the modified flow
    assert modified[0] < plain[0] / 5


def test_an_epoch_averaged_over_all_orders_follows_the_modified_flow_to_third_order():
    plain, modified = [], []
    for lr in [0.1, 0.05, 0.025]:
        ends = []
        for order in permutations(BATCHES):
            phi = START.copy()
            for model in order:
                phi = phi - lr * model.gradient(phi)
            ends.append(phi)
        mean, time = np.mean(ends, axis=0), 3 * lr
        plain.append(np.linalg.norm(mean - flow(FULL, 0.0, time)))
        modified.append(np.linalg.norm(mean - flow(BATCHES, lr, time)))
    for before, after in pairwise(plain):
        assert 3.5 < before / after < 4.5  # local order 2
    for before, after in pairwise(modified):
        assert 7 < before / after < 9  # local order 3


def test_a_modified_flow_without_the_term_of_the_batches_is_no_better_than_order_two():
    misses = []
    for lr in [0.1, 0.05]:
        ends = []
        for order in permutations(BATCHES):
            phi = START.copy()
            for model in order:
                phi = phi - lr * model.gradient(phi)
            ends.append(phi)
        misses.append(np.linalg.norm(np.mean(ends, axis=0) - flow(FULL, lr, 3 * lr)))
    assert 3.3 < misses[0] / misses[1] < 4.7


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: implicit_penalty(np.ones(3), 0.1), r"gradients must have shape \(m, ..., D\)"),
        (lambda: implicit_penalty(np.ones((2, 3)), -1), "lr must be at least 0"),
        (
            lambda: modified_gradient(np.ones((2, 3)), np.ones((2, 3, 2)), 0.1),
            "hessians must have shape",
        ),
        (lambda: modified_gradient(np.ones(3), np.ones((3, 3)), 0.1), "gradients must have"),
        (
            lambda: modified_gradient(np.ones((2, 3)), np.ones((2, 3, 3)), -0.1),
            "lr must be at least 0",
        ),
    ],
)
def test_bad_input_is_a_value_error(call, message):
    with pytest.raises(ValueError, match=message):
        call()
