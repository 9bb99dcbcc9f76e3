r"""
The same training with eight activations
========================================

Message: with the identity a network of 20 units is one straight line; with steps its joints cannot
learn; every other activation follows the curve, in its own handwriting. Used in the chapter
:ref:`shallow-networks`.

.. alt: Eight panels with the same fading wave as a wide grey band and a fitted curve on it. The
   step's fit is a staircase, the linear one a straight line that misses; the six others follow.
"""

# %%
# **Compute.** One data set without noise, one optimizer, the same three starts, of which the best
# is kept; only the activation differs.
from itertools import repeat

import matplotlib.pyplot as plt
import numpy as np

from udlbook import optim
from udlbook.data import damped_wave
from udlbook.networks import (
    gelu,
    heaviside,
    identity,
    leaky_relu,
    relu,
    shallow,
    sigmoid,
    swish,
    tanh,
)
from udlbook.plot import COLORS, book_style

panels = [
    (heaviside, "Heaviside"),
    (identity, "linear"),
    (sigmoid, "sigmoid"),
    (tanh, "tanh"),
    (relu, "ReLU"),
    (leaky_relu(0.1), "leaky ReLU, 0.1"),
    (gelu, "GELU"),
    (swish, "swish"),
]
x = np.linspace(0, 1, 50)[:, None]
y = damped_wave(x)
fine = np.linspace(0, 1, 501)[:, None]


def fit(activation, seed, hidden=20, steps=2000, lr=0.02):
    """The fitted curve on the fine axis, and the root mean squared error on the data."""
    phi = shallow.spread(hidden, rng=np.random.default_rng(seed))
    data = repeat((x, y, activation))
    optim.fit(shallow.mean_square, phi, data, steps=steps, lr=lr, schedule=optim.linear())
    error = np.sqrt(np.mean((shallow.forward(x, phi, activation) - y) ** 2))
    return shallow.forward(fine, phi, activation), error


fits = [
    min((fit(activation, seed) for seed in range(3)), key=lambda found: found[1])
    for activation, _ in panels
]

# %%
# **Draw.** The wide band is the truth; the number is the error in the units of :math:`y`.
with book_style():
    fig, axes = plt.subplots(2, 4, figsize=(7.4, 4.2), sharex=True, sharey=True)
    for ax, (curve, error), (_, name) in zip(axes.flat, fits, panels, strict=True):
        ax.plot(fine, damped_wave(fine), color=COLORS["grey"], lw=6, alpha=0.35)
        ax.plot(fine, curve, color=COLORS["blue"], lw=1.5)
        ax.text(0.98, 0.75, f"error {error:.3f}", ha="right", fontsize=10)
        ax.set(title=name, xlim=(0, 1), ylim=(-0.6, 0.95), xticks=[0, 0.5, 1])
        ax.set_xticklabels(["0", "0.5", "1"])
    for ax in axes[1]:
        ax.set_xlabel("$x$")
