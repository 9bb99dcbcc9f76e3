r"""
Forgetting a component, and knowing it
======================================

Message: the marginal of a normal is its shadow, a conditional is a slice. Slices differ in their
means, which lie on a line, but all have one width, and it is less than the shadow's. Used in the
chapter :ref:`probability`.

.. alt: Above, the ellipses of a joint normal of two components, with two horizontal cuts. Below,
   over the same axis, three bells: a wide one, the marginal, and two narrow ones of equal width,
   one for each cut, at different places.
"""

# %%
# **Compute.** A joint normal, its marginal, and two conditionals.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.plot import COLORS, book_style
from udlbook.probability import MultivariateNormal, conditional, marginal

joint = MultivariateNormal([0.0, 0.0], [[1.6, 1.0], [1.0, 1.0]])
x1 = np.linspace(-4, 4, 401)
grid = np.stack(np.meshgrid(x1, np.linspace(-2.8, 2.8, 281)), -1)
cuts = {-1.2: ("orange", 4, "right"), 0.8: ("green", -3.9, "left")}
peak = joint.prob([0.0, 0.0])

# %%
# **Draw.** The ellipses hold 39, 86 and 99 % of the probability: one, two, three deviations.
with book_style():
    fig, (top, bottom) = plt.subplots(
        2, 1, figsize=(5.2, 5.6), sharex=True, height_ratios=[1.5, 1]
    )
    levels = peak * np.exp([-4.5, -2.0, -0.5])
    top.contour(
        *np.moveaxis(grid, -1, 0), joint.prob(grid), levels, colors=COLORS["blue"], linewidths=1.4
    )
    line = joint.cov[0, 1] / joint.cov[1, 1] * grid[:, 0, 1]
    top.plot(line, grid[:, 0, 1], color=COLORS["grey"], lw=1, ls=":")
    top.text(4, -2.5, "dotted: means of all slices", color=COLORS["grey"], ha="right")
    shadow = marginal(joint, [0])
    bottom.plot(x1, shadow.prob(x1[:, None]), color=COLORS["blue"])
    bottom.text(-3.9, 0.14, "marginal", color=COLORS["blue"])
    for x2, (color, at, side) in cuts.items():
        top.axhline(x2, color=COLORS[color], lw=1.6)
        top.text(
            at,
            x2 + 0.08,
            f"$x_2 = {x2:g}$",
            color=COLORS[color],
            ha=side,
            va="bottom",
            fontsize=13,
        )
        slice_ = conditional(joint, [1], [x2])
        top.plot(slice_.mean, [x2], "o", ms=5, color=COLORS[color])
        bottom.plot(x1, slice_.prob(x1[:, None]), color=COLORS[color])
        bottom.text(
            slice_.mean[0], 0.53, f"given\n$x_2 = {x2:g}$", color=COLORS[color], ha="center"
        )
    top.set(ylabel="$x_2$", ylim=(-2.8, 2.8))
    bottom.set(xlabel="$x_1$", ylabel="density", ylim=(0, 0.7), xlim=(-4, 4))
