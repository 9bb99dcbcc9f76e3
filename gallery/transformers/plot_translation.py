r"""
A translator looks where the grammar tells it to look
=====================================================

Message: writing a sentence whose words come in another order, each head of a trained decoder
finds its own source: the word to be translated, or the noun that it must agree with. Used in the
chapter :ref:`transformers`.

.. alt: Two maps of attention weights, one a head, from eleven Lunic words to an English sentence.
   Bright cells jump around: the time word written first is read last, the verb written last is
   read in the middle.
"""

# %%
# **Compute.** One layer of encoder and decoder with two heads, 500 steps, ten seconds of CPU.
import matplotlib.pyplot as plt
import numpy as np
import torch

from udlbook.data import EOS, PAD, language_pairs, language_vocabulary, words
from udlbook.layers import watching
from udlbook.optim import linear, warm_up
from udlbook.plot import book_style
from udlbook.seeding import seeded
from udlbook.training import fit
from udlbook.transformers import (
    Transformer,
    TransformerConfig,
    TransformerWriter,
    greedy,
    shift_right,
    smoothed_cross_entropy,
)

rng = np.random.default_rng(0)
vocabulary = language_vocabulary()
with seeded(0):
    model = Transformer(TransformerConfig(len(vocabulary), 64, 2, 128, 1, 0.0, "pre"))
batches = (tuple(map(torch.from_numpy, language_pairs(64, rng=rng))) for _ in range(500))
fit(
    lambda x, y: smoothed_cross_entropy(model(x, shift_right(y)), y, 0.1),
    model,
    batches,
    steps=500,
    lr=3e-3,
    schedule=warm_up(50, linear()),
)
model.eval()

sentence = "the dogs near the old house do not see a bird today".split()
source = torch.tensor([[vocabulary.index(word) for word in sentence]])
said = greedy(TransformerWriter(model, source), 1, 16)
with torch.no_grad(), watching(model) as seen:
    model(source, shift_right(said))
weights = seen["decoder.0.cross_attention"][0].numpy()  # (2, L, S)
written = [*words(said[0].numpy()).split(), "(end)"]
assert said[0, -1] == EOS and PAD not in said

# %%
# **Draw.** One map a head, with the words on the axes.
with book_style():
    fig, axes = plt.subplots(2, 1, figsize=(5.6, 8.4), sharex=True)
    for i, ax in enumerate(axes):
        image = ax.imshow(weights[i], cmap="viridis", vmin=0, vmax=1, aspect="auto")
        ax.set_yticks(range(len(written)), written)
        ax.set(title=f"head {i + 1}", ylabel="written")
        ax.set_xticks(range(len(sentence)), sentence, rotation=60, ha="right")
    axes[1].set_xlabel("read")
    fig.colorbar(image, ax=axes, ticks=[0, 0.5, 1], pad=0.02, shrink=0.5, label="weight")
