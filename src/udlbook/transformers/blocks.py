r"""The layers of encoder and decoder: attention and a small network, each with a way around it.

Every sublayer f is wrapped in a residual connection and a layer normalization. In the paper the
norm comes last, x <- LN(x + f(x)); "pre-norm" puts it inside, x <- x + f(LN(x)), so that the sum
runs untouched from bottom to top and training needs no warm-up.

Sources: Vaswani et al., "Attention is all you need", NeurIPS 2017, arXiv:1706.03762, sections 3.1
and 3.3; Xiong et al., "On layer normalization in the transformer architecture", ICML 2020,
arXiv:2002.04745. Ours differs: dropout also hits the attention weights, as in most code.
"""

from torch import Tensor, nn

from .._check import check_choice
from ..layers import KVCache, MultiHeadAttention

NORMS = ("post", "pre")


class FeedForward(nn.Module):
    """The same two-layer network at every position: W_2 relu(W_1 x + b_1) + b_2.

    Shapes:
        (..., d_model) -> (..., d_model).
    """

    def __init__(self, d_model: int, d_ff: int) -> None:
        super().__init__()
        self.first = nn.Linear(d_model, d_ff)
        self.second = nn.Linear(d_ff, d_model)
        for linear in (self.first, self.second):
            nn.init.xavier_uniform_(linear.weight)
            nn.init.zeros_(linear.bias)

    def forward(self, x: Tensor) -> Tensor:
        return self.second(self.first(x).relu())


class Residual(nn.Module):
    """Wraps a sublayer: LN(x + dropout(f(x))) or, for pre-norm, x + dropout(f(LN(x))).

    Args:
        d_model: Width of the vectors.
        dropout: Probability of losing a coordinate of f.
        norm: ``"post"`` as in the paper, or ``"pre"``.
    """

    def __init__(self, d_model: int, dropout: float, norm: str) -> None:
        super().__init__()
        check_choice("norm", norm, NORMS)
        self.pre = norm == "pre"
        self.norm = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, f) -> Tensor:
        if self.pre:
            return x + self.dropout(f(self.norm(x)))
        return self.norm(x + self.dropout(f(x)))


class EncoderLayer(nn.Module):
    """Self-attention, then the feed-forward network.

    Args:
        d_model: Width of the vectors.
        n_heads: Attention heads.
        d_ff: Hidden width of the feed-forward network.
        dropout: Probability of losing a number in training.
        norm: ``"post"`` or ``"pre"``.

    Shapes:
        x (B, S, d_model); mask broadcasts to (B, n_heads, S, S). Returns (B, S, d_model).
    """

    def __init__(
        self, d_model: int, n_heads: int, d_ff: int, dropout: float = 0.1, norm: str = "post"
    ) -> None:
        super().__init__()
        self.attention = MultiHeadAttention(d_model, n_heads, dropout=dropout)
        self.feed_forward = FeedForward(d_model, d_ff)
        self.around_attention = Residual(d_model, dropout, norm)
        self.around_feed_forward = Residual(d_model, dropout, norm)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        x = self.around_attention(x, lambda a: self.attention(a, mask=mask))
        return self.around_feed_forward(x, self.feed_forward)


class DecoderLayer(nn.Module):
    """Causal self-attention, attention to the encoder's output, then the feed-forward network.

    Args:
        d_model: Width of the vectors.
        n_heads: Attention heads, in both kinds of attention.
        d_ff: Hidden width of the feed-forward network.
        dropout: Probability of losing a number in training.
        norm: ``"post"`` or ``"pre"``.

    Shapes:
        x (B, T, d_model); memory (B, S, d_model); memory_mask broadcasts to (B, n_heads, T, S).
        Returns (B, T, d_model).
    """

    def __init__(
        self, d_model: int, n_heads: int, d_ff: int, dropout: float = 0.1, norm: str = "post"
    ) -> None:
        super().__init__()
        self.attention = MultiHeadAttention(d_model, n_heads, dropout=dropout)
        self.cross_attention = MultiHeadAttention(d_model, n_heads, dropout=dropout)
        self.feed_forward = FeedForward(d_model, d_ff)
        self.around_attention = Residual(d_model, dropout, norm)
        self.around_cross_attention = Residual(d_model, dropout, norm)
        self.around_feed_forward = Residual(d_model, dropout, norm)

    def forward(
        self,
        x: Tensor,
        memory: Tensor,
        memory_mask: Tensor | None = None,
        caches: tuple[KVCache, KVCache] | None = None,
    ) -> Tensor:
        """One layer, over all positions, or over new ones with the caches of the old ones.

        Args:
            x: The decoder's positions; with caches, the new ones only.
            memory: The encoder's output.
            memory_mask: True where the memory may be looked at.
            caches: Of the self-attention and of the attention to the memory.
        """
        own, cross = caches if caches is not None else (None, None)
        x = self.around_attention(x, lambda a: self.attention(a, causal=True, cache=own))
        x = self.around_cross_attention(
            x, lambda a: self.cross_attention(a, memory, mask=memory_mask, cache=cross)
        )
        return self.around_feed_forward(x, self.feed_forward)
