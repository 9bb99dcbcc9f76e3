r"""
A graph convolution is a low-pass filter
========================================

Message: it multiplies each mode of the graph by one minus its frequency. Applied again and again
it leaves the lowest mode alone. Used in the chapter on graph networks.

.. alt: Three curves of gain against frequency from 0 to 1.2, for one, two and eight rounds, with
   a dot for each mode of the club. All begin at 1; the more rounds, the faster they fall to zero.
"""

# %%
# **Compute.** The modes of the karate club.
import matplotlib.pyplot as plt
import numpy as np
import torch

from udlbook.data.graphs import karate_club
from udlbook.graphs import adjacency, normalized_edges
from udlbook.plot import COLORS, book_style

edges, weight = normalized_edges(torch.from_numpy(karate_club()[0]), 34)
frequency = np.linalg.eigvalsh(np.eye(34) - adjacency(edges, 34, weight).numpy())
axis = np.linspace(0, 1.25, 200)

# %%
# **Draw.** A dot is a mode of the club.
with book_style():
    fig, ax = plt.subplots(figsize=(6.4, 3.3))
    names = {1: "one round", 2: "two", 8: "eight"}
    places = {1: 0.42, 2: 0.28, 8: 0.16}
    for color, (k, name) in zip(("blue", "orange", "green"), names.items(), strict=True):
        ax.plot(axis, (1 - axis) ** k, color=COLORS[color])
        ax.plot(frequency, (1 - frequency) ** k, "o", ms=4.5, color=COLORS[color])
        x = places[k]
        y = (1 - x) ** k
        ax.annotate(name, (x, y), xytext=(10, 8), textcoords="offset points", color=COLORS[color])
    ax.axhline(0, color="black", lw=0.7)
    ax.set(xlabel=r"frequency: eigenvalue of $I - \hat A$", ylabel="gain", xlim=(0, 1.25))
