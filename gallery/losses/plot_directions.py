r"""
The average of two angles can point the wrong way
=================================================

Message: directions around south have angles near +180 and near -180 degrees. Their average is
near zero, which is north. The von Mises density lives on the circle and has no cut. Used in the
chapter :ref:`losses`.

.. alt: A circle with a cloud of points at the bottom. One arrow, the average of the angles, points
   up, away from all points; another, of von Mises, points down into the middle of the cloud, where
   a density swells outside the circle.
"""

# %%
# **Compute.** Forty directions, as a compass gives them, from -180 to 180 degrees, north is 0.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.plot import COLORS, book_style
from udlbook.probability import VonMises

rng = np.random.default_rng(1)
y = (np.pi + 0.35 * rng.normal(size=40) + np.pi) % (2 * np.pi) - np.pi
average = y.mean()
direction = np.arctan2(np.sin(y).mean(), np.cos(y).mean())
around = np.linspace(-np.pi, np.pi, 361)
density = VonMises(direction, 8.0).prob(around)

# %%
# **Draw.** Clockwise from the top. The filled ribbon outside the circle is the density.
with book_style():
    fig, ax = plt.subplots(figsize=(4.6, 4.6))

    def place(angle, radius=1.0):
        return radius * np.sin(angle), radius * np.cos(angle)

    ax.plot(*place(around), color=COLORS["grey"], lw=0.8)
    inner, outer = place(around), place(around, 1 + 0.35 * density)
    ax.fill(
        np.concatenate([outer[0], inner[0][::-1]]),
        np.concatenate([outer[1], inner[1][::-1]]),
        color=COLORS["blue"],
        alpha=0.25,
        lw=0,
    )
    ax.plot(*outer, color=COLORS["blue"], lw=1)
    ax.plot(*place(y), "o", ms=5, color=COLORS["grey"], alpha=0.7)
    for angle, color in [(average, "orange"), (direction, "blue")]:
        ax.annotate(
            "",
            place(angle, 0.9),
            xytext=(0, 0),
            arrowprops={"arrowstyle": "-|>", "color": COLORS[color], "lw": 2},
        )
    ax.text(0.12, 0.45, "average of\nthe angles", color=COLORS["orange"], va="center")
    ax.text(0.12, -0.45, "von Mises", color=COLORS["blue"], va="center")
    for angle, text, ha in [(0, "0°", "center"), (np.pi / 2, "90°", "left")]:
        ax.text(*place(angle, 1.1), text, ha=ha, va="center")
    ax.text(*place(-np.pi / 2, 1.08), "−90°", ha="right", va="center")
    ax.text(0.0, -1.62, "±180°", ha="center", va="top")
    ax.set(xlim=(-1.55, 1.55), ylim=(-1.85, 1.25), aspect="equal")
    ax.axis("off")
