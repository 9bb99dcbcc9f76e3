r"""
Expectation maximization climbs the hill on which it starts
===========================================================

Message: from means at random points few of forty starts end on the best hill. Below, what a bad
hill looks like. Used in the chapter :ref:`latent-variables`.

.. alt: Above, many rising lines of log-likelihood against steps that end on different levels, few
   at the top. Below, nine clusters in a square; one ellipse spans two clusters while another
   cluster is shared by two ellipses.
"""

# %%
# **Compute.** Nine clusters, nine components with full covariances, forty starts of each kind.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.classical.mixtures import fit_normals
from udlbook.plot import COLORS, book_style

rng = np.random.default_rng(0)
corners = np.array([[i, j] for i in (-3, 0, 3) for j in (-3, 0, 3)], dtype=float)
x = corners[rng.integers(9, size=450)] + 0.5 * rng.standard_normal((450, 2))

single = [fit_normals(x, 9, rng=rng, start="points", floor=1e-3) for _ in range(40)]
best = fit_normals(x, 9, rng=rng, restarts=40, floor=1e-3)
top = max(best.log_likelihood, max(f.log_likelihood for f in single))
typical = sorted(single, key=lambda f: f.log_likelihood)[20]

# %%
# **Draw.** The climbs, and the middle one of their ends.
with book_style():
    fig, (climb, plane) = plt.subplots(2, 1, figsize=(5.2, 6.8), height_ratios=[1, 1.25])
    for f in single:
        good = f.log_likelihood > top - 1e-3
        climb.plot(f.trace, lw=0.9, color=COLORS["green" if good else "grey"], zorder=2 + good)
        climb.plot(len(f.trace) - 1, f.trace[-1], ".", color=COLORS["green" if good else "grey"])
    climb.axhline(top, color=COLORS["green"], lw=0.8, ls=":")
    climb.text(3.4, top + 0.012, "the best hill", color=COLORS["green"])
    climb.set(
        xscale="log",
        xlim=(3, 300),
        ylim=(-4.3, top + 0.08),
        xlabel="steps",
        ylabel="log-likelihood, nats per point",
    )
    plane.scatter(*x.T, s=4, color=COLORS["grey"], rasterized=True)
    shades = ["blue", "orange", "green", "red", "purple"]
    for i, line in enumerate(typical.model.outlines()):
        plane.plot(*line.T, color=COLORS[shades[i % 5]], lw=1.8)
    plane.set(aspect="equal", xlabel="$x_1$", ylabel="$x_2$", title="one of the grey ends")
