r"""
Seen from near, a map is its Jacobian
=====================================

Message: from radius and angle to the plane, small squares become nearly parallelograms. The
columns of the Jacobian are their sides, and its determinant, which is the radius, is by how much
the area grows. Used in the chapter :ref:`background`.

.. alt: Left, a grid of small squares of radius and angle, two of them shaded alike. Right, the
   same grid is bent into a fan of circles and rays; the shaded piece farther from the centre is
   larger. On each piece two arrows lie along its sides.
"""

# %%
# **Compute.** The grid through the map. The true area of a piece of the fan against that of its
# parallelogram.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.plot import COLORS, book_style

side = 0.25
radii, angles = np.arange(0.25, 2.01, side), np.arange(0, 1.51, side)
places = [np.array([0.5, 0.75]), np.array([1.5, 0.75])]


def polar(u):
    """From radius and angle to the plane."""
    return np.stack([u[0] * np.cos(u[1]), u[0] * np.sin(u[1])])


def jacobian(u):
    c, s = np.cos(u[1]), np.sin(u[1])
    return np.array([[c, -u[0] * s], [s, u[0] * c]])


def outline(u):
    """The edge of the square with its corner at u, with many points."""
    t = np.linspace(0, side, 30)
    o, e = np.zeros(30), np.full(30, side)
    edge = np.concatenate([[t, o], [e, t], [t[::-1], e], [o, t[::-1]]], axis=1)
    return u[:, None] + edge


for u in places:
    x, y = polar(outline(u))
    area = abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2
    assert np.isclose(area, np.linalg.det(jacobian(u + side / 2)) * side**2, rtol=1e-3)

# %%
# **Draw.** Both panels at one scale.
with book_style():
    fig, axes = plt.subplots(1, 2, figsize=(6.6, 3.6))
    for ax, through in [(axes[0], lambda u: u), (axes[1], polar)]:
        for r in radii:
            line = np.stack([np.full(60, r), np.linspace(angles[0], angles[-1], 60)])
            ax.plot(*through(line), color=COLORS["grey"], lw=0.7)
        for t in angles:
            line = np.stack([np.linspace(radii[0], radii[-1], 60), np.full(60, t)])
            ax.plot(*through(line), color=COLORS["grey"], lw=0.7)
        for u in places:
            ax.fill(*through(outline(u)), color=COLORS["green"], alpha=0.35, lw=0)
            sides = np.eye(2) if ax is axes[0] else jacobian(u)
            for column, color in zip(sides.T, ("blue", "orange"), strict=True):
                ax.annotate(
                    "",
                    through(u) + side * column,
                    xytext=through(u),
                    arrowprops={"arrowstyle": "-|>,head_width=0.22,head_length=0.45", "lw": 2,
                                "color": COLORS[color], "shrinkA": 0, "shrinkB": 0},
                )  # fmt: skip
        ax.set(aspect="equal", xlim=(0, 2.1), ylim=(0, 2.1), xticks=[0, 1, 2], yticks=[0, 1, 2])
    axes[0].set(xlabel="radius $r$", ylabel="angle $t$ (radians)")
    axes[0].text(1.0, 1.6, "squares of one size", color=COLORS["green"], ha="center", va="bottom")
    axes[1].set(xlabel=r"$y_1 = r\,\cos\,t$", ylabel=r"$y_2 = r\,\sin\,t$")
