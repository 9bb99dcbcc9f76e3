r"""
Cover all, or pick one
======================

Message: a normal cannot have two peaks. Fitted by the divergence from the data to the model it
covers both; fitted by the divergence from the model to the data it picks one. Used in the
chapter :ref:`probability`.

.. alt: Two panels with the same density of two peaks. Above, one wide bell lies over both and is
   highest in the valley between them. Below, a narrow bell matches the higher peak, a dashed one
   the lower, and a dotted one, much wider, stands between them.
"""

# %%
# **Compute.** The first has a closed form, mean and variance of p. The second is a search over
# all means and deviations; a local minimum is lower than its neighbours.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.plot import COLORS, book_style
from udlbook.probability import MixtureOfNormals, Normal

p = MixtureOfNormals([0.6, 0.4], [-3.0, 3.0], [0.8, 0.9])
x = np.linspace(-7, 7, 601)
cover = Normal(p.mean, np.sqrt(p.var))

m, s = np.meshgrid(np.linspace(-4, 4, 81), np.linspace(0.2, 4, 77), indexing="ij")
z = np.linspace(-7, 7, 281)
w = Normal().prob(z)
nodes = m[..., None] + s[..., None] * z
cost = -p.log_prob(nodes) @ (w / w.sum()) - np.log(s) - 0.5 * np.log(2 * np.pi * np.e)
inner = cost[1:-1, 1:-1]
steps = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1) if i or j]
least = np.all([inner < np.roll(cost, (i, j), (0, 1))[1:-1, 1:-1] for i, j in steps], axis=0)
found = [(cost[i + 1, j + 1], m[i + 1, 0], s[0, j + 1]) for i, j in np.argwhere(least)]
best, second, third = sorted(found)

# %%
# **Draw.** The same density in both panels, and the fits over it.
with book_style():
    fig, axes = plt.subplots(2, 1, figsize=(5.2, 5.2), sharex=True, sharey=True)
    for ax in axes:
        ax.fill_between(x, p.prob(x), color=COLORS["grey"], alpha=0.3, lw=0)
        ax.set(ylabel="density", ylim=(0, 0.58))
    axes[0].text(-3, 0.32, "$p$", color=COLORS["grey"], ha="center")
    axes[0].plot(x, cover.prob(x), color=COLORS["blue"])
    axes[0].text(0.3, 0.16, "$q$ covers", color=COLORS["blue"])
    axes[0].set_title(r"smallest $D_\mathrm{KL}(p\,\Vert\,q)$")
    fits = [(best, "-", "orange"), (second, "--", "red"), (third, ":", "purple")]
    for (nats, mu, sigma), style, color in fits:
        q = Normal(mu, sigma)
        axes[1].plot(x, q.prob(x), style, color=COLORS[color])
        axes[1].text(mu, q.prob(mu) + 0.02, f"{nats:.2f} nats", color=COLORS[color], ha="center")
    axes[1].set_title(r"smallest $D_\mathrm{KL}(q\,\Vert\,p)$")
    axes[1].set(xlabel="$x$", xlim=(-7, 7))
