r"""
Post-norm needs a warm-up, pre-norm does not
============================================

Message: at a large learning rate a post-norm transformer learns nothing unless the rate starts
small; a pre-norm one learns either way. Used in the chapter :ref:`transformers`.

.. alt: Four loss curves over 150 steps. Post-norm without warm-up stays level, above the dotted
   line of chance; the other three fall below it, pre-norm with warm-up the lowest.
"""

# %%
# **Compute.** Four models of four and four layers learn to copy six symbols out of ten; about
# eight seconds of CPU. The learning rate is 0.01, from the first step or after sixty.
import matplotlib.pyplot as plt
import numpy as np
import torch

from udlbook.data import FIRST, string_task
from udlbook.optim import constant, warm_up
from udlbook.plot import COLORS, book_style
from udlbook.seeding import seeded
from udlbook.training import fit
from udlbook.transformers import (
    Transformer,
    TransformerConfig,
    shift_right,
    smoothed_cross_entropy,
)


def stream(rng):
    while True:
        x, y = string_task("copy", 32, (6, 6), 10, rng=rng)
        yield torch.from_numpy(x), torch.from_numpy(y)


def losses(norm, schedule):
    with seeded(0):
        model = Transformer(TransformerConfig(FIRST + 10, 32, 4, 64, 4, 0.0, norm))
    return fit(
        lambda x, y: smoothed_cross_entropy(model(x, shift_right(y)), y),
        model,
        stream(np.random.default_rng(0)),
        steps=150,
        lr=0.01,
        schedule=schedule,
    )


runs = {
    (norm, name): losses(norm, schedule)
    for norm in ("post", "pre")
    for name, schedule in (("no warm-up", constant), ("warm-up", warm_up(60)))
}

# %%
# **Draw.** Means over nine steps. Chance is log 10 for each of six symbols; the end, always at the
# same place, is easily learned.
with book_style():
    fig, ax = plt.subplots(figsize=(5.6, 3.8))
    chance = np.log(10) * 6 / 7
    for (norm, name), values in runs.items():
        color = COLORS["orange" if norm == "post" else "blue"]
        smooth = np.convolve(values, np.ones(9) / 9, mode="valid")
        style = "-" if name == "warm-up" else "--"
        ax.plot(np.arange(4, 146), smooth, style, color=color)
        ax.text(148, smooth[-1], f"{norm}-norm,\n{name}", color=color, va="center", fontsize=10)
    ax.axhline(chance, color=COLORS["grey"], lw=1, ls=":")
    ax.text(110, chance + 0.03, "chance", color=COLORS["grey"], va="bottom")
    ax.set(xlabel="step", ylabel="loss (nats a token)", xlim=(0, 150), ylim=(0, 2.9))
