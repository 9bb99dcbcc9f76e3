r"""
Assignment within small batches shrinks the generator
=====================================================

Message: matched one to one within a batch, the best generator is too narrow, and the smaller the
batch the narrower: a batch of one is a random pair, and the best spread is 0. Used in the chapter
on generators.

.. alt: A curve of the best spread against batch size, on a logarithmic axis: 0 at batch size 1,
   about 0.3 at 2, 0.9 near 30, close to 1 at 1,000. A dashed line at 1 is marked as the truth.
"""

# %%
# **Compute.** Data and noise are standard normal, the generator multiplies by s. The best s is
# the mean square of the expected order statistics, found here by drawing 4,000 batches.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.plot import COLORS, book_style

rng = np.random.default_rng(0)
sizes = np.array([1, 2, 4, 8, 16, 32, 64, 128, 256, 1024])
best = []
for size in sizes:
    rounds = 400_000 // max(size, 20)
    middle = np.zeros(size)
    for _ in range(10):
        middle += np.sort(rng.standard_normal((rounds // 10, size)), axis=1).mean(axis=0) / 10
    best.append(np.mean(middle**2))

# %%
# **Draw.** The truth is 1.
with book_style():
    fig, ax = plt.subplots(figsize=(6.4, 3.4))
    ax.axhline(1, color=COLORS["grey"], ls="--", lw=1)
    ax.semilogx(sizes, best, "o-", color=COLORS["blue"], base=2)
    ax.text(1, 1.02, "spread of the data", va="bottom", color=COLORS["grey"])
    ax.annotate(
        "a batch of two: $1/\\pi$",
        (2, 1 / np.pi),
        xytext=(3.2, 0.22),
        arrowprops={"arrowstyle": "-", "lw": 0.7},
    )
    ax.set(xlabel="batch size", ylabel="best spread $s$", ylim=(-0.05, 1.15))
    ticks = [1, 4, 16, 64, 256, 1024]
    ax.set_xticks(ticks, [f"{t:,}" for t in ticks])
