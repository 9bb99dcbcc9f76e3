r"""
The wider a network, the less its kernel moves
==============================================

Message: at the start the tangent kernel of a random network is off its limit by one over the root
of the width. Training then changes it by much less. So wide networks train like linear models, and
narrow ones do not. Used in the chapter on gradient flow.

.. alt: Two falling lines against the width on logarithmic axes. The upper one, the distance from
   the limit, falls by a factor of ten for a hundred times the width. The lower one, the change in
   training, falls almost twice as fast.
"""

# %%
# **Compute.** ReLU networks on ten points of a circle, trained for a time of 20 with small steps;
# eight networks for each width.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.networks import deep, relu
from udlbook.networks import tangent_kernel as tk
from udlbook.optim import euler
from udlbook.plot import COLORS, book_style, label_line
from udlbook.seeding import page_rng

angle = np.linspace(-np.pi, np.pi, 10, endpoint=False)
X = np.stack([np.cos(angle), np.sin(angle)], axis=1)
y = np.cos(angle) / 2 + np.sin(2 * angle)
limit = tk.wide_relu_kernels(X, X).tangent
widths = np.array([10, 30, 100, 300, 1000])


def gaps(hidden, rng):
    """How far the kernel is from its limit at first, and how far it moves in training."""
    theta = deep.make([2, hidden, 1], rng.standard_normal, rng.standard_normal)

    def field(v):
        now = tk.unflatten(v, theta)
        J = tk.jacobian(X, now, relu)[:, 0]
        return -2 / len(y) * (tk.forward(X, now, relu)[:, 0] - y) @ J

    ends = euler(field, tk.flatten(theta), step=0.1, n_steps=200)[-1]
    first = tk.empirical_kernel(X, X, theta, relu)
    last = tk.empirical_kernel(X, X, tk.unflatten(ends, theta), relu)
    return np.linalg.norm([first - limit, last - first], axis=(1, 2)) / np.linalg.norm(limit)


rng = page_rng(0)
found = np.array([[gaps(hidden, rng) for _ in range(8)] for hidden in widths])
medians = np.median(found, axis=1)
slopes = np.polyfit(np.log(widths), np.log(medians), 1)[0]
print("slopes: start {:.2f}, change {:.2f}".format(*slopes))
assert -0.7 < slopes[0] < -0.35 and slopes[1] < -0.6

# %%
# **Draw.** Small dots are networks, lines join the medians.
with book_style():
    fig, ax = plt.subplots(figsize=(6.4, 4.0))
    names = ("distance from the limit, at first", "change in training")
    for i, (name, color) in enumerate(zip(names, ("blue", "red"), strict=True)):
        aside = np.repeat(widths * (0.96, 1.04)[i], 8)  # so that both are seen
        ax.loglog(aside, found[..., i].ravel(), "o", ms=3, alpha=0.4, color=COLORS[color])
        (line,) = ax.loglog(widths, medians[:, i], color=COLORS[color])
        label_line(ax, line, name, x=50, dx=0, dy=(24, -26)[i], ha=("left", "right")[i])
    ax.set(xlabel="hidden units", ylabel="relative to the kernel's size")
