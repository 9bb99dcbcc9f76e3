r"""
Little noise is a penalty on the Jacobian
=========================================

Message: what noise adds to the loss, divided by its variance, becomes the squared Jacobian plus a
curvature term as the noise becomes small; for an untrained network the curvature counts. Used in
the chapter on autoencoders.

.. alt: A curve of extra loss per variance against the deviation of the noise. On the left it lies
   flat on a dotted line called with curvature, far below one called Jacobian alone; above 0.1 it
   falls.
"""

# %%
# **Compute.** A random smooth network on the plane; the mean over the noise by quadrature.
import matplotlib.pyplot as plt
import numpy as np
import torch

from udlbook.autoencoders import deep_autoencoder, reconstruction_loss, small_noise
from udlbook.plot import COLORS, book_style
from udlbook.seeding import seeded

with seeded(3):
    net = deep_autoencoder(2, 16, 2, activation=torch.nn.Tanh).double()
with torch.no_grad():
    for p in net.parameters():
        p.mul_(2.5)
x = torch.randn(60, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
parts = small_noise(net, x)
nodes, weights = np.polynomial.hermite_e.hermegauss(24)
noise = torch.from_numpy(np.stack(np.meshgrid(nodes, nodes), -1).reshape(-1, 2))
weight = np.outer(weights, weights).ravel() / (2 * np.pi)
sigmas = np.geomspace(0.01, 1, 25)
extra = []
with torch.no_grad():
    for sigma in sigmas:
        losses = [float(reconstruction_loss(net(x + sigma * e), x)) for e in noise]
        extra.append((weight @ losses - float(parts.error)) / sigma**2)
limits = {
    "Jacobian alone": float(parts.contraction),
    "with curvature": float(parts.contraction + parts.curvature),
}

# %%
# **Draw.** The limits as dotted lines.
with book_style():
    fig, ax = plt.subplots(figsize=(6.4, 3.5))
    for name, level in limits.items():
        ax.axhline(level, color=COLORS["grey"], ls=":", lw=1.4)
        above = level == max(limits.values())
        ax.annotate(name, (1, level), xytext=(0, 4 if above else -4), textcoords="offset points",
                    ha="right", va="bottom" if above else "top")  # fmt: skip
    ax.plot(sigmas, extra, color=COLORS["blue"], lw=2.2)
    ax.set(xscale="log", xlabel=r"deviation of the noise, $\sigma$", xlim=(0.01, 1))
    ax.set(ylabel=r"extra loss $/\, \sigma^2$", ylim=(0, 1.25 * max(max(extra), *limits.values())))
