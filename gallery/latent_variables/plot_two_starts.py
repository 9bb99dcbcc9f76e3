r"""
The same points, two starts, two ends
=====================================

Message: from three first means in a row the climb ends in a trap; from other three it ends on the
best hill. Used in the chapter :ref:`latent-variables`.

.. alt: Two scatter plots of the same seventy points, each with three crosses for the first means
   and three ellipses at the end. Left the ellipses cut the clouds across, right each covers one
   cloud.
"""

# %%
# **Compute.** Sixty steps from each start, with a small floor.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.classical.mixtures import NormalMixture, fit_normals, three_clouds
from udlbook.plot import COLORS, book_style

x = three_clouds().sample(70, rng=np.random.default_rng(1))[0].round(1)
starts = [[[-3, 0], [0, 0], [3, 0]], [[-2, 2], [2, 2], [0, -2]]]
ends = []
for means in starts:
    start = NormalMixture([1 / 3] * 3, means, [np.eye(2)] * 3)
    ends.append(fit_normals(x, 3, start=start, floor=0.01, tol=0, max_steps=60))

# %%
# **Draw.** A point has the colour of the component that is most responsible for it.
hues = [COLORS[c] for c in ("blue", "orange", "green")]
with book_style():
    fig, axes = plt.subplots(1, 2, figsize=(6.4, 3.7), sharex=True, sharey=True)
    for ax, means, found in zip(axes, starts, ends, strict=True):
        owner = found.model.responsibilities(x).argmax(axis=1)
        for k, line in enumerate(found.model.outlines()):
            ax.plot(*x[owner == k].T, ".", ms=6, color=hues[k])
            ax.plot(*line.T, color=hues[k])
            ax.plot(*means[k], "x", ms=9, mew=2.5, color=hues[k])
        level = f"{found.log_likelihood:.2f} nats per point"
        ax.set_title(level.replace("-", "\N{MINUS SIGN}"))
        ax.set(aspect="equal", xlabel="$x_1$", xlim=(-5, 5), ylim=(-4.8, 4.8))
    axes[0].set_ylabel("$x_2$")
