r"""
A bell along the curve
======================

Message: to fit a curve with normal noise is to say, for every input, a whole distribution of the
answer: a bell whose middle moves along the curve. Used in the chapter :ref:`probability`.

.. alt: Sixty points scatter around a smooth curve of temperature over the hours of a day, with
   a band around the curve. At four hours a bell, turned on its side, stands on the curve, all
   of one width.
"""

# %%
# **Compute.** Sixty temperatures; a constant and two waves by maximum likelihood.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.plot import COLORS, book_style
from udlbook.probability import fit_curve


def waves(hour):
    turn = 2 * np.pi * hour / 24
    parts = [np.ones_like(turn), np.cos(turn), np.sin(turn), np.cos(2 * turn), np.sin(2 * turn)]
    return np.stack(parts, axis=-1)


rng = np.random.default_rng(0)
hour = rng.uniform(0, 24, size=60)
t = waves(hour) @ [14.0, -4.0, -3.0, 0.8, 0.5] + 1.2 * rng.normal(size=60)
fit = fit_curve(waves(hour), t)
grid = np.linspace(0, 24, 241)
bells = fit.predictive(waves(grid))

# %%
# **Draw.** The bells are p(t | x) at four hours, to one scale.
with book_style():
    fig, ax = plt.subplots(figsize=(5.6, 4.2))
    ax.plot(hour, t, "o", ms=4, color=COLORS["grey"], alpha=0.7)
    half = 1.96 * bells.sigma
    ax.fill_between(grid, bells.mu - half, bells.mu + half, color=COLORS["blue"], alpha=0.15, lw=0)
    ax.plot(grid, bells.mu, color=COLORS["blue"], lw=2.2)
    for place in (20, 75, 130, 190):
        mu, sigma = bells.mu[place], fit.sigma
        around = np.linspace(mu - 3.2 * sigma, mu + 3.2 * sigma, 161)
        width = 6.5 * np.exp(bells.log_prob(around[:, None])[:, place])
        ax.plot([grid[place]] * 2, around[[0, -1]], color=COLORS["orange"], lw=1)
        ax.plot(grid[place] + width, around, color=COLORS["orange"])
        ax.fill_betweenx(
            around, grid[place], grid[place] + width, color=COLORS["orange"], alpha=0.25, lw=0
        )
        ax.plot(grid[place], mu, "o", ms=5, color=COLORS["orange"])
    ax.text(15.6, 22.3, "$p(t \\mid x)$", color=COLORS["orange"], fontsize=13)
    ax.text(22.9, bells.mu[229] + 3.0, "$f(x)$", color=COLORS["blue"], ha="center", fontsize=13)
    ax.set(xlabel="hour of the day $x$", ylabel="temperature $t$ (°C)", xlim=(0, 24.2))
    ax.set_xticks(range(0, 25, 6))
