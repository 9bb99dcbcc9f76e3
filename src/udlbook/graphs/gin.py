r"""The graph isomorphism network, and the test that bounds what it can tell apart.

.. math:: h_v' = \mathrm{MLP}\Bigl((1 + \epsilon)\, h_v + \sum_{u \in N(v)} h_u\Bigr)

A sum keeps how often a neighbour occurs; a mean keeps only shares, a maximum only presence.
Colour refinement (the Weisfeiler-Leman test in one dimension) does the same with names instead of
numbers: nodes get a new colour for each pair of own colour and multiset of neighbours' colours.
What it cannot tell apart, no message passing network can.

Source: Xu, Hu, Leskovec & Jegelka, "How powerful are graph neural networks?", ICLR 2019,
arXiv:1810.00826, lemma 2, theorem 3 and equation 4.1. Ours differs: no batch normalization.
"""

import torch
from torch import Tensor, nn

from .._check import check_range, check_shape
from ..layers import mlp
from .graph import check_edges, scatter


class GINLayer(nn.Module):
    """MLP((1 + eps) h + sum of the neighbours), eps learned from zero.

    Args:
        dim: Width of the input.
        out: Width of the hidden layer of the MLP, and of the output.

    Shapes:
        h (N, dim); edges (2, E); returns (N, out).

    Raises:
        ValueError: If the shapes do not fit.
    """

    def __init__(self, dim: int, out: int) -> None:
        super().__init__()
        self.dim = dim
        self.eps = nn.Parameter(torch.zeros(()))
        self.net = mlp(dim, out, out)

    def forward(self, h: Tensor, edges: Tensor) -> Tensor:
        check_shape("h", h, "N", self.dim)
        check_edges(edges, len(h))
        return self.net((1 + self.eps) * h + scatter(h[edges[0]], edges[1], len(h)))


def refine_colours(edges: Tensor, colours: Tensor, rounds: int) -> Tensor:
    """Colour refinement: the partition of the nodes after some rounds of the 1-WL test.

    Compare two graphs as one batch, so that a name means the same in both.

    Args:
        edges: Sender and receiver of each message.
        colours: Colours to start from; all equal, if the nodes have no features.
        rounds: How often to refine; N rounds always suffice.

    Shapes:
        edges (2, E); colours (N,), integers; returns (N,), colours 0, 1, ...

    Raises:
        ValueError: If the shapes do not fit or rounds is negative.

    >>> path = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])
    >>> refine_colours(path, torch.zeros(3, dtype=torch.int64), 1).tolist()
    [0, 1, 0]
    """
    check_range("rounds", rounds, 0)
    n = check_shape("colours", colours, "N")["N"]
    check_edges(edges, n)
    colours = torch.unique(colours, return_inverse=True)[1]
    for _ in range(rounds):
        k = int(colours.max()) + 1 if n else 0
        seen = scatter(nn.functional.one_hot(colours, k)[edges[0]], edges[1], n)  # (N, k) counts
        signature = torch.cat([colours[:, None], seen], dim=1)
        colours = torch.unique(signature, dim=0, return_inverse=True)[1]
    return colours
