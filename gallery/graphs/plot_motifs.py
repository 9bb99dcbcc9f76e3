r"""
The same nodes, edges and degrees, and yet two kinds
====================================================

Message: each graph is a random tree with one motif. Counting degrees does not tell a house from a
theta; what the neighbours' degrees are does. Used in the chapter on graph networks.

.. alt: Two small networks, trees with one coloured part each. Left, a square with a roof, whose
   two nodes of degree three touch. Right, three paths of length two between two such nodes.
"""

# %%
# **Compute.** One graph of each kind.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.data.graphs import motif_graphs
from udlbook.plot import COLORS, book_style, draw_edges, graph_layout

graphs = motif_graphs(2, rng=np.random.default_rng(7), tree=(7, 7))
graphs = sorted(graphs, key=lambda g: g.label)

# %%
# **Draw.** The motif is coloured.
with book_style():
    fig, axes = plt.subplots(1, 2, figsize=(6.4, 3.2))
    for ax, graph, name in zip(axes, graphs, ("house", "theta"), strict=True):
        at = graph_layout(graph.edges, graph.n_nodes)
        inside = np.isin(graph.edges, graph.motif).all(axis=0)
        color = COLORS["blue" if graph.label == 0 else "orange"]
        draw_edges(ax, graph.edges[:, ~inside], at, lw=1.2)
        draw_edges(ax, graph.edges[:, inside], at, lw=2.6, color=color)
        ax.plot(*at.T, "o", ms=7, color=COLORS["grey"])
        ax.plot(*at[graph.motif].T, "o", ms=10, color=color)
        ax.set_title(name)
