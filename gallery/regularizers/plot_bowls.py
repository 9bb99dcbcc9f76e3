r"""
A bowl with a round base and one with a square base
===================================================

Message: near its lowest point the L2 penalty is flat; the L1 penalty has a tip there, and edges
above both axes.

.. alt: Two surfaces over two parameters. Left, a smooth round bowl whose contours on the ground
   are circles. Right, a pyramid upside down with edges above the axes, whose contours are squares
   that stand on a corner.
"""

# %%
# **Compute.** Both on disks and diamonds, so that rims are level.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.plot import COLORS, book_style
from udlbook.regularizers import l1, l2

grid = np.stack(np.meshgrid(np.linspace(-2, 2, 161), np.linspace(-2, 2, 161)), axis=-1)
bowls = {
    "L2: round": np.apply_along_axis(l2(1.0).value, -1, grid),
    "L1: square": np.apply_along_axis(l1(1.0).value, -1, grid),
}
at = (1.5, 0.5)
assert bowls["L2: round"].min() == bowls["L1: square"].min() == 0

# %%
# **Draw.** The surface is cut at 2; its contours are repeated on the ground.
with book_style():
    fig, axes = plt.subplots(1, 2, figsize=(7.2, 3.8), subplot_kw={"projection": "3d"})
    for ax, (title, height) in zip(axes, bowls.items(), strict=True):
        cut = np.where(height <= 2.0001, height, np.nan)
        ax.plot_surface(*np.moveaxis(grid, -1, 0), cut, cmap="viridis", alpha=0.85, rstride=4,
                        cstride=4, linewidth=0, rasterized=True)  # fmt: skip
        ax.contour(*np.moveaxis(grid, -1, 0), height, [0.5, 1, 1.5, 2], offset=-1.5,
                   colors=COLORS["blue"], linewidths=1.1)  # fmt: skip
        ax.set(title=title, xlabel=r"$\phi_0$", ylabel=r"$\phi_1$", zlim=(-1.5, 2))
        ax.set(xticks=(-2, 0, 2), yticks=(-2, 0, 2), zticks=(0, 1, 2))
        ax.view_init(elev=24, azim=-68)
        for axis in (ax.xaxis, ax.yaxis, ax.zaxis):
            axis.set_pane_color((1, 1, 1, 0))
        ax.grid(False)
