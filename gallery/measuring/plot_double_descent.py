r"""
Test error peaks where the fit first becomes exact, then falls again
====================================================================

Message: 400 examples, a growing number of random features. The peak stands where there are as
many features as examples; there the weights are longest, and beyond it they shrink. Used in the
chapter :ref:`measuring-performance`.

.. alt: Two panels above each other against the number of random features, logarithmic. Test error
   dips, peaks sharply at 400, where the squared training error reaches zero, and falls again; the
   norm of the weights peaks at the same place.
"""

# %%
# **Compute.** Least squares of least norm on random ReLU features of MNIST-1D, 15 percent of whose
# labels are random; three draws of examples, labels and features.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.data import make_mnist1d
from udlbook.plot import COLORS, book_style, label_line

data, n = make_mnist1d(), 400
widths = np.array([10, 25, 50, 100, 150, 200, 280, 340, 380, 400, 420, 470, 600, 1000, 2000, 4000])


def one_draw(seed):
    """Squared training error, test error rate and norm of the weights at each width."""
    rng = np.random.default_rng(seed)
    chosen = rng.permutation(len(data.x))[:n]
    y = np.where(rng.random(n) < 0.15, rng.integers(10, size=n), data.y[chosen])
    weight = rng.standard_normal((40, widths[-1])) / np.sqrt(40)
    bias = 0.5 * rng.standard_normal(widths[-1])
    features, unseen = (np.maximum(x @ weight + bias, 0) for x in (data.x[chosen], data.x_test))
    wanted, rows = np.eye(10)[y] - 0.1, []
    for k in widths:
        w = np.linalg.lstsq(features[:, :k], wanted)[0]
        train = ((features[:, :k] @ w - wanted) ** 2).sum(axis=1).mean()
        test = ((unseen[:, :k] @ w).argmax(axis=1) != data.y_test).mean()
        rows.append((train, test, np.linalg.norm(w)))
    return rows


train, test, norm = np.mean([one_draw(seed) for seed in range(3)], axis=0).T

# %%
# **Draw.** One axis of features for both panels; the line marks the threshold.
with book_style():
    fig, (top, low) = plt.subplots(2, 1, figsize=(6.4, 4.8), sharex=True, height_ratios=[1.7, 1])
    (line,) = top.semilogx(widths, test, "o-", ms=4, color=COLORS["red"])
    label_line(top, line, "test\nerror rate")
    (line,) = top.semilogx(widths, train, "o-", ms=4, color=COLORS["blue"])
    label_line(top, line, "squared\ntraining\nerror")
    top.axhline(0.9, color=COLORS["grey"], lw=1)
    top.text(10, 0.91, "chance", va="bottom", fontsize=10, color=COLORS["grey"])
    top.set(ylabel="error", ylim=(-0.02, 1))
    low.loglog(widths, norm, "o-", ms=4, color=COLORS["purple"])
    low.set(xlabel="number of random features $K$", ylabel="norm of weights")
    low.set_xticks([10, 100, 400, 1000, 4000], ["10", "100", "400 = $N$", "1000", "4000"])
    low.minorticks_off()
    for ax in (top, low):
        ax.axvline(n, color=COLORS["grey"], lw=0.8, ls=":")
