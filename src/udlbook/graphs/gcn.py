r"""Graph convolution: a weighted mean over a node and its neighbours, then a linear map.

.. math::
    H' = \hat A H W + b, \qquad
    \hat A = \tilde D^{-1/2} (A + I) \tilde D^{-1/2},

with :math:`\tilde D` the degrees of A + I. Seen from the spectrum of the graph it is a filter that
keeps smooth signals and damps rough ones.

Source: Kipf & Welling, "Semi-supervised classification with graph convolutional networks", ICLR
2017, arXiv:1609.02907, equations 2 and 9. Ours differs: a layer has a bias.
"""

from torch import Tensor, nn

from .._check import check_shape
from .graph import check_edges, normalized_edges, scatter


def propagate(h: Tensor, edges: Tensor) -> Tensor:
    """Multiply by the normalized adjacency matrix, along the edges: A_hat h.

    Shapes:
        h (N, D); edges (2, E), without loops; returns (N, D).

    Raises:
        ValueError: If the shapes do not fit or ``edges`` holds a loop.
    """
    n = check_shape("h", h, "N", "D")["N"]
    edges, weight = normalized_edges(edges, n, h.dtype)
    return scatter(weight[:, None] * h[edges[0]], edges[1], n)


class GCNLayer(nn.Module):
    """A_hat h W + b.

    Args:
        dim: Width of the input.
        out: Width of the output.

    Shapes:
        h (N, dim); edges (2, E); returns (N, out).

    Raises:
        ValueError: If the shapes do not fit or ``edges`` holds a loop.
    """

    def __init__(self, dim: int, out: int) -> None:
        super().__init__()
        self.linear = nn.Linear(dim, out, bias=False)
        self.bias = nn.Parameter(self.linear.weight.new_zeros(out))
        nn.init.xavier_uniform_(self.linear.weight)  # as the authors' code

    def forward(self, h: Tensor, edges: Tensor) -> Tensor:
        check_shape("h", h, "N", self.linear.in_features)
        check_edges(edges, len(h))
        return propagate(self.linear(h), edges) + self.bias  # map first: it is often narrower
