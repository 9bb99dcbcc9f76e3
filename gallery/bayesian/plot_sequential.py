r"""
Each example sharpens the belief
================================

Message: one point on a line leaves a whole ridge of intercepts and slopes possible; the second
cuts it short; twelve leave a small spot around the truth. Used in the chapter :ref:`bayesian`.

.. alt: Four rows. On the left, contours in the plane of intercept and slope shrink from a circle
   to a slanted ridge to a spot. On the right, drawn lines go from all directions to one bundle.
"""

# %%
# **Compute.** The belief after 0, 1, 2 and 12 of the points, each from the one before.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.classical.bayesian_linear import prior
from udlbook.data import line_points
from udlbook.plot import COLORS, book_style

x, y = line_points()
features = np.stack([np.ones_like(x), x], axis=1)
beliefs, seen, belief = {0: prior(2)}, 0, prior(2)
for n in (1, 2, 12):
    belief = belief.update(features[seen:n], y[seen:n], sigma=0.15)
    beliefs[n], seen = belief, n
axis = np.linspace(-2.2, 2.2, 301)
plane = np.stack(np.meshgrid(axis, axis), axis=-1)
ends = np.array([[1.0, 0.0], [1.0, 2.0]])

# %%
# **Draw.** Contours hold 39 %, 86 % and 99 % of the belief, one, two and three deviations. The
# cross marks the weights that made the data.
with book_style():
    fig, axes = plt.subplots(4, 2, figsize=(6.2, 9.6), sharex="col", sharey="col")
    for row, (n, belief) in zip(axes, beliefs.items(), strict=True):
        density = belief.log_prob(plane) - belief.log_prob(belief.mean)
        levels = [-4.5, -2.0, -0.5]
        row[0].contourf(
            axis,
            axis,
            density,
            levels=[*levels, 0.01],
            colors=[COLORS["blue"] + a for a in ("22", "44", "77")],
        )
        row[0].contour(
            axis, axis, density, levels=levels, colors=COLORS["blue"], linewidths=1, linestyles="-"
        )
        row[0].plot(0.6, 0.8, "+", ms=11, mew=2, color=COLORS["orange"])
        row[0].set(ylabel="slope", xlim=(-2.2, 2.2), ylim=(-2.2, 2.2), aspect="equal")
        lines = ends @ belief.sample(12, rng=np.random.default_rng(0)).T
        row[1].plot([0, 2], lines, color=COLORS["blue"], lw=0.9)
        row[1].plot(x[:n], y[:n], "o", ms=4.5, color=COLORS["orange"], zorder=3)
        row[1].set(ylabel="$y$", xlim=(0, 2), ylim=(-3.5, 3.5))
        row[1].text(0.06, -3.2, f"{n} point{'' if n == 1 else 's'}", color=COLORS["grey"])
    axes[-1, 0].set_xlabel("intercept")
    axes[-1, 1].set_xlabel("input $x$")
