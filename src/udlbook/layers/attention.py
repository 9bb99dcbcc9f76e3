r"""Scaled dot-product attention, and several heads of it side by side.

A query asks, a key answers how well it fits, and a value is what is handed over. For each query,
softmax turns its products with all keys into weights that sum to one; the output is the mean of
the values under them: Attention(Q, K, V) = softmax(Q K^T / sqrt(d_k)) V. A head is one such
question in its own low-dimensional projection; h heads ask h questions at once.

Source: Vaswani et al., "Attention is all you need", NeurIPS 2017, arXiv:1706.03762, section 3.2,
equation 1. Sharing keys and values among heads: Shazeer, "Fast transformer decoding: one
write-head is all you need", arXiv:1911.02150; Ainslie et al., "GQA", EMNLP 2023, arXiv:2305.13245.
Ours differs: the projections have biases unless told otherwise, as in most code and unlike the
paper's formula; a query that may look at nothing gets zero instead of a division by zero.
"""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .._check import check_range, check_shape


def scaled_dot_product(
    q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Attention as the paper writes it, and its weights: softmax(q k^T / sqrt(d_k)) v.

    Args:
        q: Queries.
        k: Keys.
        v: Values, one for each key.
        mask: Boolean, True where a query may look; or numbers to be added to the scores.

    Shapes:
        q (..., L, d_k); k (..., S, d_k); v (..., S, d_v); mask broadcasts to (..., L, S).
        Returns (..., L, d_v) and (..., L, S).

    Raises:
        ValueError: If the shapes do not fit.
    """
    _check_qkv(q, k, v, mask)
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])  # (..., L, S)
    if mask is None:
        weights = scores.softmax(dim=-1)
    elif mask.dtype == torch.bool:
        low = torch.finfo(scores.dtype).min  # finite, so that a row of nothing but low has a slope
        weights = scores.masked_fill(~mask, low).softmax(dim=-1) * mask
    else:
        weights = (scores + mask).softmax(dim=-1)
    return weights @ v, weights


def fused_attention(
    q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None = None, *, dropout: float = 0.0
) -> Tensor:
    """The same output from torch's fused kernels, which need not store the weights.

    Args:
        q: Queries.
        k: Keys.
        v: Values.
        mask: As in ``scaled_dot_product``.
        dropout: Probability of losing a weight.

    Shapes:
        As in ``scaled_dot_product``, without the weights.

    Raises:
        ValueError: If the shapes do not fit.
    """
    _check_qkv(q, k, v, mask)
    return F.scaled_dot_product_attention(q, k, v, attn_mask=mask, dropout_p=dropout)


def _check_qkv(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None) -> None:
    sizes = check_shape("q", q, "...", "L", "d_k")
    sizes |= check_shape("k", k, "...", "S", "d_k", d_k=sizes["d_k"])
    check_shape("v", v, "...", sizes["S"], "d_v")
    if mask is not None:
        scores = (*torch.broadcast_shapes(q.shape[:-2], k.shape[:-2]), sizes["L"], sizes["S"])
        try:
            fits = torch.broadcast_shapes(mask.shape, scores) == scores
        except RuntimeError:
            fits = False
        if not fits:
            raise ValueError(f"mask must broadcast to {scores}; got {tuple(mask.shape)}")


def causal_mask(n_queries: int, n_keys: int | None = None, *, device=None) -> Tensor:
    """True where a query may look if nobody may look ahead.

    The last query stands at the last key: with a cache there are more keys than queries.

    Shapes:
        Returns (n_queries, n_keys).

    Raises:
        ValueError: If there are fewer keys than queries.

    >>> causal_mask(2, 3).int()
    tensor([[1, 1, 0],
            [1, 1, 1]], dtype=torch.int32)
    """
    n_keys = n_queries if n_keys is None else n_keys
    check_range("n_keys", n_keys, n_queries)
    every = torch.ones(n_queries, n_keys, dtype=torch.bool, device=device)
    return every.tril(n_keys - n_queries)


def padding_mask(tokens: Tensor, pad: int) -> Tensor:
    """True where a key is a real token, shaped to broadcast over heads and queries.

    Shapes:
        tokens (B, S) -> (B, 1, 1, S).

    >>> padding_mask(torch.tensor([[5, 7, 0]]), pad=0)
    tensor([[[[ True,  True, False]]]])
    """
    check_shape("tokens", tokens, "B", "S")
    return (tokens != pad)[:, None, None, :]


class KVCache:
    """Keys and values that an attention layer has computed before.

    Self-attention appends those of new positions. Attention to a memory fills it once and then
    reads it, because the memory does not change.
    """

    def __init__(self) -> None:
        self.k: Tensor | None = None
        self.v: Tensor | None = None

    def __len__(self) -> int:
        """Positions held so far."""
        return 0 if self.k is None else self.k.shape[-2]

    def append(self, k: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
        """Add keys and values after those held, and return all.

        Shapes:
            k, v (B, G, n, d_head); returns two tensors (B, G, len(self), d_head).
        """
        if self.k is not None:
            k, v = torch.cat([self.k, k], dim=-2), torch.cat([self.v, v], dim=-2)
        self.k, self.v = k, v
        return k, v

    def select(self, rows: Tensor) -> None:
        """Keep these rows of the batch, in this order; beam search needs it.

        Shapes:
            rows (B',).
        """
        if self.k is not None:
            self.k, self.v = self.k[rows], self.v[rows]

    def n_numbers(self) -> int:
        """How many numbers are held: the memory that a cache costs."""
        return 0 if self.k is None else self.k.numel() + self.v.numel()


class MultiHeadAttention(nn.Module):
    """h heads of attention between a sequence and itself, or between it and a memory.

    Each head projects to d_model / h dimensions, attends there, and the heads' outputs, side by
    side, pass one more linear map: MultiHead(Q, K, V) = Concat(head_1, ..., head_h) W_O.

    Args:
        d_model: Width of the vectors.
        n_heads: Heads h; must divide d_model.
        n_kv_heads: Heads of keys and values; each serves n_heads / n_kv_heads heads of queries.
            By default as many as n_heads; 1 is multi-query attention.
        bias: Whether the four projections have biases.
        dropout: Probability of losing an attention weight in training.

    Shapes:
        x (B, L, d_model); memory (B, S, d_model); mask broadcasts to (B, n_heads, L, S).
        Returns (B, L, d_model).

    Raises:
        ValueError: If the numbers of heads do not divide what they must.
    """

    def __init__(
        self,
        d_model: int,
        n_heads: int,
        n_kv_heads: int | None = None,
        *,
        bias: bool = True,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        n_kv_heads = n_heads if n_kv_heads is None else n_kv_heads
        if n_heads < 1 or d_model % n_heads:
            raise ValueError(f"n_heads must divide d_model={d_model}; got {n_heads}")
        if n_kv_heads < 1 or n_heads % n_kv_heads:
            raise ValueError(f"n_kv_heads must divide n_heads={n_heads}; got {n_kv_heads}")
        check_range("dropout", dropout, 0, 1)
        self.d_model, self.n_heads, self.n_kv_heads = d_model, n_heads, n_kv_heads
        self.d_head = d_model // n_heads
        self.dropout = dropout
        d_kv = n_kv_heads * self.d_head
        self.w_q = nn.Linear(d_model, d_model, bias=bias)
        self.w_k = nn.Linear(d_model, d_kv, bias=bias)
        self.w_v = nn.Linear(d_model, d_kv, bias=bias)
        self.w_o = nn.Linear(d_model, d_model, bias=bias)
        for linear in (self.w_q, self.w_k, self.w_v, self.w_o):
            nn.init.xavier_uniform_(linear.weight)
            if bias:
                nn.init.zeros_(linear.bias)
        self._watcher: Callable[[Tensor], None] | None = None

    def forward(
        self,
        x: Tensor,
        memory: Tensor | None = None,
        *,
        mask: Tensor | None = None,
        causal: bool = False,
        cache: KVCache | None = None,
        rotate: Callable[[Tensor, int], Tensor] | None = None,
    ) -> Tensor:
        """Attend from x to the memory, or to x itself.

        Args:
            x: Where the queries come from; with a cache, the new positions only.
            memory: Where keys and values come from; x if None.
            mask: True where a query may look, or numbers to add to the scores.
            causal: Let no position look ahead; for self-attention only.
            cache: Keys and values of earlier calls.
            rotate: ``rotate(heads, start)`` turns queries and keys (B, H, L, d_head) whose first
                position is ``start``; for rotary positions.
        """
        check_shape("x", x, "B", "L", self.d_model)
        if memory is not None:
            check_shape("memory", memory, len(x), "S", self.d_model)
            if causal or rotate is not None:
                got = "causal" if causal else "rotate"
                raise ValueError(f"memory must come without causal and rotate; got {got}")
        start = len(cache) if cache is not None and memory is None else 0
        q = self._split(self.w_q(x), self.n_heads)
        if rotate is not None:
            q = rotate(q, start)
        k, v = self._keys_values(x, memory, start, cache, rotate)
        if causal and q.shape[2] > 1:  # a single last position may look at all before it
            ahead = causal_mask(q.shape[2], k.shape[2], device=x.device)
            mask = ahead if mask is None else _both(mask, ahead)
        group = self.n_heads // self.n_kv_heads
        if group > 1:
            k, v = (a.repeat_interleave(group, dim=1) for a in (k, v))
        if self._watcher is None:
            dropout = self.dropout if self.training else 0.0
            heads = fused_attention(q, k, v, mask, dropout=dropout)
        else:
            heads, weights = scaled_dot_product(q, k, v, mask)
            self._watcher(weights.detach())
        return self.w_o(heads.transpose(1, 2).flatten(2))  # (B, H, L, d) -> (B, L, H d)

    def _keys_values(
        self,
        x: Tensor,
        memory: Tensor | None,
        start: int,
        cache: KVCache | None,
        rotate: Callable[[Tensor, int], Tensor] | None,
    ) -> tuple[Tensor, Tensor]:
        if memory is not None and cache is not None and len(cache):
            return cache.k, cache.v
        source = x if memory is None else memory
        k = self._split(self.w_k(source), self.n_kv_heads)
        v = self._split(self.w_v(source), self.n_kv_heads)
        if rotate is not None:
            k = rotate(k, start)
        return (k, v) if cache is None else cache.append(k, v)

    def _split(self, a: Tensor, heads: int) -> Tensor:
        """Shapes: (B, L, heads * d_head) -> (B, heads, L, d_head)."""
        return a.unflatten(-1, (heads, self.d_head)).transpose(1, 2)


def _both(mask: Tensor, ahead: Tensor) -> Tensor:
    """A mask, boolean or additive, that also forbids what the boolean ``ahead`` forbids."""
    if mask.dtype == torch.bool:
        return mask & ahead
    return mask.masked_fill(~ahead, float("-inf"))


@contextmanager
def watching(model: nn.Module) -> Iterator[dict[str, Tensor]]:
    """Inside the block, write down the weights of every attention layer of a model.

    Yields:
        A dictionary from the layer's name in the model to its weights in its last call,
        (B, n_heads, L, S).

    >>> layer = nn.ModuleDict({"self": MultiHeadAttention(4, 2)})
    >>> with watching(layer) as maps:
    ...     _ = layer["self"](torch.zeros(1, 3, 4))
    >>> maps["self"].shape
    torch.Size([1, 2, 3, 3])
    """
    maps: dict[str, Tensor] = {}
    layers = {n: m for n, m in model.named_modules() if isinstance(m, MultiHeadAttention)}
    for name, layer in layers.items():
        layer._watcher = lambda weights, name=name: maps.__setitem__(name, weights)
    try:
        yield maps
    finally:
        for layer in layers.values():
            layer._watcher = None
