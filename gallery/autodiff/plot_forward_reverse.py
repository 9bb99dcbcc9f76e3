r"""
Forward mode pays per input, reverse mode per output
====================================================

Message: both modes build the same Jacobian; which one is cheaper depends only on whether there are
more inputs or more outputs. Used in the chapter :ref:`autodiff`.

.. alt: Two lines on logarithmic axes. The cost of forward mode rises steeply with the number of
   inputs, that of reverse mode stays flat at first; they cross at ten inputs.
"""

# %%
# **Compute.** A network with two hidden layers and ten outputs. Forward mode multiplies its
# Jacobians from the side of the inputs, reverse mode from the side of the outputs; every product
# is carried out, and its multiplications are counted.
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np

from udlbook.plot import COLORS, book_style, label_line

n_outputs, width = 10, 32
rng = np.random.default_rng(0)


def counted(left, right):
    """The product of two matrices, and the number of multiplications in it."""
    return left @ right, left.shape[0] * left.shape[1] * right.shape[1]


inputs = np.unique(np.logspace(0, 3, 25).astype(int))
cost = {"forward": [], "reverse": []}
for n in inputs:
    sizes = [n, width, width, n_outputs]
    jacobians = [rng.normal(size=(o, i)) for i, o in pairwise(sizes)]
    tangents, adjoints = np.eye(n), np.eye(n_outputs)
    count = {"forward": 0, "reverse": 0}
    for jacobian in jacobians:
        tangents, used = counted(jacobian, tangents)
        count["forward"] += used
    for jacobian in reversed(jacobians):
        adjoints, used = counted(adjoints, jacobian)
        count["reverse"] += used
    assert np.allclose(tangents, adjoints)
    for mode, used in count.items():
        cost[mode].append(used)

# %%
# **Draw.** Few inputs on the left, where forward mode wins; networks live far on the right.
with book_style():
    fig, ax = plt.subplots(figsize=(6.4, 3.4))
    for mode, color in [("forward", "orange"), ("reverse", "blue")]:
        (line,) = ax.loglog(inputs, cost[mode], color=COLORS[color])
        label_line(ax, line, f"{mode} mode")
    ax.axvline(n_outputs, color=COLORS["grey"], lw=0.9, ls="--")
    ax.text(n_outputs * 1.1, 1.5e3, "as many inputs\nas outputs", va="bottom", fontsize=10)
    ax.set(xlabel="number of inputs $n$ (ten outputs)", ylabel="multiplications for the Jacobian")
    ax.set(xlim=(1, 1000))
