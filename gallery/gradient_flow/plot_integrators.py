r"""
Ten times smaller steps: one digit for Euler, four for Runge-Kutta
==================================================================

Message: the error after a fixed time falls with the step for Euler's method, which is gradient
descent, and with its fourth power for Runge-Kutta. But both have a wall: beyond a step set by the
steepest curvature they diverge, and better accuracy moves the wall very little. Used in the
chapter on gradient flow.

.. alt: Error against step on logarithmic axes. Two lines rise with slopes one and four. Near the
   steps 0.47 and 0.65, marked by dotted lines, both shoot upward. Runge-Kutta's line ends at the
   left on a floor of rounding.
"""

# %%
# **Compute.** The line model from one start to the time 20. Only steps that divide it are used, so
# that all runs end at the same time.
from functools import partial

import matplotlib.pyplot as plt
import numpy as np

from udlbook.data import line_points
from udlbook.optim import LinearFlow, euler, rk4
from udlbook.plot import COLORS, book_style, label_line

x, y = line_points()
flow = LinearFlow(np.stack([np.ones_like(x), x], axis=1), y)
best, start, end = flow.parameters([0, 0], np.inf), np.array([2.4, 0.4]), 20.0
H = 2 / len(x) * flow.X.T @ flow.X
exact = flow.parameters(start, end)
counts = np.unique(np.geomspace(22, 4000, 70).astype(int))


def errors(method):
    """Distances from the flow at the end."""
    field = partial(np.matmul, -H)  # of the distance from the minimum
    ends = [method(field, start - best, step=end / n, n_steps=n)[-1] for n in counts]
    return np.linalg.norm(ends - (exact - best), axis=1)


found = {"Euler": errors(euler), "Runge-Kutta": errors(rk4)}
small = counts > 400
for name, order in (("Euler", 1), ("Runge-Kutta", 4)):
    use = small & (found[name] > 1e-12)
    slope = np.polyfit(np.log(end / counts[use]), np.log(found[name][use]), 1)[0]
    print(f"{name}: slope {slope:.2f}")
    assert abs(slope - order) < 0.15
walls = {"Euler": 2 / flow.curvatures[0], "Runge-Kutta": 2.785294 / flow.curvatures[0]}

# %%
# **Draw.** Dotted: the walls.
with book_style():
    fig, ax = plt.subplots(figsize=(6.4, 4.2))
    for (name, error), color in zip(found.items(), ("red", "blue"), strict=True):
        (line,) = ax.loglog(end / counts, error, color=COLORS[color])
        label_line(ax, line, name, x=0.03, dx=-6, dy=8, ha="right")
        ax.axvline(walls[name], color=COLORS[color], lw=1, ls=":")
    ax.set(xlabel="step", ylabel="error at time 20", ylim=(1e-16, 1e3), xlim=(0.005, 1))
