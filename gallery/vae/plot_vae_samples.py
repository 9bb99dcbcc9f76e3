r"""
Data, what is left of them, and what the model makes up
=======================================================

Message: reconstructions are tidier than the data, and the model's digits look drawn by a hand.
Used in the chapter on variational autoencoders.

.. alt: Five rows of nine small digits. Binary test digits; their grey reconstructions, alike but
   smoother; made-up grey digits; the same as noisy binary draws; noise with the same grey values.
"""

# %%
# **Compute.** Eight latents, binary pixels: about four seconds of CPU.
import matplotlib.pyplot as plt
import torch

from udlbook.autoencoders import VAE, fit_vae
from udlbook.data import digits
from udlbook.plot import book_style
from udlbook.seeding import seeded

data = digits()
x, x_test = (torch.from_numpy(a > 0.5).float().flatten(1) for a in (data.x, data.x_test))
with seeded(0):
    model = VAE(64, 8, (256, 128))
model = fit_vae(model, x, steps=2000, lr=3e-3, free=0.1,
                generator=torch.Generator().manual_seed(0))  # fmt: skip
with torch.no_grad():
    shown = x_test[:9]
    again = model.mean(model.encode(shown).mu)
    made = model.sample(9, noise=False, generator=torch.Generator().manual_seed(4))
    drawn = torch.bernoulli(made, generator=torch.Generator().manual_seed(5))
    coins = torch.bernoulli(x.mean(0).expand(9, -1), generator=torch.Generator().manual_seed(6))

# %%
# **Draw.** White is ink.
rows = [("test digits", shown), ("reconstructed", again), ("made up: mean", made),
        ("made up: drawn", drawn), ("independent\npixels", coins)]  # fmt: skip
with book_style():
    fig, axes = plt.subplots(5, 9, figsize=(6.4, 3.5))
    for line, (name, images) in zip(axes, rows, strict=True):
        for ax, image in zip(line, images, strict=True):
            ax.imshow(image.view(8, 8).numpy(), cmap="gray", vmin=0, vmax=1)
            ax.set(xticks=[], yticks=[])
        line[0].set_ylabel(name, rotation=0, ha="right", va="center")
