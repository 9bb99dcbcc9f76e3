r"""
A kink budget: more waves than pieces
=====================================

Message: H units make H + 1 straight pieces. A wave with more half waves than that cannot be
followed, and the best answer is soon to predict almost nothing. Used in the chapter
:ref:`shallow-networks`.

.. alt: Left: eight units follow four half waves well. Middle: against sixteen half waves their
   broken line stays near zero. Right: the error of 8, 16 and 32 units rises to 0.7, steeply where
   there are as many half waves as pieces.
"""

# %%
# **Compute.** The start is good: joints at equal distances and the best output weights for them,
# by least squares. From there training may move everything; the best network met is kept.
import matplotlib.pyplot as plt
import numpy as np

from udlbook import optim
from udlbook.networks import relu, shallow
from udlbook.plot import COLORS, book_style

x = np.linspace(0, 1, 401)[:, None]


def best_fit(hidden, y, steps=500, lr=0.01):
    """The outputs and the root mean squared error of the best network that was met."""
    joints = np.arange(hidden) / hidden
    features = np.column_stack([np.maximum(x - joints, 0), np.ones(len(x))])
    solution = np.linalg.lstsq(features, y, rcond=None)[0]
    phi = {
        "weights": [np.ones((hidden, 1)), solution[:-1].T.copy()],
        "biases": [-joints, solution[-1].copy()],
    }
    best, error = None, np.inf

    def loss(phi):
        nonlocal best, error
        s = shallow.stages(x, phi, relu)
        mean_square = np.mean((s.y - y) ** 2)
        if np.sqrt(mean_square) < error:
            best, error = s.y, np.sqrt(mean_square)
        grads, _ = shallow.backward(s, phi, relu, 2 * (s.y - y) / len(x))
        return mean_square, grads

    optim.fit(loss, phi, steps=steps, lr=lr, schedule=optim.linear())
    return best, error


half_waves = np.array([1, 2, 4, 6, 8, 10, 12, 14, 18, 22, 26, 30, 34, 40, 50])
waves = {m: np.sin(np.pi * m * x) for m in half_waves}
errors = {h: [best_fit(h, waves[m])[1] for m in half_waves] for h in (8, 16, 32)}

# %%
# **Draw.** The dots on the curves stand at as many half waves as pieces.
with book_style():
    fig, axes = plt.subplots(1, 3, figsize=(7.4, 3.0), width_ratios=[1, 1, 1.7])
    for ax, m in zip(axes, [4, 16], strict=False):
        y = np.sin(np.pi * m * x)
        ax.plot(x, y, color=COLORS["grey"], lw=4, alpha=0.35)
        ax.plot(x, best_fit(8, y)[0], color=COLORS["blue"])
        ax.set(title=f"{m} half waves", xlabel="$x$", ylim=(-1.3, 1.3), xticks=[0, 1])
        ax.set_yticks([-1, 0, 1])
    for (hidden, error), color in zip(errors.items(), ["blue", "orange", "green"], strict=True):
        axes[2].plot(half_waves, error, color=COLORS[color])
        at = np.interp(hidden + 1, half_waves, error)
        axes[2].plot(hidden + 1, at, "o", color=COLORS[color], ms=6)
        axes[2].annotate(
            f"{hidden}" + (" units" if hidden == 32 else ""),
            (hidden + 1, at),
            xytext=(7, -5),
            textcoords="offset points",
            color=COLORS[color],
        )
    axes[2].axhline(np.sqrt(0.5), color=COLORS["grey"], lw=0.9, ls="--")
    axes[2].text(1, 0.725, "predict nothing", color=COLORS["grey"], fontsize=10)
    axes[2].set(xlabel="half waves", ylabel="error", xlim=(0, 51), ylim=(0, 0.8))
