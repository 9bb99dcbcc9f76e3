r"""
What a unit could see, and what it looks at
===========================================

Message: the receptive field of a stack of 3 x 3 convolutions is a square that grows with each
layer. A random network hardly uses its rim: the gradients gather in the middle. Used in the
chapter :ref:`convolution`.

.. alt: Four square heat maps. With one layer nine pixels light up. With 4, 8 and 16 layers the
   outlined square grows, while the bright spot inside grows more slowly and stays in the middle.
"""

# %%
# **Compute.** The mean absolute gradient of the middle unit, over random networks with ReLUs.
import matplotlib.pyplot as plt
import torch
from matplotlib.patches import Rectangle
from torch import nn

from udlbook.layers import Conv2d
from udlbook.plot import COLORS, book_style
from udlbook.seeding import seeded
from udlbook.vision import Window, receptive_field, sensitivity

SIZE, MIDDLE = 37, 18
maps, sides = {}, {}
with seeded(0):
    for depth in (1, 4, 8, 16):
        total = torch.zeros(SIZE, SIZE)
        for _ in range(8):
            layers = [Conv2d(1, 8, 3, padding=1), nn.ReLU()]
            for _ in range(depth - 1):
                layers += [Conv2d(8, 8, 3, padding=1), nn.ReLU()]
            net = nn.Sequential(*layers[:-1])
            total += sensitivity(net, torch.randn(1, 1, SIZE, SIZE), (MIDDLE, MIDDLE))
        maps[depth] = total / total.max()
        sides[depth] = receptive_field([Window(3, 1, 1)] * depth).size
        seen = torch.nonzero(total.sum(dim=0))[:, 0]
        assert len(seen) <= sides[depth] == 2 * depth + 1

# %%
# **Draw.** The frame is the receptive field by formula.
with book_style():
    fig, axes = plt.subplots(2, 2, figsize=(6.4, 6.6))
    for ax, (depth, picture) in zip(axes.flat, maps.items(), strict=True):
        ax.imshow(picture.numpy(), cmap="viridis", vmin=0, vmax=1)
        side = sides[depth]
        corner = MIDDLE - side / 2
        ax.add_patch(Rectangle((corner, corner), side, side, fill=False, lw=2,
                               ec=COLORS["orange"]))  # fmt: skip
        layers = "layer" if depth == 1 else "layers"
        ax.set(title=f"{depth} {layers}: {side} x {side}", xticks=[], yticks=[])
        ax.spines[:].set_visible(False)
