r"""
Clipping in the second layer makes new joints, and hides old ones
=================================================================

Message: a unit of the second layer does not see a line but a curve with joints. Clipping adds a
joint at every crossing of zero, and where the curve is clipped its old joints are gone. Used in
the chapter :ref:`deep-networks`.

.. alt: Rows of three small panels: three clipped lines; three curves with joints at the same three
   places; the same curves clipped at zero, with dots at the new joints. Below, the output, with
   joints of both kinds.
"""

# %%
# **Compute.** Two hidden layers of three units. New joints are the zeros of the pre-activations of
# the second layer.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.networks import deep, regions, relu
from udlbook.plot import COLORS, book_style

phi = {
    "weights": [
        np.array([[3.0], [-3.0], [3.0]]),
        np.array([[0.9, 1.2, -2.4], [-3.0, -3.6, 3.9], [-1.2, -0.6, 3.2]]),
        np.array([[1.5, 0.8, -1.2]]),
    ],
    "biases": [np.array([-0.6, 1.5, -2.1]), np.array([-1.0, 3.9, 0.8]), np.array([0.1])],
}
x = np.linspace(0, 1, 801)
s = deep.stages(x[:, None], phi, relu)
old = np.sort(-phi["biases"][0] / phi["weights"][0][:, 0])
new = []
for d in range(3):
    unit = {
        "weights": [phi["weights"][0], phi["weights"][1][d : d + 1]],
        "biases": [phi["biases"][0], phi["biases"][1][d : d + 1]],
    }
    zeros = regions.preimages(regions.pieces_1d(unit), 0.0)
    new.append(zeros[(zeros > 0) & (zeros < 1)])
edges = regions.pieces_1d(phi).edges
edges = edges[(edges > 0) & (edges < 1)]
assert np.allclose(np.sort(np.concatenate([old, *new])), edges)

# %%
# **Draw.** Dotted lines are the joints of the first layer, dots are new.
UNIT = [COLORS["purple"], COLORS["red"], COLORS["green"]]
rows = [
    (s.h[1], "hidden units,\nlayer 1", ["black"] * 3, (-0.1, 2.6)),
    (s.f[1], "pre-activations,\nlayer 2", UNIT, (-2.1, 2.1)),
    (s.h[2], "hidden units,\nlayer 2", UNIT, (-2.1, 2.1)),
]
with book_style():
    fig = plt.figure(figsize=(6.6, 6.8))
    grid = fig.add_gridspec(4, 3, height_ratios=[1, 1, 1, 1.6])
    for i, (curves, word, colors, limits) in enumerate(rows):
        for d in range(3):
            ax = fig.add_subplot(grid[i, d])
            ax.axhline(0, color=COLORS["grey"], lw=0.7)
            for joint in old:
                ax.axvline(joint, color=COLORS["grey"], lw=0.9, ls=":")
            ax.plot(x, curves[:, d], color=colors[d], clip_on=False)
            if i == 2:
                ax.plot(new[d], 0 * new[d], "o", color=UNIT[d], ms=5, clip_on=False)
            ax.set(xlim=(0, 1), ylim=limits, xticks=[0, 1])
            ax.tick_params(labelbottom=False, labelleft=d == 0)
            if d == 0:
                ax.set_ylabel(word)
    ax = fig.add_subplot(grid[3, :])
    for joint in old:
        ax.axvline(joint, color=COLORS["grey"], lw=0.9, ls=":")
    ax.plot(x, s.y[:, 0], color="black")
    for d in range(3):
        ax.plot(new[d], np.interp(new[d], x, s.y[:, 0]), "o", color=UNIT[d], ms=6)
    ax.set(xlim=(0, 1), xticks=[0, 0.5, 1], xlabel="input $x$", ylabel="output $y$")
