r"""
The variance is right, and hardly any network has it
====================================================

Message: with He's weights the mean of the squared length is kept. Its logarithm drifts down and
spreads, by depth over width, so that most narrow networks shrink their inputs and a few blow
them up. Used in the chapter on initialization.

.. alt: Three bell-shaped histograms of the logarithm of a squared length, each under a curve.
   For 400 units the bell is narrow and near zero, for 100 wider and further left, for 25 very
   wide and centred far below zero.
"""

# %%
# **Compute.** Given the length before, all pre-activations of a layer are independent normals,
# so lengths can be drawn without matrices.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.networks import relu
from udlbook.plot import COLORS, book_style

rng = np.random.default_rng(0)
depth, nets = 50, 2000
logs = {}
for width in (25, 100, 400):
    logs[width] = np.zeros(nets)
    for _ in range(depth):
        z = rng.standard_normal((nets, width))
        logs[width] += np.log(2 * np.mean(relu(z) ** 2, axis=1))

# %%
# **Draw.** The normal has the mean -5K/2D and the variance 5K/D.
with book_style():
    fig, ax = plt.subplots(figsize=(6.4, 3.6))
    grid = np.linspace(-18, 6, 400)
    for (width, values), color in zip(logs.items(), ("red", "orange", "blue"), strict=True):
        ax.hist(values, np.arange(-18, 6.1, 0.4), density=True, color=COLORS[color], alpha=0.35)
        mean, var = -5 * depth / (2 * width), 5 * depth / width
        density = np.exp(-((grid - mean) ** 2) / (2 * var)) / np.sqrt(2 * np.pi * var)
        ax.plot(grid, density, color=COLORS[color])
    ax.axvline(0, color=COLORS["grey"], lw=0.9, ls=":")
    ax.text(0.35, 0.44, "400 units", color=COLORS["blue"])
    ax.text(-2.6, 0.25, "100 units", color=COLORS["orange"], ha="right")
    ax.text(-7.6, 0.12, "25 units", color=COLORS["red"], ha="right")
    ax.set(xlabel="logarithm of the squared length after 50 layers", ylabel="density of networks")
    ax.set(xlim=(-17, 6), ylim=(0, 0.56))
