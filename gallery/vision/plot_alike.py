r"""
How alike the gradients at two inputs are
=========================================

Message: the cosine between the gradients at two inputs falls exponentially with the depth of a
plain normalized network, and far more slowly where there is a path around each layer. Theory for
wide networks meets what random networks do. Used in the chapter :ref:`convolution`.

.. alt: Cosine against layers on logarithmic axes. Plain with normalization bends down fastest,
   plain follows later; the two residual lines fall slowly. Dots lie on or near the lines.
"""

# %%
# **Compute.** Inputs 22.5 degrees apart; ten networks of each kind and depth.
import matplotlib.pyplot as plt
import torch

from udlbook.plot import COLORS, book_style
from udlbook.vision import circle_gradients, cosine_by_lag, predicted_by_lag

LAG, POINTS = 1, 16
depths = [1, 2, 4, 8, 16, 32, 64]
looks = {
    "plain norm": ("red", "plain, normalized"),
    "plain": ("orange", "plain"),
    "residual": ("purple", "residual"),
    "residual norm": ("blue", "residual, normalized"),
}


def measure(kind, depth):
    """Mean over ten networks."""
    runs = [
        circle_gradients(kind, POINTS, depth=depth, generator=torch.Generator().manual_seed(s))
        for s in range(10)
    ]
    return sum(cosine_by_lag(run.by_layer)[LAG].item() for run in runs) / len(runs)


measured = {kind: [measure(kind, depth) for depth in depths] for kind in looks}
every = range(1, 65)
theory = {
    kind: [predicted_by_lag(kind, POINTS, depth=k)[LAG].item() for k in every]
    for kind in ("plain", "residual")
}

# %%
# **Draw.** Dots are measured, solid lines predicted.
places = {
    "plain norm": (7, 0.04),
    "plain": (30, 0.05),
    "residual": (17, 0.62),
    "residual norm": (62, 0.5),
}
with book_style():
    fig, ax = plt.subplots(figsize=(6.4, 4.4))
    for kind, (color, name) in looks.items():
        if kind in theory:
            ax.loglog(every, theory[kind], color=COLORS[color])
        style = "o" if kind in theory else "o:"
        ax.loglog(depths, measured[kind], style, ms=5, lw=1, color=COLORS[color])
        x, y = places[kind]
        ax.text(x, y, name, color=COLORS[color], ha="right")
    ax.set(xlabel="layers", ylabel="cosine of the gradients", xlim=(0.95, 66), ylim=(0.01, 1.1))
    ax.set(xticks=[1, 2, 4, 8, 16, 32, 64], xticklabels=[1, 2, 4, 8, 16, 32, 64])
    ax.minorticks_off()
