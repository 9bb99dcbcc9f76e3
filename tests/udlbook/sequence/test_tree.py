"""Oracles: the equations of Tai et al. in recursions over Python lists; a chain of nodes, which
must be torch's LSTM cell; permutations; Python's own truth values."""

from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

from udlbook.data import TRUTH_TOKENS, truth_trees
from udlbook.seeding import seeded
from udlbook.sequence import ChildSumTreeLSTM, NaryTreeLSTM, child_places, heights

D, H = 3, 4
PARENT = [-1, 0, 0, 0, 2, 2, 4, -1, 7, -1]  # three trees; the last is a lone node
close = partial(torch.testing.assert_close, atol=1e-10, rtol=1e-10)


def net():
    with seeded(0):
        return ChildSumTreeLSTM(D, H).double()


def nary(branches):
    return NaryTreeLSTM(D, H, branches).double()


def inputs(n, seed=1):
    g = torch.Generator().manual_seed(seed)
    return torch.randn(n, D, dtype=torch.float64, generator=g)


def close_with_slopes(got, want, leaves):
    """Both the same, and so are their slopes along a random direction."""
    close(got, want)
    weight = inputs(len(got), seed=2) @ torch.ones(D, H, dtype=got.dtype)
    for a, b in zip(
        torch.autograd.grad((got * weight).sum(), leaves),
        torch.autograd.grad((want * weight).sum(), leaves),
        strict=True,
    ):
        close(a, b)


def by_recursion(model, x, parent):
    """h of all nodes, one node after another, as in equations 2 to 8."""
    wi, wo, wu, wf = model.weight_x.chunk(4)
    ui, uo, uu = model.weight_sum.chunk(3)
    bi, bo, bu, bf = model.bias.chunk(4)
    found = {}

    def node(j):
        if j not in found:
            below = [node(k) for k in range(len(parent)) if parent[k] == j]
            h_sum = sum((h for h, _ in below), torch.zeros(H, dtype=x.dtype))
            i = torch.sigmoid(wi @ x[j] + ui @ h_sum + bi)
            o = torch.sigmoid(wo @ x[j] + uo @ h_sum + bo)
            u = torch.tanh(wu @ x[j] + uu @ h_sum + bu)
            c = i * u
            for h, c_child in below:
                c = c + torch.sigmoid(wf @ x[j] + model.weight_f @ h + bf) * c_child
            found[j] = o * torch.tanh(c), c
        return found[j]

    return torch.stack([node(j)[0] for j in range(len(parent))])


def test_a_batch_of_trees_is_the_papers_recursion_forward_and_backward():
    model, x = net(), inputs(len(PARENT)).requires_grad_()
    got = model(x, torch.tensor(PARENT))[0]
    want = by_recursion(model, x, PARENT)
    close_with_slopes(got, want, [x, *model.parameters()])


def nary_by_recursion(model, x, parent, place):
    """h of all nodes, one node after another, as in equations 9 to 14."""
    N = model.branches
    w = dict(zip("iouf", model.weight_x.chunk(4), strict=True))
    b = dict(zip("iouf", model.bias.chunk(4), strict=True))
    # u[gate][l] is U_l of a gate; u["f"][k][l] is U_kl
    blocks = [rows.chunk(N, dim=1) for rows in model.weight_h.chunk(3 + N)]
    u = {"i": blocks[0], "o": blocks[1], "u": blocks[2], "f": blocks[3:]}
    found = {}

    def node(j):
        if j in found:
            return found[j]
        below = {place[k]: node(k) for k in range(len(parent)) if parent[k] == j}

        def inner(gate, matrices):
            total = w[gate] @ x[j] + b[gate]
            for child, (h, _) in below.items():
                total = total + matrices[child] @ h
            return total

        i, o = (torch.sigmoid(inner(gate, u[gate])) for gate in "io")
        c = i * torch.tanh(inner("u", u["u"]))
        for k, (_, c_child) in below.items():
            c = c + torch.sigmoid(inner("f", u["f"][k])) * c_child
        found[j] = o * torch.tanh(c), c
        return found[j]

    return torch.stack([node(j)[0] for j in range(len(parent))])


@pytest.mark.parametrize("place", [None, [0, 2, 0, 1, 1, 0, 2, 0, 1, 0]])
def test_nary_is_the_papers_recursion_forward_and_backward(place):
    with seeded(0):
        model = nary(3)
    x = inputs(len(PARENT)).requires_grad_()
    got = model(x, torch.tensor(PARENT), None if place is None else torch.tensor(place))[0]
    in_order = [0, 0, 1, 2, 0, 1, 0, 0, 0, 0]
    want = nary_by_recursion(model, x, PARENT, in_order if place is None else place)
    close_with_slopes(got, want, [x, *model.parameters()])


def test_nary_minds_the_order_and_a_missing_child():
    with seeded(0):
        model = nary(2)
    x, parent = inputs(3), torch.tensor([-1, 0, 0])
    one, other = model(x, parent)[0][0], model(x[[0, 2, 1]], parent)[0][0]
    assert (one - other).abs().max() > 1e-2
    close(model(x, parent, torch.tensor([0, 1, 0]))[0][0], other)
    lone = [model(x[:2], parent[:2], torch.tensor([0, k]))[0][0] for k in (0, 1)]
    assert (lone[0] - lone[1]).abs().max() > 1e-2


def test_tied_places_make_the_nary_one_a_child_sum():
    """With U_l the same for all l, and U_kl zero but for k = l."""
    child_sum, x, parent = net(), inputs(len(PARENT)), torch.tensor(PARENT)
    with seeded(1):
        tied = nary(3)
    with torch.no_grad():
        tied.weight_x.copy_(child_sum.weight_x)
        tied.bias.copy_(child_sum.bias)
        tied.weight_h[: 3 * H] = child_sum.weight_sum.repeat(1, 3)
        tied.weight_h[3 * H :] = torch.block_diag(*[child_sum.weight_f] * 3)
    for a, b in zip(tied(x, parent), child_sum(x, parent), strict=True):
        close(a, b)


def test_a_chain_is_an_lstm():
    model, cell, x = net(), nn.LSTMCell(D, H).double(), inputs(5)
    i, o, u, f = (p.detach() for p in model.weight_x.chunk(4))
    ui, uo, uu = (p.detach() for p in model.weight_sum.chunk(3))
    bi, bo, bu, bf = (p.detach() for p in model.bias.chunk(4))
    with torch.no_grad():
        cell.weight_ih.copy_(torch.cat([i, f, u, o]))
        cell.weight_hh.copy_(torch.cat([ui, model.weight_f.detach(), uu, uo]))
        cell.bias_ih.copy_(torch.cat([bi, bf, bu, bo]))
        cell.bias_hh.zero_()
    state = None
    for t in (4, 3, 2, 1, 0):
        state = cell(x[t : t + 1], state)
    h, c = model(x, torch.tensor([-1, 0, 1, 2, 3]))
    close(h[:1], state[0])
    close(c[:1], state[1])


def test_numbers_of_the_nodes_do_not_matter():
    model, x, parent = net(), inputs(len(PARENT)), torch.tensor(PARENT)
    order = torch.randperm(len(parent), generator=torch.Generator().manual_seed(1))
    moved = torch.argsort(order)  # where each old node stands now
    new_parent = torch.where(parent[order] >= 0, moved[parent[order]], -1)
    close(model(x[order], new_parent)[0], model(x, parent)[0][order])


def test_the_order_of_the_children_is_lost():
    model, x = net(), inputs(3)
    parent = torch.tensor([-1, 0, 0])
    close(model(x, parent)[0][0], model(x[[0, 2, 1]], parent)[0][0])


def test_heights_are_the_longest_ways_down():
    assert heights(torch.tensor(PARENT)).tolist() == [3, 0, 2, 0, 1, 0, 0, 1, 0, 0]
    assert heights(torch.tensor([], dtype=torch.int64)).tolist() == []


def test_places_count_the_children():
    assert child_places(torch.tensor(PARENT)).tolist() == [0, 0, 1, 2, 0, 1, 0, 0, 0, 0]
    rng = np.random.default_rng(0)
    parent = np.r_[-1, rng.integers(0, 7, 20)]
    want = [0 if p < 0 else int((parent[:j] == p).sum()) for j, p in enumerate(parent)]
    assert child_places(torch.tensor(parent)).tolist() == want


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda: ChildSumTreeLSTM(0, 2), "dim must be at least 1; got 0"),
        (lambda: ChildSumTreeLSTM(2, 0), "hidden must be at least 1; got 0"),
        (lambda: NaryTreeLSTM(2, 2, 0), "branches must be at least 1; got 0"),
        (
            lambda: nary(2)(inputs(4), torch.tensor([-1, 0, 0, 0])),
            "place must be between 0 and 1; got 2",
        ),
        (
            lambda: nary(2)(inputs(3), torch.tensor([-1, 0, 0]), torch.tensor([0, 1, 1])),
            "place must differ among the children of a node; got one twice",
        ),
        (lambda: nary(2)(inputs(2), torch.tensor([-1])), r"parent must have shape \(2,\)"),
        (lambda: heights(torch.tensor([1, 0])), "parent must describe trees; got a circle"),
        (lambda: heights(torch.tensor([-2])), "parent must be between -1 and 0; got -2"),
        (lambda: heights(torch.tensor([1])), "parent must be between -1 and 0; got 1"),
        (lambda: net()(inputs(2), torch.tensor([-1])), r"parent must have shape \(2,\)"),
        (lambda: truth_trees(-1, 2, rng=np.random.default_rng(0)), "n must be at least 0"),
        (lambda: truth_trees(1, -1, rng=np.random.default_rng(0)), "depth must be at least 0"),
        (
            lambda: truth_trees(1, 1, operators=["nor"], rng=np.random.default_rng(0)),
            "operator must be one of 'not', .*; got 'nor'",
        ),
        (
            lambda: truth_trees(1, 1, operators=[], rng=np.random.default_rng(0)),
            "number of operators must be at least 1; got 0",
        ),
        (
            lambda: truth_trees(1, 1, branch=2, rng=np.random.default_rng(0)),
            "branch must be between 0 and 1",
        ),
    ],
)
def test_bad_input_is_named(act, words):
    with pytest.raises(ValueError, match=words):
        act()


def formula(trees, j):
    """The tree below a node as an expression of Python."""
    below = [formula(trees, k) for k in np.flatnonzero(trees.parent == j)]
    name = TRUTH_TOKENS[trees.token[j]]
    if not below:
        return name.title()
    if name == "not":
        return f"(not {below[0]})"
    if name == "then":
        return f"({below[1]} if {below[0]} else True)"
    return f"({below[0]} {name.replace('xor', '!=')} {below[1]})"


@pytest.mark.parametrize("operators", [TRUTH_TOKENS[2:6], TRUTH_TOKENS[2:], ["then"]])
def test_values_are_what_python_says(operators):
    trees = truth_trees(20, 4, operators=operators, rng=np.random.default_rng(0))
    inside = {TRUTH_TOKENS[t] for t in trees.token[trees.token > 1]}
    assert inside == set(operators)
    for j in range(len(trees.token)):
        assert trees.value[j] == eval(formula(trees, j)), formula(trees, j)
    assert (trees.parent[:20] == -1).all() and (trees.parent[20:] >= 0).all()


@pytest.mark.parametrize("depth", [0, 1, 5])
def test_every_tree_has_the_depth_that_was_asked_for(depth):
    trees = truth_trees(30, depth, branch=0.2, rng=np.random.default_rng(1))
    root = np.arange(len(trees.parent))
    for _ in range(depth):
        root = np.where(trees.parent[root] >= 0, trees.parent[root], root)
    assert (np.unique(root[trees.depth == depth]) == np.arange(30)).all()
    assert trees.depth.max() == depth
    children = np.bincount(trees.parent[trees.parent >= 0], minlength=len(root))
    assert (children == np.where(trees.token < 2, 0, np.where(trees.token == 2, 1, 2))).all()


def test_truth_values_and_operators_are_drawn_evenly():
    trees = truth_trees(4000, 4, rng=np.random.default_rng(2))
    counts = np.bincount(trees.token, minlength=6)
    leaves, inner = counts[:2], counts[2:]
    assert abs(leaves / leaves.sum() - 1 / 2).max() < 4 * np.sqrt(0.25 / leaves.sum())
    assert abs(inner / inner.sum() - 1 / 4).max() < 4 * np.sqrt(0.19 / inner.sum())
