r"""
Two ways that know a density, after learning
============================================

Message: fitted by maximum likelihood, both a chain of mixtures and a noisy generator put their
density where the data are. The chain smears its modes out, the noisy generator
strings them together. Used in the chapter on generators.

.. alt: Two heat maps of log density, eight modes on a circle, both brightest at the modes. Left,
   short slanted smears through the modes; right, faint straight bridges make an octagon.
"""

# %%
# **Compute.** Five seconds of training in all; densities on a grid.
import matplotlib.pyplot as plt
import numpy as np
import torch

from udlbook.data import ring
from udlbook.gans import ChainNet, NoisyNet, normal_quantiles
from udlbook.optim import cosine
from udlbook.plot import COLORS, book_style
from udlbook.seeding import seeded
from udlbook.training import fit

modes = ring()
noise = torch.Generator().manual_seed(0)


def stream(rng):
    """Batches of data."""
    while True:
        yield (torch.from_numpy(modes.sample(128, rng=rng)).float(),)


with seeded(0):
    chain = ChainNet(2, 12, spread=2.0)
    noisy = NoisyNet(2, 2, stretch=4.0)


def chain_loss(x):
    """Minus the log likelihood."""
    return -chain.log_prob(x).mean()


def noisy_loss(x):
    """The same, by a sum over evenly standing latents that are shifted anew in each step."""
    return -noisy.log_prob(x, normal_quantiles(18, 2, generator=noise)).mean()


for net, loss, lr in ((chain, chain_loss, 5e-3), (noisy, noisy_loss, 1e-2)):
    data = stream(np.random.default_rng(0))
    fit(loss, net, data, steps=800, lr=lr, schedule=cosine())

axis = torch.linspace(-2.6, 2.6, 111)
table = torch.cartesian_prod(axis, axis).flip(1)
z = normal_quantiles(100, 2)
with torch.no_grad():
    maps = [chain.log_prob(table), torch.cat([noisy.log_prob(t, z) for t in table.split(1000)])]

# %%
# **Draw.** Densities below that of -3 nats look like none.
with book_style():
    fig, axes = plt.subplots(1, 2, figsize=(6.4, 3.7), sharey=True)
    for ax, values, title in zip(
        axes, maps, ["chain of mixtures", "noisy generator"], strict=True
    ):
        picture = ax.imshow(
            values.reshape(111, 111).numpy(),
            origin="lower",
            extent=[-2.6, 2.6, -2.6, 2.6],
            vmin=-3,
            vmax=4,
            cmap="viridis",
        )
        ax.scatter(*modes.centres.T, s=90, facecolors="none", edgecolors=COLORS["orange"], lw=0.9)
        ax.set(title=title, xlabel="$x_1$")
    axes[0].set_ylabel("$x_2$")
    fig.colorbar(
        picture, ax=axes, location="bottom", label="log density (nats)", shrink=0.6, extend="min"
    )
