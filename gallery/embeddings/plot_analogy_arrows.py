r"""
Differences of words are parallel
=================================

Message: king is to queen as uncle is to aunt. In the vectors the four words are corners of a
parallelogram, because one feature changes and what changes in the neighbours is the same. Four
relations, each drawn in the plane in which its words vary most. Used in the chapter on word
embeddings.

.. alt: Four panels of labelled arrows, for gender, number, tense and capital. In each panel four
   arrows that start at different words point in nearly the same direction and are about as long.
"""

# %%
# **Compute.** Train, center all words of a relation, and take their two main axes. Of the pairs we
# show four that lie far apart, so that they can be read.
import matplotlib.pyplot as plt
import numpy as np
import torch

from udlbook.data import corpus_questions, corpus_words, draw_corpus
from udlbook.plot import COLORS, book_style
from udlbook.sequence.word2vec import skip_gram_vectors

tokens = draw_corpus(10_000, rng=np.random.default_rng(0))
vectors, _ = skip_gram_vectors(
    tokens, len(corpus_words()), generator=torch.Generator().manual_seed(0)
)
planes = {}
for name in ("gender", "number", "tense", "capital"):
    pairs = np.unique(corpus_questions()[name][:, :2], axis=0)
    pairs = pairs[:: 2 if name == "gender" else 1]  # one king and one queen, without the plural
    points = vectors[pairs] - vectors[pairs].mean(axis=(0, 1))  # (pairs, 2, dim)
    points = points @ np.linalg.svd(points.reshape(-1, 32), full_matrices=False)[2][:2].T
    middle = points.mean(axis=1)
    shown = [int(middle[:, 1].argmax())]
    for _ in range(3):
        gap = np.linalg.norm(middle[:, None] - middle[shown], axis=-1).min(axis=1)
        shown.append(int(gap.argmax()))
    planes[name] = np.array(corpus_words())[pairs[shown].ravel()], points[shown].reshape(-1, 2)

# %%
# **Draw.** One colour for each end of the arrows.
with book_style():
    fig, axes = plt.subplots(2, 2, figsize=(6.8, 6.8))
    for ax, (name, (words, points)) in zip(axes.flat, planes.items(), strict=True):
        for i in range(0, len(words), 2):
            ax.annotate(
                "",
                points[i + 1],
                points[i],
                arrowprops={"arrowstyle": "->", "color": COLORS["grey"], "lw": 1.1},
            )
        step = (points[1::2] - points[::2]).mean(axis=0)  # labels stand before and behind
        step = np.sign(step) * (abs(step) == abs(step).max())
        for i, (word, (x, y)) in enumerate(zip(words, points, strict=True)):
            dx, dy = step * (7 if i % 2 else -7)
            color = COLORS["orange" if i % 2 else "blue"]
            ax.plot(x, y, "o", ms=4, color=color)
            ax.annotate(
                word, (x, y), (dx, dy), textcoords="offset points", color=color,
                ha={-1: "right", 0: "center", 1: "left"}[np.sign(dx)],
                va={-1: "top", 0: "center", 1: "bottom"}[np.sign(dy)],
            )  # fmt: skip
        reach = 1.65 * abs(points).max()
        ax.set(title=name, xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
        ax.set(xticks=[], yticks=[])
    fig.supxlabel("first main axis")
    fig.supylabel("second main axis")
