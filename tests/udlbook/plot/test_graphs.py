"""Oracles: distances that are known, networkx's shortest paths, finite differences."""

import matplotlib.pyplot as plt
import networkx as nx
import numpy as np
import pytest
from scipy.spatial.distance import pdist, squareform

from udlbook.data.graphs import karate_club
from udlbook.plot import draw_edges, graph_layout


def test_a_path_is_a_line_with_equal_steps():
    edges = np.array([[0, 2, 1], [2, 1, 3]])
    np.testing.assert_allclose(
        squareform(pdist(graph_layout(edges, 4, rounds=2000)))[0], [0, 2, 1, 3], atol=1e-3
    )


def test_a_ring_is_round():
    ring = np.array(nx.cycle_graph(8).edges()).T
    radius = np.linalg.norm(graph_layout(ring, 8), axis=1)
    np.testing.assert_allclose(radius, radius[0], rtol=1e-3)


def test_no_small_move_makes_the_drawing_of_the_club_better():
    edges = karate_club()[0]
    paths = dict(nx.all_pairs_shortest_path_length(nx.Graph(edges.T.tolist())))
    steps = np.array([[paths[i][j] for j in range(34)] for i in range(34)])
    want = squareform(steps)

    def stress(x):
        return np.sum((pdist(x) / want - 1) ** 2)

    x = graph_layout(edges, 34, rounds=400)
    moves = 1e-5 * np.eye(68).reshape(68, 34, 2)
    slope = [(stress(x + e) - stress(x - e)) / 2e-5 for e in moves]
    np.testing.assert_allclose(slope, 0, atol=1e-4)
    np.testing.assert_allclose(x.mean(0), 0, atol=1e-9)


def test_each_edge_is_one_line():
    fig, ax = plt.subplots()
    draw_edges(ax, np.array([[0, 1, 1], [1, 0, 2]]), np.eye(3, 2), lw=1)
    ends = {tuple(map(tuple, line.get_xydata())) for line in ax.lines}
    assert ends == {((1, 0), (0, 1)), ((0, 1), (0, 0))}
    plt.close(fig)


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="connect all 3 nodes"):
        graph_layout(np.array([[0], [1]]), 3)
    with pytest.raises(ValueError, match="largest node must be between 0 and 1; got 2"):
        graph_layout(np.array([[0], [2]]), 2)
    with pytest.raises(ValueError, match=r"edges must have shape \(2, E\)"):
        graph_layout(np.zeros((3, 2)), 2)
    with pytest.raises(ValueError, match=r"at must have shape \(N, 2\)"):
        draw_edges(None, np.zeros((2, 1)), np.zeros((2, 3)))
