r"""
A linear autoencoder goes down a staircase
==========================================

Message: from small weights gradient descent learns one principal direction after the other. Every
landing is a saddle whose loss is the sum of the variances that are still missing. Used in the
chapter on autoencoders.

.. alt: A falling curve of loss against steps with four flat landings at 7.75, 3.75, 1.75 and
   0.75, each on a dotted line; it leaves each landing after a while and ends on the lowest.
"""

# %%
# **Compute.** Variances 4, 2, 1, 1/2 and 1/4; a code of three numbers; gradients by hand.
import matplotlib.pyplot as plt
import torch

from udlbook.autoencoders import LinearAutoencoder, linear_gradients, linear_loss
from udlbook.plot import COLORS, book_style
from udlbook.seeding import seeded

variances = torch.tensor([4, 2, 1, 0.5, 0.25], dtype=torch.float64)
cov = torch.diag(variances)
with seeded(3):
    net = LinearAutoencoder(5, 3, scale=1e-3).double()
W_e, W_d = net.encoder.detach(), net.free_decoder.detach()
losses = []
for _ in range(360):
    losses.append(float(linear_loss(W_e, W_d, cov)))
    by_encoder, by_decoder = linear_gradients(W_e, W_d, cov)
    W_e, W_d = W_e - 0.02 * by_encoder, W_d - 0.02 * by_decoder
landings = [float(variances[k:].sum()) for k in range(4)]

# %%
# **Draw.** A dotted line for each landing.
with book_style():
    fig, ax = plt.subplots(figsize=(6.4, 3.6))
    for k, level in enumerate(landings):
        ax.axhline(level, color=COLORS["grey"], lw=0.9, ls=":")
        name = ("no direction", "one", "two", "three: the minimum")[k]
        ax.annotate(name, (360, level), xytext=(0, 4), textcoords="offset points", ha="right")
    ax.plot(losses, color=COLORS["blue"], lw=2.2)
    ax.set(xlabel="step of gradient descent", ylabel="mean squared distance", xlim=(0, 360))
    ax.set(ylim=(0, 8.6))
