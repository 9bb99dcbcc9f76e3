r"""
Three curves with one best place
================================

Message: the likelihood, its logarithm and the negative of that have their extreme at the same
parameter. Only the logarithm has a size that a computer can hold, and a slope everywhere. Used in
the chapter :ref:`losses`.

.. alt: Three panels over the same parameter. The likelihood is a narrow bump with flat sides, the
   log likelihood a parabola that opens downward, the loss the same parabola upside down. A dotted
   line marks one best value in all.
"""

# %%
# **Compute.** Sixty numbers, a normal with known deviation, and its mean as the only parameter.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.plot import COLORS, book_style
from udlbook.probability import Normal

y = np.random.default_rng(3).normal(2.0, 1.0, size=60)
mu = np.linspace(0.5, 3.5, 601)
log_prob = Normal(mu, 1.0).log_prob(y[:, None]).sum(axis=0)
best = mu[log_prob.argmax()]
assert abs(best - y.mean()) < 0.003

# %%
# **Draw.** The scale of the first panel is the product of sixty densities.
with book_style():
    fig, axes = plt.subplots(3, 1, figsize=(5.6, 6.2), sharex=True)
    power = int(np.floor(np.log10(np.exp(log_prob.max()))))
    curves = [
        (np.exp(log_prob) / 10.0**power, "likelihood", rf"times $10^{{{power}}}$"),
        (log_prob, "log likelihood", "nats"),
        (-log_prob / len(y), "negative log likelihood, mean", "nats per example"),
    ]
    for ax, (values, title, unit), color in zip(
        axes, curves, ["blue", "green", "red"], strict=True
    ):
        ax.plot(mu, values, color=COLORS[color])
        ax.axvline(best, color=COLORS["grey"], lw=1, ls=":")
        ax.set(title=title, ylabel=unit)
    axes[2].set(xlabel=r"parameter $\mu$", xlim=(0.5, 3.5))
    axes[0].text(best + 0.42, 0.85, "the same best value", color=COLORS["grey"])
