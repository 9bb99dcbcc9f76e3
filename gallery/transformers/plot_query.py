r"""
A query pulls the output towards the keys that point its way
============================================================

Message: the weights are a softmax of the products of the query with five keys; the output, here
the weighted mean of the keys themselves, lies among those that point where the query points.
Used in the chapter :ref:`transformers`.

.. alt: Five numbered keys around the origin of a plane, a blue query as a line from the origin,
   and a red output near keys 2 and 3. Beside it five bars: the weights, highest for 2 and 3.
"""

# %%
# **Compute.** One query, five keys that are their own values, and the paper's scale.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.plot import COLORS, book_style

keys = np.array([[1.6, 0.3], [0.7, 1.5], [-1.2, 1.1], [-1.5, -0.7], [0.6, -1.5]])
query = np.array([0.2, 1.8])
e = np.exp(keys @ query / np.sqrt(2))
weights = e / e.sum()
output = weights @ keys

# %%
# **Draw.** The size of a key is its weight.
with book_style():
    fig, (plane, bars) = plt.subplots(1, 2, figsize=(6.4, 3.3))
    plane.plot(*np.stack([0 * query, query]).T, color=COLORS["blue"], lw=1)
    for j, key in enumerate(keys):
        plane.plot(*np.stack([output, key]).T, ":", color=COLORS["grey"], lw=1)
        plane.plot(*key, "o", ms=5 + 14 * weights[j], color=COLORS["orange"])
        plane.text(*(1.27 * key), j + 1, color=COLORS["orange"], ha="center", va="center")
    plane.plot(*query, "o", ms=7, color=COLORS["blue"])
    plane.text(query[0] - 0.15, query[1] + 0.05, "query", color=COLORS["blue"], ha="right")
    plane.plot(*output, "o", ms=7, color=COLORS["red"])
    plane.text(
        output[0] + 0.15, output[1] - 0.6, "output", color=COLORS["red"], ha="left", va="top"
    )
    plane.set(xlim=(-2.2, 2.2), ylim=(-2.2, 2.2), aspect="equal")
    plane.set(xlabel="first coordinate", ylabel="second coordinate")
    bars.vlines(np.arange(1, 6), 0, weights, color=COLORS["orange"])
    bars.plot(np.arange(1, 6), weights, "o", color=COLORS["orange"])
    bars.set(xlabel="key", ylabel="weight", ylim=(0, 1), xlim=(0.4, 5.6), xticks=range(1, 6))
