"""Oracles: torch with copied weights; central differences; our autodiff; sums over units."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from udlbook import autodiff as ad
from udlbook.networks import ACTIVATIONS, deep, relu, residual, shallow, swish, tanh


def random_phi(*sizes, seed=0):
    rng = np.random.default_rng([seed, *sizes])
    return deep.make(sizes, rng.standard_normal, rng.standard_normal)


def randn(*shape, seed=1):
    return np.random.default_rng([seed, *shape]).standard_normal(shape)


def leaves(phi):
    """All arrays: of each block its weights, then its biases."""
    blocks = phi if isinstance(phi, list) else [phi]
    return [a for block in blocks for a in (*block["weights"], *block["biases"])]


def rebuilt(phi, arrays):
    """An object like phi that holds these arrays."""
    arrays = iter(arrays)
    blocks = [
        {key: [next(arrays) for _ in block[key]] for key in ("weights", "biases")}
        for block in (phi if isinstance(phi, list) else [phi])
    ]
    return blocks if isinstance(phi, list) else blocks[0]


NETS = {
    # name: (module, parameters, width of the input)
    "shallow, 1-3-1": (shallow, random_phi(1, 3, 1), 1),
    "shallow, 3-7-2": (shallow, random_phi(3, 7, 2), 3),
    "deep, linear": (deep, random_phi(3, 2), 3),
    "deep, 2-5-1-4-3": (deep, random_phi(2, 5, 1, 4, 3), 2),
    "residual, two blocks": (residual, [random_phi(3, 5, 3), random_phi(3, 4, 2, 3)], 3),
    "residual, no block": (residual, [], 3),
}
EACH = pytest.mark.parametrize("name", list(NETS))
BENT = pytest.mark.parametrize("activation", [relu, tanh, swish], ids=lambda a: a.name)


def torch_forward(x, phi, activation):
    """The networks again, with torch's own layers."""
    bend = {"relu": torch.relu, "tanh": torch.tanh, "swish": torch.nn.functional.silu}
    if isinstance(phi, list):
        for block in phi:
            x = x + torch_forward(x, block, activation)
        return x
    last = len(phi["weights"]) - 1
    for k, (W, b) in enumerate(zip(phi["weights"], phi["biases"], strict=True)):
        x = torch.nn.functional.linear(x, W, b)
        x = bend[activation.name](x) if k < last else x
    return x


@BENT
@EACH
def test_values_and_gradients_are_torchs_and_those_of_autodiff(name, activation):
    net, phi, dim = NETS[name]
    x = randn(6, dim)
    s = net.stages(x, phi, activation)
    y_bar = randn(*s.y.shape, seed=2)
    phi_bar, x_bar = net.backward(s, phi, activation, y_bar)

    xt = torch.tensor(x, requires_grad=True)
    ts = [torch.tensor(a, requires_grad=True) for a in leaves(phi)]
    y = torch_forward(xt, rebuilt(phi, ts), activation)
    want = torch.autograd.grad((y * torch.from_numpy(y_bar)).sum(), [xt, *ts])
    np.testing.assert_allclose(s.y, y.detach().numpy(), rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(net.forward(x, phi, activation), s.y, rtol=1e-12, atol=1e-13)
    for got, w in zip([x_bar, *leaves(phi_bar)], want, strict=True):
        np.testing.assert_allclose(got, w.numpy(), rtol=1e-11, atol=1e-12)

    xa = ad.Tensor(x, requires_grad=True)
    tensors = [ad.Tensor(a, requires_grad=True) for a in leaves(phi)]
    (net.stages(xa, rebuilt(phi, tensors), activation).y * y_bar).sum().backward()
    for got, t in zip([x_bar, *leaves(phi_bar)], [xa, *tensors], strict=True):
        np.testing.assert_allclose(got, t.grad, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("activation", ACTIVATIONS.values(), ids=lambda a: a.name)
def test_autodiff_goes_through_every_activation(activation):
    phi, x = random_phi(2, 5, 4, 1), randn(6, 2)
    s = deep.stages(x, phi, activation)
    phi_bar, _ = deep.backward(s, phi, activation, np.ones((6, 1)))
    tensors = [ad.Tensor(a, requires_grad=True) for a in leaves(phi)]
    deep.forward(x, rebuilt(phi, tensors), activation).sum().backward()
    for got, t in zip(leaves(phi_bar), tensors, strict=True):
        np.testing.assert_allclose(got, 0 if t.grad is None else t.grad, rtol=1e-10, atol=1e-12)


@EACH
def test_gradients_are_slopes_of_a_real_loss(name):
    net, phi, dim = NETS[name]
    x, target = randn(6, dim), randn(6, net.forward(np.zeros((1, dim)), phi, tanh).shape[1])

    def loss(arrays):
        y = net.forward(arrays[0], rebuilt(phi, arrays[1:]), tanh)
        return np.mean(np.sum((y - target) ** 2, axis=1))

    s = net.stages(x, phi, tanh)
    phi_bar, x_bar = net.backward(s, phi, tanh, 2 * (s.y - target) / len(x))
    arrays = [x, *leaves(phi)]
    moves = [randn(*a.shape, seed=i) for i, a in enumerate(arrays)]
    h = 1e-5
    ahead, behind = (
        loss([a + t * m for a, m in zip(arrays, moves, strict=True)]) for t in (h, -h)
    )
    slope = sum(np.sum(g * m) for g, m in zip([x_bar, *leaves(phi_bar)], moves, strict=True))
    np.testing.assert_allclose(slope, (ahead - behind) / (2 * h), rtol=1e-7)


@settings(deadline=None, max_examples=25)
@given(st.lists(st.integers(1, 6), min_size=2, max_size=5), st.integers(1, 5), st.integers(0, 99))
def test_gradients_are_slopes_for_all_sizes(sizes, batch, seed):
    phi, x = random_phi(*sizes, seed=seed), randn(batch, sizes[0], seed=seed)
    s = deep.stages(x, phi, tanh)
    y_bar = randn(*s.y.shape, seed=seed)
    phi_bar, x_bar = deep.backward(s, phi, tanh, y_bar)
    arrays, bars = [x, *leaves(phi)], [x_bar, *leaves(phi_bar)]
    moves = [randn(*a.shape, seed=i) for i, a in enumerate(arrays)]

    def f(t):
        moved = [a + t * m for a, m in zip(arrays, moves, strict=True)]
        return np.sum(y_bar * deep.forward(moved[0], rebuilt(phi, moved[1:]), tanh))

    slope = sum(np.sum(g * m) for g, m in zip(bars, moves, strict=True))
    np.testing.assert_allclose(slope, (f(1e-5) - f(-1e-5)) / 2e-5, rtol=1e-5, atol=1e-6)


def test_the_stages_of_a_shallow_network_are_those_of_each_unit():
    phi, x = random_phi(2, 4, 3), randn(5, 2)
    (W_0, W_1), (b_0, b_1) = phi["weights"], phi["biases"]
    s = shallow.stages(x, phi, relu)
    for n in range(5):
        for j in range(3):
            y = b_1[j]
            for d in range(4):
                f = b_0[d] + sum(W_0[d, i] * x[n, i] for i in range(2))
                contribution = W_1[j, d] * max(f, 0.0)
                y += contribution
                assert np.isclose(s.f[n, d], f) and s.h[n, d] == max(s.f[n, d], 0)
                assert np.isclose(s.contributions[n, j, d], contribution)
            assert np.isclose(s.y[n, j], y)


@pytest.mark.parametrize("outputs", [1, 3])
def test_the_mean_square_and_its_gradient_are_torchs(outputs):
    phi, x, y = random_phi(2, 5, outputs), randn(7, 2), randn(7, outputs, seed=2)
    loss, grads = shallow.mean_square(phi, x, y, tanh)
    tensors = [torch.tensor(a, requires_grad=True) for a in leaves(phi)]
    y_hat = torch_forward(torch.from_numpy(x), rebuilt(phi, tensors), tanh)
    theirs = torch.nn.functional.mse_loss(y_hat, torch.from_numpy(y))
    theirs.backward()
    assert loss == pytest.approx(theirs.item(), rel=1e-12)
    for g, t in zip(leaves(grads), tensors, strict=True):
        np.testing.assert_allclose(g, t.grad.numpy(), rtol=1e-10)


def test_a_spread_start_has_steep_units_that_bend_in_the_interval():
    phi = shallow.spread(4000, rng=np.random.default_rng(0))
    places, (u, w) = shallow.joints(phi), phi["weights"]
    assert 0 <= places.min() < 0.01 and 0.99 < places.max() <= 1
    np.testing.assert_allclose(np.histogram(places, 4, (0, 1))[0], 1000, atol=120)
    assert 4 <= abs(u).min() < 4.01 and 7.99 < abs(u).max() <= 8
    assert abs((u > 0).mean() - 0.5) < 0.03 and w.std() == pytest.approx(0.1, rel=0.05)
    assert phi["biases"][1].tolist() == [0.0]
    again = shallow.spread(4000, rng=np.random.default_rng(0))
    np.testing.assert_array_equal(shallow.joints(again), places)
    with pytest.raises(ValueError, match="hidden must be at least 1; got 0"):
        shallow.spread(0, rng=np.random.default_rng(0))


def test_a_unit_bends_at_its_joint_and_nowhere_else():
    phi = random_phi(1, 5, 1)
    phi["weights"][0][2] = 0
    phi["biases"][0][3] = 0
    joints = shallow.joints(phi)
    assert np.isnan(joints[2]) and str(joints[3]) == "0.0"
    f = shallow.stages(joints[[0, 1, 3, 4], None], phi, relu).f
    np.testing.assert_allclose(f[range(4), [0, 1, 3, 4]], 0, atol=1e-15)
    assert (f != 0).sum() >= 16


def test_stages_of_a_deep_network_lead_from_one_to_the_next():
    phi, x = random_phi(2, 4, 3, 1), randn(5, 2)
    s = deep.stages(x, phi, relu)
    assert s.h[0] is x and s.y is s.f[-1]
    assert [h.shape for h in s.h] == [(5, 2), (5, 4), (5, 3)]
    assert [f.shape for f in s.f] == [(5, 4), (5, 3), (5, 1)]
    np.testing.assert_array_equal(s.h[2], np.where(s.f[1] > 0, s.f[1], 0))


@settings(deadline=None, max_examples=25)
@given(
    st.lists(st.integers(1, 5), min_size=2, max_size=4),
    st.lists(st.integers(1, 5), min_size=1, max_size=3),
    st.integers(0, 99),
)
def test_a_composition_is_one_network_after_the_other(first, second, seed):
    phi_1, phi_2 = random_phi(*first, seed=seed), random_phi(first[-1], *second, seed=seed + 1)
    both, x = deep.compose(phi_1, phi_2), randn(6, first[0])
    want = deep.forward(deep.forward(x, phi_1, tanh), phi_2, tanh)
    np.testing.assert_allclose(deep.forward(x, both, tanh), want, rtol=1e-10, atol=1e-11)
    widths = [W.shape[0] for W in both["weights"]]
    assert widths == first[1:-1] + second  # the middle layer is gone: no bend, no layer


@pytest.mark.parametrize("hidden", [3, 4, 7])
def test_a_fold_joins_its_corners_and_goes_on_beyond_them(hidden):
    corners = np.array([0, 0.5, *range(1, hidden + 1)]) / hidden
    heights = np.arange(hidden + 2) % 2  # down, up, down, up ...
    x = np.linspace(0, 1, 1001)
    got = deep.forward(x[:, None], deep.fold(hidden), relu)[:, 0]
    np.testing.assert_allclose(got, np.interp(x, corners, heights), atol=1e-12)
    ends = deep.forward(np.array([[-1.0], [2.0]]), deep.fold(hidden), relu)[:, 0]
    last = heights[-1] + hidden * (heights[-1] - heights[-2])
    np.testing.assert_allclose(ends, [-2 * hidden, last], atol=1e-12)


@pytest.mark.parametrize(("hidden", "depth"), [(3, 4), (4, 3), (6, 2)])
def test_folds_of_folds_turn_as_often_as_a_network_can(hidden, depth):
    phi = deep.fold(hidden)
    for _ in range(depth - 1):
        phi = deep.compose(phi, deep.fold(hidden))
    x = np.linspace(0, 1, (2 * hidden) ** depth * 8 + 1)  # every corner is among them
    rising = np.diff(deep.forward(x[:, None], phi, relu)[:, 0]) > 0
    assert 1 + np.count_nonzero(rising[1:] != rising[:-1]) == (hidden + 1) ** depth


@given(st.lists(st.integers(1, 9), min_size=2, max_size=6))
def test_parameters_are_counted_as_torch_counts_them(sizes):
    linear = [torch.nn.Linear(a, b) for a, b in pairwise(sizes)]
    count = sum(p.numel() for layer in linear for p in layer.parameters())
    assert deep.n_parameters(sizes) == count == sum(a.size for a in leaves(random_phi(*sizes)))


def test_a_linear_network_of_any_depth_is_one_matrix():
    phi, x = random_phi(3, 6, 5, 2), randn(4, 3)
    W_0, W_1, W_2 = phi["weights"]
    constant = deep.forward(np.zeros((1, 3)), phi, ACTIVATIONS["identity"])
    y = deep.forward(x, phi, ACTIVATIONS["identity"])
    np.testing.assert_allclose(y, x @ (W_2 @ W_1 @ W_0).T + constant, rtol=1e-12)


def test_a_part_of_the_gradient_of_a_residual_network_reaches_the_input_untouched():
    phi = [random_phi(3, 4, 3, seed=k) for k in range(30)]
    for block in phi:
        block["weights"][-1][:] = 0  # the blocks add constants
    s = residual.stages(randn(2, 3), phi, relu)
    y_bar = randn(2, 3, seed=5)
    phi_bar, x_bar = residual.backward(s, phi, relu, y_bar)
    np.testing.assert_array_equal(x_bar, y_bar)
    np.testing.assert_allclose(phi_bar[0]["biases"][1], y_bar.sum(axis=0))


def test_gradient_of_a_residual_network_is_a_sum_over_all_paths():
    phi, x = [random_phi(2, 4, 2, seed=k) for k in range(3)], randn(1, 2)
    s = residual.stages(x, phi, tanh)
    J = []
    for k in range(3):
        block = rebuilt(phi[k], [torch.from_numpy(a) for a in leaves(phi[k])])
        h = torch.from_numpy(s.h[k][0])
        f_k = lambda h, block=block: torch_forward(h[None], block, tanh)[0]  # noqa: E731
        J.append(torch.autograd.functional.jacobian(f_k, h).numpy())
    paths = np.zeros((2, 2))
    for taken in np.ndindex(2, 2, 2):  # through block k or around it
        product = np.eye(2)
        for k in range(3):
            product = (J[k] if taken[k] else np.eye(2)) @ product
        paths += product
    rows = [residual.backward(s, phi, tanh, np.eye(2)[[i]])[1][0] for i in range(2)]
    np.testing.assert_allclose(np.array(rows), paths, rtol=1e-12)


PHI = random_phi(2, 3, 1)
BAD = {
    "no layer": (
        lambda: deep.forward(np.zeros((1, 2)), {"weights": [], "biases": []}, relu),
        "as many biases as weights, at least one; got 0 and 0",
    ),
    "one bias too few": (
        lambda: deep.layers({"weights": PHI["weights"], "biases": PHI["biases"][:1]}),
        "got 1 and 2",
    ),
    "layers that do not fit": (
        lambda: deep.layers({"weights": [np.ones((3, 2))] * 2, "biases": [np.ones(3)] * 2}),
        r"weights\[1\] must have shape \(outputs, inputs=3\); got \(3, 2\)",
    ),
    "input": (lambda: deep.forward(np.zeros((4, 3)), PHI, relu), r"x must .*B, 2.*got \(4, 3\)"),
    "one example without batch": (lambda: shallow.forward(np.zeros(2), PHI, relu), r"got \(2,\)"),
    "y_bar": (
        lambda: deep.backward(
            deep.stages(np.zeros((4, 2)), PHI, relu), PHI, relu, np.zeros((4, 2))
        ),
        r"y_bar must have shape \(4, 1\); got \(4, 2\)",
    ),
    "y_bar, shallow": (
        lambda: shallow.backward(
            shallow.stages(np.zeros((4, 2)), PHI, relu), PHI, relu, np.zeros(4)
        ),
        r"y_bar must have shape \(4, 1\); got \(4,\)",
    ),
    "deep as shallow": (
        lambda: shallow.stages(np.zeros((4, 2)), random_phi(2, 3, 3, 1), relu),
        "2 weight matrices; got 3",
    ),
    "joints of two inputs": (lambda: shallow.joints(PHI), r"\(H, 1\); got \(3, 2\)"),
    "composition": (lambda: deep.compose(PHI, PHI), r"\(outputs, 1\); got \(3, 2\)"),
    "block that changes the width": (
        lambda: residual.forward(np.zeros((4, 2)), [PHI], relu),
        r"block 0 must have shape \(4, 2\); got \(4, 1\)",
    ),
    "sizes": (lambda: deep.n_parameters([3]), r"two or more positive widths; got \[3\]"),
    "a fold of too few": (lambda: deep.fold(2), "hidden must be .*3.*got 2"),
    "no width": (lambda: deep.make([3, 0], np.ones), r"got \[3, 0\]"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_does_not_fit_is_said(case):
    call, message = BAD[case]
    with pytest.raises(ValueError, match=message):
        call()
