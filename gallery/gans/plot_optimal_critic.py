r"""
The best critic knows the ratio of two densities
================================================

Message: a small network, trained on samples alone to tell two normals apart, comes to the curve
:math:`p / (p + q)` wherever there are samples. Used in the chapter on adversarial networks.

.. alt: Two bell curves, real on the left and generated on the right, and a curve that falls from
   one to zero between them. Dots of a trained network lie on the curve.
"""

# %%
# **Compute.** The network sees 4000 samples of each; it never sees a density.
import matplotlib.pyplot as plt
import numpy as np
import torch

from udlbook.gans import NonSaturating
from udlbook.layers import mlp
from udlbook.plot import COLORS, book_style
from udlbook.probability import Normal
from udlbook.seeding import seeded
from udlbook.training import fit

p, q = Normal(0.0, 1.0), Normal(1.5, 0.7)
rng = np.random.default_rng(0)
draws = (d.mu + d.sigma * rng.normal(size=(4000, 1)) for d in (p, q))
real, fake = (torch.from_numpy(d).float() for d in draws)
with seeded(0):
    critic = mlp(1, 32, 32, 1, activation=torch.nn.SiLU)


def loss():
    return NonSaturating().critic(critic(real), critic(fake))


fit(loss, critic, [()] * 300, steps=300, lr=1e-2)
x = np.linspace(-3.2, 3.8, 200)
best = np.exp(p.log_prob(x)) / (np.exp(p.log_prob(x)) + np.exp(q.log_prob(x)))
at = np.linspace(-2.8, 3.5, 22)
with torch.no_grad():
    learned = torch.sigmoid(critic(torch.from_numpy(at).float()[:, None]))[:, 0].numpy()

# %%
# **Draw.** Densities in the background, what the critic says in front.
with book_style():
    fig, ax = plt.subplots(figsize=(6.4, 3.4))
    for d, color, name, where in [
        (p, "blue", "real, $p$", (-1.55, 0.42)),
        (q, "orange", "generated, $q$", (2.3, 0.55)),
    ]:
        density = np.exp(d.log_prob(x))
        ax.fill_between(x, density, color=COLORS[color], alpha=0.25, lw=0)
        ax.text(*where, name, color=COLORS[color], ha="right" if color == "blue" else "left")
    ax.plot(x, best, color=COLORS["green"])
    ax.plot(at, learned, "o", ms=5, color=COLORS["red"])
    ax.text(-3.1, 1.04, "$p / (p + q)$, and dots: a trained critic", color=COLORS["green"])
    ax.set(xlabel="$x$", ylabel="density, and share that is real", ylim=(0, 1.12))
