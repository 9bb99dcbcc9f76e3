r"""
Lines cut the plane, and on each part the network is flat
=========================================================

Message: with two inputs each hidden unit is switched along a line. Three lines cut the plane into
seven parts, eight lines into 37, and on each part the output is a tilted plane of its own. Used in
the chapter :ref:`shallow-networks`.

.. alt: Left: three crossing lines make seven parts, each labelled with the units that are on.
   Middle: contour lines of the output, straight and parallel within each part, bent at the lines.
   Right: eight lines make 37 parts.
"""

# %%
# **Compute.** The parts as polygons. The box is wide enough to show all of them: as many as the
# formula of Zaslavsky allows.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.networks import regions, relu, shallow
from udlbook.plot import COLORS, book_style

box = (-2, 2, -2, 2)


def network(angle, distance, weight):
    """A shallow network whose units are switched at lines of given direction and distance."""
    W_0 = np.column_stack([np.cos(angle), np.sin(angle)])
    return {"weights": [W_0, weight[None]], "biases": [distance, np.zeros(1)]}


three = network(np.radians([20, 140, 265]), np.array([0.6, 0.7, 0.5]), np.array([1, -1.2, 0.9]))
rng = np.random.default_rng(2936)
eight = network(
    np.pi * np.arange(8) / 8 + np.pi * rng.integers(0, 2, 8),
    rng.uniform(-0.45, 0.45, 8),
    rng.choice([-1, 1], 8) * rng.uniform(0.5, 1, 8),
)
parts = {}
for units, phi in [(3, three), (8, eight)]:
    parts[units] = regions.regions_2d(phi, box)
    assert len(parts[units]) == regions.count_regions(phi) == regions.zaslavsky(units, 2)

axis = np.linspace(-2, 2, 241)
grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
surface = {
    n: shallow.forward(grid, phi, relu).reshape(241, 241) for n, phi in [(3, three), (8, eight)]
}

# %%
# **Draw.** Thick lines are those of the units; thin ones are contours of the output.
UNIT = [COLORS["blue"], COLORS["orange"], COLORS["green"]]
with book_style():
    fig, axes = plt.subplots(1, 3, figsize=(7.4, 2.9), sharex=True, sharey=True)
    for ax, phi, colors in [
        (axes[0], three, UNIT),
        (axes[1], three, UNIT),
        (axes[2], eight, ["black"] * 8),
    ]:
        for w, b, color in zip(phi["weights"][0], phi["biases"][0], colors, strict=True):
            along = np.array([[9], [-9]]) * [-w[1], w[0]] - b * w  # w has length 1
            ax.plot(*along.T, color=color, lw=1.8 if color in UNIT else 0.8)
    for part in parts[3]:
        x, y = part.corners.mean(axis=0)
        names = np.flatnonzero(part.on)
        for place, d in enumerate(names):
            shift = 0.3 * (place - (len(names) - 1) / 2)
            axes[0].text(x + shift, y, str(d + 1), color=UNIT[d], ha="center", va="center")
    for ax, n in [(axes[1], 3), (axes[2], 8)]:
        ax.contour(axis, axis, surface[n], levels=12, cmap="viridis", linewidths=0.9)
    for ax, title in zip(
        axes, ["7 parts: units on", "its output", "8 units: 37 parts"], strict=True
    ):
        ax.set(xlim=box[:2], ylim=box[2:], aspect="equal", xlabel="$x_1$", title=title)
        ax.set(xticks=[-2, 0, 2], yticks=[-2, 0, 2])
    axes[0].set_ylabel("$x_2$")
