r"""
Rotary positions turn places into distances
===========================================

Message: the product of a rotated query with a rotated key depends on where the key stands from
the query, and on nothing else. Three queries at three places give one curve.

.. alt: Above, three equal wavy curves against the place of the key, shifted so that each peaks at
   its query. Below, the three curves lie exactly on each other against the distance.
"""

# %%
# **Compute.** One query at three places, the same key everywhere.
import matplotlib.pyplot as plt
import torch

from udlbook.plot import COLORS, book_style
from udlbook.transformers import Rotary

d_head, n = 32, 120
rotary = Rotary(d_head)
q = torch.ones(1, d_head, dtype=torch.float64)
keys = rotary(q.expand(n, d_head))  # the same vector, turned by each place
place = torch.arange(n)
curves = {m: (rotary(q, m) @ keys.T)[0] / d_head for m in (20, 60, 100)}
names = dict(zip(curves, ("blue", "orange", "green"), strict=True))

# %%
# **Draw.** The lower panel has one line less to see than there are: all three are there.
with book_style():
    fig, (top, low) = plt.subplots(2, 1, figsize=(6.4, 4.2), sharey=True)
    for width, (m, curve) in zip((6, 3.4, 1.2), curves.items(), strict=True):
        top.plot(place, curve, color=COLORS[names[m]], lw=1.5)
        top.annotate(f"query at {m}", (m, 1.02), ha="center", va="bottom", color=COLORS[names[m]])
        low.plot(place - m, curve, color=COLORS[names[m]], lw=width)
    top.set(xlabel="place of the key", ylabel="product", ylim=(-0.25, 1.3))
    low.set(xlabel="distance from query to key", ylabel="product", xlim=(-100, 100))
