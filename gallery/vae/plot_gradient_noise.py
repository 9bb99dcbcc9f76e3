r"""
Values know less than slopes
============================

Message: the noise of a pathwise gradient does not depend on the number of latents. That of the
score function grows with its square, and with the best baseline still in proportion. Used in the
chapter on variational autoencoders.

.. alt: Variance against the number of latents, both axes logarithmic. A flat line, pathwise; a
   line of slope one, score with the best baseline; a line of slope two, score. Dots lie on them.
"""

# %%
# **Compute.** f(z) = \|z\|\ :sup:`2` / 2 with z standard normal: theory and 20,000 draws.
import math

import matplotlib.pyplot as plt
import numpy as np
import torch

from udlbook.autoencoders import pathwise_gradient, score_gradient
from udlbook.plot import COLORS, book_style

dims = np.array([1, 2, 4, 8, 16, 32, 64])
generator = torch.Generator().manual_seed(0)


def f(z):
    return 0.5 * (z**2).sum(1)


def measured(dim):
    """Variance of one entry of the gradient, averaged over the entries."""
    mu = torch.zeros(dim, dtype=torch.float64)
    path, _ = pathwise_gradient(f, mu, mu, 20_000, generator=generator)
    rows = [path]
    for baseline in (0.0, (dim + 2) / 2):
        rows.append(score_gradient(f, mu, mu, 20_000, baseline=baseline, generator=generator)[0])
    return [float(g.var(0).mean()) for g in rows]


found = np.array([measured(int(d)) for d in dims]).T
theory = np.array([dims**0, (dims + 2) * (dims + 4) / 4, (dims + 2) / 2])

# %%
# **Draw.** Lines are formulas, dots are measured.
with book_style():
    fig, ax = plt.subplots(figsize=(5.6, 3.4))
    names = ["pathwise", "score function", "score function,\nbest baseline"]
    for name, line, dots, color in zip(names, theory, found, ["blue", "red", "orange"],
                                       strict=True):  # fmt: skip
        ax.plot(dims, line, color=COLORS[color])
        ax.plot(dims, dots, "o", ms=5, color=COLORS[color])
        ax.text(dims[-1] * 1.15, line[-1], name, color=COLORS[color], va="center")
    ax.set(xscale="log", yscale="log", xlabel="number of latents", ylabel="variance",
           xticks=dims, xticklabels=dims, xlim=(0.9, 64 * math.e**1.9))  # fmt: skip
    ax.minorticks_off()
