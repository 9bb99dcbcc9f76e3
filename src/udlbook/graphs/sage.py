r"""GraphSAGE: a node and a summary of its neighbours, side by side; and sampled neighbours.

.. math:: h_v' = W \,[\, h_v \,\|\, \mathrm{agg}_{u \in N(v)}\, h_u \,] + b

The node's own features keep a weight matrix of their own. Neighbours may be drawn: with k of d
neighbours, without repetition, the mean of the sample is right on average.

Source: Hamilton, Ying & Leskovec, "Inductive representation learning on large graphs", NeurIPS
2017, arXiv:1706.02216, algorithms 1 and 2, equation 3 (pool). Ours differs: output vectors are
scaled to length one only if asked; a node with fewer than k neighbours keeps all of them, where
the paper draws with repetition.
"""

import torch
from torch import Generator, Tensor, nn

from .._check import check_choice, check_range, check_shape
from .graph import check_edges, scatter


class SAGELayer(nn.Module):
    """W [h, aggregate of the neighbours] + b.

    Args:
        dim: Width of the input.
        out: Width of the output.
        aggregator: ``"mean"``, or ``"pool"``: the maximum of relu(W_pool h_u + b_pool).
        unit_length: Scale each output vector to length one, as the paper does.

    Shapes:
        h (N, dim); edges (2, E); returns (N, out).

    Raises:
        ValueError: If the aggregator is unknown or the shapes do not fit.
    """

    def __init__(
        self, dim: int, out: int, aggregator: str = "mean", *, unit_length: bool = False
    ) -> None:
        super().__init__()
        check_choice("aggregator", aggregator, ("mean", "pool"))
        self.pool = nn.Linear(dim, dim) if aggregator == "pool" else None
        self.linear = nn.Linear(2 * dim, out)
        self.dim, self.unit_length = dim, unit_length

    def forward(self, h: Tensor, edges: Tensor) -> Tensor:
        check_shape("h", h, "N", self.dim)
        check_edges(edges, len(h))
        sender, receiver = edges
        if self.pool is None:
            m = scatter(h[sender], receiver, len(h), "mean")
        else:
            m = scatter(torch.relu(self.pool(h))[sender], receiver, len(h), "max")
        h = self.linear(torch.cat([h, m], dim=1))
        return nn.functional.normalize(h, dim=1) if self.unit_length else h


def sample_neighbours(
    edges: Tensor, n: int, k: int, *, generator: Generator | None = None
) -> Tensor:
    """Keep at most k incoming edges of each node, drawn without repetition.

    Every edge gets a random number, the edges of each node are sorted by it, and the first k stay:
    every set of k is as likely as any other.

    Args:
        edges: Sender and receiver of each message.
        n: Number of nodes.
        k: Neighbours that a node listens to; all if there are fewer.
        generator: Draws the numbers.

    Shapes:
        edges (2, E); returns (2, at most n k), in the order of ``edges``.

    Raises:
        ValueError: If ``edges`` is no edge index of n nodes or k is not positive.
    """
    check_edges(edges, n)
    check_range("k", k, 1)
    device = edges.device if generator is None else generator.device
    ticket = torch.rand(edges.shape[1], generator=generator, device=device).to(edges.device)
    order = ticket.argsort()
    order = order[edges[1][order].argsort(stable=True)]  # by receiver, then by ticket
    d = torch.bincount(edges[1], minlength=n)
    rank = torch.arange(len(order), device=edges.device) - (d.cumsum(0) - d)[edges[1][order]]
    return edges[:, order[rank < k].sort().values]


def neighbourhood(edges: Tensor, targets: Tensor, n: int, hops: int) -> Tensor:
    """All nodes whose features a network of ``hops`` layers needs for the targets.

    Shapes:
        edges (2, E); targets (B,); returns (n,), True for those nodes.

    Raises:
        ValueError: If ``edges`` or ``targets`` name a node that is not there, or hops is negative.
    """
    check_edges(edges, n)
    check_range("hops", hops, 0)
    check_shape("targets", targets, "B")
    if targets.numel():
        check_range("the smallest target", int(targets.min()), 0)
        check_range("the largest target", int(targets.max()), 0, n - 1)
    needed = torch.zeros(n, dtype=torch.bool, device=edges.device)
    needed[targets] = True
    for _ in range(hops):
        needed = needed.index_fill(0, edges[0][needed[edges[1]]], True)
    return needed
