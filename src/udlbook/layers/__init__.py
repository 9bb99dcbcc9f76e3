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
from .convolution import (
    Conv1d,
    Conv2d,
    ConvTranspose2d,
    conv1d,
    conv2d,
    conv_transpose1d,
    conv_transpose2d,
    output_size,
    patches,
)
from .mlp import SkipMLP, logistic_regression, mlp
from .normalization import BatchNorm, LayerNorm, RMSNorm
from .parameters import count_parameters

__all__ = [
    "BatchNorm",
    "Conv1d",
    "Conv2d",
    "ConvTranspose2d",
    "LayerNorm",
    "RMSNorm",
    "conv1d",
    "conv2d",
    "conv_transpose1d",
    "conv_transpose2d",
    "output_size",
    "patches",
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
