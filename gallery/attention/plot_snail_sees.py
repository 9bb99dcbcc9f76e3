r"""
What one output of a SNAIL sees
===============================

Message: each dense block doubles the reach; three of them see exactly the last eight inputs;
attention sees all of the past at once. No output sees the future. Used in the chapter
:ref:`attention`.

.. alt: Four square maps of which output step depends on which input step: bands of width two, four
   and eight below the diagonal, and a full lower triangle.
"""

# %%
# **Compute.** The zero pattern of the Jacobian, block by block, at random weights.
import matplotlib.pyplot as plt
import torch

from udlbook.plot import book_style
from udlbook.seeding import seeded
from udlbook.sequence import AttentionBlock, TCBlock

T = 16
with seeded(0):
    conv, attention = TCBlock(2, 8, 3), AttentionBlock(2, 4, 3)
    x = torch.randn(T, 2)


def seen(block):
    """Which output step depends on which input step."""
    jacobian = torch.autograd.functional.jacobian(lambda a: block(a[None])[0], x)
    return jacobian.abs().sum(dim=(1, 3)) > 0


maps = {
    "dilation 1": seen(conv[0]),
    "dilations 1, 2": seen(torch.nn.Sequential(conv[0], conv[1])),
    "dilations 1, 2, 4": seen(conv),
}
maps["attention"] = seen(attention)

# %%
# **Draw.** Blue where the output of a row depends on the input of a column.
with book_style():
    fig, axes = plt.subplots(2, 2, figsize=(5.6, 5.6), sharex=True, sharey=True)
    for ax, (name, sees) in zip(axes.flat, maps.items(), strict=True):
        ax.imshow(sees.float().numpy(), cmap="Blues", vmin=0, vmax=1.3)
        ax.set(title=name, xticks=[0, 5, 10, 15], yticks=[0, 5, 10, 15])
        for side in ("top", "right"):
            ax.spines[side].set_visible(True)
    fig.supxlabel("step of the input")
    fig.supylabel("step of the output")
