r"""Shallow networks: one hidden layer, any number of inputs, hidden units and outputs::

    f = b_0 + W_0 x      each hidden unit has a linear function of the input, its pre-activation,
    h = a[f]             bends it,
    y = b_1 + W_1 h      and the outputs are weighted sums of the bent functions.

Parameters are one object ``phi = {"weights": [W_0, W_1], "biases": [b_0, b_1]}``, as in
``udlbook.networks.deep``: a shallow network is a deep one with one hidden layer. Here all its
stages can be seen, and its gradients are written out.

Source: Prince, "Understanding Deep Learning", MIT Press 2023, sections 3.1 to 3.3.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from .._check import check_range, check_shape
from . import deep
from .activations import Activation


@dataclass(frozen=True)
class Stages:
    """All that a shallow network computes on the way.

    Args:
        x: Inputs.
        f: Pre-activations.
        h: Hidden units.
        contributions: Each hidden unit times its weight in each output.
        y: Outputs: the sum of the contributions, and the bias.

    Shapes:
        x (B, D_i); f, h (B, H); contributions (B, D_o, H); y (B, D_o).
    """

    x: Any
    f: Any
    h: Any
    contributions: Any
    y: Any


def stages(x: Any, phi: dict, activation: Activation) -> Stages:
    """All stages of the network. Arrays, or autodiff Tensors anywhere.

    Shapes:
        x (B, D_i); W_0 (H, D_i); b_0 (H,); W_1 (D_o, H); b_1 (D_o,).

    Raises:
        ValueError: If there is not one hidden layer, or a shape does not fit.

    >>> from udlbook.networks import relu
    >>> phi = {"weights": [np.array([[1.0], [-1.0]]), np.array([[1.0, 3.0]])],
    ...        "biases": [np.array([0.0, 1.0]), np.array([-1.0])]}
    >>> stages(np.array([[0.5]]), phi, relu).contributions
    array([[[0.5, 1.5]]])
    """
    W_0, b_0, W_1, b_1 = _unpack(phi)
    check_shape("x", x, "B", W_0.shape[1])
    f = x @ W_0.T + b_0
    h = activation(f)
    contributions = h[:, None, :] * W_1  # (B, 1, H) * (D_o, H) -> (B, D_o, H)
    return Stages(x, f, h, contributions, contributions.sum(axis=2) + b_1)


def forward(x: Any, phi: dict, activation: Activation) -> Any:
    """The outputs alone: y = b_1 + W_1 a[b_0 + W_0 x]. Shapes: (B, D_i) -> (B, D_o)."""
    W_0, b_0, W_1, b_1 = _unpack(phi)
    check_shape("x", x, "B", W_0.shape[1])
    return activation(x @ W_0.T + b_0) @ W_1.T + b_1


def backward(
    s: Stages, phi: dict, activation: Activation, y_bar: np.ndarray
) -> tuple[dict, np.ndarray]:
    r"""Gradients of a loss by all parameters and by the input, in closed form.

    With :math:`\bar v = \partial L / \partial v`: the output layer sees y_bar and h, the hidden
    layer sees what comes back through W_1, where the activation lets it pass.

    Args:
        s: The stages of the same network, as arrays.
        phi: Its parameters.
        activation: Its activation.
        y_bar: dL/dy. For a loss that is a mean over the batch it carries the factor 1/B.

    Returns:
        The gradient by phi, built like phi; and that by x.

    Shapes:
        y_bar (B, D_o); gradients as what they belong to.

    Raises:
        ValueError: If a shape does not fit.
    """
    W_0, _, W_1, _ = _unpack(phi)
    check_shape("y_bar", y_bar, *s.y.shape)
    f_bar = (y_bar @ W_1) * activation.derivative(s.f)  # (B, H)
    weights = [f_bar.T @ s.x, y_bar.T @ s.h]
    biases = [f_bar.sum(axis=0), y_bar.sum(axis=0)]
    return {"weights": weights, "biases": biases}, f_bar @ W_0


def mean_square(
    phi: dict, x: np.ndarray, y: np.ndarray, activation: Activation
) -> tuple[float, dict]:
    """Mean squared error of the network, and its gradient by phi, as ``udlbook.optim.fit`` wants.

    Shapes:
        x (B, D_i); y (B, D_o).

    Raises:
        ValueError: If a shape does not fit.
    """
    s = stages(x, phi, activation)
    check_shape("y", y, *s.y.shape)
    error = s.y - y
    return np.mean(error**2), backward(s, phi, activation, 2 * error / error.size)[0]


def spread(hidden: int, *, rng: np.random.Generator) -> dict:
    """Random parameters of a network with one input and output, its joints spread over [0, 1].

    Slopes of the hidden units are between 4 and 8, up or down, steep enough that any activation
    bends within that interval; the output starts near zero.

    Args:
        hidden: Number of hidden units.
        rng: Draws all of it.

    Raises:
        ValueError: If there is no hidden unit.
    """
    check_range("hidden", hidden, 1)
    u = rng.choice([-1, 1], hidden) * rng.uniform(4, 8, hidden)
    outputs = 0.1 * rng.normal(size=(1, hidden))
    return {
        "weights": [u[:, None], outputs],
        "biases": [-u * rng.uniform(0, 1, hidden), np.zeros(1)],
    }


def joints(phi: dict) -> np.ndarray:
    """Where each unit of a network with one input bends: x = -b_0 / W_0.

    Returns:
        A place for each unit; nan if its weight is 0, for then it never bends.

    Shapes:
        Returns (H,).

    Raises:
        ValueError: If the network has not one input and one hidden layer.
    """
    W_0, b_0, *_ = _unpack(phi)
    check_shape("weights[0]", W_0, "H", 1)
    w = W_0[:, 0]
    return 0 - np.divide(b_0, w, out=np.full(w.shape, np.nan), where=w != 0)


def _unpack(phi: dict) -> tuple:
    layers = deep.layers(phi)
    if len(layers) != 2:
        raise ValueError(f"a shallow network must have 2 weight matrices; got {len(layers)}")
    (W_0, b_0), (W_1, b_1) = layers
    return W_0, b_0, W_1, b_1
