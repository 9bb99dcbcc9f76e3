r"""
Noise pushed through a map, and the density it leaves
=====================================================

Message: where a map is steep it thins the noise out, where it is flat it piles it up; where it
folds, the layers add. Used in the chapter on generators.

.. alt: Two rows, each a curve from noise to sample and the density of the samples. The upper
   curve rises; its density has two humps. The lower one folds; its density has a spike at an end.
"""

# %%
# **Compute.** A rising map and its slope; a square, which folds the line at 0. Densities follow
# from the change of variables, histograms from 40,000 pushed draws.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.plot import COLORS, book_style

rng = np.random.default_rng(0)
z = np.linspace(-3, 3, 1201)
noise = rng.standard_normal(40_000)
normal = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)


def rising(z):
    """Steep in the middle, flat at both sides."""
    return 2 * np.tanh(1.5 * z) + 0.3 * z


slope = 3 / np.cosh(1.5 * z) ** 2 + 0.3
x_fold = np.linspace(0.02, 6, 600)
fold_density = np.exp(-x_fold / 2) / np.sqrt(2 * np.pi * x_fold)

# %%
# **Draw.** The map from noise (across) to samples (up); their density to the right.
rows = [
    ("rising", rising(z), rising(noise), rising(z), normal / slope, (-3.1, 3.1)),
    ("folding", z**2, noise**2, x_fold, fold_density, (-0.3, 6)),
]
with book_style():
    fig, axes = plt.subplots(
        2, 2, figsize=(6.4, 5.2), width_ratios=[3, 2], sharey="row", sharex="col"
    )
    for (left, right), (name, image, pushed, x, density, ends) in zip(axes, rows, strict=True):
        left.plot(z, image, color=COLORS["blue"])
        few = {"color": COLORS["grey"], "lw": 0.6, "alpha": 0.7}
        left.vlines(noise[:25], ends[0], pushed[:25], **few)
        left.hlines(pushed[:25], noise[:25], 3.1, **few)
        left.set(ylim=ends, xlim=(-3.1, 3.1), ylabel=f"sample $x$\n({name})")
        bins = np.linspace(x[0] - 0.02, ends[1], 61)
        counts = {"density": True, "orientation": "horizontal", "alpha": 0.45}
        right.hist(pushed, bins=bins, color=COLORS["orange"], **counts)
        right.plot(density, x, color=COLORS["red"])
    axes[1, 1].set(xlim=(0, 1.3), xlabel="density of $x$")
    axes[1, 0].set(xlabel="noise $z$")
    axes[0, 1].text(0.45, 0.0, "steep:\nfew samples", va="center")
    axes[1, 1].text(0.3, 2.4, "two layers\nadd", va="center")
