r"""
Principal directions are waves, sparse atoms are parts
======================================================

Message: PCA describes each digit by a little of every direction, so these look like nothing. A
code in which few units may speak finds parts of digits. Used in the chapter on autoencoders.

.. alt: Two blocks of eighteen small images. Above, principal directions are waves of two colours
   over the whole image; below, the sparse atoms look like strokes and parts of digits.
"""

# %%
# **Compute.** Eight units of 128 may speak. The atoms shown are those most used.
import matplotlib.pyplot as plt
import numpy as np
import torch

from udlbook.autoencoders import SparseAutoencoder, fit_autoencoder, principal_subspace
from udlbook.data import digits
from udlbook.plot import book_style
from udlbook.seeding import seeded

x = torch.from_numpy(digits().x).float().flatten(1)
with seeded(0):
    net = SparseAutoencoder(64, 128, k=8)
fit_autoencoder(
    net, x, steps=1200, generator=torch.Generator().manual_seed(0),
    on_step=lambda step, loss: net.normalize_atoms(),
)  # fmt: skip
with torch.no_grad():
    use = (net.encode(x) > 0).double().mean(dim=0)
    atoms = net.decoder.T[use.argsort(descending=True)[:18]]
blocks = {"principal directions": principal_subspace(x, 18).directions, "sparse atoms": atoms}

# %%
# **Draw.** Zero is the middle of the scale.
with book_style():
    fig, axes = plt.subplots(2, 1, figsize=(6.4, 3.9))
    for ax, (name, rows) in zip(axes, blocks.items(), strict=True):
        image = np.full((2 * 9 + 1, 9 * 9 + 1), np.nan)
        for i, row in enumerate(rows.numpy()):
            r, c = 9 * (i // 9) + 1, 9 * (i % 9) + 1
            image[r : r + 8, c : c + 8] = row.reshape(8, 8) / np.abs(row).max()
        ax.imshow(image, cmap="viridis", vmin=-1, vmax=1)
        ax.set(title=name, xticks=[], yticks=[])
        ax.spines[:].set_visible(False)
