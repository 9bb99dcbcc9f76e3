r"""
Steps of finite length follow the flow of another loss
======================================================

Message: gradient descent leaves the flow of its loss, and stays with the flow of the modified
loss, which charges for slopes. Halving the step halves the one distance and quarters the other.

.. alt: Left, paths from one start to a curve of minima: the flow ends far up the curve, long
   steps end lower, and a dashed flow of the modified loss ends close to them. Right, two straight
   lines on logarithmic axes, of slopes one and two.
"""

# %%
# **Compute.** The network y = phi_0 phi_1 x, one example; all points with product 1 are minima.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.optim import euler, rk4
from udlbook.plot import COLORS, book_style, label_line
from udlbook.regularizers import modified_gradient

start, time = np.array([-1.0, 2.0]), 3.0


def slope(p):
    return 2 * (p[0] * p[1] - 1) * p[::-1]


def modified(p, lr):
    mixed = 4 * p[0] * p[1] - 2
    hessian = np.array([[2 * p[1] ** 2, mixed], [mixed, 2 * p[0] ** 2]])
    return modified_gradient(slope(p)[None], hessian[None], lr)


def flow(field):
    return rk4(lambda p: -field(p), start, step=0.002, n_steps=round(time / 0.002))


def descent(lr):
    return euler(lambda p: -slope(p), start, step=lr, n_steps=round(time / lr))


plain, long = flow(slope), 0.05
followed = flow(lambda p: modified(p, long))
rates = 0.05 / 2.0 ** np.arange(5)
far = np.array([
    [np.linalg.norm(descent(lr)[-1] - end[-1])
     for end in (plain, flow(lambda p, lr=lr: modified(p, lr)))] for lr in rates
])  # fmt: skip
orders = np.polyfit(np.log(rates[1:]), np.log(far[1:]), 1)[0]
assert np.allclose(orders, [1, 2], atol=0.15)

# %%
# **Draw.** Grey: the minima.
with book_style():
    fig, axes = plt.subplots(1, 2, figsize=(7.4, 3.8), gridspec_kw={"width_ratios": [1.1, 1]})
    ax = axes[0]
    ridge = np.linspace(0.4, 1.6, 100)
    ax.plot(ridge, 1 / ridge, color=COLORS["grey"], lw=5, alpha=0.5)
    ax.plot(*plain.T, color=COLORS["blue"])
    ax.plot(*descent(long).T, "o-", ms=4, lw=0.8, color=COLORS["orange"])
    ax.plot(*followed.T, "--", color=COLORS["red"])
    ax.plot(*start, "o", ms=6, color="black")
    ax.annotate("start", start, xytext=(6, 6), textcoords="offset points")
    ax.annotate("flow", plain[-1], xytext=(8, 5), textcoords="offset points",
                color=COLORS["blue"])  # fmt: skip
    ax.set(xlabel=r"$\phi_0$", ylabel=r"$\phi_1$", xlim=(-1.15, 1.6), ylim=(0.55, 2.25))
    ax.text(0.75, 1.5, f"steps of {long}", color=COLORS["orange"])
    ax.text(0.75, 1.38, "modified flow", color=COLORS["red"])
    ax.text(0.95, 0.75, "minima", color=COLORS["grey"])
    ax = axes[1]
    for distance, name, color in zip(far.T, ("flow", "modified"), ("blue", "red"), strict=True):
        (line,) = ax.loglog(rates, distance, "o-", ms=4, color=COLORS[color])
        label_line(ax, line, name, x=0.0125, dx=-4, dy=11, ha="right")
    ax.set(xlabel=r"step $\eta$", ylabel="distance at the end")
    ax.set_xticks([0.005, 0.01, 0.02, 0.05], ["0.005", "0.01", "0.02", "0.05"])
    ax.minorticks_off()
