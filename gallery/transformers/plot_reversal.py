r"""
Reversal is an anti-diagonal, and it ends where the training lengths end
========================================================================

Message: a decoder that reverses strings looks at the last symbol first and walks back; on strings
longer than any in training it loses its way, and accuracy falls to nothing. Used in the chapter
:ref:`transformers`.

.. alt: Two attention maps: an anti-diagonal band for nine symbols, a broken one for fifteen.
   Below, exact accuracy by length: nearly one up to ten, the longest trained, then nothing.
"""

# %%
# **Compute.** One layer of encoder and decoder, 600 steps, eight seconds of CPU. Strings have 3 to
# 10 symbols in training; 300 new ones of each length are tested.
import matplotlib.pyplot as plt
import numpy as np
import torch

from udlbook.data import FIRST, string_task
from udlbook.layers import watching
from udlbook.optim import linear, warm_up
from udlbook.plot import COLORS, book_style
from udlbook.seeding import seeded
from udlbook.training import fit
from udlbook.transformers import (
    Transformer,
    TransformerConfig,
    TransformerWriter,
    exact_matches,
    greedy,
    shift_right,
    smoothed_cross_entropy,
)

rng = np.random.default_rng(0)


def draw(n, lengths):
    return map(torch.from_numpy, string_task("reverse", n, lengths, 10, rng=rng))


with seeded(0):
    model = Transformer(TransformerConfig(FIRST + 10, 64, 4, 128, 1, 0.0, "pre"))
fit(
    lambda x, y: smoothed_cross_entropy(model(x, shift_right(y)), y),
    model,
    (tuple(draw(64, (3, 10))) for _ in range(600)),
    steps=600,
    lr=3e-3,
    schedule=warm_up(50, linear()),
)
model.eval()

lengths, accuracy, maps = np.arange(3, 17), [], {}
with torch.no_grad():
    for n in lengths:
        x, y = draw(300, (n, n))
        said = greedy(TransformerWriter(model, x), 300, n + 3)
        accuracy.append(exact_matches(said, y).double().mean().item())
    for n in (9, 15):
        x, y = draw(1, (n, n))
        with watching(model) as seen:
            model(x, shift_right(y))
        maps[n] = seen["decoder.0.cross_attention"][0].mean(dim=0)[:n].numpy()

# %%
# **Draw.** The mean of the four heads, and the accuracies.
with book_style():
    fig = plt.figure(figsize=(5.6, 5.8))
    grid = fig.add_gridspec(2, 2, height_ratios=[1.15, 1])
    for i, (n, weights) in enumerate(maps.items()):
        ax = fig.add_subplot(grid[0, i])
        image = ax.imshow(weights, cmap="viridis", vmin=0, vmax=1, origin="upper")
        ticks = np.arange(0, n, 4)
        ax.set(title=f"{n} symbols", xlabel="place read")
        ax.set_xticks(ticks, ticks + 1)
        ax.set_yticks(ticks, ticks + 1)
        if i == 0:
            ax.set_ylabel("place written")
    fig.colorbar(image, ax=fig.axes, ticks=[0, 0.5, 1], pad=0.02, label="weight")
    ax = fig.add_subplot(grid[1, :])
    ax.axvspan(2.5, 10.5, color=COLORS["blue"], alpha=0.12, lw=0)
    ax.text(6.5, 0.5, "lengths in training", ha="center", color=COLORS["blue"])
    ax.plot(lengths, accuracy, "o-", ms=5, color=COLORS["orange"])
    ax.set(xlabel="length of the string", ylabel="exactly right", xlim=(2.5, 16.5))
    ax.set_ylim(-0.03, 1.05)
