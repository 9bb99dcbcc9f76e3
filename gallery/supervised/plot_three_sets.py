r"""
The training loss always likes the larger model
===============================================

Message: as the degree of a polynomial grows, its loss on the twelve training points falls to
zero, while that on new data falls once and then explodes. Validation data show where to stop.
Used in the chapter on supervised learning.

.. alt: Loss against degree 0 to 8 on a logarithmic axis. All three lines fall from degree 0 to
   1. Then the training line goes on down, below the dotted line of the noise, and the lines of
   validation and test turn up together.
"""

# %%
# **Compute.** The twelve points of the book, and new ones from the same process.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.data import line_points
from udlbook.plot import COLORS, book_style, label_line

rng = np.random.default_rng(2)


def more_points(n):
    """New examples of the line with noise."""
    x = rng.uniform(0, 2, n)
    return x, 0.6 + 0.8 * x + 0.15 * rng.normal(size=n)


sets = {"training": line_points(), "validation": more_points(40), "test": more_points(4000)}
degrees = np.arange(9)
fits = [np.polynomial.Polynomial.fit(*sets["training"], d) for d in degrees]
losses = {name: [np.mean((fit(x) - y) ** 2) for fit in fits] for name, (x, y) in sets.items()}

# %%
# **Draw.** A ring marks the choice.
with book_style():
    fig, ax = plt.subplots(figsize=(6.4, 3.6))
    ax.axhline(0.15**2, color=COLORS["grey"], lw=1, ls=":")
    ax.text(0.1, 0.15**2 * 0.82, "noise", color=COLORS["grey"], va="top")
    for (name, values), color in zip(losses.items(), ("blue", "orange", "red"), strict=True):
        (line,) = ax.semilogy(degrees, values, ".-", color=COLORS[color])
        dy = {"training": 0, "validation": -6, "test": 6}[name]
        label_line(ax, line, name, dy=dy)
    chosen = int(np.argmin(losses["validation"]))
    ax.plot(chosen, losses["validation"][chosen], "o", ms=12, mfc="none", mec="black")
    ax.set(xlabel="degree of the polynomial", ylabel="mean squared error", xlim=(-0.2, 8.2))
    ax.set(yticks=[0.01, 0.1], yticklabels=["0.01", "0.1"])
