r"""
A position is a set of clock hands
==================================

Message: each pair of coordinates turns at its own speed, so the product of two positions is
largest where they are one and depends on nothing but their distance. Used in the chapter
:ref:`transformers`.

.. alt: Above, a heat map of 60 positions by 64 coordinates: fast stripes on the left become slow,
   then constant. Below, the product of two positions by distance: a peak at zero with ripples,
   the same for three positions.
"""

# %%
# **Compute.** The table, and the products of three positions with all others.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.plot import COLORS, book_style
from udlbook.transformers import sinusoidal

table = sinusoidal(200, 64).numpy()
anchors = [60, 100, 140]
distance = np.arange(-50, 51)
products = [table[a + distance] @ table[a] for a in anchors]

# %%
# **Draw.** The three curves lie on one another: the widest is drawn first.
with book_style():
    fig, axes = plt.subplots(2, 1, figsize=(5.6, 5.6), height_ratios=[1.3, 1])
    image = axes[0].imshow(
        table[:60], aspect="auto", cmap="RdBu_r", vmin=-1, vmax=1, interpolation="nearest"
    )
    axes[0].set(xlabel="coordinate", ylabel="position")
    fig.colorbar(image, ax=axes[0], ticks=[-1, 0, 1], pad=0.02)
    styles = [("blue", 6, 0.35), ("orange", 3, 0.8), ("green", 1.2, 1)]
    for (color, width, alpha), a, product in zip(styles, anchors, products, strict=True):
        axes[1].plot(
            distance, product, color=COLORS[color], lw=width, alpha=alpha, label=f"position {a}"
        )
    axes[1].set(xlabel="distance, in positions", ylabel="product", ylim=(0, 34))
    axes[1].legend(loc="upper right")
