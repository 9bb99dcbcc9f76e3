r"""
A penalty removes the ridge in the loss
=======================================

Message: two inputs that nearly agree make a valley in which the minimum wanders with the noise;
ridge regression closes the valley, and the minima of thirty data sets stay together.

.. alt: Two maps of a loss over two weights. Left, a long narrow valley from top left to bottom
   right, with thirty dots spread along it. Right, with a penalty, rounder contours and the dots
   in a small heap.
"""

# %%
# **Compute.** One design matrix, thirty draws of the noise.
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patheffects import withStroke

from udlbook.classical.ridge import fit
from udlbook.plot import COLORS, book_style

rng = np.random.default_rng(0)
x_1 = rng.normal(size=40)
X = np.stack([x_1, x_1 + 0.1 * rng.normal(size=40)], axis=1)
truth = np.array([1.0, 1.0])
targets = X @ truth + 0.5 * rng.normal(size=(30, 40))
minima = {price: np.array([fit(X, y, price) for y in targets]) for price in (0.0, 4.0)}
spread = {price: np.ptp(w, axis=0).max() for price, w in minima.items()}
assert spread[4.0] < spread[0.0] / 3

# %%
# **Draw.** The loss of the first data set; dark ground is low, and both maps have one scale.
grid = np.stack(np.meshgrid(np.linspace(-2, 4, 121), np.linspace(-2, 4, 121)), axis=-1)
edge = [withStroke(linewidth=2.2, foreground="w")]
with book_style():
    fig, axes = plt.subplots(1, 2, figsize=(7.2, 3.7), sharey=True)
    for ax, (price, w) in zip(axes, minima.items(), strict=True):
        loss = ((grid @ X.T - targets[0]) ** 2).sum(-1) + price * (grid**2).sum(-1)
        loss -= loss.min()
        ax.imshow(np.log10(loss + 1), cmap="viridis", vmin=0, vmax=3, origin="lower",
                  extent=(-2, 4, -2, 4), interpolation="bilinear")  # fmt: skip
        ax.contour(*np.moveaxis(grid, -1, 0), loss, [2, 8, 32, 128], colors="white",
                   linewidths=0.7, alpha=0.7)  # fmt: skip
        ax.plot(*w.T, "o", ms=4, color=COLORS["orange"], path_effects=edge)
        ax.plot(*truth, "x", ms=8, mew=2, color=COLORS["red"], path_effects=edge)
        title = "no penalty" if price == 0 else rf"penalty $\lambda$ = {price:.0f}"
        ax.set(title=title, xlabel="$w_1$", aspect="equal", xlim=(-2, 4), ylim=(-2, 4))
    axes[0].set_ylabel("$w_2$")
    axes[0].annotate("truth", truth, xytext=(14, 12), textcoords="offset points",
                     color=COLORS["red"], path_effects=edge)  # fmt: skip
