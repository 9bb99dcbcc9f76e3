r"""
Who should move where
=====================

Message: samples that move to their nearest data crowd into a few modes; data that call their
nearest sample reach all modes and leave strays; a one-to-one assignment and a kernel ask for
both. Used in the chapter on generators.

.. alt: Four panels with eight orange rings on a circle, and blue samples. First, one ring is
   filled. Second, samples lie everywhere. Third, along the circle. Fourth, along it, with knots
   in the rings.
"""

# %%
# **Compute.** One generator for each loss: the same start, the same data, ten seconds in all.
import functools

import matplotlib.pyplot as plt
import numpy as np
import torch
from scipy.optimize import linear_sum_assignment

from udlbook.data import ring
from udlbook.gans import PushNet, assigned, kernel_discrepancy, nearest_data, nearest_samples
from udlbook.measures import modes_covered
from udlbook.optim import cosine
from udlbook.plot import COLORS, book_style
from udlbook.seeding import seeded
from udlbook.training import fit

modes = ring()
losses = {
    "nearest data": (nearest_data, 1),
    "nearest samples": (nearest_samples, 4),
    "assigned": (functools.partial(assigned, solve=linear_sum_assignment), 1),
    "kernel": (functools.partial(kernel_discrepancy, bandwidths=[0.05, 0.2, 0.8, 3.0]), 1),
}


def stream(rng):
    """Batches of data."""
    while True:
        yield (torch.from_numpy(modes.sample(128, rng=rng)).float(),)


samples = {}
for name, (loss, times) in losses.items():
    noise = torch.Generator().manual_seed(0)
    with seeded(0):
        net = PushNet(2, 2, (64, 64, 64), stretch=6.0)

    def compare(real, net=net, loss=loss, times=times, noise=noise):
        return loss(net.draw(times * len(real), generator=noise), real)

    data = stream(np.random.default_rng(0))
    fit(compare, net, data, steps=800, lr=5e-3, schedule=cosine())
    samples[name] = net.sample(2500, generator=noise).double().numpy()

# %%
# **Draw.** Orange rings mark the modes; they are larger than what counts as good.
with book_style():
    fig, axes = plt.subplots(2, 2, figsize=(6.4, 6.6), sharex=True, sharey=True)
    for ax, (name, x) in zip(axes.flat, samples.items(), strict=True):
        report = modes_covered(x, modes.centres, modes.sigma)
        ax.scatter(*modes.centres.T, s=110, facecolors="none", edgecolors=COLORS["orange"])
        ax.scatter(*x[:1500].T, s=3, color=COLORS["blue"], alpha=0.6, lw=0)
        ax.set(title=f"{name}: {report.quality:.0%} good", aspect="equal")
        ax.set(xlim=(-2.9, 2.9), ylim=(-2.9, 2.9))
    for ax in axes[:, 0]:
        ax.set_ylabel("$x_2$")
    for ax in axes[1]:
        ax.set_xlabel("$x_1$")
