r"""
What was copied on the way out is added up on the way back
==========================================================

Message: broadcasting reuses a row; each copy sends back a gradient of its own, and the row
receives their sum. Used in the chapter :ref:`autodiff`.

.. alt: Left: a row of four numbers is copied into the three rows of a table. Right: a table of
   gradients is added up column by column into a row of four sums.
"""

# %%
# **Compute.** The gradient of the row comes from the engine, that of the table is given.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.autodiff import vjp
from udlbook.plot import COLORS, book_style

b = np.array([3.0, -1.0, 2.0, 5.0])
gradient = np.array([[1.0, 0.0, 2.0, -1.0], [4.0, 1.0, -3.0, 0.0], [2.0, -2.0, 1.0, 3.0]])
copies, pullback = vjp(lambda b: b + np.zeros((3, 4)), b)
b_bar = pullback(gradient)[0]


# %%
# **Draw.** Solid cells hold numbers of their own, dashed cells are copies.
def cells(ax, values, left, top, color, dashed=False):
    """A table of numbers, its top left corner at (left, top)."""
    for (i, j), value in np.ndenumerate(np.atleast_2d(values)):
        style = {"linestyle": (0, (3, 2)) if dashed else "-", "edgecolor": color}
        corner = (left + j, top - i - 1)
        ax.add_patch(plt.Rectangle(corner, 1, 1, facecolor=color, alpha=0.12, linewidth=0))
        ax.add_patch(plt.Rectangle(corner, 1, 1, facecolor="none", linewidth=1.1, **style))
        ax.text(
            left + j + 0.5,
            top - i - 0.52,
            f"{value:.0f}".replace("-", "−"),
            va="center",
            ha="center",
        )


with book_style():
    fig, ax = plt.subplots(figsize=(6.4, 3.1))
    blue, orange = COLORS["blue"], COLORS["orange"]
    cells(ax, b, 0, 6, blue)
    cells(ax, np.asarray(copies), 0, 4, blue, dashed=True)
    cells(ax, gradient, 6, 6, orange)
    cells(ax, b_bar, 6, 2, orange)
    for left, start, color in [(0, 4.93, blue), (6, 2.93, orange)]:
        for x in left + 0.5 + np.arange(4):
            arrow = {"arrowstyle": "->", "color": color}
            ax.annotate("", (x, start - 0.86), (x, start), arrowprops=arrow)
    ax.text(-0.3, 5.5, r"$\mathbf{b}$", ha="right", va="center", fontsize=14)
    ax.text(-0.3, 2.5, "copies", ha="right", va="center")
    ax.text(10.3, 4.5, "gradient\nof each\ncopy", va="center")
    ax.text(10.3, 1.5, r"$\bar{\mathbf{b}}$", va="center", fontsize=14)
    ax.text(2, 6.4, "forward: copy", ha="center", color=blue)
    ax.text(8, 6.4, "backward: add up", ha="center", color=orange)
    ax.set(xlim=(-2.1, 12.4), ylim=(0.85, 7.0), aspect="equal")
    ax.axis("off")
