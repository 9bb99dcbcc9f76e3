r"""
The same scores under three kinds of attention
==============================================

Message: global attention lets all keys compete; local-m cuts out a window around the step;
local-p moves the window to a predicted centre and fades it out by a Gaussian. Used in the chapter
:ref:`attention`.

.. alt: Three bar charts of attention weights over twenty positions: bars everywhere; five bars
   around position eight; bars around position thirteen under a bell curve.
"""

# %%
# **Compute.** Scores of twenty keys for one query; step 8; a centre predicted at 13.4.
import matplotlib.pyplot as plt
import numpy as np
import torch

from udlbook.plot import COLORS, book_style
from udlbook.sequence import attend, local_attend

rng = np.random.default_rng(5)
scores = torch.from_numpy(rng.normal(size=(1, 1, 20)))
values = torch.zeros(1, 20, 1, dtype=torch.float64)
place, D, centre = np.arange(20), 2, 13.4
weights = {
    "global": attend(scores, values)[1],
    "local-m, at step 8": local_attend(scores, values, torch.tensor([[8.0]]), D)[1],
    "local-p, centre 13.4": local_attend(
        scores, values, torch.tensor([[centre]]), D, gaussian=True
    )[1],
}

# %%
# **Draw.** One scale; the Gaussian of local-p is the orange line.
with book_style():
    fig, axes = plt.subplots(3, 1, figsize=(6.4, 4.4), sharex=True, sharey=True)
    for ax, (name, w) in zip(axes, weights.items(), strict=True):
        ax.bar(place, w[0, 0].numpy(), color=COLORS["blue"], width=0.7)
        ax.text(0.01, 0.95, name, transform=ax.transAxes, va="top")
    for ax, p in zip(axes[1:], (8, centre), strict=True):
        ax.axvspan(p - D, p + D, color=COLORS["grey"], alpha=0.15, lw=0)
    x = np.linspace(centre - 2 * D, centre + 2 * D, 200)
    bell = np.exp(-((x - centre) ** 2) / (2 * (D / 2) ** 2))
    axes[2].plot(x, 0.5 * bell, color=COLORS["orange"])
    axes[2].text(15.6, 0.33, "Gaussian, halved", color=COLORS["orange"], fontsize=10)
    axes[1].set_ylabel("weight")
    axes[2].set(xlabel="position in the source", xticks=range(0, 20, 2), ylim=(0, 0.75))
