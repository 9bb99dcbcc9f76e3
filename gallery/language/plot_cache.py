r"""
A cache makes the next token cheap
==================================

Message: without a cache each new token costs a pass over the whole text; with one it costs a pass
over one token, whose attention grows so slowly that it is hardly seen.

.. alt: Operations for one more token against length, both logarithmic. Without a cache they climb
   in proportion to the length; with a cache they are few and the line is nearly flat.
"""

# %%
# **Compute.** Floating-point operations of the next token at six lengths, counted by PyTorch.
import matplotlib.pyplot as plt
import torch
from torch.utils.flop_counter import FlopCounterMode

from udlbook.layers import watching
from udlbook.plot import COLORS, book_style, label_line
from udlbook.transformers import GPT, GPTConfig

lengths = [16, 32, 64, 128, 256, 512]
model = GPT(GPTConfig(vocab=256, context=513, d_model=128, n_heads=4, n_layers=3)).eval()
text = torch.zeros(1, 513, dtype=torch.long)


def operations(tokens, caches=None):
    """Millions of operations of one pass; attention step by step, so that all are counted."""
    with torch.no_grad(), watching(model), FlopCounterMode(display=False) as counter:
        model(tokens, caches)
    return counter.get_total_flops() / 1e6


def with_cache(n):
    """Operations of token n + 1 when n tokens are in the cache."""
    caches = model.new_caches()
    with torch.no_grad():
        model(text[:, :n], caches)
    return operations(text[:, n : n + 1], caches)


cached = [with_cache(n) for n in lengths]
plain = [operations(text[:, : n + 1]) for n in lengths]

# %%
# **Draw.** Both axes logarithmic: a slope of one is proportional growth.
with book_style():
    fig, ax = plt.subplots(figsize=(6.4, 3.2))
    for counted, name, color in [(plain, "without", "red"), (cached, "with cache", "blue")]:
        (line,) = ax.loglog(lengths, counted, "o-", ms=5, color=COLORS[color])
        label_line(ax, line, name)
    ax.set(xlabel="tokens so far", ylabel="million operations")
    ax.set_xticks(lengths, [str(n) for n in lengths])
    ax.minorticks_off()
