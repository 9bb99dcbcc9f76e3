r"""
Between two right answers lies a wrong one
==========================================

Message: where an input has several answers, least squares predicts their mean, which may be no
answer at all. A mixture density network predicts them all. Used in the chapter :ref:`losses`.

.. alt: An S-shaped cloud of points, so that inputs in the middle have three answers. In the upper
   panel a curve runs through the empty space between the arms; in the lower one a dark density
   follows the arms.
"""

# %%
# **Compute.** The inverse problem of Bishop (1994): x is a function of y, with noise, and we ask
# for y. The three means start apart, and narrow, so that each takes an arm.
from functools import partial

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap

from udlbook import optim
from udlbook.initialization import xavier_normal
from udlbook.losses import GaussianLoss, MixtureDensityLoss
from udlbook.networks import deep, tanh
from udlbook.plot import COLORS, book_style

rng = np.random.default_rng(0)
y = rng.uniform(size=500)
x = y + 0.3 * np.sin(2 * np.pi * y) + rng.uniform(-0.1, 0.1, size=500)
grid = np.linspace(0, 1, 161)


def outputs_of(loss, start):
    """Train a network whose last biases start here; return its outputs on the grid."""
    phi = deep.make([1, 30, 30, len(start)], partial(xavier_normal, rng=rng))
    phi["biases"][-1][:] = start

    def training_loss(phi):
        s = deep.stages(x[:, None], phi, tanh)
        outputs = s.y if len(start) > 1 else s.y[:, 0]
        value, y_bar = loss.value_and_gradient(outputs, y)
        return value, deep.backward(s, phi, tanh, y_bar.reshape(s.y.shape))[0]

    optim.fit(training_loss, phi, steps=2000, lr=0.01, schedule=optim.linear())
    return deep.forward(grid[:, None], phi, tanh)


mean = outputs_of(GaussianLoss(), [0.0])[:, 0]
mixture = MixtureDensityLoss(3)
outputs = outputs_of(mixture, [0, 0, 0, 0.15, 0.5, 0.85, -4, -4, -4])
heights = np.linspace(-0.1, 1.1, 241)
density = np.stack([mixture.distribution(outputs).prob(np.full(161, h)) for h in heights])
mode = mixture.predict(outputs)

# %%
# **Draw.** The ink is the density of y for each input, cut off at 6. Dots are the highest mode.
ink = LinearSegmentedColormap.from_list("ink", [COLORS["blue"] + "00", COLORS["blue"] + "ff"])
with book_style():
    fig, axes = plt.subplots(2, 1, figsize=(5.6, 7.2), sharex=True, sharey=True)
    for ax in axes:
        ax.plot(x, y, ".", ms=3, color=COLORS["grey"], alpha=0.6, rasterized=True, zorder=1)
        ax.set(ylabel="$y$", xlim=(0, 1), ylim=(-0.1, 1.1))
    axes[0].plot(grid, mean, color=COLORS["orange"], lw=2.4)
    axes[0].set_title("least squares: the mean")
    axes[1].pcolormesh(grid, heights, np.minimum(density, 6), cmap=ink, rasterized=True, zorder=0)
    axes[1].plot(grid[::4], mode[::4], "o", ms=4, color=COLORS["orange"])
    axes[1].set(title="mixture density: every answer; dots: the highest mode", xlabel="input $x$")
