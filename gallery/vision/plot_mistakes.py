r"""
The digits that are read wrong
==============================

Message: what a trained network still gets wrong on the test digits, most people would have to
guess as well. Used in the chapter :ref:`convolution`.

.. alt: Four blurry handwritten digits of eight by eight pixels, each with its label and with the
   digit that the network read instead and its probability.
"""

# %%
# **Compute.** Train as in the chapter, with fewer steps; show the mistakes it is least ashamed of.
import matplotlib.pyplot as plt
import torch
from torch.nn.functional import cross_entropy

from udlbook import optim
from udlbook.data import digits
from udlbook.plot import book_style
from udlbook.seeding import seeded
from udlbook.training import batches, fit
from udlbook.vision import DigitNet, wobble

data = digits()
x, x_test = (torch.from_numpy(a).float() for a in (data.x, data.x_test))
y, y_test = torch.from_numpy(data.y), torch.from_numpy(data.y_test)
generator = torch.Generator().manual_seed(0)


def loss(a, b):
    a = wobble(a, turn=0.25, shift=0.6, scale=0.15, generator=generator)
    return cross_entropy(net(a), b)


with seeded(0):  # first weights, and dropout
    net = DigitNet(dropout=0.3)
    stream = batches(x, y, 64, generator)
    fit(loss, net, stream, steps=400, lr=1e-2, schedule=optim.one_cycle())
with torch.no_grad():
    p = net.eval()(x_test).softmax(dim=1)
right = p.gather(1, y_test[:, None])[:, 0]
worst = right.argsort()[:4]  # the four test digits whose true class got least

# %%
# **Draw.** Label, and what was read.
with book_style():
    fig, axes = plt.subplots(2, 2, figsize=(5.6, 6.2))
    for ax, n in zip(axes.flat, worst.tolist(), strict=True):
        read = int(p[n].argmax())
        ax.imshow(x_test[n].numpy(), cmap="viridis", vmin=0, vmax=1)
        ax.set(title=f"labelled {int(y_test[n])}, read as {read} ({p[n, read]:.0%})")
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set_visible(False)
