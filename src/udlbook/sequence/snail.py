r"""SNAIL: dilated causal convolutions that gather, and causal attention that looks up.

A dense block keeps its input and appends what a gated causal convolution of two taps makes of
it: x becomes [x; tanh(f * x) sigmoid(g * x)]. A temporal convolution (TC) block stacks dense
blocks with dilations 1, 2, 4, ..., until an output sees the whole sequence. An attention block
appends what one head of causal attention reads. Convolutions see a fixed neighbourhood exactly;
attention sees all of the past but, by itself, not the order of it.

Source: Mishra, Rohaninejad, Chen & Abbeel, "A simple neural attentive meta-learner", ICLR 2018,
arXiv:1707.03141, section 3 and figure 2. Ours differs: dilations begin at 1, where the paper's
listing begins at 2, so that no step of the past is skipped and n dense blocks see exactly the
last 2^n inputs; time is the second axis.
"""

import math

import torch
from torch import Tensor, nn

from .._check import check_range, check_shape
from ..layers import Conv1d, causal_mask, scaled_dot_product


class DenseBlock(nn.Module):
    """Append the output of a gated causal convolution to the input.

    Args:
        dim: Channels of the input.
        filters: Channels that are appended.
        dilation: Steps between the two inputs of an output.

    Shapes:
        (B, T, dim) -> (B, T, dim + filters).

    Raises:
        ValueError: If the shape does not fit, or a size is not positive.
    """

    def __init__(self, dim: int, filters: int, dilation: int) -> None:
        super().__init__()
        self.dim = dim
        self.conv = Conv1d(dim, 2 * filters, 2, dilation=dilation, causal=True)
        nn.init.normal_(self.conv.weight, std=math.sqrt(1 / (2 * dim)))

    def forward(self, x: Tensor) -> Tensor:
        check_shape("x", x, "B", "T", self.dim)
        f, g = self.conv(x.mT).mT.chunk(2, dim=2)
        return torch.cat([x, f.tanh() * g.sigmoid()], dim=2)


class TCBlock(nn.Sequential):
    """Dense blocks with doubling dilations, enough to see a whole sequence.

    Args:
        dim: Channels of the input.
        longest: Steps that the last output must see.
        filters: Channels that each dense block appends.

    Shapes:
        (B, T, dim) -> (B, T, dim + filters ceil(log2 longest)).

    Raises:
        ValueError: If a size is not positive.
    """

    def __init__(self, dim: int, longest: int, filters: int) -> None:
        check_range("longest", longest, 1)
        blocks = (longest - 1).bit_length()  # ceil(log2 longest), without rounding
        super().__init__(*(DenseBlock(dim + i * filters, filters, 2**i) for i in range(blocks)))
        self.dim_out = dim + blocks * filters


class AttentionBlock(nn.Module):
    """Append what one head of causal attention reads; a step may read itself.

    Args:
        dim: Channels of the input.
        d_key: Width of queries and keys.
        d_value: Channels that are appended.

    Shapes:
        (B, T, dim) -> (B, T, dim + d_value).

    Raises:
        ValueError: If the shape does not fit.
    """

    def __init__(self, dim: int, d_key: int, d_value: int) -> None:
        super().__init__()
        self.dim, self.dim_out = dim, dim + d_value
        self.query, self.key = nn.Linear(dim, d_key), nn.Linear(dim, d_key)
        self.value = nn.Linear(dim, d_value)

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([x, self.look(x)[0]], dim=2)

    def look(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """What is read, and the weights.

        Shapes:
            x (B, T, dim); returns (B, T, d_value) and (B, T, T).
        """
        T = check_shape("x", x, "B", "T", self.dim)["T"]
        mask = causal_mask(T, device=x.device)
        return scaled_dot_product(self.query(x), self.key(x), self.value(x), mask)


class SNAIL(nn.Module):
    """Embedding, a TC block, an attention block, and a linear layer; each part can be left out.

    Args:
        vocabulary: Number of tokens.
        longest: Steps that the TC block must see.
        embed: Width of a token's vector.
        filters: Channels a dense block appends; 0 leaves the TC block out.
        d_key: Width of queries and keys; 0 leaves the attention out.
        d_value: Channels that attention appends.

    Shapes:
        tokens (B, T) -> logits (B, T, vocabulary).

    Raises:
        ValueError: If the shape does not fit, or a size is out of range.
    """

    def __init__(
        self,
        vocabulary: int,
        longest: int,
        *,
        embed: int = 16,
        filters: int = 16,
        d_key: int = 16,
        d_value: int = 16,
    ) -> None:
        super().__init__()
        check_range("the smallest of vocabulary and embed", min(vocabulary, embed), 1)
        check_range("the smallest of filters and d_key", min(filters, d_key), 0)
        self.embed = nn.Embedding(vocabulary, embed)
        self.blocks, dim = nn.Sequential(), embed
        if filters:
            self.blocks.append(TCBlock(dim, longest, filters))
            dim = self.blocks[-1].dim_out
        if d_key:
            self.blocks.append(AttentionBlock(dim, d_key, d_value))
            dim = self.blocks[-1].dim_out
        self.out = nn.Linear(dim, vocabulary)

    def forward(self, tokens: Tensor) -> Tensor:
        check_shape("tokens", tokens, "B", "T")
        return self.out(self.blocks(self.embed(tokens)))
