r"""
What a kernel answers to
========================

Message: nine numbers make a detector. A kernel of differences answers where the ink begins or
ends; one of averages blurs. Used in the chapter :ref:`convolution`.

.. alt: A handwritten digit three, and three versions of it. One has its horizontal strokes
   outlined in two colours, one its vertical strokes, one is blurred.
"""

# %%
# **Compute.** One digit, drawn larger, and three kernels.
import matplotlib.pyplot as plt
import torch

from udlbook.data import digits
from udlbook.layers import conv2d
from udlbook.plot import book_style
from udlbook.vision import upsample_bilinear

data = digits()
image = torch.from_numpy(data.x[data.y == 3][1])[None, None]
image = upsample_bilinear(torch.nn.functional.pad(image, [1] * 4), 4)  # (1, 1, 40, 40)
across = torch.tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]], dtype=torch.float64)
kernels = {
    "difference, downwards": across.T,
    "difference, to the right": across,
    "average of 25": torch.full((5, 5), 1 / 25, dtype=torch.float64),
}
answers = {"the image": image[0, 0]}
for name, kernel in kernels.items():
    answers[name] = conv2d(image, kernel[None, None], padding=len(kernel) // 2)[0, 0]

# %%
# **Draw.** Signed answers have blue for negative and red for positive.
with book_style():
    fig, axes = plt.subplots(2, 2, figsize=(6.4, 6.4))
    for ax, (name, answer) in zip(axes.flat, answers.items(), strict=True):
        signed = "difference" in name
        answer = answer.numpy()
        top = abs(answer).max()
        ax.imshow(answer, cmap="RdBu_r" if signed else "viridis", vmin=-top if signed else 0,
                  vmax=top)  # fmt: skip
        ax.set(title=name, xticks=[], yticks=[])
        ax.spines[:].set_visible(False)
