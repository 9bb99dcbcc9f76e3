r"""
A small engine learns what a large library learns
=================================================

Message: started from the same weights and fed the same batches, our NumPy engine and PyTorch
draw one loss curve; in 64-bit floats they differ by rounding only. Used in the chapter
:ref:`autodiff`.

.. alt: Above, two loss curves that fall from 2.3 nats to below one and lie exactly on each other.
   Below, on a logarithmic axis, their difference: dots far below a ten-billionth.
"""

# %%
# **Compute.** A network with one hidden layer on MNIST-1D, trained twice by gradient descent. The
# two runs share their starting weights and their batches, and no code.
import matplotlib.pyplot as plt
import numpy as np
import torch

from udlbook import autodiff as ad
from udlbook.claims import claim
from udlbook.data import make_mnist1d
from udlbook.plot import COLORS, book_style
from udlbook.seeding import page_rng

data, rng, lr = make_mnist1d(), page_rng(0), 0.2
shapes = [(64, 40), (64,), (10, 64), (10,)]
start = [rng.normal(size=s) * np.sqrt(2 / s[-1]) * (len(s) > 1) for s in shapes]
batches = rng.integers(0, len(data.x), size=(1000, 100))


def train_with_ours():
    """The loss of each step, by udlbook.autodiff."""
    parameters = [ad.Tensor(p, requires_grad=True) for p in start]
    W1, b1, W2, b2 = parameters
    for batch in batches:
        h = ad.relu(ad.linear(data.x[batch], W1, b1))
        loss = ad.cross_entropy(ad.linear(h, W2, b2), data.y[batch])
        loss.backward()
        for p in parameters:
            p.data -= lr * p.grad
            p.zero_grad()
        yield loss.item()


def train_with_torch():
    """The loss of each step, by PyTorch."""
    parameters = [torch.tensor(p, requires_grad=True) for p in start]
    W1, b1, W2, b2 = parameters
    optimizer = torch.optim.SGD(parameters, lr=lr)
    x, y = torch.from_numpy(data.x), torch.from_numpy(data.y)
    for batch in batches:
        h = torch.nn.functional.linear(x[batch], W1, b1).relu()
        logits = torch.nn.functional.linear(h, W2, b2)
        loss = torch.nn.functional.cross_entropy(logits, y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        yield loss.item()


ours, torchs = np.array(list(train_with_ours())), np.array(list(train_with_torch()))
assert ours[-100:].mean() < 0.6 * ours[0]
largest = claim(
    "autodiff.mlp.torch_difference",
    np.max(np.abs(ours - torchs)),
    low=0,
    high=1e-10,
    fmt=".0e",
    source="PyTorch from the same weights, on the same batches",
)

# %%
# **Draw.** The wide orange line would show on both sides of the blue one if they parted.
with book_style():
    fig, (top, low) = plt.subplots(
        2, 1, figsize=(6.4, 4.4), sharex=True, gridspec_kw={"height_ratios": [2, 1]}
    )
    top.plot(torchs, color=COLORS["orange"], lw=3.5, alpha=0.55)
    top.plot(ours, color=COLORS["blue"], lw=0.9)
    top.text(330, 1.75, "PyTorch", color=COLORS["orange"])
    top.text(330, 1.5, "our engine", color=COLORS["blue"])
    top.set(ylabel="loss (nats)", ylim=(0, 3.1))
    difference = np.abs(ours - torchs)
    difference[difference == 0] = np.nan  # most of the others are one unit in the last place
    low.semilogy(difference, ".", ms=2.5, color=COLORS["purple"])
    low.set(xlabel="step", ylabel="difference", ylim=(2e-17, 1e-13), xlim=(0, len(ours)))
