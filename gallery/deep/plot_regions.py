r"""
Each layer cuts what the layers before it have cut
==================================================

Message: the units of the first layer are switched along straight lines. Those of the second are
switched along lines that bend wherever they cross a line of the first, and so on. Used in the
chapter :ref:`deep-networks`.

.. alt: Four squares. Straight blue lines; the same with orange lines that bend at the blue ones;
   the same with green lines that bend at both; and the output as shades, flat on each part.
"""

# %%
# **Compute.** A random network with two inputs and three hidden layers, cut off after each layer:
# its regions as polygons.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.networks import deep, regions, relu
from udlbook.plot import COLORS, book_style

rng = np.random.default_rng(11)
box = (-1, 1, -1, 1)
phi = deep.make(
    [2, 6, 6, 6, 1],
    lambda shape: rng.normal(size=shape) * np.sqrt(2 / shape[1]),
    lambda n: 0.3 * rng.normal(size=n),
)


def up_to(layer):
    """The network that ends behind this hidden layer."""
    weights = [*phi["weights"][:layer], np.ones((1, 6))]
    return {"weights": weights, "biases": [*phi["biases"][:layer], np.zeros(1)]}


parts = [regions.regions_2d(up_to(layer), box) for layer in (1, 2, 3)]
axis = np.linspace(-1, 1, 301)
grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
s = deep.stages(grid, phi, relu)
flat = [f.reshape(301, 301, -1) for f in s.f]

# %%
# **Draw.** Blue, orange and green lines: where units of layer 1, 2 and 3 are switched.
LAYER = [COLORS["blue"], COLORS["orange"], COLORS["green"]]
with book_style():
    fig, axes = plt.subplots(2, 2, figsize=(6.2, 6.5), sharex=True, sharey=True)
    for ax, layers in zip(axes.flat, (1, 2, 3, 3), strict=True):
        last = ax is axes[1, 1]
        for k in reversed(range(layers)):
            for d in range(6):
                ax.contour(
                    axis,
                    axis,
                    flat[k][:, :, d],
                    [0],
                    colors="black" if last else LAYER[k],
                    linewidths=0.6 if last else 1.6,
                )
        words = "1 layer" if layers == 1 else f"{layers} layers"
        ax.set_title("its output" if last else f"{words}: {len(parts[layers - 1])} regions")
        ax.set(aspect="equal", xticks=[-1, 0, 1], yticks=[-1, 0, 1])
    axes[1, 1].imshow(flat[3][:, :, 0], origin="lower", extent=box, cmap="viridis", alpha=0.75)
    for ax in axes[1]:
        ax.set_xlabel("$x_1$")
    for ax in axes[:, 0]:
        ax.set_ylabel("$x_2$")
