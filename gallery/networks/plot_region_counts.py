r"""
The number of regions grows like a power of the width
=====================================================

Message: in general position H units cut D dimensions into sum_{j <= D} C(H, j) regions: 2^H while
there are no more units than inputs, then only a power D of H. Used in the chapter
:ref:`shallow-networks`.

.. alt: Rising curves on logarithmic axes, one each for 1, 2, 5, 10 and 50 inputs. They leave a
   common dashed line, two to the number of units, one after another. Dots lie on the first three.
"""

# %%
# **Compute.** The formula, and a count that does not know it: each region has a corner where D of
# the hyperplanes meet, and around such a corner these D units take all 2^D states, while the
# others keep theirs. So the set of all these states is the set of regions.
from itertools import combinations, product

import matplotlib.pyplot as plt
import numpy as np

from udlbook.networks import regions
from udlbook.plot import COLORS, book_style, label_line


def count_around_corners(weight, bias):
    """Regions of hyperplanes in general position, at least as many as there are inputs."""
    hidden, dim = weight.shape
    found = set()
    for meet in map(list, combinations(range(hidden), dim)):
        corner = np.linalg.solve(weight[meet], -bias[meet])
        on = weight @ corner + bias > 0
        for states in product([False, True], repeat=dim):
            on[meet] = states
            found.add(on.tobytes())
    return len(found)


rng = np.random.default_rng(0)
counted = {
    1: [1, 2, 4, 8, 16, 32, 64, 128],
    2: [2, 4, 8, 16, 32, 64],
    5: [5, 8, 12],
}
dots = {
    dim: [count_around_corners(rng.normal(size=(h, dim)), rng.normal(size=h)) for h in hiddens]
    for dim, hiddens in counted.items()
}
for dim, hiddens in counted.items():
    assert dots[dim] == [regions.zaslavsky(h, dim) for h in hiddens]

units = np.unique(np.logspace(0, 3, 80).round().astype(int))
curves = {dim: [float(regions.zaslavsky(int(h), dim)) for h in units] for dim in (1, 2, 5, 10, 50)}

# %%
# **Draw.** Lines are the formula, dots are counted.
with book_style():
    fig, ax = plt.subplots(figsize=(6.4, 3.8))
    few = np.arange(1, 84)
    ax.loglog(few, 2.0**few, color=COLORS["grey"], ls="--", lw=1.2)
    ax.text(58, 1e22, "$2^H$", color=COLORS["grey"], ha="right")
    for (dim, curve), color in zip(
        curves.items(), ["blue", "orange", "green", "purple", "red"], strict=True
    ):
        curve = np.array(curve)
        seen = curve < 1e25
        (line,) = ax.loglog(units[seen], curve[seen], color=COLORS[color])
        if dim in dots:
            ax.plot(counted[dim], dots[dim], "o", color=COLORS[color], ms=5)
        words = f"$D={dim}$" + (" inputs" if dim == 10 else "")
        label_line(ax, line, words)
    ax.set(xlim=(1, 1000), ylim=(1, 1e25), xticks=[1, 10, 100, 1000])
    ax.set_xticklabels(["1", "10", "100", "1000"])
    ax.set(xlabel="hidden units $H$", ylabel="linear regions")
