r"""
Normalised gradients zigzag, Adam does not
==========================================

Message: dividing each gradient by its own size makes all steps equally long, in steep and in flat
directions. But such steps cannot become shorter, so they end in a zigzag around the minimum.
Adam divides an average by an average: where the signs alternate, the step shrinks. Used in the
chapter :ref:`optimizers`.

.. alt: Left, two maps of a long valley. The path of normalised gradients zigzags up it from
   wall to wall; Adam's swings a few times and runs into the minimum. Right, their distances
   from it: one stays above a tenth, the other falls below a thousandth.
"""

# %%
# **Compute.** A valley in the loss of the Gabor model. Without averages (both rates zero) Adam's
# step is lr g / abs(g) in each parameter: it keeps nothing of the gradient but its signs.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.data import GaborModel, gabor_points
from udlbook.optim import Adam, newton
from udlbook.plot import COLORS, book_style, label_line

model = GaborModel(*gabor_points())
best = newton(model.loss, [-0.8, 13.0], grad=model.gradient, hessian=model.hessian).points[-1]
start, lr, n_steps = np.array([-2.0, 7.0]), 0.3, 200


def path(**options):
    """The points that Adam goes through."""
    phi = start.copy()
    optimizer, points = Adam(phi, lr, **options), [start]
    for _ in range(n_steps):
        optimizer.step(model.gradient(phi))
        points.append(phi.copy())
    return np.array(points)


paths = {"normalised": path(beta1=0, beta2=0), "Adam": path()}
distances = {name: np.linalg.norm(p - best, axis=1) for name, p in paths.items()}
assert distances["normalised"][-100:].min() > 0.1 > 1e-3 > distances["Adam"][-1]

# %%
# **Draw.** The same scale for both maps; the cross is the minimum.
grid = np.stack(np.meshgrid(np.linspace(-3.2, 1.2, 101), np.linspace(6, 15, 101)), -1)
with book_style():
    fig, axes = plt.subplots(1, 3, figsize=(9, 3.0), gridspec_kw={"width_ratios": [1, 1, 1.15]})
    colors = {"normalised": COLORS["red"], "Adam": COLORS["blue"]}
    for ax, (name, points) in zip(axes, paths.items(), strict=False):
        levels = np.geomspace(model.loss(best) * 1.1, model.loss(grid).max(), 12)
        ax.contour(*grid.T.swapaxes(1, 2), model.loss(grid), levels, colors=COLORS["grey"],
                   linewidths=0.6, alpha=0.6)  # fmt: skip
        ax.plot(*points.T, "-", lw=1.0, color=colors[name])
        ax.plot(*points.T, ".", ms=3, color=colors[name])
        ax.plot(*best, "x", ms=7, mew=1.6, color="black", zorder=5)
        title = "normalised gradients" if name == "normalised" else name
        ax.set(title=title, xlabel=r"$\phi_0$")
    axes[0].set(ylabel=r"$\phi_1$")
    axes[1].tick_params(labelleft=False)
    for name, distance in distances.items():
        (line,) = axes[2].semilogy(distance, lw=1.2, color=colors[name])
        label_line(axes[2], line, name)
    axes[2].set(xlabel="step", ylabel="distance from the minimum", xlim=(0, n_steps))
