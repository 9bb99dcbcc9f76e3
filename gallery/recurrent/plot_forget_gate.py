r"""
A forget gate near one remembers for long
=========================================

Message: what a cell holds fades by the forget gate's factor at each step. A bias of 0 halves it
at once; a bias of 4 keeps half of it for nearly forty steps. Dots are cells with random weights,
whose gates also see their inputs. Used in the chapter on recurrent networks.

.. alt: Four falling curves of what is left of a cell over 60 steps, for forget biases 0, 2, 4 and
   6. The first is gone after a few steps, the last is still near nine tenths. Dots follow the
   curves.
"""

# %%
# **Compute.** The product of the forget gates so far, while random inputs arrive.
import matplotlib.pyplot as plt
import torch

from udlbook.plot import COLORS, book_style, label_line
from udlbook.seeding import seeded
from udlbook.sequence import LSTMCell

STEPS = 60
biases = {0: "orange", 2: "green", 4: "blue", 6: "purple"}


def kept(bias):
    """How much of a change of the cell is left after each step: mean over 400 units."""
    with seeded(0), torch.no_grad():
        cell = LSTMCell(1, 400, forget_bias=float(bias))
        x = 0.5 * torch.randn(1, STEPS, 1)
        state, factor, left = cell.start(1), torch.ones(1, 400), [1.0]
        for a in cell.project(x).unbind(dim=1):
            gates = a + state[0] @ cell.weight_hh.T + cell.bias_hh
            factor = factor * torch.sigmoid(gates.chunk(4, dim=1)[1])  # dc' / dc, by the gate
            left.append(float(factor.mean()))
            state = cell.recur(a, state)
    return torch.tensor(left)


measured = {bias: kept(bias) for bias in biases}

# %%
# **Draw.** Lines are the power of the gate's value at its bias.
with book_style():
    fig, ax = plt.subplots(figsize=(6.4, 3.6))
    t = torch.arange(STEPS + 1)
    for (bias, color), x in zip(biases.items(), (3, 9, 14, 20), strict=True):
        (line,) = ax.plot(t, torch.sigmoid(torch.tensor(float(bias))) ** t, color=COLORS[color])
        dots = slice(1, None, 4)
        ax.plot(t[dots], measured[bias][dots], "o", color=COLORS[color], ms=4)
        label_line(ax, line, f"bias {bias}", x=x, dx=7, dy=6)
    ax.set(xlabel="steps", ylabel="part of the cell that is left", xlim=(0, STEPS), ylim=(0, 1.02))
