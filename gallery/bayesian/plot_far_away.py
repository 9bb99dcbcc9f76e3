r"""
Far from the data the features decide
=====================================

Message: the same points, the same prior and three kinds of hidden units. Outside of the data the
band is that of the units: bumps become sure that the answer is zero, tanh levels off, and only
ReLU gets less and less sure. Used in the chapter :ref:`bayesian`.

.. alt: Three stacked panels with the same points in the middle. The band around the curve closes
   to nothing at both ends with bumps, stays constant with tanh, and widens without end with ReLU.
"""

# %%
# **Compute.** Units stand between 0 and 1. Scales are chosen so that the three kinds of functions
# vary about equally there.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.classical.bayesian_linear import prior
from udlbook.data import noisy_wave
from udlbook.plot import COLORS, book_style

rng = np.random.default_rng(1)
centres = np.linspace(0, 1, 21)
facing = np.where(np.arange(21) % 2, -1, 1)  # for ReLU: every other unit opens to the left
x = rng.uniform(0, 1, size=25)
y = noisy_wave(x, sigma=0.1, rng=rng)
grid = np.linspace(-1, 2, 301)
kinds = {
    "bumps": lambda u: np.exp(-0.5 * (u / 0.1) ** 2),
    "tanh": lambda u: np.tanh(8 * u),
    "ReLU": lambda u: 10 * np.maximum(u * facing, 0),
}
bands = {}
for name, unit in kinds.items():
    belief = prior(21, width=0.5).update(unit(x[:, None] - centres), y, sigma=0.1)
    mean, var = belief.predict(unit(grid[:, None] - centres))
    bands[name] = mean, 2 * np.sqrt(var)

# %%
# **Draw.** Bands hold 95 % of the functions.
with book_style():
    fig, axes = plt.subplots(3, 1, figsize=(5.6, 7.2), sharex=True, sharey=True)
    for ax, (name, (mean, half)) in zip(axes, bands.items(), strict=True):
        ax.fill_between(grid, mean - half, mean + half, color=COLORS["blue"], alpha=0.18, lw=0)
        ax.plot(grid, mean, color=COLORS["blue"])
        ax.plot(x, y, "o", ms=3.5, color=COLORS["orange"])
        ax.set(title=name, ylabel="$y$")
    axes[2].set(xlabel="input $x$", xlim=(-1, 2), ylim=(-3.5, 3.5))
