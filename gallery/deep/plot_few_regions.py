r"""
Random deep networks use next to none of their regions
======================================================

Message: spread sixty ReLU units over one, two, three or more layers. The number of pieces that the
network could have explodes; the number that random networks have stays near sixty, and training
does not change that much. Used in the chapter :ref:`deep-networks`.

.. alt: Pieces on a logarithmic axis against hidden layers. A curve of what is possible rises to
   ten million. Dots for random networks, and for the same ones after training, stay near sixty.
"""

# %%
# **Compute.** Pieces of networks with one input, counted: as they are drawn, and after training on
# a wave that gets faster.
from functools import partial

import matplotlib.pyplot as plt
import numpy as np

from udlbook import optim
from udlbook.initialization import he_normal
from udlbook.networks import deep, regions, relu
from udlbook.plot import COLORS, book_style

UNITS = 60
layers = [1, 2, 3, 4, 5, 6, 10]
x = np.linspace(0, 1, 129)[:, None]
y = np.sin(2 * np.pi * (x + 3 * x**2))


def loss(phi):
    """The mean squared error and its gradient."""
    s = deep.stages(x, phi, relu)
    error = s.y - y
    return np.mean(error**2), deep.backward(s, phi, relu, 2 * error / len(x))[0]


drawn, trained = [], []
for depth in layers:
    rows = []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        widths = [1, *[UNITS // depth] * depth, 1]
        phi = deep.make(widths, partial(he_normal, rng=rng), partial(rng.normal, 0, 0.5))
        before = regions.count_regions(phi)
        optim.fit(loss, phi, steps=500, lr=0.005, schedule=optim.linear())
        rows.append((before, regions.count_regions(phi)))
    drawn.append([r[0] for r in rows])
    trained.append([r[1] for r in rows])
possible = [regions.deep_upper_bound(1, [UNITS // depth] * depth) for depth in layers]

# %%
# **Draw.**
with book_style():
    fig, ax = plt.subplots(figsize=(6.4, 3.8))
    place = np.arange(len(layers))
    ax.plot(place, possible, color=COLORS["grey"])
    for values, shift, color in [(drawn, -0.12, "blue"), (trained, 0.12, "orange")]:
        for p, found in zip(place, values, strict=True):
            ax.plot([p + shift] * len(found), found, "o", color=COLORS[color], ms=5, alpha=0.8)
    ax.text(1.9, possible[2], "possible", color=COLORS["grey"], ha="right")
    ax.text(6.0, 220, "as drawn", color=COLORS["blue"], ha="right")
    ax.text(6.2, 9, "after training", color=COLORS["orange"], ha="right")
    ax.set(yscale="log", ylim=(5, 3e8), xlabel="hidden layers, sixty units in all")
    ax.set_ylabel("linear pieces")
    ax.set_xticks(place, [str(k) for k in layers])
