"""Where to put the nodes of a graph: drawn distances like the number of steps between them.

Source: Gansner, Koren & North, "Graph drawing by stress majorization", Graph Drawing 2004: weights
1 / steps^2, and each round the exact minimum of a quadratic that lies above the stress.
"""

from typing import Any

import numpy as np

from .._check import check_range, check_shape


def graph_layout(edges: np.ndarray, n: int, *, rounds: int = 200) -> np.ndarray:
    """Positions of the nodes of a connected graph, in units of one edge.

    Args:
        edges: Both ends of each edge; its direction does not matter.
        n: Number of nodes.
        rounds: Rounds of stress majorization; the result is deterministic.

    Shapes:
        edges (2, E); returns (n, 2), with mean zero.

    Raises:
        ValueError: If the shape does not fit, a node is not there, or the graph is not connected.

    >>> graph_layout(np.array([[0, 1], [1, 2]]), 3).shape
    (3, 2)
    """
    edges = np.asarray(edges)
    check_shape("edges", edges, 2, "E")
    check_range("n", n, 1)
    if edges.size:
        check_range("the smallest node", int(edges.min()), 0)
        check_range("the largest node", int(edges.max()), 0, n - 1)
    steps = _steps(edges, n)
    if not np.all(np.isfinite(steps)):
        raise ValueError(f"edges must connect all {n} nodes; got more than one part")
    if n == 1:
        return np.zeros((1, 2))
    weight = 1 / (steps + np.eye(n)) ** 2
    np.fill_diagonal(weight, 0)
    pull = np.linalg.pinv(np.diag(weight.sum(1)) - weight)
    # Classical scaling to start from: the two leading eigenvectors of the centred squares.
    centre = np.eye(n) - 1 / n
    values, vectors = np.linalg.eigh(-centre @ steps**2 @ centre / 2)
    x = vectors[:, -2:] * np.sqrt(np.maximum(values[-2:], 1e-3))
    for _ in range(rounds):
        apart = np.linalg.norm(x[:, None] - x, axis=2)
        b = weight * steps / np.maximum(apart, 1e-9)
        x = pull @ ((np.diag(b.sum(1)) - b) @ x)
    return x


def _steps(edges: np.ndarray, n: int) -> np.ndarray:
    """Number of edges on the shortest path of each pair; inf if there is none."""
    steps = np.full((n, n), np.inf)
    np.fill_diagonal(steps, 0)
    joined = np.eye(n, dtype=bool)
    joined[edges[0], edges[1]] = joined[edges[1], edges[0]] = True
    reached = np.eye(n, dtype=bool)
    for k in range(1, n):
        further = reached @ joined
        if np.array_equal(further, reached):
            break
        steps[further & ~reached] = k
        reached = further
    return steps


def draw_edges(ax: Any, edges: np.ndarray, at: np.ndarray, **line_options: Any) -> None:
    """Draw each edge as a straight line, behind everything else.

    Args:
        ax: The axes to draw into; its frame and ticks go, and both axes get one scale.
        edges: Both ends of each edge; one that stands there twice is drawn once.
        at: Positions of the nodes.
        **line_options: Passed to ``ax.plot``: ``color``, ``lw``...

    Shapes:
        edges (2, E); at (N, 2).

    Raises:
        ValueError: If a shape does not fit.
    """
    edges, at = np.asarray(edges), np.asarray(at)
    check_shape("edges", edges, 2, "E")
    check_shape("at", at, "N", 2)
    ends = np.unique(np.sort(edges, axis=0), axis=1)
    ax.plot(*at[ends].transpose(2, 0, 1), **{"zorder": 0, "color": "#6b6b6b", **line_options})
    ax.set(aspect="equal")
    ax.axis("off")
    ax.margins(0.08)
