r"""
Gradients turn into noise with depth
====================================

Message: around a circle of inputs, the slope of a shallow random network has few steps. Fifty
normalized layers make it as rough as white noise; with a path around each layer, slow swings
remain. Used in the chapter :ref:`convolution`.

.. alt: Four curves of a slope around a circle. One layer gives a wave with small steps. Fifty
   plain layers give a ragged curve, with normalization mere noise. Fifty normalized residual
   layers give a ragged curve with slow swings.
"""

# %%
# **Compute.** Random networks, 200 units wide, at 256 points.
import matplotlib.pyplot as plt
import numpy as np
import torch

from udlbook.plot import COLORS, book_style
from udlbook.vision import circle_gradients

degrees = np.arange(256) * 360 / 256
shown = {
    "1 plain layer": ("plain", 1),
    "50 plain layers": ("plain", 50),
    "50 plain, normalized": ("plain norm", 50),
    "50 residual, normalized": ("residual norm", 50),
}
slopes = {}
for name, (kind, depth) in shown.items():
    generator = torch.Generator().manual_seed(3)
    slope = circle_gradients(kind, 256, depth=depth, generator=generator).by_angle
    slopes[name] = slope / slope.square().mean().sqrt()

# %%
# **Draw.** Slopes in units of their root mean square.
with book_style():
    fig, axes = plt.subplots(2, 2, figsize=(6.8, 5.2), sharex=True, sharey=True)
    for ax, (name, slope) in zip(axes.flat, slopes.items(), strict=True):
        ax.plot(
            degrees, slope.numpy(), color=COLORS["blue" if "residual" in name else "red"], lw=0.9
        )
        ax.set(title=name, ylim=(-4, 4), xlim=(0, 360), xticks=[0, 180, 360])
    for ax in axes[1]:
        ax.set(xlabel="input, degrees")
    for ax in axes[:, 0]:
        ax.set(ylabel="slope")
