r"""
How much text, and how many numbers a word?
===========================================

Message: analogies come out right once each word was seen often enough, and once its vector has
room for all features. Words with two meanings need more of both. Used in the chapter on word
embeddings.

.. alt: Two stacked panels in which five lines rise from near zero to near 100 percent: above with
   the number of sentences, below with the length of the vectors. The line of ambiguous words lies
   lowest nearly everywhere.
"""

# %%
# **Compute.** Means over two corpora each.
import matplotlib.pyplot as plt
import numpy as np
import torch

from udlbook.data import corpus_questions, corpus_words, draw_corpus
from udlbook.plot import COLORS, book_style
from udlbook.sequence.analogies import analogy_accuracy
from udlbook.sequence.word2vec import skip_gram_vectors

questions = corpus_questions()


def accuracies(sentences, dim):
    runs = []
    for seed in range(2):
        vectors, _ = skip_gram_vectors(
            draw_corpus(sentences, rng=np.random.default_rng(seed)),
            len(corpus_words()),
            dim,
            steps=400,
            generator=torch.Generator().manual_seed(seed),
        )
        runs.append([analogy_accuracy(vectors, q) for q in questions.values()])
    return np.mean(runs, axis=0)


sizes, dims = [500, 1000, 2000, 4000, 8000], [4, 8, 12, 16, 32]
by_size = np.array([accuracies(n, 32) for n in sizes])
by_dim = np.array([*(accuracies(8000, d) for d in dims[:-1]), by_size[-1]])

# %%
# **Draw.** One colour for each kind of question.
with book_style():
    fig, axes = plt.subplots(2, 1, figsize=(5.6, 6.4), sharey=True)
    colors = [COLORS[c] for c in ("blue", "green", "purple", "orange", "red")]
    for ax, x, y in ((axes[0], sizes, by_size), (axes[1], dims, by_dim)):
        for line, color, name in zip(100 * y.T, colors, questions, strict=True):
            ax.plot(x, line, "o-", ms=4, color=color, label=name)
        ax.set(xscale="log", ylabel="analogies right (%)", ylim=(0, 103))
        ax.set_xticks(x, [f"{a:,}" for a in x])
        ax.minorticks_off()
    axes[0].set_xlabel("sentences (32 numbers a word)")
    axes[1].set_xlabel("numbers a word (8,000 sentences)")
    axes[1].legend(loc="lower right")
