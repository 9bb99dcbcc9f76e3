r"""Label propagation: unlabelled points take the mean of their neighbours.

All points are nodes of a graph, with weights ``w_ij = exp(-|x_i - x_j|^2 / (2 s^2))``. Labelled
points keep their label. Every other point gets the weighted mean of the class probabilities of all
others. With the graph Laplacian L = diag(sum_j w_ij) - w, split into labelled (l) and unlabelled
(u) points, that is the linear system

.. math:: L_{uu}\, f_u = w_{ul}\, Y_l

It has a second meaning: f_u is the probability that a random walk over the graph meets a labelled
point of the class first.

Source: Zhu, Ghahramani & Lafferty, "Semi-supervised learning using Gaussian fields and harmonic
functions", ICML 2003, equation 5. Ours differs: one width for all coordinates, and no class mass
normalization.
"""

import numpy as np

from .._check import check_range, check_shape


def label_propagation(x: np.ndarray, y: np.ndarray, *, scale: float) -> np.ndarray:
    """Class probabilities of all points, from the labels of a few.

    Args:
        x: Points, labelled and not.
        y: Their classes 0, 1, ...; -1 where the label is missing.
        scale: Distance s at which a neighbour counts exp(-1/2) as much as a near one.

    Shapes:
        x (N, D); y (N,); returns (N, K), where K is the largest label plus one.

    Raises:
        ValueError: If a shape does not fit, no label is given, a label is below -1, the scale is
            not positive, or a point is so far from all labelled ones that nothing reaches it.

    >>> x = np.array([[0.0], [1.0], [2.0], [3.0]])
    >>> label_propagation(x, np.array([0, -1, -1, 1]), scale=0.3).argmax(axis=1)
    array([0, 0, 1, 1])
    """
    x, y = np.asarray(x, dtype=float), np.asarray(y)
    n = check_shape("x", x, "N", "D")["N"]
    check_shape("y", y, n)
    check_range("scale", scale, np.finfo(float).tiny)
    if y.size == 0 or y.max() < 0:
        raise ValueError("y must hold a label of at least one point; got none")
    check_range("the smallest label", int(y.min()), -1)
    distance = np.sum((x[:, None] - x) ** 2, axis=2)  # (N, N)
    w = np.exp(-distance / (2 * scale**2))
    f = _spread(w, y)
    if not np.allclose(f.sum(axis=1), 1, atol=1e-4):
        raise ValueError(
            f"scale must be so large that every point is reached from a label; got {scale}"
        )
    return f


def graph_propagation(w: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Class probabilities of all nodes of a graph, from the labels of a few.

    Args:
        w: Weight of the edge between two nodes, 0 where there is none.
        y: Their classes 0, 1, ...; -1 where the label is missing.

    Shapes:
        w (N, N), symmetric; y (N,); returns (N, K), where K is the largest label plus one.

    Raises:
        ValueError: If a shape does not fit, the weights are negative or not symmetric, no label
            is given, a label is below -1, or a node is not connected to any labelled one.

    >>> chain = np.diag([1.0, 1, 1], 1) + np.diag([1.0, 1, 1], -1)
    >>> graph_propagation(chain, np.array([0, -1, -1, 1]))[:, 1].round(3)
    array([0.   , 0.333, 0.667, 1.   ])
    """
    w, y = np.asarray(w, dtype=float), np.asarray(y)
    n = check_shape("w", w, "N", "N")["N"]
    check_shape("y", y, n)
    if not np.array_equal(w, w.T):
        raise ValueError("w must be symmetric; got w[i, j] that differs from w[j, i]")
    if y.size == 0 or y.max() < 0:
        raise ValueError("y must hold a label of at least one node; got none")
    check_range("the smallest weight", w.min(), 0)
    check_range("the smallest label", int(y.min()), -1)
    reached = y >= 0
    while True:  # from the labels along the edges, one step a round
        further = reached | np.any(w[:, reached] > 0, axis=1)
        if np.array_equal(further, reached):
            break
        reached = further
    if not reached.all():
        lost = np.flatnonzero(~reached).tolist()
        raise ValueError(f"every node must reach a labelled one; got {lost} that do not")
    return _spread(w, y)


def _spread(w: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The solution of the linear system, nan where there is none. Shapes: returns (N, K)."""
    known = y >= 0
    f = np.zeros((len(y), int(y.max()) + 1))
    f[known] = np.eye(f.shape[1])[y[known]]
    laplacian = np.diag(w.sum(axis=1)) - w
    try:
        f[~known] = np.linalg.solve(
            laplacian[np.ix_(~known, ~known)], w[~known][:, known] @ f[known]
        )
    except np.linalg.LinAlgError:
        f[~known] = np.nan
    return f
