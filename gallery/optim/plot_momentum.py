r"""
Momentum pays by the root of the condition number
=================================================

Message: in a valley a hundred times steeper across than along, gradient descent at its best needs
some hundred steps for each factor of ten; momentum at its best some ten. Too much momentum swings.
Used in the chapter on optimizers.

.. alt: Left, two paths in a long valley: gradient descent bounces between the walls far from the
   minimum, momentum swings and arrives. Right, distances: gradient descent falls slowly, momentum
   fast; too much momentum swings and hardly falls.
"""

# %%
# **Compute.** A quadratic with curvatures 1 and 100. Both methods take the learning rate and the
# momentum that are best for these curvatures; the third takes too much momentum.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.optim import SGD, Momentum
from udlbook.plot import COLORS, book_style, label_line

curvatures, start, n_steps = np.array([1.0, 100.0]), np.array([10.0, 1.0]), 200
root = np.sqrt(curvatures)
best_lr = 4 / root.sum() ** 2
best_mu = (np.ptp(root) / root.sum()) ** 2


def path(make):
    """The points that an optimizer goes through."""
    phi, points = start.copy(), [start]
    optimizer = make(phi)
    for _ in range(n_steps):
        optimizer.step(curvatures * phi)
        points.append(phi.copy())
    return np.array(points)


paths = {
    "gradient descent": path(lambda p: SGD(p, 2 / curvatures.sum())),
    "momentum 0.99": path(lambda p: Momentum(p, best_lr, momentum=0.99)),
    "momentum": path(lambda p: Momentum(p, best_lr, momentum=best_mu)),
}
distances = {name: np.linalg.norm(p, axis=1) for name, p in paths.items()}
assert distances["momentum"][-1] < 1e-10 < 1e-2 < distances["gradient descent"][-1]

# %%
# **Draw.** Thirty steps on the map, all steps in the curves.
a, b = np.meshgrid(np.linspace(-4, 11, 81), np.linspace(-2.2, 2.2, 81))
with book_style():
    fig, axes = plt.subplots(1, 3, figsize=(9, 3.0), gridspec_kw={"width_ratios": [1, 1, 1.1]})
    colors = dict(zip(paths, ("red", "purple", "blue"), strict=True))
    for ax, name in zip(axes, ("gradient descent", "momentum"), strict=False):
        ax.contour(a, b, a**2 + 100 * b**2, np.geomspace(1, 600, 9), colors=COLORS["grey"],
                   linewidths=0.6, alpha=0.6)  # fmt: skip
        ax.plot(*paths[name][:31].T, ".-", ms=4, lw=1.0, color=COLORS[colors[name]])
        ax.plot(0, 0, "x", ms=7, mew=1.6, color="black", zorder=5)
        ax.set(title=f"{name}, 30 steps", xlabel="flat direction")
    axes[0].set(ylabel="steep direction")
    axes[1].tick_params(labelleft=False)
    names = {"gradient descent": "gradient\ndescent", "momentum 0.99": r"$\mu$ = 0.99",
             "momentum": rf"$\mu$ = {best_mu:.2f}"}  # fmt: skip
    for name, distance in distances.items():
        (line,) = axes[2].semilogy(distance, lw=1.3, color=COLORS[colors[name]])
        label_line(
            axes[2],
            line,
            names[name],
            dy={"gradient descent": -12, "momentum 0.99": 8}.get(name, 6),
        )
    axes[2].set(xlabel="step", ylabel="distance from the minimum", xlim=(0, n_steps))
    axes[2].set_ylim(1e-14, 100)
