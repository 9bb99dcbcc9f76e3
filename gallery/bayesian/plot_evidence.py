r"""
The evidence weighs the fit against what it cost
================================================

Message: more features always fit the training data better. The evidence rises only as long as
the data ask for them, and then falls, without any test data. Used in the chapter
:ref:`bayesian`.

.. alt: Two curves over the number of features. The log likelihood of the best fit climbs and then
   levels off. The log evidence climbs with it to a peak at seven features and then sinks steadily.
"""

# %%
# **Compute.** Thirty points, and the first K functions of a cosine basis, each with the same
# prior.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.classical.bayesian_linear import prior
from udlbook.data import cosine_features, noisy_wave
from udlbook.plot import COLORS, book_style
from udlbook.probability import Normal

rng = np.random.default_rng(2)
x = rng.uniform(0, 1, size=30)
y = noisy_wave(x, sigma=0.1, rng=rng)
sizes = np.arange(1, 31)
fit, evidence = [], []
for k in sizes:
    features, before = cosine_features(x, k), prior(k, width=0.3)
    mean = before.update(features, y, sigma=0.1).mean
    fit.append(Normal(features @ mean, 0.1).log_prob(y).sum())
    evidence.append(before.log_evidence(features, y, sigma=0.1))
best = int(np.argmax(evidence))

# %%
# **Draw.** What lies between the two curves is the price of the weights that had to be learned.
with book_style():
    fig, ax = plt.subplots(figsize=(5.8, 4.2))
    ax.fill_between(sizes, evidence, fit, color=COLORS["grey"], alpha=0.12, lw=0)
    ax.plot(sizes, fit, color=COLORS["orange"])
    ax.plot(sizes, evidence, color=COLORS["blue"])
    ax.plot(sizes[best], evidence[best], "o", color=COLORS["blue"])
    ax.text(sizes[best], evidence[best] - 5, "best", ha="center", va="top", color=COLORS["blue"])
    ax.text(29.5, fit[-1] + 3, "fit: log likelihood", ha="right", color=COLORS["orange"])
    ax.text(29.5, evidence[-1] - 9, "log evidence", ha="right", color=COLORS["blue"])
    ax.text(20, 2, "price of the weights", ha="center", va="center", color=COLORS["grey"])
    ax.set(xlabel="number of features $K$", ylabel="nats", xlim=(1, 30), ylim=(-62, 50))
