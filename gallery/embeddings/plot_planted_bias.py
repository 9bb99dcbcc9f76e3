r"""
What the corpus says of jobs, the vectors repeat
================================================

Message: in one corpus bakers are nearly always "her" and tailors nearly always "his", by order
of the alphabet. The vectors place the jobs accordingly on the axis from his words to her words,
where the counts predict them. In a balanced corpus all stand in the middle. Used in the chapter on
word embeddings.

.. alt: Nine jobs in rows. Filled dots go from the right, baker, to the left, tailor, close to
   short vertical marks. Hollow dots of the balanced corpus all lie near the middle.
"""

# %%
# **Compute.** Three runs for each corpus. The axis is the mean difference of pairs such as king
# and queen, which stand at -1/2 and +1/2 on average.
import matplotlib.pyplot as plt
import numpy as np
import torch

from udlbook.data import JOBS, corpus_ids, corpus_questions, corpus_words, draw_corpus
from udlbook.plot import COLORS, book_style
from udlbook.sequence.analogies import direction
from udlbook.sequence.word2vec import skip_gram_vectors

pairs = np.unique(corpus_questions()["gender"][:, :2], axis=0)


def places(his, seed):
    tokens = draw_corpus(10_000, his=his, rng=np.random.default_rng(seed))
    generator = torch.Generator().manual_seed(seed)
    vectors, _ = skip_gram_vectors(tokens, len(corpus_words()), generator=generator)
    along = vectors @ direction(vectors, pairs)
    he, she = along[pairs].mean(axis=0)
    return (along[corpus_ids(JOBS)] - (he + she) / 2) / (she - he)


his = np.linspace(0.05, 0.95, len(JOBS))
planted = np.array([places(his, seed) for seed in range(3)])
balanced = np.array([places([0.5] * len(JOBS), seed) for seed in range(3)])
predicted = np.log((1 - his) / his) / (2 * np.log(19))  # "his" or "her" after a king: 19 to 1

# %%
# **Draw.** Rows are jobs, dots are runs.
with book_style():
    fig, ax = plt.subplots(figsize=(5.8, 4.6))
    row = np.arange(len(JOBS))
    ax.axvline(0, color=COLORS["grey"], lw=0.8)
    ax.plot(predicted, row, "|", ms=18, mew=2, color=COLORS["orange"])
    for run in balanced:
        ax.plot(run, row, "o", ms=5, mfc="none", color=COLORS["grey"])
    for run in planted:
        ax.plot(run, row, "o", ms=5, color=COLORS["blue"])
    ax.set_yticks(row, [f"{job}  {1 - p:.0%}" for job, p in zip(JOBS, his, strict=True)])
    ax.invert_yaxis()
    ax.set(xlim=(-1, 1), xlabel="place on the axis of gender")
    ax.set_xticks([-0.5, 0, 0.5], ["king", "middle", "queen"])
    ax.text(-0.98, 0.1, "planted", color=COLORS["blue"])
    ax.text(-0.98, 0.75, "balanced", color=COLORS["grey"])
    ax.text(-0.98, 1.4, "predicted", color=COLORS["orange"])
    ax.set_ylabel('job, and share of "her"')
