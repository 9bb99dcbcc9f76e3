r"""
Two labels are enough for a club of thirty-four
===============================================

Message: a graph convolution that knows one label on each side, and no features of the members,
finds nearly the whole split from who met whom. Used in the chapter on graph networks.

.. alt: A network of thirty-four dots in two colours, left and right; two large ringed dots, 0 and
   33, are the labelled ones. Nearly all dots have the colour of the labelled dot on their side.
"""

# %%
# **Compute.** The features are one-hot: each member is only a name. Five networks vote.
import matplotlib.pyplot as plt
import numpy as np
import torch

from udlbook.data.graphs import karate_club
from udlbook.graphs import NodeClassifier
from udlbook.plot import COLORS, book_style, draw_edges, graph_layout
from udlbook.seeding import seeded
from udlbook.training import fit

pairs, club = karate_club()
edges, x = torch.from_numpy(pairs), torch.eye(34)
ends, labels = torch.tensor([0, 33]), torch.tensor([0, 1])
votes = torch.zeros(34, 2)
for seed in range(5):
    with seeded(seed):
        net = NodeClassifier(34, 8, 2)

    def loss(net=net):
        return torch.nn.functional.cross_entropy(net(x, edges)[ends], labels)

    fit(loss, net, [()] * 60, steps=60, lr=0.02)
    votes += net(x, edges).detach().softmax(dim=1)
answer = votes.argmax(dim=1).numpy()

# %%
# **Draw.** Colour is the answer, a cross a wrong one. Distances are numbers of steps, as far as
# the plane allows.
at = graph_layout(pairs, 34)
towards = (at[33] - at[0]) / np.linalg.norm(at[33] - at[0])
at = at @ np.array([towards, [-towards[1], towards[0]]]).T  # turned: the president is right
with book_style():
    fig, ax = plt.subplots(figsize=(6.4, 4.4))
    draw_edges(ax, pairs, at, lw=0.8, alpha=0.6)
    for c, color in enumerate(("blue", "orange")):
        ax.plot(*at[answer == c].T, "o", ms=10, color=COLORS[color])
        ax.plot(*at[ends[c]], "o", ms=20, color=COLORS[color], mec="black", mew=2)
    ax.plot(*at[answer != club].T, "x", ms=9, mew=2.2, color="black")
    for node, name in [(0, "instructor"), (33, "president")]:
        ax.annotate(name, at[node], xytext=(0, -22), textcoords="offset points", ha="center")
