r"""
One network after another: copies, mirrored and squeezed
========================================================

Message: a network that folds the interval [0, 1] into four layers makes whatever comes after it
appear four times, every second time mirrored. In the other order the same two networks make
something else, and each may also follow itself. Used in the chapter :ref:`deep-networks`.

.. alt: Six panels. Above, a zigzag of four lines and a crooked curve of three. In the middle the
   crooked curve four times, every second one mirrored, and the zigzag bent along the curve. Below,
   a zigzag of sixteen lines, and the crooked curve of itself.
"""

# %%
# **Compute.** Both networks have three hidden units and map [0, 1] into itself. The pieces of each
# composition are counted.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.networks import deep, regions, relu
from udlbook.plot import COLORS, book_style

knots, values = np.array([0, 0.25, 0.6, 1]), np.array([0.15, 0.9, 0.3, 0.7])
jumps = np.diff(np.diff(values) / np.diff(knots), prepend=0)
fold = deep.fold(3)
curve = {
    "weights": [np.ones((3, 1)), jumps[None]],
    "biases": [-knots[:-1], values[:1]],
}
x = np.linspace(0, 1, 2001)


def inside(phi):
    """The edges of the pieces between 0 and 1."""
    edges = regions.pieces_1d(phi).edges
    return edges[(edges > 1e-9) & (edges < 1 - 1e-9)]


panels = [
    ("the fold", fold, None),
    ("the curve", curve, None),
    ("first fold, then curve", deep.compose(fold, curve), fold),
    ("first curve, then fold", deep.compose(curve, fold), curve),
    ("fold, twice", deep.compose(fold, fold), fold),
    ("curve, twice", deep.compose(curve, curve), curve),
]

# %%
# **Draw.** The colour changes where the first network turns: blue where it rises, orange where it
# falls.
with book_style():
    fig, axes = plt.subplots(3, 2, figsize=(6.4, 7.2), sharex=True, sharey=True)
    for ax, (title, phi, first) in zip(axes.flat, panels, strict=True):
        y = deep.forward(x[:, None], phi, relu)[:, 0]
        if first is None:
            ax.plot(x, y, color="black")
        else:
            ends = np.concatenate([[0], inside(first), [1]])
            ups = deep.forward(ends[:, None], first, relu)[:, 0]
            for left, right, up in zip(ends[:-1], ends[1:], np.diff(ups) > 0, strict=True):
                part = (x >= left - 1e-3) & (x <= right + 1e-3)
                ax.plot(x[part], y[part], color=COLORS["blue" if up else "orange"])
        ax.set_title(f"{title}: {len(inside(phi)) + 1} pieces")
        ax.set(xlim=(0, 1), ylim=(-0.03, 1.03), xticks=[0, 0.5, 1], yticks=[0, 0.5, 1])
    for ax in axes[-1]:
        ax.set_xlabel("input")
    for ax in axes[:, 0]:
        ax.set_ylabel("output")
