r"""
More components always fit better, and soon predict worse
=========================================================

Message: on the data the likelihood rises with every component; on new data, and by the Bayesian
information criterion, it is best at the number that made the data. Used in the chapter
:ref:`latent-variables`.

.. alt: Against the number of components from 1 to 8, the log-likelihood of the data rises all the
   way; that of new data and the criterion rise to 3 and then fall.
"""

# %%
# **Compute.** Mixtures of one to eight normals, sixty starts each, on 400 points of three clouds.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.classical.mixtures import fit_normals, three_clouds
from udlbook.plot import COLORS, book_style, label_line

rng = np.random.default_rng(1)
x, _ = three_clouds().sample(400, rng=rng)
new, _ = three_clouds().sample(20_000, rng=rng)
counts = np.arange(1, 9)
rows = []
for k in counts:
    found = fit_normals(x, int(k), rng=rng, restarts=60, floor=1e-4)
    m = found.model
    rows.append((found.log_likelihood, m.log_prob(new).mean(), -m.bic(x) / (2 * len(x))))
train, test, bic = np.array(rows).T

# %%
# **Draw.** All three in nats per point; the criterion is divided by -2 N.
with book_style():
    fig, ax = plt.subplots(figsize=(6.2, 3.8))
    for values, name, color in [
        (train, "the data", "blue"),
        (test, "new data", "red"),
        (bic, "criterion", "green"),
    ]:
        (line,) = ax.plot(counts, values, "o-", ms=5, color=COLORS[color])
        label_line(ax, line, name, dx=8)
        if name != "the data":
            best = values.argmax()
            ax.plot(counts[best], values[best], "o", ms=12, mfc="none", color=COLORS[color])
    ax.set(xlabel="components $K$", ylabel="log-likelihood, nats per point", xticks=counts)
