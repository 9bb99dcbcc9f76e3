r"""
Two graphs that no message can tell apart
=========================================

Message: in the hexagon and in the two triangles, every node sees the same: itself and two
neighbours that see the same. Only a count of triangles parts them. Used in the chapter on graph
networks.

.. alt: Left, a ring of six dots; right, two separate triangles. All twelve dots have the same
   colour. Below, equal numbers for the network's output, and 0 against 2 for the triangles.
"""

# %%
# **Compute.** Colours come from colour refinement of both graphs at once, outputs from a random
# network with three rounds.
import matplotlib.pyplot as plt
import numpy as np
import torch

from udlbook.graphs import Graph, GraphClassifier, adjacency, batch_graphs, refine_colours
from udlbook.plot import COLORS, book_style, draw_edges
from udlbook.seeding import seeded


def ring(n, start=0):
    """Both directions of the edges of a ring."""
    i = torch.arange(n)
    one_way = torch.stack([i, (i + 1) % n]) + start
    return torch.cat([one_way, one_way.flip(0)], dim=1)


pairs = [ring(6), torch.cat([ring(3), ring(3, 3)], dim=1)]
graphs = [Graph(e, torch.ones(6, 1)) for e in pairs]
both = batch_graphs(graphs)
colours = refine_colours(both.edges, torch.zeros(12, dtype=torch.int64), 6).view(2, 6)
with seeded(0):
    net = GraphClassifier(1, 16, 1)
outputs = net(both).detach().flatten()
triangles = [torch.trace(torch.linalg.matrix_power(adjacency(e, 6), 3)) / 6 for e in pairs]

# %%
# **Draw.** Equal colours are equal views.
angle = np.pi * np.arange(6) / 3
circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
third = np.pi * (np.arange(3) * 2 / 3)
small = 0.7 * np.stack([np.cos(third), np.sin(third)], axis=1)
shift = np.array([[0.9, 0.0]])
places = [circle, np.concatenate([small * [-1, 1] - shift, small + shift])]
with book_style():
    fig, axes = plt.subplots(1, 2, figsize=(6.4, 3.2))
    for i, ax in enumerate(axes):
        draw_edges(ax, pairs[i].numpy(), places[i], lw=1.6)
        shades = [COLORS[("blue", "orange", "green")[c]] for c in colours[i].tolist()]
        ax.scatter(*places[i].T, s=190, c=shades, zorder=2)
        text = f"output {outputs[i]:.3f}\n{triangles[i]:.0f} triangles"
        ax.text(0, -1.25, text, ha="center", va="top")
        ax.set(xlim=(-1.75, 1.75), ylim=(-1.9, 1.2))
