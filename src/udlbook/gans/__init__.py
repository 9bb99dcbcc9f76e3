"""Generative adversarial networks: a generator that learns from whoever tells it from the data."""

from .conditional import ClassGenerator, PatchCritic, ProjectionCritic, UNetGenerator
from .dcgan import DCCritic, DCGenerator, small_weights
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
from .planar import planar_critic, planar_generator
from .self_attention import SelfAttention2d
from .spectral_norm import SpectralNorm, spectral_norm
from .training import Rivalry, alternate, calm_adam, packed, players
from .wasserstein import Transport, sinkhorn, wasserstein_1d

__all__ = [
    "AdversarialLoss",
    "ClassGenerator",
    "DCCritic",
    "DCGenerator",
    "Hinge",
    "LeastSquares",
    "Minimax",
    "NonSaturating",
    "PatchCritic",
    "ProjectionCritic",
    "Rivalry",
    "SelfAttention2d",
    "SpectralNorm",
    "Transport",
    "UNetGenerator",
    "Wasserstein",
    "alternate",
    "calm_adam",
    "clip_weights",
    "gradient_penalty",
    "packed",
    "planar_critic",
    "planar_generator",
    "players",
    "r1_penalty",
    "sinkhorn",
    "slope_norms",
    "small_weights",
    "spectral_norm",
    "wasserstein_1d",
]
