r"""
Too loose, too stiff, and between
=================================

Message: with a small penalty a polynomial follows the noise, with a large one it misses the wave.
The error on the data only rises with the penalty; on new data it falls first. Used in the chapter
:ref:`regularizers`.

.. alt: Three fits to the same fourteen points: one swings wildly at the ends, one stays close to a
   dashed wave, one is nearly flat. Below, the error on the data rises with the penalty; the error
   on new data falls, turns and rises.
"""

# %%
# **Compute.** Legendre polynomials of degree 0 to 10 on fourteen points; the constant is free of
# charge. New data have the same noise, so their error is that against the wave plus its variance.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.classical import ridge
from udlbook.data import damped_wave
from udlbook.plot import COLORS, book_style, label_line

DEGREE, NOISE = 10, 0.2
rng = np.random.default_rng(1)
x = ((np.arange(14) + rng.uniform(0.1, 0.9, 14)) / 14).round(3)
y = (damped_wave(x) + NOISE * rng.standard_normal(14)).round(3)


def features(t):
    """The polynomials at some points of [0, 1]."""
    return np.polynomial.legendre.legvander(2 * t - 1, DEGREE)


def fit(penalty):
    """The weights for a penalty."""
    return ridge.fit(features(x), y, np.r_[0, np.full(DEGREE, penalty)])


middles = (np.arange(400) + 0.5) / 400
penalties = np.geomspace(1e-5, 1e3, 81)
weights = np.array([fit(p) for p in penalties])
train = ((weights @ features(x).T - y) ** 2).mean(axis=1)
off = weights @ features(middles).T - damped_wave(middles)
new = NOISE**2 + (off**2).mean(axis=1)
assert (np.diff(train) > 0).all() and 0.3 < penalties[new.argmin()] < 3

# %%
# **Draw.** The wave is dashed.
t = np.linspace(0, 1, 401)
with book_style():
    fig, axes = plt.subplots(2, 2, figsize=(6.6, 5.6))
    shown = {"too loose": 1e-4, "between": 0.8, "too stiff": 100.0}
    for ax, (name, penalty) in zip(axes.flat, shown.items(), strict=False):
        ax.plot(t, damped_wave(t), "--", color=COLORS["grey"])
        ax.plot(t, features(t) @ fit(penalty), color=COLORS["blue"])
        ax.plot(x, y, "o", color="black", ms=4.5)
        ax.set(
            title=rf"{name}: $\lambda$ = {penalty:g}", xlim=(0, 1), ylim=(-1, 1.5), xlabel="$x$"
        )
    axes[0, 0].set(ylabel="$y$")
    axes[1, 0].set(ylabel="$y$")
    ax = axes[1, 1]
    for curve, name, color, place in [
        (train, "data", "orange", 4e-5),
        (new, "new data", "red", 4e-5),
    ]:
        (line,) = ax.semilogx(penalties, curve, color=COLORS[color])
        label_line(ax, line, name, x=place, dy=7)
    ax.set(title="mean squared error", xlabel=r"penalty $\lambda$", ylim=(0, 0.25))
