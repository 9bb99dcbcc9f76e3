r"""
More draws: a tighter bound, a deafer encoder
=============================================

Message: the importance-weighted bound closes in on the likelihood, and the decoder's gradient
becomes clearer. The encoder's gradient drowns in noise, unless it is written in another way. Used
in the chapter on variational autoencoders.

.. alt: Left, a curve against the number of draws rises to a level line. Right, three ratios of
   signal to noise on logarithmic axes: two rise in straight lines, one falls in a straight line.
"""

# %%
# **Compute.** A linear model, whose likelihood is known, with an encoder that is a little off.
import matplotlib.pyplot as plt
import numpy as np
import torch

from udlbook.autoencoders import (
    VAE,
    Code,
    LinearGaussian,
    iwae_bound,
    iwae_loss,
    log_weights,
    signal_to_noise,
)
from udlbook.plot import COLORS, book_style
from udlbook.seeding import seeded

draws = [1, 4, 16, 64]
generator = torch.Generator().manual_seed(0)

with seeded(3):
    model = VAE(8, 4, (), output="normal", sigma=0.7).double()
W, m = model.decoder[0].weight, model.decoder[0].bias
with torch.no_grad():
    W.normal_(generator=generator)
    exact = LinearGaussian(W.clone(), m.clone(), 0.7)
    _, cov = exact.posterior(exact.sample(1))
    gain = cov @ W.T / 0.49
    model.encoder[0].weight.copy_(torch.cat([0.6 * gain, torch.zeros_like(gain)]))
    model.encoder[0].bias.copy_(torch.cat([-gain @ m, (1.5 * cov.diagonal()).log()]))
    x = exact.sample(1, generator=generator)
    log_w = log_weights(model, x, 64 * 3000, generator=generator)[:, 0]
    bounds = [float(iwae_bound(log_w.reshape(k, -1)).mean()) for k in draws]


class Shifted:
    """The model with its own shift of code and picture for each of many copies of x."""

    def __init__(self, n):
        self.by, self.to = (torch.zeros(n, d).double().requires_grad_() for d in (4, 8))

    def encode(self, x, c=None):
        q = model.encode(x)
        return Code(q.mu + self.by, q.log_var)

    def log_joint(self, x, z, c=None):
        return model.log_joint(x - self.to, z)


def clearness(k, doubly, n=20_000):
    """Signal to noise of the gradients of encoder and decoder: n estimates at a time."""
    copies = Shifted(n)
    loss = iwae_loss(copies, x.expand(n, -1), k, doubly=doubly, generator=generator)
    pair = torch.autograd.grad(n * loss, [copies.by, copies.to])
    return [float(signal_to_noise(g).mean()) for g in pair]


plain = np.array([clearness(k, False) for k in draws])
doubly = np.array([clearness(k, True) for k in draws])

# %%
# **Draw.** Both axes of draws are logarithmic.
with book_style():
    fig, (left, right) = plt.subplots(1, 2, figsize=(6.8, 3.2))
    left.plot(draws, bounds, "o-", ms=5, color=COLORS["blue"])
    level = float(exact.log_prob(x)[0])
    left.axhline(level, color="#000000", lw=1)
    left.text(1, level - 0.02, r"$\ln p(x)$", va="top")
    left.set(ylabel="bound (nats)", ylim=(None, level + 0.06))
    for rows, name, color in [
        (plain[:, 1], "decoder", "blue"),
        (doubly[:, 0], "encoder,\ndoubly", "green"),
        (plain[:, 0], "encoder", "red"),
    ]:
        right.plot(draws, rows, "o-", ms=5, color=COLORS[color])
        right.text(80, rows[-1], name, color=COLORS[color], va="center")
    right.set(yscale="log", ylabel="signal to noise", xlim=(0.8, 700))
    for ax in (left, right):
        ax.set_xscale("log")
        ax.set(xticks=draws, xticklabels=draws, xlabel="draws K")
        ax.minorticks_off()
