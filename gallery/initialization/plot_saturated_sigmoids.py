r"""
Sigmoids are either asleep or saturated
=======================================

Message: with small weights all units of a sigmoid network stand near one half and gradients die
by the small slope; with weights large enough to keep the mean square of gradients, half of the
units are stuck near 0 and 1. Used in the chapter on initialization.

.. alt: Above, histograms of unit values: small weights give one narrow peak, middle ones a flat
   spread, large ones two peaks at zero and one. Below, gradients by layer: the smaller the
   weights, the steeper they fall to the left.
"""

# %%
# **Compute.** Networks of 300 units and 50 layers, and the recursion for endless width.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.initialization import gaussian_mean, lecun_normal, variance_by_depth
from udlbook.networks import sigmoid
from udlbook.plot import COLORS, book_style

rng = np.random.default_rng(0)
cases = {1.0: "orange", 4.0: "green", 10.0: "blue"}
width, depth = 300, 50
values, backward, predicted = {}, {}, {}
for gain in cases:
    h = rng.standard_normal((100, width))
    for _ in range(10):
        h = sigmoid(gain * h @ lecun_normal((width, width), rng=rng).T)
    values[gain] = h.ravel()
    backward[gain] = variance_by_depth(
        lambda shape, gain=gain: gain * lecun_normal(shape, rng=rng),
        sigmoid, width=width, depth=depth, batch=50, rng=rng,
    ).backward  # fmt: skip
    q, chi = gain**2, []
    for _ in range(depth - 1):
        chi.append(gain**2 * gaussian_mean(lambda f: sigmoid.derivative(f) ** 2, q))
        q = gain**2 * gaussian_mean(lambda f: sigmoid(f) ** 2, q)
    predicted[gain] = np.append(np.cumprod(chi[::-1])[::-1], 1.0)

# %%
# **Draw.** The histograms share one scale.
with book_style():
    fig, axes = plt.subplots(2, 1, figsize=(6.4, 5.6))
    bins = np.linspace(0, 1, 41)
    for gain, color in cases.items():
        axes[0].hist(values[gain], bins, density=True, histtype="step", lw=1.6,
                     color=COLORS[color])  # fmt: skip
        k = np.arange(1, depth + 1)
        axes[1].semilogy(k, backward[gain], color=COLORS[color])
        axes[1].semilogy(k[::4], predicted[gain][::4], "o", ms=3.5, color="black")
    axes[0].text(0.62, 3.0, "$g = 1$: asleep", color=COLORS["orange"])
    axes[0].text(0.1, 2.2, "$g = 4$", color=COLORS["green"])
    axes[0].text(0.05, 4.2, "$g = 10$: saturated", color=COLORS["blue"])
    axes[0].set(xlabel="value of a unit in layer 10", ylabel="density", xlim=(0, 1))
    axes[1].text(25, 1e-45, "$g = 1$", color=COLORS["orange"])
    axes[1].text(12, 1e-25, "$g = 4$", color=COLORS["green"])
    axes[1].text(14, 1e4, "$g = 10$", color=COLORS["blue"], ha="right")
    axes[1].set(xlabel="layer", ylabel="mean square of gradients", xlim=(1, 50))
    axes[1].set(ylim=(1e-66, 1e12), yticks=[1e-60, 1e-40, 1e-20, 1])
    axes[1].minorticks_off()
