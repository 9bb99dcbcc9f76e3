r"""
How much of an error is left, sixty steps back
==============================================

Message: in a linear network an error shrinks or grows by the spectral radius at each step; with
tanh less of it is left. Gates alone do not help at the start: only a forget gate that is set close
to one keeps the error. Used in the chapter on recurrent networks.

.. alt: Two logarithmic panels over steps back from 0 to 60. Above, one line rises, one is level,
   one falls, each with dashes below it. Below, plain network, LSTM and GRU all fall steeply; an
   LSTM with forget bias 4 stays level.
"""

# %%
# **Compute.** Gradients of a random function of the last output, at random weights.
from functools import partial

import matplotlib.pyplot as plt
import torch

from udlbook.plot import COLORS, book_style, label_line
from udlbook.seeding import seeded
from udlbook.sequence import ElmanCell, GRUCell, LSTMCell, gradient_by_step

STEPS, HIDDEN = 60, 64


def with_radius(radius, activation):
    """A cell whose recurrent matrix is a random one, scaled to a spectral radius."""
    cell = ElmanCell(1, HIDDEN, activation).double()
    with torch.no_grad():
        cell.weight_hh.normal_()
        cell.weight_hh *= radius / torch.linalg.eigvals(cell.weight_hh).abs().max()
    return cell


def median_norm(make):
    """Length of the gradient by steps back, relative to the last step; median of 40 cases."""
    found = []
    for seed in range(4):
        with seeded(seed):
            x = torch.randn(10, STEPS, 1, dtype=torch.float64)
            error = torch.randn(10, HIDDEN, dtype=torch.float64)
            norms = gradient_by_step(make(), x, error)
        found.append(norms / norms[:, -1:])
    return torch.cat(found).median(dim=0).values.flip(0)


radii = {1.2: "red", 1.0: "blue", 0.8: "orange"}
linear = {r: median_norm(partial(with_radius, r, "linear")) for r in radii}
squashed = {r: median_norm(partial(with_radius, r, "tanh")) for r in radii}
cells = {
    "LSTM, forget bias 4": ("purple", lambda: LSTMCell(1, HIDDEN, forget_bias=4.0).double()),
    "GRU": ("green", lambda: GRUCell(1, HIDDEN).double()),
    "LSTM": ("blue", lambda: LSTMCell(1, HIDDEN).double()),
    "plain": ("orange", lambda: ElmanCell(1, HIDDEN).double()),
}
gated = {name: median_norm(make) for name, (_, make) in cells.items()}

# %%
# **Draw.** Dashes: the same matrix with tanh.
with book_style():
    fig, axes = plt.subplots(2, 1, figsize=(6.4, 6.0), sharex=True)
    back = torch.arange(STEPS + 1)
    for radius, color in radii.items():
        axes[0].semilogy(back, linear[radius], color=COLORS[color])
        axes[0].semilogy(back, squashed[radius], "--", color=COLORS[color])
        end = float(linear[radius][-1])
        axes[0].annotate(
            f"radius {radius}",
            (60, end),
            (4, 0),
            textcoords="offset points",
            va="center",
            color=COLORS[color],
            annotation_clip=False,
        )
    axes[0].text(2, 3e5, "solid: linear, dashes: tanh", color="black")
    places = {
        "LSTM, forget bias 4": (20, 9, "left"),
        "GRU": (40, 8, "left"),
        "LSTM": (26, -16, "right"),
        "plain": (46, -14, "right"),
    }
    for name, norms in gated.items():
        (line,) = axes[1].semilogy(back, norms, color=COLORS[cells[name][0]])
        label_line(
            axes[1], line, name, x=places[name][0], dx=0, dy=places[name][1], ha=places[name][2]
        )
    axes[0].set(ylabel="gradient left", ylim=(1e-9, 1e7), yticks=[1e-8, 1e-4, 1, 1e4])
    axes[1].set(ylabel="gradient left", xlabel="steps back", xlim=(0, STEPS), ylim=(1e-15, 1e4))
    for ax in axes:
        ax.minorticks_off()
