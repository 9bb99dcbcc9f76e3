r"""Mixtures of normals in any number of dimensions, fitted by expectation maximization.

A hidden number z says which normal a point comes from:

.. math:: p(\mathbf x) = \sum_k \pi_k \,
   \mathcal N(\mathbf x;\, \boldsymbol\mu_k, \Sigma_k) .

The E step computes the *responsibilities*, r_nk = Pr(z = k | x_n). The M step takes weighted
shares, means and covariances, with the responsibilities as weights. The likelihood never falls.

Four kinds of covariance:

===============  ================  ================================================================
``full``         cov (K, D, D)     each component has its own
``tied``         cov (D, D)        one for all components
``diag``         cov (K, D)        a variance for each component and coordinate
``spherical``    cov (K,)          one variance for each component
===============  ================  ================================================================

A component that narrows down onto one point would gain likelihood without end. ``floor`` is added
to every variance after each M step, as if each point carried noise of that variance; with
``floor=0`` such a collapse is an error. Several starts run at once, as one more axis.

Source: Dempster, Laird & Rubin, "Maximum likelihood from incomplete data via the EM algorithm",
Journal of the Royal Statistical Society B 39 (1977), section 4.3; Bishop, "Pattern Recognition
and Machine Learning", 2006, section 9.2. Ours differs: covariances come from moments about the
mean of all points wherever that loses no digits, so that one matrix product serves all components
and starts; where it would, they come from differences.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from .._check import check_choice, check_range, check_shape
from ._em import Fit, Params, normalize, run
from .kmeans import lloyd, plus_plus

KINDS = ("full", "tied", "diag", "spherical")
LOG_2PI = float(np.log(2 * np.pi))
_TINY = np.finfo(float).tiny  # keeps the share of a component without points above zero
# A difference of squares is as exact as it must be while the squares are at most so much larger:
_LOST_E = 1e6  # E step: a log density is right to ten digits after the point
_LOST_M = 1e4  # M step: variances are right to twelve digits
_MANY = 32  # with more coordinates than this, there are too many products of two of them
_BLOCK = 2**21  # numbers that an intermediate result may hold; more are computed in parts


@dataclass(frozen=True, eq=False)
class NormalMixture:
    """A mixture of K normals in D dimensions.

    Args:
        weights: Probability of each component; they sum to 1.
        mu: Mean of each component.
        cov: Covariances, in the shape that ``kind`` asks for.
        kind: ``"full"``, ``"tied"``, ``"diag"`` or ``"spherical"``.

    Shapes:
        weights (K,); mu (K, D); cov (K, D, D), (D, D), (K, D) or (K,).

    Raises:
        ValueError: If a shape does not fit, the weights are no probabilities, or a covariance is
            not symmetric and positive definite.

    >>> m = NormalMixture([0.5, 0.5], [[-2.0], [2.0]], [1.0, 1.0], kind="spherical")
    >>> m.responsibilities([[0.0], [1.0]]).round(3)
    array([[0.5  , 0.5  ],
           [0.018, 0.982]])
    """

    weights: Any
    mu: Any
    cov: Any
    kind: str = "full"

    def __post_init__(self) -> None:
        check_choice("kind", self.kind, KINDS)
        for name in ("weights", "mu", "cov"):
            object.__setattr__(self, name, np.array(getattr(self, name), dtype=float))
        k, dim = check_shape("mu", self.mu, "K", "D").values()
        check_shape("weights", self.weights, k)
        shape = {"full": (k, dim, dim), "tied": (dim, dim), "diag": (k, dim), "spherical": (k,)}
        check_shape("cov", self.cov, *shape[self.kind])
        if not np.isfinite(self.mu).all():
            raise ValueError(f"mu must be finite; got {self.mu}")
        if not (np.all(self.weights >= 0) and abs(self.weights.sum() - 1) < 1e-8):
            raise ValueError(f"weights must be at least 0 and sum to 1; got {self.weights}")
        if self.kind in ("full", "tied"):
            crooked = np.abs(self.cov - self.cov.swapaxes(-1, -2)).max(initial=0.0)
            if not crooked <= 1e-8 * np.abs(self.cov).max(initial=0.0):
                raise ValueError(f"cov must be symmetric; got a difference of {crooked}")
        _whiteners(self.cov[None], self.kind)

    @property
    def dim(self) -> int:
        """How many coordinates a point has."""
        return self.mu.shape[1]

    @property
    def covariances(self) -> np.ndarray:
        """The covariance matrix of each component, whatever the kind, of shape (K, D, D)."""
        k, dim = self.mu.shape
        if self.kind == "spherical":
            return self.cov[:, None, None] * np.eye(dim)
        if self.kind == "diag":
            return self.cov[:, :, None] * np.eye(dim)
        return np.broadcast_to(self.cov, (k, dim, dim)).copy()

    @property
    def n_parameters(self) -> int:
        """How many numbers can be chosen freely, namely K - 1 shares, means and covariances."""
        k, dim = self.mu.shape
        half = dim * (dim + 1) // 2
        free = {"full": k * half, "tied": half, "diag": k * dim, "spherical": k}
        return k - 1 + k * dim + free[self.kind]

    def log_joint(self, x: Any) -> np.ndarray:
        """log Pr(z = k) + log p(x | z = k), in nats. Shapes: x (N, D); returns (N, K)."""
        data = _Points(_points(x, self.dim), self.kind, centre=self.weights @ self.mu)
        return data.log_joint(data.shifted(self))[0].T

    def log_prob(self, x: Any) -> np.ndarray:
        """The log density of each point, in nats. Shapes: x (N, D); returns (N,)."""
        return normalize(self.log_joint(x).T[None])[1][0]

    def responsibilities(self, x: Any) -> np.ndarray:
        """Pr(z = k | x), the posterior of the component. Shapes: x (N, D); returns (N, K)."""
        return normalize(self.log_joint(x).T[None])[0][0].T

    def sample(self, n: int, *, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Draw components, then points. Returns the points (n, D) and the components (n,)."""
        check_range("n", n, 0)
        share = self.weights / self.weights.sum()
        z = rng.choice(len(share), size=n, p=share)
        noise = rng.standard_normal((n, self.dim))
        chol = np.linalg.cholesky(self.covariances)
        return self.mu[z] + np.einsum("nij,nj->ni", chol[z], noise), z

    def outlines(self, radius: float = 2.0, *, points: int = 120) -> np.ndarray:
        """An ellipse around each component of a mixture in the plane, to be drawn.

        Args:
            radius: How far it lies from the mean, in standard deviations.
            points: How many points it has; the last is the first again.

        Shapes:
            returns (K, points, 2).

        Raises:
            ValueError: If the mixture is not one in two dimensions.
        """
        if self.dim != 2:
            raise ValueError(f"outlines need a mixture in 2 dimensions; got {self.dim}")
        angle = np.linspace(0, 2 * np.pi, points)
        circle = radius * np.stack([np.cos(angle), np.sin(angle)])
        return self.mu[:, None] + (np.linalg.cholesky(self.covariances) @ circle).swapaxes(1, 2)

    def bic(self, x: Any) -> float:
        """Bayesian information criterion, P log N - 2 log-likelihood; less is better.

        P is ``n_parameters``. Source: Schwarz, "Estimating the dimension of a model", Annals of
        Statistics 6 (1978), with the sign and the factor 2 that are usual now.
        """
        log_prob = self.log_prob(x)
        return float(self.n_parameters * np.log(len(log_prob)) - 2 * log_prob.sum())


def three_clouds() -> NormalMixture:
    """The mixture of the chapter: two long clouds side by side, and a small round one.

    Clusters of k-means cut the long ones across; a mixture with full covariances does not.
    """
    long, round_ = [[2.0, 1.5], [1.5, 1.5]], [[0.2, 0.0], [0.0, 0.2]]
    mu = [[-1.0, 0.8], [1.0, -0.8], [2.6, 2.4]]
    return NormalMixture([0.45, 0.35, 0.2], mu, [long, long, round_])


def em_step(model: NormalMixture, x: Any, *, floor: float = 0.0) -> NormalMixture:
    """One E step and one M step.

    Args:
        model: The mixture before.
        x: The points.
        floor: Added to every variance.

    Returns:
        The mixture after, with a log-likelihood that is at least as high if ``floor`` is zero.

    Raises:
        ValueError: If a shape does not fit, or a covariance becomes singular.
    """
    data = _Points(_points(x, model.dim), model.kind, floor=floor)
    responsibilities, _ = data.e_step(data.shifted(model))
    return data.model(*(p[0] for p in data.m_step(responsibilities)))


def fit_normals(
    x: Any,
    k: int,
    *,
    kind: str = "full",
    rng: np.random.Generator | None = None,
    restarts: int = 1,
    start: str | NormalMixture = "kmeans",
    floor: float = 1e-6,
    tol: float = 1e-6,
    max_steps: int = 500,
) -> Fit:
    """Fit a mixture of normals by expectation maximization, from several starts at once.

    Args:
        x: The points.
        k: How many components.
        kind: The kind of covariance.
        rng: Draws the starts; not needed where ``start`` is a mixture.
        restarts: How many starts; the one that ends highest is returned.
        start: ``"kmeans"``, clusters after ten rounds of k-means; ``"points"``, means at points
            that are drawn, and the covariance of all; or a mixture.
        floor: Added to every variance after each M step, in squared units of ``x``.
        tol: A start rests once a step gains less, in nats an example.
        max_steps: Where to stop at the latest; with ``tol=0``, how many steps there are.

    Shapes:
        x (N, D).

    Raises:
        ValueError: If a shape or the kind does not fit, ``rng`` is missing, there are fewer
            points than components, or a covariance becomes singular, which ``floor`` prevents.

    >>> x = np.array([[0.0], [0.1], [0.2], [5.0], [5.1], [5.2]])
    >>> found = fit_normals(x, 2, rng=np.random.default_rng(0))
    >>> np.sort(found.model.mu.ravel()).round(3), found.converged
    (array([0.1, 5.1]), True)
    """
    check_choice("kind", kind, KINDS)
    check_range("k", k, 1)
    check_range("restarts", restarts, 1)
    x = _points(x)
    if len(x) < k:
        raise ValueError(f"x must hold at least as many points as components, {k}; got {len(x)}")
    data = _Points(x, kind, floor=floor)
    if isinstance(start, NormalMixture):
        if (start.kind, *start.mu.shape) != (kind, k, x.shape[1]) or restarts != 1:
            raise ValueError(
                f"start must be one {kind} mixture of {k} normals in {x.shape[1]} dimensions; got "
                f"{restarts} of kind {start.kind}, {start.mu.shape[0]} in {start.dim}"
            )
        params = data.shifted(start)
    else:
        check_choice("start", start, ("kmeans", "points"))
        if rng is None:
            raise ValueError("rng must be a numpy Generator, since the start is drawn; got None")
        params = (data.near_clusters if start == "kmeans" else data.at_points)(k, restarts, rng)
    best, trace, finals, converged = run(
        params, data.e_step, lambda r, _: data.m_step(r), tol=tol, max_steps=max_steps
    )
    return Fit(data.model(*best), float(trace[-1]), trace, finals, converged)


# ---------------------------------------------------------------------------- the two steps


class _Points:
    """The points, seen from their centre, and the two steps for R starts at once.

    Arrays have the points last, so that sums over components run along memory.
    """

    def __init__(
        self, x: np.ndarray, kind: str, *, floor: float = 0.0, centre: np.ndarray | None = None
    ) -> None:
        check_range("floor", floor, 0)
        self.kind, self.floor = kind, floor
        self.centre = x.mean(axis=0) if centre is None else centre
        self.x = x - self.centre
        self.xt = np.ascontiguousarray(self.x.T)
        self.span = max(self.xt.max(), -self.xt.min())  # the largest coordinate
        dim = x.shape[1]
        self.matrix = kind in ("full", "tied")
        self.i, self.j = np.triu_indices(dim) if self.matrix else (np.arange(dim),) * 2
        self.few = kind != "full" or dim <= _MANY  # so that all products fit into memory

    @cached_property
    def features(self) -> np.ndarray:
        """The squares, or all products of two coordinates, and then the coordinates themselves.

        Shapes: (2 D, N) for diagonal covariances, (D (D + 1) / 2 + D, N) for full ones.
        """
        out = np.empty((len(self.i) + len(self.xt), len(self.x)))
        np.multiply(self.xt[self.i], self.xt[self.j], out=out[: len(self.i)])
        out[len(self.i) :] = self.xt
        return out

    def shifted(self, model: NormalMixture) -> Params:
        """The parameters of one start, as seen from the centre."""
        return model.weights[None], (model.mu - self.centre)[None], model.cov[None]

    def model(self, weights: np.ndarray, mu: np.ndarray, cov: np.ndarray) -> NormalMixture:
        return NormalMixture(weights, mu + self.centre, cov, self.kind)

    # -- E step

    def e_step(self, params: Params) -> tuple[np.ndarray, np.ndarray]:
        """Responsibilities (R, K, N), and the mean log-likelihood (R,)."""
        responsibilities, log_prob = normalize(self.log_joint(params))
        return responsibilities, log_prob.mean(axis=1)

    def log_joint(self, params: Params) -> np.ndarray:
        """Shapes: returns (R, K, N)."""
        weights, mu, cov = params
        white, half_logdet = _whiteners(cov, self.kind)
        if self.kind == "spherical":
            half_logdet = self.x.shape[1] * half_logdet
        with np.errstate(divide="ignore"):
            offset = np.log(weights) - half_logdet - 0.5 * self.x.shape[1] * LOG_2PI
        precision = white.swapaxes(-1, -2) @ white if self.matrix else white**2
        steepest = np.diagonal(precision, axis1=-2, axis2=-1) if self.matrix else precision
        far = max(self.span, np.abs(mu).max())
        if self.few and far**2 * steepest.max() < _LOST_E:
            return self._log_joint_by_features(offset, mu, white, precision)
        distance = (self._by_matrices if self.matrix else self._by_scales)(mu, white)
        distance *= -0.5
        distance += offset[..., None]
        return distance

    def _log_joint_by_features(
        self, offset: np.ndarray, mu: np.ndarray, white: np.ndarray, precision: np.ndarray
    ) -> np.ndarray:
        """The square multiplied out: a product of parameters and features, for all components."""
        restarts, k, dim = mu.shape
        linear = (precision @ mu[..., None])[..., 0] if self.matrix else precision * mu
        constant = (offset - 0.5 * (linear * mu).sum(axis=2)).reshape(-1, 1)
        if self.kind == "tied":  # the square of x is the same for all components
            out = (linear.reshape(-1, dim) @ self.xt).reshape(restarts, k, -1)
            y = (white.reshape(-1, dim) @ self.xt).reshape(restarts, dim, -1)
            out -= 0.5 * (y**2).sum(axis=1, keepdims=True)
            out += constant.reshape(restarts, k, 1)
            return out
        if self.matrix:
            quadratic = precision[..., self.i, self.j] * np.where(self.i == self.j, -0.5, -1)
        else:
            quadratic = np.broadcast_to(-0.5 * precision, mu.shape)
        theta = np.concatenate([quadratic, linear], axis=2)
        out = theta.reshape(restarts * k, -1) @ self.features
        out += constant
        return out.reshape(restarts, k, -1)

    def _by_matrices(self, mu: np.ndarray, white: np.ndarray) -> np.ndarray:
        """|white (x - mu)|^2. Shapes: white (R, K or 1, D, D); returns (R, K, N)."""
        restarts, k, dim = mu.shape
        n = len(self.x)
        white = np.broadcast_to(white, (restarts, k, dim, dim))
        moved = (white @ mu[..., None]).reshape(-1, 1)
        rows = np.ascontiguousarray(white).reshape(-1, dim)
        distance = np.empty((restarts * k, n))
        part = max(1, _BLOCK // len(rows))
        for i in range(0, n, part):
            y = rows @ self.xt[:, i : i + part]
            y -= moved
            y *= y
            np.sum(y.reshape(restarts * k, dim, -1), axis=1, out=distance[:, i : i + part])
        return distance.reshape(restarts, k, n)

    def _by_scales(self, mu: np.ndarray, scale: np.ndarray) -> np.ndarray:
        """sum_d scale_d^2 (x_d - mu_d)^2. Shapes: scale (R, K, D or 1); returns (R, K, N)."""
        scale = np.broadcast_to(scale, mu.shape)
        squared = np.zeros((*mu.shape[:2], len(self.x)))
        for d in range(mu.shape[2]):
            squared += ((self.xt[d] - mu[:, :, d, None]) * scale[:, :, d, None]) ** 2
        return squared

    # -- M step

    def m_step(self, responsibilities: np.ndarray) -> Params:
        """The weighted shares, means and covariances. Shapes: responsibilities (R, K, N)."""
        restarts, k, n = responsibilities.shape
        dim = self.x.shape[1]
        flat = responsibilities.reshape(-1, n)
        count = flat.sum(axis=1).reshape(restarts, k) + _TINY
        weights = count / count.sum(axis=1, keepdims=True)
        if self.kind == "tied" or not self.few:
            moments, mu = None, flat @ self.x
        else:
            moments = (flat @ self.features.T).reshape(restarts, k, -1) / count[..., None]
            moments, mu = moments[..., :-dim], moments[..., -dim:] * count[..., None]
        mu = mu.reshape(restarts, k, dim) / count[..., None]
        if self.kind == "tied":
            cov = self._tied(flat, mu, count)
        elif self.kind == "full":
            cov = self._full(flat, mu, count, moments)
        else:
            cov = self._variances(flat, mu, count, moments)
            cov = cov.mean(axis=2) if self.kind == "spherical" else cov
        if self.matrix:
            diagonal = np.arange(dim)
            cov[..., diagonal, diagonal] += self.floor
        else:
            cov += self.floor
        return weights, mu, cov

    def _full(
        self, flat: np.ndarray, mu: np.ndarray, count: np.ndarray, moments: np.ndarray | None
    ) -> np.ndarray:
        """The covariance of each component. Shapes: returns (R, K, D, D)."""
        if moments is not None:
            cov = np.empty((*mu.shape, mu.shape[2]))
            cov[..., self.i, self.j] = cov[..., self.j, self.i] = moments
            squares = np.diagonal(cov, axis1=2, axis2=3).copy()
            cov -= mu[..., :, None] * mu[..., None, :]
            if np.all(squares <= _LOST_M * np.diagonal(cov, axis1=2, axis2=3)):
                return cov
        return self._by_differences(flat, mu, count)

    def _tied(self, flat: np.ndarray, mu: np.ndarray, count: np.ndarray) -> np.ndarray:
        """One covariance: that of all points less that of the means. Shapes: (R, D, D)."""
        total = count.sum(axis=1)[:, None, None]
        cov = (self.scatter - mu.swapaxes(1, 2) @ (count[..., None] * mu)) / total
        squares = np.diagonal(self.scatter) / len(self.x)
        if np.all(squares <= _LOST_M * np.diagonal(cov, axis1=1, axis2=2)):
            return cov
        each = self._by_differences(flat, mu, count)
        return (count[..., None, None] * each).sum(axis=1) / total

    def _variances(
        self, flat: np.ndarray, mu: np.ndarray, count: np.ndarray, moments: np.ndarray
    ) -> np.ndarray:
        """The variance of each component and coordinate. Shapes: returns (R, K, D)."""
        var = moments - mu**2
        if np.any(moments > _LOST_M * var):
            weighted = flat.reshape(*mu.shape[:2], -1)
            for d in range(mu.shape[2]):
                apart = self.xt[d] - mu[:, :, d, None]
                var[..., d] = (weighted * apart**2).sum(axis=2) / count
        return var

    def _by_differences(self, flat: np.ndarray, mu: np.ndarray, count: np.ndarray) -> np.ndarray:
        """Covariances, one component after the other, exact also where one is very narrow."""
        dim = mu.shape[2]
        cov = np.empty((len(flat), dim, dim))
        means = mu.reshape(-1, dim)
        for c, total in enumerate(count.ravel()):
            apart = self.x - means[c]
            cov[c] = (apart.T * flat[c]) @ apart / total
        return (0.5 * (cov + cov.swapaxes(1, 2))).reshape(*mu.shape, dim)

    @cached_property
    def scatter(self) -> np.ndarray:
        """The sum of all outer products. Shapes: (D, D)."""
        return self.x.T @ self.x

    # -- starts

    def near_clusters(self, k: int, restarts: int, rng: np.random.Generator) -> Params:
        """One M step from clusters of k-means, after ten rounds at most."""
        centres = plus_plus(self.x, k, rng=rng, restarts=restarts)
        _, labels, _ = lloyd(self.x, centres, max_rounds=10)
        return self.m_step((labels[:, None] == np.arange(k)[:, None]).astype(float))

    def at_points(self, k: int, restarts: int, rng: np.random.Generator) -> Params:
        """Means at different points, equal shares, and the covariance of all points."""
        n = len(self.x)
        chosen = np.stack([rng.choice(n, size=k, replace=False) for _ in range(restarts)])
        _, _, cov = self.m_step(np.ones((1, 1, n)))
        full = cov if self.kind == "tied" else np.repeat(cov, k, axis=1)
        return (
            np.full((restarts, k), 1 / k),
            self.x[chosen],
            np.repeat(full, restarts, axis=0),
        )


def _whiteners(cov: np.ndarray, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """What turns each component into a round one, and half its log-determinant.

    Shapes:
        cov (R, ...) of the kind; returns (R, K, D, D) or (R, 1, D, D), inverses of Cholesky
        factors, or (R, K, D) or (R, K, 1), inverse deviations; and (R, K) or (R, 1).
    """
    if kind in ("diag", "spherical"):
        var = cov if kind == "diag" else cov[..., None]
        if not (np.all(var > 0) and np.isfinite(var).all()):
            raise ValueError(_singular(float(np.min(var))))
        scale = 1 / np.sqrt(var)
        return scale, 0.5 * np.log(var).sum(axis=2)
    full = cov if kind == "full" else cov[:, None]
    try:
        chol = np.linalg.cholesky(full)
    except np.linalg.LinAlgError:
        finite = np.isfinite(full).all()
        least = np.linalg.eigvalsh(full).min() if finite else np.nan
        raise ValueError(_singular(float(least))) from None
    half_logdet = np.log(np.diagonal(chol, axis1=2, axis2=3)).sum(axis=2)
    return np.linalg.inv(chol), half_logdet


def _singular(least: float) -> str:
    return (
        f"cov must be positive definite; got a least eigenvalue of {least}. In a fit, a component "
        "has collapsed onto too few points: raise floor"
    )


def _points(x: Any, dim: int | None = None) -> np.ndarray:
    x = np.asarray(x, dtype=float)
    check_shape("x", x, "N", "D" if dim is None else dim)
    if not len(x) or not np.isfinite(x).all():
        raise ValueError(f"x must hold finite points, at least one; got shape {x.shape}")
    return x
