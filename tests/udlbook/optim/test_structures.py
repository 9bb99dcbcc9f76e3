"""Oracles: the same method on one small array, which the other file compares with torch."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from udlbook.autodiff import Tensor
from udlbook.optim import SGD, Adam, AdamW, RMSProp, _optimizer


def steps(optimizer, params, grads, n=5):
    for k in range(n):
        optimizer.step(grads(k))
    return params


def alone(start, gradients, make):
    """Each value by itself, in an array of one."""
    out = np.empty_like(start)
    for i in np.ndindex(start.shape):
        p = np.array([start[i]])
        optimizer = make(p)
        for g in gradients:
            optimizer.step(np.array([g[i]]))
        out[i] = p[0]
    return out


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 40), min_size=1, max_size=6), st.integers(0, 99), st.booleans())
def test_cutting_and_joining_change_nothing(sizes, seed, single):
    rng = np.random.default_rng(seed)
    kind = np.float32 if single else np.float64
    start = [rng.standard_normal(n).astype(kind) for n in sizes]
    g = [[rng.standard_normal(n).astype(kind) for n in sizes] for _ in range(4)]

    def make(p):
        return Adam(p, 0.1, weight_decay=0.1, amsgrad=True, maximize=bool(seed % 2))

    params = [p.copy() for p in start]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_optimizer, "WORKING_BYTES", 560)  # blocks of some ten numbers
        steps(make(params), params, lambda k: g[k], 4)
    for i, p in enumerate(params):
        np.testing.assert_array_equal(p, alone(start[i], [row[i] for row in g], make))


def test_a_large_array_is_all_of_its_values():
    rng = np.random.default_rng(0)
    start, g = rng.standard_normal(50_000), rng.standard_normal((3, 50_000))
    optimizer = AdamW(q := start.copy(), 0.1)
    p = steps(optimizer, q, lambda k: g[k], 3)
    cut = [stop for block in optimizer._blocks for _, _, stop in block.pieces]
    assert len(cut) > 1
    chosen = np.r_[0:5, cut[0] - 5 : cut[0] + 5, 49_990:50_000]
    want = alone(start[chosen], g[:, chosen], lambda a: AdamW(a, 0.1))
    np.testing.assert_array_equal(p[chosen], want)


@pytest.mark.parametrize("n", [7, 300])
def test_strided_arrays_and_gradients_are_changed_in_their_places(n):
    rng = np.random.default_rng(0)
    start, g = rng.standard_normal((n, n)), rng.standard_normal((3, n, n))
    want = steps(RMSProp(p := start.copy(), 0.1), p, lambda k: g[k], 3)
    turned = start.copy().T
    steps(RMSProp(turned, 0.1), turned, lambda k: g[k].T, 3)
    np.testing.assert_array_equal(turned.T, want)
    wide = np.zeros((n, 2 * n))
    wide[:, ::2] = start
    steps(RMSProp(view := wide[:, ::2], 0.1), view, lambda k: np.asfortranarray(g[k]), 3)
    np.testing.assert_array_equal(wide[:, ::2], want)
    np.testing.assert_array_equal(wide[:, 1::2], 0)


def test_types_stay_as_they_are_and_may_be_mixed():
    phi = {"half": np.ones(3, np.float32), "full": np.ones(2), "list": [np.ones(1, np.float32)]}
    Adam(phi, 0.1).step(
        {"half": np.ones(3), "full": np.ones(2, np.float32), "list": [np.array([1])]}
    )
    assert [phi["half"].dtype, phi["full"].dtype] == [np.float32, np.float64]
    np.testing.assert_allclose(np.concatenate([phi["half"], phi["full"], phi["list"][0]]), 0.9)


def test_a_dict_of_gradients_may_have_another_order():
    phi = {"a": np.zeros(2), "b": np.zeros(2)}
    SGD(phi, 1.0).step({"b": np.array([1.0, 2.0]), "a": np.array([3.0, 4.0])})
    np.testing.assert_array_equal(phi["a"], [-3, -4])
    np.testing.assert_array_equal(phi["b"], [-1, -2])


def test_tensors_may_get_gradients_by_hand_or_new_data():
    w = Tensor([1.0, 2.0], requires_grad=True)
    optimizer = SGD([w], 0.5)
    optimizer.step([np.array([2.0, 2.0])])
    np.testing.assert_array_equal(w.data, [0, 1])
    w.data = np.array([10.0, 20.0])
    w.grad = np.array([2.0, 4.0])
    optimizer.step()
    np.testing.assert_array_equal(w.data, [9, 18])


def test_a_step_between_forward_and_backward_is_noticed():
    w = Tensor([1.0, 2.0], requires_grad=True)
    loss = (w * w).sum()
    SGD(w, 0.5).step(np.ones(2))
    with pytest.raises(ValueError, match="changed in place"):
        loss.backward()


@pytest.mark.parametrize(
    "params, message",
    [
        (1.0, "parameters must be arrays or Tensors.*float"),
        ([np.zeros(2), np.float64(1)], "parameters must be arrays or Tensors.*float64"),
        (np.zeros(2, int), "must be floating-point numbers; got int64"),
        (np.broadcast_to(0.0, 3), "must be writeable"),
    ],
)
def test_parameters_that_cannot_change_are_named(params, message):
    with pytest.raises(ValueError, match=message):
        SGD(params, 0.1)


def test_a_parameter_that_occurs_twice_is_named():
    p = np.zeros(2)
    with pytest.raises(ValueError, match="occurs twice"):
        SGD({"a": p, "b": p}, 0.1)


@pytest.mark.parametrize(
    "params, grads, message",
    [
        ({"a": np.zeros(2)}, {"b": np.zeros(2)}, r"grads must be a dict with keys \['a'\]; got"),
        ([np.zeros(2)], np.zeros((1, 2)), "grads must be a list or tuple of 1; got a ndarray"),
        ({"a": [np.zeros(2)] * 1}, {"a": []}, r"grads\['a'\] must be .* of 1; got a list of 0"),
        (np.zeros(2), [np.zeros(2)], "grads must be an array; got a list of 1"),
        ([np.zeros(2)], [np.zeros(1)], r"gradient 0 must have shape \(2,\).*; got \(1,\)"),
        ([np.zeros(2)], None, "grads must be given with the parameters as arrays"),
        ([Tensor([1.0], requires_grad=True)], None, "parameter 0 has none"),
        ([Tensor([1.0])], None, "parameter 0 has none"),
    ],
)
def test_gradients_that_do_not_fit_are_named_and_change_nothing(params, grads, message):
    optimizer = SGD(params, 0.1)
    with pytest.raises(ValueError, match=message):
        optimizer.step(grads)
    assert optimizer.t == 0
