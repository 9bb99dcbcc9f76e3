r"""
Counts are not normal
=====================

Message: a straight line by least squares predicts fewer than no visitors at night. The Poisson
loss keeps the rate positive, and expects more scatter where it expects more. Used in the chapter
:ref:`losses`.

.. alt: Points at whole numbers rise from zero along a curve and scatter more and more. A straight
   line goes below zero at the left; a curve stays above zero, with a band that widens.
"""

# %%
# **Compute.** A rate that grows exponentially. Both models have two parameters: one is a line for
# the mean, the other a line for the log of the rate, fitted by Newton's method.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.plot import COLORS, book_style
from udlbook.probability import Poisson

rng = np.random.default_rng(2)
x = rng.uniform(0, 4, size=120)
y = rng.poisson(np.exp(-1.2 + x))
grid = np.linspace(0, 4, 201)
design, on_grid = (np.stack([np.ones_like(v), v], axis=1) for v in (x, grid))

line = np.linalg.lstsq(design, y, rcond=None)[0]
phi = np.array([np.log(y.mean()), 0.0])
for _ in range(20):
    rate = np.exp(design @ phi)
    phi -= np.linalg.solve((design * rate[:, None]).T @ design, design.T @ (rate - y))
assert np.allclose(design.T @ (np.exp(design @ phi) - y), 0, atol=1e-6)
rate = np.exp(on_grid @ phi)

k = np.arange(60)
cdf = Poisson(rate[:, None]).prob(k).cumsum(axis=1)
low, high = (cdf < 0.025).sum(axis=1), (cdf < 0.975).sum(axis=1)

# %%
# **Draw.** The band holds at least 95 % of the counts that the model expects.
with book_style():
    fig, ax = plt.subplots(figsize=(5.8, 4.0))
    ax.axhline(0, color=COLORS["grey"], lw=0.7)
    ax.fill_between(grid, low, high, step="mid", color=COLORS["blue"], alpha=0.15, lw=0)
    ax.plot(x, y, ".", ms=4, color=COLORS["grey"])
    ax.plot(grid, rate, color=COLORS["blue"])
    ax.plot(grid, on_grid @ line, color=COLORS["orange"])
    ax.text(3.1, 24, "Poisson", color=COLORS["blue"], ha="right")
    ax.text(0.55, -3.2, "least squares", color=COLORS["orange"])
    ax.set(xlabel="input $x$", ylabel="count $y$", xlim=(0, 4))
