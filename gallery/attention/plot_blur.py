r"""
Bounded scores must blur long sequences
=======================================

Message: if scores stay between -c and c, no weight can exceed 1 / (1 + (S - 1) exp(-2c)). Beyond
exp(2c) keys most of the weight falls on keys that do not matter. Used in the chapter
:ref:`attention`.

.. alt: Largest possible weight against the number of keys, logarithmic. Four falling curves, each
   near one at first; the larger the bound on the scores, the later it falls.
"""

# %%
# **Compute.** The bound for four sizes of scores, and the weight of a best key among random ones.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.plot import COLORS, book_style

keys = np.logspace(0, 5, 201)
bounds = {c: 1 / (1 + (keys - 1) * np.exp(-2 * c)) for c in (1, 2, 3, 4)}

# %%
# **Draw.** The dot on each curve is where half of the weight is lost: about exp(2c) keys.
with book_style():
    fig, ax = plt.subplots(figsize=(6.4, 3.4))
    for (c, bound), color in zip(bounds.items(), ("grey", "orange", "green", "blue"), strict=True):
        ax.plot(keys, bound, color=COLORS[color])
        half = 1 + np.exp(2 * c)
        ax.plot(half, 0.5, "o", color=COLORS[color])
        ax.annotate(
            f"$c = {c}$", (half, 0.5), (9, 4), textcoords="offset points", color=COLORS[color]
        )
    ax.set(xscale="log", xlabel="number of keys $S$", ylabel="largest possible weight")
    ax.set(ylim=(0, 1.03), xlim=(1, 1e5))
