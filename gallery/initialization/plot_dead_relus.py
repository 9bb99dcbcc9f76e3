r"""
Depth makes examples parallel, and half of the ReLUs useless
============================================================

Message: with the right variance everywhere, the share of units that are off for every example
still grows with depth, because examples become parallel: a unit is then on for all or off for
all. For two examples the share can be predicted. Used in the chapter on initialization.

.. alt: The share of dead units against layers 1 to 50 for batches of 2, 10 and 100. The line for
   two examples starts at a quarter, the others near zero; all rise towards one half. Dots of the
   prediction lie on the first line.
"""

# %%
# **Compute.** Twenty networks with He's weights; the angle by the arc-cosine recursion.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.initialization import dead_relus, he_normal
from udlbook.networks import relu
from udlbook.plot import COLORS, book_style, label_line

rng = np.random.default_rng(0)
width, depth, nets = 300, 50, 20
dead = {2: np.zeros(depth), 10: np.zeros(depth), 100: np.zeros(depth)}
for _ in range(nets):
    h = rng.standard_normal((100, width))
    h[1] -= h[0] * (h[1] @ h[0]) / (h[0] @ h[0])  # the first two at right angles
    for k in range(depth):
        f = h @ he_normal((width, width), rng=rng).T
        for batch, shares in dead.items():
            shares[k] += dead_relus(f[:batch]).mean() / nets
        h = relu(f)

theta, predicted = np.pi / 2, []
for _ in range(depth):
    predicted.append((np.pi - theta) / (2 * np.pi))
    theta = np.arccos((np.sin(theta) + (np.pi - theta) * np.cos(theta)) / np.pi)

# %%
# **Draw.** The dashed line is the limit.
with book_style():
    fig, ax = plt.subplots(figsize=(6.4, 3.6))
    k = np.arange(1, depth + 1)
    ax.axhline(50, color=COLORS["grey"], lw=0.9, ls="--")
    for (batch, shares), color in zip(dead.items(), ("blue", "orange", "red"), strict=True):
        (line,) = ax.plot(k, 100 * shares, color=COLORS[color])
        label_line(ax, line, f"{batch} examples" if batch == 2 else f"{batch}")
    ax.plot(k[::3], 100 * np.array(predicted)[::3], "o", ms=4, color="black", zorder=3)
    ax.set(xlabel="layer", ylabel="units off for all examples (%)", xlim=(0, 51), ylim=(0, 54))
