r"""
What a generator feels when the critic is sure
==============================================

Message: where the critic gives a sample almost no chance, the minimax loss has almost no slope,
and the others still have all of theirs. Used in the chapter on adversarial networks.

.. alt: Pull of three losses against the logit of a sample. The minimax curve is zero on the left
   and rises to one, the non-saturating one falls from one to zero, the third is one everywhere.
"""

# %%
# **Compute.** The slopes that the package has by hand.
import matplotlib.pyplot as plt
import torch

from udlbook.gans import Minimax, NonSaturating, Wasserstein
from udlbook.plot import COLORS, book_style, label_line

s = torch.linspace(-7, 4, 300, dtype=torch.float64)
losses = {
    "minimax": (Minimax(), "red"),
    "non-saturating": (NonSaturating(), "blue"),
    "Wasserstein, hinge": (Wasserstein(), "green"),
}

# %%
# **Draw.** Every loss pulls logits up; the length of the pull is what differs.
with book_style():
    fig, ax = plt.subplots(figsize=(6.4, 3.4))
    for name, (loss, color) in losses.items():
        (line,) = ax.plot(s, -loss.generated_slope(s), color=COLORS[color])
        where = {"minimax": (-3.4, 12), "non-saturating": (2.2, 18)}.get(name, (-4, 9))
        label_line(ax, line, name, where[0], dx=0, dy=where[1], ha="center")
    ax.axvspan(-7, -3, color=COLORS["grey"], alpha=0.12, lw=0)
    ax.text(-6.8, 0.5, "the critic\nis sure:\ngenerated", color=COLORS["grey"], va="center")
    ax.set(xlabel="logit of a generated sample", ylabel="pull upwards", xlim=(-7, 4))
    ax.set_ylim(0, 1.2)
