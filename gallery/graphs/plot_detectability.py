r"""
Below a threshold nobody can find the communities
=================================================

Message: without a single label the groups can be found if (2h - 1) times the root of the mean
degree exceeds one; below that line the graph does not hold the answer. Used in the chapter on
graph networks.

.. alt: Share of nodes put into the right group against signal from 0 to 2.4. Without labels it
   stays near one half up to 1 and then rises steeply to 1; with thirty labels it rises slowly.
"""

# %%
# **Compute.** 600 nodes with 8 neighbours on average. Without labels: the second eigenvector of
# the Bethe Hessian (Saade, Krzakala & Zdeborova 2014). With 30 labels: propagation.
import matplotlib.pyplot as plt
import numpy as np
import torch

from udlbook.classical.label_propagation import graph_propagation
from udlbook.data.graphs import two_communities
from udlbook.graphs import adjacency
from udlbook.plot import COLORS, book_style

n, c = 600, 8.0
signals = np.array([0.0, 0.4, 0.8, 1.0, 1.2, 1.6, 2.0, 2.4])


def shares(signal, seed):
    """Right answers without labels and with thirty, on the nodes that have neighbours."""
    rng = np.random.default_rng(seed)
    pairs, y = two_communities(n, degree=c, homophily=(1 + signal / c**0.5) / 2, rng=rng)
    A = adjacency(torch.from_numpy(pairs), n).numpy()
    reached = np.linalg.matrix_power(np.eye(n) + A, 12)[np.argmax(A.sum(1))] > 0
    A, y = A[np.ix_(reached, reached)], y[reached]  # the largest part
    d = A.sum(1)
    r = np.sqrt(d.mean())
    side = np.linalg.eigh(np.diag(d + r**2 - 1) - r * A)[1][:, 1] > 0
    without = np.mean(side == y)
    few = np.full(len(y), -1)
    given = rng.choice(len(y), 30, replace=False)
    few[given] = y[given]
    answer = graph_propagation(A, few).argmax(1)
    return max(without, 1 - without), np.mean((answer == y)[few < 0])


runs = np.array([[shares(s, seed) for s in signals] for seed in range(3)])

# %%
# **Draw.** Dots are runs, lines their means.
with book_style():
    fig, ax = plt.subplots(figsize=(6.4, 3.5))
    ax.axvline(1, color="black", lw=0.9, ls="--")
    ax.annotate("threshold", (1, 0.96), xytext=(-6, 0), textcoords="offset points", ha="right")
    names = ["no label", "30 labels of 600"]
    for i, color in enumerate(("blue", "orange")):
        ax.plot(signals, runs[:, :, i].T, "o", ms=3.5, alpha=0.6, color=COLORS[color])
        ax.plot(signals, runs[:, :, i].mean(0), color=COLORS[color])
        where, offset = ((1.35, 0.86), (-8, 0)) if i == 0 else ((1.75, 0.72), (4, 0))
        ax.annotate(
            names[i], where, xytext=offset, textcoords="offset points", color=COLORS[color],
            ha="right" if i == 0 else "left",
        )  # fmt: skip
    ax.set(xlabel=r"signal $(2h - 1)\sqrt{c}$", ylabel="nodes in the right group")
    ax.set(ylim=(0.45, 1.02), yticks=[0.5, 0.75, 1.0])
