r"""Deep networks in matrix form, and backpropagation by hand.

With h_0 = x, and k from 0 to K for K hidden layers::

    f_k = b_k + W_k h_k        pre-activations,
    h_{k+1} = a[f_k]           hidden units,
    y = f_K                    the output, which no activation bends.

Backward, with v_bar short for dL/dv, from y_bar down to x_bar::

    W_k_bar = f_k_bar h_k^T    and   b_k_bar = f_k_bar,   summed over the batch;
    h_k_bar = W_k^T f_k_bar    and   f_{k-1}_bar = h_k_bar * a'[f_{k-1}].

Parameters are one object, ``phi = {"weights": [W_0, ..., W_K], "biases": [b_0, ..., b_K]}``, and
gradients are built like it. Examples are rows, so W h is written ``h @ W.T``.

Source: Prince, "Understanding Deep Learning", MIT Press 2023, sections 4.3 and 7.4. Rumelhart,
Hinton & Williams, "Learning representations by back-propagating errors", Nature 323, 1986.
Ours differs from the former: W for its Omega, b for its beta.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from .._check import check_range, check_shape
from .activations import Activation


@dataclass(frozen=True)
class Stages:
    """All that a deep network computes on the way.

    Args:
        h: The input h_0 = x, then the hidden units h_1 ... h_K.
        f: Pre-activations f_0 ... f_K; the last is the output.

    Shapes:
        h[k] (B, D_k); f[k] (B, D_{k+1}).
    """

    h: list
    f: list

    @property
    def y(self) -> Any:
        """The output f_K, of shape (B, D_o)."""
        return self.f[-1]


def make(
    sizes: Sequence[int],
    draw: Callable[[tuple[int, int]], np.ndarray],
    draw_bias: Callable[[int], np.ndarray] = np.zeros,
) -> dict:
    """The parameters of a network, drawn layer by layer.

    Args:
        sizes: Widths of the input, of each hidden layer and of the output.
        draw: Maps a shape (outputs, inputs) to a weight matrix, as the functions of
            ``udlbook.initialization`` do with ``functools.partial(he_normal, rng=rng)``.
        draw_bias: Maps a number of outputs to a bias.

    Raises:
        ValueError: If there are fewer than two sizes, or one is not positive.

    >>> phi = make([1, 3, 2], np.ones)
    >>> [W.shape for W in phi["weights"]], [b.shape for b in phi["biases"]]
    ([(3, 1), (2, 3)], [(3,), (2,)])
    """
    _check_sizes(sizes)
    weights = [draw((after, before)) for before, after in pairwise(sizes)]
    return {"weights": weights, "biases": [draw_bias(after) for after in sizes[1:]]}


def layers(phi: dict) -> list[tuple[Any, Any]]:
    """The pairs (W_k, b_k), after a check that each layer fits the one before.

    Shapes:
        W_k (D_{k+1}, D_k); b_k (D_{k+1},).

    Raises:
        ValueError: If there is no layer, or a shape does not fit.
    """
    weights, biases = phi["weights"], phi["biases"]
    if not 0 < len(weights) == len(biases):
        raise ValueError(
            "phi must have as many biases as weights, at least one; "
            f"got {len(biases)} and {len(weights)}"
        )
    width = {}
    for k, (W, b) in enumerate(zip(weights, biases, strict=True)):
        sizes = check_shape(f"weights[{k}]", W, "outputs", "inputs", **width)
        check_shape(f"biases[{k}]", b, sizes["outputs"])
        width = {"inputs": sizes["outputs"]}
    return list(zip(weights, biases, strict=True))


def stages(x: Any, phi: dict, activation: Activation) -> Stages:
    """Run the network and keep every stage. Arrays, or autodiff Tensors anywhere.

    Shapes:
        x (B, D_i).

    Raises:
        ValueError: If a shape does not fit.
    """
    pairs = layers(phi)
    check_shape("x", x, "B", pairs[0][0].shape[1])
    h, f = [x], []
    for W, b in pairs:
        f.append(h[-1] @ W.T + b)
        if len(f) < len(pairs):
            h.append(activation(f[-1]))
    return Stages(h, f)


def forward(x: Any, phi: dict, activation: Activation) -> Any:
    """The output alone. Shapes: (B, D_i) -> (B, D_o)."""
    return stages(x, phi, activation).y


def backward(
    s: Stages, phi: dict, activation: Activation, y_bar: np.ndarray
) -> tuple[dict, np.ndarray]:
    """Gradients of a loss by all parameters and by the input: the backward pass.

    Args:
        s: The stages of the forward pass, as arrays.
        phi: The parameters.
        activation: The activation of the forward pass.
        y_bar: dL/dy. For a loss that is a mean over the batch it carries the factor 1/B.

    Returns:
        The gradient by phi, built like phi; and that by x.

    Shapes:
        y_bar (B, D_o); gradients as what they belong to.

    Raises:
        ValueError: If a shape does not fit.
    """
    check_shape("y_bar", y_bar, *s.y.shape)
    weights, biases = [], []
    f_bar = y_bar
    for k in reversed(range(len(s.f))):
        weights.append(f_bar.T @ s.h[k])
        biases.append(f_bar.sum(axis=0))
        h_bar = f_bar @ phi["weights"][k]
        if k > 0:
            f_bar = h_bar * activation.derivative(s.f[k - 1])
    return {"weights": weights[::-1], "biases": biases[::-1]}, h_bar


def compose(first: dict, second: dict) -> dict:
    """One network that computes second(first(x)).

    The last map of the first network and the first map of the second have no bend between them,
    so they are one linear map: W = W_0' W_K, b = b_0' + W_0' b_K. Both networks must have the
    same activation.

    Raises:
        ValueError: If the output of the first does not fit the input of the second.

    >>> double = {"weights": [np.array([[2.0]])], "biases": [np.array([1.0])]}
    >>> compose(double, double)
    {'weights': [array([[4.]])], 'biases': [array([3.])]}
    """
    (*before, (W_K, b_K)), ((W_0, b_0), *after) = layers(first), layers(second)
    check_shape("weights[0] of the second network", W_0, "outputs", W_K.shape[0])
    pairs = [*before, (W_0 @ W_K, W_0 @ b_K + b_0), *after]
    return {"weights": [W for W, _ in pairs], "biases": [b for _, b in pairs]}


def fold(hidden: int) -> dict:
    """A ReLU network that folds [0, 1] into hidden + 1 layers, each of which covers [0, 1].

    It joins the points (0, 0), (1/2H, 1), (1/H, 0), (2/H, 1), (3/H, 0) ... by straight lines, for
    H hidden units; beyond 0 and 1 the outer lines go on. Composed with itself K times it has
    (H + 1)^K pieces, and no network with K layers of H units and one input has more.

    Args:
        hidden: Number of hidden units, at least 3: with fewer, not all of the H + 1 pieces can
            cover the same interval.

    Shapes:
        One input, one output.

    Raises:
        ValueError: If ``hidden`` is less than 3.

    >>> from udlbook.networks import relu
    >>> forward(np.array([[0], [1 / 6], [1 / 3], [2 / 3], [1]]), fold(3), relu)[:, 0].round(12)
    array([0., 1., 0., 1., 0.])
    """
    check_range("hidden", hidden, 3)
    joints = np.array([0.5, *range(1, hidden)]) / hidden
    slope = np.array([2, -2] + [(-1) ** i for i in range(hidden - 1)]) * float(hidden)
    falling = np.arange(hidden) == 2  # the jump there is minus the first slope
    u = np.where(falling, -1.0, 1.0)
    weights = [u[:, None], np.diff(slope)[None]]
    return {"weights": weights, "biases": [-u * joints, np.array([4.0])]}


def n_parameters(sizes: Sequence[int]) -> int:
    """How many numbers a network with these widths has: sum of (D_k + 1) D_{k+1}.

    Raises:
        ValueError: If there are fewer than two sizes, or one is not positive.

    >>> n_parameters([1, 3, 1])
    10
    """
    _check_sizes(sizes)
    return sum((before + 1) * after for before, after in pairwise(sizes))


def _check_sizes(sizes: Sequence[int]) -> None:
    if len(sizes) < 2 or min(sizes) < 1:
        raise ValueError(f"sizes must be two or more positive widths; got {list(sizes)}")
