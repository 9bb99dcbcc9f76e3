r"""
Adding to the diagonal makes contours rounder
=============================================

Message: with alpha on the diagonal of a covariance all eigenvalues grow alike; the axes of the
contours keep their directions, and their lengths come closer.

.. alt: Four tilted ellipses over the same cloud of points, one a panel. The first is long and
   thin; with growing alpha they become larger and rounder, and their axes keep their directions.
"""

# %%
# **Compute.** A covariance from eight points.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.classical.ridge import add_to_diagonal, axis_ratio
from udlbook.plot import COLORS, book_style

rng = np.random.default_rng(4)
x = rng.normal(size=(8, 2)) @ np.array([[1.6, 0.9], [0.0, 0.25]])
cov = x.T @ x / len(x)
alphas = (0.0, 0.1, 0.5, 2.0)
ratios = [axis_ratio(add_to_diagonal(cov, alpha)) for alpha in alphas]
assert (np.diff(ratios) < 0).all()

# %%
# **Draw.** The contours at one and two deviations, and the axes of the first.
turn = np.linspace(0, 2 * np.pi, 181)
circle = np.stack([np.cos(turn), np.sin(turn)])
with book_style():
    fig, axes = plt.subplots(2, 2, figsize=(5.8, 5.6), sharex=True, sharey=True)
    for ax, alpha, ratio in zip(axes.flat, alphas, ratios, strict=True):
        values, vectors = np.linalg.eigh(add_to_diagonal(cov, alpha))
        lengths = vectors * np.sqrt(values)
        for size in (1, 2):
            ax.plot(*(size * lengths @ circle), color=COLORS["blue"], lw=2.4 - 0.8 * size)
        for axis in lengths.T:
            ax.plot(*np.stack([-2 * axis, 2 * axis]).T, color=COLORS["orange"], lw=1)
        ax.plot(*x.T, ".", color=COLORS["grey"], ms=6)
        ax.set(title=rf"$\alpha$ = {alpha:g}: ratio {ratio:.1f}", aspect="equal")
        ax.set(xlim=(-5.2, 5.2), ylim=(-4.2, 4.2))
    for ax in axes[1]:
        ax.set_xlabel("$x_1$")
    for ax in axes[:, 0]:
        ax.set_ylabel("$x_2$")
