r"""
Data bend a cloud of functions
==============================

Message: before the data every draw of the last layer's weights is another curve. After twelve
measurements the draws agree where there are data and fan out where there are none. Used in the
chapter :ref:`bayesian`.

.. alt: Two panels of thin curves. Above they go everywhere within a wide band. Below they run
   through two groups of points in a narrow bundle, and spread between and outside the groups.
"""

# %%
# **Compute.** A layer of 25 fixed tanh units and a constant; the weights after it are normal.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.classical.bayesian_linear import prior
from udlbook.data import noisy_wave
from udlbook.plot import COLORS, book_style

rng = np.random.default_rng(0)
centres = np.linspace(-0.25, 1.25, 25)


def hidden(x):
    return np.column_stack([np.ones_like(x), np.tanh(8 * (x[:, None] - centres))])


x = np.concatenate([np.linspace(0, 0.35, 6), np.linspace(0.7, 1, 6)])
y = noisy_wave(x, sigma=0.1, rng=rng)
grid = np.linspace(-0.2, 1.2, 281)
before = prior(26, width=0.5)
after = before.update(hidden(x), y, sigma=0.1)

# %%
# **Draw.** Ten functions each, and the band of two standard deviations that holds 95 % of all.
with book_style():
    fig, axes = plt.subplots(2, 1, figsize=(5.8, 6.4), sharex=True)
    for ax, belief, title in zip(axes, (before, after), ("prior", "posterior"), strict=True):
        mean, var = belief.predict(hidden(grid))
        band = mean - 2 * np.sqrt(var), mean + 2 * np.sqrt(var)
        ax.fill_between(grid, *band, color=COLORS["blue"], alpha=0.13, lw=0)
        functions = hidden(grid) @ belief.sample(10, rng=np.random.default_rng(1)).T
        ax.plot(grid, functions, color=COLORS["blue"], lw=0.9, alpha=0.8)
        ax.set(title=title, ylabel="$f(x)$", xlim=(-0.2, 1.2))
    axes[0].set_ylim(-6.5, 6.5)
    axes[1].plot(x, y, "o", ms=5, color=COLORS["orange"], zorder=3)
    axes[1].set(xlabel="input $x$", ylim=(-2.2, 2.2))
