"""Transformers, on the attention of ``udlbook.layers``.

``model`` is the encoder-decoder of 2017, from ``positions`` and ``blocks``; ``decoding`` writes
sentences with it.
"""

from .blocks import DecoderLayer, EncoderLayer, FeedForward, Residual
from .decoding import (
    TransformerWriter,
    Writer,
    beam_search,
    exact_matches,
    greedy,
    length_penalty,
)
from .loss import smoothed_cross_entropy
from .model import Transformer, TransformerConfig, shift_right
from .positions import frequencies, shift_matrix, sinusoidal
from .schedule import peak_rate

__all__ = [
    "DecoderLayer",
    "EncoderLayer",
    "FeedForward",
    "Residual",
    "Transformer",
    "TransformerConfig",
    "TransformerWriter",
    "Writer",
    "beam_search",
    "exact_matches",
    "frequencies",
    "greedy",
    "length_penalty",
    "peak_rate",
    "shift_matrix",
    "shift_right",
    "sinusoidal",
    "smoothed_cross_entropy",
]
