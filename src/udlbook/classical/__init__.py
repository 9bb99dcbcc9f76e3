"""Classical companions of deep learning, on NumPy alone: models with a closed form.

``ridge`` is least squares with a price on long weights; ``bayesian_linear`` keeps all the weights
that the data leave possible, as a normal.
"""

from . import bayesian_linear, ridge

__all__ = ["bayesian_linear", "ridge"]
