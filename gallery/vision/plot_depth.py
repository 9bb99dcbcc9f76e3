r"""
Thirty-two layers, with and without a way around
================================================

Message: eight plain layers learn the digits at once, thirty-two do not learn at all. Batch
normalization helps them to start; blocks that only add to what they get train at once. Used in
the chapter :ref:`convolution`.

.. alt: Training loss against the step. Plain with 32 layers stays at the dashed line of
   guessing. Normalized comes down late. Eight plain layers and 32 residual layers fall fast.
"""

# %%
# **Compute.** Seventy steps on the digits for each network, eight channels wide at first.
import math

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch.nn.functional import cross_entropy

from udlbook.data import digits
from udlbook.plot import COLORS, book_style, label_line
from udlbook.seeding import seeded
from udlbook.training import batches, fit
from udlbook.vision import ResNet

data = digits()
x, y = torch.from_numpy(data.x).float()[:, None], torch.from_numpy(data.y)
kinds = {
    "8, plain": (8, dict(norm=False, skip=False), "grey"),
    "32, plain": (32, dict(norm=False, skip=False), "red"),
    "32, normalized": (32, dict(skip=False), "orange"),
    "32, normalized\nand residual": (32, dict(), "blue"),
}
curves = {}
for name, (depth, options, _) in kinds.items():
    with seeded(0):
        net = ResNet(depth, in_channels=1, width=8, **options)
        stream = batches(x, y, 32, torch.Generator().manual_seed(0))
        losses = fit(lambda a, b, net=net: cross_entropy(net(a), b), net, stream,
                     steps=70, lr=3e-3)  # fmt: skip
    curves[name] = np.convolve(losses, np.ones(10) / 10, mode="valid")

# %%
# **Draw.** Each point is the mean of ten steps.
with book_style():
    fig, ax = plt.subplots(figsize=(6.6, 4.2))
    ax.axhline(math.log(10), color=COLORS["grey"], ls="dashed", lw=1)
    ax.text(12, math.log(10) + 0.06, "guessing", color=COLORS["grey"])
    for name, curve in curves.items():
        (line,) = ax.plot(np.arange(10, 71), curve, color=COLORS[kinds[name][2]])
        if name == "8, plain":
            label_line(ax, line, name, 45, dy=8)
        else:
            label_line(ax, line, name)
    ax.set(xlabel="step", ylabel="training loss, nats", xlim=(10, 70), ylim=(0, 2.6))
