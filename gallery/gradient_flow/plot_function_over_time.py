r"""
The function is learned one mode at a time
==========================================

Message: a linear model starts at a random function and follows the gradient flow. Broad features
are fitted early, narrow ones late, and where there are no data the start is still to be seen when
training is over. Used in the chapter on gradient flow.

.. alt: Twelve dots along a damped wave with a gap between 0.55 and 0.85. Curves drawn ever more
   strongly start far away, first find the level of the dots, then their waves. In the gap the last
   curve still swings to one side.
"""

# %%
# **Compute.** Forty bumps, twelve points with a gap, one random start; each time in closed form.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.data import noisy_wave
from udlbook.optim import LinearFlow
from udlbook.plot import COLORS, book_style
from udlbook.seeding import page_rng

centres = np.linspace(-0.1, 1.1, 40)


def bumps(x):
    """Features: bumps of width 0.08. Shapes: x (N,); returns (N, 40)."""
    return np.exp(-(((x[:, None] - centres) / 0.08) ** 2) / 2)


x = np.concatenate([np.linspace(0.02, 0.52, 9), [0.88, 0.93, 0.98]])
y = noisy_wave(x, sigma=0.05, rng=page_rng(0))
flow = LinearFlow(bumps(x), y)
start = 0.5 * page_rng(4).standard_normal(40)
grid = np.linspace(0, 1, 401)
times = [0, 0.5, 3, 30, 3000]
labels = {0: (0.115, -0.98), 0.5: (0.052, -0.3), 30: (0.74, -0.97), 3000: (0.66, -0.05)}
curves = flow.prediction(bumps(grid), start, times)
losses = flow.loss(start, times)
print(*(f"t = {t}: loss {loss:.2g}" for t, loss in zip(times, losses, strict=True)), sep="\n")
assert (np.diff(losses) < 0).all()

# %%
# **Draw.** The later, the stronger.
with book_style():
    fig, ax = plt.subplots(figsize=(6.4, 4.0))
    ax.axvspan(0.53, 0.87, color=COLORS["grey"], alpha=0.12, lw=0)
    for t, curve, alpha in zip(times, curves, np.linspace(0.25, 1, len(times)), strict=True):
        color = COLORS["red"] if t == 0 else COLORS["blue"]
        ax.plot(grid, curve, color=color, alpha=1 if t == 0 else alpha, lw=1.3 + alpha)
        if t in labels:
            name = f"$t$ = {t}" if t else "start"
            ax.annotate(name, labels[t], color=color, alpha=1 if t == 0 else min(1, alpha + 0.2))
    ax.plot(x, y, "o", color="black", ms=5, zorder=5)
    ax.text(0.7, 0.8, "no data", color=COLORS["grey"], ha="center")
    ax.set(xlabel="$x$", ylabel="$y$", xlim=(0, 1))
