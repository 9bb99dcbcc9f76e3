r"""
Gaussian layers keep the average and lose the directions
========================================================

Message: the singular values of a product of Gaussian matrices have the right mean square, and
spread over ever more powers of ten as layers are added. Those of orthogonal matrices are all 1.
Used in the chapter on initialization.

.. alt: Singular values in falling order on a logarithmic axis. One Gaussian matrix bends down at
   the end, ten fall by ten powers of ten, fifty by far more. Orthogonal ones make a level line.
"""

# %%
# **Compute.** Directions are followed one layer after another, with a QR decomposition in each,
# so that small values are not drowned by large ones.
import matplotlib.pyplot as plt
import numpy as np

from udlbook.initialization import lecun_normal, orthogonal
from udlbook.plot import COLORS, book_style, label_line

rng = np.random.default_rng(0)
width = 50


def log10_values(draw, depth, rounds=60):
    """Logarithms of the singular values of a product, by repeated QR on both sides."""
    factors = [draw((width, width), rng=rng) for _ in range(depth)]
    Q = np.eye(width)
    for _ in range(rounds):  # orthogonal iteration, with logarithms of the diagonal
        sums = np.zeros(width)
        for W in [*factors, *(W.T for W in factors[::-1])]:
            Q, R = np.linalg.qr(W @ Q)
            sums += np.log10(np.abs(np.diag(R)))
    return sums / 2


gaussian = {depth: log10_values(lecun_normal, depth) for depth in (1, 10, 50)}
level = log10_values(orthogonal, 50, rounds=1)
direct = np.log10(np.linalg.svd(lecun_normal((width, width), rng=np.random.default_rng(1)))[1])
assert abs(gaussian[1][0] - direct[0]) < 0.1 and np.allclose(level, 0)

# %%
# **Draw.** The scale counts powers of ten.
with book_style():
    fig, ax = plt.subplots(figsize=(6.4, 3.8))
    index = np.arange(1, width + 1)
    for (depth, values), color in zip(gaussian.items(), ("orange", "red", "purple"), strict=True):
        (line,) = ax.plot(index, values, ".-", ms=4, lw=1.1, color=COLORS[color])
        label_line(ax, line, "1 layer" if depth == 1 else f"{depth} layers")
    (line,) = ax.plot(index, level, color=COLORS["blue"])
    label_line(ax, line, "orthogonal, any number of layers", x=49, dx=0, dy=9, ha="right")
    ax.text(30, -22, "Gaussian", ha="right")
    ax.set(xlabel="singular value, from large to small", xlim=(0, 51))
    ax.set(ylabel=r"$\log_{10}$ of the value")
