r"""
The steepest direction sets the limit, the flattest one the pace
================================================================

Message: on a bowl gradient descent multiplies the error along each axis by one factor per step. A
small learning rate crawls along the flat axis, a good one serves both, a large one is thrown out
along the steep axis. Used in the chapter on optimizers.

.. alt: Three contour maps of one long bowl with a path each. The first stops half way, the
   second swings and reaches the centre, the third swings ever wider. Bottom right, the distance
   from the centre by step: a slow fall, a fast fall, a rise.
"""

# %%
# **Compute.** The loss of the line model on its 12 points is a bowl with two curvatures.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.data import LineModel, line_points
from udlbook.optim import SGD
from udlbook.plot import COLORS, book_style, label_line

model = LineModel(*line_points())
H = model.hessian(np.zeros(2))
best = np.linalg.solve(H, -model.gradient(np.zeros(2)))
flat, steep = np.linalg.eigvalsh(H)
start, n_steps = np.array([2.4, 0.4]), 25


def path(lr):
    """The points of gradient descent."""
    phi, points = start.copy(), [start]
    optimizer = SGD(phi, lr)
    for _ in range(n_steps):
        optimizer.step(model.gradient(phi))
        points.append(phi.copy())
    return np.array(points)


rates = {"small": 0.05, "best": 2 / (flat + steep), "too large": 1.03 * 2 / steep}
paths = {name: path(lr) for name, lr in rates.items()}

# %%
# **Draw.** The same scale for all maps; the cross is the minimum.
grid = np.stack(np.meshgrid(np.linspace(-1.6, 3.1, 81), np.linspace(-1.6, 3.1, 81)), -1)
colors = dict(zip(rates, ("blue", "green", "red"), strict=True))
with book_style():
    fig, axes = plt.subplots(2, 2, figsize=(6.4, 5.8))
    axes = axes.ravel()
    levels = np.geomspace(0.03, model.loss(grid).max(), 10)
    for ax, (name, points) in zip(axes, paths.items(), strict=False):
        ax.contour(*grid.T.swapaxes(1, 2), model.loss(grid), levels, colors=COLORS["grey"],
                   linewidths=0.6, alpha=0.6)  # fmt: skip
        ax.plot(*points.T, ".-", ms=4, lw=1.1, color=COLORS[colors[name]])
        ax.plot(*best, "x", ms=7, mew=1.6, color="black", zorder=5)
        ax.set(title=rf"{name}: $\eta = {rates[name]:.2f}$", xlabel=r"$\phi_0$", aspect="equal")
        ax.set(xlim=(-1.6, 3.1), ylim=(-1.6, 3.1))
        ax.set(ylabel=r"$\phi_1$")
    for name, points in paths.items():
        distance = np.linalg.norm(points - best, axis=1)
        (line,) = axes[3].semilogy(distance, lw=1.4, color=COLORS[colors[name]])
        label_line(axes[3], line, name)
    axes[3].set(xlabel="step", ylabel="distance from the minimum", xlim=(0, n_steps))
