"""Oracles: loops over edges, dense matrices, torch's softmax, finite differences, networkx."""

import networkx as nx
import numpy as np
import pytest
import torch

from udlbook.data.graphs import karate_club
from udlbook.graphs import (
    Graph,
    adjacency,
    batch_graphs,
    degree,
    normalized_edges,
    readout,
    scatter,
    scatter_softmax,
    with_loops,
)

EDGES = torch.tensor([[0, 1, 1, 2, 3, 0], [1, 0, 2, 1, 1, 3]])  # directed on purpose


def random_graph(seed, n=7, m=18, dim=3):
    g = torch.Generator().manual_seed(seed)
    A = torch.zeros(n, n, dtype=torch.bool)
    A.view(-1)[torch.randperm(n * n, generator=g)[:m]] = True
    A.fill_diagonal_(False)
    x = torch.randn(n, dim, generator=g, dtype=torch.float64)
    return Graph(A.nonzero().T.contiguous(), x)


@pytest.mark.parametrize("how", ["sum", "mean", "max"])
@pytest.mark.parametrize("shape", [(), (2,), (2, 3)])
def test_scatter_is_a_loop(how, shape):
    g = torch.Generator().manual_seed(0)
    values = torch.randn(12, *shape, generator=g, dtype=torch.float64) - 3  # max is not zero
    index = torch.randint(0, 4, (12,), generator=g)
    index[index == 2] = 5  # nothing reaches 2 and 4
    got = scatter(values, index, 7, how)
    for place in range(7):
        rows = [v for v, i in zip(values, index, strict=True) if i == place]
        want = torch.zeros(shape, dtype=torch.float64)
        if rows:
            rows = torch.stack(rows)
            want = {"sum": rows.sum(0), "mean": rows.mean(0), "max": rows.amax(0)}[how]
        torch.testing.assert_close(got[place], want)


@pytest.mark.parametrize("how", ["sum", "mean", "max"])
def test_scatter_has_the_gradient_of_finite_differences(how):
    values = torch.randn(9, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    index = torch.tensor([0, 0, 3, 1, 1, 1, 0, 3, 3])
    assert torch.autograd.gradcheck(
        lambda v: scatter(v, index, 4, how), values.requires_grad_(), atol=1e-7
    )


def test_softmax_of_each_group_is_torchs_even_far_from_zero():
    g = torch.Generator().manual_seed(2)
    scores = 200 * torch.randn(10, 2, generator=g, dtype=torch.float64) + 900
    index = torch.tensor([0, 1, 0, 1, 2, 0, 1, 0, 3, 3])
    got = scatter_softmax(scores, index, 5)
    for place in range(4):
        torch.testing.assert_close(got[index == place], scores[index == place].softmax(0))


def test_softmax_has_the_gradient_of_finite_differences():
    scores = torch.randn(8, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
    index = torch.tensor([0, 1, 0, 1, 2, 0, 1, 0])
    assert torch.autograd.gradcheck(
        lambda s: scatter_softmax(s, index, 3) ** 2, scores.requires_grad_()
    )


def test_adjacency_says_who_hears_whom():
    A = adjacency(EDGES, 4, torch.arange(1.0, 7.0))
    want = [[0, 2, 0, 0], [1, 0, 4, 5], [0, 3, 0, 0], [6, 0, 0, 0]]
    torch.testing.assert_close(A, torch.tensor(want, dtype=torch.float32))
    torch.testing.assert_close(degree(EDGES, 4).double(), adjacency(EDGES, 4).sum(1))


def test_multiplying_by_the_adjacency_is_gathering_and_scattering():
    graph = random_graph(4)
    sender, receiver = graph.edges
    torch.testing.assert_close(
        adjacency(graph.edges, 7) @ graph.x, scatter(graph.x[sender], receiver, 7)
    )


def test_normalized_weights_are_those_of_the_dense_formula_and_of_networkx():
    edges = torch.from_numpy(karate_club()[0])
    A_hat = adjacency(*[normalized_edges(edges, 34)[0], 34, normalized_edges(edges, 34)[1]])
    A = nx.to_numpy_array(nx.karate_club_graph(), weight=None) + np.eye(34)
    d = A.sum(1)
    np.testing.assert_allclose(A_hat.numpy(), A / np.sqrt(d[:, None] * d), atol=1e-14)
    laplacian = nx.normalized_laplacian_matrix(nx.from_numpy_array(A - np.eye(34))).toarray()
    d0 = np.diag(d - 1) ** 0.5
    rebuilt = np.diag(d**-0.5) @ (d0 @ (np.eye(34) - laplacian) @ d0 + np.eye(34))
    np.testing.assert_allclose(A_hat.numpy(), rebuilt @ np.diag(d**-0.5), atol=1e-12)


def test_a_batch_is_block_diagonal_and_reads_out_each_graph():
    graphs = [random_graph(s, n=n, m=2 * n) for s, n in [(5, 4), (6, 7), (7, 3)]]
    batch = batch_graphs(graphs)
    blocks = torch.block_diag(*[adjacency(g.edges, g.n_nodes) for g in graphs])
    torch.testing.assert_close(adjacency(batch.edges, 14), blocks)
    assert batch.n_graphs == 3
    means = torch.stack([g.x.mean(0) for g in graphs])
    torch.testing.assert_close(readout(batch.x, batch, "mean"), means)
    twice = batch_graphs([batch, graphs[0]])  # batches can be batched
    top = torch.stack([g.x.amax(0) for g in [*graphs, graphs[0]]])
    torch.testing.assert_close(readout(twice.x, twice, "max"), top)


def test_permuting_permutes_rows_and_columns():
    graph = random_graph(8)
    order = torch.randperm(7, generator=torch.Generator().manual_seed(0))
    new = graph.permuted(order)
    A = adjacency(graph.edges, 7)
    torch.testing.assert_close(adjacency(new.edges, 7), A[order][:, order])
    torch.testing.assert_close(new.x, graph.x[order])


def test_a_graph_moves_to_another_type():
    graph = random_graph(9).to(torch.float32)
    assert graph.x.dtype == torch.float32 and graph.edges.dtype == torch.int64


X = torch.zeros(4, 2)
BAD = {
    "node": (lambda: Graph(EDGES, X[:3]), "edges must lie between 0 and 2; got 0 to 3"),
    "float": (lambda: Graph(EDGES.float(), X), "edges must hold integers; got torch.float32"),
    "rows": (lambda: Graph(EDGES.T, X), r"edges must have shape \(2, E\); got \(6, 2\)"),
    "part": (lambda: Graph(EDGES, X, torch.tensor([0, 0, 1, 1]), 1), "part must lie between"),
    "none": (lambda: batch_graphs([]), r"one or more with one width of x; got \[\]"),
    "width": (
        lambda: batch_graphs([Graph(EDGES, X), Graph(EDGES, torch.zeros(4, 3))]),
        r"one width of x; got \[2, 3\]",
    ),
    "how": (lambda: scatter(X, torch.zeros(4).long(), 1, "min"), "how must be one of"),
    "index": (lambda: scatter(X, torch.full((4,), 2), 2), "index must lie between 0 and 1"),
    "loops": (lambda: with_loops(torch.zeros(2, 3).long(), 4), "no loop; got 3"),
    "weight": (lambda: adjacency(EDGES, 4, torch.ones(5)), r"weight must have shape \(6,\)"),
    "order": (lambda: Graph(EDGES, X).permuted(torch.tensor([0, 1, 1, 2])), "each of 0 to 3 once"),
    "readout": (lambda: readout(X[:2], Graph(EDGES, X)), r"h must have shape \(4, D\)"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_named(case):
    call, message = BAD[case]
    with pytest.raises(ValueError, match=message):
        call()
