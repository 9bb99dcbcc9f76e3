r"""Linear regions of ReLU networks, counted exactly.

A linear region is a set of inputs on which every hidden unit keeps its state: on (f > 0) or off.
There the network is one affine map. Each region is convex, for each is cut out by inequalities.
Neighbours are two regions even where the output happens to be the same map on both.

One hidden layer: each unit cuts along the hyperplane where its pre-activation is 0. H hyperplanes
in general position cut D dimensions into sum_{j <= D} C(H, j) parts; lines that are parallel, or
that meet three in a point, give fewer. More layers: later units cut each region once more, along
lines that bend where the region ends.

Source: Zaslavsky, "Facing up to arrangements", Memoirs of the AMS 154, 1975; bounds for deep
networks: Serra, Tjandraatmadja & Ramalingam, "Bounding and counting linear regions of deep neural
networks", ICML 2018, arXiv:1711.02114, theorems 1 and 7. Ours differs: regions are counted by
splitting intervals and polygons, not by mixed-integer programs; so at most two inputs.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

import numpy as np

from .._check import check_range, check_shape
from . import deep


def zaslavsky(hidden: int, dim: int) -> int:
    """The most regions a shallow network can have, reached in general position.

    Args:
        hidden: Number of hidden units, H.
        dim: Number of inputs, D.

    Returns:
        sum_{j=0}^{D} C(H, j).

    >>> zaslavsky(3, 1), zaslavsky(3, 2), zaslavsky(3, 5)
    (4, 7, 8)
    """
    check_range("hidden", hidden, 0)
    check_range("dim", dim, 0)
    return sum(math.comb(hidden, j) for j in range(dim + 1))


def deep_lower_bound(dim: int, widths: Sequence[int]) -> int:
    """Regions that some deep network reaches: each layer but the last folds, the last one cuts.

    With one input no network has more: the number is the product of (width + 1).

    Args:
        dim: Number of inputs, D.
        widths: Width of each hidden layer, each at least 3 D.

    Returns:
        prod_{k < K} (floor(D_k / D) + 1)^D times sum_{j <= D} C(D_K, j).

    Raises:
        ValueError: If a layer is too narrow: then its folds need more units than it has.

    >>> deep_lower_bound(1, [3, 3]), deep_lower_bound(2, [6, 6])
    (16, 352)
    """
    check_range("dim", dim, 1)
    check_range("smallest width", min(widths, default=0), 3 * dim)
    return math.prod((w // dim + 1) ** dim for w in widths[:-1]) * zaslavsky(widths[-1], dim)


def deep_upper_bound(dim: int, widths: Sequence[int]) -> int:
    """A number of regions that no deep network exceeds.

    A layer cuts what has D dimensions into at most sum_{j <= D} C(width, j) parts. At most
    C(width, j) of them have just j units off, and hand on at most width - j dimensions.

    Args:
        dim: Number of inputs, D.
        widths: Width of each hidden layer.

    >>> deep_upper_bound(1, [3, 3]), deep_upper_bound(2, [6, 6]), deep_upper_bound(1, [1, 1])
    (16, 484, 3)
    """
    check_range("dim", dim, 0)
    check_range("smallest width", min(widths, default=1), 1)
    regions = [1] * (dim + 1)  # by the dimension of what reaches the layer; from the last one up
    for width in reversed(widths):
        regions = [
            sum(math.comb(width, j) * regions[min(d, width - j)] for j in range(min(d, width) + 1))
            for d in range(dim + 1)
        ]
    return regions[dim]


def count_regions(phi: dict) -> int:
    """The number of linear regions of a ReLU network on the whole line or plane.

    Exact for the numbers as stored, in rational arithmetic, for one hidden layer; up to the
    tolerances of ``pieces_1d`` and ``regions_2d`` for more.

    Args:
        phi: Parameters of a network, as in ``udlbook.networks.deep``, with one or two inputs.

    Raises:
        ValueError: If the network has more inputs.
    """
    layers = deep.layers(phi)
    dim = layers[0][0].shape[1]
    check_range("number of inputs", dim, 1, 2)
    if len(layers) == 2:
        return _count_arrangement(*layers[0])
    if dim == 1:
        return len(pieces_1d(phi).edges) + 1
    quadrants = [np.array([[0, 0, 1.0], [x, 0, 0], [0, y, 0]]) for x in (-1, 1) for y in (-1, 1)]
    leaves = [leaf for corners in quadrants for leaf in _split_all(corners, layers)]
    return len({on.tobytes() for _, on, _ in leaves})  # a region that the axes cut is one region


def _count_arrangement(weight: np.ndarray, bias: np.ndarray) -> int:
    """Parts into which the points of a line, or the lines of a plane, cut it."""
    cuts = {_whole(row) for row in np.column_stack([weight, bias]).tolist() if any(row[:-1])}
    if weight.shape[1] == 1:
        return len(cuts) + 1
    through: dict[tuple, set] = {}
    for p, q in combinations(sorted(cuts), 2):
        a, b, c = p[1] * q[2] - p[2] * q[1], p[2] * q[0] - p[0] * q[2], p[0] * q[1] - p[1] * q[0]
        if c:  # else they are parallel
            through.setdefault(_whole((a, b, c)), set()).update((p, q))
    # A line adds one part, and one more for each point in which it crosses lines laid before.
    return 1 + len(cuts) + sum(len(lines) - 1 for lines in through.values())


def _whole(row: Sequence) -> tuple[int, ...]:
    """The multiple of a row that has whole numbers without common factor; the first is positive.

    So two rows of one line, or of one point in homogeneous coordinates, become equal.
    """
    fractions = [Fraction(value) for value in row]
    scale = math.lcm(*(f.denominator for f in fractions))
    whole = [int(f * scale) for f in fractions]
    divisor = math.gcd(*whole)
    if next(n for n in whole if n) < 0:
        divisor = -divisor
    return tuple(n // divisor for n in whole)


@dataclass(frozen=True)
class Pieces:
    """A ReLU network with one input, as the affine maps that it is made of.

    On piece r, between edges[r - 1] and edges[r], the output is slope[r] x + offset[r].

    Args:
        edges: Where some unit changes its state, rising.
        slope: Slope of each output on each piece.
        offset: Its value at x = 0, were the piece that long.
        on: The state of each hidden unit, layer by layer.

    Shapes:
        edges (R - 1,); slope, offset (R, D_o); on (R, units).
    """

    edges: np.ndarray
    slope: np.ndarray
    offset: np.ndarray
    on: np.ndarray


def pieces_1d(phi: dict, *, tol: float = 1e-12) -> Pieces:
    """Cut the line where a unit bends, layer by layer.

    Args:
        phi: Parameters of a ReLU network with one input and any number of layers.
        tol: Edges closer than this, relative to ``1 + |x|``, are one; slopes that cancel to less,
            relative to their terms, are 0. With 0 and arrays of ``Fraction`` all is exact.

    Raises:
        ValueError: If the network has not one input.

    >>> phi = {"weights": [np.array([[1.0], [1.0]]), np.array([[1.0, -2.0]])],
    ...        "biases": [np.array([0.0, -1.0]), np.array([0.0])]}
    >>> pieces_1d(phi).edges, pieces_1d(phi).slope[:, 0]
    (array([0., 1.]), array([ 0.,  1., -1.]))
    """
    layers = deep.layers(phi)
    check_shape("weights[0]", layers[0][0], "D", 1)
    number = layers[0][0].dtype
    edges = np.zeros(0, number)
    slope, offset = np.ones((1, 1), number), np.zeros((1, 1), number)  # h_0 = x
    on = np.zeros((1, 0), bool)
    for W, b in layers[:-1]:
        f_slope, f_offset = slope @ W.T, offset @ W.T + b  # (R, width)
        flat = abs(f_slope) <= tol * (abs(slope) @ abs(W).T)
        old, edges = edges, _add_roots(edges, f_slope, f_offset, flat, tol)
        middle = _middles(edges)
        parent = np.searchsorted(old, middle)  # the old piece in which each new one lies
        state = f_slope[parent] * middle[:, None] + f_offset[parent] > 0
        slope, offset = f_slope[parent] * state, f_offset[parent] * state
        on = np.hstack([on[parent], state])
    W, b = layers[-1]
    return Pieces(edges, slope @ W.T, offset @ W.T + b, on)


def _add_roots(edges, f_slope, f_offset, flat, tol) -> np.ndarray:
    """The edges, and the zeros of all pre-activations inside their pieces, rising."""
    piece, unit = np.nonzero(~flat)
    roots = 0 - f_offset[piece, unit] / f_slope[piece, unit]  # 0 - so that no root is -0.0
    low = np.append(-math.inf, edges)[piece]
    high = np.append(edges, math.inf)[piece]
    margin = tol * (1 + abs(roots))
    roots = np.sort(roots[(roots - low > margin) & (high - roots > margin)])
    apart = np.append(True, np.diff(roots) > tol * (1 + abs(roots[1:])))[: len(roots)]
    return np.sort(np.concatenate([edges, roots[apart]]))


def _middles(edges: np.ndarray) -> np.ndarray:
    """A point inside each piece. Shapes: (R - 1,) -> (R,)."""
    if len(edges) == 0:
        return np.zeros(1, edges.dtype)
    first, last = edges[:1], edges[-1:]
    ends = first - 1 - abs(first), last + 1 + abs(last)
    return np.concatenate([ends[0], (edges[:-1] + edges[1:]) / 2, ends[1]])


def preimages(pieces: Pieces, y: float) -> np.ndarray:
    """All inputs that a network with one input and one output maps to y: the layers of a fold.

    Returns:
        The inputs, rising. Of a piece that is constant at y only the ends are among them.

    Shapes:
        Returns (n,).

    Raises:
        ValueError: If the network has more outputs.
    """
    check_shape("slope", pieces.slope, "R", 1)
    slope, offset = pieces.slope[:, 0], pieces.offset[:, 0]
    edges = pieces.edges
    at_edges = slope[:-1] * edges + offset[:-1] - y
    left = np.append(-slope[:1], at_edges)  # the sign of the output minus y at both ends of
    right = np.append(at_edges, slope[-1:])  # each piece; at infinity the slope decides
    (inside,) = np.nonzero(left * right < 0)
    x = (y - offset[inside]) / slope[inside]
    return np.sort(np.concatenate([edges[at_edges == 0], x]))


@dataclass(frozen=True)
class Region:
    """A part of the plane on which a ReLU network is slope x + offset.

    Args:
        corners: The corners of the convex polygon, in order around it.
        on: The state of each hidden unit, layer by layer.
        slope: Slope of each output along each input.
        offset: The outputs at x = 0, were the region that large.

    Shapes:
        corners (n, 2); on (units,); slope (D_o, 2); offset (D_o,).
    """

    corners: np.ndarray
    on: np.ndarray
    slope: np.ndarray
    offset: np.ndarray


def regions_2d(phi: dict, box: Sequence[float] = (-1, 1, -1, 1)) -> list[Region]:
    """The linear regions of a ReLU network with two inputs, as polygons inside a box.

    Args:
        phi: Parameters of a network with two inputs and any number of layers.
        box: Left, right, lower and upper end.

    Returns:
        One region for each part of the box. A corner counts as on a line if a pre-activation is
        0 there up to 1e-12 of the size that its terms can have in the box; slivers and corners
        cut off that are smaller are missed.

    Raises:
        ValueError: If the network has not two inputs, or the box is empty.
    """
    layers = deep.layers(phi)
    check_shape("weights[0]", layers[0][0], "D", 2)
    left, right, low, high = box
    if not (left < right and low < high):
        raise ValueError(f"box must be (left, right, low, high) and not empty; got {tuple(box)}")
    corners = np.array([[left, low, 1], [right, low, 1], [right, high, 1], [left, high, 1]], float)
    W, b = layers[-1]
    found = []
    for V, on, G in _split_all(corners, layers):
        y = W @ G
        y[:, 2] += b
        found.append(Region(V[:, :2] / V[:, 2:], on, y[:, :2], y[:, 2]))
    return found


# A point (x_1, x_2) is written v = (x_1, x_2, 1) or any positive multiple; (x_1, x_2, 0) is the
# point at infinity in that direction. So affine functions are products G v, and a part of the
# plane that has no end is a polygon too. A new corner is a mean of two old ones: in a quadrant
# of the plane their coordinates have equal signs, and no digits cancel.


def _split_all(corners: np.ndarray, layers: list) -> list[tuple]:
    """Split a polygon by all hidden units.

    Returns:
        A tuple (V, on, G) for each region: its corners (n, 3), the states of the units, and the
        last hidden units as functions h = G v, (width, 3).
    """
    reach = np.linalg.norm(corners, axis=1).max()
    leaves = [(corners, np.zeros(0, bool), np.eye(3)[:2])]
    for W, b in layers[:-1]:
        grown = []
        for V, on, G in leaves:
            size = reach * (abs(W) @ np.linalg.norm(G, axis=1) + abs(b))  # of the terms of f
            f = W @ G
            f[:, 2] += b
            for part, state in _split(V, f, 1e-12 * size):
                grown.append((part, np.append(on, state), f * state[:, None]))
        leaves = grown
    return leaves


def _split(V: np.ndarray, f: np.ndarray, tol: np.ndarray) -> list[tuple]:
    """The parts of a polygon in which no function f changes its sign, and the signs there."""
    value = V @ f.T  # (n, width)
    value[abs(value) <= tol] = 0
    cutting = np.flatnonzero((value > 0).any(axis=0) & (value < 0).any(axis=0))
    if len(cutting) == 0:
        return [(V, (value > 0).any(axis=0))]
    cut = value[:, cutting[0]]
    return [*_split(_above(V, cut), f, tol), *_split(_above(V, -cut), f, tol)]


def _above(V: np.ndarray, value: np.ndarray) -> np.ndarray:
    """The part of a polygon where a function with these values at the corners is positive."""
    after, value_after = np.roll(V, -1, axis=0), np.roll(value, -1)
    crossing = value * value_after < 0
    share = np.divide(value, value - value_after, out=np.zeros(len(V)), where=crossing)[:, None]
    pairs = np.stack([V, (1 - share) * V + share * after], axis=1)  # each corner, its edge's cut
    return pairs[np.column_stack([value >= 0, crossing])]
