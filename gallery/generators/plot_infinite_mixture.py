r"""
A mixture that fills up
=======================

Message: a latent chooses a point of a curve, and a round normal stands there. Four latents are
four blobs; more and more become one smooth density along the curve. Used in the chapter on
generators.

.. alt: Four heat maps of one spiral. With 4 latents, four separate blobs; with 12, a string of
   beads; with 40, a bumpy band; with 1,000, a smooth spiral band that is brightest in the middle.
"""

# %%
# **Compute.** A fixed curve in place of a network: half a turn for each unit of the latent. The
# density is the mean of normals over evenly standing latents.
import matplotlib.pyplot as plt
import torch

from udlbook.gans import normal_log_prob, normal_quantiles
from udlbook.plot import book_style


def curve(z):
    """A spiral that a latent runs along."""
    angle = 2.2 * z
    return torch.cat([torch.cos(angle), torch.sin(angle)], dim=1) * (1.5 + 0.45 * z)


sigma = torch.tensor(0.16)
axis = torch.linspace(-3.2, 3.2, 161)
table = torch.cartesian_prod(axis, axis).flip(1)
counts = [4, 12, 40, 1000]
densities = []
for n in counts:
    each = normal_log_prob(table[:, None], curve(normal_quantiles(n)), sigma.log())
    densities.append(each.exp().mean(dim=1).reshape(161, 161).numpy())

# %%
# **Draw.** One scale of colour for each panel; crosses are the means.
with book_style():
    fig, axes = plt.subplots(2, 2, figsize=(6.4, 6.2), sharex=True, sharey=True)
    for ax, n, density in zip(axes.flat, counts, densities, strict=True):
        ax.imshow(density, origin="lower", extent=[-3.2, 3.2, -3.2, 3.2], cmap="viridis")
        if n < 100:
            ax.scatter(*curve(normal_quantiles(n)).T, marker="+", s=24, color="white", lw=0.9)
        ax.set_title(f"{n:,} latents")
    for ax in axes[:, 0]:
        ax.set_ylabel("$x_2$")
    for ax in axes[1]:
        ax.set_xlabel("$x_1$")
