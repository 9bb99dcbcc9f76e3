r"""
Eight activations and their slopes
==================================

Message: what an activation does to a gradient is its slope. The step has none, the identity bends
nothing, the S-shaped ones let nothing through at their ends, and the hinges let it through on one
side. Used in the chapter :ref:`shallow-networks`.

.. alt: Eight panels, each a function with its dashed slope: a step, a straight line, two
   S-curves whose slopes are bumps, two hinges whose slopes are steps, and two smoothed hinges.
"""

# %%
# **Compute.** The functions on one axis, with the slopes that were derived by hand.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.networks import (
    gelu,
    heaviside,
    identity,
    leaky_relu,
    relu,
    sigmoid,
    swish,
    tanh,
)
from udlbook.plot import COLORS, book_style

x = np.linspace(-3, 3, 601)
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

# %%
# **Draw.** Solid: the function. Dashed: its slope. One scale for all.
with book_style():
    fig, axes = plt.subplots(2, 4, figsize=(7.4, 4.2), sharex=True, sharey=True)
    for ax, (a, name) in zip(axes.flat, panels, strict=True):
        ax.axhline(0, color=COLORS["grey"], lw=0.7)
        ax.axvline(0, color=COLORS["grey"], lw=0.7)
        ax.plot(x, a(x), color=COLORS["blue"])
        ax.plot(x, a.derivative(x), color=COLORS["orange"], ls="--")
        ax.set(title=name, xlim=(-3, 3), ylim=(-1.2, 2.2), xticks=[-2, 0, 2], yticks=[-1, 0, 1, 2])
    axes[0, 3].text(1.2, 1.25, "$a(x)$", color=COLORS["blue"])
    axes[0, 3].text(-2.9, 0.45, "$a'(x)$", color=COLORS["orange"])
    for ax in axes[1]:
        ax.set_xlabel("$x$")
