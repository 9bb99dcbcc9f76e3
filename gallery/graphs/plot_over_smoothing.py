r"""
Too many rounds, and all nodes are alike
========================================

Message: differences between nodes first lose their noise, then their content. Accuracy rises
with the first rounds and falls later. Used in the chapter on graph networks.

.. alt: Two panels against the number of rounds, 0 to 64, for communities with few neighbours.
   Left, noise and signal both fall, noise first. Right, accuracy rises quickly, then falls.
"""

# %%
# **Compute.** Nothing is trained but a linear readout: features are averaged k times.
import matplotlib.pyplot as plt
import numpy as np
import torch

from udlbook.data.graphs import community_features, two_communities
from udlbook.graphs import propagate
from udlbook.plot import COLORS, book_style, label_line

n, rounds = 600, np.array([0, 1, 2, 4, 8, 16, 32, 64])


def one_world(seed):
    """Signal, noise and accuracy after each number of rounds."""
    rng = np.random.default_rng(seed)
    pairs, y = two_communities(n, degree=8, homophily=0.85, rng=rng)
    h = torch.from_numpy(community_features(y, dim=8, signal=0.7, rng=rng))
    edges, known = torch.from_numpy(pairs), rng.permutation(n) < 30
    rows = []
    for k in range(rounds[-1] + 1):
        if k in rounds:
            a = h.numpy()
            means = np.stack([a[y == g].mean(0) for g in (0, 1)])
            signal = np.linalg.norm(means[1] - means[0]) / 2
            noise = np.sqrt(np.mean((a - means[y]) ** 2))
            X = np.column_stack([np.ones(n), a / a.std()])
            ridge = X[known].T @ X[known] + np.eye(9)
            w = np.linalg.solve(ridge, X[known].T @ (2.0 * y[known] - 1))
            rows.append((signal, noise, np.mean(((X @ w > 0) == y)[~known])))
        h = propagate(h, edges)
    return rows


runs = np.array([one_world(seed) for seed in range(5)])
signal, noise, accuracy = runs.mean(0).T

# %%
# **Draw.** Means of five worlds; the axis of rounds is linear up to one, then logarithmic.
with book_style():
    fig, (left, right) = plt.subplots(1, 2, figsize=(6.8, 3.3))
    (line,) = left.plot(rounds, signal, "o-", ms=4, color=COLORS["blue"])
    label_line(left, line, "signal", x=8, dx=2, dy=12)
    (line,) = left.plot(rounds, noise, "o-", ms=4, color=COLORS["orange"])
    label_line(left, line, "noise", x=1, dx=-4, dy=-14, ha="right")
    left.set(yscale="log", ylabel="size of differences")
    right.plot(rounds, accuracy, "o-", ms=4, color=COLORS["green"])
    right.set(ylabel="accuracy")
    for ax in (left, right):
        ax.set_xscale("symlog", linthresh=1, linscale=0.6)
        ax.set(xlabel="rounds", xticks=[0, 1, 4, 16, 64], xticklabels=["0", "1", "4", "16", "64"])
        ax.minorticks_off()
