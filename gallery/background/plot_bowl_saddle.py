r"""
The signs of two curvatures tell a bowl from a saddle
=====================================================

Message: at both places the gradient is zero. In the hollow the function rises along both
eigenvectors of the Hessian, on the pass it falls along one of them, and that one lies between the
axes. Used in the chapter :ref:`background`.

.. alt: Four panels. Top left, oval contours around a hollow; top right, hyperbola-like contours
   around a pass; two crossed arrows on each. Bottom, heights along the arrows: both curves rise
   from the hollow, one rises and one falls from the pass.
"""

# %%
# **Compute.** Hessians by autodiff, their eigenvectors by NumPy.
import matplotlib.pyplot as plt
import numpy as np

from udlbook import autodiff as ad
from udlbook.plot import COLORS, book_style


def f(x):
    return x[0] ** 4 / 4 - x[0] * x[1] + x[1] ** 2 / 2


points = {"hollow at (1, 1)": np.array([1.0, 1.0]), "pass at (0, 0)": np.zeros(2)}
t = np.linspace(-0.6, 0.6, 121)
steps = np.stack(np.meshgrid(t, t))
COLOR = ("orange", "blue")
LABELS = {  # where the eigenvalues are written
    "hollow at (1, 1)": {"orange": (0.43, -0.06), "blue": (0.2, 0.3)},
    "pass at (0, 0)": {"orange": (0.0, -0.1), "blue": (0.2, 0.3)},
}

# %%
# **Draw.** Solid contours are those of the function, dashed ones those of Taylor's parabola.
with book_style():
    fig, axes = plt.subplots(2, 2, figsize=(6.2, 5.6), height_ratios=[1.25, 1])
    for (top, bottom), (name, x) in zip(axes.T, points.items(), strict=True):
        H = ad.hessian(f)(x)
        values, vectors = np.linalg.eigh(H)
        vectors = vectors * np.sign(vectors[0])  # to the right
        height = f(x[:, None, None] + steps) - f(x)
        parabola = np.einsum("i...,ij,j...->...", steps, H, steps) / 2
        levels = np.array([-0.15, -0.08, -0.03, 0.03, 0.08, 0.15, 0.25, 0.4])
        place = x[:, None, None] + steps
        top.contour(
            *place, height, levels, colors=COLORS["grey"], linewidths=1.1, linestyles="-"
        )  # fmt: skip
        top.contour(*place, parabola, levels, colors="black", linewidths=0.7, linestyles="--")
        for value, q, color in zip(values, vectors.T, COLOR, strict=True):
            ends = x[:, None] + 0.5 * np.outer(q, [-1, 1])
            top.annotate(
                "",
                ends[:, 1],
                xytext=ends[:, 0],
                arrowprops={"arrowstyle": "<|-|>", "lw": 2, "color": COLORS[color],
                            "shrinkA": 0, "shrinkB": 0},
            )  # fmt: skip
            along = f(x[:, None] + np.outer(q, t)) - f(x)
            bottom.plot(t, along, color=COLORS[color])
            bottom.plot(t, value * t**2 / 2, "--", color=COLORS[color], lw=0.9)
            bottom.text(
                *LABELS[name][color], rf"$\lambda={value:.2f}$", color=COLORS[color],
                ha="center", va="center", fontsize=13,
            )  # fmt: skip
        top.set(aspect="equal", title=name, xlabel="$x_1$")
        top.set(xticks=x[0] + [-0.5, 0, 0.5], yticks=x[1] + [-0.5, 0, 0.5])
        bottom.axhline(0, color=COLORS["grey"], lw=0.7)
        bottom.set(ylim=(-0.16, 0.36), xlim=(-0.6, 0.6), xlabel="way from the point")
        bottom.set(xticks=[-0.5, 0, 0.5], yticks=[0, 0.2])
    axes[0, 0].set_ylabel("$x_2$")
    axes[1, 0].set_ylabel("height above it")
