"""Building blocks that several topics share, on torch."""

from .mlp import SkipMLP, logistic_regression, mlp
from .parameters import count_parameters

__all__ = ["SkipMLP", "count_parameters", "logistic_regression", "mlp"]
