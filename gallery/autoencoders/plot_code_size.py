r"""
Bending pays when the code is small
===================================

Message: a deep autoencoder forgets less than as many principal components while the code is short.
With a long code it is behind, because it must learn even to copy. Used in the chapter on
autoencoders.

.. alt: Two falling curves of error against size of the code, 2 to 32. The deep network begins well
   below principal components and they cross between 8 and 32 numbers.
"""

# %%
# **Compute.** Five networks, a second each.
import matplotlib.pyplot as plt
import torch

from udlbook.autoencoders import (
    deep_autoencoder,
    fit_autoencoder,
    principal_subspace,
    reconstruction_loss,
)
from udlbook.data import digits
from udlbook.plot import COLORS, book_style, label_line
from udlbook.seeding import seeded

data = digits()
x = torch.from_numpy(data.x).float().flatten(1)
x_test = torch.from_numpy(data.x_test).float().flatten(1)
sizes = [2, 4, 8, 16, 32]
errors = {"principal components": [], "deep autoencoder": []}
for size in sizes:
    with seeded(0):
        net = deep_autoencoder(64, 128, 64, size)
    fit_autoencoder(net, x, steps=1500, generator=torch.Generator().manual_seed(0))
    for name, model in zip(errors, (principal_subspace(x, size), net), strict=True):
        with torch.no_grad():
            x_hat = model.decode(model.encode(x_test))
            errors[name].append(float(reconstruction_loss(x_hat, x_test)))

# %%
# **Draw.** Both axes have a logarithmic scale.
with book_style():
    fig, ax = plt.subplots(figsize=(6.4, 3.6))
    for color, (name, values) in zip(("orange", "blue"), errors.items(), strict=True):
        (line,) = ax.plot(sizes, values, "o-", color=COLORS[color])
        right = name.startswith("principal")
        label_line(ax, line, name, x=4, dx=8 if right else -8, dy=9 if right else -12,
                   ha="left" if right else "right")  # fmt: skip
    ax.set(xscale="log", yscale="log", xlabel="numbers in the code")
    ax.set(ylabel="squared distance of new digits")
    ax.set_xticks(sizes, sizes)
    ax.set_yticks([0.2, 0.5, 1, 2, 3], ["0.2", "0.5", "1", "2", "3"])
    ax.minorticks_off()
