r"""
Too narrow, too wide, just right
================================

Message: the loss of a bell over data is the mean of the negative logarithms of its heights there.
A narrow bell pays for the points it misses, a wide one for being low everywhere. Used in the
chapter :ref:`losses`.

.. alt: Three bells over the same twelve points, with stems up to the curve. The narrow bell misses
   the outer points, the wide one is low everywhere. Below, the loss against the deviation falls
   steeply, turns at one and rises slowly.
"""

# %%
# **Compute.** Twelve numbers from a normal, and the loss of a bell at their mean.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.losses import GaussianLoss
from udlbook.plot import COLORS, book_style
from udlbook.probability import Normal

y = np.random.default_rng(4).normal(2, 1, size=12).round(2)
mu, best = y.mean(), y.std()
shown = {"too narrow": 0.5, "best": best, "too wide": 2.4}


def loss(sigma):
    """Nats per example."""
    return GaussianLoss(sigma).value(np.full(12, mu), y)


sigma = np.linspace(0.4, 3, 261)
curve = np.array([loss(s) for s in sigma])
assert abs(sigma[curve.argmin()] - best) < 0.01

# %%
# **Draw.** The heights of the stems multiply to the likelihood.
grid = np.linspace(-2, 6, 321)
with book_style():
    fig, axes = plt.subplots(2, 2, figsize=(6.4, 5.4))
    for ax, (name, s) in zip(axes.flat, shown.items(), strict=False):
        bell = Normal(mu, s)
        ax.plot(grid, bell.prob(grid), color=COLORS["blue"])
        ax.vlines(y, 0, bell.prob(y), color=COLORS["orange"], lw=1)
        ax.plot(y, np.zeros(12), "o", ms=5, color=COLORS["orange"], clip_on=False)
        ax.set(title=rf"{name}: $\sigma$ = {s:.2f}", xlim=(-2, 6), ylim=(0, 0.85), xlabel="$y$")
    axes[0, 0].set(ylabel="density")
    axes[1, 0].set(ylabel="density")
    ax = axes[1, 1]
    ax.plot(sigma, curve, color=COLORS["red"])
    for s in shown.values():
        ax.plot(s, loss(s), "o", color=COLORS["blue"])
    ax.set(title="loss", xlabel=r"deviation $\sigma$", ylabel="nats per example", ylim=(1, 3))
