"""Stacks of graph layers: logits of nodes, logits of graphs."""

from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor, nn

from .._check import check_choice, check_range, check_shape
from ..layers import mlp
from .gcn import GCNLayer
from .gin import GINLayer
from .graph import AGGREGATIONS, Graph
from .readout import readout


class NodeClassifier(nn.Module):
    """Graph layers with a ReLU between each two, and dropout before each.

    With ``GCNLayer`` and three sizes it is the network of Kipf & Welling's equation 9.

    Args:
        *sizes: Width of the features, of each hidden layer, and of the logits.
        layer: Makes a layer from two widths; it is called with (h, edges).
        dropout: Probability of losing an entry of a layer's input.

    Shapes:
        x (N, sizes[0]); edges (2, E); returns (N, sizes[-1]).

    Raises:
        ValueError: If there are fewer than two sizes or the dropout is no probability below 1.
    """

    def __init__(
        self,
        *sizes: int,
        layer: Callable[[int, int], nn.Module] = GCNLayer,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        if len(sizes) < 2 or min(sizes) < 1:
            raise ValueError(f"sizes must be two or more positive widths; got {sizes}")
        check_range("dropout", dropout, 0, 1)
        self.layers = nn.ModuleList(layer(a, b) for a, b in pairwise(sizes))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, edges: Tensor) -> Tensor:
        h = x
        for i, layer in enumerate(self.layers):
            h = layer(self.dropout(torch.relu(h) if i else h), edges)
        return h


class GraphClassifier(nn.Module):
    """Graph layers, a readout of every one of them, and an MLP on what was read.

    Args:
        dim: Width of the features.
        hidden: Width of each layer.
        n_classes: Number of logits.
        n_layers: Rounds of message passing.
        layer: Makes a layer from two widths; it is called with (h, edges).
        how: The readout: ``"sum"``, ``"mean"`` or ``"max"``.

    Shapes:
        graph.x (N, dim); returns (n_graphs, n_classes).

    Raises:
        ValueError: If a number is not positive or the readout is unknown.

    Source: Xu et al., "How powerful are graph neural networks?", ICLR 2019, arXiv:1810.00826,
    equation 4.2, for reading out every layer.
    """

    def __init__(
        self,
        dim: int,
        hidden: int,
        n_classes: int,
        *,
        n_layers: int = 3,
        layer: Callable[[int, int], nn.Module] = GINLayer,
        how: str = "sum",
    ) -> None:
        super().__init__()
        check_range("the smallest number", min(dim, hidden, n_classes, n_layers), 1)
        check_choice("how", how, AGGREGATIONS)
        sizes = [dim, *[hidden] * n_layers]
        self.layers = nn.ModuleList(layer(a, b) for a, b in pairwise(sizes))
        self.head = mlp(sum(sizes[1:]), hidden, n_classes)
        self.dim, self.how = dim, how

    def forward(self, graph: Graph) -> Tensor:
        check_shape("x", graph.x, "N", self.dim)
        h, read = graph.x, []
        for layer in self.layers:
            h = torch.relu(layer(h, graph.edges))
            read.append(readout(h, graph, self.how))
        return self.head(torch.cat(read, dim=1))
