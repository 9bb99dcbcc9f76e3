r"""
Smaller, and larger again
=========================

Message: pooling throws detail away, and no upsampling brings it back; each fills the gap with
another guess. Used in the chapter :ref:`convolution`.

.. alt: A digit of eight by eight pixels, its four by four maxima, and four enlargements to eight
   by eight. Unpooling leaves holes, nearest makes blocks, bilinear is smooth, means are paler.
"""

# %%
# **Compute.** Down by a factor of two, and up again in three ways.
import matplotlib.pyplot as plt
import torch

from udlbook.data import digits
from udlbook.plot import book_style
from udlbook.vision import (
    max_pool2d,
    max_unpool2d,
    mean_pool2d,
    upsample_bilinear,
    upsample_nearest,
)

data = digits()
x = torch.from_numpy(data.x[data.y == 2][:1])[:, None]
largest, places = max_pool2d(x, 2)
pictures = {
    "the image": x,
    "maxima of 2 x 2": largest,
    "means of 2 x 2": mean_pool2d(x, 2),
    "maxima, unpooled": max_unpool2d(largest, places, 8, 8),
    "maxima, nearest": upsample_nearest(largest, 2),
    "maxima, bilinear": upsample_bilinear(largest, 2),
}

# %%
# **Draw.** One grey scale for all.
with book_style():
    fig, axes = plt.subplots(3, 2, figsize=(5.6, 8.4))
    for ax, (name, picture) in zip(axes.flat, pictures.items(), strict=True):
        ax.imshow(picture[0, 0].numpy(), cmap="viridis", vmin=0, vmax=1)
        ax.set(title=name, xticks=[], yticks=[])
        ax.spines[:].set_visible(False)
