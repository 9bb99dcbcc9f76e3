"""Building blocks that several topics share, on torch."""

from .attention import (
    KVCache,
    MultiHeadAttention,
    causal_mask,
    fused_attention,
    padding_mask,
    scaled_dot_product,
    watching,
)
from .mlp import SkipMLP, logistic_regression, mlp
from .parameters import count_parameters

__all__ = [
    "KVCache",
    "MultiHeadAttention",
    "SkipMLP",
    "causal_mask",
    "count_parameters",
    "fused_attention",
    "logistic_regression",
    "mlp",
    "padding_mask",
    "scaled_dot_product",
    "watching",
]
