r"""The neural tangent kernel of shallow networks: measured, at infinite width, as a prediction.

A network moves its outputs by moving its parameters. With the Jacobian J of the outputs by the
parameters, the gradient flow of the mean squared error moves the outputs f by

.. math:: \frac{d \mathbf f}{dt} = -\frac2N K\, (\mathbf f - \mathbf y),
   \qquad K = J J^\top .

K is the *tangent kernel*. It changes while the network learns; in the limit of infinite width it
does not, and then the outputs are known at all times.

The limit asks for the right scales. Parameters theta are built like those of
``udlbook.networks.shallow``, are drawn from the standard normal distribution, and stand behind
fixed factors::

    f = s_w / sqrt(D_i) W_0 x + s_b b_0,      y = s_w / sqrt(H) W_1 a[f] + s_b b_1.

Every function takes the two numbers s_w and s_b as ``weight_std`` and ``bias_std``. A matrix of
theta as one vector lists W_0, b_0, W_1, b_1, each row by row.

Source: Jacot, Gabriel & Hongler, "Neural tangent kernel: convergence and generalization in neural
networks", NeurIPS 2018, arXiv:1806.07572, sections 3 to 5. Cho & Saul, "Kernel methods for deep
learning", NeurIPS 2009, eq. 3 to 6, for the expectations over a pair of ReLUs. Lee et al., "Wide
neural networks of any depth evolve as linear models under gradient descent", NeurIPS 2019,
arXiv:1902.06720, section 2, for the dynamics. Ours differs: the loss is a mean of squares without
the factor 1/2, hence 2/N; weights carry the factor s_w = sqrt(2), which keeps the size of values.
"""

import math
from typing import NamedTuple

import numpy as np

from .._check import check_range, check_shape
from . import deep, shallow
from .activations import Activation

WEIGHT_STD, BIAS_STD = math.sqrt(2), 0.5


def scaled(theta: dict, *, weight_std: float = WEIGHT_STD, bias_std: float = BIAS_STD) -> dict:
    """The parameters phi of the same network for ``shallow.forward``: theta times its factors.

    Shapes:
        As ``theta``: W_0 (H, D_i); b_0 (H,); W_1 (D_o, H); b_1 (D_o,).

    Raises:
        ValueError: If there is not one hidden layer, or a shape does not fit.

    >>> theta = {"weights": [np.ones((8, 2)), np.ones((1, 8))], "biases": [np.ones(8), np.ones(1)]}
    >>> [float(W.max()) for W in scaled(theta)["weights"]]
    [1.0, 0.5]
    """
    (W_0, b_0), (W_1, b_1) = _layers(theta, weight_std, bias_std)
    weights = [weight_std / math.sqrt(W.shape[1]) * W for W in (W_0, W_1)]
    return {"weights": weights, "biases": [bias_std * b_0, bias_std * b_1]}


def forward(
    x: np.ndarray,
    theta: dict,
    activation: Activation,
    *,
    weight_std: float = WEIGHT_STD,
    bias_std: float = BIAS_STD,
) -> np.ndarray:
    """The outputs of the network. Shapes: x (B, D_i); returns (B, D_o)."""
    return shallow.forward(x, scaled(theta, weight_std=weight_std, bias_std=bias_std), activation)


def flatten(theta: dict) -> np.ndarray:
    """Theta as one vector, in the order W_0, b_0, W_1, b_1. Shapes: returns (P,)."""
    (W_0, b_0), (W_1, b_1) = _layers(theta)
    return np.concatenate([np.ravel(a) for a in (W_0, b_0, W_1, b_1)])


def unflatten(vector: np.ndarray, like: dict) -> dict:
    """Theta from one vector, with the shapes of ``like``; undoes ``flatten``.

    Shapes:
        vector (P,).

    Raises:
        ValueError: If the number of values is another.
    """
    (W_0, b_0), (W_1, b_1) = _layers(like)
    arrays = (W_0, b_0, W_1, b_1)
    vector = np.asarray(vector, dtype=float)
    check_shape("vector", vector, sum(a.size for a in arrays))
    parts = np.split(vector, np.cumsum([a.size for a in arrays])[:-1])
    W_0, b_0, W_1, b_1 = (p.reshape(a.shape) for p, a in zip(parts, arrays, strict=True))
    return {"weights": [W_0, W_1], "biases": [b_0, b_1]}


def jacobian(
    x: np.ndarray,
    theta: dict,
    activation: Activation,
    *,
    weight_std: float = WEIGHT_STD,
    bias_std: float = BIAS_STD,
) -> np.ndarray:
    """Derivatives of all outputs by all parameters, in closed form.

    Args:
        x: Inputs.
        theta: Parameters, before their factors.
        activation: The activation of the hidden units.
        weight_std: s_w.
        bias_std: s_b.

    Shapes:
        x (B, D_i); returns (B, D_o, P), where the last axis is that of ``flatten``.

    Raises:
        ValueError: If a shape does not fit, or a factor is negative.
    """
    phi = scaled(theta, weight_std=weight_std, bias_std=bias_std)
    s = shallow.stages(x, phi, activation)
    W_1 = phi["weights"][1]
    batch, dim = x.shape
    outputs, hidden = W_1.shape
    by_f = W_1 * activation.derivative(s.f)[:, None, :]  # (B, D_o, H)
    by_W_0 = weight_std / math.sqrt(dim) * by_f[..., None] * x[:, None, None, :]
    eye = np.eye(outputs)
    by_W_1 = weight_std / math.sqrt(hidden) * eye[None, :, :, None] * s.h[:, None, None, :]
    by_b_1 = np.broadcast_to(bias_std * eye, (batch, outputs, outputs))
    parts = (by_W_0, bias_std * by_f, by_W_1, by_b_1)
    return np.concatenate([p.reshape(batch, outputs, -1) for p in parts], axis=2)


def empirical_kernel(
    x: np.ndarray,
    x_2: np.ndarray,
    theta: dict,
    activation: Activation,
    *,
    weight_std: float = WEIGHT_STD,
    bias_std: float = BIAS_STD,
) -> np.ndarray:
    """The tangent kernel J(x) J(x_2)^T of a network with one output, without forming J.

    Shapes:
        x (B, D_i); x_2 (M, D_i); returns (B, M).

    Raises:
        ValueError: If the network has several outputs, a shape does not fit or a factor is
            negative.
    """
    phi = scaled(theta, weight_std=weight_std, bias_std=bias_std)
    W_1 = phi["weights"][1]
    if W_1.shape[0] != 1:
        raise ValueError(f"the network must have 1 output; got {W_1.shape[0]}")
    s, s_2 = (shallow.stages(a, phi, activation) for a in (x, x_2))
    slopes, slopes_2 = (W_1 * activation.derivative(a.f) for a in (s, s_2))
    last = weight_std**2 / W_1.shape[1] * s.h @ s_2.h.T + bias_std**2
    first = weight_std**2 / x.shape[1] * x @ x_2.T + bias_std**2
    return last + (slopes @ slopes_2.T) * first


class WideKernels(NamedTuple):
    """Two kernels of a network that is infinitely wide.

    Shapes:
        Both (B, M). ``output`` is the covariance of the outputs when theta is drawn; ``tangent``
        is the tangent kernel, equal for all draws.
    """

    output: np.ndarray
    tangent: np.ndarray


def relu_pair(
    var: np.ndarray, var_2: np.ndarray, cov: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    r"""E[relu(u) relu(v)] and P(u > 0, v > 0) for normal u and v with mean 0.

    With the angle whose cosine is the correlation of u and v:

    .. math:: \frac{\sigma_u \sigma_v}{2 \pi}
       \bigl(\sin\alpha + (\pi - \alpha) \cos\alpha\bigr)
       \quad\text{and}\quad \frac{\pi - \alpha}{2 \pi} .

    Args:
        var: Variance of u.
        var_2: Variance of v.
        cov: Covariance of the two.

    Shapes:
        Any that broadcast.

    Raises:
        ValueError: If a variance is not positive, or a covariance is larger than two such
            variances allow.

    >>> both, open = relu_pair(1.0, 1.0, 0.0)
    >>> round(float(both), 4), float(open)
    (0.1592, 0.25)
    """
    var, var_2, cov = (np.asarray(a, dtype=float) for a in (var, var_2, cov))
    if not ((var > 0).all() and (var_2 > 0).all()):
        raise ValueError(f"variances must be positive; got {min(var.min(), var_2.min())}")
    size = np.sqrt(var) * np.sqrt(var_2)
    cos = cov / size
    if not (np.abs(cos) <= 1 + 1e-9).all():
        raise ValueError(f"correlations must be between -1 and 1; got {np.abs(cos).max()}")
    cos = np.clip(cos, -1, 1)
    alpha = np.arccos(cos)
    sin = np.sqrt((1 - cos) * (1 + cos))
    both = size / (2 * math.pi) * (sin + (math.pi - alpha) * cos)
    return both, (math.pi - alpha) / (2 * math.pi)


def wide_relu_kernels(
    x: np.ndarray,
    x_2: np.ndarray,
    *,
    weight_std: float = WEIGHT_STD,
    bias_std: float = BIAS_STD,
) -> WideKernels:
    """Both kernels of a ReLU network with one hidden layer of infinite width.

    Shapes:
        x (B, D_i); x_2 (M, D_i); both kernels (B, M).

    Raises:
        ValueError: If a shape does not fit, a factor is negative, or an input is zero and there
            is no bias, so that the pre-activations have no variance.
    """
    x, x_2 = np.asarray(x, dtype=float), np.asarray(x_2, dtype=float)
    dim = check_shape("x", x, "B", "D_i")["D_i"]
    check_shape("x_2", x_2, "M", dim)
    check_range("weight_std", weight_std, 0)
    check_range("bias_std", bias_std, 0)

    def inner(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return weight_std**2 / dim * (a * b).sum(-1) + bias_std**2

    first = weight_std**2 / dim * x @ x_2.T + bias_std**2
    both, is_open = relu_pair(inner(x, x)[:, None], inner(x_2, x_2), first)
    output = weight_std**2 * both + bias_std**2
    return WideKernels(output, output + weight_std**2 * is_open * first)


def kernel_weights(
    kernel: np.ndarray, t: np.ndarray | float, across: np.ndarray | None = None
) -> np.ndarray:
    r"""What training for a time t hands from the first residuals y - f(0) to the outputs.

    Under a kernel that stays put, the outputs at time t are f(0) + A(t) (y - f(0)) with

    .. math:: A(t) = K_\times K^{-1} \bigl(\mathbf I - e^{-2 K t / N}\bigr) .

    Args:
        kernel: K between training inputs; its rank may be lower than its size.
        t: Times, at least 0; ``inf`` gives the end of training.
        across: Kernel between the inputs asked about and those of training; ``None`` asks about
            the training inputs.

    Shapes:
        kernel (N, N); t (...); across (M, N); returns (..., M, N).

    Raises:
        ValueError: If a shape does not fit, the kernel is not symmetric, or a time is negative.

    >>> kernel_weights(np.eye(2), [0.0, 1.0, np.inf])[:, 0, 0].round(4)
    array([0.    , 0.6321, 1.    ])
    """
    kernel, t = np.asarray(kernel, dtype=float), np.asarray(t, dtype=float)
    n = check_shape("kernel", kernel, "N", "N")["N"]
    across = kernel if across is None else np.asarray(across, dtype=float)
    check_shape("across", across, "M", n)
    if np.abs(kernel - kernel.T).max() > 1e-8 * np.abs(kernel).max():
        raise ValueError("kernel must be symmetric; got one that differs from its transpose")
    if not (t >= 0).all():
        raise ValueError(f"times must be at least 0; got {t[~(t >= 0)].flat[0]}")
    k, axes = np.linalg.eigh(kernel)
    learns = k > n * np.finfo(float).eps * np.abs(k).max()  # in other directions nothing moves
    with np.errstate(invalid="ignore", over="ignore"):
        gained = -np.expm1(-np.where(learns, 2 / n * t[..., None] * k, 0.0))
    gained = np.divide(gained, k, out=np.zeros_like(gained), where=learns)
    return (across @ axes * gained[..., None, :]) @ axes.T


def _layers(theta: dict, weight_std: float = 0, bias_std: float = 0) -> list[tuple]:
    check_range("weight_std", weight_std, 0)
    check_range("bias_std", bias_std, 0)
    layers = deep.layers(theta)
    if len(layers) != 2:
        raise ValueError(f"a shallow network must have 2 weight matrices; got {len(layers)}")
    return layers
