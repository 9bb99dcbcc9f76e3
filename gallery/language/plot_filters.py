r"""
Top-k keeps a number of tokens, top-p a part of the probability
===============================================================

Message: where the model is sure, the three most probable tokens include nonsense, and the nucleus
of nine tenths is one token; where it is not, three tokens are too few, and the nucleus grows.

.. alt: Four panels of bars of falling probability. For a sure model top-3 keeps one tall and two
   tiny bars, the nucleus one; for an unsure one top-3 keeps three of ten, the nucleus nine.
"""

# %%
# **Compute.** Two distributions over ten tokens, and what the filters leave of them.
import matplotlib.pyplot as plt
import torch

from udlbook.plot import COLORS, book_style
from udlbook.transformers import probabilities

sure = torch.softmax(-2.6 * torch.arange(10.0, dtype=torch.float64), 0)
unsure = torch.softmax(-0.15 * torch.arange(10.0, dtype=torch.float64), 0)
filters = {"top-k, $k = 3$": {"k": 3}, "top-p, $p = 0.9$": {"p": 0.9}}

# %%
# **Draw.** Pale bars are lost; an outline is what the model said.
with book_style():
    fig, axes = plt.subplots(2, 2, figsize=(6.4, 4.2), sharex=True, sharey="row")
    for row, (name, q) in zip(axes, {"sure": sure, "unsure": unsure}.items(), strict=True):
        for ax, (title, options) in zip(row, filters.items(), strict=True):
            left = probabilities(q.log(), **options).numpy()
            kept = left > 0
            ax.bar(range(10), left, color=COLORS["blue"])
            ax.bar(range(10), q.numpy(), fill=False, ec=COLORS["grey"], lw=1)
            ax.set(xticks=[], title=title if name == "sure" else None)
            what = f"{kept.sum()} kept, {q.numpy()[kept].sum():.0%}"
            ax.text(0.97, 0.8, what, transform=ax.transAxes, ha="right", color=COLORS["blue"])
        row[0].set(ylabel=f"{name}: probability")
        row[0].set_ylim(0, 1.1 if name == "sure" else 0.45)
    fig.supxlabel("tokens, most probable first")
