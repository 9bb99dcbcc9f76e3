r"""A recurrent network along the branches of a tree, from the leaves to the root.

A sequence is a tree in which every node has one child. The child-sum Tree-LSTM lets a node have
any number of them: it adds up their outputs, and has one forget gate for each, so that it can keep
what one child remembers and drop what another does::

    h~ = sum of h_k over the children k          i, o, u from W x + U h~ + b, as in an LSTM
    f_k = sigmoid(W_f x + U_f h_k + b_f)         c = i * u + sum of f_k * c_k,  h = o * tanh(c)

Source: Tai, Socher & Manning, "Improved semantic representations from tree-structured long
short-term memory networks", ACL 2015, arXiv:1503.00075, section 3.1, equations 2 to 8. Recursive
networks of this kind: Socher et al., "Parsing natural scenes and natural language with recursive
neural networks", ICML 2011. Ours differs: the nodes of all trees of a batch stand in one table,
and all nodes of one height are computed at once.
"""

import math

import torch
from torch import Tensor, nn

from .._check import check_range, check_shape


def heights(parent: Tensor) -> Tensor:
    """Steps from each node down to its farthest leaf; a leaf has height 0.

    Args:
        parent: Index of the parent of each node; -1 for a root.

    Shapes:
        (N,) -> (N,).

    Raises:
        ValueError: If an index is out of range or the nodes form no trees.

    >>> heights(torch.tensor([-1, 0, 0, 1])).tolist()
    [2, 1, 0, 0]
    """
    n = check_shape("parent", parent, "N")["N"]
    if n:
        check_range("parent", int(parent.min()), -1, n - 1)
        check_range("parent", int(parent.max()), -1, n - 1)
    child = (parent >= 0).nonzero()[:, 0]
    height = torch.zeros_like(parent)
    for _ in range(n):
        grown = torch.zeros_like(height)
        grown.scatter_reduce_(0, parent[child], height[child] + 1, "amax")
        if torch.equal(grown, height):
            return height
        height = grown
    if n == 0:
        return height
    raise ValueError("parent must describe trees; got a circle")


class ChildSumTreeLSTM(nn.Module):
    """A child-sum Tree-LSTM over a batch of trees.

    The order of the children does not matter to it.

    Args:
        dim: Size of the input of a node.
        hidden: Size H of the state.

    Shapes:
        x (N, D), parent (N,) -> h and c, each (N, H), for the nodes of all trees.

    Raises:
        ValueError: If a size is not positive.
    """

    def __init__(self, dim: int, hidden: int) -> None:
        super().__init__()
        check_range("dim", dim, 1)
        check_range("hidden", hidden, 1)
        self.dim, self.hidden = dim, hidden
        self.weight_x = nn.Parameter(torch.empty(4 * hidden, dim))  # rows i, o, u, f
        self.weight_sum = nn.Parameter(torch.empty(3 * hidden, hidden))  # rows i, o, u
        self.weight_f = nn.Parameter(torch.empty(hidden, hidden))
        self.bias = nn.Parameter(torch.empty(4 * hidden))
        for p in self.parameters():
            nn.init.uniform_(p, -1 / math.sqrt(hidden), 1 / math.sqrt(hidden))

    def forward(self, x: Tensor, parent: Tensor) -> tuple[Tensor, Tensor]:
        """Compute all nodes, height by height.

        Args:
            x: The input of each node.
            parent: Index of the parent of each node; -1 for a root.

        Raises:
            ValueError: If shapes do not fit or the nodes form no trees.
        """
        sizes = check_shape("x", x, "N", self.dim)
        check_shape("parent", parent, sizes["N"])
        height = heights(parent)
        # Nodes in the order of their heights: those below a node are computed before it.
        order = torch.argsort(height, stable=True)
        place = torch.argsort(order)
        child = (parent >= 0).nonzero()[:, 0]
        edge_height = height[parent[child]]
        a = (x @ self.weight_x.T + self.bias)[order]
        h = c = a.new_empty(0, self.hidden)
        for level, width in enumerate(torch.bincount(height).tolist()):
            first = len(h)
            below = child[edge_height == level]
            children, owner = place[below], place[parent[below]] - first
            now = a[first : first + width]
            h_new, c_new = self._nodes(now, h[children], c[children], owner)
            h, c = torch.cat([h, h_new]), torch.cat([c, c_new])
        return h[place], c[place]

    def _nodes(
        self, a: Tensor, h_child: Tensor, c_child: Tensor, owner: Tensor
    ) -> tuple[Tensor, Tensor]:
        """One height. Shapes: a (n, 4H), h_child and c_child (edges, H), owner (edges,)."""
        size = self.hidden
        a_f = a[:, 3 * size :]
        h_sum = h_child.new_zeros(len(a), size).index_add(0, owner, h_child)
        i, o, u = (a[:, : 3 * size] + h_sum @ self.weight_sum.T).chunk(3, dim=1)
        f = torch.sigmoid(a_f[owner] + h_child @ self.weight_f.T)  # one for each child
        kept = torch.zeros_like(h_sum).index_add(0, owner, f * c_child)
        c = torch.sigmoid(i) * torch.tanh(u) + kept
        return torch.sigmoid(o) * torch.tanh(c), c
