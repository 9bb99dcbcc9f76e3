r"""
The deeper the network, the narrower the valley of good scales
==============================================================

Message: gradient descent with one learning rate, from weights of different size. Two hidden
layers learn from nearly any start, twenty only near the gain that keeps the variance. Used in the
chapter on initialization.

.. alt: Training loss against the gain of the weights. The line for 2 hidden layers is nearly
   flat, that for 10 dips and ends, that for 20 is level at guessing and dips near the square
   root of two. Crosses at the top mark lost runs.
"""

# %%
# **Compute.** MNIST-1D, 64 units a layer, 200 steps of gradient descent with batches of 64.
from functools import partial

import matplotlib.pyplot as plt
import numpy as np

from udlbook import optim
from udlbook.data import make_mnist1d
from udlbook.initialization import he_normal
from udlbook.losses import CategoricalLoss
from udlbook.networks import deep, relu
from udlbook.plot import COLORS, book_style

data, loss = make_mnist1d(), CategoricalLoss()


def trained(gain, depth, steps=200, width=64):
    """The mean loss of the last 50 batches, or None if it became infinite."""
    rng = np.random.default_rng(3)
    phi = deep.make([40] + [width] * depth + [10], partial(he_normal, gain=gain, rng=rng))
    phi["weights"][-1] = he_normal((10, width), rng=rng, gain=1.0)

    def batch_loss(phi, x, y):
        s = deep.stages(x, phi, relu)
        value, y_bar = loss.value_and_gradient(s.y, y)
        return value, deep.backward(s, phi, relu, y_bar)[0]

    batches = optim.batches(data.x, data.y, size=64, rng=rng)
    try:
        with np.errstate(all="ignore"):
            losses = optim.fit(batch_loss, phi, batches, steps=steps, lr=0.03, optimizer=optim.SGD)
    except FloatingPointError:
        return None
    return min(np.mean(losses[-50:]), 2.6)


gains = np.array([0.35, 0.5, 0.7, 1.0, 1.2, np.sqrt(2), 1.7, 2.0, 2.8, 4.0])
found = {depth: [trained(g, depth) for g in gains] for depth in (2, 10, 20)}

# %%
# **Draw.** Runs that became infinite, or worse than guessing, are crosses at the top.
with book_style():
    fig, ax = plt.subplots(figsize=(6.4, 3.8))
    ax.axhline(np.log(10), color=COLORS["grey"], lw=0.9, ls="--")
    ax.text(4.1, np.log(10) - 0.045, "guessing", color=COLORS["grey"], ha="right", fontsize=10)
    ax.axvline(np.sqrt(2), color=COLORS["grey"], lw=0.9, ls=":")
    for row, (depth, color) in enumerate(zip(found, ("blue", "orange", "red"), strict=True)):
        lost = np.array([v is None or v > 2.5 for v in found[depth]])
        values = np.array(
            [np.nan if bad else v for v, bad in zip(found[depth], lost, strict=True)]
        )
        ax.semilogx(gains, values, ".-", color=COLORS[color])
        ax.plot(gains[lost], np.full(lost.sum(), 2.42 + 0.05 * row), "x", color=COLORS[color])
    ax.text(0.36, 1.96, "2 hidden layers", color=COLORS["blue"])
    ax.text(1.0, 1.93, "10", color=COLORS["orange"], ha="right")
    ax.text(1.28, 2.17, "20", color=COLORS["red"])
    ax.set(xlabel="gain of the initial weights", ylabel="training loss (nats)")
    ax.set(ylim=(1.6, 2.6), xlim=(0.33, 4.2), xticks=[0.5, 1, np.sqrt(2), 2, 4])
    ax.set_xticklabels(["0.5", "1", r"$\sqrt{2}$", "2", "4"])
    ax.minorticks_off()
