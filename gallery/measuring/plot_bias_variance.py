r"""
Bias falls, variance rises, and the sum has a best place
========================================================

Message: each further feature lowers the bias and costs the same variance, so test error has a
minimum. Lines are formulas, dots are measured. Used in the chapter :ref:`measuring-performance`.

.. alt: Above, three bundles of fitted curves: stiff and off the truth, close to it, and wildly
   scattered. Below, against the number of features, bias falls, variance rises in a straight line,
   and their sum with the noise has a minimum.
"""

# %%
# **Compute.** Forty midpoints, noise of known size, and two thousand training sets. Least squares
# in the cosine basis is an average, so all training sets are fitted by one product.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.data import cosine_features, damped_wave, noisy_wave
from udlbook.plot import COLORS, book_style, label_line

n, sigma, sets = 40, 0.3, 2000
places, grid = (np.arange(n) + 0.5) / n, (np.arange(400) + 0.5) / 400
truth = damped_wave(grid)
targets = noisy_wave(places, sigma=sigma, rng=np.random.default_rng(0), sets=sets)
weights = targets @ cosine_features(places, n) / n
phi = cosine_features(grid, n)

ks = np.arange(1, n + 1)
variance = sigma**2 * ks / n
noiseless = damped_wave(places) @ cosine_features(places, n) / n
bias2 = np.array([((phi[:, :k] @ noiseless[:k] - truth) ** 2).mean() for k in ks])
total = sigma**2 + bias2 + variance

measured = ks[[0, 2, 4, 6, 8, 11, 15, 19, 24, 29, 34, 39]]
rng, dots = np.random.default_rng(1), []
for k in measured:
    y_hat = weights[:, :k] @ phi[:, :k].T
    spread = y_hat.var(axis=0, ddof=1).mean()
    bias = ((y_hat.mean(axis=0) - truth) ** 2).mean() - spread / sets
    new = noisy_wave(grid, sigma=sigma, rng=rng, sets=sets)
    dots.append((bias, spread, ((new - y_hat) ** 2).mean()))
dots = np.array(dots)

# %%
# **Draw.** Twenty fits at three capacities, then the parts of the error.
with book_style():
    fig = plt.figure(figsize=(6.8, 5.6))
    rows = fig.add_gridspec(2, 3, height_ratios=[1, 1.7])
    for i, (k, word) in enumerate([(3, "too stiff"), (8, "best"), (32, "too free")]):
        ax = fig.add_subplot(rows[0, i])
        fits = weights[:20, :k] @ phi[:, :k].T
        ax.plot(grid, fits.T, lw=0.6, alpha=0.5, color=COLORS["blue"])
        ax.plot(grid, truth, color=COLORS["orange"])
        ax.set(ylim=(-1.3, 1.6), title=f"{k} features: {word}", xlabel="$x$")
        if i == 0:
            ax.set_ylabel("$y$")
        else:
            ax.set_yticklabels([])
    ax = fig.add_subplot(rows[1, :])
    lines = [
        (total, "error", "red", 2),
        (variance, "variance", "blue", 1),
        (bias2, "squared bias", "green", 0),
    ]
    for values, name, color, column in lines:
        (line,) = ax.plot(ks, values, color=COLORS[color])
        ax.plot(measured, dots[:, column], "o", ms=4, color=COLORS[color])
        label_line(ax, line, name, dx=8)
    ax.axhline(sigma**2, color=COLORS["grey"], lw=1.2)
    ax.text(16, sigma**2 + 0.003, "noise", va="bottom", fontsize=11, color=COLORS["grey"])
    ax.axvline(ks[total.argmin()], color=COLORS["grey"], lw=0.8, ls=":")
    ax.set(xlabel="number of features $K$", ylabel="squared error", xlim=(0, 40), ylim=(0, 0.22))
