"""Generative adversarial networks: a generator that learns from whoever tells it from the data."""

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
from .training import Rivalry, alternate, calm_adam, packed, players

__all__ = [
    "AdversarialLoss",
    "Hinge",
    "LeastSquares",
    "Minimax",
    "NonSaturating",
    "Rivalry",
    "Wasserstein",
    "alternate",
    "calm_adam",
    "clip_weights",
    "gradient_penalty",
    "packed",
    "players",
    "r1_penalty",
    "slope_norms",
]
