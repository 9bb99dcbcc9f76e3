r"""A decoder-only transformer that says which token comes next: GPT-2, and its modern relatives.

Each block adds to a stream of vectors: x <- x + attention(norm(x)), x <- x + network(norm(x)). No
position sees a later one, so one pass over T tokens gives T predictions. The table of embeddings
also serves, transposed, as the last layer.

Sources: Radford et al., "Language models are unsupervised multitask learners", 2019, section 2.3
(GPT-2); Touvron et al., "LLaMA: open and efficient foundation language models",
arXiv:2302.13971, section 2.2 (the modern options). Ours differs: no dropout by default, as in most
models that see each text once; the modern preset ties input and output embeddings.
"""

import math
from dataclasses import dataclass

from torch import Tensor, nn
from torch.nn import functional as F

from .._check import check_choice, check_range, check_shape
from ..layers import KVCache, LayerNorm, MultiHeadAttention, RMSNorm
from .modern import Rotary, SwiGLU

NORMS = ("layer", "rms")
POSITIONS = ("learned", "rotary", "none")
NETWORKS = ("gelu", "swiglu")


@dataclass(frozen=True)
class GPTConfig:
    """Sizes and choices of a language model.

    Raises:
        ValueError: If a size is not positive, or a choice does not exist.
    """

    vocab: int  # tokens
    context: int  # positions at most
    d_model: int  # width of the vectors
    n_heads: int  # heads of queries
    n_layers: int  # blocks
    n_kv_heads: int | None = None  # heads of keys and values; n_heads if None
    d_ff: int | None = None  # hidden width; 4 d_model if None, and 2/3 of that for SwiGLU
    norm: str = "layer"  # or "rms"
    positions: str = "learned"  # or "rotary", "none"
    network: str = "gelu"  # or "swiglu"
    bias: bool = True  # of the linear layers of attention
    dropout: float = 0.0

    def __post_init__(self) -> None:
        for name in ("vocab", "context", "d_model", "n_heads", "n_layers"):
            check_range(name, getattr(self, name), 1)
        check_choice("norm", self.norm, NORMS)
        check_choice("positions", self.positions, POSITIONS)
        check_choice("network", self.network, NETWORKS)

    @classmethod
    def gpt2_small(cls) -> "GPTConfig":
        """The smallest of the four models of GPT-2's table 2, as it was released."""
        return cls(vocab=50_257, context=1024, d_model=768, n_heads=12, n_layers=12)

    @classmethod
    def modern(
        cls, vocab: int, context: int, d_model: int, n_heads: int, n_layers: int, **options
    ):
        """RMS norm, rotary positions, SwiGLU and no biases; the same sizes otherwise."""
        choices = {"norm": "rms", "positions": "rotary", "network": "swiglu", "bias": False}
        return cls(vocab, context, d_model, n_heads, n_layers, **(choices | options))

    @property
    def hidden(self) -> int:
        """Hidden width of the feed-forward networks."""
        if self.d_ff is not None:
            return self.d_ff
        return 4 * self.d_model if self.network == "gelu" else round(8 * self.d_model / 3)


class GELUNetwork(nn.Module):
    """Two linear layers with a GELU between them.

    Args:
        d_model: Width of the vectors.
        d_ff: Hidden width.
        approximate: ``"tanh"`` as in GPT-2, or ``"none"`` for the exact one.

    Shapes:
        (..., d_model) -> (..., d_model).
    """

    def __init__(self, d_model: int, d_ff: int, approximate: str = "tanh") -> None:
        super().__init__()
        check_choice("approximate", approximate, ("tanh", "none"))
        self.first, self.second = nn.Linear(d_model, d_ff), nn.Linear(d_ff, d_model)
        self.approximate = approximate

    def forward(self, x: Tensor) -> Tensor:
        return self.second(F.gelu(self.first(x), approximate=self.approximate))


class Block(nn.Module):
    """Attention and a network, each behind a norm and with a way around it.

    Args:
        attention: A self-attention layer.
        network: What each position passes alone.
        norm: Makes a norm; called twice.
        dropout: Probability of losing a number of what is added.

    Shapes:
        x (B, L, d_model); returns the same.
    """

    def __init__(self, attention: MultiHeadAttention, network: nn.Module, norm, dropout=0.0):
        super().__init__()
        self.attention, self.network = attention, network
        self.norm1, self.norm2 = norm(), norm()
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, **options) -> Tensor:
        """Options go to the attention: ``causal``, ``mask``, ``cache``, ``rotate``."""
        x = x + self.dropout(self.attention(self.norm1(x), **options))
        return x + self.dropout(self.network(self.norm2(x)))


class GPT(nn.Module):
    """A language model.

    Args:
        config: Its sizes and choices.

    Shapes:
        tokens (B, T) -> logits of each next token (B, T, vocab).

    Raises:
        ValueError: If there are more tokens than ``config.context``.
    """

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        c = self.config = config
        self.embedding = nn.Embedding(c.vocab, c.d_model)
        if c.positions == "learned":
            self.places = nn.Embedding(c.context, c.d_model)
        self.rotary = Rotary(c.d_model // c.n_heads) if c.positions == "rotary" else None
        self.dropout = nn.Dropout(c.dropout)
        self.blocks = nn.ModuleList(self._block() for _ in range(c.n_layers))
        self.norm = self._norm()
        self._initialize()

    def _norm(self) -> nn.Module:
        return {"layer": LayerNorm, "rms": RMSNorm}[self.config.norm](self.config.d_model)

    def _block(self) -> Block:
        c = self.config
        attention = MultiHeadAttention(
            c.d_model, c.n_heads, c.n_kv_heads, bias=c.bias, dropout=c.dropout
        )
        network = {"gelu": GELUNetwork, "swiglu": SwiGLU}[c.network](c.d_model, c.hidden)
        return Block(attention, network, self._norm, c.dropout)

    def _initialize(self) -> None:
        """Normal weights of deviation 0.02; smaller where a layer adds to the stream."""
        for module in self.modules():
            if isinstance(module, nn.Linear | nn.Embedding):
                nn.init.normal_(module.weight, std=0.02)
            if isinstance(module, nn.Linear) and module.bias is not None:
                nn.init.zeros_(module.bias)
        small = 0.02 / math.sqrt(2 * self.config.n_layers)
        for block in self.blocks:
            nn.init.normal_(block.attention.w_o.weight, std=small)
            nn.init.normal_(block.network.second.weight, std=small)

    def forward(self, tokens: Tensor, caches: list[KVCache] | None = None) -> Tensor:
        """Logits of the token after each one.

        Args:
            tokens: Token numbers; with caches, the new ones only.
            caches: One a block, from ``new_caches``.
        """
        check_shape("tokens", tokens, "B", "T")
        start = len(caches[0]) if caches else 0
        end = start + tokens.shape[1]
        if end > self.config.context:
            raise ValueError(f"tokens must be at most {self.config.context}; got {end}")
        x = self.embedding(tokens)  # (B, T, d_model)
        if self.config.positions == "learned":
            x = x + self.places.weight[start:end]
        x = self.dropout(x)
        for i, block in enumerate(self.blocks):
            cache = caches[i] if caches else None
            x = block(x, causal=True, cache=cache, rotate=self.rotary)
        return self.norm(x) @ self.embedding.weight.T

    def new_caches(self) -> list[KVCache]:
        """Empty caches, for reading a text in pieces."""
        return [KVCache() for _ in self.blocks]


def next_token_loss(model: nn.Module, tokens: Tensor) -> Tensor:
    """Mean cross-entropy of each token given those before it, in nats a token.

    Args:
        model: Maps tokens (B, T) to logits (B, T, vocab).
        tokens: Texts; the first token of each is given, not predicted.

    Shapes:
        tokens (B, T + 1); returns ().

    Raises:
        ValueError: If there is nothing to predict.
    """
    sizes = check_shape("tokens", tokens, "B", "T")
    check_range("length of tokens", sizes["T"], 2)
    logits = model(tokens[:, :-1])
    return F.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten())
