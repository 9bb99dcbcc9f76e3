r"""
Points without labels help when what is connected belongs together
==================================================================

Message: six labels are enough for two moons if they are passed on from neighbour to neighbour.
The same method misleads where moons overlap, or where the classes are not the moons. Used in the
chapter on supervised learning.

.. alt: Four scatter plots of two half moons with six marked points. By the nearest label both
   moons are cut across; by propagation each has one colour. With noise large parts are wrong;
   where the truth is left and right, colours follow the moons.
"""

# %%
# **Compute.** Crosses in the pictures are wrong answers.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.classical.label_propagation import label_propagation
from udlbook.data import two_moons
from udlbook.plot import COLORS, book_style

n = 300


def few_labels(y, rng, per_class=3):
    """Three labels of each class, -1 elsewhere."""
    few = np.full(len(y), -1)
    for c in (0, 1):
        kept = rng.choice(np.flatnonzero(y == c), per_class, replace=False)
        few[kept] = c
    return few


def nearest(x, few):
    """The label of the nearest labelled point."""
    known = few >= 0
    return few[known][np.sum((x[:, None] - x[known]) ** 2, axis=2).argmin(axis=1)]


def propagated(x, few):
    """The more probable class."""
    return label_propagation(x, few, scale=0.12).argmax(axis=1)


rng = np.random.default_rng(4)
x, y = two_moons(n, rng=rng, noise=0.1)
few = few_labels(y, rng)
x_noisy, y_noisy = two_moons(n, rng=rng, noise=0.3)
side = (x[:, 0] > 0.5).astype(int)
few_noisy, few_side = few_labels(y_noisy, rng), few_labels(side, rng)
panels = {
    "nearest label": (x, y, few, nearest(x, few)),
    "propagation": (x, y, few, propagated(x, few)),
    "propagation, noisy moons": (x_noisy, y_noisy, few_noisy, propagated(x_noisy, few_noisy)),
    "propagation, left or right": (x, side, few_side, propagated(x, few_side)),
}

# %%
# **Draw.** Colour is the answer, a black ring a given label, a black cross a wrong answer.
with book_style():
    fig, axes = plt.subplots(2, 2, figsize=(6.6, 5.2))
    for ax, (title, (points, truth, given, answer)) in zip(axes.flat, panels.items(), strict=True):
        for c, color in enumerate(("blue", "orange")):
            ax.plot(*points[answer == c].T, "o", ms=3.2, color=COLORS[color], alpha=0.75)
            ax.plot(*points[given == c].T, "o", ms=9, color=COLORS[color], mec="black", mew=1.4)
        wrong = answer != truth
        ax.plot(*points[wrong].T, "x", ms=4, mew=0.9, color="black")
        right = np.mean(~wrong[given < 0])
        ax.set(title=f"{title}: {right:.0%}".replace("%", " %"), aspect="equal")
        ax.set(xticks=[], yticks=[])
        for spine in ax.spines.values():
            spine.set_visible(False)
