r"""The transformer of Vaswani et al.: an encoder that reads, a decoder that writes.

One table of embeddings serves three times: for the source, for the target, and, transposed, as
the last layer that turns vectors into logits. Going in it is multiplied by sqrt(d_model), so that
the token is as loud as its position.

Source: Vaswani et al., "Attention is all you need", NeurIPS 2017, arXiv:1706.03762; sizes from
table 3. Ours differs: pre-norm, learned positions and no positions at all are options, and the
pre-norm stacks end in one more layer normalization.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from .._check import check_choice, check_range, check_shape
from ..data import BOS, PAD
from ..layers import KVCache, padding_mask
from .blocks import NORMS, DecoderLayer, EncoderLayer
from .positions import sinusoidal

POSITIONS = ("sinusoidal", "learned", "none")


@dataclass(frozen=True)
class TransformerConfig:
    """Sizes of a transformer; the defaults are the paper's base model.

    Raises:
        ValueError: If a size is not positive, or a choice does not exist.
    """

    vocab: int = 37_000  # tokens, shared by both languages
    d_model: int = 512  # width of the vectors
    n_heads: int = 8  # heads of attention, each of width d_model / n_heads
    d_ff: int = 2048  # hidden width of the feed-forward networks
    n_layers: int = 6  # layers of the encoder, and of the decoder
    dropout: float = 0.1
    norm: str = "post"  # or "pre"
    positions: str = "sinusoidal"  # or "learned", "none"
    max_len: int = 512  # rows of the table of learned positions

    def __post_init__(self) -> None:
        for name in ("vocab", "d_model", "n_heads", "d_ff", "n_layers", "max_len"):
            check_range(name, getattr(self, name), 1)
        check_choice("norm", self.norm, NORMS)
        check_choice("positions", self.positions, POSITIONS)

    @classmethod
    def base(cls) -> "TransformerConfig":
        """The base model of table 3."""
        return cls()

    @classmethod
    def big(cls) -> "TransformerConfig":
        """The big model of table 3."""
        return cls(d_model=1024, n_heads=16, d_ff=4096, dropout=0.3)


class Transformer(nn.Module):
    """Encoder and decoder over one shared vocabulary.

    Shapes:
        source (B, S), target (B, T), token ids -> logits (B, T, vocab).
    """

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        c = self.config = config
        sizes = (c.d_model, c.n_heads, c.d_ff, c.dropout, c.norm)
        self.embedding = nn.Embedding(c.vocab, c.d_model)
        nn.init.normal_(self.embedding.weight, std=c.d_model**-0.5)  # times sqrt(d_model): 1
        if c.positions == "learned":
            self.places = nn.Embedding(c.max_len, c.d_model)
        self.dropout = nn.Dropout(c.dropout)
        self.encoder = nn.ModuleList(EncoderLayer(*sizes) for _ in range(c.n_layers))
        self.decoder = nn.ModuleList(DecoderLayer(*sizes) for _ in range(c.n_layers))
        last = nn.LayerNorm if c.norm == "pre" else nn.Identity
        self.encoder_norm, self.decoder_norm = last(c.d_model), last(c.d_model)

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        """Logits of the token after each target token, for teacher forcing.

        Args:
            source: Sentences to read, filled up with PAD.
            target: Sentences so far, beginning with BOS.
        """
        return self.decode(target, *self.encode(source))

    def encode(self, source: Tensor) -> tuple[Tensor, Tensor]:
        """Read. Shapes: (B, S) -> memory (B, S, d_model) and its mask (B, 1, 1, S)."""
        mask = padding_mask(source, PAD)
        x = self.embed(source)
        for layer in self.encoder:
            x = layer(x, mask)
        return self.encoder_norm(x), mask

    def decode(
        self,
        target: Tensor,
        memory: Tensor,
        memory_mask: Tensor,
        caches: list[tuple[KVCache, KVCache]] | None = None,
    ) -> Tensor:
        """Logits of the next tokens.

        Args:
            target: Tokens so far; with caches, the new ones only.
            memory: What ``encode`` returned.
            memory_mask: Likewise.
            caches: One pair a layer, from ``new_caches``.

        Shapes:
            target (B, T) -> (B, T, vocab).
        """
        x = self.embed(target, start=len(caches[0][0]) if caches else 0)
        for i, layer in enumerate(self.decoder):
            x = layer(x, memory, memory_mask, caches[i] if caches else None)
        return self.decoder_norm(x) @ self.embedding.weight.T

    def new_caches(self) -> list[tuple[KVCache, KVCache]]:
        """Empty caches for writing one token at a time."""
        return [(KVCache(), KVCache()) for _ in self.decoder]

    def embed(self, tokens: Tensor, *, start: int = 0) -> Tensor:
        """Token vectors times sqrt(d_model), plus positions. Shapes: (B, L) -> (B, L, d_model).

        Raises:
            ValueError: If learned positions end before the tokens do.
        """
        check_shape("tokens", tokens, "B", "L")
        c, end = self.config, start + tokens.shape[1]
        x = self.embedding(tokens) * math.sqrt(c.d_model)
        if c.positions == "sinusoidal":
            x = x + sinusoidal(end - start, c.d_model, start=start).to(x)
        elif c.positions == "learned":
            check_range("position", end, 0, c.max_len)
            x = x + self.places.weight[start:end]
        return self.dropout(x)


def shift_right(target: Tensor) -> Tensor:
    """What the decoder sees when it is to say ``target``: BOS, then all but the last token.

    Shapes:
        (B, T) -> (B, T).

    >>> shift_right(torch.tensor([[7, 8, 2]]))
    tensor([[1, 7, 8]])
    """
    check_shape("target", target, "B", "T")
    return torch.cat([torch.full_like(target[:, :1], BOS), target[:, :-1]], dim=1)
