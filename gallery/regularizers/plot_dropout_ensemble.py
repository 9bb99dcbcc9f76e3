r"""
Dropout trains many networks that share their weights
=====================================================

Message: each mask is a network of its own, and each is a poor one. Their mean is better, and the
whole network, run once without masks, is that mean exactly, because its output is linear in the
units that are dropped.

.. alt: Noisy points along a damped wave. Twenty thin ragged curves scatter around it; a thick
   curve through their middle follows the wave, and dots of a second curve lie exactly on it.
"""

# %%
# **Compute.** One hidden layer of 300 units, a fifth of which are dropped in training.
from functools import partial

import matplotlib.pyplot as plt
import numpy as np

from udlbook import autodiff as ad
from udlbook import optim
from udlbook.data import damped_wave, noisy_wave
from udlbook.initialization import he_normal
from udlbook.networks import deep
from udlbook.plot import COLORS, book_style
from udlbook.regularizers import dropout, monte_carlo

rng = np.random.default_rng(3)
x = (np.arange(30) + 0.5) / 30
y = noisy_wave(x, sigma=0.15, rng=rng)
grid = np.linspace(0, 1, 201)
phi = deep.make([1, 300, 1], partial(he_normal, rng=rng),
                lambda n: rng.uniform(-5, 5, n) if n > 1 else np.zeros(n))  # fmt: skip
phi["weights"][0] *= 5
phi = {name: [ad.Tensor(a, requires_grad=True) for a in phi[name]] for name in phi}


def run(x, rng, training=True, rows=True):
    """Outputs with a mask for each example, or one mask for all of them."""
    (w_0, w_1), (b_0, b_1) = phi["weights"], phi["biases"]
    h = ad.relu(ad.linear(2 * x[:, None] - 1, w_0, b_0))
    mask = dropout(np.ones((len(x) if rows else 1, 300)), 0.2, rng=rng, training=training)
    return ad.linear(h * mask, w_1, b_1)[:, 0]


def loss(phi):
    r = run(x, rng) - y
    return (r * r).mean()


optim.fit(loss, phi, steps=3000, lr=0.01, schedule=optim.cosine())
members = np.array([run(grid, rng, rows=False).data for _ in range(20)])
mean, var = monte_carlo(lambda rng: run(grid, rng, rows=False).data, 3000, rng=rng)
whole = run(grid, rng, training=False).data
assert (abs(mean - whole) < 5 * np.sqrt(var / 3000) + 1e-9).all()

# %%
# **Draw.** The mean of 3000 masks, and every tenth point of the whole network.
with book_style():
    fig, ax = plt.subplots(figsize=(6.4, 3.8))
    ax.plot(grid, members.T, color=COLORS["grey"], lw=0.7, alpha=0.55)
    ax.plot(grid, damped_wave(grid), "--", color="black", lw=1)
    ax.plot(grid, mean, color=COLORS["blue"], lw=2.6)
    ax.plot(grid[::10], whole[::10], "o", ms=5, color=COLORS["orange"])
    ax.plot(x, y, ".", ms=6, color="black")
    ax.text(0.16, 1.0, "members", color=COLORS["grey"])
    ax.text(0.5, 1.2, "mean of 3000 masks", color=COLORS["blue"])
    ax.text(0.5, 1.05, "whole network, run once", color=COLORS["orange"])
    ax.text(0.5, 0.9, "true curve (dashed)")
    ax.set(xlabel="$x$", ylabel="$y$", xlim=(0, 1), ylim=(-0.9, 1.35))
