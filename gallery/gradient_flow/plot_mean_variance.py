r"""
What the flow is sure of, at six times
======================================

Message: start many linear models at random and let each follow its flow. Near the data they come
together, fast and then exactly; in the gap they keep the spread that they were born with. Used in
the chapter on gradient flow.

.. alt: Six panels, two a row, at times from 0 to 10000. First the band of two standard deviations
   is wide and level. It narrows around the dots, waist by waist; in the end it is gone at the dots
   and wide in the gap. Three thin curves run inside.
"""

# %%
# **Compute.** Mean and variance of the prediction over random starts, in closed form.
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
grid, times = np.linspace(0, 1, 201), [0, 0.1, 1, 10, 100, 10_000]
prior = {"mean": np.zeros(40), "cov": 0.35**2 * np.eye(40)}
mean, cov = flow.prediction_distribution(bumps(grid), times, **prior)
deviation = np.sqrt(np.diagonal(cov, axis1=1, axis2=2))
starts = 0.35 * page_rng(1).standard_normal((3, 40))
samples = flow.prediction(bumps(grid), starts, times)
assert (np.diff(deviation[:, 50]) < 0).all()  # near data the runs come together

# %%
# **Draw.** Band: two standard deviations. Thin: three of the runs.
with book_style():
    fig, axes = plt.subplots(3, 2, figsize=(6.4, 7.2), sharex=True, sharey=True)
    for ax, t, m, s, run in zip(axes.flat, times, mean, deviation, samples, strict=True):
        ax.fill_between(grid, m - 2 * s, m + 2 * s, color=COLORS["blue"], alpha=0.22, lw=0)
        ax.plot(grid, run.T, color=COLORS["orange"], lw=0.9)
        ax.plot(grid, m, color=COLORS["blue"], lw=2.2)
        ax.plot(x, y, "o", color="black", ms=3.5, zorder=5)
        ax.set(title=f"$t$ = {t:,}".replace(",", " "), xlim=(0, 1), ylim=(-2.2, 2.2))
    fig.supxlabel("$x$", fontsize=11)
    fig.supylabel("$y$", fontsize=11)
