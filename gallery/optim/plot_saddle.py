r"""
Newton's method goes to the saddle, gradient descent leaves it
==============================================================

Message: beside a saddle the local parabola has its stationary point at the saddle, and plain
Newton steps right there. Gradient descent slides along the floor towards it and leaves to one
side; absolute curvatures leave at once. Used in the chapter on optimizers.

.. alt: Three contour maps around a saddle with six starts each. Paths of plain Newton end at the
   saddle or leave the map. Paths of gradient descent bend away from it to either side. Paths of
   saddle-free Newton leave to either side in a few straight steps.
"""

# %%
# **Compute.** A saddle of the Gabor model's loss, found by Newton's method itself, and starts
# around it on a small circle.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.data import GaborModel, gabor_points
from udlbook.optim import SGD, newton
from udlbook.plot import COLORS, book_style

model = GaborModel(*gabor_points())
given = {"grad": model.gradient, "hessian": model.hessian}
saddle = newton(model.loss, [-3.9, 1.3], **given).points[-1]
low, high = np.linalg.eigvalsh(model.hessian(saddle))
assert low < -0.1 and high > 0.1
angles = np.deg2rad(np.arange(15, 375, 60))
starts = saddle + 0.45 * np.stack([np.cos(angles), np.sin(angles)], 1)


def descent(start):
    """Sixty steps of gradient descent."""
    phi, points = start.copy(), [start]
    optimizer = SGD(phi, 0.3)
    for _ in range(60):
        optimizer.step(model.gradient(phi))
        points.append(phi.copy())
    return np.array(points)


paths = {
    "Newton": [newton(model.loss, s, **given, steps=6).points for s in starts],
    "gradient descent": [descent(s) for s in starts],
    "saddle-free Newton": [
        newton(model.loss, s, **given, steps=6, damping=1e-3, saddle_free=True).points
        for s in starts
    ],
}
for name, ends in paths.items():
    print(f"{name:20}", [f"{np.linalg.norm(p[-1] - saddle):.2g}" for p in ends])

# %%
# **Draw.** Dashed contours are below the saddle, solid ones above.
span = np.linspace(-2, 2, 81)
grid = np.stack(np.meshgrid(saddle[0] + span, saddle[1] + span), -1)
height = model.loss(grid) - model.loss(saddle)
levels = np.array([-0.3, -0.2, -0.12, -0.06, -0.02, 0, 0.02, 0.06, 0.12, 0.2, 0.3])
with book_style():
    fig, axes = plt.subplots(1, 3, figsize=(9, 3.3), sharey=True)
    for ax, (name, found), color in zip(
        axes, paths.items(), ("red", "blue", "green"), strict=True
    ):
        ax.contour(*grid.T.swapaxes(1, 2), height, levels, colors=COLORS["grey"], linewidths=0.7,
                   linestyles=["--"] * 5 + ["-"] * 6)  # fmt: skip
        for points in found:
            ax.plot(*points.T, ".-", ms=4, lw=1.2, color=COLORS[color])
            ax.plot(*points[0], "o", ms=5, mfc="none", color=COLORS[color])
        ax.plot(*saddle, "x", ms=7, mew=1.6, color="black", zorder=5)
        ax.set(title=name, xlabel=r"$\phi_0$", aspect="equal")
        ax.set(xlim=saddle[0] + span[[0, -1]], ylim=saddle[1] + span[[0, -1]])
    axes[0].set(ylabel=r"$\phi_1$")
