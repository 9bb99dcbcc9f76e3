r"""
The square: written down, and trained
=====================================

Message: no shallow network follows the parabola :math:`x^2` better than a known floor. A deep
network of width 3, written down from tents of tents, gains a factor of four with each layer. The
same network trained from random weights does not find this. Used in the chapter
:ref:`deep-networks`.

.. alt: Largest error on a logarithmic axis against parameters. The floor of shallow networks sinks
   slowly; the line of written deep networks plunges; dots of trained deep networks lie above both.
"""

# %%
# **Compute.** Each layer makes the next tent, subtracts a share of it, and hands both on.
from functools import partial

import matplotlib.pyplot as plt
import numpy as np

from udlbook import optim
from udlbook.initialization import he_normal
from udlbook.networks import deep, relu
from udlbook.plot import COLORS, book_style

x = np.linspace(0, 1, 2**13 + 1)[:, None]
x_train = np.linspace(0, 1, 129)[:, None]


def written(depth):
    """A network of the given depth and width 3 whose largest error is 4^-(depth + 1)."""
    tent, keep = np.array([2.0, -4.0, 0.0]), np.array([0.0, 0.0, 1.0])
    bend = np.array([0.0, -0.5, 0.0])
    weights, biases = [np.ones((3, 1))], [bend]
    for s in range(1, depth):
        weights.append(np.stack([tent, tent, keep - tent / 4**s]))
        biases.append(bend)
    weights.append((keep - tent / 4**depth)[None])
    return {"weights": weights, "biases": [*biases, np.zeros(1)]}


def error(phi):
    """The largest error on [0, 1]."""
    return np.abs(deep.forward(x, phi, relu) - x**2).max()


def trained(depth, rng):
    """The largest error after training from random weights."""
    phi = deep.make([1, *[3] * depth, 1], partial(he_normal, rng=rng), partial(rng.normal, 0, 0.5))

    def loss(phi):
        s = deep.stages(x_train, phi, relu)
        rest = s.y - x_train**2
        return np.mean(rest**2), deep.backward(s, phi, relu, 2 * rest / len(x_train))[0]

    optim.fit(loss, phi, steps=1500, lr=0.01, schedule=optim.linear())
    return error(phi)


depths = np.arange(1, 10)
by_hand = [error(written(depth)) for depth in depths]
assert np.allclose(by_hand, 4.0 ** -(depths + 1), rtol=1e-3)
learned = {d: [trained(d, np.random.default_rng(seed)) for seed in range(5)] for d in (1, 2, 4, 6)}


def parameters(depth):
    """Numbers in a network of width 3."""
    return deep.n_parameters([1, *[3] * depth, 1])


units = np.arange(2, 40)

# %%
# **Draw.**
with book_style():
    fig, ax = plt.subplots(figsize=(6.4, 3.8))
    ax.plot(3 * units + 1, 1 / (8 * (units + 1) ** 2), color=COLORS["grey"])
    ax.plot([parameters(d) for d in depths], by_hand, "o-", color=COLORS["blue"], ms=5)
    for depth, found in learned.items():
        ax.plot(
            [parameters(depth)] * len(found), found, "o", color=COLORS["orange"], ms=5, alpha=0.8
        )
    ax.text(114, 1.4e-4, "no shallow network\nis below this", color=COLORS["grey"], ha="right")
    ax.text(78, 2e-6, "deep, written down", color=COLORS["blue"], ha="right")
    ax.text(76, 0.3, "deep, trained", color=COLORS["orange"], va="center")
    ax.set(yscale="log", xlim=(5, 118), ylim=(5e-7, 1.5), xlabel="parameters")
    ax.set_ylabel("largest error")
