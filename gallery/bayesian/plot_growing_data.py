r"""
The band closes where data arrive
=================================

Message: each measurement narrows the prediction around itself, and leaves it as it was far away.
With many data the band between them shrinks to a line, while that of a new measurement keeps the
width of the noise. Used in the chapter :ref:`bayesian`.

.. alt: Four panels with one, four, twelve and sixty points. A wide band around a curve is pinched
   at the points; it closes panel by panel and stays wide only at the right end, where no point is.
"""

# %%
# **Compute.** All inputs lie in the left three quarters.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.classical.bayesian_linear import prior
from udlbook.data import damped_wave, noisy_wave
from udlbook.plot import COLORS, book_style

rng = np.random.default_rng(3)
centres = np.linspace(-0.25, 1.25, 25)


def hidden(x):
    return np.column_stack([np.ones_like(x), np.tanh(8 * (x[:, None] - centres))])


x = rng.uniform(0, 0.75, size=60)
y = noisy_wave(x, sigma=0.1, rng=rng)
grid = np.linspace(0, 1, 201)
bands = {}
for n in (1, 4, 12, 60):
    belief = prior(26, width=0.5).update(hidden(x[:n]), y[:n], sigma=0.1)
    mean, var = belief.predict(hidden(grid))
    bands[n] = mean, 2 * np.sqrt(var), 2 * np.sqrt(belief.predict(hidden(grid), 0.1)[1])

# %%
# **Draw.** Dark: where the function is. Light: where a new measurement is. Dots: measurements;
# dashes: the true function.
with book_style():
    fig, axes = plt.subplots(2, 2, figsize=(5.4, 5.0), sharex=True, sharey=True)
    for ax, (n, (mean, function, target)) in zip(axes.flat, bands.items(), strict=True):
        for half, alpha in ((target, 0.16), (function, 0.3)):
            ax.fill_between(
                grid, mean - half, mean + half, color=COLORS["blue"], alpha=alpha, lw=0
            )
        ax.plot(grid, mean, color=COLORS["blue"])
        ax.plot(grid, damped_wave(grid), "--", color=COLORS["grey"], lw=1.2)
        ax.plot(x[:n], y[:n], "o", ms=4 if n < 60 else 2.5, color=COLORS["orange"])
        ax.set(title=f"$N = {n}$", xlim=(0, 1), ylim=(-1.7, 1.7))
    for ax in axes[1]:
        ax.set_xlabel("input $x$")
    for ax in axes[:, 0]:
        ax.set_ylabel("$y$")
