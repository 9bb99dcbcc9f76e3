r"""
A denoiser points back to where the data live
=============================================

Message: trained only to remove noise, a small network has learned the slope of the log density of
noisy data. Its arrows lie on those of the exact formula. Used in the chapter on autoencoders.

.. alt: A grey spiral in the plane with arrows on both sides, all pointing to the nearest part of
   the curve. Learned blue arrows lie on the exact orange ones nearly everywhere.
"""

# %%
# **Compute.** A spiral, noise of deviation 0.2, two seconds of training; and the exact denoiser.
import matplotlib.pyplot as plt
import numpy as np
import torch

from udlbook.autoencoders import KnownMixture, denoising_loss, fit_autoencoder
from udlbook.layers import mlp
from udlbook.plot import COLORS, book_style
from udlbook.seeding import seeded


def spiral(t):
    angle, radius = 2 * np.pi * (0.35 + 1.1 * t), 0.6 + 1.2 * t
    return torch.stack([radius * angle.cos(), radius * angle.sin()], dim=1)


sigma = 0.2
generator = torch.Generator().manual_seed(0)
x = spiral(torch.rand(4000, generator=generator))
with seeded(0):
    net = mlp(2, 64, 64, 2, activation=torch.nn.Tanh)
fit_autoencoder(
    net, x, steps=2000, lr=1e-2, size=500, generator=generator,
    loss=lambda b: denoising_loss(net, b, "normal", sigma, generator=generator),
)  # fmt: skip
exact = KnownMixture(spiral(torch.linspace(0, 1, 400)))
axis = torch.linspace(-2.2, 2.2, 23)
grid = torch.cartesian_prod(axis, axis)
grid = grid[exact.log_prob(grid, sigma) > -6]  # where noisy points are likely
with torch.no_grad():
    learned = net(grid) - grid
true = exact.denoise(grid, sigma) - grid

# %%
# **Draw.** Arrows end where the denoiser puts the point.
with book_style():
    fig, ax = plt.subplots(figsize=(6.0, 6.0))
    ax.plot(*spiral(torch.linspace(0, 1, 300)).T, color="black", lw=5, alpha=0.25)
    for color, step, width in (("orange", true, 0.0075), ("blue", learned, 0.0032)):
        ax.quiver(*grid.T, *step.T, color=COLORS[color], angles="xy", scale_units="xy", scale=1,
                  width=width, headwidth=2.6, headlength=3.2)  # fmt: skip
    ax.text(0.02, 0.985, "learned", color=COLORS["blue"], transform=ax.transAxes, va="top")
    ax.text(0.2, 0.985, "exact", color=COLORS["orange"], transform=ax.transAxes, va="top")
    ax.set(xlabel="$x_1$", ylabel="$x_2$", aspect="equal", xlim=(-2.2, 2.0), ylim=(-1.8, 2.3))
