"""Oracles: autodiff and central differences; Monte Carlo over units and networks; scipy's expm."""

import math

import numpy as np
import pytest
from scipy.linalg import expm

from udlbook import autodiff as ad
from udlbook.networks import deep, relu, shallow, tanh
from udlbook.networks import tangent_kernel as tk

SCALES = {"weight_std": 1.3, "bias_std": 0.4}


def draw(dim, hidden, outputs=1, seed=0):
    rng = np.random.default_rng([seed, dim, hidden, outputs])
    return deep.make([dim, hidden, outputs], rng.standard_normal, rng.standard_normal)


def inputs(n, dim, seed=1):
    return np.random.default_rng([seed, n, dim]).standard_normal((n, dim))


def test_the_forward_pass_is_the_formula_unit_by_unit():
    theta, x = draw(3, 4, 2), inputs(5, 3)
    (W_0, W_1), (b_0, b_1) = theta["weights"], theta["biases"]
    want = np.empty((5, 2))
    for n in range(5):
        for o in range(2):
            total = SCALES["bias_std"] * b_1[o]
            for k in range(4):
                f = sum(W_0[k, i] * x[n, i] for i in range(3)) * SCALES["weight_std"] / 3**0.5
                f += SCALES["bias_std"] * b_0[k]
                total += SCALES["weight_std"] / 4**0.5 * W_1[o, k] * math.tanh(f)
            want[n, o] = total
    np.testing.assert_allclose(tk.forward(x, theta, tanh, **SCALES), want, rtol=1e-12)


@pytest.mark.parametrize("activation", [relu, tanh], ids=lambda a: a.name)
@pytest.mark.parametrize(("dim", "hidden", "outputs"), [(1, 5, 1), (3, 4, 2), (2, 1, 3)])
def test_the_jacobian_is_that_of_autodiff_and_of_central_differences(
    activation, dim, hidden, outputs
):
    theta, x = draw(dim, hidden, outputs), inputs(4, dim)
    J = tk.jacobian(x, theta, activation, **SCALES)
    shapes = [(hidden, dim), (hidden,), (outputs, hidden), (outputs,)]
    ends = np.cumsum([math.prod(s) for s in shapes])
    assert J.shape == (4, outputs, ends[-1])

    def run(v):  # the network from one vector, cut by hand
        W_0, b_0, W_1, b_1 = (
            ad.reshape(v[end - math.prod(s) : end], s) for end, s in zip(ends, shapes, strict=True)
        )
        h = activation(1.3 / dim**0.5 * (x @ W_0.T) + 0.4 * b_0)
        return 1.3 / hidden**0.5 * (h @ W_1.T) + 0.4 * b_1

    v = tk.flatten(theta)
    np.testing.assert_allclose(J, ad.jacobian(run)(v), atol=1e-12)
    for j in range(len(v)):
        step = 1e-6 * np.eye(len(v))[j]
        up, down = (
            tk.forward(x, tk.unflatten(v + s, theta), activation, **SCALES) for s in (step, -step)
        )
        np.testing.assert_allclose(J[:, :, j], (up - down) / 2e-6, atol=1e-8)


def test_flatten_and_unflatten_undo_each_other():
    theta = draw(2, 3, 2)
    v = np.arange(tk.flatten(theta).size, dtype=float)
    back = tk.unflatten(v, theta)
    np.testing.assert_array_equal(tk.flatten(back), v)
    np.testing.assert_array_equal(back["weights"][0], [[0, 1], [2, 3], [4, 5]])
    np.testing.assert_array_equal(back["biases"][0], [6, 7, 8])


@pytest.mark.parametrize("activation", [relu, tanh], ids=lambda a: a.name)
def test_the_empirical_kernel_is_the_product_of_autodiffs_jacobians(activation):
    theta, x, x_2 = draw(2, 6), inputs(4, 2), inputs(3, 2, seed=2)
    arrays = [*theta["weights"], *theta["biases"]]

    def rows(points):
        def run(W_0, W_1, b_0, b_1):
            phi = {"weights": [1.3 / 2**0.5 * W_0, 1.3 / 6**0.5 * W_1]}
            phi["biases"] = [0.4 * b_0, 0.4 * b_1]
            return shallow.forward(points, phi, activation)[:, 0]

        parts = [
            ad.jacobian(lambda a, i=i: run(*arrays[:i], a, *arrays[i + 1 :]))(arrays[i])
            for i in range(4)
        ]
        return np.concatenate([p.reshape(len(points), -1) for p in parts], axis=1)

    got = tk.empirical_kernel(x, x_2, theta, activation, **SCALES)
    np.testing.assert_allclose(got, rows(x) @ rows(x_2).T, rtol=1e-12, atol=1e-13)


def test_a_pair_of_relus_by_monte_carlo_and_in_closed_cases():
    rng = np.random.default_rng(4)
    for var, var_2, cov in [(1.0, 2.0, 0.9), (0.5, 0.7, -0.4), (3.0, 1.0, 0.0)]:
        root = np.linalg.cholesky([[var, cov], [cov, var_2]])
        u, v = root @ rng.standard_normal((2, 400_000))
        both, is_open = tk.relu_pair(var, var_2, cov)
        values = np.maximum(u, 0) * np.maximum(v, 0)
        assert abs(values.mean() - both) < 5 * values.std() / 400_000**0.5
        assert abs(((u > 0) & (v > 0)).mean() - is_open) < 0.004
    both, is_open = tk.relu_pair(np.array([4.0, 4.0]), 4.0, np.array([4.0, -4.0]))
    np.testing.assert_allclose(both, [2.0, 0.0], atol=1e-12)  # u = v: half of E[u^2]; u = -v: none
    np.testing.assert_allclose(is_open, [0.5, 0.0], atol=1e-12)


def test_the_kernel_at_infinite_width_is_the_limit_and_the_gap_falls_by_the_root_of_the_width():
    x = inputs(5, 3)
    wide = tk.wide_relu_kernels(x, x, **SCALES)
    gaps = []
    for hidden in (100, 10_000):
        kernels = [
            tk.empirical_kernel(x, x, draw(3, hidden, seed=s), relu, **SCALES) for s in range(30)
        ]
        gaps.append(np.mean([np.linalg.norm(K - wide.tangent) for K in kernels]))
    assert 8 < gaps[0] / gaps[1] < 12.5  # 100 times the units, a tenth of the gap
    assert gaps[1] < 0.05 * np.linalg.norm(wide.tangent)


def test_the_output_kernel_is_the_covariance_of_outputs_over_networks():
    x = inputs(3, 2)
    wide = tk.wide_relu_kernels(x, x, **SCALES)
    y = np.array([tk.forward(x, draw(2, 200, seed=s), relu, **SCALES)[:, 0] for s in range(3000)])
    size = np.sqrt(np.diag(wide.output))
    assert (np.abs(y.mean(0)) < 0.08 * size).all()
    assert (np.abs(np.cov(y.T) - wide.output) < 0.1 * np.outer(size, size)).all()


def test_kernels_between_two_sets_are_parts_of_the_kernel_of_their_union():
    x, x_2 = inputs(3, 2), inputs(4, 2, seed=7)
    both = np.concatenate([x, x_2])
    whole, part = tk.wide_relu_kernels(both, both), tk.wide_relu_kernels(x, x_2)
    np.testing.assert_allclose(part.tangent, whole.tangent[:3, 3:], rtol=1e-12)
    np.testing.assert_allclose(part.output, whole.output[:3, 3:], rtol=1e-12)
    assert np.linalg.eigvalsh(whole.tangent).min() > 0


@pytest.mark.parametrize("rank", [5, 2])
def test_kernel_weights_are_those_of_expm(rank):
    rng = np.random.default_rng(2)
    G, G_2 = rng.standard_normal((5, rank)), rng.standard_normal((3, rank))
    K, across = G @ G.T, G_2 @ G.T
    for t in (0.0, 0.2, 4.0):
        want = across @ np.linalg.pinv(K) @ (np.eye(5) - expm(-2 * t / 5 * K))
        np.testing.assert_allclose(tk.kernel_weights(K, t, across), want, atol=1e-10)
    end = tk.kernel_weights(K, np.array([[np.inf, 1e9]]), across)
    assert end.shape == (1, 2, 3, 5)
    np.testing.assert_allclose(end[0, 0], across @ np.linalg.pinv(K), atol=1e-10)
    np.testing.assert_allclose(end[0, 1], end[0, 0], atol=1e-6)
    np.testing.assert_allclose(tk.kernel_weights(K, 0.2), tk.kernel_weights(K, 0.2, K))


def test_a_wide_network_follows_the_prediction_of_its_first_kernel_and_a_narrow_one_does_not():
    x, x_new = inputs(6, 2), inputs(4, 2, seed=5)
    y, t, n_steps = np.sin(2 * x[:, 0]) + x[:, 1], 3.0, 300

    def gap(hidden):
        theta = draw(2, hidden)
        v = tk.flatten(theta)
        first = tk.forward(x, theta, relu)[:, 0]
        A = tk.kernel_weights(
            tk.empirical_kernel(x, x, theta, relu), t, tk.empirical_kernel(x_new, x, theta, relu)
        )
        predicted = tk.forward(x_new, theta, relu)[:, 0] + A @ (y - first)
        for _ in range(n_steps):  # gradient descent with small steps, by the Jacobian of autodiff

            def loss(v):
                W_0, b_0 = ad.reshape(v[: 2 * hidden], (hidden, 2)), v[2 * hidden : 3 * hidden]
                h = ad.relu(x @ W_0.T + 0.5 * b_0)  # sqrt(2) / sqrt(2 inputs) = 1
                out = h @ v[3 * hidden : 4 * hidden] * (2 / hidden) ** 0.5 + 0.5 * v[4 * hidden]
                r = out - y
                return ad.mean(r * r)

            v = v - t / n_steps * ad.grad(loss)(v)
        return np.abs(tk.forward(x_new, tk.unflatten(v, theta), relu)[:, 0] - predicted).max()

    assert gap(4000) < 0.05 < 0.1 < gap(8)


def test_what_is_refused():
    theta, x = draw(2, 3), np.ones((4, 2))
    for call, message in [
        (lambda: tk.jacobian(np.ones((4, 3)), theta, relu), "x must have shape"),
        (lambda: tk.forward(x, theta, relu, weight_std=-1), "weight_std must be at least 0"),
        (lambda: tk.forward(x, theta, relu, bias_std=-1), "bias_std must be at least 0"),
        (lambda: tk.flatten(deep.make([2, 3, 3, 1], np.ones)), "2 weight matrices; got 3"),
        (lambda: tk.unflatten(np.ones(5), theta), r"vector must have shape \(13,\)"),
        (lambda: tk.empirical_kernel(x, x, draw(2, 3, 2), relu), "1 output; got 2"),
        (lambda: tk.wide_relu_kernels(x, np.ones((4, 3))), "x_2 must have shape"),
        (lambda: tk.wide_relu_kernels(0 * x, x, bias_std=0), "variances must be positive"),
        (lambda: tk.relu_pair(1, 1, 2), "between -1 and 1; got 2"),
        (lambda: tk.kernel_weights(np.ones((2, 3)), 1), "kernel must have shape"),
        (lambda: tk.kernel_weights(np.array([[1.0, 1], [0, 1]]), 1), "symmetric"),
        (lambda: tk.kernel_weights(np.eye(2), -1.0), "at least 0; got -1"),
        (lambda: tk.kernel_weights(np.eye(2), 1, np.ones((2, 3))), "across must have shape"),
    ]:
        with pytest.raises(ValueError, match=message):
            call()
