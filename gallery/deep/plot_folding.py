r"""
Fold, draw, unfold
==================

Message: a layer that computes :math:`|2x - 1|` for both inputs folds the square twice, like a
sheet of paper. What the next layer draws on the folded sheet appears four times when the sheet is
unfolded, and sixteen times if it was folded again. Used in the chapter :ref:`deep-networks`.

.. alt: Four squares. Three lines and shades between them on a folded sheet; then the same picture
   four times, mirrored at both middle lines; then sixteen times, and sixty-four times.
"""

# %%
# **Compute.** Three units draw on the sheet. A fold has two units for each input,
# :math:`|2x - 1| = \mathrm{relu}(2x - 1) + \mathrm{relu}(1 - 2x)`. Regions are counted.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.networks import deep, regions, relu
from udlbook.plot import book_style

pen = {
    "weights": [np.array([[1.0, 0.7], [-0.5, 1.0], [-1.0, 0.25]]), np.array([[1.6, -1.5, 1.1]])],
    "biases": [np.array([-0.75, -0.1, 0.3]), np.zeros(1)],
}
one = np.array([[2.0], [-2.0]])
fold = {
    "weights": [np.kron(np.eye(2), one), np.kron(np.eye(2), np.ones((1, 2)))],
    "biases": [np.array([-1.0, 1.0, -1.0, 1.0]), np.zeros(2)],
}
networks = [pen]
for _ in range(3):
    networks.append(deep.compose(fold, networks[-1]))
box = (0, 1, 0, 1)
counts = [len(regions.regions_2d(phi, box)) for phi in networks]
assert counts == [counts[0] * 4**n for n in range(4)]
axis = np.linspace(0, 1, 241)
grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)

# %%
# **Draw.** Shades are the output; lines are where a unit that draws is switched.
with book_style():
    fig, axes = plt.subplots(2, 2, figsize=(6.2, 6.4), sharex=True, sharey=True)
    titles = ["the folded sheet", "one fold", "two folds", "three folds"]
    for ax, phi, title, count in zip(axes.flat, networks, titles, counts, strict=True):
        s = deep.stages(grid, phi, relu)
        ax.imshow(s.y.reshape(241, 241), origin="lower", extent=box, cmap="viridis", alpha=0.75)
        for f in s.f[-2].T:
            ax.contour(axis, axis, f.reshape(241, 241), [0], colors="white", linewidths=1)
        ax.set_title(f"{title}: {count} regions")
        ax.set(xticks=[0, 0.5, 1], yticks=[0, 0.5, 1])
    for ax in axes[1]:
        ax.set_xlabel("$x_1$")
    for ax in axes[:, 0]:
        ax.set_ylabel("$x_2$")
