r"""
The same start, four ends
=========================

Message: where a run ends is decided by the learning rate and the momentum together. A small rate
crawls, a large one falls into the next hollow, and momentum rolls out of hollows and down to the
lowest valley. Used in the chapter :ref:`optimizers`.

.. alt: Four maps of one loss surface with a path from the same start. Without momentum one path
   hardly moves and one ends in a small hollow below; with momentum one is on its way to the deep
   valley, and one has reached it.
"""

# %%
# **Compute.** A hundred steps on the loss of the Gabor model, with four settings.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.data import GaborModel, gabor_points
from udlbook.optim import Momentum
from udlbook.plot import COLORS, book_style

model = GaborModel(*gabor_points())
start = np.array([2.2, 5.5])


def path(lr, momentum):
    """The points of a run."""
    phi, points = start.copy(), [start]
    optimizer = Momentum(phi, lr, momentum=momentum)
    for _ in range(100):
        optimizer.step(model.gradient(phi))
        points.append(phi.copy())
    return np.array(points)


paths = {(lr, mu): path(lr, mu) for mu in (0.0, 0.9) for lr in (0.2, 3.0)}
ends = {setting: model.loss(points[-1]) for setting, points in paths.items()}
assert ends[3.0, 0.9] < 0.02 < ends[0.2, 0.9] < 0.1 < ends[3.0, 0.0] < ends[0.2, 0.0]

# %%
# **Draw.** A blue circle marks the start, a red dot the end.
a, b = np.meshgrid(np.linspace(-4, 6, 121), np.linspace(0, 20, 121))
surface = model.loss(np.stack([a, b], axis=-1))
with book_style():
    fig, axes = plt.subplots(2, 2, figsize=(6.2, 6.2), sharex=True, sharey=True)
    for ax, ((lr, mu), points) in zip(axes.flat, paths.items(), strict=True):
        ax.contour(a, b, surface, np.arange(0.02, 0.9, 0.06), colors=COLORS["grey"],
                   linewidths=0.6, alpha=0.7)  # fmt: skip
        ax.plot(*points.T, ".-", color=COLORS["blue"], ms=4, lw=1.1)
        ax.plot(*start, "o", ms=8, mfc="white", mec=COLORS["blue"], mew=1.8)
        ax.plot(*points[-1], "o", ms=7, color=COLORS["red"], zorder=5)
        ax.set(title=rf"$\eta$ = {lr:g}, $\mu$ = {mu:g}: loss {ends[lr, mu]:.3f}")
    for ax in axes[1]:
        ax.set(xlabel=r"$\phi_0$")
    for ax in axes[:, 0]:
        ax.set(ylabel=r"$\phi_1$")
