r"""
A factor of two per layer is a factor of 10^15 in fifty
=======================================================

Message: fifty layers raise the factor of one layer to the fiftieth power, forward for the values
and backward for the gradients. With He's weights the factor is 1. The prediction is an average;
single networks scatter around it, the more the deeper they are. Used in the chapter on
initialization.

.. alt: Two panels with logarithmic axes over fifty layers. Above, three bundles of lines start
   at one point: one rises steeply, one stays level, one falls. Below, the same for gradients,
   which start at the last layer and go left.
"""

# %%
# **Compute.** Six networks for each size of the weights, 100 units wide.
from functools import partial

import matplotlib.pyplot as plt
import numpy as np

from udlbook.initialization import he_normal, relu_variance_by_depth, variance_by_depth
from udlbook.networks import relu
from udlbook.plot import COLORS, book_style

size = {"width": 100, "depth": 50}
rng = np.random.default_rng(0)
cases = {4.0: ("red", "twice He's variance"), 2.0: ("blue", "He"), 1.0: ("orange", "half of it")}
runs = {
    factor: [
        variance_by_depth(
            partial(he_normal, gain=np.sqrt(factor), rng=rng), relu, **size, batch=50, rng=rng
        )
        for _ in range(6)
    ]
    for factor in cases
}

# %%
# **Draw.** Dashes are the closed form.
with book_style():
    fig, axes = plt.subplots(2, 1, figsize=(6.4, 5.6), sharex=True)
    k = np.arange(1, 51)
    for factor, (color, name) in cases.items():
        predicted = relu_variance_by_depth(factor / 100, **size)
        for run in runs[factor]:
            axes[0].semilogy(k, run.forward, color=COLORS[color], lw=0.9, alpha=0.6)
            axes[1].semilogy(k, run.backward, color=COLORS[color], lw=0.9, alpha=0.6)
        axes[0].semilogy(k, predicted.forward, "--", color="black", lw=1.2)
        axes[1].semilogy(k, predicted.backward, "--", color="black", lw=1.2)
        place = {4.0: (24, 1e13), 2.0: (24, 1e2), 1.0: (24, 1e-13)}[factor]
        axes[0].text(*place, name, color=COLORS[color], ha="right")
        place = {4.0: (28, 1e13), 2.0: (28, 1e2), 1.0: (28, 1e-13)}[factor]
        axes[1].text(*place, name, color=COLORS[color])
    axes[0].set(ylabel="mean square of values")
    axes[1].set(ylabel="mean square of gradients", xlabel="layer", xlim=(1, 50))
    for ax in axes:
        ax.set(ylim=(1e-17, 1e17), yticks=[1e-15, 1e-10, 1e-5, 1, 1e5, 1e10, 1e15])
        ax.minorticks_off()
