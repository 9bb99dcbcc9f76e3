r"""
A matrix sends the unit vectors to its columns
==============================================

Message: a linear map turns a grid of squares into a grid of parallelograms. Where the two unit
vectors go stands in the columns of the matrix; by how much areas grow is its determinant. Used in
the chapter :ref:`background`.

.. alt: Left, a square grid with a shaded unit square between two arrows of length one. Right, the
   same grid, slanted and stretched; the two arrows have moved with it, and the shaded square is a
   parallelogram.
"""

# %%
# **Compute.** Lines of a grid, before and after. The area of the shaded part, once by its corners
# (the shoelace formula), once by the determinant.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.plot import COLORS, book_style

W = np.array([[1.4, 0.5], [-0.4, 1.1]])
along = np.linspace(-2, 2, 2)
rows = [np.stack([along, np.full(2, c)]) for c in range(-2, 3)]
grid = rows + [line[::-1] for line in rows]
square = np.array([[0, 1, 1, 0], [0, 0, 1, 1]], dtype=float)


def area(corners):
    """The area inside a polygon, by the shoelace formula."""
    x, y = corners
    return abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2


assert np.isclose(area(W @ square), abs(np.linalg.det(W)) * area(square))

# %%
# **Draw.** The same part of the plane in both panels, at one scale.
with book_style():
    fig, axes = plt.subplots(1, 2, figsize=(6.6, 3.5), sharey=True)
    for ax, M, name in [(axes[0], np.eye(2), r"\mathbf{x}"), (axes[1], W, r"\mathbf{W\,x}")]:
        for line in grid:
            ax.plot(*(M @ line), color=COLORS["grey"], lw=0.8, alpha=0.7)
        ax.fill(*(M @ square), color=COLORS["green"], alpha=0.25, lw=0)
        for tip, color in zip(M.T, ("blue", "orange"), strict=True):
            ax.annotate(
                "",
                tip,
                xytext=(0, 0),
                arrowprops={"arrowstyle": "-|>,head_width=0.3,head_length=0.6", "lw": 2.4,
                            "color": COLORS[color], "shrinkA": 0, "shrinkB": 0},
            )  # fmt: skip
        for j, (color, away) in enumerate([("blue", (0.0, -0.42)), ("orange", (-0.22, 0.3))]):
            x, y = M[:, j] + away
            text = f"({M[0, j]:g}, {M[1, j]:g})"
            ax.text(x, y, text, color=COLORS[color], ha="center", va="center")
        ax.text(
            *(M @ [0.5, 0.5]), f"{area(M @ square):.4g}", color=COLORS["green"], ha="center",
            va="center",
        )  # fmt: skip
        ax.set(aspect="equal", xlim=(-3, 3), ylim=(-2.8, 2.8), title=f"${name}$")
        ax.set(xticks=[-2, 0, 2], yticks=[-2, 0, 2], xlabel="first coordinate")
    axes[0].set_ylabel("second coordinate")
