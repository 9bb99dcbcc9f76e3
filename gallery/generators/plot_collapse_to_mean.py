r"""
Random pairs pull every sample to one point
===========================================

Message: trained on the distance to a datum drawn at random, a generator loses its spread within
a few dozen steps, and ends at the mean, where no datum is. Used in the chapter on generators.

.. alt: Four panels with eight small grey modes on a circle. The samples are a cloud in the middle
   that shrinks from panel to panel, until it is one point at the centre of the circle.
"""

# %%
# **Compute.** Two seconds of training; the samples of some steps are kept.
import matplotlib.pyplot as plt
import numpy as np
import torch

from udlbook.data import ring
from udlbook.gans import PushNet, random_pairs
from udlbook.plot import COLORS, book_style
from udlbook.seeding import seeded
from udlbook.training import fit

modes, rng = ring(), np.random.default_rng(0)
noise = torch.Generator().manual_seed(0)
with seeded(0):
    net = PushNet(2, 2, stretch=12.0)  # a wide start, so that the shrinking can be seen
states = {0: net.sample(500, generator=noise)}
keep = (15, 60, 800)


def stream():
    """Batches of data."""
    while True:
        yield (torch.from_numpy(modes.sample(128, rng=rng)).float(),)


def watch(step, loss):
    """Keep some states."""
    if step + 1 in keep:
        states[step + 1] = net.sample(500, generator=noise)


fit(
    lambda real: random_pairs(net.draw(len(real), generator=noise), real),
    net,
    stream(),
    steps=max(keep),
    lr=3e-3,
    on_step=watch,
)

# %%
# **Draw.** Data grey, samples blue.
data = modes.sample(400, rng=rng)
with book_style():
    fig, axes = plt.subplots(2, 2, figsize=(6.4, 6.4), sharex=True, sharey=True)
    for ax, (step, x) in zip(axes.flat, states.items(), strict=True):
        ax.scatter(*data.T, s=8, color=COLORS["grey"])
        ax.scatter(*x.T, s=6, color=COLORS["blue"], alpha=0.6, lw=0)
        ax.set(title=f"after {step} steps" if step else "at the start", aspect="equal")
        ax.set(xlim=(-2.9, 2.9), ylim=(-2.9, 2.9))
    for ax in axes[:, 0]:
        ax.set_ylabel("$x_2$")
    for ax in axes[1]:
        ax.set_xlabel("$x_1$")
