r"""
Four moves aim a head of a Neural Turing Machine
================================================

Message: content finds the slot that resembles the key, interpolation decides between it and the
old place, the shift goes on by one, and sharpening removes the blur that the shift brought. Used
in the chapter :ref:`attention`.

.. alt: Five rows of bars over twelve memory slots: the old focus at slot 2; content weights peaked
   at slot 7; a mixture with a tall bar at 7; the same moved and blurred around slot 8; a single
   tall bar at slot 8.
"""

# %%
# **Compute.** Twelve slots of eight numbers; the key is a noisy copy of slot 7.
import matplotlib.pyplot as plt
import torch

from udlbook.plot import COLORS, book_style
from udlbook.sequence import content_weights, interpolate, sharpen, shift

generator = torch.Generator().manual_seed(4)
memory = torch.randn(1, 12, 8, generator=generator)
key = memory[:, 7] + 0.3 * torch.randn(1, 8, generator=generator)
before = torch.zeros(1, 12)
before[0, 2] = 1
stages = {"before": before}
stages["content, $\\beta = 8$"] = content_weights(memory, key, torch.tensor([8.0]))
stages["interpolation, $g = 0.85$"] = interpolate(
    list(stages.values())[-1], before, torch.tensor([0.85])
)
stages["shift by $+1$, with 0.2 astray"] = shift(
    list(stages.values())[-1], torch.tensor([[0.05, 0.15, 0.8]])
)
stages["sharpening, $\\gamma = 4$"] = sharpen(list(stages.values())[-1], torch.tensor([4.0]))

# %%
# **Draw.** One row a move, one scale.
with book_style():
    fig, axes = plt.subplots(5, 1, figsize=(6.4, 5.0), sharex=True, sharey=True)
    for ax, (name, w) in zip(axes, stages.items(), strict=True):
        ax.bar(range(12), w[0].numpy(), color=COLORS["blue"], width=0.75)
        ax.text(0.995, 0.95, name, transform=ax.transAxes, ha="right", va="top", fontsize=10)
        ax.set(yticks=[0, 1], ylim=(0, 1.1))
    axes[2].set_ylabel("weight")
    axes[4].set(xlabel="slot of the memory", xticks=range(12))
