r"""
Gradients stand at right angles on the contours
===============================================

Message: at each place the gradient points where the surface rises fastest, across the contour,
and is longer where contours are close. At three places it is zero: two hollows and a pass. Used in
the chapter :ref:`background`.

.. alt: Top, a long valley seen from the side, with two hollows and a low pass between. Bottom, its
   contour map with small arrows at right angles to the contours, pointing away from the hollows;
   two dots mark the hollows, a cross the pass at the origin.
"""

# %%
# **Compute.** The landscape of the chapter, and its gradient by hand, which autodiff confirms.
import matplotlib.pyplot as plt
import numpy as np

from udlbook import autodiff as ad
from udlbook.plot import COLORS, book_style


def f(x):
    """Two hollows, at (1, 1) and (-1, -1), and a pass at the origin."""
    return x[0] ** 4 / 4 - x[0] * x[1] + x[1] ** 2 / 2


def gradient(x):
    return np.stack([x[0] ** 3 - x[1], x[1] - x[0]])


axis = np.linspace(-2, 2, 161)
fine = np.stack(np.meshgrid(axis, axis))

# The surface up to one height, in coordinates along and across the walk from hollow to hollow.
u, v = np.linspace(-2.24, 2.24, 120), np.linspace(-1.5, 1.5, 1201)


def place(along, across):
    return np.stack([along - across, along + across]) / np.sqrt(2)


inside = f(place(u[:, None], v)) <= 0.3
low, high = v[inside.argmax(axis=1)], v[-1 - inside[:, ::-1].argmax(axis=1)]
across = low + np.linspace(0, 1, 60)[:, None] * (high - low)
along = np.broadcast_to(u, across.shape)
height = f(place(along, across))
coarse = np.stack(np.meshgrid(*[np.linspace(-1.8, 1.8, 13)] * 2))
arrows = gradient(coarse)
assert np.allclose(ad.grad(lambda x: ad.sum(f(x)))(coarse), arrows)

# %%
# **Draw.** Long gradients are drawn shorter than they are, by a square root, or the short ones
# could not be seen.
with book_style():
    fig = plt.figure(figsize=(5.2, 7.2))
    grid = fig.add_gridspec(2, 1, height_ratios=[1, 1.9])
    ax = fig.add_subplot(grid[0], projection="3d", computed_zorder=False)
    ax.plot_surface(
        along, across, height, cmap="viridis", vmin=-0.25, vmax=0.3, rstride=1, cstride=1,
        lw=0, antialiased=False, rasterized=True, clip_on=False,
    )  # fmt: skip
    ax.set_box_aspect((2, 1, 0.5), zoom=1.9)
    ax.view_init(elev=52, azim=-80)
    ax.set_axis_off()

    ax = fig.add_subplot(grid[1])
    levels = [-0.2, -0.1, 0, 0.2, 0.5, 1, 1.7, 2.6, 3.8, 5.5, 7.5]
    ax.contour(*fine, f(fine), levels, colors=COLORS["blue"], linewidths=1.0, linestyles="-")
    length = np.linalg.norm(arrows, axis=0)
    shown = arrows / np.sqrt(np.maximum(length, 1e-12)) * 0.16
    ax.quiver(
        *coarse, *shown, color="black", angles="xy", scale_units="xy", scale=1, width=0.005
    )  # fmt: skip
    ax.plot([-1, 1], [-1, 1], "o", color=COLORS["red"], ms=8)
    ax.plot(0, 0, "X", color=COLORS["red"], ms=10)
    ax.set(aspect="equal", xlabel="$x_1$", ylabel="$x_2$", xlim=(-2, 2), ylim=(-2, 2))
    ax.set(xticks=[-2, -1, 0, 1, 2], yticks=[-2, -1, 0, 1, 2])
