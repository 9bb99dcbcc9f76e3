r"""
Where a vision transformer looks
================================

Message: the class token of the last layer looks at the patches with ink that tell digits apart,
and at different ones for different digits; it was never told where to look.

.. alt: Four handwritten digits in grey, and below each a grid of four by four squares, brighter
   where the class token attends, with the outline of the digit in white.
"""

# %%
# **Compute.** A small vision transformer on scikit-learn's digits; about ten seconds of CPU.
from functools import partial

import matplotlib.pyplot as plt
import torch
from torch.nn.functional import cross_entropy

from udlbook.data import digits
from udlbook.layers import watching
from udlbook.optim import one_cycle
from udlbook.plot import book_style
from udlbook.seeding import seeded
from udlbook.training import batches, fit
from udlbook.transformers import ViT

data = digits()
x, x_test = (torch.tensor(a, dtype=torch.float32)[:, None] for a in (data.x, data.x_test))
with seeded(0):
    model = ViT(image=8, patch=2, d_model=48, n_heads=4, n_layers=2)
fit(
    lambda a, b: cross_entropy(model(a), b),
    model,
    batches(x, torch.tensor(data.y), 64, torch.Generator().manual_seed(0)),
    steps=300,
    lr=4e-3,
    schedule=one_cycle(),
    optimizer=partial(torch.optim.AdamW, weight_decay=0.05, fused=True),
)
shown = [int((data.y_test == k).argmax()) for k in (0, 3, 4, 7)]
with torch.no_grad(), watching(model.eval()) as maps:
    said = model(x_test[shown]).argmax(dim=1)
look = maps["blocks.1.attention"].mean(dim=1)[:, 0, 1:].reshape(-1, 4, 4)
look = look.numpy()  # of the class token

# %%
# **Draw.** Above what it sees, below how its attention is spread over the sixteen patches.
with book_style():
    fig, axes = plt.subplots(2, 4, figsize=(6.4, 3.4))
    for (top, low), i, answer, weights in zip(axes.T, shown, said, look, strict=True):
        top.imshow(data.x_test[i], cmap="Greys", extent=(0, 4, 4, 0))
        low.imshow(weights, cmap="viridis", vmin=0, vmax=float(look.max()), extent=(0, 4, 4, 0))
        low.contour(
            data.x_test[i][::-1], [0.5], colors="#f4f4f4", extent=(0, 4, 4, 0), origin="upper"
        )
        top.set_title(f"says {int(answer)}")
    for ax in axes.flat:
        ax.set(xticks=[], yticks=[])
    axes[0, 0].set_ylabel("image")
    axes[1, 0].set_ylabel("attention")
