r"""
One vector for two meanings
===========================

Message: "turkey" is a country and an animal in the corpus, and has one vector for both. It stands
apart from either group, near neither and near both. Used in the chapter on word embeddings.

.. alt: Scatter plot of cosines. Countries gather at the right bottom, animals at the left top; the
   word turkey stands alone between the two groups.
"""

# %%
# **Compute.** For each country and animal, the mean cosine to the others of both groups.
import matplotlib.pyplot as plt
import numpy as np
import torch

from udlbook.data import corpus_ids, corpus_words, draw_corpus
from udlbook.plot import COLORS, book_style
from udlbook.sequence.analogies import unit_rows
from udlbook.sequence.word2vec import skip_gram_vectors

tokens = draw_corpus(10_000, rng=np.random.default_rng(0))
vectors, _ = skip_gram_vectors(
    tokens, len(corpus_words()), generator=torch.Generator().manual_seed(0)
)
countries = "france japan italy greece peru norway india russia egypt poland thailand".split()
animals = "dog cat horse bird cow wolf bee fish camel".split()
unit = unit_rows(vectors)


def mean_cosine(word, group):
    others = [other for other in group if other != word]
    return float(np.mean(unit[corpus_ids(others)] @ unit[corpus_ids(word)[0]]))


# %%
# **Draw.** The farther up, the closer to animals; the farther right, the closer to countries.
with book_style():
    fig, ax = plt.subplots(figsize=(5.4, 4.6))
    groups = ((countries, "blue"), (animals, "green"), (["turkey"], "red"))
    for words, color in groups:
        points = np.array([[mean_cosine(w, g) for g in (countries, animals)] for w in words])
        ax.plot(*points.T, "o", ms=5 if len(words) > 1 else 8, color=COLORS[color])
        name = {"blue": "countries", "green": "animals", "red": "turkey"}[color]
        ax.text(
            points[:, 0].mean(), points[:, 1].min() - 0.03, name, ha="center", va="top",
            color=COLORS[color],
        )  # fmt: skip
    ax.margins(0.14)
    ax.set(xlabel="mean cosine to countries", ylabel="mean cosine to animals")
