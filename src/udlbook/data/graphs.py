r"""Graphs whose truth is known: a karate club, random communities, and planted motifs.

A graph is its *edge index*: an integer array of shape (2, E) that holds one column (sender,
receiver) for each direction. An edge without direction is two columns. Nodes are 0, 1, ...

Sources. The club: Zachary, "An information flow model for conflict and fission in small groups",
Journal of Anthropological Research 33(4), 1977, figures 1 and 3. Ours differs: nodes count from
0, and an edge is there or not, without a weight. Communities: Holland, Laskey & Leinhardt,
"Stochastic blockmodels: first steps", Social Networks 5(2), 1983. Node features beside
communities: Deshpande, Sen, Montanari & Mossel, "Contextual stochastic block models", NeurIPS
2018. Motifs on a random graph as a task with a known reason: Luo et al., "Parameterized explainer
for graph neural network", NeurIPS 2020, section 6.1. Ours differs: the graph that holds the motif
is a tree, and the two motifs have as many nodes, edges, and nodes of each degree.
"""

from typing import NamedTuple

import numpy as np

from .._check import check_range, check_shape

# Zachary's members, counted from 0; each friendship stands once, with the smaller number first.
_FRIENDS = {
    0: (1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 17, 19, 21, 31),
    1: (2, 3, 7, 13, 17, 19, 21, 30),
    2: (3, 7, 8, 9, 13, 27, 28, 32),
    3: (7, 12, 13),
    4: (6, 10),
    5: (6, 10, 16),
    6: (16,),
    8: (30, 32, 33),
    9: (33,),
    13: (33,),
    14: (32, 33),
    15: (32, 33),
    18: (32, 33),
    19: (33,),
    20: (32, 33),
    22: (32, 33),
    23: (25, 27, 29, 32, 33),
    24: (25, 27, 31),
    25: (31,),
    26: (29, 33),
    27: (33,),
    28: (31, 33),
    29: (32, 33),
    30: (32, 33),
    31: (32, 33),
    32: (33,),
}
_STAYED = (0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 16, 17, 19, 21)  # with the instructor

HOUSE = ((0, 1), (1, 2), (2, 3), (3, 0), (3, 4), (4, 0))  # a square and a roof: nodes 0, 3 meet
THETA = ((0, 1), (1, 3), (0, 2), (2, 3), (0, 4), (4, 3))  # three paths of length two from 0 to 3


class MotifGraph(NamedTuple):
    """A random tree that holds one motif, in both directions of every edge.

    Field ``label`` is 0 if the motif is a house, 1 if it is a theta; ``motif`` lists its nodes.

    Shapes:
        edges (2, E); motif (5,).
    """

    edges: np.ndarray
    n_nodes: int
    label: int
    motif: np.ndarray


def both_ways(pairs: np.ndarray) -> np.ndarray:
    """The edge index of edges without direction, sorted by sender, then by receiver.

    Args:
        pairs: Each edge once, the ends in any order.

    Shapes:
        pairs (M, 2); returns (2, 2 M).

    Raises:
        ValueError: If the shape does not fit, an edge is a loop, or an edge stands there twice.

    >>> both_ways(np.array([[0, 1], [2, 1]]))
    array([[0, 1, 1, 2],
           [1, 0, 2, 1]])
    """
    pairs = np.asarray(pairs, dtype=np.int64)
    check_shape("pairs", pairs, "M", 2)
    if np.any(pairs[:, 0] == pairs[:, 1]):
        raise ValueError(f"pairs must join two different nodes; got {pairs.tolist()}")
    every = np.concatenate([pairs, pairs[:, ::-1]])
    edges = np.unique(every, axis=0)
    if len(edges) < len(every):
        raise ValueError(f"pairs must hold every edge once; got {pairs.tolist()}")
    return edges.T.copy()


def karate_club() -> tuple[np.ndarray, np.ndarray]:
    """Zachary's karate club: who met whom outside the club, and where each went when it split.

    Node 0 is the instructor, node 33 the president of the club.

    Shapes:
        returns edges (2, 156) and club (34,): 0 followed the instructor, 1 the officers.

    >>> edges, club = karate_club()
    >>> edges.shape, int(club.sum())
    ((2, 156), 17)
    """
    pairs = np.array([(a, b) for a, others in _FRIENDS.items() for b in others])
    club = np.ones(34, dtype=np.int64)
    club[list(_STAYED)] = 0
    return both_ways(pairs), club


def block_model(
    labels: np.ndarray, probability: np.ndarray, *, rng: np.random.Generator
) -> np.ndarray:
    """Draw a stochastic block model: each pair of nodes is joined or not, independently.

    Args:
        labels: The group of each node, 0, 1, ...
        probability: How likely an edge is between a node of group a and one of group b.
        rng: Draws the edges.

    Shapes:
        labels (N,); probability (K, K), symmetric; returns (2, E).

    Raises:
        ValueError: If a shape does not fit, the matrix is not symmetric or not of probabilities,
            or a label has no row in it.

    >>> block_model(np.array([0, 0, 1]), np.array([[1, 0], [0, 1]]), rng=np.random.default_rng(0))
    array([[0, 1],
           [1, 0]])
    """
    labels, probability = np.asarray(labels), np.asarray(probability, dtype=float)
    n = check_shape("labels", labels, "N")["N"]
    k = check_shape("probability", probability, "K", "K")["K"]
    if not np.array_equal(probability, probability.T):
        raise ValueError(f"probability must be symmetric; got {probability.tolist()}")
    check_range("the smallest probability", probability.min(), 0)
    check_range("the largest probability", probability.max(), high=1)
    if n:
        check_range("the smallest label", int(labels.min()), 0)
        check_range("the largest label", int(labels.max()), 0, k - 1)
    a, b = np.triu_indices(n, 1)
    joined = rng.random(len(a)) < probability[labels[a], labels[b]]
    return both_ways(np.stack([a[joined], b[joined]], axis=1))


def two_communities(
    n: int, *, degree: float, homophily: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Two groups of equal size, with a given mean degree and share of edges inside groups.

    The two probabilities of the block model follow from the two expectations: a node has n/2 - 1
    possible neighbours in its own group and n/2 in the other one.

    Args:
        n: Number of nodes, even.
        degree: Expected number of neighbours of a node.
        homophily: Expected share of neighbours that are in the node's own group.
        rng: Draws the groups' order and the edges.

    Shapes:
        returns edges (2, E) and labels (n,).

    Raises:
        ValueError: If n is odd or below 4, the homophily is no share, or the degree is negative
            or so large that a probability would exceed one.
    """
    check_range("n", n, 4)
    if n % 2:
        raise ValueError(f"n must be even; got {n}")
    check_range("homophily", homophily, 0, 1)
    check_range("degree", degree, 0)
    inside = degree * homophily / (n / 2 - 1)
    across = degree * (1 - homophily) / (n / 2)
    check_range("the probability of an edge", max(inside, across), 0, 1)
    labels = rng.permutation(np.arange(n) % 2)
    return block_model(labels, np.array([[inside, across], [across, inside]]), rng=rng), labels


def community_features(
    labels: np.ndarray, *, dim: int, signal: float, rng: np.random.Generator
) -> np.ndarray:
    """Draw features of the nodes of two groups: plus or minus one vector, and unit noise.

    Args:
        labels: The group of each node, 0 (minus) or 1 (plus).
        dim: Number of features.
        signal: Length of the vector, whose direction is random: half the distance of the means,
            in standard deviations of the noise.
        rng: Draws the direction and the noise.

    Shapes:
        labels (N,); returns (N, dim).

    Raises:
        ValueError: If the labels are no vector of 0 and 1, the dim is not positive or the signal
            is negative.
    """
    labels = np.asarray(labels)
    n = check_shape("labels", labels, "N")["N"]
    check_range("dim", dim, 1)
    check_range("signal", signal, 0)
    if not np.all((labels == 0) | (labels == 1)):
        raise ValueError(f"labels must be 0 or 1; got {np.unique(labels).tolist()}")
    direction = rng.standard_normal(dim)
    mu = signal * direction / np.linalg.norm(direction)
    return (2 * labels - 1)[:, None] * mu + rng.standard_normal((n, dim))


def random_tree(n: int, *, rng: np.random.Generator) -> np.ndarray:
    """Draw a random recursive tree: node i hangs on one of the nodes before it, all alike.

    Args:
        n: Number of nodes.
        rng: Draws the parents.

    Shapes:
        returns pairs (n - 1, 2), each edge once.

    Raises:
        ValueError: If n is not positive.
    """
    check_range("n", n, 1)
    child = np.arange(1, n)
    return np.stack([rng.integers(0, child), child], axis=1)


def motif_graphs(
    count: int, *, rng: np.random.Generator, tree: tuple[int, int] = (10, 20)
) -> list[MotifGraph]:
    """Draw random trees with one motif each: a house (label 0) or a theta (label 1).

    Both motifs have five nodes and six edges; three nodes have two neighbours, two have three. In
    the house those two are neighbours of each other, in the theta they are not. One edge joins a
    random node of the motif to a random node of the tree, and the nodes are shuffled. Every cycle
    of the graph lies in its motif: a graph is bipartite if and only if its label is 1.

    Args:
        count: Number of graphs; if it is odd there is one more house.
        rng: Draws everything.
        tree: Least and largest number of nodes of the tree.

    Raises:
        ValueError: If the count is not positive or the sizes are no range of positive numbers.
    """
    check_range("count", count, 1)
    if not 1 <= tree[0] <= tree[1]:
        raise ValueError(f"tree must be two sizes, 1 or more, in order; got {tree}")
    graphs = []
    for label in rng.permutation(np.arange(count) % 2):  # sizes differ: a loop over graphs
        n = int(rng.integers(tree[0], tree[1] + 1))
        motif = np.array(THETA if label else HOUSE) + n
        bridge = np.array([[rng.integers(n), n + rng.integers(5)]])
        name = rng.permutation(n + 5)
        pairs = name[np.concatenate([random_tree(n, rng=rng), motif, bridge])]
        graphs.append(MotifGraph(both_ways(pairs), n + 5, int(label), np.sort(name[n:])))
    return graphs
