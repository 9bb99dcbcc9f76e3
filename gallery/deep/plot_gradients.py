r"""
A stack of sigmoids swallows the gradient
=========================================

Message: on its way back through thirty layers of sigmoids the gradient shrinks to less than a
quarter at each of them; behind ReLUs with small weights it shrinks too, more slowly. With larger
weights it arrives, and with a plus sign around each block it arrives at small weights. Used in
the chapter :ref:`deep-networks`.

.. alt: Size of the gradient on a logarithmic axis against the layer. For sigmoid it falls towards
   the first layer by eighteen decimal orders, for ReLU with small weights by five; for ReLU with
   larger weights and for a residual network it stays level.
"""

# %%
# **Compute.** The gradient of the sum of the outputs by the hidden units of each layer, at random
# weights of variance g / width.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.networks import deep, relu, residual, sigmoid
from udlbook.plot import COLORS, book_style

WIDTH, DEPTH = 32, 30
rng = np.random.default_rng(0)
x = rng.normal(size=(64, WIDTH))


def sizes_back(activation, factor):
    """Root mean square of dL/dh of each layer, one layer at a time from the last to the first."""
    phi = deep.make([WIDTH] * (DEPTH + 1), lambda s: rng.normal(size=s) * np.sqrt(factor / s[1]))
    s = deep.stages(x, phi, activation)
    h_bar, sizes = np.ones_like(s.y) / np.sqrt(s.y.size), []
    for k in reversed(range(DEPTH)):
        f_bar = h_bar if k == DEPTH - 1 else h_bar * activation.derivative(s.f[k])
        h_bar = f_bar @ phi["weights"][k]
        sizes.append(np.linalg.norm(h_bar))
    return sizes[::-1]


def residual_sizes_back():
    """The same for blocks of one hidden layer with a plus sign around each."""
    blocks = [
        deep.make([WIDTH] * 3, lambda s: rng.normal(size=s) * np.sqrt(1 / (s[1] * DEPTH**0.5)))
        for _ in range(DEPTH)
    ]
    s = residual.stages(x, blocks, relu)
    h_bar, sizes = np.ones_like(s.y) / np.sqrt(s.y.size), []
    for block, phi in zip(reversed(s.blocks), reversed(blocks), strict=True):
        h_bar = h_bar + deep.backward(block, phi, relu, h_bar)[1]
        sizes.append(np.linalg.norm(h_bar))
    return sizes[::-1]


curves = {
    "sigmoid": (sizes_back(sigmoid, 1), "red"),
    "ReLU, small weights": (sizes_back(relu, 1), "purple"),
    "ReLU": (sizes_back(relu, 2), "blue"),
    "residual": (residual_sizes_back(), "green"),
}

# %%
# **Draw.** From right to left, as the gradient travels.
places = {
    "sigmoid": (13, -12.5, "sigmoid"),
    "ReLU, small weights": (5, -6.2, "ReLU, variance 1/width"),
    "ReLU": (0, -1.6, "ReLU, variance 2/width"),
    "residual": (0, 0.7, "residual, small weights"),
}
with book_style():
    fig, ax = plt.subplots(figsize=(6.4, 3.6))
    for name, (sizes, color) in curves.items():
        ax.plot(np.arange(1, DEPTH + 1), np.log10(sizes), color=COLORS[color])
        left, height, words = places[name]
        ax.text(left + 1, height, words, color=COLORS[color])
    ax.set(xlabel="layer", ylabel="size of the gradient", xlim=(1, DEPTH), ylim=(-20, 2))
    ax.set_yticks([-20, -15, -10, -5, 0])
    ax.yaxis.set_major_formatter(lambda p, _: f"$10^{{{p:.0f}}}$")
