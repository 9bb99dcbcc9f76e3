"""Oracles: derivatives known in closed form; weak references; what Python says of memory."""

import gc
import tracemalloc
import weakref

import numpy as np
import pytest

from udlbook.autodiff import (
    Tensor,
    concatenate,
    cross_entropy,
    exp,
    linear,
    no_grad,
    relu,
    sin,
)  # fmt: skip


def leaf(*values):
    return Tensor(values if len(values) > 1 else values[0], requires_grad=True)


def test_a_value_used_many_times_collects_from_each_use():
    x = leaf(3.0)
    y = x * x + x * sin(x) + x
    y.backward()
    assert x.grad == pytest.approx(6 + np.sin(3) + 3 * np.cos(3) + 1)


def test_backward_adds_to_what_is_there_until_it_is_cleared():
    x = leaf(1.0, 2.0)
    (x * x).sum().backward()
    held = x.grad
    (x * x).sum().backward()
    assert x.grad.tolist() == [4.0, 8.0]
    assert held.tolist() == [2.0, 4.0]  # what somebody holds does not change under their hands
    x.zero_grad()
    assert x.grad is None


def test_a_graph_with_exponentially_many_paths_is_walked_once():
    x = leaf(1.0)
    y = x
    for _ in range(60):
        y = y + y
    y.backward()
    assert x.grad == 2.0**60


@pytest.mark.parametrize("steps", [100_000, 250_000])
def test_a_long_chain_is_differentiated_and_freed_without_recursion(steps):
    x = leaf(1.0)
    y = x
    for _ in range(steps):
        y = y + x
    y.backward()
    assert x.grad == steps + 1
    y = x
    for _ in range(steps):
        y = y + 1.0
    del y  # the chain falls apart node by node
    gc.collect()


def test_gradients_never_share_memory_with_each_other_or_with_data():
    data = np.array([1.0, 2.0])
    a, b, c = (Tensor(data, requires_grad=True) for _ in range(3))
    seed = np.array([1.0, 1.0])
    y = a + b + c.reshape(2)
    y.backward(seed)
    arrays = [a.grad, b.grad, c.grad, a.data, b.data, c.data, data, seed]
    for i, one in enumerate(arrays):
        for other in arrays[i + 1 :]:
            assert not np.shares_memory(one, other)
    a.grad += 5  # the reader may write into it
    assert b.grad.tolist() == [1.0, 1.0]


def test_the_gradient_of_a_leaf_itself_is_a_copy():
    x, seed = leaf(1.0, 2.0), np.array([3.0, 4.0])
    x.backward(seed)
    assert x.grad.tolist() == [3.0, 4.0] and not np.shares_memory(x.grad, seed)


def test_the_gradient_of_a_sum_can_be_written_to():
    x = leaf(1.0, 2.0)
    x.sum().backward()
    x.grad[0] = 7  # a broadcast view would refuse, or change both
    assert x.grad.tolist() == [7.0, 1.0]


def test_a_tensor_owns_a_copy_of_its_data():
    data = np.zeros(2)
    x = Tensor(data)
    data[0] = 1
    assert x.data.tolist() == [0.0, 0.0]


def test_intermediate_values_are_freed_as_soon_as_no_pullback_needs_them():
    x = Tensor(np.ones(1000), requires_grad=True)
    inner = x + 1.0  # a sum needs no values
    gone = weakref.ref(inner.data)
    y = inner - 2.0
    del inner
    assert gone() is None
    y.sum().backward()
    assert x.grad[0] == 1.0


def test_kept_values_are_freed_by_backward_unless_retained():
    x = Tensor(np.ones(1000), requires_grad=True)
    inner = x * 2.0
    kept = weakref.ref(inner.data)
    y = (inner * inner).sum()
    del inner
    assert kept() is not None
    y.backward(retain_graph=True)
    assert kept() is not None
    y.backward()
    assert kept() is None
    assert x.grad[0] == 16.0


def test_values_are_freed_one_by_one_during_backward():
    """A chain of n products holds n arrays forward; backward must not hold n more."""
    n, size = 50, 100_000
    x = Tensor(np.ones(size), requires_grad=True)
    y = x
    for _ in range(n):
        y = exp(y) * 0.1
    s = y.sum()
    del y
    gc.collect()
    tracemalloc.start()
    s.backward()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6 * size * 8


def test_peak_memory_of_a_network_is_that_of_the_values_it_must_keep():
    rng = np.random.default_rng(0)
    x, labels = rng.standard_normal((512, 100)), rng.integers(0, 10, 512)
    params = [Tensor(0.1 * rng.standard_normal(s), True) for s in [(100, 100), (100,)] * 4]
    step = [0]

    def run():
        h = x
        for i in range(0, 8, 2):
            h = relu(linear(h, params[i], params[i + 1]))
        loss = cross_entropy(h, labels)
        for p in params:
            p.zero_grad()
        loss.backward()
        step[0] += 1

    run()
    gc.collect()
    for p in params:
        p.zero_grad()
    tracemalloc.start()
    run()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    layer = 512 * 100 * 8
    # four hidden layers, softmax and its gradient, a mask and two gradients in flight
    assert peak < 1.1 * (4 + 2 + 1 + 1) * layer + sum(p.data.nbytes for p in params)


def test_no_cycles_are_left_for_the_garbage_collector():
    gc.collect()
    gc.disable()
    try:
        x = Tensor(np.ones(10), requires_grad=True)
        y = exp(x) * x  # never differentiated
        gone = weakref.ref(y.data)
        del y
        assert gone() is None
    finally:
        gc.enable()


def test_no_grad_leaves_no_graph_and_is_lifted_by_an_exception():
    x = leaf(1.0)
    with no_grad():
        y = exp(x * 2)
        assert not y.requires_grad
        with no_grad():
            pass
        assert not (x + 1).requires_grad
    with pytest.raises(KeyError), no_grad():
        raise KeyError
    assert (x + 1).requires_grad


def test_detach_cuts_the_graph():
    x = leaf(3.0)
    (x * x.detach()).backward()
    assert x.grad == 3.0


def test_create_graph_gives_gradients_that_can_be_differentiated():
    x = leaf(2.0)
    (x**4).backward(create_graph=True)
    first = x.grad
    assert isinstance(first, Tensor) and first.data == 32.0
    x.zero_grad()
    first.backward(create_graph=True)
    second = x.grad
    assert second.data == 48.0
    x.zero_grad()
    second.backward()
    assert x.grad == 48.0


def test_a_gradient_may_be_given_as_a_tensor():
    x = leaf(1.0, 2.0)
    (x * x).backward(Tensor([1.0, 10.0]))
    assert isinstance(x.grad, np.ndarray) and x.grad.tolist() == [2.0, 40.0]


def test_backward_of_an_array_needs_a_gradient_of_its_shape():
    x = leaf(1.0, 2.0)
    with pytest.raises(ValueError, match=r"single number; got shape \(2,\)"):
        (x * 2).backward()
    with pytest.raises(ValueError, match=r"must have shape \(2,\).* got \(3,\)"):
        (x * 2).backward(np.ones(3))


def test_backward_needs_something_to_differentiate():
    with pytest.raises(ValueError, match="got one that requires no gradient"):
        (Tensor(1.0) * 2).backward()


@pytest.mark.parametrize("kind", [int, bool, complex])
def test_only_floating_point_numbers_have_gradients(kind):
    with pytest.raises(TypeError, match="must hold floating-point numbers; got"):
        Tensor(np.ones(3, kind), requires_grad=True)


def test_lists_become_float64_and_arrays_keep_their_type():
    assert Tensor([1, 2]).dtype == np.float64
    assert Tensor(3).dtype == np.float64
    assert Tensor(np.ones(2, np.float32)).dtype == np.float32
    assert Tensor(np.array([1, 2])).dtype == np.int64
    assert Tensor([True]).dtype == bool


@pytest.mark.parametrize("keeps_values", [True, False])
def test_a_second_backward_says_that_the_graph_was_freed(keeps_values):
    x = leaf(1.0, 2.0)
    y = (x * x if keeps_values else x + x).sum()
    y.backward()
    with pytest.raises(ValueError, match=r"was freed by an earlier backward.*retain_graph"):
        y.backward()
    assert x.grad.tolist() == ([2.0, 4.0] if keeps_values else [2.0, 2.0])


def overwrite_by_index(x):
    with no_grad():
        x[0] = 5.0


def overwrite_by_operator(x):
    x.data -= 1.0


def overwrite_through_a_view(x):
    with no_grad():
        x[1:][0] = 5.0


@pytest.mark.parametrize(
    "change", [overwrite_by_index, overwrite_by_operator, overwrite_through_a_view]
)
def test_an_in_place_change_to_a_needed_value_is_an_error(change):
    x = leaf(1.0, 2.0)
    y = (x * x).sum()
    change(x)
    with pytest.raises(ValueError, match=r"'mul' needs .* shape \(2,\) .* changed in place"):
        y.backward()


def test_a_change_to_constants_and_views_of_them_is_noticed_too():
    x, c = leaf(1.0, 2.0), Tensor([3.0, 4.0])
    y = (x * c.reshape(2, 1)).sum()
    c[0] = 7.0
    with pytest.raises(ValueError, match="changed in place"):
        y.backward()


def test_a_change_to_a_result_that_its_own_pullback_needs_is_noticed():
    x = leaf(1.0, 2.0)
    y = exp(x)
    with no_grad():
        y[0] = 0.0
    with pytest.raises(ValueError, match="'exp' needs"):
        y.backward(np.ones(2))


def test_a_change_that_no_pullback_minds_is_allowed():
    x = leaf(1.0, 2.0)
    y = (x + 1.0).sum()
    overwrite_by_index(x)
    y.backward()
    assert x.grad.tolist() == [1.0, 1.0]


def test_a_change_before_the_forward_pass_is_allowed():
    x = leaf(1.0, 2.0)
    overwrite_by_index(x)
    (x * x).sum().backward()
    assert x.grad.tolist() == [10.0, 4.0]


def test_only_changes_since_the_forward_pass_count():
    x, other = leaf(1.0, 2.0), Tensor([0.0])
    overwrite_by_index(x)
    y = (x * x).sum()
    other[0] = 1.0  # a later change, of something else
    y.backward()
    assert x.grad.tolist() == [10.0, 4.0]


def test_new_data_leaves_the_old_values_to_the_graph():
    for values in ([1.0, 2.0], 3.0):
        x = Tensor(values, requires_grad=True)
        y = (x * x).sum()
        x.data = x.data * 100
        y.backward()
        np.testing.assert_array_equal(x.grad, 2 * np.array(values))
    with pytest.raises(ValueError, match=r"data must have shape \(\); got \(2,\)"):
        x.data = [1.0, 2.0]


def test_assignment_that_would_need_a_graph_is_an_error():
    x, plain = leaf(1.0, 2.0), Tensor([1.0, 2.0])
    with pytest.raises(ValueError, match="not recorded"):
        x[0] = 1.0
    with pytest.raises(ValueError, match="not recorded"):
        plain[0] = x[0]
    plain[0] = Tensor(9.0)
    assert plain.data.tolist() == [9.0, 2.0]
    scalar = Tensor(1.0)
    scalar[...] = 4.0
    assert scalar.item() == 4.0


def test_adding_in_place_makes_a_new_tensor():
    x = leaf(1.0, 2.0)
    y = x
    y += 1.0
    assert x.data.tolist() == [1.0, 2.0] and y.data.tolist() == [2.0, 3.0]


def test_a_training_loop_descends():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((50, 3))
    target = x @ [1.0, -2.0, 0.5]
    w = Tensor(np.zeros(3), requires_grad=True)
    for _ in range(300):
        loss = ((x @ w - target) ** 2).mean()
        w.zero_grad()
        loss.backward()
        w.data -= 0.1 * w.grad
    np.testing.assert_allclose(w.data, [1.0, -2.0, 0.5], atol=1e-6)


def test_a_tensor_behaves_like_an_array():
    x = Tensor([[1.0, 2.0, 3.0]], requires_grad=True, name="x")
    assert (x.shape, x.ndim, x.size, len(x), x.is_leaf) == ((1, 3), 2, 3, 1, True)
    assert repr(x) == "Tensor([[1., 2., 3.]], requires_grad=True, name='x')"
    assert repr(Tensor(2.0)) == "Tensor(2.)"
    assert [row.shape for row in x] == [(3,)]
    assert np.asarray(x).tolist() == [[1.0, 2.0, 3.0]]
    assert float(x[0, 1]) == x[0, 1].item() == 2.0 and bool(x[0, 0])
    assert not (x * 2).is_leaf and (x * 2).requires_grad
    assert {x: 1}[x] == 1
    with pytest.raises(TypeError):
        np.exp(x)  # NumPy's functions would lose the graph


def test_joining_passes_each_piece_its_part():
    a, b = leaf(1.0, 2.0), leaf(3.0)
    (concatenate([a, b.reshape(1)]) * [10.0, 20.0, 30.0]).sum().backward()
    assert a.grad.tolist() == [10.0, 20.0] and b.grad == 30.0
