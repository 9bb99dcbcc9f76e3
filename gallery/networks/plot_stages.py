r"""
Three bent lines make one curve with three joints
=================================================

Message: each hidden unit has a line, clips it at zero and scales it; the output adds the three
up. It bends where a unit bends, and nowhere else. Used in the chapter :ref:`shallow-networks`.

.. alt: Three columns, one for each hidden unit: a slanted line, the same line clipped at zero, and
   the clipped line scaled or flipped. Below, their sum: a curve of four straight pieces.
"""

# %%
# **Compute.** One input, three hidden units, one output, and every stage on the way.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.networks import regions, relu, shallow
from udlbook.plot import COLORS, book_style

phi = {
    "weights": [np.array([[1.2], [-1.0], [1.6]]), np.array([[-1.3, 0.8, 2.6]])],
    "biases": [np.array([-0.6, 1.0, -2.4]), np.array([0.3])],
}
x = np.linspace(0, 2, 401)
s = shallow.stages(x[:, None], phi, relu)
joints = shallow.joints(phi)
pieces = regions.pieces_1d(phi)
assert np.allclose(pieces.edges, np.sort(joints))

# %%
# **Draw.** A column for each unit, a row for each stage. In the last panel the digits above the
# curve name the units that are on.
UNIT = [COLORS["blue"], COLORS["orange"], COLORS["green"]]
rows = [
    (s.f, "pre-activation", r"$f_{%d}$"),
    (s.h, "hidden unit", r"$h_{%d}=\mathrm{a}[f_{%d}]$"),
    (s.contributions[:, 0], "contribution", r"$w_{%d}\,h_{%d}$"),
]
with book_style():
    fig = plt.figure(figsize=(6.6, 6.8))
    grid = fig.add_gridspec(4, 3, height_ratios=[1, 1, 1, 1.7])
    for i, (values, word, formula) in enumerate(rows):
        for d, color in enumerate(UNIT):
            ax = fig.add_subplot(grid[i, d])
            ax.axhline(0, color=COLORS["grey"], lw=0.7)
            ax.axvline(joints[d], color=color, lw=0.9, ls=":")
            ax.plot(x, values[:, d], color=color, clip_on=False)
            name = formula.replace("%d", str(d + 1))
            ax.set(xlim=(0, 2), ylim=(-2.5, 2.1), xticks=[0, 1, 2], yticks=[-2, 0, 2], title=name)
            ax.tick_params(labelbottom=False, labelleft=d == 0)
            if d == 0:
                ax.set_ylabel(word)
    ax = fig.add_subplot(grid[3, :])
    for d, color in enumerate(UNIT):
        ax.axvline(joints[d], color=color, lw=0.9, ls=":")
    ax.plot(x, s.y[:, 0], color="black")
    ends = np.concatenate([[0], pieces.edges, [2]])
    for r, on in enumerate(pieces.on):
        middle = (ends[r] + ends[r + 1]) / 2
        for place, d in enumerate(np.flatnonzero(on)):
            shift = 0.07 * (place - (on.sum() - 1) / 2)
            ax.text(middle + shift, 1.2, str(d + 1), color=UNIT[d], ha="center")
    ax.text(0.02, 1.5, "units that are on:", fontsize=10)
    ax.set(xlim=(0, 2), ylim=(-1.5, 1.75), xticks=[0, 1, 2], xlabel="input $x$")
    ax.set_ylabel(r"output $y = b + \sum_d w_d\,h_d$")
