"""Oracles: networkx's own copy of the club and its graph algorithms; counting; known means."""

import networkx as nx
import numpy as np
import pytest

from udlbook.data.graphs import (
    block_model,
    both_ways,
    community_features,
    karate_club,
    motif_graphs,
    random_tree,
    two_communities,
)


def as_networkx(edges, n):
    graph = nx.Graph()
    graph.add_nodes_from(range(n))
    graph.add_edges_from(edges.T.tolist())
    return graph


def test_the_club_is_that_of_networkx():
    edges, club = karate_club()
    theirs = nx.karate_club_graph()
    assert set(map(tuple, edges.T.tolist())) == set(theirs.to_directed().edges())
    stayed = [theirs.nodes[i]["club"] == "Mr. Hi" for i in range(34)]
    np.testing.assert_array_equal(club == 0, stayed)


def test_the_club_has_the_numbers_of_the_paper():
    edges, club = karate_club()
    degree = np.bincount(edges[0])
    assert edges.shape == (2, 2 * 78)
    assert (len(degree), degree[0], degree[33]) == (34, 16, 17)
    assert club[0] == 0 and club[33] == 1


def test_both_ways_is_sorted_and_symmetric():
    edges = both_ways(np.array([[3, 0], [1, 2], [0, 1]]))
    assert list(map(tuple, edges.T.tolist())) == [(0, 1), (0, 3), (1, 0), (1, 2), (2, 1), (3, 0)]


def test_blocks_have_the_density_that_was_asked_for():
    labels = np.repeat([0, 1, 2], [50, 100, 150])
    probability = np.array([[0.5, 0.1, 0.0], [0.1, 0.3, 0.2], [0.0, 0.2, 1.0]])
    edges = block_model(labels, probability, rng=np.random.default_rng(0))
    A = np.zeros((300, 300))
    A[tuple(edges)] = 1
    assert np.array_equal(A, A.T) and not A.diagonal().any() and A.sum() == edges.shape[1]
    for a in range(3):
        for b in range(3):
            block = A[np.ix_(labels == a, labels == b)]
            possible = block.size - (len(block) if a == b else 0)
            p = probability[a, b]
            spread = np.sqrt(2 * p * (1 - p) / possible)  # an edge is counted twice inside
            assert abs(block.sum() / possible - p) <= 4 * spread


@pytest.mark.parametrize("homophily", [0.0, 0.3, 0.9, 1.0])
def test_two_communities_have_that_degree_and_that_share(homophily):
    rng = np.random.default_rng(1)
    counts = []
    for _ in range(8):
        edges, labels = two_communities(200, degree=12, homophily=homophily, rng=rng)
        assert labels.sum() == 100
        counts.append([edges.shape[1], np.sum(labels[edges[0]] == labels[edges[1]])])
    total, inside = np.sum(counts, axis=0)
    assert abs(total / 1600 - 12) < 4 * np.sqrt(2 * 12 / 1600)
    assert abs(inside / total - homophily) <= 4 * np.sqrt(2 * homophily * (1 - homophily) / total)


def test_a_tree_is_a_tree_and_its_parents_are_alike():
    rng = np.random.default_rng(2)
    for n in (1, 2, 9):
        assert nx.is_tree(as_networkx(random_tree(n, rng=rng).T, n))
    parents = np.stack([random_tree(5, rng=rng)[:, 0] for _ in range(4000)])
    share = np.bincount(parents[:, 3], minlength=4) / 4000
    np.testing.assert_allclose(share, 0.25, atol=0.03)


def test_motifs_are_planted_as_told():
    kinds = set()
    for edges, n, label, motif in motif_graphs(60, rng=np.random.default_rng(3)):
        graph = as_networkx(edges, n)
        assert nx.is_connected(graph) and 15 <= n <= 25 and graph.number_of_edges() == n + 1
        assert nx.is_bipartite(graph) == (label == 1)
        part = graph.subgraph(motif.tolist())
        assert sorted(d for _, d in part.degree()) == [2, 2, 2, 3, 3]
        assert nx.is_isomorphic(
            part, nx.complete_bipartite_graph(2, 3) if label else nx.house_graph()
        )
        rest = graph.subgraph(set(range(n)) - set(motif.tolist()))
        assert nx.is_tree(rest)
        kinds.add(label)
    assert kinds == {0, 1}


def test_labels_are_balanced_and_draws_differ():
    graphs = motif_graphs(11, rng=np.random.default_rng(4))
    assert sum(g.label for g in graphs) == 5
    assert len({g.edges.tobytes() for g in graphs}) == 11


def test_features_are_two_clouds_of_unit_noise_at_the_distance_asked_for():
    labels = np.arange(20_000) % 2
    x = community_features(labels, dim=3, signal=1.5, rng=np.random.default_rng(5))
    means = np.stack([x[labels == c].mean(0) for c in (0, 1)])
    assert abs(np.linalg.norm(means[1] - means[0]) - 3) < 0.06
    np.testing.assert_allclose(means.sum(0), 0, atol=0.06)
    for c in (0, 1):
        np.testing.assert_allclose(np.cov(x[labels == c].T), np.eye(3), atol=0.06)


ONE = np.zeros(2, dtype=int)
BAD = {
    "loop": (lambda rng: both_ways(np.array([[1, 1]])), "two different nodes"),
    "twice": (lambda rng: both_ways(np.array([[0, 1], [1, 0]])), "every edge once"),
    "pairs": (lambda rng: both_ways(np.zeros((2, 3))), r"shape \(M, 2\); got \(2, 3\)"),
    "skew": (lambda rng: block_model(ONE, np.array([[0, 1], [0, 0]]), rng=rng), "symmetric"),
    "negative": (lambda rng: block_model(ONE, np.array([[-1]]), rng=rng), "smallest prob"),
    "two": (lambda rng: block_model(ONE, np.array([[2]]), rng=rng), "largest probability"),
    "label": (lambda rng: block_model(ONE + 1, np.array([[1]]), rng=rng), "largest label"),
    "odd": (lambda rng: two_communities(5, degree=1, homophily=0.5, rng=rng), "even; got 5"),
    "share": (lambda rng: two_communities(6, degree=1, homophily=2, rng=rng), "homophily"),
    "dense": (lambda rng: two_communities(6, degree=5, homophily=1, rng=rng), "of an edge"),
    "classes": (
        lambda rng: community_features(ONE + 2, dim=1, signal=1, rng=rng),
        r"labels must be 0 or 1; got \[2\]",
    ),
    "signal": (lambda rng: community_features(ONE, dim=1, signal=-1, rng=rng), "signal must"),
    "count": (lambda rng: motif_graphs(0, rng=rng), "count must be at least 1"),
    "sizes": (lambda rng: motif_graphs(1, rng=rng, tree=(4, 2)), "tree must be two sizes"),
    "empty": (lambda rng: random_tree(0, rng=rng), "n must be at least 1; got 0"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_named(case):
    call, message = BAD[case]
    with pytest.raises(ValueError, match=message):
        call(np.random.default_rng(0))
