r"""
The contours of a linear function are straight, parallel and evenly spaced
==========================================================================

Message: a linear function of two inputs rises along its weights and is level across them. Weights
that are half as long put the contours twice as far apart. Used in the chapter :ref:`background`.

.. alt: Two square heat maps crossed by straight parallel lines. On each, an arrow stands at right
   angles to the lines and points to the brighter side. On the right the lines run another way and
   lie twice as far apart.
"""

# %%
# **Compute.** Two functions :math:`y = b + w_1 x_1 + w_2 x_2`. The second pair of weights is half
# as long as the first, and turned.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.plot import book_style

functions = [(0.5, np.array([2.0, 1.0])), (0.0, np.array([-0.5, 1.0]))]
assert np.isclose(*(np.linalg.norm(w) / s for (_, w), s in zip(functions, (2, 1), strict=True)))
axis = np.linspace(-2.5, 2.5, 161)
grid = np.stack(np.meshgrid(axis, axis), axis=-1)
heights = [b + grid @ w for b, w in functions]

# %%
# **Draw.** One scale of colour for both, contours one apart, axes of equal scale, so that right
# angles look right.
with book_style():
    fig, axes = plt.subplots(1, 2, figsize=(6.6, 3.7), sharey=True)
    for ax, (b, w), y in zip(axes, functions, heights, strict=True):
        mesh = ax.pcolormesh(axis, axis, y, vmin=-8, vmax=8, shading="auto", rasterized=True)
        lines = ax.contour(axis, axis, y, np.arange(-8, 9), colors="#fefefe", linewidths=0.9,
                           linestyles="-")  # fmt: skip
        for path in lines.get_paths():
            assert len(path.vertices) < 2 or np.ptp(path.vertices @ w) < 1e-9
        ax.annotate(
            "",
            w,
            xytext=(0, 0),
            arrowprops={"arrowstyle": "-|>,head_width=0.3,head_length=0.6", "lw": 2.6,
                        "color": "#fefefe", "shrinkA": 0, "shrinkB": 0},
            annotation_clip=False,
        )  # fmt: skip
        side = np.array([-w[1], w[0]]) / np.linalg.norm(w)
        ax.text(
            *(0.6 * w - 0.5 * side), r"$\mathbf{w}$", color="#fefefe", ha="center",
            va="center", fontsize=15,
        )  # fmt: skip
        signs = [f"{abs(v):g}\\,x_{i + 1}".removeprefix("1\\,") for i, v in enumerate(w)]
        head = f"{b:g} + " if b else ("-" if w[0] < 0 else "")
        ax.set_title(f"$y = {head}{signs[0]} + {signs[1]}$")
        ax.set(aspect="equal", xlabel="input $x_1$", xticks=[-2, 0, 2], yticks=[-2, 0, 2])
    axes[0].set_ylabel("input $x_2$")
    bar = fig.colorbar(mesh, ax=axes, location="bottom", shrink=0.6, aspect=30, pad=0.03)
    bar.set_label("output $y$")
    bar.set_ticks([-8, -4, 0, 4, 8])
