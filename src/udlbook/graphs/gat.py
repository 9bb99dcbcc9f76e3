r"""Graph attention: a node weighs its neighbours before it listens to them.

For each head, with z = W h,

.. math::
    e_{vu} &= \mathrm{LeakyReLU}\bigl(a_\mathrm{to}^\top z_v + a_\mathrm{from}^\top z_u\bigr) \\
    \alpha_{vu} &= \mathrm{softmax}_{u \in N(v) \cup \{v\}}\; e_{vu} \\
    h_v' &= \sum_u \alpha_{vu}\, z_u + b

The two halves of the paper's vector a are :math:`a_\mathrm{to}` and :math:`a_\mathrm{from}`.

Source: Velickovic, Cucurull, Casanova, Romero, Lio & Bengio, "Graph attention networks", ICLR
2018, arXiv:1710.10903, equations 1 to 6. The version "dynamic", which takes the LeakyReLU before
the product with a, is Brody, Alon & Yahav, "How attentive are graph attention networks?", ICLR
2022, arXiv:2105.14491, equation 7. Ours differs: it has a bias, as the authors' code, and one
matrix W for sender and receiver in both versions.
"""

import torch
from torch import Tensor, nn

from .._check import check_range, check_shape
from .graph import scatter, scatter_softmax, with_loops


class GATLayer(nn.Module):
    """Multi-head attention along the edges; every node also looks at itself.

    Args:
        dim: Width of the input.
        out: Width of each head.
        n_heads: Number of heads.
        concat: Put the heads side by side; otherwise take their mean, as in a last layer.
        dynamic: Brody et al.'s order: a^T LeakyReLU(z_v + z_u).
        slope: Slope of the LeakyReLU below zero.

    Shapes:
        h (N, dim); edges (2, E); returns (N, n_heads * out), or (N, out) without ``concat``.

    Raises:
        ValueError: If the shapes do not fit, ``edges`` holds a loop, or there is no head.
    """

    def __init__(
        self,
        dim: int,
        out: int,
        n_heads: int = 1,
        *,
        concat: bool = True,
        dynamic: bool = False,
        slope: float = 0.2,
    ) -> None:
        super().__init__()
        check_range("n_heads", n_heads, 1)
        self.linear = nn.Linear(dim, n_heads * out, bias=False)
        self.a_to = nn.Parameter(torch.empty(n_heads, out))
        self.a_from = nn.Parameter(torch.empty(n_heads, out))
        self.bias = nn.Parameter(torch.zeros(n_heads * out if concat else out))
        for p in (self.linear.weight, self.a_to, self.a_from):
            nn.init.xavier_uniform_(p)
        self.n_heads, self.concat, self.dynamic, self.slope = n_heads, concat, dynamic, slope

    def attention(self, h: Tensor, edges: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The edges with loops, the weight of each, and z.

        Shapes:
            returns (2, E + N), (E + N, n_heads) and (N, n_heads, out).
        """
        n = check_shape("h", h, "N", self.linear.in_features)["N"]
        sender, receiver = edges = with_loops(edges, n)
        z = self.linear(h).view(n, self.n_heads, -1)
        if self.dynamic:
            both = nn.functional.leaky_relu(z[receiver] + z[sender], self.slope)
            scores = (self.a_from * both).sum(-1)  # (E + N, n_heads)
        else:  # two numbers a node, not one vector an edge
            to, frm = (self.a_to * z).sum(-1), (self.a_from * z).sum(-1)  # (N, n_heads)
            scores = nn.functional.leaky_relu(to[receiver] + frm[sender], self.slope)
        return edges, scatter_softmax(scores, receiver, n), z

    def forward(self, h: Tensor, edges: Tensor) -> Tensor:
        (sender, receiver), alpha, z = self.attention(h, edges)
        h = scatter(alpha[:, :, None] * z[sender], receiver, len(h))  # (N, n_heads, out)
        return (h.flatten(1) if self.concat else h.mean(dim=1)) + self.bias
