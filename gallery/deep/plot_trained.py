r"""
Deep against shallow, trained, with equal numbers of parameters
===============================================================

Message: on a smooth curve one wide layer is as good as any. On a wave that gets faster the best
networks are deep; but in the median the deep ones are no better, and the worst have learned
nothing. The start decides more than the depth does. Used in the chapter :ref:`deep-networks`.

.. alt: Above, a fading wave and a wave that gets faster. Below, dots for the errors
   of trained networks with 1, 2, 3 and 5 hidden layers: level and low for the first curve; for the
   second the lowest and the highest dots both belong to deep networks.
"""

# %%
# **Compute.** About two hundred parameters each, sixteen starts, and equally many steps for all.
# The networks of one shape are trained as a stack. Learning rates were chosen among 0.003, 0.01
# and 0.03 by a few trials: 0.01, and 0.03 for the wide layer on the second curve.
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


def start(widths, rng):
    """Random weights, with the joints of the first layer where the data are."""
    phi = deep.make(widths, partial(he_normal, rng=rng), lambda n: rng.uniform(-0.5, 0.5, n))
    phi["biases"][0] = -phi["weights"][0][:, 0] * rng.uniform(0, 1, widths[1])
    return phi


def stacked_loss(phi, y):
    """The loss of each network of a stack, and the gradients of their sum."""
    H, F = [x], []
    for W, b in zip(phi["weights"], phi["biases"], strict=True):
        F.append(H[-1] @ W.mT + b)
        H.append(relu(F[-1]))
    losses = np.mean((F[-1] - y) ** 2, axis=(1, 2))
    F_bar, grads = 2 / len(x) * (F[-1] - y), {"weights": [], "biases": []}
    for k in reversed(range(len(F))):
        grads["weights"].insert(0, F_bar.mT @ H[k])
        grads["biases"].insert(0, F_bar.sum(axis=1, keepdims=True))
        if k > 0:
            F_bar = (F_bar @ phi["weights"][k]) * relu.derivative(F[k - 1])
    return losses, grads


def trained_errors(widths, y, lr, starts=16, steps=1500):
    """The root mean squared errors after training, of all starts, best first."""
    rng = np.random.default_rng(widths)
    networks = [start(widths, rng) for _ in range(starts)]
    phi = {
        "weights": [np.stack(W) for W in zip(*[p["weights"] for p in networks], strict=True)],
        "biases": [
            np.stack(b)[:, None] for b in zip(*[p["biases"] for p in networks], strict=True)
        ],
    }

    def loss(phi):
        losses, grads = stacked_loss(phi, y)
        return losses.sum(), grads

    optim.fit(loss, phi, steps=steps, lr=lr, schedule=optim.linear())
    return np.sort(np.sqrt(stacked_loss(phi, y)[0]))


rates = {(1, "a wave that gets faster"): 0.03}
errors = {
    name: {k: trained_errors(s, y, rates.get((k, name), 0.01)) for k, s in sizes.items()}
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
            shift = np.linspace(-0.26, 0.26, len(found))
            ax.plot(place + shift, found, "o", color=COLORS["blue"], ms=4, alpha=0.8)
            ax.hlines(np.median(found), place - 0.4, place + 0.4, color=COLORS["orange"], lw=2.2)
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
