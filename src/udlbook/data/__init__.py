"""Data sets, made or bundled, as NumPy arrays.

``mnist1d`` is a small, hard relative of MNIST that one can generate; ``regression`` holds one
curve whose noise, and therefore whose best possible error, is known.
"""

from .mnist1d import MNIST1D, MNIST1DConfig, make_mnist1d, mnist1d_stages, mnist1d_templates
from .regression import cosine_features, damped_wave, noisy_wave

__all__ = [
    "MNIST1D",
    "MNIST1DConfig",
    "cosine_features",
    "damped_wave",
    "make_mnist1d",
    "mnist1d_stages",
    "mnist1d_templates",
    "noisy_wave",
]
