"""From nodes to a graph: sum, mean or maximum, which no order of the nodes can change.

Source: Zaheer et al., "Deep sets", NeurIPS 2017, arXiv:1703.06114, theorem 2; for graphs, Gilmer
et al., "Neural message passing for quantum chemistry", ICML 2017, arXiv:1704.01212, equation 2.
"""

from torch import Tensor

from .._check import check_shape
from .graph import Graph, scatter


def readout(h: Tensor, graph: Graph, how: str = "sum") -> Tensor:
    """One vector for each graph of a batch.

    Args:
        h: A row for each node.
        graph: Tells which node belongs to which graph.
        how: ``"sum"``, ``"mean"`` or ``"max"``.

    Shapes:
        h (N, D); returns (n_graphs, D).

    Raises:
        ValueError: If the shapes do not fit or ``how`` is unknown.
    """
    check_shape("h", h, graph.n_nodes, "D")
    return scatter(h, graph.part, graph.n_graphs, how)
