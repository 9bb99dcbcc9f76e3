r"""
Width adds regions, depth multiplies them
=========================================

Message: with one hidden layer the number of linear regions grows like a power of the number of
parameters, and the number of inputs is the exponent. With more layers it grows much faster. But
the most that a network can have is not what a network does have. Used in the chapter
:ref:`deep-networks`.

.. alt: Two panels with logarithmic axes, regions against parameters. One input: a slow straight
   line for one layer and ever steeper ones for two, three, five and ten, dots on them. Ten inputs:
   the same order, and many more decimal orders between.
"""

# %%
# **Compute.** One input: the most regions there can be, and dots for networks whose regions were
# counted. Ten inputs: the most for one layer; for more layers, what some network is sure to reach.
import math

import matplotlib.pyplot as plt
import numpy as np

from udlbook.networks import deep, regions
from udlbook.plot import COLORS, book_style

COLOR = {1: "grey", 2: "blue", 3: "green", 5: "orange", 10: "red"}
LIMIT = {1: 10_000, 10: 100_000}  # parameters, for each number of inputs


def curve(dim, depth):
    """Parameters, and regions as powers of ten, of networks whose layers are equally wide."""
    found = []
    for multiple in sorted(set(np.geomspace(3, 10_000, 90).astype(int).tolist())):
        widths = [dim * multiple] * depth  # a whole number of units folds each input
        parameters = deep.n_parameters([dim, *widths, 1])
        if parameters <= LIMIT[dim]:
            found.append((parameters, math.log10(regions.deep_lower_bound(dim, widths))))
    return np.array(found)


curves = {(dim, depth): curve(dim, depth) for dim in LIMIT for depth in COLOR}
dots = []
for depth, widths in {1: (3, 30, 300), 2: (3, 10, 40), 3: (3, 6, 12), 5: (3, 4)}.items():
    for width in widths:
        phi = deep.fold(width)
        for _ in range(depth - 1):
            phi = deep.compose(phi, deep.fold(width))
        counted = regions.count_regions(phi)
        assert counted == (width + 1) ** depth
        dots.append((depth, deep.n_parameters([1, *[width] * depth, 1]), math.log10(counted)))

# %%
# **Draw.**
with book_style():
    fig, axes = plt.subplots(1, 2, figsize=(7.0, 3.6))
    for ax, dim in zip(axes, LIMIT, strict=True):
        for depth, color in COLOR.items():
            parameters, power = curves[dim, depth].T
            ax.plot(parameters, power, color=COLORS[color])
            ax.annotate(
                {1: "1 layer", 10: "10 layers"}.get(depth, str(depth)),
                (parameters[-1], power[-1]),
                xytext=(4, {1: -9, 2: -1}.get(depth, 0)),
                textcoords="offset points",
                color=COLORS[color],
                va="center",
                annotation_clip=False,
            )
        ax.set(xscale="log", xlabel="parameters", title=f"{dim} input" + "s" * (dim > 1))
        ax.yaxis.set_major_formatter(lambda p, _: f"$10^{{{p:.0f}}}$")
    axes[0].set(ylabel="linear regions", ylim=(0, 16.5), xlim=(8, LIMIT[1]))
    axes[1].set(ylim=(0, None), xlim=(300, LIMIT[10]))
    for depth, parameters, power in dots:
        axes[0].plot(parameters, power, "o", color=COLORS[COLOR[depth]], ms=5)
