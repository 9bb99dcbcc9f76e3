r"""
Corners catch minima: L1 beside L2
==================================

Message: as the price grows, the minimum under L2 moves along a smooth curve to zero and meets no
axis; under L1 it runs into an axis and then along it.

.. alt: Two maps with grey ellipses of a loss. Left, circles around zero and an orange path that
   bends smoothly to zero. Right, squares standing on a corner and a path that runs straight to an
   axis, then along the axis to zero.
"""

# %%
# **Compute.** A parabola with its minimum off the axes; for each price the minimum of the sum.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.plot import COLORS, book_style
from udlbook.regularizers import l1, l2, proximal_gradient

H, best = np.array([[1.0, 0.45], [0.45, 0.8]]), np.array([0.6, 1.8])
prices = np.concatenate([[0], np.geomspace(0.005, 30, 200)])


def minima(make):
    """The minimum for each price, each search starting at the last one's end."""
    phi, found = best, []
    for price in prices:
        phi = proximal_gradient(lambda p: H @ (p - best), make(price), phi, lr=0.7, steps=60)[-1]
        found.append(phi)
    return np.array(found)


paths = {"L2": minima(l2), "L1": minima(l1)}
assert (paths["L1"][:, 0] == 0).any() and (paths["L2"] > 0).all()

# %%
# **Draw.** The contours of the penalty are those through four points of the path.
a, b = np.meshgrid(np.linspace(-1.2, 2.2, 171), np.linspace(-1.2, 2.8, 201))
off = np.stack([a, b], axis=-1) - best
loss = np.einsum("...i,ij,...j->...", off, H, off) / 2
with book_style():
    fig, axes = plt.subplots(1, 2, figsize=(7.2, 4.0), sharey=True)
    for ax, (name, path) in zip(axes, paths.items(), strict=True):
        penalty = (a**2 + b**2) / 2 if name == "L2" else abs(a) + abs(b)
        ax.axhline(0, color="black", lw=0.6)
        ax.axvline(0, color="black", lw=0.6)
        ax.contour(a, b, loss, [0.05, 0.2, 0.45, 0.8, 1.25, 1.8, 2.6], colors=COLORS["grey"],
                   linewidths=0.8, alpha=0.7)  # fmt: skip
        levels = np.array([0.4, 0.8, 1.2, 1.6])
        ax.contour(a, b, penalty, levels**2 / 2 if name == "L2" else levels,
                   colors=COLORS["blue"], linewidths=1.3)  # fmt: skip
        ax.plot(*path.T, color=COLORS["orange"], lw=3)
        ax.plot(*best, "o", ms=6, color=COLORS["orange"])
        ax.annotate("no penalty", best, xytext=(6, 6), textcoords="offset points",
                    color=COLORS["orange"])  # fmt: skip
        ax.plot(0, 0, "o", ms=6, color=COLORS["orange"])
        ax.set(title=name, xlabel=r"$\phi_0$", aspect="equal")
    axes[0].set_ylabel(r"$\phi_1$")
