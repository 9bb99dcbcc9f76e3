r"""
Pre-norm divides the work among its layers, post-norm does not
==============================================================

Message: at the start of training the last layer of a post-norm stack has the same large slopes
however deep the stack is; those of a pre-norm stack shrink as one over the root of the depth.
Dots are five starts. Used in the chapter :ref:`transformers`.

.. alt: Size of the last layer's gradient against the number of layers, both logarithmic. Dots for
   post-norm stay level from 1 to 32 layers; dots for pre-norm fall along a dashed line.
"""

# %%
# **Compute.** One backward pass through fresh layers, for six depths and five seeds. The loss is a
# random linear function of the output.
import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn

from udlbook.plot import COLORS, book_style
from udlbook.seeding import seeded
from udlbook.transformers import EncoderLayer

depths, d_model = [1, 2, 4, 8, 16, 32], 32
sizes = {"post": [], "pre": []}
for norm, found in sizes.items():
    for seed in range(5):
        row = []
        for depth in depths:
            with seeded(seed):
                layers = [EncoderLayer(d_model, 4, 128, 0.0, norm) for _ in range(depth)]
                if norm == "pre":
                    layers.append(nn.LayerNorm(d_model))
                x, direction = torch.randn(2, 8, 10, d_model)
            (nn.Sequential(*layers)(x) * direction).sum().backward()
            row.append(float(layers[depth - 1].feed_forward.second.weight.grad.norm()))
        found.append(row)

# %%
# **Draw.** All sizes relative to a post-norm stack of one layer.
unit = np.mean(sizes["post"], axis=0)[0]
with book_style():
    fig, ax = plt.subplots(figsize=(5.6, 3.6))
    for norm, color in (("post", "orange"), ("pre", "blue")):
        values = np.array(sizes[norm]) / unit
        for row in values:
            ax.plot(depths, row, "o", ms=4, alpha=0.5, color=COLORS[color])
        ax.plot(depths, values.mean(axis=0), color=COLORS[color])
        ax.text(36, values.mean(axis=0)[-1], f"{norm}-norm", color=COLORS[color], va="center")
    start = np.mean(sizes["pre"], axis=0)[0] / unit
    ax.plot(depths, start / np.sqrt(depths), "--", color=COLORS["grey"], lw=1.2)
    ax.text(9, 0.21, r"$1/\sqrt{\mathrm{layers}}$", color=COLORS["grey"], ha="right")
    ax.set(xscale="log", yscale="log", xlabel="layers", ylabel="size of the last gradient")
    ax.set_xticks(depths, [str(d) for d in depths])
    ax.set_yticks([0.1, 0.3, 1], ["0.1", "0.3", "1"])
    ax.minorticks_off()
    ax.set(xlim=(0.9, 40), ylim=(0.1, 1.6))
