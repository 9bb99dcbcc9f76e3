r"""
Beyond the data a network keeps its last habit
==============================================

Message: where training ends, a ReLU network goes on along its last straight pieces and a tanh
network levels off; neither knows that the wave repeats. Used in the chapter
:ref:`shallow-networks`.

.. alt: A sine wave in grey over three periods. In the shaded middle, where the data are, two
   fitted curves lie on it; to both sides the ReLU curve runs off along straight lines and the tanh
   curve levels off.
"""

# %%
# **Compute.** Sixteen units of either kind, trained on one period of a sine.
from itertools import repeat

import matplotlib.pyplot as plt
import numpy as np

from udlbook import optim
from udlbook.networks import relu, shallow, tanh
from udlbook.plot import COLORS, book_style

x = np.linspace(0, 1, 60)[:, None]
y = np.sin(2 * np.pi * x)
wide = np.linspace(-1, 2, 901)[:, None]


def fit(activation, hidden=16, steps=3000, lr=0.02):
    """The fitted curve over three periods."""
    phi = shallow.spread(hidden, rng=np.random.default_rng(1))
    data = repeat((x, y, activation))
    optim.fit(shallow.mean_square, phi, data, steps=steps, lr=lr, schedule=optim.linear())
    return shallow.forward(wide, phi, activation)


curves = {"ReLU": fit(relu), "tanh": fit(tanh)}

# %%
# **Draw.** The shaded band is where the data are.
with book_style():
    fig, ax = plt.subplots(figsize=(6.4, 3.4))
    ax.axvspan(0, 1, color=COLORS["grey"], alpha=0.12, lw=0)
    ax.plot(wide, np.sin(2 * np.pi * wide), color=COLORS["grey"], lw=6, alpha=0.35)
    ax.plot(wide, curves["ReLU"], color=COLORS["blue"])
    ax.plot(wide, curves["tanh"], color=COLORS["orange"], ls="--")
    ax.text(1.55, 2.4, "ReLU", color=COLORS["blue"])
    ax.text(1.6, 1.1, "tanh", color=COLORS["orange"])
    ax.text(0.5, 2.6, "data", ha="center", fontsize=10)
    ax.set(xlim=(-1, 2), ylim=(-3, 3), xlabel="$x$", ylabel="$y$", xticks=[-1, 0, 1, 2])
