r"""
Every point of the loss surface is a line
=========================================

Message: the model is a family of lines with two parameters; the loss gives each of them a height;
training walks downhill from one line to the best one. Used in the chapter on supervised learning.

.. alt: Left: twelve dots rising to the right and three lines, the last of which runs through
   them. Right: an oval bowl over offset and slope, with a dotted path from a first point over a
   second to the bottom; points share the colours of lines.
"""

# %%
# **Compute.** Gradient descent from a bad line; three of its members are kept.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.data import LineModel, line_points
from udlbook.plot import COLORS, book_style

x, y = line_points()
model = LineModel(x, y)
path = [np.array([2.1, 0.3])]
for _ in range(300):
    path.append(path[-1] - 0.1 * model.gradient(path[-1]))
path = np.array(path)
shown = {0: ("red", "start"), 3: ("orange", "3 steps"), 300: ("blue", "end")}

# %%
# **Draw.** The contours are spaced evenly in the root of the loss.
grid = np.stack(np.meshgrid(np.linspace(-0.6, 2.6, 121), np.linspace(-0.8, 2.2, 121)), -1)
with book_style():
    fig, (left, right) = plt.subplots(1, 2, figsize=(6.6, 3.3))
    left.plot(x, y, "o", ms=4.5, color="black", zorder=3)
    ends = np.array([0.0, 2.0])
    for step, (color, name) in shown.items():
        left.plot(ends, path[step][0] + path[step][1] * ends, color=COLORS[color])
        right.plot(*path[step], "o", ms=7, color=COLORS[color], zorder=4)
        offset = {0: (4, 8, "center"), 3: (-8, -8, "right"), 300: (-7, -10, "right")}[step]
        right.annotate(name, path[step], xytext=offset[:2], textcoords="offset points",
                       ha=offset[2], color=COLORS[color])  # fmt: skip
    levels = np.linspace(0.1, 2.2, 11) ** 2
    right.contour(*grid.T.swapaxes(1, 2), model.loss(grid), levels, colors=COLORS["grey"],
                  linewidths=0.7, alpha=0.7)  # fmt: skip
    right.plot(*path.T, ".-", ms=3, lw=0.9, color="black")
    left.set(xlabel="$x$", ylabel="$y$", xlim=(0, 2), ylim=(0, 2.9))
    right.set(xlabel=r"offset $\phi_0$", ylabel=r"slope $\phi_1$")
    right.set(xlim=(-0.6, 2.6), ylim=(-0.8, 2.2))
