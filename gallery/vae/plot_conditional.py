r"""
One hand, ten digits
====================

Message: with the class given, the latents are left with the style. A row keeps its latents, a
column its class. Used in the chapter on variational autoencoders.

.. alt: A table of small pictures of digits. Columns are 0 to 9; each of four rows is written in
   one style, for example slanted, narrow or broad.
"""

# %%
# **Compute.** Both networks are told the class as a one-hot vector.
import matplotlib.pyplot as plt
import torch

from udlbook.autoencoders import VAE, activity, fit_vae, labels
from udlbook.data import digits
from udlbook.plot import book_style
from udlbook.seeding import seeded

data = digits()
x = torch.from_numpy(data.x > 0.5).float().flatten(1)
y = labels(torch.from_numpy(data.y), 10)
with seeded(0):
    model = VAE(64, 8, (128, 64), condition=10)
model = fit_vae(model, x, y, steps=1500, lr=3e-3, free=0.1,
                generator=torch.Generator().manual_seed(0))  # fmt: skip
first, second = activity(model, x, y).argsort(descending=True)[:2].tolist()
z = torch.zeros(4, 10, 8)
z[0, :, first], z[1, :, first], z[2, :, second], z[3, :, second] = -2.0, 2.0, -2.0, 2.0
with torch.no_grad():
    pictures = model.mean(z, torch.eye(10).expand(4, -1, -1)).view(4, 10, 8, 8).numpy()

# %%
# **Draw.** Means of p(x|z, y), at both ends of the two busiest latents.
names = [r"$z_1 = -2$", r"$z_1 = 2$", r"$z_2 = -2$", r"$z_2 = 2$"]
with book_style():
    fig, axes = plt.subplots(4, 10, figsize=(6.4, 2.8))
    for i, line in enumerate(axes):
        for k, ax in enumerate(line):
            ax.imshow(pictures[i, k], cmap="gray", vmin=0, vmax=1)
            ax.set(xticks=[], yticks=[])
            if i == 0:
                ax.set_title(str(k))
        line[0].set_ylabel(names[i], rotation=0, ha="right", va="center")
