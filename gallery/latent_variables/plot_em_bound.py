r"""
Each step climbs a curve that touches the likelihood from below
===============================================================

Message: at the present parameter the bound touches the log-likelihood and has its slope; the top
of the bound is the next parameter. Used in the chapter :ref:`latent-variables`.

.. alt: A log-likelihood with two humps against the mean of one component. Under it three bounds,
   each touching it at one point; an arrow leads from each point to the top of its bound, where
   the next bound touches.
"""

# %%
# **Compute.** A mixture on the line, everything known but the mean of its second component.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.classical.mixtures import NormalMixture
from udlbook.plot import COLORS, book_style

rng = np.random.default_rng(3)
truth = NormalMixture([0.5, 0.5], [[0.0], [2.6]], [1.0, 0.6], "spherical")
x = truth.sample(80, rng=rng)[0]
means = np.linspace(-3.2, 6.2, 500)


def with_mean(m):
    return NormalMixture([0.5, 0.5], [[0.0], [m]], [1.0, 0.6], "spherical")


def bound(m, r):
    """The mean over the data of sum_k r_k (log joint_k - log r_k)."""
    safe = np.maximum(r, 1e-300)
    return (r * (with_mean(m).log_joint(x) - np.log(safe))).sum(axis=1).mean()


level = np.array([with_mean(m).log_prob(x).mean() for m in means])
steps, now = [], -0.9
for _ in range(3):
    r = with_mean(now).responsibilities(x)
    new = r[:, 1] @ x[:, 0] / r[:, 1].sum()
    steps.append((now, new, np.array([bound(m, r) for m in means]), bound(new, r)))
    now = new

# %%
# **Draw.** Three bounds and the steps to their tops.
with book_style():
    fig, ax = plt.subplots(figsize=(6.4, 4.0))
    ax.plot(means, level, color=COLORS["blue"], lw=2.4)
    ax.text(-3.1, level[0] + 0.25, "log-likelihood", color=COLORS["blue"])
    for i, ((old, new, curve, top), color) in enumerate(
        zip(steps, ["orange", "green", "purple"], strict=True)
    ):
        ax.plot(means, curve, color=COLORS[color])
        touch = with_mean(old).log_prob(x).mean()
        ax.plot(old, touch, "o", ms=7, color=COLORS[color])
        ax.plot([new, new], [top, with_mean(new).log_prob(x).mean()], ":", color=COLORS[color])
        ax.plot(new, top, "^", ms=7, color=COLORS[color])
        ax.annotate(
            f"{i + 1}", (old, touch), xytext=(-4, 8), textcoords="offset points", ha="right"
        )
    low, high = level.min(), level.max()
    ax.set(
        xlim=(-3.2, 6.2),
        ylim=(low - 0.5 * (high - low), high + 0.15 * (high - low)),
        xlabel="mean of the second component",
        ylabel="nats per point",
    )
