r"""
How wide should the prior be?
=============================

Message: a narrow prior cannot reach the data and is sure of itself all the same; a wide one
reaches everything and knows nothing between the points. The evidence prefers the middle. Used in
the chapter :ref:`bayesian`.

.. alt: Three stacked panels with the same points. Above, a flat curve with a narrow band misses
   them; in the middle the band is pinched at the points; below it fans out to the panel's edges.
"""

# %%
# **Compute.** One data set and three widths of the prior, each ten times the last.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.classical.bayesian_linear import prior
from udlbook.data import damped_wave, noisy_wave
from udlbook.plot import COLORS, book_style

rng = np.random.default_rng(0)
centres = np.linspace(-0.25, 1.25, 25)


def hidden(x):
    return np.column_stack([np.ones_like(x), np.tanh(8 * (x[:, None] - centres))])


x = np.concatenate([np.linspace(0, 0.35, 6), np.linspace(0.7, 1, 6)])
y = noisy_wave(x, sigma=0.1, rng=rng)
grid = np.linspace(-0.2, 1.2, 281)
fits = {}
for width in (0.05, 0.5, 5.0):
    before = prior(26, width)
    mean, var = before.update(hidden(x), y, sigma=0.1).predict(hidden(grid))
    fits[width] = mean, 2 * np.sqrt(var), before.log_evidence(hidden(x), y, sigma=0.1)

# %%
# **Draw.** Bands hold 95 % of the functions; dashes are the true function.
with book_style():
    fig, axes = plt.subplots(3, 1, figsize=(5.6, 7.6), sharex=True, sharey=True)
    for ax, (width, (mean, half, log_evidence)) in zip(axes, fits.items(), strict=True):
        ax.fill_between(grid, mean - half, mean + half, color=COLORS["blue"], alpha=0.18, lw=0)
        ax.plot(grid, mean, color=COLORS["blue"])
        ax.plot(grid, damped_wave(grid), "--", color=COLORS["grey"], lw=1.2)
        ax.plot(x, y, "o", ms=5, color=COLORS["orange"])
        nats = f"{log_evidence:.0f}".replace("-", "\N{MINUS SIGN}")
        ax.set(title=f"width {width:g}: log evidence {nats} nats", ylabel="$y$")
    axes[2].set(xlabel="input $x$", xlim=(-0.2, 1.2), ylim=(-2, 2))
