r"""
Eight ways down one surface
===========================

Message: from the same two starts, with the same gradients at hand, each method takes a path of its
own. A start decides which valley is found; the method decides how straight and how fast. Used in
the chapter :ref:`optimizers`.

.. alt: Eight maps of one loss surface with a deep valley in the middle and shallower ones to its
   sides. On each, two paths start at the same points and run to valley floors: smooth, jittery,
   curling, straight, or in a few long steps.
"""

# %%
# **Compute.** The loss of the Gabor model on its 30 points has two parameters, so it is a surface.
# Newton's method computes curvatures too and takes at most 15 steps; all others take 200.
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patheffects import withStroke

from udlbook import optim
from udlbook.data import GaborModel, gabor_points
from udlbook.plot import COLORS, book_style
from udlbook.seeding import page_rng

x, y = gabor_points()
model = GaborModel(x, y)
starts = np.array([[-2.2, 7.0], [3.9, 19.0]])


def path(make, size=30):
    """The points an optimizer goes through from each start, with batches of this size."""
    paths = []
    for start in starts:
        phi = start.copy()
        optimizer, points = make(phi), [start]
        stream = optim.batches(x, y, size=size, rng=page_rng())
        for _, batch in zip(range(200), stream, strict=False):
            optimizer.step(GaborModel(*batch).gradient(phi))
            points.append(phi.copy())
        paths.append(np.array(points))
    return paths


paths = {
    "gradient descent": path(lambda p: optim.SGD(p, 0.5)),
    "SGD, batches of 5": path(lambda p: optim.SGD(p, 0.5), size=5),
    "momentum": path(lambda p: optim.Momentum(p, 0.1)),
    "Nesterov": path(lambda p: optim.Nesterov(p, 0.1)),
    "AdaGrad": path(lambda p: optim.AdaGrad(p, 1.0)),
    "RMSProp": path(lambda p: optim.RMSProp(p, 0.1)),
    "Adam": path(lambda p: optim.Adam(p, 0.2)),
    "Newton, damped": [
        optim.newton(
            model.loss, start, grad=model.gradient, hessian=model.hessian, damping=0.01, steps=15
        ).points
        for start in starts
    ],
}
for name, (first, second) in paths.items():
    print(f"{name:18} loss {model.loss(first[-1]):.4f} and {model.loss(second[-1]):.4f}")

# %%
# **Draw.** One colour a start; dark ground is low. A dot marks each start, a cross each end, and a
# light edge keeps the paths apart from the ground.
x_range, y_range = (-8, 8), (2.5, 22.5)
grid = np.meshgrid(np.linspace(*x_range, 121), np.linspace(*y_range, 121))
surface = model.loss(np.stack(grid, -1))
smooth = {"aspect": "auto", "interpolation": "bilinear"}
with book_style():
    fig, axes = plt.subplots(2, 4, figsize=(9, 5.2), sharex=True, sharey=True)
    for ax, (name, both) in zip(axes.flat, paths.items(), strict=True):
        ax.imshow(surface, cmap="viridis", origin="lower", extent=(*x_range, *y_range), **smooth)
        for points, color in zip(both, ("orange", "red"), strict=True):
            look = {
                "color": COLORS[color],
                "path_effects": [withStroke(linewidth=2.6, foreground="w")],
            }
            ax.plot(*points.T, "-", lw=1.4, **look)
            ax.plot(*points[0], "o", ms=4, **look)
            ax.plot(*points[-1], "x", ms=6, mew=1.4, **look)
        ax.set(title=name, xlim=x_range, ylim=y_range)
    fig.supxlabel(r"$\phi_0$")
    fig.supylabel(r"$\phi_1$")
