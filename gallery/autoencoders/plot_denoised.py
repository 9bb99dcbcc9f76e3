r"""
Three kinds of damage, and what a denoiser makes of them
========================================================

Message: a network that was trained to undo damage restores digits that it has never seen, be the
damage normal noise, lost pixels, or salt and pepper. Used in the chapter on autoencoders.

.. alt: Seven rows of eight digits: clean, and for each kind of damage a row that is hard to read
   above a row of the same digits restored, somewhat blurred but clear.
"""

# %%
# **Compute.** One network for each kind of damage, two seconds each.
import matplotlib.pyplot as plt
import torch

from udlbook.autoencoders import corrupt, denoising_loss, fit_autoencoder
from udlbook.data import digits
from udlbook.layers import mlp
from udlbook.plot import book_style
from udlbook.seeding import seeded

data = digits()
x = torch.from_numpy(data.x).float().flatten(1)
x_test = torch.from_numpy(data.x_test[:8]).float().flatten(1)
rows = {"clean": x_test}
for kind, level in [("normal", 0.3), ("masking", 0.3), ("salt and pepper", 0.2)]:
    generator = torch.Generator().manual_seed(1)
    with seeded(0):
        net = mlp(64, 256, 256, 64)

    def loss(batch, net=net, kind=kind, level=level, generator=generator):
        return denoising_loss(net, batch, kind, level, generator=generator)

    fit_autoencoder(net, x, steps=800, generator=generator, loss=loss)
    damaged = corrupt(x_test, kind, level, generator=generator)
    with torch.no_grad():
        rows[kind.replace("salt and ", "salt and\n")] = damaged
        rows[kind + " out"] = net(damaged)

# %%
# **Draw.** Damaged above, restored below.
with book_style():
    fig, axes = plt.subplots(7, 8, figsize=(6.4, 5.9))
    for line, (name, images) in zip(axes, rows.items(), strict=True):
        for ax, image in zip(line, images.reshape(-1, 8, 8).numpy(), strict=True):
            ax.imshow(image, cmap="viridis", vmin=0, vmax=1)
            ax.set(xticks=[], yticks=[])
            ax.spines[:].set_visible(False)
        label = "restored" if name.endswith("out") else name
        line[0].set_ylabel(label, rotation=0, ha="right", va="center", labelpad=8)
