r"""
The logarithm of an estimate is too low
=======================================

Message: a mean over drawn latents estimates a density without bias, but its logarithm is on
average below the truth; the gap closes as one over the number of latents. Used in the chapter on
generators.

.. alt: Average log density against the number of latents on a logarithmic axis. Points rise
   towards a dashed line, the exact value; a curve of the predicted gap meets them at the right.
"""

# %%
# **Compute.** A linear generator with noise, whose density is a known normal; 2,000 estimates
# for each number of latents.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.plot import COLORS, book_style

rng = np.random.default_rng(0)
slope, sigma, x = 1.0, 0.5, 1.5
total = slope**2 + sigma**2
truth = -(x**2) / (2 * total) - np.log(2 * np.pi * total) / 2
# The second moment of N(x; slope z, sigma^2) over z, in closed form.
half = slope**2 + sigma**2 / 2
second = np.exp(-(x**2) / (2 * half)) / np.sqrt(2 * np.pi * half) / (2 * sigma * np.sqrt(np.pi))
relative = second / np.exp(2 * truth) - 1
counts = 2 ** np.arange(1, 11)
means, errors = [], []
for n in counts:
    z = rng.standard_normal((2000, n))
    log_each = -((x - slope * z) ** 2) / (2 * sigma**2) - np.log(2 * np.pi * sigma**2) / 2
    log_p = np.logaddexp.reduce(log_each, axis=1) - np.log(n)
    means.append(log_p.mean())
    errors.append(2 * log_p.std() / np.sqrt(2000))

# %%
# **Draw.** The prediction is the first term of a series, so it holds where the gap is small.
with book_style():
    fig, ax = plt.subplots(figsize=(6.4, 3.6))
    ax.axhline(truth, color=COLORS["grey"], ls="--", lw=1)
    ax.text(counts[0], truth + 0.04, "exact $\\log p(x)$", color=COLORS["grey"], va="bottom")
    k = np.geomspace(4, counts[-1], 100)
    ax.plot(k, truth - relative / (2 * k), color=COLORS["orange"])
    ax.text(7.5, truth - 0.75, "exact minus\n$\\mathrm{Var} / 2Kp^2$", color=COLORS["orange"])
    ax.errorbar(counts, means, errors, fmt="o", color=COLORS["blue"], ms=5)
    ax.set(xscale="log", xlabel="latents $K$", ylabel="mean of $\\log \\hat p$ (nats)")
    ax.set_ylim(min(means) - 0.15, truth + 0.2)
