r"""
K-means is the limit of narrow, equal, round components
=======================================================

Message: as the common deviation shrinks, responsibilities turn from a slope into a step at the
middle between two means, which is where k-means draws its border. Used in the chapter
:ref:`latent-variables`.

.. alt: Four S-shaped curves of the responsibility of the right component along the line between
   two means, from a gentle slope to a step at the middle.
"""

# %%
# **Compute.** Two components at -1 and 1, and the responsibility of the second.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.classical.mixtures import NormalMixture
from udlbook.plot import COLORS, book_style

x = np.linspace(-2, 2, 801)
curves = {}
for sigma in (1.5, 0.8, 0.4, 0.1):
    m = NormalMixture([0.7, 0.3], [[-1.0], [1.0]], [sigma**2] * 2, "spherical")
    curves[sigma] = m.responsibilities(x[:, None])[:, 1]

# %%
# **Draw.** Unequal shares shift the border of wide components, but not of narrow ones.
with book_style():
    fig, ax = plt.subplots(figsize=(6.0, 3.4))
    for (sigma, r), color in zip(curves.items(), ["purple", "blue", "green", "red"], strict=True):
        ax.plot(x, r, color=COLORS[color])
        at = {1.5: 1.6, 0.8: 1.05, 0.4: 0.42, 0.1: 0.02}[sigma]
        y = np.interp(at, x, r)
        side = {"ha": "left", "va": "top"} if sigma > 0.1 else {"ha": "right", "va": "center"}
        ax.annotate(
            f"$\\sigma = {sigma}$",
            (at, y),
            xytext=(6 if sigma > 0.1 else -8, -3),
            textcoords="offset points",
            color=COLORS[color],
            **side,
        )
    ax.axvline(0, color=COLORS["grey"], lw=0.8, ls=":")
    for m in (-1, 1):
        ax.plot(m, 0, "^", ms=8, color=COLORS["grey"], clip_on=False)
    ax.set(xlabel="$x$, with the two means marked", ylabel="responsibility of the right")
