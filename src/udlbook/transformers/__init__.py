"""Transformers, on the attention of ``udlbook.layers``.

``model`` is the encoder-decoder of 2017, from ``positions`` and ``blocks``; ``decoding`` writes
sentences with it. ``gpt`` is the language model, plain and modern, ``bpe`` its tokenizer,
``sampling`` its way of writing; ``vit`` reads images.
"""

from .blocks import DecoderLayer, EncoderLayer, FeedForward, Residual
from .bpe import BPE, split_words
from .decoding import (
    TransformerWriter,
    Writer,
    beam_search,
    exact_matches,
    greedy,
    length_penalty,
)
from .gpt import GPT, Block, GELUNetwork, GPTConfig, next_token_loss
from .loss import smoothed_cross_entropy
from .model import Transformer, TransformerConfig, shift_right
from .modern import Rotary, SwiGLU
from .positions import frequencies, shift_matrix, sinusoidal
from .sampling import generate, probabilities, top_k, top_p
from .schedule import peak_rate
from .vit import ViT, image_patches

__all__ = [
    "BPE",
    "Block",
    "DecoderLayer",
    "EncoderLayer",
    "FeedForward",
    "GELUNetwork",
    "GPT",
    "GPTConfig",
    "Residual",
    "Rotary",
    "SwiGLU",
    "Transformer",
    "TransformerConfig",
    "TransformerWriter",
    "ViT",
    "Writer",
    "beam_search",
    "exact_matches",
    "frequencies",
    "generate",
    "greedy",
    "image_patches",
    "length_penalty",
    "next_token_loss",
    "peak_rate",
    "probabilities",
    "shift_matrix",
    "shift_right",
    "sinusoidal",
    "smoothed_cross_entropy",
    "split_words",
    "top_k",
    "top_p",
]
