r"""
Which latents stay awake
========================

Message: a latent pays for itself if its direction varies more than the noise. A linear model
trained by the bound keeps exactly those. Used in the chapter on variational autoencoders.

.. alt: Twelve bars of falling height, the variances of the directions of digits, cut by a level
   line. A second panel shows the nats of each latent: theory and training agree, then zero.
"""

# %%
# **Compute.** Linear encoder, linear decoder, noise of fixed size; the digits in grey.
import matplotlib.pyplot as plt
import numpy as np
import torch

from udlbook.autoencoders import LinearVAE
from udlbook.data import digits
from udlbook.plot import COLORS, book_style
from udlbook.seeding import seeded
from udlbook.training import fit

x = torch.from_numpy(digits().x.reshape(-1, 64)).double()
x = x - x.mean(0)
values, axes = torch.linalg.eigh(x.T @ x / len(x))
spectrum = values.flip(0)[:12].numpy()
# The bound sees the data through their covariance alone: 64 rows that have it will do.
few = 8 * values.clamp(min=0).sqrt()[:, None] * axes.T


def trained(var):
    """Nats of each latent after training with this variance of the noise."""
    with seeded(0):
        model = LinearVAE(64, 12).double()
    with torch.no_grad():
        model.log_sigma.fill_(np.log(var) / 2)
    free = [model.V, model.W, model.log_var]
    fit(lambda: -model.elbo(few).mean(), free, [()] * 3000, steps=3000, lr=0.02,
        schedule=lambda s, n: 1 - s / n)  # fmt: skip
    with torch.no_grad():
        return np.sort(model.encode(few).kl().mean(0).numpy())[::-1]


levels = {0.07: "blue", 0.2: "orange"}
found = {var: trained(var) for var in levels}

# %%
# **Draw.** One level of noise in blue, a higher one in orange.
with book_style():
    fig, (left, right) = plt.subplots(1, 2, figsize=(6.8, 3.2))
    i = np.arange(1, 13)
    left.bar(i, spectrum, 0.7, color=COLORS["grey"], alpha=0.6)
    for var, color in levels.items():
        left.axhline(var, color=COLORS[color])
        left.text(17, var + 0.01, rf"$\sigma^2$ = {var}", ha="right", color=COLORS[color])
        theory = np.maximum(0, np.log(spectrum / var) / 2)
        right.plot(i, theory, color=COLORS[color])
        right.plot(i, found[var], "o", ms=5, color=COLORS[color])
    left.set(xlabel="direction", ylabel="variance", xticks=[1, 4, 8, 12], xlim=(0, 17.2))
    right.set(xlabel="latent", ylabel="KL (nats)", xticks=[1, 4, 8, 12])
