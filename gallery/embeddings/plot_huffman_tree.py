r"""
Frequent words stand near the root
==================================

Message: Huffman's tree joins the two rarest again and again. A frequent word is reached after a
few decisions, a rare one after many, and no other tree has shorter ways on average. Used in the
chapter on word embeddings.

.. alt: A binary tree that leans to one side. Its leaves are eight words with their counts: the
   most frequent hangs right below the root, the two rarest at the bottom, seven levels lower.
"""

# %%
# **Compute.** Counts of eight words of the corpus, and their tree.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.data import corpus_ids, corpus_words, draw_corpus
from udlbook.plot import COLORS, book_style
from udlbook.sequence.huffman import huffman_tree

tokens = draw_corpus(10_000, rng=np.random.default_rng(0))
words = "the his of found everybody king paris dog".split()
counts = np.bincount(tokens.ravel(), minlength=len(corpus_words()))[corpus_ids(words)]
tree = huffman_tree(counts)
codes = {tree.code(w): w for w in range(len(words))}
inner = {code[:n] for code in codes for n in range(len(code))}
row = iter(range(len(words)))
place = {code: (len(code), next(row)) for code in sorted(codes)}  # leaves from 00.. to 11..
for code in sorted(inner, key=len, reverse=True):
    place[code] = len(code), (place[code + "0"][1] + place[code + "1"][1]) / 2
weight = {c: sum(counts[w] for k, w in codes.items() if k.startswith(c)) for c in place}

# %%
# **Draw.** From the root at the left; blue is bit 0, orange bit 1.
with book_style():
    fig, ax = plt.subplots(figsize=(5.8, 4.6))
    for code, (x, y) in place.items():
        if code:
            (x0, y0), one = place[code[:-1]], code[-1] == "1"
            color = COLORS["orange" if one else "blue"]
            ax.plot([x0, x0, x], [y0, y, y], color=color, lw=1.5)
            ax.text(x - 0.5, y - 0.08, code[-1], color=color, fontsize=10, ha="center")
        if code in codes:
            ax.text(x + 0.08, y, f"{words[codes[code]]}  {weight[code]:,}", va="center")
        else:
            ax.plot(x, y, "o", ms=5, color="black", zorder=3)
    ax.set(xlim=(-0.3, max(map(len, codes)) + 1.6), ylim=(len(words) - 0.4, -0.6))
    ax.set(xlabel="decisions", xticks=range(max(map(len, codes)) + 1), yticks=[])
    ax.spines["left"].set_visible(False)
