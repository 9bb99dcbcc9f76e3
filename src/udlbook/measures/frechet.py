r"""The Frechet distance between normals fitted to two sets of features.

Two normals are fitted, and their distance has a closed form,

.. math:: d^2 = |m_1 - m_2|^2 + \operatorname{tr}\bigl(C_1 + C_2 - 2 (C_1 C_2)^{1/2}\bigr).

It sees means and covariances of the features and nothing else: two sets that agree in both have
distance 0, however different they are. And it is biased: two halves of one set have a distance
above 0, which falls with the size of the sets.

Source: Heusel, Ramsauer, Unterthiner, Nessler & Hochreiter, "GANs trained by a two time-scale
update rule converge to a local Nash equilibrium", NeurIPS 2017, arXiv:1706.08500, equation 6;
the closed form by Dowson & Landau, Journal of Multivariate Analysis 12, 1982. Ours
differs: the features are the caller's; the trace of the root is found from two symmetric
eigenvalue problems, so it is real and exists for singular covariances too.
"""

import numpy as np

from .._check import check_shape
from ._sets import two_sets


def frechet_distance(x: np.ndarray, y: np.ndarray) -> float:
    """Squared Frechet distance of the normals fitted to two sets of features.

    Covariances are the unbiased ones (divided by one less than the number of points).

    Args:
        x: Features of one set.
        y: Features of the other.

    Shapes:
        x (N, D); y (M, D).

    Returns:
        The squared distance, in squared units of the features, 0 or more.

    Raises:
        ValueError: If the dimensions differ, or a set has fewer than two points or one that is
            not finite.

    >>> x = np.array([[0.0], [2.0]])
    >>> frechet_distance(x, x + 3)
    9.0
    """
    x, y = two_sets(x, y, least=(2, 2))
    return frechet_from_moments(
        x.mean(axis=0),
        np.atleast_2d(np.cov(x, rowvar=False)),
        y.mean(axis=0),
        np.atleast_2d(np.cov(y, rowvar=False)),
    )


def frechet_from_moments(
    mu1: np.ndarray, cov1: np.ndarray, mu2: np.ndarray, cov2: np.ndarray
) -> float:
    """Squared Frechet distance of two normals, which is their squared Wasserstein-2 distance.

    Args:
        mu1: Mean of the first.
        cov1: Its covariance.
        mu2: Mean of the second.
        cov2: Its covariance.

    Shapes:
        means (D,); covariances (D, D).

    Raises:
        ValueError: If the shapes differ, or a matrix is not symmetric or has a negative
            eigenvalue.

    >>> frechet_from_moments(np.zeros(2), np.diag([4.0, 9.0]), np.ones(2), np.eye(2))
    7.0
    """
    mu1, cov1, mu2, cov2 = (np.asarray(a, dtype=float) for a in (mu1, cov1, mu2, cov2))
    dim = check_shape("mu1", mu1, "D")["D"]
    check_shape("mu2", mu2, dim)
    root1, root2 = _root("cov1", cov1, dim), _root("cov2", cov2, dim)
    # The eigenvalues of C1 C2 are the squared singular values of C1^(1/2) C2^(1/2).
    shared = np.linalg.svd(root1 @ root2, compute_uv=False).sum()
    squared = np.sum((mu1 - mu2) ** 2) + np.trace(cov1) + np.trace(cov2) - 2 * shared
    return max(0.0, float(squared))


def _root(name: str, cov: np.ndarray, dim: int) -> np.ndarray:
    """The symmetric root of a covariance, by its eigenvalues."""
    check_shape(name, cov, dim, dim)
    scale = np.abs(cov).max()
    gap = np.abs(cov - cov.T).max()
    if not gap <= 1e-8 * scale:
        raise ValueError(f"{name} must be symmetric; got entries that differ by {gap:.2g}")
    values, vectors = np.linalg.eigh((cov + cov.T) / 2)
    if values[0] < -1e-8 * scale:
        raise ValueError(f"{name} must have no negative eigenvalue; got {values[0]:.2g}")
    return (vectors * np.sqrt(values.clip(0))) @ vectors.T
