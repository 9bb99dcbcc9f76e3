r"""
A codebook of sixteen words
===========================

Message: with words in place of numbers, a digit is four words. A model of how words follow each
other makes digits; words drawn one by one do not. Used in the chapter on variational autoencoders.

.. alt: Four rows of nine small digits: test digits, their reconstructions from four words each,
   digits from the prior that looks back, and blots from words that are drawn independently.
"""

# %%
# **Compute.** The codebook follows by moving averages; idle words are put back to use.
import matplotlib.pyplot as plt
import torch

from udlbook.autoencoders import VQVAE, CodePrior
from udlbook.data import digits
from udlbook.plot import book_style
from udlbook.seeding import seeded
from udlbook.training import Batches, fit

data = digits()
x, x_test = (torch.from_numpy(a > 0.5).float().flatten(1) for a in (data.x, data.x_test))
generator = torch.Generator().manual_seed(0)
with seeded(0):
    net = VQVAE(64, 4, 16, width=4, hidden=(128,), decay=0.98)


def revive(step, loss):
    if step % 50 == 0 and step < 1000:
        with torch.no_grad():
            net.codebook.revive(net.encode(x), generator=generator)


fit(net.loss, net, Batches(x, size=100, generator=generator), steps=1500, lr=3e-3, on_step=revive)
net.eval()
with torch.no_grad():
    codes, test_codes = (net.codebook.nearest(net.encode(a)) for a in (x, x_test))
prior = CodePrior(4, 16)
fit(lambda code: -prior.log_prob(code).mean(), prior,
    Batches(codes, size=200, generator=generator), steps=400, lr=0.03)  # fmt: skip
mixed = torch.stack([c[torch.randint(len(c), (9,), generator=generator)] for c in codes.T], dim=1)
with torch.no_grad():
    rows = [
        ("test digits", x_test[:9]),
        ("from four words", net.decode(test_codes[:9]).sigmoid()),
        ("words in a row", net.decode(prior.sample(9, generator=generator)).sigmoid()),
        ("single words", net.decode(mixed).sigmoid()),
    ]

# %%
# **Draw.** Means of the pixels.
with book_style():
    fig, axes = plt.subplots(4, 9, figsize=(6.4, 2.9))
    for line, (name, images) in zip(axes, rows, strict=True):
        for ax, image in zip(line, images, strict=True):
            ax.imshow(image.view(8, 8).numpy(), cmap="gray", vmin=0, vmax=1)
            ax.set(xticks=[], yticks=[])
        line[0].set_ylabel(name, rotation=0, ha="right", va="center")
