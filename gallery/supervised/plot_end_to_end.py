r"""
End to end wins, once there are data enough
===========================================

Message: two stages trained apart stop improving early, because neither knows what the other one
needs. One chain trained on the final answer goes on; but with few examples it is the worst,
for it was told the least. Used in the chapter on supervised learning.

.. alt: Error against the number of training examples on logarithmic axes. Left, at 30 examples,
   training apart is lowest and end to end high; the lines cross, and right, at 3000, apart is
   highest, in a row lies between, end to end is lowest.
"""

# %%
# **Compute.** Eight sensors see four quantities; the answer depends on two of them.
from functools import partial

import matplotlib.pyplot as plt
import numpy as np

from udlbook import optim
from udlbook.initialization import xavier_normal
from udlbook.networks import deep, tanh
from udlbook.plot import COLORS, book_style, label_line

made = np.random.default_rng(99)
A, offsets = made.normal(size=(4, 8)), made.uniform(-3, 3, size=8)


def world(n, rng):
    """Sensor readings, hidden quantities, answers."""
    z = rng.uniform(-1, 1, size=(n, 4))
    x = np.sin(z @ A + offsets) + 0.1 * rng.normal(size=(n, 8))
    return x, z, 2 * np.sin(3 * z[:, :1]) * z[:, 1:2]


def run(x, stages):
    """All that the stages compute, in order."""
    passed = []
    for phi in stages:
        passed.append(deep.stages(x, phi, tanh))
        x = passed[-1].y
    return passed


def train(stages, x, y, rng, steps=1200):
    """Fit a chain to its final answers."""

    def loss(stages, x, y):
        passed = run(x, stages)
        residual = passed[-1].y - y
        value, y_bar = np.mean(residual**2), 2 * residual / y.size
        grads = []
        for s, phi in zip(passed[::-1], stages[::-1], strict=True):
            phi_bar, y_bar = deep.backward(s, phi, tanh, y_bar)
            grads.append(phi_bar)
        return value, grads[::-1]

    stream = optim.batches(x, y, size=min(64, len(x)), rng=rng)
    optim.fit(loss, stages, stream, steps=steps, lr=0.01, schedule=optim.linear())


def three_ways(n, rng):
    """Errors on new examples, as shares of the variance."""
    x, z, y = world(n, rng)
    x_new, _, y_new = world(2000, rng)
    draw = partial(xavier_normal, rng=rng)
    first, one = (deep.make([8, 5, 4], draw) for _ in range(2))
    second, third, two = (deep.make([4, 16, 1], draw) for _ in range(3))
    train([first], x, z, rng)
    train([second], z, y, rng)
    train([third], run(x, [first])[0].y, y, rng)
    train([one, two], x, y, rng)
    chains = {"apart": [first, second], "in a row": [first, third], "end to end": [one, two]}
    error = {k: run(x_new, stages)[-1].y - y_new for k, stages in chains.items()}
    return {k: np.mean(e**2) / y_new.var() for k, e in error.items()}


sizes = [30, 100, 300, 1000, 3000]
found = {n: [three_ways(n, np.random.default_rng(i)) for i in range(2)] for n in sizes}

# %%
# **Draw.** Dots are single runs.
with book_style():
    fig, ax = plt.subplots(figsize=(6.4, 3.7))
    ax.axhline(1, color=COLORS["grey"], lw=1, ls=":")
    ax.text(3000, 1.06, "the best constant", color=COLORS["grey"], ha="right", va="bottom")
    for name, color in [("apart", "red"), ("in a row", "orange"), ("end to end", "blue")]:
        runs = np.array([[r[name] for r in found[n]] for n in sizes])
        (line,) = ax.loglog(sizes, runs.mean(axis=1), color=COLORS[color])
        ax.loglog(sizes, runs, "o", ms=4, color=COLORS[color], alpha=0.7)
        label_line(ax, line, name)
    ax.set(xlabel="training examples", ylabel="error / variance of the answers")
    ax.set(yticks=[0.25, 0.5, 1, 2, 4], yticklabels=["0.25", "0.5", "1", "2", "4"])
    ax.set(xticks=sizes, xticklabels=[str(n) for n in sizes])
    ax.minorticks_off()
