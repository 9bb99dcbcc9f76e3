r"""
A convolution is a matrix with few different numbers
====================================================

Message: written as a matrix, a convolution has one kernel in every row, moved along. Stride skips
rows, dilation spreads the kernel, and the transpose makes a signal longer. Used in the chapter
:ref:`convolution`.

.. alt: Four matrices. Three colours run along the diagonal as stripes. With stride two the
   stripes are twice as steep, with dilation there are gaps between them, and the transposed one is
   tall.
"""

# %%
# **Compute.** The matrix of a linear map has the images of the unit vectors as its columns.
import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.colors import ListedColormap

from udlbook.layers import conv1d, conv_transpose1d
from udlbook.plot import COLORS, book_style

kernel = torch.tensor([[[1.0, 2.0, 3.0]]])
units = torch.eye(12)[:, None]
maps = {
    "padding 1": conv1d(units, kernel, padding=1),
    "dilation 3": conv1d(units, kernel, dilation=3, padding=3),
    "stride 2": conv1d(units, kernel, stride=2, padding=1),
    "transposed, stride 2": conv_transpose1d(
        torch.eye(6)[:, None], kernel, stride=2, padding=1, output_padding=1
    ),
}
matrices = {name: answer[:, 0].T.numpy() for name, answer in maps.items()}
assert np.array_equal(matrices["stride 2"], matrices["padding 1"][::2])
assert np.array_equal(matrices["transposed, stride 2"], matrices["stride 2"].T)

# %%
# **Draw.** A square for each entry; zero is left empty.
colors = ListedColormap([COLORS["blue"], COLORS["orange"], COLORS["red"]])
with book_style():
    fig, axes = plt.subplots(2, 2, figsize=(6.4, 6.6))
    for ax, (name, matrix) in zip(axes.flat, matrices.items(), strict=True):
        rows, columns = matrix.shape
        ax.imshow(np.ma.masked_equal(matrix, 0), cmap=colors, vmin=1, vmax=3)
        ax.set_xticks(np.arange(columns + 1) - 0.5, minor=True)
        ax.set_yticks(np.arange(rows + 1) - 0.5, minor=True)
        ax.grid(which="minor")
        ax.tick_params(which="both", length=0)
        ax.set(title=name, xticks=[0, columns - 1], yticks=[0, rows - 1])
        ax.set(xticklabels=[1, columns], yticklabels=[1, rows], xlabel="input", ylabel="output")
        ax.spines[:].set_visible(False)
