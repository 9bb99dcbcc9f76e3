r"""
The integral that concentrates
==============================

Message: to predict is to average the densities of all parameters that the data leave possible.
With few data these differ, and the average is wider than the plug-in density; with many they are
all alike, and the average is the plug-in. Used in the chapter :ref:`probability`.

.. alt: Three panels, for 4, 20 and 200 values. In each a bundle of thin grey bells, their average
   and a dashed plug-in bell. Above the bundle is wide and the dashed bell much narrower than the
   average; below all lie on one another.
"""

# %%
# **Compute.** One series of values, of which 4, 20 and 200 are seen. The posterior over mean and
# precision is a normal-gamma; the average over it is a Student t.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.plot import COLORS, book_style
from udlbook.probability import Normal, NormalGamma, plug_in

rng = np.random.default_rng(7)
data = rng.normal(2.0, 1.5, size=200)
prior = NormalGamma(mu=0.0, kappa=0.1, shape=1.0, rate=1.0)
x = np.linspace(-5, 9, 561)
cases = {}
for n in (4, 20, 200):
    posterior = prior.posterior(data[:n])
    tau = rng.gamma(posterior.shape, 1 / posterior.rate, size=60)
    mu = rng.normal(posterior.mu, 1 / np.sqrt(posterior.kappa * tau))
    bundle = Normal(mu[:, None], tau[:, None] ** -0.5).prob(x)
    cases[n] = bundle, posterior.predictive().prob(x), plug_in(data[:n]).prob(x)

# %%
# **Draw.** One scale for all three.
with book_style():
    fig, axes = plt.subplots(3, 1, figsize=(5.2, 7.2), sharex=True, sharey=True)
    for ax, (n, (bundle, average, plugged)) in zip(axes, cases.items(), strict=True):
        ax.plot(x, bundle.T, color=COLORS["grey"], lw=0.6, alpha=0.35)
        ax.plot(x, average, color=COLORS["blue"], lw=2.4)
        ax.plot(x, plugged, "--", color=COLORS["orange"], lw=2.0)
        ax.plot(data[:n], np.full(n, -0.02), "|", ms=6, color="#000000", alpha=0.6)
        ax.text(8.9, 0.6, f"$N = {n}$", ha="right", fontsize=13)
        ax.set(ylabel="density", ylim=(-0.045, 0.72))
    axes[0].set(xlim=(-5, 9))
    axes[2].set_xlabel("next value $x$")
    texts = [("$p(x \\mid \\hat\\theta)$", "orange", 0.46), ("$p(x \\mid X)$", "blue", 0.36),
             ("$p(x \\mid \\theta)$", "grey", 0.26)]  # fmt: skip
    for words, color, y in texts:
        axes[0].text(8.9, y, words, color=COLORS[color], ha="right", fontsize=13)
