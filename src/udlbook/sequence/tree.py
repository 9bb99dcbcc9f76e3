r"""Recurrent networks along the branches of a tree, from the leaves to the root.

A sequence is a tree in which every node has one child. The child-sum Tree-LSTM lets a node have
any number of them: it adds up their outputs, and has one forget gate for each, so that it can keep
what one child remembers and drop what another does::

    h~ = sum of h_k over the children k          i, o, u from W x + U h~ + b, as in an LSTM
    f_k = sigmoid(W_f x + U_f h_k + b_f)         c = i * u + sum of f_k * c_k,  h = o * tanh(c)

A sum has no order. The N-ary Tree-LSTM has places for at most N children, and matrices for each
place l; the forget gate of place k looks into all of them::

    i, o, u from W x + sum of U_l h_l + b        f_k = sigmoid(W_f x + sum of U_kl h_l + b_f)

Source: Tai, Socher & Manning, "Improved semantic representations from tree-structured long
short-term memory networks", ACL 2015, arXiv:1503.00075, section 3.1, equations 2 to 8, and
section 3.2, equations 9 to 14. Recursive networks of this kind: Socher et al., "Parsing natural
scenes and natural language with recursive neural networks", ICML 2011. Ours differs: the nodes of
all trees of a batch stand in one table, and all nodes of one height are computed at once.
"""

import math
from collections.abc import Callable

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


def child_places(parent: Tensor) -> Tensor:
    """Which child of its parent each node is: 0 for the first, by the numbers of the nodes.

    Shapes:
        (N,) -> (N,); 0 for a root.

    >>> child_places(torch.tensor([-1, 0, 1, 0, 0])).tolist()
    [0, 0, 0, 1, 2]
    """
    order = torch.argsort(parent, stable=True)
    siblings = parent[order]
    first = torch.searchsorted(siblings, siblings)  # where the children of one parent begin
    place = torch.empty_like(parent)
    place[order] = torch.arange(len(parent), device=parent.device) - first
    return torch.where(parent >= 0, place, 0)


def _climb(a: Tensor, parent: Tensor, size: int, nodes: Callable) -> tuple[Tensor, Tensor]:
    """States of all nodes, one height after another.

    ``nodes(a, h, c, owner, below)`` computes n nodes of one height from what their inputs
    contribute, a (n, G); from the states h and c, each (edges, H), of their children; from the
    place among the n of each child's parent, owner (edges,); and from the numbers of the
    children, below (edges,).
    """
    height = heights(parent)
    # Nodes in the order of their heights: those below a node are computed before it.
    order = torch.argsort(height, stable=True)
    place = torch.argsort(order)
    child = (parent >= 0).nonzero()[:, 0]
    edge_height = height[parent[child]]
    a = a[order]
    h = c = a.new_empty(0, size)
    for level, width in enumerate(torch.bincount(height).tolist()):
        first = len(h)
        below = child[edge_height == level]
        children, owner = place[below], place[parent[below]] - first
        now = a[first : first + width]
        h_new, c_new = nodes(now, h[children], c[children], owner, below)
        h, c = torch.cat([h, h_new]), torch.cat([c, c_new])
    return h[place], c[place]


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
        return _climb(x @ self.weight_x.T + self.bias, parent, self.hidden, self._nodes)

    def _nodes(
        self, a: Tensor, h_child: Tensor, c_child: Tensor, owner: Tensor, below: Tensor
    ) -> tuple[Tensor, Tensor]:
        size = self.hidden
        a_f = a[:, 3 * size :]
        h_sum = h_child.new_zeros(len(a), size).index_add(0, owner, h_child)
        i, o, u = (a[:, : 3 * size] + h_sum @ self.weight_sum.T).chunk(3, dim=1)
        f = torch.sigmoid(a_f[owner] + h_child @ self.weight_f.T)  # one for each child
        kept = torch.zeros_like(h_sum).index_add(0, owner, f * c_child)
        c = torch.sigmoid(i) * torch.tanh(u) + kept
        return torch.sigmoid(o) * torch.tanh(c), c


class NaryTreeLSTM(nn.Module):
    """An N-ary Tree-LSTM over a batch of trees: each place among the children has its weights.

    Args:
        dim: Size of the input of a node.
        hidden: Size H of the state.
        branches: The largest number of children.

    Shapes:
        x (N, D), parent (N,), place (N,) -> h and c, each (N, H), for the nodes of all trees.

    Raises:
        ValueError: If a size is not positive.
    """

    def __init__(self, dim: int, hidden: int, branches: int = 2) -> None:
        super().__init__()
        check_range("dim", dim, 1)
        check_range("hidden", hidden, 1)
        check_range("branches", branches, 1)
        self.dim, self.hidden, self.branches = dim, hidden, branches
        self.weight_x = nn.Parameter(torch.empty(4 * hidden, dim))  # rows i, o, u, f
        # Rows i, o, u, and f of each place; columns: the children, place by place.
        self.weight_h = nn.Parameter(torch.empty((3 + branches) * hidden, branches * hidden))
        self.bias = nn.Parameter(torch.empty(4 * hidden))
        for p in self.parameters():
            nn.init.uniform_(p, -1 / math.sqrt(hidden), 1 / math.sqrt(hidden))

    def forward(
        self, x: Tensor, parent: Tensor, place: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Compute all nodes, height by height.

        Args:
            x: The input of each node.
            parent: Index of the parent of each node; -1 for a root.
            place: Which child of its parent each node is, from 0; some may be missing. None
                counts them in the order of their numbers.

        Raises:
            ValueError: If shapes do not fit, the nodes form no trees, a node has more children
                than there are places, or two of them one place.
        """
        n = check_shape("x", x, "N", self.dim)["N"]
        check_shape("parent", parent, n)
        child = parent >= 0
        place = child_places(parent) if place is None else place
        check_shape("place", place, n)
        if child.any():
            check_range("place", int(place[child].min()), 0, self.branches - 1)
            check_range("place", int(place[child].max()), 0, self.branches - 1)
            taken = parent[child] * self.branches + place[child]
            if len(taken.unique()) < len(taken):
                raise ValueError("place must differ among the children of a node; got one twice")
        a = x @ self.weight_x.T + self.bias

        def nodes(a, h_child, c_child, owner, below):
            return self._nodes(a, h_child, c_child, (owner, place[below]))

        return _climb(a, parent, self.hidden, nodes)

    def _nodes(
        self, a: Tensor, h_child: Tensor, c_child: Tensor, where: tuple[Tensor, Tensor]
    ) -> tuple[Tensor, Tensor]:
        size = self.hidden
        empty = a.new_zeros(len(a), self.branches, size)  # of a missing child: h = c = 0
        h, c = empty.index_put(where, h_child), empty.index_put(where, c_child)
        told = h.flatten(1) @ self.weight_h.T
        i, o, u = (a[:, : 3 * size] + told[:, : 3 * size]).chunk(3, dim=1)
        f = torch.sigmoid(a[:, None, 3 * size :] + told[:, 3 * size :].unflatten(1, (-1, size)))
        c = torch.sigmoid(i) * torch.tanh(u) + (f * c).sum(dim=1)
        return torch.sigmoid(o) * torch.tanh(c), c
