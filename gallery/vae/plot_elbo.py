r"""
Likelihood is bound plus gap
============================

Message: however q is chosen, the bound and the divergence from the posterior add up to the same
number. Raising one lowers the other. Used in the chapter on variational autoencoders.

.. alt: Left, a lopsided posterior density and two normals, one badly placed and one fitted. Right,
   a curve, the bound, rises towards a level line; the coloured gap between them shrinks.
"""

# %%
# **Compute.** One latent, a curved decoder: everything is a sum over a grid.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.plot import COLORS, book_style

z = np.linspace(-6, 6, 6001)
step = z[1] - z[0]


def log_normal(x, mu, sigma):
    return -0.5 * ((x - mu) / sigma) ** 2 - np.log(sigma * np.sqrt(2 * np.pi))


log_joint = log_normal(z, 0, 1) + log_normal(1.2, np.exp(0.7 * z) - 1, 0.8)
log_p = np.log(np.sum(np.exp(log_joint)) * step)


def bound(mu, sigma):
    """The expectation of ln p(x, z) - ln q(z) under a normal q."""
    log_q = log_normal(z, mu, sigma)
    return np.sum(np.exp(log_q) * (log_joint - log_q)) * step


mus, sigmas = np.linspace(-1, 2, 121), np.linspace(0.2, 1.4, 121)
table = np.array([[bound(m, s) for s in sigmas] for m in mus])
i, j = np.unravel_index(table.argmax(), table.shape)
first, best = np.array([-0.9, 0.8]), np.array([mus[i], sigmas[j]])
way = np.linspace(0, 1, 41)
bounds = np.array([bound(*(first + a * (best - first))) for a in way])

# %%
# **Draw.** From the first q to the best one in a straight line.
with book_style():
    fig, (left, right) = plt.subplots(1, 2, figsize=(6.8, 3.2))
    left.fill_between(z, np.exp(log_joint - log_p), color=COLORS["grey"], alpha=0.35, lw=0)
    for (mu, sigma), color in [(first, "orange"), (best, "blue")]:
        left.plot(z, np.exp(log_normal(z, mu, sigma)), color=COLORS[color])
    left.annotate("posterior", (0.25, 0.4), (-3.1, 0.72), color=COLORS["grey"],
                  arrowprops={"arrowstyle": "-", "color": COLORS["grey"]})  # fmt: skip
    left.text(-3.1, 0.4, "first q", color=COLORS["orange"])
    left.text(1.5, 0.55, "best q", color=COLORS["blue"])
    left.set(xlim=(-3.3, 3), xlabel="latent z", ylabel="density", ylim=(0, None))

    right.fill_between(way, bounds, log_p, color=COLORS["red"], alpha=0.3, lw=0)
    right.plot(way, bounds, color=COLORS["blue"])
    right.axhline(log_p, color="#000000", lw=1)
    right.text(1, log_p + 0.05, r"$\ln p(x)$", ha="right")
    right.text(0.14, (bounds[0] + 2 * log_p) / 3, "gap", color=COLORS["red"], va="center")
    right.text(0.56, bounds[20] - 0.3, "bound", color=COLORS["blue"])
    right.set(xticks=[0, 1], xticklabels=["first q", "best q"], ylabel="nats",
              ylim=(bounds[0] - 0.1, log_p + 0.25))  # fmt: skip
