r"""
In many dimensions all points are equally far apart
===================================================

Message: the distance between two random points, divided by its mean, gathers around one as the
dimension grows; its spread is one over the root of twice the dimension. MNIST-1D has forty
dimensions but spreads like ten. Used in the chapter :ref:`measuring-performance`.

.. alt: Histograms of relative distance for 2, 10, 40 and 1000 dimensions grow ever narrower around
   one; the histogram of MNIST-1D is drawn as an outline and is wider than that for 40.
"""

# %%
# **Compute.** Pairs of standard normal points, and pairs of examples of MNIST-1D.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.data import make_mnist1d
from udlbook.plot import COLORS, book_style


def relative_distances(points):
    """Distances of disjoint pairs, divided by their mean."""
    half = len(points) // 2
    distance = np.linalg.norm(points[:half] - points[half : 2 * half], axis=1)
    return distance / distance.mean()


rng = np.random.default_rng(0)
clouds = {dim: relative_distances(rng.standard_normal((20_000, dim))) for dim in (2, 10, 40, 1000)}
data = relative_distances(rng.permutation(make_mnist1d().x))

# %%
# **Draw.** One panel a dimension, one scale; the dashed outline is MNIST-1D.
with book_style():
    fig, axes = plt.subplots(1, 4, figsize=(7.0, 2.6), sharex=True)
    bins = np.linspace(0, 2.5, 76)
    for ax, (dim, distances) in zip(axes, clouds.items(), strict=True):
        ax.hist(distances, bins, density=True, color=COLORS["blue"], alpha=0.7)
        if dim == 40:
            ax.hist(data, bins, density=True, histtype="step", lw=1.6, color=COLORS["orange"])
            ax.text(1.32, 1.2, "MNIST-1D", color=COLORS["orange"], fontsize=10)
        ax.set(title=f"$D = {dim}$", yticks=[], xlim=(0, 2.5), xticks=[0, 1, 2])
        ax.spines["left"].set_visible(False)
    fig.supxlabel("distance, divided by its mean")
