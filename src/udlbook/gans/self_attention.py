r"""Self-attention for images: every place may ask every other place.

With the N places of an image as columns of x (C, N), and four matrices,

    beta[j, i] = softmax over i of (W_f x_i) . (W_g x_j),
    o_j = W_v sum_i beta[j, i] W_h x_i,    y = gamma o + x.

gamma is one number that starts at zero: a new block does nothing, and learns to look far only once
it pays.

Source: Zhang, Goodfellow, Metaxas & Odena, "Self-attention generative adversarial networks", ICML
2019, arXiv:1805.08318, equations 1 to 3. Ours differs: nothing but the notation; the pooling of
keys and values in the authors' code, which saves memory, is left out.
"""

import torch
from torch import Tensor, nn

from .._check import check_range, check_shape
from ..layers import Conv2d


class SelfAttention2d(nn.Module):
    """y = gamma o + x, with o the attention of each place to all places.

    Args:
        channels: Channels C of the image.
        reduced: Channels of f, g and h; by default C / 8, but at least 1.

    Shapes:
        (B, C, H, W) -> (B, C, H, W).

    Raises:
        ValueError: If a size is not positive, or the shape of x does not fit.
    """

    def __init__(self, channels: int, reduced: int | None = None) -> None:
        super().__init__()
        reduced = max(1, channels // 8) if reduced is None else reduced
        check_range("reduced", reduced, 1)
        self.f = Conv2d(channels, reduced, 1, bias=False)
        self.g = Conv2d(channels, reduced, 1, bias=False)
        self.h = Conv2d(channels, reduced, 1, bias=False)
        self.v = Conv2d(reduced, channels, 1, bias=False)
        self.gamma = nn.Parameter(torch.zeros(()))

    def weights(self, x: Tensor) -> Tensor:
        """How much place j takes from place i, beta[j, i]; each row sums to 1.

        Shapes:
            x (B, C, H, W); returns (B, H W, H W).
        """
        check_shape("x", x, "B", self.f.weight.shape[1], "H", "W")
        keys, queries = self.f(x).flatten(2), self.g(x).flatten(2)  # (B, C', N)
        return (queries.mT @ keys).softmax(dim=-1)

    def forward(self, x: Tensor) -> Tensor:
        beta = self.weights(x)
        h = self.h(x)
        mixed = h.flatten(2) @ beta.mT  # (B, C', N): sum over i of beta[j, i] h_i
        return self.gamma * self.v(mixed.reshape(h.shape)) + x
