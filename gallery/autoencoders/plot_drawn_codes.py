r"""
Codes have holes, and a density on codes avoids them
====================================================

Message: decoded codes from a standard normal are not digits. A normal fitted to the codes is
better, a mixture of normals nearly good. Used in the chapter on autoencoders.

.. alt: Four rows of nine small images. The first, from a standard normal, shows shapeless noise;
   the second, from a fitted normal, some digits; the third, from a mixture, mostly clear digits;
   the fourth real digits.
"""

# %%
# **Compute.** Fit twenty normals to the codes by expectation maximization.
import matplotlib.pyplot as plt
import numpy as np
import torch

from udlbook.autoencoders import NormalCodes, deep_autoencoder, fit_autoencoder
from udlbook.classical.mixtures import fit_normals
from udlbook.data import digits
from udlbook.plot import book_style
from udlbook.seeding import seeded

data = digits()
x = torch.from_numpy(data.x).float().flatten(1)
generator, rng = torch.Generator().manual_seed(0), np.random.default_rng(0)
with seeded(0):
    net = deep_autoencoder(64, 128, 64, 8)
fit_autoencoder(net, x, steps=2000, generator=generator)
with torch.no_grad():
    z = net.encode(x)
    mixture = fit_normals(z.double().numpy(), 20, rng=rng, floor=1e-3).model
    codes = {
        "standard\nnormal": torch.randn(9, 8, generator=generator),
        "fitted\nnormal": NormalCodes(z).sample(9, generator=generator),
        "mixture": torch.from_numpy(mixture.sample(9, rng=rng)[0]).float(),
    }
    rows = {name: net.decode(c) for name, c in codes.items()}
rows["real"] = torch.from_numpy(data.x_test[:9])

# %%
# **Draw.** A row for each source of codes.
with book_style():
    fig, axes = plt.subplots(4, 9, figsize=(6.4, 3.3))
    for line, (name, images) in zip(axes, rows.items(), strict=True):
        for ax, image in zip(line, images.reshape(-1, 8, 8).numpy(), strict=True):
            ax.imshow(image, cmap="viridis", vmin=0, vmax=1)
            ax.set(xticks=[], yticks=[])
            ax.spines[:].set_visible(False)
        line[0].set_ylabel(name, rotation=0, ha="right", va="center", labelpad=8)
