r"""
From scores to shares
=====================

Message: logits may be any real numbers, and only their differences count. The softmax makes them
positive shares of one; where two logits cross, two shares are equal. Used in the chapter
:ref:`losses`.

.. alt: Above, three curves of logits that cross twice. Below, the same three classes as layers
   that fill the height from zero to one; each layer is thick where its logit is the largest.
"""

# %%
# **Compute.** Three logits as functions of one input, as a network would give them.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.losses import CategoricalLoss
from udlbook.plot import COLORS, book_style

x = np.linspace(0, 10, 401)
logits = np.stack([3 - 1.1 * x, 1.6 - 0.3 * (x - 4.5) ** 2, 0.9 * x - 6], axis=1)
p = CategoricalLoss().distribution(logits).p
crossings = x[1:][np.diff(logits.argmax(axis=1)) != 0]

# %%
# **Draw.** The dotted lines are where the most probable class changes.
names = ["blue", "orange", "green"]
with book_style():
    fig, axes = plt.subplots(2, 1, figsize=(5.6, 5.2), sharex=True)
    below = np.zeros_like(x)
    for k, name in enumerate(names):
        axes[0].plot(x, logits[:, k], color=COLORS[name])
        axes[1].fill_between(x, below, below + p[:, k], color=COLORS[name], alpha=0.45, lw=0)
        axes[1].plot(x, below + p[:, k], color=COLORS[name], lw=1)
        below = below + p[:, k]
    for ax in axes:
        for place in crossings:
            ax.axvline(place, color=COLORS["grey"], lw=1, ls=":")
    for k, (px, py) in enumerate([(1.2, 0.5), (4.5, 0.5), (8.6, 0.5)]):
        axes[1].text(px, py, f"class {k}", ha="center", va="center")
        axes[0].text(px, [2.9, 2.3, 3.0][k], f"class {k}", ha="center", color=COLORS[names[k]])
    axes[0].set(ylabel="logits", ylim=(-6, 4))
    axes[1].set(xlabel="input $x$", ylabel="probabilities", xlim=(0, 10), ylim=(0, 1))
