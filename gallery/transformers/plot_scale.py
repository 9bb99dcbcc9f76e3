r"""
Without the root, wide keys freeze the softmax
==============================================

Message: the product of two random vectors grows as the root of their width, so the softmax over
such products picks one key and its slopes vanish. Divided by that root, both stay where they
were. Lines are means over 400 random queries. Used in the chapter :ref:`transformers`.

.. alt: Two panels against the width of the keys. Unscaled, the largest of sixteen weights climbs
   to nearly one and the size of the slopes falls to a fifth; scaled, both are level.
"""

# %%
# **Compute.** Sixteen random keys for each query. The slopes of softmax are p_j (1 - p_j) on the
# diagonal and -p_i p_j off it; their size is the Frobenius norm of that matrix.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.plot import COLORS, book_style, label_line

rng = np.random.default_rng(0)
widths = 2 ** np.arange(0, 11)
largest, slopes = {"plain": [], "scaled": []}, {"plain": [], "scaled": []}
for d in widths:
    q, k = rng.normal(size=(400, 1, d)), rng.normal(size=(400, 16, d))
    scores = (q * k).sum(axis=-1)  # (400, 16)
    for name, s in (("plain", scores), ("scaled", scores / np.sqrt(d))):
        e = np.exp(s - s.max(axis=1, keepdims=True))
        p = e / e.sum(axis=1, keepdims=True)
        jacobian = np.eye(16) * p[:, :, None] - p[:, :, None] * p[:, None, :]
        largest[name].append(p.max(axis=1).mean())
        slopes[name].append(np.sqrt((jacobian**2).sum(axis=(1, 2))).mean())

# %%
# **Draw.** The largest weight above, the slopes below.
names = {"plain": "$q\\cdot k$", "scaled": "$q\\cdot k\\,/\\sqrt{d_k}$"}
with book_style():
    fig, axes = plt.subplots(2, 1, figsize=(5.6, 4.8), sharex=True)
    for ax, values in zip(axes, (largest, slopes), strict=True):
        for name, color in (("plain", "orange"), ("scaled", "blue")):
            (line,) = ax.plot(widths, values[name], "o-", ms=4, color=COLORS[color])
            label_line(ax, line, names[name], dx=8)
    axes[0].set(xscale="log", ylabel="largest weight", ylim=(0, 1.02))
    axes[1].set(ylabel="size of the slopes", xlabel="width of the keys $d_k$", ylim=(0, None))
    axes[1].set_xticks([1, 4, 16, 64, 256, 1024], ["1", "4", "16", "64", "256", "1024"])
    axes[1].minorticks_off()
