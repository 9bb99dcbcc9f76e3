r"""
At a kink there is no slope, and differences invent one
=======================================================

Message: many lines through the kink of ReLU stay below it, with any slope from 0 to 1. A central
difference reports one half there, and beside it, within one step, slopes that the function has
nowhere. Used in the chapter :ref:`background`.

.. alt: Top, a line that is flat on the left and rises on the right, with a fan of thin lines
   through its corner, all below it. Bottom, three ramps from zero to one around the corner, the
   steeper the shorter the step; all pass through one half.
"""

# %%
# **Compute.** The slope that a central difference sees, at many places, with three steps.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.plot import COLORS, book_style

x = np.linspace(-1, 1, 801)
relu = np.maximum(x, 0)
fan = np.linspace(0, 1, 6)
assert all(np.all(relu >= slope * x) for slope in fan)
seen = {}
for h in (0.5, 0.2, 0.05):
    seen[h] = (np.maximum(x + h, 0) - np.maximum(x - h, 0)) / (2 * h)
    assert np.isclose(seen[h][400], 0.5)

# %%
# **Draw.** One axis of inputs for both.
with book_style():
    fig, (top, bottom) = plt.subplots(2, 1, figsize=(5.4, 5.4), sharex=True)
    for slope in fan:
        top.plot(x, slope * x, color=COLORS["purple"], lw=0.8)
    top.plot(x, relu, color="black", lw=2.4)
    top.text(-0.98, 0.08, "relu", va="bottom")
    top.text(-0.62, -0.82, "subgradients", color=COLORS["purple"], ha="left", va="center")
    top.set(ylabel="value", yticks=[-1, 0, 1], ylim=(-1.05, 1.05))
    for slopes, color in zip(seen.values(), ("orange", "blue", "green"), strict=True):
        bottom.plot(x, slopes, color=COLORS[color])
    bottom.text(-0.36, 0.2, "$h=0.5$", fontsize=13, color=COLORS["orange"], ha="right")
    bottom.text(0.17, 0.78, "$h=0.2$", fontsize=13, color=COLORS["blue"], ha="left", va="center")
    bottom.text(0.07, 0.28, "$h=0.05$", fontsize=13, color=COLORS["green"], ha="left", va="center")
    bottom.plot(0, 0.5, "o", color="black", ms=5, zorder=5)
    bottom.set(ylabel="slope seen", xlabel="input $x$", yticks=[0, 0.5, 1], xticks=[-1, 0, 1])
