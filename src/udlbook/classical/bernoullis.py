r"""Mixtures of Bernoullis: binary vectors with hidden kinds, fitted by expectation maximization.

Given the kind z, the coordinates are independent coins; over all kinds they are not:

.. math:: \Pr(\mathbf x) = \sum_k \pi_k
   \prod_d p_{kd}^{x_d} (1 - p_{kd})^{1 - x_d} .

A coin that never showed heads in training would forbid heads for ever. ``prior`` adds so many
heads and as many tails to each coin of each component, which is the most probable value under a
Beta(1 + prior, 1 + prior) prior.

Source: Bishop, "Pattern Recognition and Machine Learning", 2006, section 9.3.3; Lazarsfeld &
Henry, "Latent Structure Analysis", 1968. Ours differs: the prior; several starts run at once.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from .._check import check_range, check_shape
from ._em import Fit, Params, normalize, run

_LEAST = 1e-300  # stands for zero inside a logarithm; what it forbids is put right afterwards


@dataclass(frozen=True, eq=False)
class BernoulliMixture:
    """A mixture of K vectors of D independent coins.

    Args:
        weights: Probability of each component; they sum to 1.
        p: Probability of a one, for each component and coordinate.

    Shapes:
        weights (K,); p (K, D).

    Raises:
        ValueError: If a shape does not fit or a number is no probability.

    >>> m = BernoulliMixture([0.5, 0.5], [[0.9, 0.9], [0.1, 0.1]])
    >>> np.exp(m.log_prob([[1, 1], [1, 0]])).round(3)
    array([0.41, 0.09])
    """

    weights: Any
    p: Any

    def __post_init__(self) -> None:
        for name in ("weights", "p"):
            object.__setattr__(self, name, np.array(getattr(self, name), dtype=float))
        k = check_shape("p", self.p, "K", "D")["K"]
        check_shape("weights", self.weights, k)
        if not (np.all(self.weights >= 0) and abs(self.weights.sum() - 1) < 1e-8):
            raise ValueError(f"weights must be at least 0 and sum to 1; got {self.weights}")
        if not np.all((self.p >= 0) & (self.p <= 1)):
            raise ValueError(f"p must lie between 0 and 1; got {self.p.min()} to {self.p.max()}")

    @property
    def dim(self) -> int:
        """How many coordinates a vector has."""
        return self.p.shape[1]

    @property
    def n_parameters(self) -> int:
        """How many numbers can be chosen freely, K - 1 shares and K D probabilities."""
        return len(self.weights) - 1 + self.p.size

    def log_joint(self, x: Any) -> np.ndarray:
        """log Pr(z = k) + log Pr(x | z = k), in nats. Shapes: x (N, D); returns (N, K)."""
        return _log_joint(_binary(x, self.dim), self.weights[None], self.p[None])[0].T

    def log_prob(self, x: Any) -> np.ndarray:
        """The log probability of each vector, in nats. Shapes: x (N, D); returns (N,)."""
        return normalize(self.log_joint(x).T[None])[1][0]

    def responsibilities(self, x: Any) -> np.ndarray:
        """Pr(z = k | x); nan where x is impossible. Shapes: x (N, D); returns (N, K)."""
        return normalize(self.log_joint(x).T[None])[0][0].T

    def sample(self, n: int, *, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Draw components, then coins. Returns the vectors (n, D) and the components (n,)."""
        check_range("n", n, 0)
        z = rng.choice(len(self.weights), size=n, p=self.weights / self.weights.sum())
        return (rng.random((n, self.dim)) < self.p[z]).astype(float), z


def fit_bernoullis(
    x: Any,
    k: int,
    *,
    rng: np.random.Generator | None = None,
    restarts: int = 1,
    start: BernoulliMixture | None = None,
    prior: float = 0.1,
    tol: float = 1e-6,
    max_steps: int = 500,
) -> Fit:
    """Fit a mixture of Bernoullis by expectation maximization, from several starts at once.

    Args:
        x: The vectors, of zeros and ones.
        k: How many components.
        rng: Draws the starts: components half way between an example and the mean of all.
        restarts: How many starts; the one that ends highest is returned.
        start: A mixture to start from, instead of drawn ones.
        prior: So many heads and as many tails are added to the counts of each coin.
        tol: A start rests once a step gains less, in nats an example.
        max_steps: Where to stop at the latest; with ``tol=0``, how many steps there are.

    Shapes:
        x (N, D).

    Raises:
        ValueError: If a shape does not fit, ``x`` holds other numbers than 0 and 1, ``prior`` is
            negative, ``rng`` is missing, there are fewer examples than components, or an example
            is impossible under ``start``.

    >>> x = np.array([[1, 1, 1], [1, 1, 0], [0, 0, 0], [0, 0, 1]])
    >>> start = BernoulliMixture([0.5, 0.5], [[0.7, 0.7, 0.5], [0.3, 0.3, 0.5]])
    >>> fit_bernoullis(x, 2, start=start, prior=0.0).model.p.round(2) + 0.0
    array([[1. , 1. , 0.5],
           [0. , 0. , 0.5]])
    """
    x = _binary(x)
    n, dim = x.shape
    check_range("k", k, 1)
    check_range("restarts", restarts, 1)
    check_range("prior", prior, 0)
    if n < k:
        raise ValueError(f"x must hold at least as many examples as components, {k}; got {n}")
    if start is not None:
        if start.p.shape != (k, dim) or restarts != 1:
            raise ValueError(
                f"start must be one mixture of shape {(k, dim)}; got {restarts} of {start.p.shape}"
            )
        if not np.isfinite(start.log_prob(x)).all():
            raise ValueError("start must allow every example; got one with probability 0")
        params: Params = (start.weights[None], start.p[None])
    else:
        if rng is None:
            raise ValueError("rng must be a numpy Generator, since the start is drawn; got None")
        chosen = np.stack([rng.choice(n, size=k, replace=False) for _ in range(restarts)])
        params = np.full((restarts, k), 1 / k), 0.5 * (x[chosen] + x.mean(axis=0))

    def e_step(params: Params) -> tuple[np.ndarray, np.ndarray]:
        responsibilities, log_prob = normalize(_log_joint(x, *params))
        return responsibilities, log_prob.mean(axis=1)

    def m_step(responsibilities: np.ndarray, _: Params) -> Params:
        count = responsibilities.sum(axis=2) + np.finfo(float).tiny
        heads = (responsibilities.reshape(-1, n) @ x).reshape(*count.shape, dim)
        p = (heads + prior) / (count + 2 * prior)[..., None]
        return count / count.sum(axis=1, keepdims=True), np.clip(p, 0, 1)

    best, trace, finals, converged = run(params, e_step, m_step, tol=tol, max_steps=max_steps)
    return Fit(BernoulliMixture(*best), float(trace[-1]), trace, finals, converged)


def _log_joint(x: np.ndarray, weights: np.ndarray, p: np.ndarray) -> np.ndarray:
    """Shapes: weights (R, K); p (R, K, D); returns (R, K, N)."""
    heads, tails = np.log(np.maximum(p, _LEAST)), np.log(np.maximum(1 - p, _LEAST))
    restarts, k, dim = p.shape
    with np.errstate(divide="ignore"):
        offset = np.log(weights) + tails.sum(axis=2)
    out = ((heads - tails).reshape(-1, dim) @ x.T).reshape(restarts, k, -1)
    out += offset[..., None]
    if p.min() == 0 or p.max() == 1:  # a coin that never, or always, shows heads
        never, always = (p == 0).reshape(-1, dim), (p == 1).reshape(-1, dim)
        broken = (never @ x.T + always @ (1 - x).T) > 0
        out[broken.reshape(out.shape)] = -np.inf
    return out


def _binary(x: Any, dim: int | None = None) -> np.ndarray:
    x = np.asarray(x, dtype=float)
    check_shape("x", x, "N", "D" if dim is None else dim)
    if not len(x) or not np.all((x == 0) | (x == 1)):
        raise ValueError(f"x must hold zeros and ones, at least one row; got shape {x.shape}")
    return x
