r"""
A mixture of coins learns to write digits
=========================================

Message: each component is a way of writing a digit, found without labels; samples are those ways
with independent noise on every pixel, which is what the model leaves unexplained. Used in the
chapter :ref:`latent-variables`.

.. alt: Three rows of small black and white images of digits. Binary digits of the data; soft grey
   prototypes that look like different digits; samples, which look like digits with single
   wrong pixels.
"""

# %%
# **Compute.** Sixty components on binary digits; about a tenth of a second.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.classical.bernoullis import fit_bernoullis
from udlbook.data.digits import digits
from udlbook.plot import book_style

x = (digits().x.reshape(-1, 64) > 0.5).astype(float)
rng = np.random.default_rng(0)
model = fit_bernoullis(x, 60, rng=rng, restarts=3).model
often = np.argsort(model.weights)[::-1][:16]
rows = [
    ("data", x[rng.choice(len(x), 16, replace=False)]),
    ("components", model.p[often]),
    ("samples", model.sample(16, rng=rng)[0]),
]

# %%
# **Draw.** Two lines of eight for each, so that they stay large on a small screen.
with book_style():
    fig, axes = plt.subplots(3, 1, figsize=(6.2, 5.8))
    for ax, (name, images) in zip(axes, rows, strict=True):
        tiles = images.reshape(2, 8, 8, 8)
        padded = np.pad(tiles, ((0, 0), (0, 0), (1, 1), (1, 1)))
        sheet = padded.transpose(0, 2, 1, 3).reshape(20, 80)
        ax.imshow(sheet, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
        ax.set_title(name, loc="left")
        ax.axis("off")
