r"""
From near, a function is a line, and then a parabola
====================================================

Message: slope and curvature at one point describe the function well nearby and badly far away. The
parabola holds on longer than the line, and neither knows of the second hollow. Used in the chapter
:ref:`background`.

.. alt: A curve with two hollows and a hump between them. At one point on its right side a straight
   line touches it and leaves soon; a dashed parabola follows it through the right hollow and then
   rises where the curve goes over the hump.
"""

# %%
# **Compute.** The walk leads along the diagonal of the landscape, through all three stationary
# points. Its slope and curvature come from the gradient and the Hessian.
import matplotlib.pyplot as plt
import numpy as np

from udlbook import autodiff as ad
from udlbook.plot import COLORS, book_style


def f(x):
    return x[0] ** 4 / 4 - x[0] * x[1] + x[1] ** 2 / 2


d = np.array([1.0, 1.0]) / np.sqrt(2)
place = 1.05
x = place * d
slope, bend = ad.grad(f)(x) @ d, d @ ad.hessian(f)(x) @ d
t = np.linspace(-2.2, 2.2, 441)
walk = f(np.multiply.outer(d, t))
line = f(x) + slope * (t - place)
parabola = line + bend * (t - place) ** 2 / 2
near = np.abs(t - place) < 0.05
assert np.abs(walk - parabola)[near].max() < 0.1 * np.abs(walk - line)[near].max()

# %%
# **Draw.** Distances along the walk are in the units of the inputs.
with book_style():
    fig, ax = plt.subplots(figsize=(5.8, 3.6))
    ax.plot(t, walk, color="black")
    shown = (t > -0.55) & (t < 1.4)
    ax.plot(t[shown], line[shown], color=COLORS["orange"])
    ax.plot(t, parabola, "--", color=COLORS["blue"])
    ax.plot(place, f(x), "o", color=COLORS["red"], ms=7)
    ax.text(-0.02, -0.05, "pass", ha="center", va="top")
    ax.text(-(2**0.5), -0.3, "hollow", ha="center", va="top")
    ax.text(1.5, -0.31, "hollow", ha="center", va="top")
    ax.text(-0.6, 0.2, "line", color=COLORS["orange"], ha="right", va="center")
    ax.text(-0.02, 0.5, "parabola", color=COLORS["blue"], ha="left", va="bottom")
    ax.text(-1.95, 0.35, "the function", ha="left", va="bottom")
    ax.set(ylim=(-0.42, 0.75), xlim=(-2.2, 2.2), ylabel="height $f$")
    ax.set(xlabel="distance along the walk from $(-1,-1)$ to $(1,1)$", xticks=[-2, -1, 0, 1, 2])
