r"""Losses made by one recipe: let the network give the parameters of a distribution of y.

The loss is the negative log likelihood, with all its constants, in nats. So each loss is four
things: the distribution that the outputs stand for, minus its log density at y, the slope of that
by the outputs, and the most probable y. What must be positive comes out of the network as a
logarithm, and probabilities come out as logits, so that any real output is allowed and nothing
overflows in between.

=============================  ==========================================  ====================
loss                           outputs                                     y
=============================  ==========================================  ====================
``GaussianLoss``               mean (B,)                                   a number (B,)
``HeteroscedasticLoss``        mean and log variance (B, 2)                a number (B,)
``MultivariateGaussianLoss``   means (B, D)                                a vector (B, D)
``BernoulliLoss``              logit (B,)                                  0 or 1 (B,)
``CategoricalLoss``            logits (B, C)                               a class (B,)
``PoissonLoss``                log rate (B,)                               a count (B,)
``VonMisesLoss``               direction (B,)                              an angle (B,)
``ConcentrationLoss``          direction and log concentration (B, 2)      an angle (B,)
``MixtureDensityLoss``         K logits, K means, K log variances (B, 3K)  a number (B,)
=============================  ==========================================  ====================

``value`` and ``per_example`` accept Tensors as outputs and are differentiable; ``gradient`` is
the same slope worked out by hand.

Source: Prince, "Understanding Deep Learning", 2023, chapter 5; Bishop, "Mixture density
networks", 1994 (mixtures); Szegedy et al., arXiv:1512.00567, section 7 (label smoothing). Ours
differs: constants are kept, as the likelihood has them; a mixture predicts its highest mode.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ._check import check_range, check_shape
from .autodiff import (
    Tensor,
    cross_entropy,
    differentiable,
    exp,
    log_softmax,
    logsumexp,
    sin,
)
from .probability import (
    Bernoulli,
    Categorical,
    Distribution,
    MixtureOfNormals,
    MultivariateNormal,
    Normal,
    Poisson,
    VonMises,
    circular_variance,
    i0e,
    lgamma,
)

HALF_LOG_2PI = 0.5 * np.log(2 * np.pi)


@differentiable(x=lambda g, x, y: g * exp(x - y))
def softplus(x):
    """log(1 + e^x), without overflow; its slope is the sigmoid, e^(x - softplus(x))."""
    return np.logaddexp(0, x)


@differentiable(kappa=lambda g, kappa: -g * _one_minus_ratio(kappa))
def _log_i0e(kappa):
    """log(e^-kappa I_0(kappa)), whose slope is I_1 / I_0 - 1."""
    return np.log(i0e(kappa))


@differentiable(kappa=lambda g, kappa, y: g * ((1 - y) / kappa + (1 - y) ** 2 - 1))
def _one_minus_ratio(kappa):
    """1 - I_1(kappa) / I_0(kappa)."""
    return circular_variance(kappa)


class Loss:
    """A negative log likelihood: what the outputs of a network say about y.

    A subclass says how the outputs and y are checked, and gives the loss and its slope for each
    example, and the distribution that the outputs stand for.
    """

    def value(self, outputs: Any, y: Any) -> Any:
        """The mean over the batch of minus log p(y), in nats. A Tensor if outputs is one."""
        return self.per_example(outputs, y).mean()

    def per_example(self, outputs: Any, y: Any) -> Any:
        """Minus log p(y) of each example, in nats. Shapes: returns (B,). Differentiable."""
        return self._losses(*self._checked(outputs, y))

    def gradient(self, outputs: Any, y: Any) -> np.ndarray:
        """The gradient of ``value`` by the outputs, by hand. Shapes: that of outputs."""
        outputs, y = self._checked(_array(outputs), y)
        slopes = self._slopes(outputs, y)
        slopes /= len(y)
        return slopes

    def value_and_gradient(self, outputs: Any, y: Any) -> tuple[Any, np.ndarray]:
        """Both at once, for a training step."""
        outputs, y = self._checked(_array(outputs), y)
        losses, slopes = self._both(outputs, y)
        slopes /= len(y)
        return losses.mean(), slopes

    def _both(self, outputs: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self._losses(outputs, y), self._slopes(outputs, y)

    def distribution(self, outputs: Any) -> Distribution:
        """The distributions of y, one for each example."""
        return self._distribution(self._checked_outputs(_array(outputs)))

    def predict(self, outputs: Any) -> np.ndarray:
        """The most probable y of each example. Shapes: that of y."""
        return self._predict(self._checked_outputs(_array(outputs)))

    def _checked(self, outputs: Any, y: Any) -> tuple[Any, np.ndarray]:
        outputs = outputs if isinstance(outputs, Tensor) else _array(outputs)
        outputs = self._checked_outputs(outputs)
        y = np.asarray(y.data if isinstance(y, Tensor) else y)
        sizes = {axis: outputs.shape[i] for i, axis in enumerate(self._axes_of_y())}
        check_shape("y", y, *sizes, **sizes)
        self._check_values(outputs, y)
        return outputs, y

    def _checked_outputs(self, outputs: Any) -> Any:
        check_shape("outputs", outputs, "B", *self._width())
        if not outputs.shape[0]:
            raise ValueError(f"outputs must hold an example; got shape {outputs.shape}")
        return outputs

    def _width(self) -> tuple:
        """What stands behind the batch axis of the outputs: nothing, a size or a letter."""
        return ()

    def _axes_of_y(self) -> tuple[str, ...]:
        return ("B",)

    def _check_values(self, outputs: Any, y: np.ndarray) -> None:
        _demand(np.isfinite(y), "finite", y)


def _array(x: Any) -> np.ndarray:
    """The values of x as floating-point numbers."""
    x = np.asarray(x.data if isinstance(x, Tensor) else x)
    return x if x.dtype.kind == "f" else x.astype(float)


def _demand(good: np.ndarray, wanted: str, y: np.ndarray) -> None:
    if not np.all(good):
        raise ValueError(f"y must be {wanted}; got {y[~good].flat[0]}")


def _positive(name: str, value: Any) -> np.ndarray:
    array = np.asarray(value, float)
    if not np.all((array > 0) & np.isfinite(array)):
        raise ValueError(f"{name} must be positive; got {value}")
    return array[()]


def _wrap(angle: np.ndarray) -> np.ndarray:
    """The same direction, from -pi to pi."""
    return np.remainder(angle + np.pi, 2 * np.pi) - np.pi


# ------------------------------------------------------------------------------------- numbers


@dataclass(frozen=True)
class GaussianLoss(Loss):
    """Least squares: y is normal around the output, with fixed ``sigma``.

    >>> GaussianLoss(sigma=1.0).gradient([0.0, 2.0], [1.0, 2.0])
    array([-0.5,  0. ])
    """

    sigma: float = 1.0

    def __post_init__(self) -> None:
        _positive("sigma", self.sigma)

    def _losses(self, mu: Any, y: np.ndarray) -> Any:
        return 0.5 * ((mu - y) / self.sigma) ** 2 + (np.log(self.sigma) + HALF_LOG_2PI)

    def _slopes(self, mu: np.ndarray, y: np.ndarray) -> np.ndarray:
        return (mu - y) / self.sigma**2

    def _distribution(self, mu: np.ndarray) -> Normal:
        return Normal(mu, self.sigma)

    def _predict(self, mu: np.ndarray) -> np.ndarray:
        return mu


@dataclass(frozen=True)
class HeteroscedasticLoss(Loss):
    """Least squares that learns the noise: the outputs are the mean and the log variance of y."""

    def _width(self) -> tuple:
        return (2,)

    def _losses(self, outputs: Any, y: np.ndarray) -> Any:
        mu, log_var = outputs[:, 0], outputs[:, 1]
        return 0.5 * (log_var + (mu - y) ** 2 * exp(-log_var)) + HALF_LOG_2PI

    def _slopes(self, outputs: np.ndarray, y: np.ndarray) -> np.ndarray:
        mu, log_var = outputs.T
        precision = np.exp(-log_var)
        return np.stack([(mu - y) * precision, 0.5 - 0.5 * (mu - y) ** 2 * precision], 1)

    def _distribution(self, outputs: np.ndarray) -> Normal:
        mu, log_var = outputs.T
        return Normal(mu, np.exp(0.5 * log_var))

    def _predict(self, outputs: np.ndarray) -> np.ndarray:
        return outputs[:, 0]


@dataclass(frozen=True, eq=False)
class MultivariateGaussianLoss(Loss):
    """Several numbers at once, independent given the outputs, their means.

    Args:
        sigma: One standard deviation for all, or one for each (D,).
    """

    sigma: Any = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "sigma", _positive("sigma", self.sigma))

    def _width(self) -> tuple:
        return self.sigma.shape or ("D",)

    def _axes_of_y(self) -> tuple[str, ...]:
        return ("B", "D")

    def _losses(self, mu: Any, y: np.ndarray) -> Any:
        constants = np.log(self.sigma) + HALF_LOG_2PI
        return (0.5 * ((mu - y) / self.sigma) ** 2 + constants).sum(axis=1)

    def _slopes(self, mu: np.ndarray, y: np.ndarray) -> np.ndarray:
        return (mu - y) / self.sigma**2

    def _distribution(self, mu: np.ndarray) -> list[MultivariateNormal]:
        cov = np.diag(np.broadcast_to(self.sigma**2, mu.shape[1:]))
        return [MultivariateNormal(row, cov) for row in mu]

    def _predict(self, mu: np.ndarray) -> np.ndarray:
        return mu


@dataclass(frozen=True)
class MixtureDensityLoss(Loss):
    """A mixture density network: y may be near any of several values.

    Args:
        components: How many normals, K. The outputs (B, 3K) are K logits of their weights, then
            their K means, then their K log variances.
    """

    components: int

    def __post_init__(self) -> None:
        check_range("components", self.components, 1)

    def _width(self) -> tuple:
        return (3 * self.components,)

    def _split(self, outputs: Any) -> tuple[Any, Any, Any]:
        k = self.components
        return outputs[:, :k], outputs[:, k : 2 * k], outputs[:, 2 * k :]

    def _log_joint(self, outputs: Any, y: np.ndarray) -> Any:
        """log of weight times density of each component. Shapes: (B, K)."""
        logits, mu, log_var = self._split(outputs)
        squares = (mu - y[:, None]) ** 2 * exp(-log_var)
        return log_softmax(logits, 1) - 0.5 * (log_var + squares) - HALF_LOG_2PI

    def _losses(self, outputs: Any, y: np.ndarray) -> Any:
        return -logsumexp(self._log_joint(outputs, y), 1)

    def _slopes(self, outputs: np.ndarray, y: np.ndarray) -> np.ndarray:
        logits, mu, log_var = self._split(outputs)
        share = np.exp(log_softmax(self._log_joint(outputs, y), 1))  # who explains y
        apart, precision = mu - y[:, None], np.exp(-log_var)
        by_logits = np.exp(log_softmax(logits, 1)) - share
        by_log_var = 0.5 * share * (1 - apart**2 * precision)
        return np.concatenate([by_logits, share * apart * precision, by_log_var], 1)

    def _distribution(self, outputs: np.ndarray) -> MixtureOfNormals:
        logits, mu, log_var = self._split(outputs)
        return MixtureOfNormals(np.exp(log_softmax(logits, 1)), mu, np.exp(0.5 * log_var))

    def _predict(self, outputs: np.ndarray) -> np.ndarray:
        """Climb from each mean to a mode, and take the highest.

        The density is flat where x is the mean of the means, each weighted by its share in the
        density at x times its precision. Moving x there never lowers the density (Carreira-
        Perpinan, IEEE Transactions on Pattern Analysis and Machine Intelligence 22(11), 2000).
        """
        logits, mu, log_var = (part[:, None] for part in self._split(outputs))  # (B, 1, K)
        weights, x = log_softmax(logits, 2) - 0.5 * log_var, mu[:, 0]
        for _ in range(1000):
            pull = weights - log_var - 0.5 * (mu - x[:, :, None]) ** 2 * np.exp(-log_var)
            moved = (np.exp(log_softmax(pull, 2)) * mu).sum(2)  # (B, K): one for each start
            step, x = np.abs(moved - x), moved
            if np.all(step <= 1e-12 * np.exp(0.5 * log_var.min(2))):
                break
        height = logsumexp(weights - 0.5 * (mu - x[:, :, None]) ** 2 * np.exp(-log_var), 2)
        return np.take_along_axis(x, height.argmax(1)[:, None], 1)[:, 0]


# ------------------------------------------------------------------------------------- classes


@dataclass(frozen=True)
class BernoulliLoss(Loss):
    """Binary cross-entropy: the output is the logit of y = 1.

    Args:
        smoothing: The share of each label that is spread evenly over 0 and 1, from 0 to 1.

    >>> float(BernoulliLoss().value([1e4, -1e4], [1, 1]))
    5000.0
    """

    smoothing: float = 0.0

    def __post_init__(self) -> None:
        check_range("smoothing", self.smoothing, 0, 1)

    def _check_values(self, logits: Any, y: np.ndarray) -> None:
        _demand((y == 0) | (y == 1), "0 or 1", y)

    def _losses(self, logits: Any, y: np.ndarray) -> Any:
        wrong = logits * (1 - 2.0 * y)  # the logit of the other label
        return softplus(wrong) - 0.5 * self.smoothing * wrong

    def _slopes(self, logits: np.ndarray, y: np.ndarray) -> np.ndarray:
        sign = 1 - 2.0 * y
        wrong = logits * sign
        return sign * (np.exp(wrong - softplus(wrong)) - 0.5 * self.smoothing)

    def _distribution(self, logits: np.ndarray) -> Bernoulli:
        return Bernoulli(np.exp(logits - softplus(logits)))

    def _predict(self, logits: np.ndarray) -> np.ndarray:
        return (logits > 0).astype(int)


@dataclass(frozen=True)
class CategoricalLoss(Loss):
    """Multiclass cross-entropy: the outputs are the logits of the classes.

    Args:
        smoothing: The share of each label that is spread evenly over all classes, from 0 to 1.
    """

    smoothing: float = 0.0

    def __post_init__(self) -> None:
        check_range("smoothing", self.smoothing, 0, 1)

    def _width(self) -> tuple:
        return ("C",)

    def _check_values(self, logits: Any, y: np.ndarray) -> None:
        if y.dtype.kind not in "iu":
            raise ValueError(f"y must be whole numbers, the classes; got {y.dtype}")
        classes = logits.shape[1]
        _demand((y >= 0) & (y < classes), f"a class from 0 to {classes - 1}", y)

    def _losses(self, logits: Any, y: np.ndarray) -> Any:
        losses = cross_entropy(logits, y, "none")
        if not self.smoothing:
            return losses
        even = log_softmax(logits, 1).mean(axis=1)
        return (1 - self.smoothing) * losses - self.smoothing * even

    def _slopes(self, logits: np.ndarray, y: np.ndarray) -> np.ndarray:
        return self._both(logits, y)[1]

    def _both(self, logits: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """One softmax serves both: its gradient is p, less the smoothed label."""
        rows, kept = np.arange(len(y)), 1 - self.smoothing
        p = logits - logits.max(1, keepdims=True)
        losses = -kept * p[rows, y]
        if self.smoothing:
            losses -= self.smoothing * p.mean(1)
        np.exp(p, out=p)
        total = p.sum(1, keepdims=True)
        losses += np.log(total[:, 0])
        p /= total
        p[rows, y] -= kept
        if self.smoothing:
            p -= self.smoothing / logits.shape[1]
        return losses, p

    def _distribution(self, logits: np.ndarray) -> Categorical:
        return Categorical(np.exp(log_softmax(logits, 1)))

    def _predict(self, logits: np.ndarray) -> np.ndarray:
        return logits.argmax(1)


# -------------------------------------------------------------------------------------- counts


@dataclass(frozen=True)
class PoissonLoss(Loss):
    """Counts: the output is the log of the expected count."""

    def _check_values(self, log_rate: Any, y: np.ndarray) -> None:
        good = (y >= 0) & (y == np.floor(y)) & np.isfinite(y)
        _demand(good, "a whole number of at least 0", y)

    def _losses(self, log_rate: Any, y: np.ndarray) -> Any:
        return exp(log_rate) - y * log_rate + lgamma(y + 1.0)

    def _slopes(self, log_rate: np.ndarray, y: np.ndarray) -> np.ndarray:
        return np.exp(log_rate) - y

    def _distribution(self, log_rate: np.ndarray) -> Poisson:
        return Poisson(np.exp(log_rate))

    def _predict(self, log_rate: np.ndarray) -> np.ndarray:
        """The most probable count is the rate, rounded down."""
        return np.floor(np.exp(log_rate))


# ---------------------------------------------------------------------------------- directions


@dataclass(frozen=True)
class VonMisesLoss(Loss):
    """Directions, in radians: the output is the direction, its concentration ``kappa`` is fixed.

    An angle and the same angle a turn further have the same loss.
    """

    kappa: float = 1.0

    def __post_init__(self) -> None:
        _positive("kappa", self.kappa)

    def _losses(self, mu: Any, y: np.ndarray) -> Any:
        return _von_mises_losses(mu, self.kappa, y)

    def _slopes(self, mu: np.ndarray, y: np.ndarray) -> np.ndarray:
        return self.kappa * np.sin(mu - y)

    def _distribution(self, mu: np.ndarray) -> VonMises:
        return VonMises(mu, self.kappa)

    def _predict(self, mu: np.ndarray) -> np.ndarray:
        """The direction, as an angle from -pi to pi."""
        return _wrap(mu)


@dataclass(frozen=True)
class ConcentrationLoss(Loss):
    """Directions whose concentration is learned too: the outputs are mu and log kappa."""

    def _width(self) -> tuple:
        return (2,)

    def _losses(self, outputs: Any, y: np.ndarray) -> Any:
        return _von_mises_losses(outputs[:, 0], exp(outputs[:, 1]), y)

    def _slopes(self, outputs: np.ndarray, y: np.ndarray) -> np.ndarray:
        mu, kappa = outputs[:, 0], np.exp(outputs[:, 1])
        turn = 2 * np.sin(0.5 * (mu - y)) ** 2  # 1 - cos(mu - y)
        return np.stack([kappa * np.sin(mu - y), kappa * (turn - circular_variance(kappa))], 1)

    def _distribution(self, outputs: np.ndarray) -> VonMises:
        return VonMises(outputs[:, 0], np.exp(outputs[:, 1]))

    def _predict(self, outputs: np.ndarray) -> np.ndarray:
        """The direction, as an angle from -pi to pi."""
        return _wrap(outputs[:, 0])


def _von_mises_losses(mu: Any, kappa: Any, y: np.ndarray) -> Any:
    return 2 * kappa * sin(0.5 * (mu - y)) ** 2 + _log_i0e(kappa) + 2 * HALF_LOG_2PI
