r"""
A posterior of a normal prior and normal noise need not be normal
=================================================================

Message: a point between two arms of the curve may come from either, so its posterior has two
peaks; a point on one arm has one. Used in the chapter :ref:`latent-variables`.

.. alt: Left, a spiral with three marked points, one between two arms of it. Right, against z, the
   grey bell of the prior and three posteriors, of which one has two separate peaks.
"""

# %%
# **Compute.** The posterior at three points, on the grid.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.classical.latent import CurvedLatent, spiral
from udlbook.plot import COLORS, book_style

model = CurvedLatent()
z = np.linspace(-2.6, 2.6, 400)
points = {
    "A": (np.array([0.55, -0.85]), "blue"),
    "B": (np.array([-1.0, 0.35]), "red"),
    "C": (np.array([0.5, 1.75]), "green"),
}

# %%
# **Draw.** The plane above the line of z.
with book_style():
    fig, (plane, line) = plt.subplots(2, 1, figsize=(5.2, 6.4), height_ratios=[1.5, 1])
    plane.plot(*spiral(z).T, color=COLORS["grey"])
    for value in (-2, -1, 0, 1, 2):
        place = spiral(value)
        plane.plot(*place, "o", ms=4, color=COLORS["grey"])
        shift = {"xytext": (6, 5), "textcoords": "offset points", "fontsize": 10}
        plane.annotate(f"$z={value}$", place, **shift)
    for name, (x, color) in points.items():
        plane.plot(*x, "o", ms=8, color=COLORS[color])
        plane.annotate(
            name, x, xytext=(8, -4), textcoords="offset points", color=COLORS[color], fontsize=13
        )
    plane.set(aspect="equal", xlabel="$x_1$", ylabel="$x_2$", xlim=(-2.6, 2.6), ylim=(-2.2, 2.0))
    line.plot(z, np.exp(model.log_prior(z)), color=COLORS["grey"])
    line.text(-2.5, 0.12, "prior", color=COLORS["grey"])
    for name, (x, color) in points.items():
        density = model.posterior(x)
        line.plot(model.grid, density, color=COLORS[color])
        top = density.argmax()
        line.annotate(
            name,
            (model.grid[top], density[top]),
            xytext=(0, 5),
            textcoords="offset points",
            ha="center",
            color=COLORS[color],
            fontsize=13,
        )
    line.set(xlim=(-2.6, 2.6), ylim=(0, 5.4), xlabel="$z$", ylabel="posterior density")
