r"""
A density through a function
============================

Message: where a function is steep, the density that comes out is low; where it is flat,
probability piles up. A normal through a hidden unit has two peaks. Used in the chapter
:ref:`probability`.

.. alt: Below, a bell over the input x. In the middle, the curve of tanh, crossed by strips of
   equal probability that come from below and leave to the left, narrow where the curve is flat.
   Left, the density that comes out, with a peak near each end.
"""

# %%
# **Compute.** Ten strips, each with a tenth of the probability, and the density on both sides.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.plot import COLORS, book_style
from udlbook.probability import Normal

source = Normal(0, 1.0)
x = np.linspace(-3.6, 3.6, 601)
y = np.linspace(-0.9999, 0.9999, 4001)
density_y = source.prob(np.arctanh(y)) / (1 - y**2)
edges = source.quantile(np.linspace(0, 1, 11)).clip(-3.6, 3.6)
assert abs(np.trapezoid(density_y, y) - 1) < 0.01

# %%
# **Draw.** Input below, output at the left, the function between them.
with book_style():
    fig, axes = plt.subplots(
        2, 2, figsize=(5.4, 5.4), width_ratios=[1, 2.4], height_ratios=[2.4, 1],
        sharex="col", sharey="row",
    )  # fmt: skip
    (left, curve), (corner, below) = axes
    corner.axis("off")
    for low, high, shade in zip(edges[:-1], edges[1:], [0.28, 0.1] * 5, strict=True):
        part = np.linspace(low, high, 60)
        image = np.tanh(part)
        strip = {"color": COLORS["blue"], "alpha": shade, "lw": 0}
        below.fill_between(part, source.prob(part), **strip)
        curve.fill_between(part, -1.08, image, **strip)
        curve.fill_betweenx(image, -3.6, part, **{**strip, "color": COLORS["orange"]})
        inside = np.clip(np.linspace(image[0], image[-1], 200), y[0], y[-1])
        left.fill_betweenx(
            inside, np.interp(inside, y, density_y), **{**strip, "color": COLORS["orange"]}
        )
    curve.plot(x, np.tanh(x), color="#000000")
    curve.text(3.5, 0.75, r"$y = \tanh x$", ha="right", va="top")
    below.plot(x, source.prob(x), color=COLORS["blue"])
    left.plot(density_y, y, color=COLORS["orange"])
    left.invert_xaxis()
    left.set(ylabel="output $y$", xlabel="density of $y$", ylim=(-1.08, 1.08))
    left.tick_params(labelbottom=True)
    below.set(xlabel="input $x$", ylabel="density of $x$", xlim=(-3.6, 3.6), ylim=(0, None))
    below.tick_params(labelleft=True)
