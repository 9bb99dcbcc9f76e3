r"""
The noise of small batches leaves a shallow valley
==================================================

Message: all paths start at the bottom of the same shallow valley, with the same learning rate. The
full gradient stays. Small batches shake the parameters, and the smaller the batch, the more runs
leave. Used in the chapter on optimizers.

.. alt: Three maps of a loss surface with ten paths each, all from one point. With all 30 examples
   they stay there; with batches of 3 a few leave for a deeper valley; single examples send all of
   them away, to several deep valleys.
"""

# %%
# **Compute.** The Gabor model has a shallow minimum. The learning rate falls to zero along a
# cosine, so that each run comes to rest.
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patheffects import withStroke

from udlbook import optim
from udlbook.data import GaborModel, gabor_points
from udlbook.plot import COLORS, book_style
from udlbook.seeding import page_rng

x, y = gabor_points()
model = GaborModel(x, y)
valley = optim.newton(model.loss, [0.9, 2.4], grad=model.gradient, hessian=model.hessian).points[
    -1
]
n_steps = 300


def path(size, rng):
    """The points that SGD goes through with batches of this size."""
    phi, points = valley.copy(), [valley]
    optimizer, rate = optim.SGD(phi, 1.0), optim.cosine()
    stream = optim.batches(x, y, size=size, rng=rng)
    for step, batch in zip(range(n_steps), stream, strict=False):
        optimizer.lr = rate(step, n_steps)
        optimizer.step(GaborModel(*batch).gradient(phi))
        points.append(phi.copy())
    return np.array(points)


runs = {size: [path(size, page_rng(i)) for i in range(10)] for size in (30, 3, 1)}
left = {size: sum(model.loss(p[-1]) < 0.36 for p in paths) for size, paths in runs.items()}
assert left[30] == 0 and left[1] >= 8
print(left)

# %%
# **Draw.** Dark ground is low. A dot marks the start, crosses the ends.
x_range, y_range = (-8.5, 8.5), (-6, 16)
grid = np.meshgrid(np.linspace(*x_range, 121), np.linspace(*y_range, 121))
surface = model.loss(np.stack(grid, -1))
edge = [withStroke(linewidth=2.2, foreground="w")]
with book_style():
    fig, axes = plt.subplots(1, 3, figsize=(9, 3.3), sharey=True)
    for ax, (size, paths) in zip(axes, runs.items(), strict=True):
        ax.imshow(surface, cmap="viridis", origin="lower", extent=(*x_range, *y_range),
                  aspect="auto", interpolation="bilinear")  # fmt: skip
        for points in paths:
            ax.plot(*points.T, "-", lw=0.7, color=COLORS["orange"], alpha=0.9, rasterized=True)
        for points in paths:
            ax.plot(*points[-1], "x", ms=6, mew=1.4, color=COLORS["red"], path_effects=edge)
        ax.plot(*valley, "o", ms=4, color=COLORS["red"], path_effects=edge)
        title = "all 30 examples" if size == 30 else f"batches of {size}"
        ax.set(title=f"{title}: {left[size]} of 10 left", xlabel=r"$\phi_0$")
        ax.set(xlim=x_range, ylim=y_range)
    axes[0].set(ylabel=r"$\phi_1$")
