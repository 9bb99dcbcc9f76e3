r"""
First across the valley, then along it
======================================

Message: on a bowl the flow forgets its start along each axis at a rate of its own. So all paths
first run to the floor of the valley, and then share one slow road to the minimum. Used in the
chapter on gradient flow.

.. alt: Above, contours of a tilted long bowl with four smooth paths; each runs straight to the
   valley's floor, bends and follows it to the cross. Below, both modes against time on a
   logarithmic axis: two straight falling lines, one steep, one shallow.
"""

# %%
# **Compute.** The line model on its twelve points has two parameters and two modes.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.data import LineModel, line_points
from udlbook.optim import LinearFlow
from udlbook.plot import COLORS, book_style, label_line

x, y = line_points()
flow = LinearFlow(np.stack([np.ones_like(x), x], axis=1), y)
best = flow.parameters([0, 0], np.inf)
starts = np.array([[2.4, 0.4], [-0.9, 0.2], [-0.4, 2.6], [2.2, 2.2]])
t = np.concatenate([[0], np.geomspace(0.003, 40, 300)])
paths = flow.parameters(starts, t)
dots = flow.parameters(starts, np.arange(0, 13))

# %%
# **Draw.** A dot on a path stands at each unit of time.
a, b = np.meshgrid(np.linspace(-1.4, 3.0, 121), np.linspace(-1.2, 3.0, 121))
surface = LineModel(x, y).loss(np.stack([a, b], -1))
with book_style():
    fig, (ax, right) = plt.subplots(2, 1, figsize=(5.6, 7.0), height_ratios=[1.8, 1])
    levels = np.geomspace(0.03, surface.max(), 11)
    ax.contour(a, b, surface, levels, colors=COLORS["grey"], linewidths=0.6, alpha=0.6)
    for i, color in enumerate(("blue", "orange", "green", "red")):
        ax.plot(*paths[:, i].T, color=COLORS[color])
        ax.plot(*dots[:, i].T, "o", ms=4, color=COLORS[color])
    ax.plot(*best, "x", ms=8, mew=1.8, color="black", zorder=5)
    ax.set(xlabel=r"$\phi_0$", ylabel=r"$\phi_1$", aspect="equal")
    ax.set(xlim=(-1.4, 3.0), ylim=(-1.2, 3.0))
    time = np.linspace(0, 12, 200)
    left = abs(flow.modes.T @ (flow.parameters(starts[0], time) - best).T)
    names = [f"steep, $c$ = {flow.curvatures[0]:.2f}", f"flat, $c$ = {flow.curvatures[1]:.2f}"]
    for values, name, color, at in zip(left, names, ("purple", "blue"), (0.9, 5), strict=True):
        (line,) = right.semilogy(time, values, color=COLORS[color])
        label_line(right, line, name, x=at, dx=8, dy=8)
    right.set(xlabel="time", ylabel="distance along mode", xlim=(0, 12), ylim=(1e-4, 5))
