r"""
Copying and reversing draw a diagonal, sorting does not
=======================================================

Message: the weights of a trained encoder-decoder, one row a written symbol. For copying and
reversing they follow the string, forwards and backwards, though nobody told the network where to
look. For sorting they spread, and the answer is no worse for it. Used in the chapter
:ref:`attention`.

.. alt: Three maps of attention weights over one string of digits: a falling diagonal for copying,
   a rising one for reversing, and a faint scatter over all symbols for sorting.
"""

# %%
# **Compute.** One model of Bahdanau's for each task, trained on random strings of at most nine
# digits: a few seconds each.
import matplotlib.pyplot as plt
import numpy as np
import torch

from udlbook.data import EOS, FIRST, string_task
from udlbook.optim import one_cycle
from udlbook.plot import book_style
from udlbook.seeding import seeded
from udlbook.sequence import AttentiveSeq2Seq
from udlbook.training import fit


def strings(task, rng):
    """Fresh strings without end."""
    while True:
        yield tuple(map(torch.from_numpy, string_task(task, 48, (3, 9), 10, rng=rng)))


source = torch.tensor([[3, 1, 4, 0, 5, 9, 2, 6]]) + FIRST
maps = {}
for task, steps in [("copy", 160), ("reverse", 160), ("sort", 160)]:
    with seeded(1):
        model = AttentiveSeq2Seq(13, 48, kind="bahdanau", score="additive")
    stream = strings(task, np.random.default_rng(1))
    fit(model.loss, model, stream, steps=steps, lr=1e-2, schedule=one_cycle())
    said = model.greedy(source, source.shape[1] + 1)
    with torch.no_grad():
        maps[task] = said[0], model.align(source, said)[1][0]

# %%
# **Draw.** Written symbols from top to bottom, the source from left to right.
with book_style():
    fig, axes = plt.subplots(1, 3, figsize=(7.2, 3.0))
    for ax, (task, (said, weights)) in zip(axes, maps.items(), strict=True):
        names = ["end" if t == EOS else str(t - FIRST) for t in said.tolist()]
        ax.imshow(weights.numpy(), cmap="Blues", vmin=0, vmax=1)
        ax.set(title=task, xticks=range(8), yticks=range(len(names)), yticklabels=names)
        ax.set_xticklabels((source[0] - FIRST).tolist())
        ax.tick_params(length=0)
        for side in ("top", "right"):
            ax.spines[side].set_visible(True)
    axes[0].set_ylabel("written")
    axes[1].set_xlabel("read")
