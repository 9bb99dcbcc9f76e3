r"""K-means: each point to its nearest centre, each centre to the mean of its points.

Both moves lower the sum of squared distances, the *inertia*, so it never rises, and since there
are finitely many assignments the moves come to rest:

.. math:: \sum_n \min_k \lVert \mathbf x_n - \mathbf m_k \rVert^2 .

Where they rest depends on the start. ``plus_plus`` draws starting centres apart from each other;
several starts run at once, as one array.

Source: Lloyd, "Least squares quantization in PCM", IEEE Transactions on Information Theory 28
(1982); Arthur & Vassilvitskii, "k-means++: the advantages of careful seeding", SODA 2007,
section 2.2. Ours differs: a centre that loses all its points moves onto the point that is farthest
from its own centre.
"""

from dataclasses import dataclass

import numpy as np

from .._check import check_range, check_shape


@dataclass(frozen=True)
class KMeans:
    """Where k-means came to rest, from the best of its starts.

    Attributes:
        centres: The mean of each cluster.
        labels: The cluster of each point.
        inertia: Sum of the squared distances to the centres.
        trace: The inertia at the start and after each round.
        finals: The last inertia of each start.

    Shapes:
        centres (K, D); labels (N,); trace (rounds + 1,); finals (restarts,).
    """

    centres: np.ndarray
    labels: np.ndarray
    inertia: float
    trace: np.ndarray
    finals: np.ndarray


def kmeans(
    x: np.ndarray,
    k: int,
    *,
    rng: np.random.Generator | None = None,
    restarts: int = 1,
    start: np.ndarray | None = None,
    max_rounds: int = 300,
) -> KMeans:
    """Lloyd's algorithm from the centres of ``plus_plus``, several starts at once.

    Args:
        x: The points.
        k: How many clusters.
        rng: Draws the starts; not needed where ``start`` is given.
        restarts: How many starts; the one with the least inertia is returned.
        start: Centres to start from, instead of ``restarts`` drawn ones.
        max_rounds: Where to stop at the latest.

    Shapes:
        x (N, D); start (K, D) or (restarts, K, D).

    Raises:
        ValueError: If a shape does not fit, a number is below 1, or there are fewer points
            than clusters.

    >>> x = np.array([[0.0], [1.0], [10.0], [11.0]])
    >>> found = kmeans(x, 2, start=np.array([[0.0], [1.0]]))
    >>> found.centres.ravel(), found.labels, found.trace
    (array([ 0.5, 10.5]), array([0, 0, 1, 1]), array([181.        ,  21.55555556,   1.        ]))
    """
    x = _checked(x, k)
    check_range("max_rounds", max_rounds, 1)
    if start is None:
        centres = plus_plus(x, k, rng=rng, restarts=restarts)
    else:
        centres = np.array(start, dtype=float)
        centres = centres[None] if centres.ndim == 2 else centres
        check_shape("start", centres, "restarts", k, x.shape[1])
    centres, labels, traces = lloyd(x, centres, max_rounds=max_rounds)
    finals = traces[-1]
    best = int(finals.argmin())
    trace = traces[:, best]
    rounds = np.flatnonzero(trace == trace[-1])[0]  # other starts may have gone on
    return KMeans(centres[best], labels[best], float(finals[best]), trace[: rounds + 1], finals)


def lloyd(
    x: np.ndarray, centres: np.ndarray, *, max_rounds: int = 300
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Move R sets of centres until no point changes its cluster any more.

    Returns:
        The centres, the cluster of each point, and the inertia at the start and after each round.

    Shapes:
        x (N, D); centres (R, K, D); returns (R, K, D), (R, N) and (rounds + 1, R).
    """
    middle = x.mean(axis=0)
    x, centres = x - middle, centres - middle
    near, inertia = _nearest(x, centres)
    level, traces = inertia, [inertia]
    moving = np.arange(len(centres))  # the sets that have not come to rest
    for _ in range(max_rounds):
        moved = _means(x, near[moving], centres[moving])
        now, inertia = _nearest(x, moved)
        centres[moving], level = moved, level.copy()
        level[moving] = inertia
        traces.append(level)
        changed = (now != near[moving]).any(axis=(1, 2))
        near[moving] = now
        moving = moving[changed]
        if not len(moving):
            break
    return centres + middle, near.argmax(axis=1), np.array(traces)


def plus_plus(
    x: np.ndarray, k: int, *, rng: np.random.Generator | None, restarts: int = 1
) -> np.ndarray:
    """Starting centres by k-means++, ``restarts`` sets of them.

    The first is any point; each further one is a point drawn with a probability that grows with
    its squared distance to the centres so far.

    Shapes:
        x (N, D); returns (restarts, K, D).

    Raises:
        ValueError: If ``rng`` is missing, a number is below 1, or there are fewer points than
            clusters.
    """
    x = _checked(x, k)
    check_range("restarts", restarts, 1)
    if rng is None:
        raise ValueError("rng must be a numpy Generator, since the start is drawn; got None")
    n, points, x = len(x), x, x - x.mean(axis=0)
    chosen = np.empty((restarts, k), dtype=int)
    chosen[:, 0] = rng.integers(n, size=restarts)
    nearest = _squares(x, x[chosen[:, :1]])[:, 0]  # (restarts, N)
    for i in range(1, k):
        total = np.cumsum(nearest, axis=1)
        at = rng.random(restarts)[:, None] * total[:, -1:]
        pick = np.minimum((total <= at).sum(axis=1), n - 1)
        # fewer different points than clusters: all distances are zero, and any point will do
        pick = np.where(total[:, -1] > 0, pick, rng.integers(n, size=restarts))
        chosen[:, i] = pick
        nearest = np.minimum(nearest, _squares(x, x[chosen[:, i : i + 1]])[:, 0])
    return points[chosen]


def assign(x: np.ndarray, centres: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The nearest centre of each point, and the inertia.

    Shapes:
        x (N, D); centres (..., K, D); returns (..., N) and (...).
    """
    x, centres = np.asarray(x, dtype=float), np.asarray(centres, dtype=float)
    sizes = check_shape("x", x, "N", "D")
    check_shape("centres", centres, "...", "K", sizes["D"])
    middle, front = x.mean(axis=0), centres.shape[:-2]  # a far origin would cost digits
    near, inertia = _nearest(x - middle, (centres - middle).reshape(-1, *centres.shape[-2:]))
    return near.argmax(axis=1).reshape(*front, len(x)), inertia.reshape(front)


def _squares(x: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Squared distances. Shapes: x (N, D); centres (R, K, D); returns (R, K, N)."""
    squares = (-2 * centres.reshape(-1, x.shape[1])) @ x.T
    squares += (centres**2).sum(axis=2).reshape(-1, 1)
    squares += np.einsum("nd,nd->n", x, x)
    return np.maximum(squares, 0, out=squares).reshape(*centres.shape[:2], len(x))


def _nearest(x: np.ndarray, centres: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """True at the nearest centre of each point, and the inertia. Shapes: (R, K, N) and (R,)."""
    squares = _squares(x, centres)
    least = squares.min(axis=1)
    near = squares == least[:, None]
    if near.sum() > least.size:  # a point half way between two centres belongs to the first
        near &= np.arange(centres.shape[1])[:, None] == near.argmax(axis=1)[:, None]
    return near, least.sum(axis=1)


def _means(x: np.ndarray, near: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """The mean of each cluster. Shapes: near (R, K, N); centres (R, K, D); returns (R, K, D)."""
    count = near.sum(axis=2)
    sums = near.reshape(-1, len(x)).astype(float) @ x
    means = sums.reshape(centres.shape) / np.maximum(count, 1)[..., None]
    for r in np.flatnonzero((count == 0).any(axis=1)):  # rare: a centre without a point
        empty = np.flatnonzero(count[r] == 0)
        away = ((x - means[r, near[r].argmax(axis=0)]) ** 2).sum(axis=1)
        means[r, empty] = x[np.argsort(away)[::-1][: len(empty)]]
    return means


def _checked(x: np.ndarray, k: int) -> np.ndarray:
    x = np.asarray(x, dtype=float)
    n = check_shape("x", x, "N", "D")["N"]
    check_range("k", k, 1)
    if n < k:
        raise ValueError(f"x must hold at least as many points as clusters, {k}; got {n}")
    if not np.isfinite(x).all():
        raise ValueError("x must be finite; got nan or infinity")
    return x
