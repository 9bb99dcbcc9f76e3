r"""
A bell along the curve, of one width or of many
===============================================

Message: a network that gives the mean of a normal says the same uncertainty everywhere; one that
also gives the variance says where it is sure. Used in the chapter :ref:`losses`.

.. alt: Two panels with the same points around a wave; they scatter more to the right. Left, a
   band of one width, too wide at the left edge; right, a band that widens with the scatter. Bells
   stand on both curves.
"""

# %%
# **Compute.** The noise grows from left to right. Two networks, equal but for their outputs.
from functools import partial

import matplotlib.pyplot as plt
import numpy as np

from udlbook import optim
from udlbook.initialization import xavier_normal
from udlbook.losses import GaussianLoss, HeteroscedasticLoss
from udlbook.networks import deep, tanh
from udlbook.plot import COLORS, book_style

rng = np.random.default_rng(0)
x = rng.uniform(-2, 2, size=400)
y = np.sin(2 * x) + (0.3 + 0.12 * x) * rng.normal(size=400)
grid = np.linspace(-2, 2, 201)


def outputs_of(loss, n_outputs):
    """Train a network with this loss; return its outputs at the data and on the grid."""
    phi = deep.make([1, 30, 30, n_outputs], partial(xavier_normal, rng=rng))

    def training_loss(phi):
        s = deep.stages(x[:, None], phi, tanh)
        outputs = s.y if n_outputs > 1 else s.y[:, 0]
        value, y_bar = loss.value_and_gradient(outputs, y)
        return value, deep.backward(s, phi, tanh, y_bar.reshape(s.y.shape))[0]

    optim.fit(training_loss, phi, steps=1500, lr=0.01, schedule=optim.linear())
    return (deep.forward(at[:, None], phi, tanh) for at in (x, grid))


at_x, mu = outputs_of(GaussianLoss(), 1)
fits = {"one deviation for all": (mu[:, 0], np.full(201, np.sqrt(np.mean((at_x[:, 0] - y) ** 2))))}
_, outputs = outputs_of(HeteroscedasticLoss(), 2)
fits["a deviation for each input"] = outputs[:, 0], np.exp(0.5 * outputs[:, 1])

# %%
# **Draw.** The band holds 95 % of the normal. Each bell is the density of y above one input,
# turned on its side.
with book_style():
    fig, axes = plt.subplots(2, 1, figsize=(5.8, 6.2), sharex=True, sharey=True)
    for ax, (title, (mu, sigma)) in zip(axes, fits.items(), strict=True):
        ax.plot(x, y, ".", ms=3.5, color=COLORS["grey"], alpha=0.6, rasterized=True)
        ax.fill_between(
            grid, mu - 2 * sigma, mu + 2 * sigma, color=COLORS["blue"], alpha=0.15, lw=0
        )
        ax.plot(grid, mu, color=COLORS["blue"])
        for place in (10, 75, 140, 185):
            around = mu[place] + np.linspace(-3, 3, 121) * sigma[place]
            bell = np.exp(-0.5 * ((around - mu[place]) / sigma[place]) ** 2) / sigma[place]
            ax.plot(grid[place] + 0.05 * bell, around, color=COLORS["orange"])
            ax.plot([grid[place]] * 2, around[[0, -1]], color=COLORS["orange"], lw=0.8)
        ax.set(title=title, ylabel="$y$", xlim=(-2.05, 2.1), ylim=(-2.3, 2.3))
    axes[1].set_xlabel("input $x$")
