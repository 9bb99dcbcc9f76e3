r"""
What cutting the way back costs
===============================

Message: with every piece of k steps on its own, the gradient loses what crosses the cuts. How
long the pieces must be depends on how far back errors live: briefly in a plain network, longer in
an LSTM that remembers. Used in the chapter on recurrent networks.

.. alt: Relative error of the truncated gradient against the length of a piece, from 1 to 60
   steps, on logarithmic axes. The plain network's curves fall to a tenth and less; the
   LSTM's stay near one.
"""

# %%
# **Compute.** Gradients of the recurrent weights by hand, with cuts and without.
import matplotlib.pyplot as plt
import torch

from udlbook.plot import COLORS, book_style, label_line
from udlbook.seeding import seeded
from udlbook.sequence import ElmanCell, LSTMCell, elman_gradients, lstm_gradients

STEPS, HIDDEN = 60, 32
sizes = [1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60]


def errors(make, gradients):
    """Relative error of the truncated gradient for each size of the pieces, at 5 seeds."""
    rows = []
    for seed in range(5):
        with seeded(seed):
            cell = make().double()
            x = torch.randn(20, STEPS, 1, dtype=torch.float64)
            error = torch.randn(20, STEPS, HIDDEN, dtype=torch.float64)
        whole = gradients(cell, x, error)["weight_hh"]
        cut = [gradients(cell, x, error, cut=k)["weight_hh"] for k in sizes]
        rows.append(torch.stack([(c - whole).norm() / whole.norm() for c in cut]))
    return torch.stack(rows)


cases = {
    "plain": ("orange", lambda: ElmanCell(1, HIDDEN), elman_gradients),
    "LSTM, forget bias 4": (
        "purple",
        lambda: LSTMCell(1, HIDDEN, forget_bias=4.0),
        lstm_gradients,
    ),
}
found = {name: errors(make, gradients) for name, (_, make, gradients) in cases.items()}

# %%
# **Draw.** One line for each seed.
with book_style():
    fig, ax = plt.subplots(figsize=(6.4, 3.6))
    for name, rows in found.items():
        color = COLORS[cases[name][0]]
        for row in rows:
            (line,) = ax.loglog(sizes[:-1], row[:-1], "o-", color=color, ms=3, lw=1)
        x, dy = (3, 20) if name == "plain" else (2, -14)
        label_line(ax, line, name, x=x, dx=0, dy=dy)
    ax.set(xlabel="steps in a piece", ylabel="relative error of the gradient")
    ax.set(xticks=[1, 3, 10, 30], xticklabels=["1", "3", "10", "30"])
    ax.minorticks_off()
