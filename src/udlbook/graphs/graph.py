r"""A graph as tensors, many graphs as one, and the sums that run along edges.

The *edge index* is an integer tensor of shape (2, E): row 0 the sender of each message, row 1 its
receiver. An edge without direction stands there twice. A row of node features x goes with it.
Gather, then scatter: ``x[edges[0]]`` are the messages, and ``scatter(.., edges[1], n)`` adds them
up where they arrive. Both cost as much as there are edges, not as there are pairs of nodes.

A batch of graphs is one graph without edges between its parts: the adjacency matrix is block
diagonal, so nothing that runs along edges has to know.

Source: Kipf & Welling, "Semi-supervised classification with graph convolutional networks", ICLR
2017, arXiv:1609.02907, equation 2, for the normalized adjacency and, appendix of the same, for
the batch of graphs as one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from .._check import check_choice, check_shape

AGGREGATIONS = ("sum", "mean", "max")


@dataclass(frozen=True)
class Graph:
    """One graph, or several as one.

    Attributes:
        edges: Sender and receiver of each message.
        x: Features of the nodes.
        part: To which graph of a batch each node belongs.
        n_graphs: How many graphs there are.

    Shapes:
        edges (2, E), integers; x (N, D); part (N,), integers.

    Raises:
        ValueError: If a shape does not fit, or an edge names a node that is not there.
    """

    edges: Tensor
    x: Tensor
    part: Tensor | None = None
    n_graphs: int = 1

    def __post_init__(self) -> None:
        n = check_shape("x", self.x, "N", "D")["N"]
        check_edges(self.edges, n)
        if self.part is None:
            zeros = torch.zeros(n, dtype=torch.int64, device=self.x.device)
            object.__setattr__(self, "part", zeros)
        check_shape("part", self.part, n)
        check_index("part", self.part, self.n_graphs)

    @property
    def n_nodes(self) -> int:
        """Number of nodes, of all graphs together."""
        return len(self.x)

    def to(self, *args, **kwargs) -> "Graph":
        """The same graph on another device, or with features of another type."""
        x = self.x.to(*args, **kwargs)
        return Graph(self.edges.to(x.device), x, self.part.to(x.device), self.n_graphs)

    def permuted(self, order: Tensor) -> "Graph":
        """The same graph with other numbers: new node i is old node ``order[i]``.

        Raises:
            ValueError: If ``order`` is not a permutation of the nodes.
        """
        n = self.n_nodes
        check_shape("order", order, n)
        if not torch.equal(order.sort().values, torch.arange(n, device=order.device)):
            raise ValueError(f"order must hold each of 0 to {n - 1} once; got {order.tolist()}")
        new = torch.argsort(order)
        return Graph(new[self.edges], self.x[order], self.part[order], self.n_graphs)


def check_index(name: str, index: Tensor, n: int) -> None:
    """Raise a ValueError unless all entries are whole numbers from 0 to n - 1."""
    if index.is_floating_point() or index.dtype == torch.bool:
        raise ValueError(f"{name} must hold integers; got {index.dtype}")
    if index.numel() and not (index.min() >= 0 and index.max() < n):
        low, high = int(index.min()), int(index.max())
        raise ValueError(f"{name} must lie between 0 and {n - 1}; got {low} to {high}")


def check_edges(edges: Tensor, n: int) -> None:
    """Raise a ValueError unless ``edges`` is an edge index of a graph with n nodes."""
    check_shape("edges", edges, 2, "E")
    check_index("edges", edges, n)


def batch_graphs(graphs: Sequence[Graph]) -> Graph:
    """Several graphs as one, in which no edge leaves its part.

    Raises:
        ValueError: If there is no graph, or their features differ in width.

    >>> pair = Graph(torch.tensor([[0, 1], [1, 0]]), torch.ones(2, 3))
    >>> both = batch_graphs([pair, pair])
    >>> both.edges.tolist(), both.part.tolist()
    ([[0, 1, 2, 3], [1, 0, 3, 2]], [0, 0, 1, 1])
    """
    widths = {g.x.shape[1] for g in graphs}
    if len(widths) != 1:
        raise ValueError(f"graphs must be one or more with one width of x; got {sorted(widths)}")
    edges, part, n, k = [], [], 0, 0
    for g in graphs:
        edges.append(g.edges + n)
        part.append(g.part + k)
        n, k = n + g.n_nodes, k + g.n_graphs
    return Graph(torch.cat(edges, dim=1), torch.cat([g.x for g in graphs]), torch.cat(part), k)


def scatter(values: Tensor, index: Tensor, n: int, how: str = "sum") -> Tensor:
    """Sum, mean or maximum of the rows that share an index.

    Args:
        values: One row for each message.
        index: Where it arrives.
        n: Number of places; one that nothing reaches gets zero, for all three.
        how: ``"sum"``, ``"mean"`` or ``"max"``.

    Shapes:
        values (E, ...); index (E,); returns (n, ...).

    Raises:
        ValueError: If the shapes do not fit, an index is out of range, or ``how`` is unknown.

    >>> scatter(torch.tensor([1.0, 2.0, 5.0]), torch.tensor([0, 0, 2]), 3, "mean")
    tensor([1.5000, 0.0000, 5.0000])
    """
    check_choice("how", how, AGGREGATIONS)
    check_shape("index", index, len(values))
    check_index("index", index, n)
    zeros = values.new_zeros(n, *values.shape[1:])
    if how == "max":
        place = index.view(-1, *[1] * (values.dim() - 1)).expand_as(values)
        return zeros.scatter_reduce(0, place, values, "amax", include_self=False)
    total = zeros.index_add(0, index, values)
    if how == "sum":
        return total
    count = torch.bincount(index, minlength=n).clamp(min=1)
    return total / count.view(-1, *[1] * (values.dim() - 1))


def scatter_softmax(scores: Tensor, index: Tensor, n: int) -> Tensor:
    """Softmax among the scores that share an index.

    The largest score of each group is taken off first, as always, so that nothing overflows.

    Shapes:
        scores (E, ...); index (E,); returns (E, ...), which sum to one in each group.

    Raises:
        ValueError: If the shapes do not fit or an index is out of range.

    >>> scatter_softmax(torch.tensor([0.0, 0.0, 7.0]), torch.tensor([0, 0, 1]), 2)
    tensor([0.5000, 0.5000, 1.0000])
    """
    top = scatter(scores.detach(), index, n, "max")
    e = (scores - top[index]).exp()
    return e / scatter(e, index, n)[index]


def degree(edges: Tensor, n: int) -> Tensor:
    """How many messages each node receives.

    Shapes:
        edges (2, E); returns (n,), integers.

    Raises:
        ValueError: If ``edges`` is no edge index of n nodes.
    """
    check_edges(edges, n)
    return torch.bincount(edges[1], minlength=n)


def with_loops(edges: Tensor, n: int) -> Tensor:
    """The edges, and one from each node to itself behind them.

    Shapes:
        edges (2, E); returns (2, E + n).

    Raises:
        ValueError: If ``edges`` is no edge index of n nodes, or holds a loop already.
    """
    check_edges(edges, n)
    loops = int((edges[0] == edges[1]).sum())
    if loops:
        raise ValueError(f"edges must hold no loop; got {loops}")
    self_edges = torch.arange(n, device=edges.device).expand(2, n)
    return torch.cat([edges, self_edges], dim=1)


def adjacency(edges: Tensor, n: int, weight: Tensor | None = None) -> Tensor:
    """The dense adjacency matrix: entry (i, j) is the weight of the message from j to i.

    For pictures, proofs and tests; a layer never forms it.

    Args:
        edges: Sender and receiver of each message.
        n: Number of nodes.
        weight: What each message is multiplied by; one unless given.

    Shapes:
        edges (2, E); weight (E,); returns (n, n).

    Raises:
        ValueError: If the shapes do not fit.
    """
    check_edges(edges, n)
    if weight is None:
        weight = torch.ones(edges.shape[1], dtype=torch.float64, device=edges.device)
    check_shape("weight", weight, edges.shape[1])
    A = weight.new_zeros(n, n)
    return A.index_put((edges[1], edges[0]), weight, accumulate=True)


def normalized_edges(
    edges: Tensor, n: int, dtype: torch.dtype = torch.float64
) -> tuple[Tensor, Tensor]:
    r"""Edges with loops, and the weights of a graph convolution: 1 / sqrt(d_i d_j).

    The degrees d count the loops. With D their diagonal matrix, ``adjacency`` of the result is
    the paper's :math:`\tilde D^{-1/2} \tilde A \tilde D^{-1/2}`.

    Shapes:
        edges (2, E); returns (2, E + n) and (E + n,).

    Raises:
        ValueError: If ``edges`` is no edge index of n nodes, or holds a loop already.
    """
    edges = with_loops(edges, n)
    d = degree(edges, n).to(dtype)
    return edges, (d[edges[0]] * d[edges[1]]).rsqrt()
