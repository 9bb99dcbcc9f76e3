r"""
The square root of the memory, for one more forward pass
========================================================

Message: with a chain of 64 layers cut into segments, memory falls until there are as many
segments as layers in each, and then rises again. The work is the same for every number of
segments above one. Used in the chapter :ref:`autodiff`.

.. alt: Peak memory against the number of segments. Measured points fall steeply from one segment
   to eight, where they are lowest, and then rise in a line; a grey curve follows them from below.
"""

# %%
# **Compute.** Peak memory of one forward and one backward pass, in units of the output of a layer,
# as Python's ``tracemalloc`` sees it; and the number of layers that were run.
import tracemalloc
from functools import partial

import matplotlib.pyplot as plt
import numpy as np

from udlbook import autodiff as ad
from udlbook.plot import COLORS, book_style

depth, width = 64, 32
rng = np.random.default_rng(0)
mixing = rng.normal(size=(width, width)) / np.sqrt(width)
start = rng.normal(size=(1000, width))
runs = {}


def segment(h, n_layers, n_segments):
    """A piece of the chain."""
    for _ in range(n_layers):
        runs[n_segments] = runs.get(n_segments, 0) + 1
        h = ad.tanh(h @ mixing)
    return h


peaks = {}
for n_segments in (1, 2, 4, 8, 16, 32, 64):
    inside = partial(segment, n_layers=depth // n_segments, n_segments=n_segments)
    tracemalloc.start()
    h = ad.Tensor(start, requires_grad=True)
    for _ in range(n_segments):
        h = inside(h) if n_segments == 1 else ad.checkpoint(inside, h)
    ad.sum(h).backward()
    # To a tenth: what Python itself holds differs a little from run to run.
    peaks[n_segments] = round(tracemalloc.get_traced_memory()[1] / start.nbytes, 1)
    tracemalloc.stop()
assert {n: count // depth for n, count in runs.items()} == {1: 1} | {n: 2 for n in runs if n > 1}
assert min(peaks, key=peaks.get) == 8

# %%
# **Draw.** The rule counts the inputs of the segments and the inside of one of them.
with book_style():
    fig, ax = plt.subplots(figsize=(6.4, 3.4))
    k = np.linspace(1, depth, 400)
    ax.semilogx(k, k + depth / k, color=COLORS["grey"], lw=1.2, base=2)
    ax.semilogx(list(peaks), list(peaks.values()), "o", color=COLORS["blue"], ms=7)
    ax.annotate(
        "measured",
        (2, peaks[2]),
        xytext=(10, 4),
        textcoords="offset points",
        color=COLORS["blue"],
    )
    ax.text(24, 22, "rule: $k + n/k$", color=COLORS["grey"])
    ax.annotate(
        "no checkpoints:\neach layer runs once",
        (1, peaks[1]),
        xytext=(14, 0),
        textcoords="offset points",
        va="center",
    )
    ax.annotate(
        r"$\sqrt{n} = 8$ segments: each layer runs twice",
        (8, peaks[8]),
        xytext=(8, 5),
        ha="center",
        arrowprops={"arrowstyle": "->", "color": "black", "shrinkB": 6},
    )
    ax.set(xlabel="number of segments $k$ (64 layers)", ylabel="peak memory (layer outputs)")
    ax.set(ylim=(0, None), xticks=list(peaks), xticklabels=list(peaks))
    ax.minorticks_off()
