r"""
Skip-gram factorizes a table of counts
======================================

Message: nobody told skip-gram about mutual information, but the dot product of a word and a
neighbour comes to lie near the shifted PMI of the two. Short vectors cannot follow all of it;
longer ones come closer. Used in the chapter on word embeddings.

.. alt: Two clouds of points around a diagonal line, the dot product over the shifted PMI. With 4
   numbers a word a second cloud, of large PMI, lies far below the line; with 64 it lies on it.
"""

# %%
# **Compute.** Pairs seen at least 20 times; rarer ones have a noisy PMI.
import matplotlib.pyplot as plt
import numpy as np
import torch

from udlbook.data import corpus_words, draw_corpus
from udlbook.plot import COLORS, book_style
from udlbook.sequence.cooccurrence import cooccurrence, shifted_pmi, window_pairs
from udlbook.sequence.word2vec import skip_gram_vectors

n_words = len(corpus_words())
tokens = draw_corpus(20_000, rng=np.random.default_rng(0))
counts = cooccurrence(*window_pairs(tokens, 5), n_words)
often = counts >= 20
target = shifted_pmi(counts, k=5)[often]
learned = {}
for dim in (4, 64):
    words, neighbours = skip_gram_vectors(
        tokens, n_words, dim, steps=1500, lr=0.01, generator=torch.Generator().manual_seed(0)
    )
    learned[dim] = (words @ neighbours.T)[often]

# %%
# **Draw.** The diagonal is what the loss would have, were nothing in its way.
with book_style():
    fig, axes = plt.subplots(1, 2, figsize=(6.6, 3.7), sharex=True, sharey=True)
    for ax, (dim, score) in zip(axes, learned.items(), strict=True):
        ax.scatter(target, score, s=2.5, alpha=0.6, color=COLORS["blue"], rasterized=True, lw=0)
        ax.plot([-3.2, 3.2], [-3.2, 3.2], color=COLORS["orange"], lw=1.3)
        ax.set(title=f"{dim} numbers a word", xlabel="shifted PMI (nats)", aspect="equal")
        ax.set(xlim=(-3.2, 3.2), ylim=(-3.2, 3.2))
    axes[0].set_ylabel("dot product")
