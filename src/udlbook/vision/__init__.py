"""Networks for signals and images whose parts keep their meaning when they move."""

from .mnist1d import PooledCNN, StridedCNN

__all__ = ["PooledCNN", "StridedCNN"]
