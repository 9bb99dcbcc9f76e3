r"""
The best network is not the last one
====================================

Message: the training loss falls for ever; the loss on points held back, and the error against
the true curve, fall and rise again. Early stopping keeps the parameters of the lowest look.

.. alt: Three curves over training steps. The training loss falls throughout. The loss on points
   held back and the error against the truth fall, reach a minimum early and rise. A dot marks
   the look that is kept, a tick the stop.
"""

# %%
# **Compute.** A network with 200 hidden units, 30 noisy points to learn and 30 to look at.
from functools import partial

import matplotlib.pyplot as plt
import numpy as np

from udlbook import optim
from udlbook.data import damped_wave, noisy_wave
from udlbook.initialization import he_normal
from udlbook.networks import deep, relu
from udlbook.plot import COLORS, book_style, label_line
from udlbook.regularizers import EarlyStopping

rng = np.random.default_rng(0)
sigma, every = 0.3, 20
x = (np.arange(30) + 0.5) / 30
y = noisy_wave(x, sigma=sigma, rng=rng)
x_held = rng.uniform(size=30)
y_held = noisy_wave(x_held, sigma=sigma, rng=rng)
grid = np.linspace(0, 1, 201)

phi = deep.make([1, 200, 1], partial(he_normal, rng=rng),
                lambda n: rng.uniform(-5, 5, n) if n > 1 else np.zeros(n))  # fmt: skip
phi["weights"][0] *= 5


def off(x, y):
    """The mean squared error at these points."""
    return np.mean((deep.forward(2 * x[:, None] - 1, phi, relu)[:, 0] - y) ** 2)


optimizer, stopper, stop, curves = optim.Adam(phi, 0.002), EarlyStopping(20), None, []
for look in range(120):
    curves.append((off(x, y), off(x_held, y_held), off(grid, damped_wave(grid))))
    if stop is None and stopper.update(curves[-1][1], phi):
        stop = look
    for _ in range(every):
        s = deep.stages(2 * x[:, None] - 1, phi, relu)
        optimizer.step(deep.backward(s, phi, relu, 2 * (s.y - y[:, None]) / len(y))[0])
curves, steps = np.array(curves), every * np.arange(120)
assert stop is not None and curves[-1, 2] > 1.5 * curves[stopper.best_look, 2]

# %%
# **Draw.** The dot is the look that is kept.
with book_style():
    fig, ax = plt.subplots(figsize=(6.4, 3.6))
    names = {"training": "grey", "held back": "orange", "truth": "blue"}
    for curve, (name, color) in zip(curves.T, names.items(), strict=True):
        (line,) = ax.semilogy(steps, curve, color=COLORS[color])
        label_line(ax, line, name)
    best = stopper.best_look
    ax.plot(steps[best], curves[best, 1], "o", ms=8, color=COLORS["orange"])
    ax.annotate("kept", (steps[best], curves[best, 1]), xytext=(0, 12), ha="center",
                textcoords="offset points", color=COLORS["orange"])  # fmt: skip
    ax.plot([steps[stop]] * 2, curves[stop, 1] * np.array([0.8, 1.25]), color=COLORS["orange"])
    ax.annotate("stops", (steps[stop], curves[stop, 1] * 1.25), xytext=(0, 6), ha="center",
                textcoords="offset points", color=COLORS["orange"])  # fmt: skip
    ax.set(xlabel="step", ylabel="mean squared error", xlim=(0, steps[-1]))
    ax.set_ylim(0.006, 0.4)
