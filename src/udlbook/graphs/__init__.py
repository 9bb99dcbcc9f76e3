"""Networks on graphs: what neighbours say, in no order.

``graph`` holds the tensors of a graph and the sums along its edges; ``message_passing`` the form
that all layers share; ``gcn``, ``sage``, ``gat`` and ``gin`` four such layers; ``readout`` and
``models`` turn nodes into answers.
"""

from .gat import GATLayer
from .gcn import GCNLayer, propagate
from .gin import GINLayer, refine_colours
from .graph import (
    Graph,
    adjacency,
    batch_graphs,
    degree,
    normalized_edges,
    scatter,
    scatter_softmax,
    with_loops,
)
from .message_passing import MessagePassing
from .models import GraphClassifier, NodeClassifier
from .readout import readout
from .sage import SAGELayer, neighbourhood, sample_neighbours

__all__ = [
    "GATLayer",
    "GCNLayer",
    "GINLayer",
    "Graph",
    "GraphClassifier",
    "MessagePassing",
    "NodeClassifier",
    "SAGELayer",
    "adjacency",
    "batch_graphs",
    "degree",
    "neighbourhood",
    "normalized_edges",
    "propagate",
    "readout",
    "refine_colours",
    "sample_neighbours",
    "scatter",
    "scatter_softmax",
    "with_loops",
]
