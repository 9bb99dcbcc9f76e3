r"""
A cache makes the next token cheap
==================================

Message: without a cache each new token costs a pass over the whole text; with one it costs a pass
over one token, whose attention grows so slowly that it is hardly seen.

.. alt: CPU time for one more token against length, both logarithmic. Without a cache it climbs
   steadily, roughly in proportion to the length; with a cache it is low and nearly flat.
"""

# %%
# **Compute.** CPU time of the next token at six lengths; the fastest of five tries.
import time

import matplotlib.pyplot as plt
import torch

from udlbook.plot import COLORS, book_style, label_line
from udlbook.seeding import seeded
from udlbook.transformers import GPT, GPTConfig

lengths = [16, 32, 64, 128, 256, 512]
with seeded(0):
    model = GPT(GPTConfig(vocab=256, context=513, d_model=128, n_heads=4, n_layers=3)).eval()
text = torch.randint(256, (1, 513), generator=torch.Generator().manual_seed(0))


def fastest(call):
    """CPU milliseconds of the fastest of five calls."""
    times = []
    for _ in range(5):
        start = time.process_time()
        call()
        times.append(1000 * (time.process_time() - start))
    return min(times)


def one_more(n):
    """Milliseconds for token n + 1, with a cache and without."""
    caches = model.new_caches()
    model(text[:, :n], caches)

    def step():
        held = [(c.k, c.v) for c in caches]
        model(text[:, n : n + 1], caches)
        for cache, (k, v) in zip(caches, held, strict=True):
            cache.k, cache.v = k, v  # back to n tokens

    return fastest(step), fastest(lambda: model(text[:, : n + 1]))


with torch.no_grad():
    one_more(16)  # warm up
    cached, plain = zip(*map(one_more, lengths), strict=True)

# %%
# **Draw.** Both axes logarithmic: a slope of one is proportional growth.
with book_style():
    fig, ax = plt.subplots(figsize=(6.4, 3.2))
    for times, name, color in [(plain, "without", "red"), (cached, "with cache", "blue")]:
        (line,) = ax.loglog(lengths, times, "o-", ms=5, color=COLORS[color])
        label_line(ax, line, name)
    ax.set(xlabel="tokens so far", ylabel="milliseconds of CPU")
    ax.set_xticks(lengths, [str(n) for n in lengths])
    ax.minorticks_off()
