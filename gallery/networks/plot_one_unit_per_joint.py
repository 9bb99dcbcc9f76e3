r"""
One unit per joint: twice the units, a quarter of the error
===========================================================

Message: a network can be written down that follows any smooth curve; its error falls with the
square of the number of units. Training moves few joints to better places, but loses its way with
many. Used in the chapter :ref:`shallow-networks`.

.. alt: Left: a fading wave and the broken line of a network with eight units that meets it at
   nine knots. Right: on logarithmic axes its error falls along a straight line; crosses of
   trained networks lie below it for few units and above it for many.
"""

# %%
# **Compute.** The written network interpolates at equal distances. Trained ones have the same
# number of units, a random start each, and as many steps of Adam.
from itertools import repeat

import matplotlib.pyplot as plt
import numpy as np

from udlbook import optim
from udlbook.data import damped_wave
from udlbook.networks import relu, shallow
from udlbook.plot import COLORS, book_style

x = np.linspace(0, 1, 400)[:, None]
y = damped_wave(x)


def written(hidden):
    """The network that interpolates at hidden + 1 knots: one unit for each change of slope."""
    knots = np.linspace(0, 1, hidden + 1)
    values = damped_wave(knots)
    slopes = np.diff(values) / np.diff(knots)
    jumps = np.diff(slopes, prepend=0)
    return {
        "weights": [np.ones((hidden, 1)), jumps[None]],
        "biases": [-knots[:-1], values[:1]],
    }


def trained(hidden, seed, steps=2000, lr=0.01):
    """A network from a random start, its joints spread over the interval."""
    phi = shallow.spread(hidden, rng=np.random.default_rng(seed))
    data = repeat((x, y, relu))
    optim.fit(shallow.mean_square, phi, data, steps=steps, lr=lr, schedule=optim.linear())
    return phi


def rms(phi):
    return np.sqrt(np.mean((shallow.forward(x, phi, relu) - y) ** 2))


units = np.array([4, 8, 16, 32, 64])
by_hand = np.array([rms(written(h)) for h in units])
by_training = np.array([[rms(trained(h, seed)) for seed in range(4)] for h in units])

# %%
# **Draw.** Both axes of the right panel are logarithmic.
with book_style():
    fig, (left, right) = plt.subplots(1, 2, figsize=(7.4, 3.4))
    left.plot(x, y, color=COLORS["grey"], lw=6, alpha=0.35)
    eight = written(8)
    left.plot(x, shallow.forward(x, eight, relu), color=COLORS["blue"])
    knots = np.linspace(0, 1, 9)
    left.plot(knots, damped_wave(knots), "o", color=COLORS["blue"], ms=5)
    left.set(title="8 units, written down", xlabel="$x$", ylabel="$y$", xlim=(-0.02, 1.02))
    (line,) = right.loglog(units, by_hand, "o-", color=COLORS["blue"], ms=5)
    for seed in range(4):
        right.loglog(units, by_training[:, seed], "x", color=COLORS["orange"], ms=6)
    right.text(5.2, 0.008, "written\ndown", color=COLORS["blue"], va="top")
    right.text(30, 0.06, "trained,\nfour starts", color=COLORS["orange"])
    right.set(xlabel="hidden units", ylabel="root mean squared error", title="more units")
    right.set(xticks=units, xlim=(3.3, 80))
    right.set_xticklabels(units)
    right.minorticks_off()
