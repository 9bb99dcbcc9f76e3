r"""Message passing: every node asks its neighbours, and changes its mind.

One round, for all nodes v at once, with N(v) the senders of edges into v:

.. math::
    m_v &= \mathrm{agg}_{u \in N(v)}\; M(h_v, h_u) \\
    h_v' &= U(h_v, m_v)

All layers of this package are of this form. What differs is M, agg and U.

Source: Gilmer, Schoenholz, Riley, Vinyals & Dahl, "Neural message passing for quantum chemistry",
ICML 2017, arXiv:1704.01212, equations 1 and 2. Ours differs: the aggregation may be a mean or a
maximum, and edges have no features.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from .._check import check_choice, check_shape
from .graph import AGGREGATIONS, check_edges, scatter


class MessagePassing(nn.Module):
    """One round of message passing with any message and update function.

    Args:
        message: Maps (receiver's h, sender's h), concatenated, to a message.
        update: Maps (h, aggregated message), concatenated, to the new h.
        aggregation: ``"sum"``, ``"mean"`` or ``"max"``.

    Shapes:
        h (N, D); edges (2, E); message (E, 2 D) -> (E, M); update (N, D + M) -> (N, D').

    Raises:
        ValueError: If the aggregation is unknown or the shapes do not fit.
    """

    def __init__(
        self,
        message: Callable[[Tensor], Tensor],
        update: Callable[[Tensor], Tensor],
        aggregation: str = "sum",
    ) -> None:
        super().__init__()
        check_choice("aggregation", aggregation, AGGREGATIONS)
        self.message, self.update, self.aggregation = message, update, aggregation

    def forward(self, h: Tensor, edges: Tensor) -> Tensor:
        n = check_shape("h", h, "N", "D")["N"]
        check_edges(edges, n)
        sender, receiver = edges
        messages = self.message(torch.cat([h[receiver], h[sender]], dim=1))  # (E, M)
        m = scatter(messages, receiver, n, self.aggregation)  # (N, M)
        return self.update(torch.cat([h, m], dim=1))
