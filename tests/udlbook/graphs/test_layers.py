"""Oracles: loops over nodes and neighbours, dense matrices, permutations, networkx's WL hash."""

import functools
import itertools
import math

import networkx as nx
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from udlbook.graphs import (
    GATLayer,
    GCNLayer,
    GINLayer,
    Graph,
    GraphClassifier,
    MessagePassing,
    NodeClassifier,
    SAGELayer,
    adjacency,
    batch_graphs,
    neighbourhood,
    propagate,
    refine_colours,
    sample_neighbours,
)
from udlbook.seeding import seeded

from .test_graph import random_graph

LAYERS = {
    "gcn": GCNLayer,
    "sage mean": SAGELayer,
    "sage pool": functools.partial(SAGELayer, aggregator="pool"),
    "sage unit": functools.partial(SAGELayer, unit_length=True),
    "gat": functools.partial(GATLayer, n_heads=2, concat=False),
    "gat dynamic": functools.partial(GATLayer, n_heads=2, concat=False, dynamic=True),
    "gin": GINLayer,
}


def made(name, dim=3, out=4, seed=0):
    """A float64 layer with random parameters, biases and eps among them."""
    with seeded(seed):
        layer = LAYERS[name](dim, out).double()
        for p in layer.parameters():
            nn.init.normal_(p, std=0.7)
    return layer


def neighbours(graph):
    """For each node, the list of those it hears."""
    pairs = graph.edges.T.tolist()
    return [[s for s, r in pairs if r == v] for v in range(graph.n_nodes)]


def by_hand(name, layer, graph):
    """The formula of the paper, node by node and neighbour by neighbour."""
    h, hears = graph.x, neighbours(graph)
    rows = []
    for v, others in enumerate(hears):
        if name == "gcn":
            row = layer.bias.clone()
            for u in [*others, v]:
                weight = 1 / math.sqrt((len(hears[u]) + 1) * (len(others) + 1))
                row = row + weight * layer.linear.weight @ h[u]
        elif name.startswith("sage"):
            m = torch.zeros(3, dtype=h.dtype)
            if others and name == "sage pool":
                W, b = layer.pool.weight, layer.pool.bias
                m = torch.stack([torch.relu(W @ h[u] + b) for u in others]).amax(0)
            elif others:
                m = sum(h[u] for u in others) / len(others)
            row = layer.linear.weight @ torch.cat([h[v], m]) + layer.linear.bias
            if name == "sage unit":
                row = row / row.norm()
        elif name.startswith("gat"):
            row = layer.bias.clone()
            for head in range(2):
                W = layer.linear.weight[4 * head : 4 * head + 4]
                scores = []
                for u in [*others, v]:
                    to, frm = layer.a_to[head], layer.a_from[head]
                    if name == "gat":
                        e = to @ (W @ h[v]) + frm @ (W @ h[u])
                        scores.append(torch.where(e > 0, e, 0.2 * e))
                    else:
                        z = W @ (h[v] + h[u])
                        scores.append(frm @ torch.where(z > 0, z, 0.2 * z))
                e = torch.stack(scores).exp()
                for alpha, u in zip(e / e.sum(), [*others, v], strict=True):
                    row = row + alpha * (W @ h[u]) / 2
        else:
            m = (1 + layer.eps) * h[v]
            for u in others:
                m = m + h[u]
            row = layer.net[2](torch.relu(layer.net[0](m)))
        rows.append(row)
    return torch.stack(rows)


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("seed", [0, 1])
def test_a_layer_is_the_papers_formula_and_has_its_gradient(name, seed):
    graph = random_graph(seed, m=9 if seed else 18)  # with few edges some nodes hear nobody
    layer = made(name, seed=seed)
    h = graph.x.requires_grad_()
    weight = torch.randn(7, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(9))
    inputs = [h, *layer.parameters()]

    def gradient(out):
        return torch.autograd.grad((out * weight).sum(), inputs, allow_unused=True)

    got, want = layer(h, graph.edges), by_hand(name, layer, graph)
    torch.testing.assert_close(got, want, atol=1e-10, rtol=1e-10)
    for g, w in zip(gradient(got), gradient(want), strict=True):
        if g is None or w is None:  # a_to plays no part in the dynamic version
            assert g is None and w is None and name == "gat dynamic"
        else:
            torch.testing.assert_close(g, w, atol=1e-10, rtol=1e-10)


@settings(deadline=None, max_examples=30)
@given(st.sampled_from(sorted(LAYERS)), st.integers(2, 9), st.integers(0, 99))
def test_nodes_with_other_numbers_get_the_same_rows_in_that_order(name, n, seed):
    graph = random_graph(seed, n=n, m=2 * n)
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    new, layer = graph.permuted(order), made(name, seed=seed)
    torch.testing.assert_close(layer(new.x, new.edges), layer(graph.x, graph.edges)[order])


@pytest.mark.parametrize("how", ["sum", "mean", "max"])
@pytest.mark.parametrize("name", ["gin", "gcn"])
def test_a_graphs_logits_do_not_depend_on_numbers_or_on_the_batch(how, name):
    graphs = [random_graph(s, n=n, m=2 * n) for s, n in [(5, 4), (6, 7), (7, 3)]]
    with seeded(1):
        net = GraphClassifier(3, 8, 2, layer=LAYERS[name], how=how).double()
    apart = torch.cat([net(g) for g in graphs])
    torch.testing.assert_close(net(batch_graphs(graphs)), apart)
    order = torch.tensor([6, 2, 0, 5, 1, 3, 4])
    torch.testing.assert_close(net(graphs[1].permuted(order)), apart[1:2])
    assert not torch.allclose(apart[0], apart[1])


def test_a_stack_of_graph_convolutions_is_kipf_and_wellings_formula():
    graph = random_graph(3)
    A = adjacency(graph.edges, 7) + torch.eye(7)
    d = A.sum(1)
    A_hat = A / (d[:, None] * d).sqrt()
    with seeded(0):
        net = NodeClassifier(3, 5, 2).double()
    W0, W1 = (layer.linear.weight.T for layer in net.layers)
    want = A_hat @ torch.relu(A_hat @ graph.x @ W0) @ W1
    torch.testing.assert_close(net(graph.x, graph.edges), want)
    torch.testing.assert_close(propagate(graph.x, graph.edges), A_hat @ graph.x)


def test_dropout_works_in_training_alone():
    graph = random_graph(4)
    with seeded(0):
        net = NodeClassifier(3, 5, 2, dropout=0.5).double()
        noisy = net(graph.x, graph.edges)
    still = net.eval()(graph.x, graph.edges)
    assert not torch.allclose(noisy, still)
    torch.testing.assert_close(net(graph.x, graph.edges), still)


def test_the_general_form_contains_the_isomorphism_network():
    graph, gin = random_graph(5), made("gin")
    general = MessagePassing(
        lambda pair: pair[:, 3:], lambda hm: gin.net((1 + gin.eps) * hm[:, :3] + hm[:, 3:])
    )
    torch.testing.assert_close(general(graph.x, graph.edges), gin(graph.x, graph.edges))


@pytest.mark.parametrize("how", ["sum", "mean", "max"])
def test_the_general_form_gives_messages_receiver_first(how):
    graph = random_graph(6, m=40)
    form = MessagePassing(lambda pair: pair[:, :3] * pair[:, 3:] ** 2, lambda hm: hm, how)
    got = form(graph.x, graph.edges)
    for v, others in enumerate(neighbours(graph)):
        m = torch.stack([graph.x[v] * graph.x[u] ** 2 for u in others])
        m = {"sum": m.sum(0), "mean": m.mean(0), "max": m.amax(0)}[how]
        torch.testing.assert_close(got[v], torch.cat([graph.x[v], m]))


def test_original_attention_ranks_neighbours_alike_for_all_and_dynamic_does_not():
    pairs = torch.tensor([(s, r) for s in range(6) for r in range(6) if s != r]).T
    x = random_graph(7).x[:6]
    static = dict.fromkeys(["gat", "gat dynamic"])
    for name in static:
        edges, alpha, _ = made(name, seed=3).attention(x, pairs)
        matrix = adjacency(edges, 6, alpha[:, 0])  # row: receiver
        torch.testing.assert_close(matrix.sum(1), torch.ones(6, dtype=torch.float64))
        static[name] = len({tuple(row.argsort().tolist()) for row in matrix}) == 1
    assert static == {"gat": True, "gat dynamic": False}


def test_every_set_of_neighbours_is_as_likely_as_any_other():
    edges = torch.tensor([[1, 2, 3, 4, 5, 0, 2], [0, 0, 0, 0, 0, 1, 1]])
    g = torch.Generator().manual_seed(0)
    seen = dict.fromkeys(itertools.combinations(range(1, 6), 2), 0)
    for _ in range(3000):
        kept = sample_neighbours(edges, 6, 2, generator=g)
        seen[tuple(sorted(kept[0][kept[1] == 0].tolist()))] += 1
        assert sorted(kept[0][kept[1] == 1].tolist()) == [0, 2]  # fewer than k: all
    expected = 3000 / len(seen)
    assert sum((c - expected) ** 2 / expected for c in seen.values()) < 27.9  # 0.1 % of chi2_9


def test_the_mean_of_sampled_neighbours_is_right_on_average_with_the_known_variance():
    d, k, draws = 8, 3, 4000
    edges = torch.stack([torch.arange(1, d + 1), torch.zeros(d, dtype=torch.int64)])
    x = torch.randn(d, dtype=torch.float64, generator=torch.Generator().manual_seed(1)) + 2
    g = torch.Generator().manual_seed(2)
    means = torch.stack(
        [x[sample_neighbours(edges, d + 1, k, generator=g)[0] - 1].mean() for _ in range(draws)]
    )
    variance = x.var() / k * (1 - k / d)
    assert abs(means.mean() - x.mean()) < 4 * (variance / draws).sqrt()
    torch.testing.assert_close(means.var(), variance, rtol=0.1, atol=0)


def test_only_the_neighbourhood_is_needed():
    graph = random_graph(10, n=9, m=12)
    x = graph.x.requires_grad_()
    with seeded(0):
        net = NodeClassifier(3, 4, 4, 1, layer=SAGELayer).double()
    for target in range(9):
        (slope,) = torch.autograd.grad(net(x, graph.edges)[target].sum(), x)
        needed = neighbourhood(graph.edges, torch.tensor([target]), 9, 3)
        assert not slope[~needed].any()
        paths = nx.DiGraph(graph.edges.T.tolist())
        near = {v for v in paths if nx.has_path(paths, v, target)} if target in paths else set()
        near = {v for v in near if nx.shortest_path_length(paths, v, target) <= 3} | {target}
        assert set(needed.nonzero().flatten().tolist()) == near


def test_colours_part_graphs_exactly_where_networkx_does():
    atlas = [g for g in nx.graph_atlas_g()[1:200] if g.number_of_edges()]
    for a, b in itertools.combinations(atlas[100:130], 2):
        if a.number_of_nodes() != b.number_of_nodes():
            continue
        n = a.number_of_nodes()
        both = nx.disjoint_union(a, b).to_directed()
        edges = torch.tensor(list(both.edges())).T
        colours = refine_colours(edges, torch.zeros(2 * n, dtype=torch.int64), n)
        same = torch.equal(colours[:n].sort().values, colours[n:].sort().values)
        for g in (a, b):
            nx.set_node_attributes(g, "same", "colour")
        hashes = [nx.weisfeiler_lehman_graph_hash(g, None, "colour", n) for g in (a, b)]
        assert same == (hashes[0] == hashes[1])


def test_two_triangles_and_a_hexagon_are_alike_to_every_layer():
    ring = nx.cycle_graph(6).to_directed()
    pair = nx.disjoint_union(nx.cycle_graph(3), nx.cycle_graph(3)).to_directed()
    x = torch.ones(6, 3, dtype=torch.float64)
    a, b = (Graph(torch.tensor(list(g.edges())).T, x) for g in (ring, pair))
    assert not nx.is_isomorphic(ring, pair)
    for name in LAYERS:
        with seeded(0):
            net = GraphClassifier(3, 8, 2, layer=LAYERS[name]).double()
        torch.testing.assert_close(net(a), net(b), atol=1e-12, rtol=0)


E = torch.tensor([[0, 1], [1, 0]])
BAD = {
    "width": (lambda: GCNLayer(3, 2)(torch.zeros(2, 4), E), r"h must have shape \(N, 3\)"),
    "loop": (lambda: GCNLayer(3, 2)(torch.zeros(2, 3), E * 0), "no loop; got 2"),
    "aggregator": (lambda: SAGELayer(3, 2, "lstm"), "aggregator must be one of 'mean', 'pool'"),
    "aggregation": (lambda: MessagePassing(torch.abs, torch.abs, "min"), "aggregation must be"),
    "heads": (lambda: GATLayer(3, 2, 0), "n_heads must be at least 1; got 0"),
    "gat": (lambda: GATLayer(3, 2)(torch.zeros(2, 4), E), r"h must have shape \(N, 3\)"),
    "gin": (lambda: GINLayer(3, 2)(torch.zeros(2, 4), E), r"h must have shape \(N, 3\)"),
    "sage": (lambda: SAGELayer(3, 2)(torch.zeros(2, 4), E), r"h must have shape \(N, 3\)"),
    "edges": (lambda: GINLayer(3, 2)(torch.zeros(1, 3), E), "edges must lie between 0 and 0"),
    "k": (lambda: sample_neighbours(E, 2, 0), "k must be at least 1; got 0"),
    "target": (lambda: neighbourhood(E, torch.tensor([2]), 2, 1), "the largest target"),
    "hops": (lambda: neighbourhood(E, torch.tensor([1]), 2, -1), "hops must be at least 0"),
    "rounds": (lambda: refine_colours(E, torch.zeros(2).long(), -1), "rounds must be at least"),
    "sizes": (lambda: NodeClassifier(3), "two or more positive widths"),
    "dropout": (lambda: NodeClassifier(3, 2, dropout=1.5), "dropout must be between 0 and 1"),
    "layers": (lambda: GraphClassifier(1, 2, 2, n_layers=0), "smallest number must be at least"),
    "how": (lambda: GraphClassifier(1, 2, 2, how="last"), "how must be one of"),
    "x": (
        lambda: GraphClassifier(1, 2, 2)(Graph(E, torch.zeros(2, 3))),
        r"x must have shape \(N, 1\)",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_named(case):
    call, message = BAD[case]
    with pytest.raises(ValueError, match=message):
        call()
