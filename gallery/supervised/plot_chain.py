r"""
A hundred good links make a bad chain
=====================================

Message: with links that are 99 % right, the share of right results depends on what errors do:
fatal and independent ones leave a third after a hundred links, those that cancel lead to a coin,
those that come together cost one percent in all. Used in the chapter on supervised learning.

.. alt: Three lines from the same point, against links from 1 to 300. One stays level near 99
   percent, one falls towards 50 percent, one falls below 50 percent at 69 links and goes on
   towards zero. Dots of a simulation lie on the lines.
"""

# %%
# **Compute.** Formulas, and 20000 chains for each dot.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.plot import COLORS, book_style

rng = np.random.default_rng(0)
links, error = np.arange(1, 301), 0.01
some = np.array([1, 30, 69, 110, 150, 200, 250, 300])
failures = rng.binomial(some, error, size=(20_000, len(some)))
cases = {
    "all links fail together": ("green", np.full(300, 1 - error), None),
    "two errors cancel": ("blue", (1 + (1 - 2 * error) ** links) / 2, failures % 2 == 0),
    "any error is fatal": ("red", (1 - error) ** links, failures == 0),
}

# %%
# **Draw.** The dotted line is one half.
with book_style():
    fig, ax = plt.subplots(figsize=(6.4, 3.6))
    ax.axhline(50, color=COLORS["grey"], lw=1, ls=":")
    for name, (color, share, simulated) in cases.items():
        ax.plot(links, 100 * share, color=COLORS[color])
        if simulated is not None:
            ax.plot(some, 100 * simulated.mean(axis=0), "o", ms=4, color="black", zorder=3)
        place = {"green": (300, 91), "blue": (300, 57), "red": (300, 17)}[color]
        ax.text(*place, name, color=COLORS[color], ha="right")
    ax.annotate(
        "69 links",
        (69, 50),
        xytext=(-10, -22),
        textcoords="offset points",
        ha="right",
        color=COLORS["red"],
        arrowprops={"arrowstyle": "-", "color": COLORS["red"]},
    )
    ax.set(
        xlabel="links, each 99 % right", ylabel="right results (%)", xlim=(0, 305), ylim=(0, 104)
    )
