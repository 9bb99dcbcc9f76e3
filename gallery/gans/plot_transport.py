r"""
The cheapest way to carry one cloud to another
==============================================

Message: the linear program sends each point to one other; Sinkhorn's plan, with a bonus for
spread, sends it to several. Used in the chapter on adversarial networks.

.. alt: Two panels with the same twelve blue and twelve orange dots. Left, twelve lines join them
   one to one; right, many lines of different strength leave each blue dot.
"""

# %%
# **Compute.** Equal masses: a vertex of the program is a permutation.
import matplotlib.pyplot as plt
import numpy as np
import torch
from scipy.optimize import linprog

from udlbook.gans import sinkhorn
from udlbook.plot import COLORS, book_style

rng = np.random.default_rng(8)
n = 12
x = rng.normal(size=(n, 2)) * [0.6, 1.0] + [-2, 0]
y = rng.normal(size=(n, 2)) * [0.6, 1.0] + [1.2, 0.4]
cost = np.linalg.norm(x[:, None] - y, axis=2)
sums = np.vstack([np.kron(np.eye(n), np.ones(n)), np.kron(np.ones(n), np.eye(n))])
exact = linprog(cost.ravel(), A_eq=sums, b_eq=np.full(2 * n, 1 / n)).x.reshape(n, n)
spread = sinkhorn(torch.from_numpy(cost), eps=0.2).plan.numpy()

# %%
# **Draw.** A line is as strong as the mass that it carries.
with book_style():
    fig, axes = plt.subplots(1, 2, figsize=(6.4, 3.4), sharex=True, sharey=True)
    for ax, plan, name in [
        (axes[0], exact, "linear program"),
        (axes[1], spread, r"Sinkhorn, $\epsilon = 0.2$"),
    ]:
        for i, j in np.argwhere(plan > 0.02 / n):
            ends = np.stack([x[i], y[j]])
            strength = min(1.0, plan[i, j] * n)
            ax.plot(*ends.T, color=COLORS["grey"], lw=1.6, alpha=strength, zorder=0)
        ax.plot(*x.T, "o", ms=6, color=COLORS["blue"])
        ax.plot(*y.T, "s", ms=6, color=COLORS["orange"])
        ax.set(title=name, aspect="equal")
        ax.axis("off")
