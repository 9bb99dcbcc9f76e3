r"""Initial weights, and what they do to variances through many layers.

A pre-activation f = sum_j W_j h_j of D independent terms with mean 0 has variance
D sigma^2 E[h^2], where sigma^2 is the variance of a weight. Behind a ReLU E[h^2] is half the
variance of the pre-activation before. So a layer multiplies the variance by D sigma^2 / 2 on the
way forward, with D its number of inputs (fan-in), and that of the gradient by the same formula
on the way back, with D its number of outputs (fan-out). Fifty layers take this factor to the
power fifty: it must be 1.

Source: Glorot & Bengio, "Understanding the difficulty of training deep feedforward neural
networks", AISTATS 2010, eq. 12 and 16. He, Zhang, Ren & Sun, "Delving deep into rectifiers",
ICCV 2015, arXiv:1502.01852, eq. 10 and 14. LeCun, Bottou, Orr & Mueller, "Efficient BackProp",
1998, eq. 16. Orthogonal: Saxe, McClelland & Ganguli, arXiv:1312.6120. Ours differs: the gain of
an activation is computed, not looked up, so that of tanh is 1.59 and not the customary 5/3.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from ._check import check_choice, check_range, check_shape


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """The fan-in and fan-out of a weight: how many terms a sum has, forward and backward.

    Shapes:
        A matrix (outputs, inputs), or the kernel of a convolution (outputs, inputs, ...).

    Raises:
        ValueError: If the shape has fewer than two axes.

    >>> fans((10, 3)), fans((8, 4, 5, 5))
    ((3, 10), (100, 200))
    """
    if len(shape) < 2:
        raise ValueError(f"shape must be (outputs, inputs, ...); got {tuple(shape)}")
    outputs, inputs, *kernel = shape
    return inputs * math.prod(kernel), outputs * math.prod(kernel)


def gaussian_mean(function: Callable, var: float = 1.0) -> float:
    """E[function(f)] for a normal f of mean 0: what a layer of endless width averages to.

    With q = E[f^2] of one layer, weights of variance g^2 / D make g^2 E[a(f)^2] of it in the next
    one, and multiply the mean square of a gradient by g^2 E[a'(f)^2] on the way back.

    Args:
        function: Maps an array to one of the same shape; its kinks and jumps, if any, are at 0.
        var: Variance of f.

    Raises:
        ValueError: If the variance is negative.

    >>> from udlbook.networks import relu
    >>> round(gaussian_mean(lambda f: relu(f) ** 2, var=3.0), 12)
    1.5
    """
    check_range("var", var, 0)
    z, weight = _half_normal()
    f = math.sqrt(var) * z
    return float(np.sum(weight * (function(f) + function(-f))))


def gain(activation: Callable) -> float:
    """The factor for weights that keeps E[h^2] = 1 behind an activation: 1 / sqrt(E[a(z)^2]).

    Here z is standard normal, as pre-activations of wide layers are. The gain of ReLU is sqrt(2).

    Args:
        activation: A function of arrays, with its kinks, if any, at 0.

    >>> from udlbook.networks import identity, relu, tanh
    >>> [round(gain(a), 3) for a in (identity, relu, tanh)]
    [1.0, 1.414, 1.593]
    """
    return 1 / math.sqrt(gaussian_mean(lambda f: activation(f) ** 2))


def xavier_normal(
    shape: tuple[int, ...], *, rng: np.random.Generator, gain: float = 1.0
) -> np.ndarray:
    """Normal with variance gain^2 / mean(fan-in, fan-out): a compromise of both directions.

    Also called Glorot's. The other functions of this family take the same arguments.

    Args:
        shape: Shape of the weight, (outputs, inputs, ...).
        rng: Draws.
        gain: Multiplies the weights; 1 is right for activations that are nearly linear at 0.

    >>> xavier_normal((3, 2), rng=np.random.default_rng(0)).shape
    (3, 2)
    """
    return _normal(shape, gain**2 / (sum(fans(shape)) / 2), rng)


def xavier_uniform(
    shape: tuple[int, ...], *, rng: np.random.Generator, gain: float = 1.0
) -> np.ndarray:
    """Uniform with variance gain^2 / mean(fan-in, fan-out). See ``xavier_normal``."""
    return _uniform(shape, gain**2 / (sum(fans(shape)) / 2), rng)


def he_normal(
    shape: tuple[int, ...],
    *,
    rng: np.random.Generator,
    mode: str = "fan_in",
    gain: float = math.sqrt(2),
) -> np.ndarray:
    """Normal with variance gain^2 / fan: for ReLU, 2 / D. Also called Kaiming's.

    Args:
        shape: Shape of the weight, (outputs, inputs, ...).
        rng: Draws.
        mode: ``"fan_in"`` keeps the variance of values, ``"fan_out"`` that of gradients.
        gain: Multiplies the weights; sqrt(2) makes up for what a ReLU cuts off.
    """
    return _normal(shape, gain**2 / _fan(shape, mode), rng)


def he_uniform(
    shape: tuple[int, ...],
    *,
    rng: np.random.Generator,
    mode: str = "fan_in",
    gain: float = math.sqrt(2),
) -> np.ndarray:
    """Uniform with variance gain^2 / fan. See ``he_normal``."""
    return _uniform(shape, gain**2 / _fan(shape, mode), rng)


def lecun_normal(shape: tuple[int, ...], *, rng: np.random.Generator) -> np.ndarray:
    """Normal with variance 1 / fan-in: keeps the variance of values where nothing bends."""
    return _normal(shape, 1 / fans(shape)[0], rng)


def lecun_uniform(shape: tuple[int, ...], *, rng: np.random.Generator) -> np.ndarray:
    """Uniform with variance 1 / fan-in. See ``lecun_normal``."""
    return _uniform(shape, 1 / fans(shape)[0], rng)


def orthogonal(
    shape: tuple[int, ...], *, rng: np.random.Generator, gain: float = 1.0
) -> np.ndarray:
    """Gain times a random matrix whose rows, or columns if these are fewer, are orthonormal.

    It changes no length (times the gain), so no direction vanishes or explodes by itself. The Q
    of a QR decomposition of normal numbers is made unique by a positive diagonal of R; only then
    are all orthogonal matrices equally likely (Mezzadri, arXiv:math-ph/0609050).

    Args:
        shape: Shape of the weight; axes after the first are taken as one.
        rng: Draws.
        gain: Multiplies the weights.
    """
    rows, columns = shape[0], fans(shape)[0]
    Q, R = np.linalg.qr(rng.standard_normal((max(rows, columns), min(rows, columns))))
    Q *= np.sign(np.diag(R))
    return gain * (Q if rows >= columns else Q.T).reshape(shape)


@dataclass(frozen=True)
class Variances:
    """Mean squares by layer, k = 0 ... K - 1.

    Args:
        forward: Of the pre-activations f_k.
        backward: Of the gradients dL/df_k.

    Shapes:
        Both (K,).
    """

    forward: np.ndarray
    backward: np.ndarray


def variance_by_depth(
    draw: Callable[[tuple[int, int]], np.ndarray],
    activation: Any,
    *,
    width: int,
    depth: int,
    batch: int,
    rng: np.random.Generator,
) -> Variances:
    """Measure how values grow forward, and gradients backward, through one random network.

    Inputs are standard normal, all layers equally wide, biases zero. At the last layer the
    gradient is standard normal, and independent of the values.

    Args:
        draw: Maps a shape to a weight, for example ``functools.partial(he_normal, rng=rng)``.
        activation: One of ``udlbook.networks``: a function with its ``derivative``.
        width: Units in each layer.
        depth: Number of layers, K.
        batch: Number of inputs.
        rng: Draws inputs and gradients.

    Raises:
        ValueError: If a size is not positive.
    """
    for name, size in [("width", width), ("depth", depth), ("batch", batch)]:
        check_range(name, size, 1)
    weights = [draw((width, width)) for _ in range(depth)]
    h, f = rng.standard_normal((batch, width)), []
    for W in weights:
        f.append(h @ W.T)
        h = activation(f[-1])
    f_bar = [rng.standard_normal((batch, width))]
    for k in range(depth - 1, 0, -1):
        f_bar.append(f_bar[-1] @ weights[k] * activation.derivative(f[k - 1]))
    return Variances(*(np.array([np.mean(v**2) for v in vs]) for vs in (f, f_bar[::-1])))


def relu_variance_by_depth(weight_variance: float, *, width: int, depth: int) -> Variances:
    """What ``variance_by_depth`` gives for ReLU on average over networks, in closed form.

    The first layer sees inputs of variance 1 that no ReLU has cut, so forward the variance is
    D sigma^2 (D sigma^2 / 2)^k; backward it is (D sigma^2 / 2)^(K - 1 - k).

    Args:
        weight_variance: Variance of a weight, sigma^2; the weights are symmetric around 0.
        width: Units in each layer, D.
        depth: Number of layers, K.

    Raises:
        ValueError: If the variance is negative or a size is not positive.

    >>> relu_variance_by_depth(2 / 100, width=100, depth=3)
    Variances(forward=array([2., 2., 2.]), backward=array([1., 1., 1.]))
    """
    check_range("weight_variance", weight_variance, 0)
    check_range("width", width, 1)
    check_range("depth", depth, 1)
    k = np.arange(depth)
    factor = width * weight_variance / 2
    return Variances(2 * factor ** (k + 1), factor ** (depth - 1 - k))


def dead_relus(f: np.ndarray) -> np.ndarray:
    """Which ReLUs are off for every example, and so get no gradient from any of them.

    Shapes:
        f (B, H), pre-activations; returns (H,), truth values.

    Raises:
        ValueError: If f is not a table with at least one example.
    """
    check_shape("f", f, "B", "H")
    check_range("number of examples", len(f), 1)
    return (f <= 0).all(axis=0)


def saturated_fraction(f: np.ndarray, *, below: float = 0.05) -> float:
    """The part of sigmoids that are so flat that they pass next to no gradient.

    Args:
        f: Pre-activations, any shape.
        below: A sigmoid counts as saturated if its slope is less than this part of the steepest,
            1/4. With 0.05 that is beyond -4.36 and 4.36.

    Returns:
        From 0 to 1.

    Raises:
        ValueError: If ``below`` is not between 0 and 1, or f is empty.
    """
    check_range("below", below, 0, 1)
    check_range("number of pre-activations", np.size(f), 1)
    e = np.exp(-np.abs(f))
    return float(np.mean(4 * e / (1 + e) ** 2 < below))


@cache
def _half_normal() -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights for the normal density from 0 to 12.

    Each side of 0 is summed alone, for there may be a kink.
    """
    node, weight = np.polynomial.legendre.leggauss(200)
    z = 6 * (1 + node)
    return z, 6 * weight * np.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)


def _fan(shape: tuple[int, ...], mode: str) -> int:
    check_choice("mode", mode, ("fan_in", "fan_out"))
    return fans(shape)[mode == "fan_out"]


def _normal(shape: tuple[int, ...], var: float, rng: np.random.Generator) -> np.ndarray:
    return math.sqrt(var) * rng.standard_normal(shape)


def _uniform(shape: tuple[int, ...], var: float, rng: np.random.Generator) -> np.ndarray:
    """Uniform on [-a, a], whose variance is a^2 / 3."""
    bound = math.sqrt(3 * var)
    return rng.uniform(-bound, bound, shape)
