r"""
Deep against shallow, trained, with equal numbers of parameters
===============================================================

Message: on a smooth curve one wide layer is as good as any. On a wave that gets faster the best
networks are deep, and so are the worst: the deeper the network, the more the start decides. Used
in the chapter :ref:`deep-networks`.

.. alt: Above, two curves: a fading wave, and a wave that gets faster. Below, dots for the errors
   of trained networks with 1, 2, 3 and 5 hidden layers: level and low for the first curve; for the
   second the lowest and the highest dots both belong to deep networks.
"""

# %%
# **Compute.** About two hundred parameters each, six starts, and as many steps for all. The
# learning rate is the best of 0.003, 0.01 and 0.03 for most networks; the one wide layer may take
# larger steps on the second curve, where that is better for it.
from functools import partial

import matplotlib.pyplot as plt
import numpy as np

from udlbook import optim
from udlbook.data import damped_wave
from udlbook.initialization import he_normal
from udlbook.networks import deep, relu
from udlbook.plot import COLORS, book_style

x = np.linspace(0, 1, 129)[:, None]
targets = {
    "a fading wave": damped_wave(x),
    "a wave that gets faster": np.sin(2 * np.pi * (x + 3 * x**2)),
}
sizes = {1: [1, 66, 1], 2: [1, 12, 12, 1], 3: [1, 9, 9, 9, 1], 5: [1, *[6] * 5, 1]}
assert all(185 <= deep.n_parameters(s) <= 210 for s in sizes.values())


def trained_error(y, widths, rng, lr, steps=2000):
    """The root mean squared error after training from a random start."""
    phi = deep.make(widths, partial(he_normal, rng=rng), lambda n: rng.uniform(-0.5, 0.5, n))
    phi["biases"][0] = -phi["weights"][0][:, 0] * rng.uniform(0, 1, widths[1])  # joints in data

    def loss(phi):
        s = deep.stages(x, phi, relu)
        error = s.y - y
        return np.mean(error**2), deep.backward(s, phi, relu, 2 * error / len(x))[0]

    optim.fit(loss, phi, steps=steps, lr=lr, schedule=optim.linear())
    return np.sqrt(loss(phi)[0])


rates = {(1, "a wave that gets faster"): 0.03}
errors = {
    name: {
        k: [
            trained_error(y, s, np.random.default_rng(seed), rates.get((k, name), 0.01))
            for seed in range(6)
        ]
        for k, s in sizes.items()
    }
    for name, y in targets.items()
}

# %%
# **Draw.** A dot for each start, a bar for their median; the grey line is the error of the mean.
with book_style():
    fig, axes = plt.subplots(2, 2, figsize=(6.6, 4.6), height_ratios=[1, 1.8])
    for column, (name, y) in zip(axes.T, targets.items(), strict=True):
        column[0].plot(x[:, 0], y[:, 0], color="black")
        column[0].set(title=name, xlim=(0, 1), ylim=(-1.1, 1.1), xticks=[0, 1], yticks=[-1, 0, 1])
        ax = column[1]
        ax.axhline(y.std(), color=COLORS["grey"], lw=0.9, ls="--")
        for place, found in enumerate(errors[name].values()):
            shift = np.linspace(-0.18, 0.18, len(found))
            ax.plot(place + shift, np.sort(found), "o", color=COLORS["blue"], ms=5, alpha=0.8)
            ax.hlines(np.median(found), place - 0.32, place + 0.32, color=COLORS["orange"], lw=2.2)
        ax.set(yscale="log", ylim=(0.002, 1.2), xlabel="hidden layers")
        ax.set_xticks(range(len(sizes)), [str(k) for k in sizes])
    axes[1, 0].text(
        -0.4,
        axes[1, 0].lines[0].get_ydata()[0] * 1.15,
        "always the mean",
        color=COLORS["grey"],
        fontsize=10,
    )
    axes[1, 0].set_ylabel("error after training")
    axes[0, 0].set_ylabel("target")
