r"""
Unrolled, a recurrent network is a deep one
===========================================

Message: copied once for each step, the loop becomes a network without loops, whose layers share
their weights. Values go right along the states; errors come back the same way. Used in the
chapter on recurrent networks.

.. alt: A row of four circles, the states. Inputs enter each from below, losses stand above.
   Blue arrows lead up and to the right; orange dashed arrows lead back down and to the left.
"""

# %%
# **Draw.** Nothing is computed: the picture is the graph that backpropagation walks.
import matplotlib.pyplot as plt

from udlbook.plot import COLORS, book_style


def arrow(ax, start, end, color, style="-", shift=(0, 0)):
    """An arrow between two nodes that leaves room for their circles."""
    (x0, y0), (x1, y1) = start, end
    length = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5
    ux, uy = (x1 - x0) / length, (y1 - y0) / length
    ax.annotate(
        "",
        (x1 - 0.3 * ux + shift[0], y1 - 0.3 * uy + shift[1]),
        (x0 + 0.3 * ux + shift[0], y0 + 0.3 * uy + shift[1]),
        arrowprops={"arrowstyle": "-|>", "color": color, "lw": 1.8, "ls": style},
    )


with book_style():
    fig, ax = plt.subplots(figsize=(6.4, 4.0))
    for t in range(4):
        for y, name in ((0, rf"$\mathbf{{x}}_{t + 1}$"), (1.2, ""), (2.4, f"$L_{t + 1}$")):
            if y != 1.2:
                ax.text(1.3 * t, y, name, ha="center", va="center", fontsize=14)
        ax.add_patch(plt.Circle((1.3 * t, 1.2), 0.27, fill=False, lw=1.6, color="black"))
        ax.text(1.3 * t, 1.2, rf"$\mathbf{{h}}_{t + 1}$", ha="center", va="center", fontsize=14)
        arrow(ax, (1.3 * t, 0), (1.3 * t, 1.2), COLORS["blue"])
        arrow(ax, (1.3 * t, 1.2), (1.3 * t, 2.4), COLORS["blue"], shift=(-0.09, 0))
        arrow(ax, (1.3 * t, 2.4), (1.3 * t, 1.2), COLORS["orange"], "--", shift=(0.09, 0))
        here, after = (1.3 * t, 1.2), (1.3 * t + 1.3, 1.2)
        if t < 3:
            arrow(ax, here, after, COLORS["blue"], shift=(0, 0.09))
            arrow(ax, after, here, COLORS["orange"], "--", shift=(0, -0.09))
    ax.text(0.14, 0.5, r"$\mathbf{W}$", color=COLORS["blue"], fontsize=13)
    ax.text(0.65, 1.42, r"$\mathbf{U}$", color=COLORS["blue"], fontsize=13, ha="center")
    ax.text(0.65, 0.78, r"$\mathbf{U}^\top$", color=COLORS["orange"], fontsize=13, ha="center")
    ax.text(1.95, -0.5, "values", color=COLORS["blue"], fontsize=12, ha="right")
    ax.text(2.25, -0.5, "errors", color=COLORS["orange"], fontsize=12)
    ax.set(xlim=(-0.5, 4.4), ylim=(-0.7, 2.8), aspect="equal")
    ax.axis("off")
