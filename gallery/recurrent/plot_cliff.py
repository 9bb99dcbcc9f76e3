r"""
A cliff, and a step that is clipped
===================================

Message: fifty steps of one unit make a loss with a wall in it. Beside the wall the slope is so
steep that one step of gradient descent throws the parameters far away. With its length limited,
the step goes where the gradient points and stays near. Used in the chapter on recurrent networks.

.. alt: A map of a loss over weight and bias, with a sharp edge between a high and a low plain.
   A path without clipping leaps far across the picture from the edge; one with clipping
   moves along the edge in small steps.
"""

# %%
# **Compute.** The state runs h' = tanh(w h + b) from 1/2; the loss wants it at 0.7 after 50 steps.
import matplotlib.pyplot as plt
import numpy as np
import torch

from udlbook.optim import clip_norm
from udlbook.plot import COLORS, book_style

STEPS, TARGET = 50, 0.7


def loss_of(w, b):
    """Squared distance from the target; arrays or tensors."""
    h = 0 * w + 0.5
    for _ in range(STEPS):
        h = torch.tanh(w * h + b)
    return (h - TARGET) ** 2


def descend(start, lr, steps, longest=None):
    """Gradient descent, with steps of the gradient clipped to a length if one is given."""
    place = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    path = [place.detach().numpy().copy()]
    for _ in range(steps):
        (gradient,) = torch.autograd.grad(loss_of(place[0], place[1]), place)
        gradient = gradient.numpy().copy()
        if longest is not None:
            clip_norm(gradient, longest)  # in place
        with torch.no_grad():
            place -= lr * torch.from_numpy(gradient)
        path.append(place.detach().numpy().copy())
    return np.array(path)


w, b = np.meshgrid(np.linspace(0.2, 2.0, 300), np.linspace(-0.8, 1.0, 300))
surface = loss_of(torch.from_numpy(w), torch.from_numpy(b)).numpy()
start, lr = (1.4, -0.5), 0.2
free = descend(start, lr, 60)
clipped = descend(start, lr, 60, longest=0.5)

# %%
# **Draw.** Lower is lighter; the wall is the edge of the dark plain.
with book_style():
    fig, ax = plt.subplots(figsize=(6.4, 4.2))
    ax.pcolormesh(w, b, surface, cmap="Greys", vmin=-2, vmax=6, rasterized=True)
    for path, color in ((free, "red"), (clipped, "blue")):
        ax.plot(*path.T, "o-", color=COLORS[color], ms=3.5, lw=1.2)
    ax.plot(*start, "o", color="0.1", ms=6)
    ax.annotate("start", start, (6, -3), textcoords="offset points", color="0.1")
    ax.annotate("not clipped", free[-1], (8, 4), textcoords="offset points", color=COLORS["red"])
    ax.annotate("clipped", clipped[-1], (10, 0), textcoords="offset points", color=COLORS["blue"])
    ax.text(1.55, -0.62, "high", color="0.1")
    ax.text(1.55, 0.5, "low", color="0.1")
    ax.set(xlabel="weight $w$", ylabel="bias $b$")
