r"""
A network with a way back has a density; one with a narrow place has none
=========================================================================

Message: pushed through square layers and leaky rectifiers, noise keeps a density that can be
computed. One layer of width one, and all samples lie on a line. Used in the chapter on
generators.

.. alt: Two panels. Left, a coloured density with sharp creases, and white dots of samples where
   it is high. Right, the samples of a narrow network form one bent line in an empty plane.
"""

# %%
# **Compute.** A random network of four square layers and its exact density on a grid; and a
# random network with a hidden layer of width one.
import matplotlib.pyplot as plt
import numpy as np
import torch

from udlbook.gans import PushNet, SquareNet
from udlbook.plot import COLORS, book_style
from udlbook.seeding import seeded

with seeded(4):
    square = SquareNet(2, 4)
    with torch.no_grad():
        for layer in square.layers:
            layer.weight *= 1.6
            torch.nn.init.normal_(layer.bias, std=0.5)
    narrow = PushNet(2, 2, hidden=(16, 1, 16))
    with torch.no_grad():
        for layer in narrow.net[::2]:
            layer.weight *= 2.5
dots = square.sample(400, generator=torch.Generator().manual_seed(0)).numpy()
line = narrow.sample(400, generator=torch.Generator().manual_seed(0)).numpy()
centre = dots.mean(axis=0)
reach = 3.0
axis = torch.linspace(-reach, reach, 241)
table = torch.cartesian_prod(axis + centre[1], axis + centre[0]).flip(1)
with torch.no_grad():
    density = square.log_prob(table).exp().reshape(241, 241).numpy()

# %%
# **Draw.** Density and samples, both at one scale.
with book_style():
    fig, (left, right) = plt.subplots(1, 2, figsize=(6.4, 3.3))
    extent = [centre[0] - reach, centre[0] + reach, centre[1] - reach, centre[1] + reach]
    left.imshow(density, origin="lower", extent=extent, cmap="viridis")
    left.scatter(*dots.T, s=3, color="white", alpha=0.7, lw=0)
    left.set(xlim=extent[:2], ylim=extent[2:], title="square layers: a density")
    right.scatter(*line.T, s=5, color=COLORS["blue"], lw=0)
    spread = 0.6 * np.ptp(line, axis=0).max()
    middle = (line.max(axis=0) + line.min(axis=0)) / 2
    right.set(
        xlim=(middle[0] - spread, middle[0] + spread),
        ylim=(middle[1] - spread, middle[1] + spread),
        aspect="equal",
        title="width one inside: a line",
    )
    for ax in (left, right):
        ax.set(xlabel="$x_1$", ylabel="$x_2$")
