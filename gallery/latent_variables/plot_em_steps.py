r"""
Expectation maximization, step by step
======================================

Message: who belongs to whom and where the components are settle together: from three round
guesses to the clouds that made the data. Used in the chapter :ref:`latent-variables`.

.. alt: Four scatter plots of the same points in two long clouds and a small one. At the start
   three large circles overlap and colours are mixed; after some steps each ellipse covers one
   cloud, and each cloud has one colour.
"""

# %%
# **Compute.** Forty steps from means at three points.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.classical.mixtures import NormalMixture, em_step, three_clouds
from udlbook.plot import COLORS, book_style

x, _ = three_clouds().sample(400, rng=np.random.default_rng(2))
start = NormalMixture([1 / 3] * 3, [[0.0, 2.0], [0.5, 0.0], [-2.0, -1.0]], [np.eye(2)] * 3)
models = [start]
for _ in range(40):
    models.append(em_step(models[-1], x))

# %%
# **Draw.** A point's colour mixes the colours of the components that may have made it.
hues = np.array([plt.matplotlib.colors.to_rgb(COLORS[c]) for c in ("blue", "orange", "green")])
with book_style():
    fig, axes = plt.subplots(2, 2, figsize=(6.4, 5.6), sharex=True, sharey=True)
    for ax, step in zip(axes.ravel(), (0, 2, 8, 40), strict=True):
        model = models[step]
        ax.scatter(*x.T, c=model.responsibilities(x) @ hues, s=7, rasterized=True)
        for line, mu, hue in zip(model.outlines(), model.mu, hues, strict=True):
            ax.plot(*line.T, color=hue, lw=2)
            ax.plot(*mu, "+", ms=11, mew=2.4, color=hue)
        level = model.log_prob(x).mean()
        words = "start" if step == 0 else f"{step} steps"
        ax.set_title(f"{words}: {level:.2f} nats".replace("-", "\N{MINUS SIGN}"))
        ax.set(xlim=(-5.2, 5.2), ylim=(-4.6, 4.6), aspect="equal")
    for ax in axes[1]:
        ax.set_xlabel("$x_1$")
    for ax in axes[:, 0]:
        ax.set_ylabel("$x_2$")
