r"""
Principal components chase the loudest reading, factors do not
==============================================================

Message: six readings of two hidden causes; the sixth is mostly noise. The second principal
component is that noise; factor analysis gives it a noise of its own and finds the second cause.
Used in the chapter :ref:`latent-variables`.

.. alt: Two scatter plots of the second hidden cause against its estimate. With equal noise the
   points form a shapeless cloud; with a noise for each reading they lie along the diagonal.
"""

# %%
# **Compute.** Both fits, and the best linear reading of the second cause from the posterior means.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.classical.factor_analysis import FactorModel, fit_equal_noise, fit_factors
from udlbook.plot import COLORS, book_style

W = [[1, 0], [0.9, 0], [0.8, 0.3], [0, 1], [0.1, 0.9], [0.2, 0.8]]
truth = FactorModel(np.zeros(6), W, [0.1, 0.2, 0.1, 0.2, 0.1, 4.0])
rng = np.random.default_rng(0)
x, z = truth.sample(600, rng=rng)
estimates = {}
for name, model in [
    ("equal noise", fit_equal_noise(x, 2)),
    ("a noise for each reading", fit_factors(x, 2).model),
]:
    h = np.column_stack([model.posterior(x)[0], np.ones(len(x))])
    estimates[name] = h @ np.linalg.lstsq(h, z[:, 1])[0]

# %%
# **Draw.** A good estimate lies along the line.
with book_style():
    fig, axes = plt.subplots(1, 2, figsize=(6.4, 3.5), sharex=True, sharey=True)
    for ax, (name, guess), color in zip(axes, estimates.items(), ["red", "blue"], strict=True):
        ax.plot([-3, 3], [-3, 3], color=COLORS["grey"], lw=1)
        ax.scatter(guess, z[:, 1], s=6, color=COLORS[color], alpha=0.6, rasterized=True)
        ax.set(title=name, xlabel="estimate", aspect="equal", xlim=(-3.4, 3.4), ylim=(-3.4, 3.4))
    axes[0].set_ylabel("second cause")
