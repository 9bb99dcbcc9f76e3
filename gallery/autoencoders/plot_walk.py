r"""
A walk in code space turns a three into an eight
================================================

Message: the difference of two mean codes is a direction that closes the loops of a three, and
another one makes strokes thick. Added pixels do so, too, but leave ghosts. Used in the chapter on
autoencoders.

.. alt: Four rows of seven digits. In rows one and two a three becomes an eight from left to right,
   by its code and by its pixels; in rows three and four a two grows from thin to thick.
"""

# %%
# **Compute.** One network with codes of eight numbers.
import matplotlib.pyplot as plt
import numpy as np
import torch

from udlbook.autoencoders import deep_autoencoder, fit_autoencoder, mean_direction
from udlbook.data import digits
from udlbook.plot import book_style
from udlbook.seeding import seeded

data = digits()
x, y = torch.from_numpy(data.x).float().flatten(1), torch.from_numpy(data.y)
x_test = torch.from_numpy(data.x_test).float().flatten(1)
with seeded(0):
    net = deep_autoencoder(64, 128, 64, 8)
fit_autoencoder(net, x, steps=2000, generator=torch.Generator().manual_seed(0))
three, two = (x_test[np.flatnonzero(data.y_test == c)[1]] for c in (3, 2))
ink = x.sum(dim=1)
thick = (ink > ink.median()).long()
part = torch.linspace(-0.25, 1.25, 7)[:, None]
with torch.no_grad():
    z = net.encode(x)
    rows = {
        "3 to 8,\ncode": net.decode(net.encode(three) + part * mean_direction(z, y, 3, 8)),
        "3 to 8,\npixels": three + part * mean_direction(x, y, 3, 8),
        "ink,\ncode": net.decode(
            net.encode(two) + (4 * part - 2) * mean_direction(z, thick, 0, 1)
        ),
        "ink,\npixels": two + (4 * part - 2) * mean_direction(x, thick, 0, 1),
    }

# %%
# **Draw.** A row is a walk.
with book_style():
    fig, axes = plt.subplots(4, 7, figsize=(6.4, 4.1))
    for line, (name, images) in zip(axes, rows.items(), strict=True):
        for ax, image in zip(line, images.reshape(-1, 8, 8).numpy(), strict=True):
            ax.imshow(image, cmap="viridis", vmin=0, vmax=1)
            ax.set(xticks=[], yticks=[])
            ax.spines[:].set_visible(False)
        line[0].set_ylabel(name, rotation=0, ha="right", va="center", labelpad=8)
