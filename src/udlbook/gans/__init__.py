"""Generative adversarial networks: a generator that learns from whoever tells it from the data."""

from .conditional import ClassGenerator, PatchCritic, ProjectionCritic, UNetGenerator
from .dcgan import DCCritic, DCGenerator, small_weights
from .generators import (
    ChainNet,
    MixtureNet,
    NoisyNet,
    PushNet,
    SquareNet,
    normal_log_prob,
    normal_quantiles,
)
from .losses import (
    AdversarialLoss,
    Hinge,
    LeastSquares,
    Minimax,
    NonSaturating,
    Wasserstein,
    clip_weights,
    gradient_penalty,
    r1_penalty,
    slope_norms,
)
from .matching import (
    assigned,
    kernel_discrepancy,
    nearest_data,
    nearest_samples,
    random_pairs,
)
from .planar import Sinusoids, planar_critic, planar_generator
from .self_attention import SelfAttention2d
from .spectral_norm import SpectralNorm, spectral_norm
from .training import Rivalry, alternate, calm_adam, noise, packed, players
from .wasserstein import Transport, sinkhorn, wasserstein_1d

__all__ = [
    "AdversarialLoss",
    "ClassGenerator",
    "ChainNet",
    "DCCritic",
    "DCGenerator",
    "Hinge",
    "LeastSquares",
    "Minimax",
    "MixtureNet",
    "NoisyNet",
    "NonSaturating",
    "PatchCritic",
    "ProjectionCritic",
    "PushNet",
    "Rivalry",
    "SelfAttention2d",
    "Sinusoids",
    "SpectralNorm",
    "SquareNet",
    "Transport",
    "UNetGenerator",
    "Wasserstein",
    "alternate",
    "assigned",
    "calm_adam",
    "clip_weights",
    "gradient_penalty",
    "kernel_discrepancy",
    "nearest_data",
    "nearest_samples",
    "normal_log_prob",
    "normal_quantiles",
    "noise",
    "packed",
    "planar_critic",
    "planar_generator",
    "players",
    "r1_penalty",
    "random_pairs",
    "sinkhorn",
    "slope_norms",
    "small_weights",
    "spectral_norm",
    "wasserstein_1d",
]
