r"""
A mean forgets how many, a maximum forgets how often
====================================================

Message: the same multisets of neighbours, seen through three summaries. Only the sum keeps the
three of them apart. Used in the chapter on graph networks.

.. alt: Left, three heaps of dots: one blue and one orange, two of each, two blue and one orange.
   Right, a table: the sum differs in all rows, the mean is equal in two, the maximum in all.
"""

# %%
# **Compute.** Blue is the feature (1, 0), orange is (0, 1).
import matplotlib.pyplot as plt
import torch

from udlbook.graphs import scatter
from udlbook.plot import COLORS, book_style

heaps = [[0, 1], [0, 0, 1, 1], [0, 0, 1]]
one_hot = torch.eye(2)[torch.tensor([kind for heap in heaps for kind in heap])]
row = torch.repeat_interleave(torch.arange(3), torch.tensor([len(h) for h in heaps]))
seen = {how: scatter(one_hot, row, 3, how) for how in ("sum", "mean", "max")}

# %%
# **Draw.** A summary in grey stands in another row, too.
with book_style():
    fig, ax = plt.subplots(figsize=(6.4, 2.9))
    for i, heap in enumerate(heaps):
        for j, kind in enumerate(heap):
            ax.plot(j * 0.42, -i, "o", ms=15, color=COLORS[("blue", "orange")[kind]])
        for j, values in enumerate(seen.values()):
            twins = (values == values[i]).all(dim=1).sum() > 1
            text = "(" + ", ".join(f"{v:.2g}" for v in values[i].tolist()) + ")"
            ax.text(
                2.5 + 1.5 * j,
                -i,
                text,
                ha="center",
                va="center",
                color=COLORS["grey"] if twins else "black",
                weight="normal" if twins else "bold",
            )
    for j, how in enumerate(["neighbours", *seen]):
        place = 0.6 if j == 0 else 1 + 1.5 * j
        ax.text(place, 0.75, how, ha="center", va="center", style="italic")
    ax.set(xlim=(-0.3, 6.3), ylim=(-2.5, 1))
    ax.axis("off")
