r"""
A component on a single point gains without end
===============================================

Message: as the second component narrows down onto one data point, the likelihood changes little
at first and then rises for ever; with a floor added to each variance it does not. Used in the
chapter :ref:`latent-variables`.

.. alt: Log-likelihood against the deviation of a component, logarithmic, from wide on the right to
   narrow on the left. From the right both curves have low humps; then one rises in a straight
   line without end, and the other becomes level.
"""

# %%
# **Compute.** Thirty points; one component covers all, the other sits on one of them.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.classical.mixtures import NormalMixture
from udlbook.plot import COLORS, book_style

x = np.random.default_rng(0).standard_normal((30, 1))
sigma = np.logspace(-12, 1, 200)
floor = 1e-4


def level(s):
    return NormalMixture([0.8, 0.2], [[0.0], x[3]], [1.0, s**2], "spherical").log_prob(x).sum()


free = np.array([level(s) for s in sigma])
held = np.array([level(np.sqrt(s**2 + floor)) for s in sigma])

# %%
# **Draw.** Narrow to the left.
with book_style():
    fig, ax = plt.subplots(figsize=(6.2, 3.6))
    ax.semilogx(sigma, free, color=COLORS["red"])
    ax.semilogx(sigma, held, color=COLORS["blue"])
    ax.text(3e-12, free[20] + 2.2, "without a floor", color=COLORS["red"], va="bottom")
    words = "floor of $10^{-4}$ on the variance"
    ax.text(3e-12, held[0] - 1.0, words, color=COLORS["blue"], va="top")
    ax.set(
        xlabel="deviation $\\sigma$ of the component on one point",
        ylabel="log-likelihood of 30 points, nats",
        xlim=(1e-12, 10),
    )
