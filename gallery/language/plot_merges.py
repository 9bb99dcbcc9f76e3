r"""
The first merges save the most
==============================

Message: tokens a byte fall fast while merges build the words of the text, and stop falling when
every word is one token. Text of another kind gains little from merges that it did not choose.

.. alt: Tokens per byte against the number of merges. For unseen text of the same kind the curve
   falls from one to about a quarter and levels off; for other English it stays high.
"""

# %%
# **Compute.** One training; a shorter list of merges is a beginning of the longer one.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.data import small_talk
from udlbook.plot import COLORS, book_style, label_line
from udlbook.transformers import BPE

rng = np.random.default_rng(0)
train, test = ("".join(small_talk().sample(n, rng=rng)[0]) for n in (3000, 300))
other = (
    "A network of roads joins the valleys; snow covers some of them until late in spring, and "
    "those who live beyond the pass keep enough flour, oil and candles for five months."
)
trained = BPE.train(train, 200)
numbers = np.arange(0, len(trained.merges) + 1, 5)


def tokens_per_byte(text):
    """For each number of merges."""
    sizes = [len(BPE(trained.merges[:n]).encode(text)) for n in numbers]
    return np.array(sizes) / len(text.encode())


curves = {"other\nEnglish": tokens_per_byte(other), "unseen,\nsame kind": tokens_per_byte(test)}

# %%
# **Draw.**
with book_style():
    fig, ax = plt.subplots(figsize=(6.4, 3.2))
    for (name, curve), color in zip(curves.items(), ("orange", "blue"), strict=True):
        (line,) = ax.plot(numbers, curve, color=COLORS[color])
        label_line(ax, line, name)
    ax.set(xlabel="merges", ylabel="tokens a byte", ylim=(0, 1.02))
