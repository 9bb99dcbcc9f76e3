r"""
A map of all digits
===================

Message: two latents already put like digits together, and every point of the plane is a digit.
Used in the chapter on variational autoencoders.

.. alt: Left, ten clouds of coloured numerals in a plane, some overlapping. Right, a sheet of small
   pictures of digits over the same plane, each kind passing smoothly into the next.
"""

# %%
# **Compute.** The same data and loss as with eight latents.
import matplotlib.pyplot as plt
import numpy as np
import torch

from udlbook.autoencoders import VAE, fit_vae
from udlbook.data import digits
from udlbook.plot import book_style
from udlbook.seeding import seeded

data = digits()
x, x_test = (torch.from_numpy(a > 0.5).float().flatten(1) for a in (data.x, data.x_test))
with seeded(1):
    model = VAE(64, 2, (128, 64))
model = fit_vae(model, x, steps=2000, lr=3e-3, generator=torch.Generator().manual_seed(1))
axis = torch.linspace(-2.4, 2.4, 9)
z = torch.stack(torch.meshgrid(axis, axis.flip(0), indexing="xy"), dim=-1)
with torch.no_grad():
    mu = model.encode(x_test).mu.numpy()
    sheet = torch.nn.functional.pad(model.mean(z).view(9, 9, 8, 8), (1, 1, 1, 1))
    sheet = sheet.permute(0, 2, 1, 3).reshape(90, 90).numpy()

# %%
# **Draw.** Numerals are at the means of q; the sheet shows the means of p(x|z).
colors = plt.get_cmap("tab10")(np.arange(10))
with book_style():
    fig, (left, right) = plt.subplots(1, 2, figsize=(6.8, 3.5))
    for (a, b), digit in zip(mu, data.y_test, strict=True):
        left.text(a, b, str(digit), color=colors[digit], fontsize=7, ha="center", va="center",
                  clip_on=True)  # fmt: skip
    left.set(xlim=(-3.2, 3.2), ylim=(-3.2, 3.2), aspect="equal", xlabel="$z_1$", ylabel="$z_2$")
    right.imshow(sheet, cmap="gray", extent=(-2.7, 2.7, -2.7, 2.7), vmin=0, vmax=1)
    right.set(xlabel="$z_1$", xticks=[-2, 0, 2], yticks=[-2, 0, 2])
