r"""
Asleep too early, and two alarm clocks
======================================

Message: in a deep network most latents fall asleep before the decoder has learned to use them. A
warm-up wakes them better; free bits leave none out. Used in the chapter on variational
autoencoders.

.. alt: Nats of eight latents, sorted, for three trainings. Plain: two or three used, the rest near
   zero. Warm-up: a few more, and higher. With free bits: all eight are above a level line.
"""

# %%
# **Compute.** Three hidden layers on either side, and the same first weights each time.
import matplotlib.pyplot as plt
import numpy as np
import torch

from udlbook.autoencoders import VAE, elbo_terms, fit_vae
from udlbook.data import digits
from udlbook.plot import COLORS, book_style
from udlbook.seeding import seeded

x = torch.from_numpy(digits().x > 0.5).float().flatten(1)


def nats(**options):
    """KL of each latent after training, the largest first."""
    with seeded(0):
        model = VAE(64, 8, (64, 64, 64))
    model = fit_vae(model, x, steps=1200, lr=3e-3, average=0.99,
                    generator=torch.Generator().manual_seed(0), **options)  # fmt: skip
    with torch.no_grad():
        kl = elbo_terms(model, x, generator=torch.Generator().manual_seed(1)).kl.mean(0)
    return kl.sort(descending=True).values.numpy()


runs = {
    "plain": (nats(warm=0.0), "red"),
    "warm-up": (nats(warm=0.8), "orange"),
    "warm-up and free bits": (nats(warm=0.8, free=0.25), "blue"),
}

# %%
# **Draw.** Sorted, because the order of latents means nothing.
with book_style():
    fig, ax = plt.subplots(figsize=(5.6, 3.2))
    i = np.arange(1, 9)
    for k, (name, (kl, color)) in enumerate(runs.items()):
        ax.plot(i, kl, "o-", ms=5, color=COLORS[color])
        ax.text(8, 1.3 - 0.15 * k, name, color=COLORS[color], ha="right", va="center")
    ax.axhline(0.25, color=COLORS["grey"], lw=1, ls=":")
    ax.set(xlabel="latent", ylabel="KL (nats)", xticks=i, ylim=(-0.05, None))
