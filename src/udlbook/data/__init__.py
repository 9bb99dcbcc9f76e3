"""Data sets, made or bundled, as NumPy arrays.

``mnist1d`` is a small, hard relative of MNIST that one can generate; ``regression`` holds one
curve whose noise, and therefore whose best possible error, is known; ``toy`` holds two models
with two parameters, and their training sets; ``planar`` draws classes that one can see.
"""

from .mnist1d import MNIST1D, MNIST1DConfig, make_mnist1d, mnist1d_stages, mnist1d_templates
from .planar import two_moons
from .regression import cosine_features, damped_wave, noisy_wave
from .toy import GaborModel, LineModel, gabor_points, line_points

__all__ = [
    "GaborModel",
    "LineModel",
    "MNIST1D",
    "MNIST1DConfig",
    "cosine_features",
    "damped_wave",
    "gabor_points",
    "line_points",
    "make_mnist1d",
    "mnist1d_stages",
    "mnist1d_templates",
    "noisy_wave",
    "two_moons",
]
