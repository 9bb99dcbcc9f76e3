r"""
Two numbers for a digit: principal components against a deep autoencoder
========================================================================

Message: with as many numbers in the code, a network that may bend keeps apart what a plane mixes,
though it never saw a label. Used in the chapter on autoencoders.

.. alt: Two scatter plots of digits, each drawn as its numeral in one of six colours. In the upper
   one, of principal components, the numerals overlap in the middle; below they form clusters.
"""

# %%
# **Compute.** A second of training.
import matplotlib.pyplot as plt
import torch

from udlbook.autoencoders import deep_autoencoder, fit_autoencoder, principal_subspace
from udlbook.data import digits
from udlbook.plot import COLORS, book_style
from udlbook.seeding import seeded

data = digits()
x = torch.from_numpy(data.x).float().flatten(1)
x_test = torch.from_numpy(data.x_test).float().flatten(1)
with seeded(0):
    net = deep_autoencoder(64, 128, 64, 2)
fit_autoencoder(net, x, steps=1500, generator=torch.Generator().manual_seed(0))
with torch.no_grad():
    codes = {
        "principal components": principal_subspace(x, 2).encode(x_test),
        "deep autoencoder": net.encode(x_test),
    }

# %%
# **Draw.** Each test digit is its own label.
with book_style():
    fig, axes = plt.subplots(2, 1, figsize=(5.6, 8.4))
    for ax, (name, z) in zip(axes, codes.items(), strict=True):
        ax.scatter(*z.T, s=0)
        for (u, v), digit in zip(z.tolist(), data.y_test.tolist(), strict=True):
            color = list(COLORS.values())[digit % 6]
            ax.text(u, v, str(digit), color=color, ha="center", va="center", fontsize=9)
        ax.set(title=name, xlabel="first number of the code", ylabel="second")
