r"""Bayesian linear regression: what the data leave open about the weights of a last layer.

The model is y = Phi w + sigma eps with eps ~ N(0, I): features that are fixed, such as the hidden
units of a network, weights that are not. What is known of the weights is always a normal, here a
``Belief``: ``prior`` makes the first one, N(0, width^2 I), and data ``update`` it.

.. math:: \mathbf A = \frac{\Phi^\top \Phi}{\sigma^2} + \frac{\mathbf I}{s^2}, \qquad
   \mathbf m = \frac{\mathbf A^{-1} \Phi^\top \mathbf y}{\sigma^2}, \qquad
   p(\mathbf w \mid \mathbf y) = \mathcal N(\mathbf w; \mathbf m, \mathbf A^{-1})

By the identity of Woodbury the same is s^2 Phi^T (s^2 Phi Phi^T + sigma^2 I)^-1 y, an N x N
problem where the first is D x D; ``update`` does either. ``Evidence`` is log p(y) as a function of
the two deviations, with its derivatives, and finds the best.

A belief is kept as a square root of its covariance, and each Cholesky factor L^T of B = I + Psi^T
Psi is the R of a QR decomposition of Psi over I: B, whose condition number is the square of that
of L, is never formed. So priors from 1e-6 to 1e6 keep ten digits, unless there are more features
than examples and two rows of features are equal: then an error of one part in 1e16 in a feature
counts (width / sigma)^2 times, in any method.

Source: Bishop, "Pattern Recognition and Machine Learning", 2006, sections 3.3 and 3.5; MacKay,
"Bayesian interpolation", Neural Computation 4 (1992), pages 415 to 447 (evidence); Prince,
"Understanding Deep Learning", 2023, section 9.3.4; Andrews, "A square root formulation of the
Kalman covariance equations", AIAA Journal 6 (1968), pages 1165 to 1166 (the square root in the
N x N form). Ours differs: deviations, not precisions, are the hyperparameters.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from .._check import check_choice, check_range, check_shape

LOG_2PI = np.log(2 * np.pi)


@dataclass(frozen=True, eq=False)
class Belief:
    """What is known of D weights: a normal, with covariance root @ root.T.

    Args:
        mean: The mean, which for a normal is also the most probable value.
        root: Any square root of the covariance, of full rank.

    Shapes:
        mean (D,); root (D, D).

    Raises:
        ValueError: If a shape is another, or a number is not finite.

    >>> belief = prior(2, width=10.0).update([[1, 0], [1, 1], [1, 2]], [1, 3, 5], sigma=0.1)
    >>> belief.mean.round(2), belief.std.round(2)
    (array([1., 2.]), array([0.09, 0.07]))
    """

    mean: np.ndarray
    root: np.ndarray

    def __post_init__(self) -> None:
        object.__setattr__(self, "mean", _finite("mean", self.mean))
        object.__setattr__(self, "root", _finite("root", self.root))
        dim = check_shape("mean", self.mean, "D")["D"]
        check_shape("root", self.root, dim, dim)

    @property
    def cov(self) -> np.ndarray:
        """The covariance of the weights, an array of shape (D, D)."""
        return self.root @ self.root.T

    @property
    def std(self) -> np.ndarray:
        """The standard deviation of each weight, an array of shape (D,)."""
        return np.sqrt((self.root**2).sum(axis=1))

    def update(self, features: Any, y: Any, sigma: float, *, form: str = "weights") -> "Belief":
        """The belief after seeing examples: Bayes' rule.

        Today's posterior is tomorrow's prior: examples may come at once or one by one.

        Args:
            features: Of each example its features.
            y: The targets.
            sigma: Standard deviation of the noise.
            form: ``"weights"`` factors a D x D matrix. ``"examples"`` factors an N x N one, which
                is cheaper if examples are few, and subtracts what was learned from the prior: of
                variances that shrink by a factor of 1e-k it loses k digits.

        Shapes:
            features (N, D); y (N,). N may be 0.

        Raises:
            ValueError: If a shape is another, a number is not finite, sigma is not positive, or
                there is no such form.
        """
        check_choice("form", form, ("weights", "examples"))
        white, residual = self._standardized(features, y, sigma)
        if form == "weights":
            q, r = _cholesky_qr(white)
            root = np.linalg.solve(r.T, self.root.T).T  # R^-1 is a root of (I + Psi^T Psi)^-1
            return Belief(self.mean + root @ (q.T @ residual), root)
        _, r = _cholesky_qr(white.T)  # K = I + Psi Psi^T = R^T R
        move = white.T @ np.linalg.solve(r, np.linalg.solve(r.T, residual))
        learned = np.linalg.solve(r.T + np.eye(len(r)), white)
        learned = white.T @ np.linalg.solve(r, learned)  # Andrews: I - this is a root
        return Belief(self.mean + self.root @ move, self.root - self.root @ learned)

    def predict(self, features: Any, sigma: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
        """Mean and variance of the function at new inputs; with sigma, of a new y there.

        Args:
            features: The features of the new inputs.
            sigma: Standard deviation of the noise; 0 asks for the function itself.

        Shapes:
            features (N, D); returns (N,) and (N,).

        Raises:
            ValueError: If a shape is another, a number is not finite, or sigma is negative.
        """
        check_range("sigma", sigma, 0)
        features = self._features(features)
        return features @ self.mean, ((features @ self.root) ** 2).sum(axis=1) + sigma**2

    def sample(self, n: int, *, rng: np.random.Generator) -> np.ndarray:
        """Draw weights; ``features @ w.T`` has a drawn function in each column.

        Args:
            n: How many to draw.
            rng: Draws them.

        Shapes:
            Returns (n, D).

        Raises:
            ValueError: If n is negative.
        """
        check_range("n", n, 0)
        return self.mean + rng.standard_normal((n, len(self.mean))) @ self.root.T

    def log_prob(self, w: Any) -> np.ndarray:
        """The log density of weights, in nats. Shapes: (..., D) -> (...).

        Raises:
            ValueError: If the shape does not fit.
        """
        w = np.asarray(w, float)
        check_shape("w", w, "...", len(self.mean))
        white = np.linalg.solve(self.root, (w - self.mean)[..., None])[..., 0]
        log_det = 2 * np.linalg.slogdet(self.root)[1]
        return -0.5 * ((white**2).sum(axis=-1) + log_det + len(self.mean) * LOG_2PI)

    def log_evidence(self, features: Any, y: Any, sigma: float) -> float:
        """The log probability, in nats, that this belief gave to the targets before it saw them.

        Args:
            features: Of each example its features.
            y: The targets.
            sigma: Standard deviation of the noise.

        Shapes:
            features (N, D); y (N,).

        Returns:
            log N(y; Phi mean, Phi cov Phi^T + sigma^2 I).

        Raises:
            ValueError: As ``update`` does.
        """
        white, residual = self._standardized(features, y, sigma)
        q, r = _cholesky_qr(white)
        move = np.linalg.solve(r, q.T @ residual)
        squares = ((residual - white @ move) ** 2).sum() + (move**2).sum()
        log_det = 2 * np.log(np.abs(np.diagonal(r))).sum()
        return float(-0.5 * (squares + log_det + len(white) * (LOG_2PI + 2 * np.log(sigma))))

    def _features(self, features: Any) -> np.ndarray:
        features = _finite("features", features)
        check_shape("features", features, "N", len(self.mean))
        return features

    def _standardized(self, features: Any, y: Any, sigma: float) -> tuple[np.ndarray, np.ndarray]:
        """Features and residuals in units where prior and noise are standard normal."""
        _positive("sigma", sigma)
        features, y = self._features(features), _finite("y", y)
        check_shape("y", y, len(features))
        return features @ self.root / sigma, (y - features @ self.mean) / sigma


def prior(dim: int, width: Any = 1.0) -> Belief:
    """The belief before any data: independent weights around 0.

    Args:
        dim: Number of weights, D.
        width: Their standard deviation; one for all, or one for each (D,).

    Raises:
        ValueError: If dim or a width is not positive, or the shape does not fit.
    """
    check_range("dim", dim, 1)
    _positive("width", width)
    width = np.asarray(width, float)
    if width.ndim:
        check_shape("width", width, dim)
    return Belief(np.zeros(dim), np.diag(np.broadcast_to(width, dim)))


@dataclass(frozen=True)
class BestEvidence:
    """Where the evidence is largest.

    Args:
        width: Standard deviation of the weights, a priori.
        sigma: Standard deviation of the noise.
        log_evidence: log p(y) there, in nats.
        effective: How many weights the data determine there.
    """

    width: float
    sigma: float
    log_evidence: float
    effective: float


class Evidence:
    r"""log p(y) of one training set, as a function of the two deviations.

    The singular values d of the features turn N targets that depend on one another into N that do
    not: U^T y has variances v_i = sigma^2 + width^2 d_i^2. So the evidence is a sum of N terms,
    and a whole grid of deviations costs no more decompositions than one.

    Args:
        features: Of each example its features.
        y: The targets.

    Shapes:
        features (N, D); y (N,); width and sigma broadcast against each other.

    Raises:
        ValueError: If a shape is another, a number is not finite, or there is no example; methods,
            if a deviation is not positive.

    >>> evidence = Evidence([[1.0], [2.0], [3.0]], [1.1, 1.8, 3.1])
    >>> best = evidence.maximize()
    >>> round(best.width, 2), round(best.sigma, 2), round(best.effective, 3)
    (1.0, 0.17, 0.998)
    """

    def __init__(self, features: Any, y: Any) -> None:
        features, y = _finite("features", features), _finite("y", y)
        sizes = check_shape("features", features, "N", "D")
        check_shape("y", y, sizes["N"])
        check_range("number of examples", sizes["N"], 1)
        check_range("number of features", sizes["D"], 1)
        u, d, _ = np.linalg.svd(features, full_matrices=False)
        self._n, self._d = sizes["N"], d
        self._squares = (u.T @ y) ** 2
        self._spare = self._n - len(d)  # directions of y that no weights reach
        self._rest = float(((y - u @ (u.T @ y)) ** 2).sum()) if self._spare else 0.0

    def log(self, width: Any, sigma: Any) -> Any:
        """log p(y), in nats."""
        width, sigma, var = self._variances(width, sigma)
        inside = (np.log(var) + self._squares / var).sum(axis=-1)
        outside = self._spare * np.log(sigma**2) + self._rest / sigma**2
        return -0.5 * (inside + outside + self._n * LOG_2PI)[()]

    def gradient(self, width: Any, sigma: Any) -> tuple[Any, Any]:
        """The derivatives of ``log`` by log width and by log sigma."""
        width, sigma, var = self._variances(width, sigma)
        excess = self._squares / var - 1  # squared surprise, minus what was expected of it
        share = self._d**2 * width[..., None] ** 2 / var
        by_width = (share * excess).sum(axis=-1)
        by_sigma = ((sigma[..., None] ** 2 / var) * excess).sum(axis=-1)
        return by_width[()], (by_sigma + self._rest / sigma**2 - self._spare)[()]

    def effective(self, width: Any, sigma: Any) -> Any:
        """How many weights the data determine, from 0 to D: MacKay's gamma."""
        width, _, var = self._variances(width, sigma)
        return ((width[..., None] * self._d) ** 2 / var).sum(axis=-1)[()]

    def mackay(self, width: float, sigma: float) -> tuple[float, float]:
        """One step of MacKay's fixed point.

        With the posterior mean m of the weights, the residuals e there and the ``effective``
        number gamma, all three for the old deviations, the squares of the new ones are
        ``m @ m / gamma`` and ``e @ e / (N - gamma)``. Where the step changes nothing, both
        derivatives of the evidence are zero. Unlike a step of EM, it may lower the evidence on
        its way.

        Returns:
            The new width and sigma.
        """
        width, sigma, var = self._variances(width, sigma)
        share = (width * self._d) ** 2 / var
        left = sigma**2 / var
        m_squared = width**2 * (share * self._squares / var).sum()
        e_squared = (left**2 * self._squares).sum() + self._rest
        sigma_squared = e_squared / (left.sum() + self._spare)
        return float(np.sqrt(m_squared / share.sum())), float(np.sqrt(sigma_squared))

    def maximize(self) -> BestEvidence:
        """The two deviations that make the data most probable.

        For a given ratio of the two the best sigma has a closed form. So one number is left, and
        it is searched for on a grid, then by bisection of the derivative: no start is needed, and
        a second, lower maximum does not catch it.

        Raises:
            ValueError: If the evidence has no maximum: if no weights but 0 are probable, or if the
                features meet the targets so well that the noise should vanish.
        """
        d_max = self._d[0]
        total = self._squares.sum() + self._rest
        if not (d_max > 0 and total > 0):
            raise ValueError("features and y must not all be 0; got only zeros in one of them")
        grid = np.linspace(np.log(1e-6), np.log(1e12), 1801) - np.log(d_max)
        values = self.log(*self._of_log_ratio(grid))
        k = int(np.argmax(values))
        for end, looks_like in ((0, "noise alone"), (-1, "a curve without noise")):
            if values[k] - values[end] < 1e-9:  # the evidence levels off towards both ends
                raise ValueError(
                    "the evidence must have a maximum where width and sigma are positive; "
                    f"got data that look most like {looks_like}"
                )
        low, high = grid[k - 1], grid[k + 1]
        for _ in range(60):
            middle = 0.5 * (low + high)
            rising = self.gradient(*self._of_log_ratio(middle))[0] > 0
            low, high = (middle, high) if rising else (low, middle)
        width, sigma = (float(v) for v in self._of_log_ratio(middle))
        return BestEvidence(
            width, sigma, float(self.log(width, sigma)), float(self.effective(width, sigma))
        )

    def _of_log_ratio(self, log_ratio: Any) -> tuple[np.ndarray, np.ndarray]:
        """The best width and sigma of which the logarithm of the ratio is given."""
        ratio = np.exp(np.asarray(log_ratio))
        var = 1 + (ratio[..., None] * self._d) ** 2
        sigma = np.sqrt(((self._squares / var).sum(axis=-1) + self._rest) / self._n)
        return ratio * sigma, sigma

    def _variances(self, width: Any, sigma: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        _positive("width", width)
        _positive("sigma", sigma)
        width, sigma = np.asarray(width, float), np.asarray(sigma, float)
        var = sigma[..., None] ** 2 + (width[..., None] * self._d) ** 2
        return width, sigma, var


def _cholesky_qr(white: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The Cholesky factor of I + white^T white, as R of a QR decomposition of white over I.

    Shapes:
        white (N, D); returns the part of Q beside white (N, D), and R (D, D).
    """
    n, dim = white.shape
    q, r = np.linalg.qr(np.concatenate([white, np.eye(dim)]))
    sign = np.where(np.diagonal(r) < 0, -1.0, 1.0)  # Cholesky's diagonal is positive
    return q[:n] * sign, r * sign[:, None]


def _finite(name: str, value: Any) -> np.ndarray:
    array = np.asarray(value, float)
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite; got {array[~np.isfinite(array)].flat[0]}")
    return array


def _positive(name: str, value: Any) -> None:
    array = np.asarray(value, float)
    if not ((array > 0) & np.isfinite(array)).all():
        raise ValueError(f"{name} must be positive; got {value}")
