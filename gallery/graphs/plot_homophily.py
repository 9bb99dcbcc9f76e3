r"""
Neighbours help when they agree, and when they disagree, but not in between
===========================================================================

Message: with the share of neighbours of one's own group, a graph convolution goes from perfect
over harmful to perfect. A layer that keeps a node's own features apart does little harm. Used in
the chapter on graph networks.

.. alt: Accuracy against homophily. The features alone give a flat line near 0.75. The graph
   convolution is at 1 at both ends and below that line at one half; GraphSAGE stays near it.
"""

# %%
# **Compute.** Two groups of 200 nodes, 12 neighbours each on average, 40 labels, two worlds.
import functools

import matplotlib.pyplot as plt
import numpy as np
import torch

from udlbook.classical.label_propagation import graph_propagation
from udlbook.data.graphs import community_features, two_communities
from udlbook.graphs import GCNLayer, NodeClassifier, SAGELayer, adjacency
from udlbook.layers import mlp
from udlbook.plot import COLORS, book_style, label_line
from udlbook.seeding import seeded
from udlbook.training import fit

n, shares = 400, np.array([0.05, 0.2, 0.35, 0.5, 0.65, 0.8, 0.95])
adam = functools.partial(torch.optim.Adam, weight_decay=5e-3)


def accuracies(share, seed):
    """Of four methods on the nodes without a label."""
    rng = np.random.default_rng(seed)
    pairs, groups = two_communities(n, degree=12, homophily=share, rng=rng)
    features = community_features(groups, dim=8, signal=1.0, rng=rng)
    known = torch.zeros(n, dtype=torch.bool)
    known[torch.from_numpy(rng.choice(n, 40, replace=False))] = True
    x, y = torch.from_numpy(features).float(), torch.from_numpy(groups)
    edges = torch.from_numpy(pairs)
    with seeded(seed):
        gcn = NodeClassifier(8, 16, 2, layer=GCNLayer)
        sage = NodeClassifier(8, 16, 2, layer=SAGELayer)
        alone = mlp(8, 16, 2)

    def right(net, *graph):
        def loss():
            return torch.nn.functional.cross_entropy(net(x, *graph)[known], y[known])

        fit(loss, net, [()] * 80, steps=80, lr=0.02, optimizer=adam)
        return float((net(x, *graph).argmax(1) == y)[~known].float().mean())

    spread = graph_propagation(adjacency(edges, n).numpy(), np.where(known, groups, -1))
    by_labels = float(np.mean((spread.argmax(1) == groups)[~known.numpy()]))
    return right(alone), right(gcn, edges), right(sage, edges), by_labels


results = np.mean([[accuracies(s, seed) for s in shares] for seed in (0, 1)], axis=0)

# %%
# **Draw.** Means of the two worlds.
with book_style():
    fig, ax = plt.subplots(figsize=(6.4, 3.6))
    names = ["features\nalone", "graph\nconvolution", "GraphSAGE", "labels\nalone"]
    colors = ["grey", "blue", "green", "orange"]
    for name, color, values in zip(names, colors, results.T, strict=True):
        (line,) = ax.plot(shares, values, "o-", ms=4.5, color=COLORS[color])
        if name == "features\nalone":
            label_line(ax, line, name)
        elif name == "labels\nalone":
            label_line(ax, line, name, x=0.2, dx=0, dy=-16, ha="center")
        elif name == "GraphSAGE":
            label_line(ax, line, name, x=0.35, dx=4, dy=12)
        else:
            label_line(ax, line, name, x=0.5, dx=0, dy=-20, ha="center")
    ax.set(xlabel="homophily: share of neighbours of the own group", ylabel="accuracy")
    ax.set(xlim=(0, 1), ylim=(0.2, 1.02), yticks=[0.25, 0.5, 0.75, 1.0])
