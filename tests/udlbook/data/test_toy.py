"""Oracles: the stated model and seed; finite differences; autodiff; numpy.linalg.lstsq."""

import numpy as np
import pytest

from udlbook import autodiff as ad
from udlbook.data import GaborModel, LineModel, gabor_points, line_points

LINE, GABOR = LineModel(*line_points()), GaborModel(*gabor_points())
PLACES = np.random.default_rng(0).uniform([-8, 3], [8, 20], (20, 2))


def line(x, phi):
    return phi[0] + phi[1] * x


def gabor(x, phi):
    u = phi[0] + 0.06 * phi[1] * x
    return ad.sin(u) * ad.exp(-(u**2) / 32)


def by_autodiff(f, model):
    return lambda phi: ((f(model.x, phi) - model.y) ** 2).mean()


@pytest.mark.parametrize(
    "points, f, n, ends, phi, sigma, seed",
    [
        (line_points, line, 12, (0, 2), (0.6, 0.8), 0.15, 6),
        (gabor_points, lambda x, phi: gabor(x, phi).data, 30, (-15, 15), (-0.8, 13.0), 0.1, 8),
    ],
)
def test_the_points_were_drawn_as_stated(points, f, n, ends, phi, sigma, seed):
    rng = np.random.default_rng(seed)
    x = rng.uniform(*ends, n).round(2)
    y = f(ad.Tensor(x) if points is gabor_points else x, phi) + sigma * rng.standard_normal(n)
    np.testing.assert_array_equal(points()[0], x)
    np.testing.assert_allclose(points()[1], y, atol=0.0005 + 1e-12)


@pytest.mark.parametrize("f, model", [(line, LINE), (gabor, GABOR)])
def test_loss_gradient_and_hessian_are_those_of_autodiff(f, model):
    loss = by_autodiff(f, model)
    for phi in PLACES:
        np.testing.assert_allclose(model.loss(phi), loss(ad.Tensor(phi)).data, rtol=1e-13)
        np.testing.assert_allclose(model.gradient(phi), ad.grad(loss)(phi), atol=1e-13)
        want = ad.jacobian(ad.grad(loss))(phi)
        np.testing.assert_allclose(model.hessian(phi), want, atol=1e-12)
        want = ad.jacobian(lambda p: f(model.x, p))(phi)
        np.testing.assert_allclose(model.jacobian(phi), want, atol=1e-13)


@pytest.mark.parametrize("model", [LINE, GABOR])
def test_derivatives_are_finite_differences(model):
    h = 1e-5 * np.eye(2)
    for phi in PLACES:
        slope = (model.loss(phi + h) - model.loss(phi - h)) / 2e-5
        np.testing.assert_allclose(model.gradient(phi), slope, atol=1e-8)
        slope = (model.gradient(phi + h) - model.gradient(phi - h)) / 2e-5
        np.testing.assert_allclose(model.hessian(phi), slope, atol=1e-7)
        slope = (model.residual(phi + h) - model.residual(phi - h)) / 2e-5
        np.testing.assert_allclose(model.jacobian(phi), slope.T, atol=1e-8)


def test_a_grid_is_evaluated_in_one_call():
    grid = PLACES.reshape(4, 5, 2)
    for method, shape in (("loss", ()), ("gradient", (2,)), ("hessian", (2, 2))):
        whole = getattr(GABOR, method)(grid)
        assert whole.shape == (4, 5, *shape)
        np.testing.assert_allclose(whole[3, 1], getattr(GABOR, method)(grid[3, 1]), atol=1e-15)


def test_the_line_is_flat_at_the_least_squares_solution():
    x, y = line_points()
    phi = np.linalg.lstsq(np.stack([np.ones(12), x], 1), y, rcond=None)[0]
    np.testing.assert_allclose(LINE.gradient(phi), 0, atol=1e-14)


def test_the_gabor_surface_has_minima_and_saddles():
    """Stationary points are between grid points where both slopes change sign."""
    a, b = np.meshgrid(np.linspace(-10, 10, 400), np.linspace(2.5, 22.5, 400), indexing="ij")
    sign = np.sign(GABOR.gradient(np.stack([a, b], -1)))
    corners = [sign[:-1, :-1], sign[1:, :-1], sign[:-1, 1:], sign[1:, 1:]]
    total = np.abs(sum(corners)) < 4
    at = np.argwhere(total.all(-1))
    kinds = {tuple(np.sign(np.linalg.eigvalsh(GABOR.hessian(np.array([a[i, j], b[i, j]])))))
             for i, j in at}  # fmt: skip
    assert {(1.0, 1.0), (-1.0, 1.0), (-1.0, -1.0)} <= kinds


def test_bad_shapes_are_named():
    with pytest.raises(ValueError, match=r"y must have shape \(3,\); got \(2,\)"):
        LineModel(np.zeros(3), np.zeros(2))
    with pytest.raises(ValueError, match=r"phi must have shape \(..., 2\); got \(3,\)"):
        GABOR.loss(np.zeros(3))
