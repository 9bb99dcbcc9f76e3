"""Classical companions of deep learning, on NumPy alone: models with a closed form.

``ridge`` is least squares with a price on long weights; ``bayesian_linear`` keeps all the weights
that the data leave possible, as a normal; ``label_propagation`` hands a few labels on to the
points around them.
"""

from . import bayesian_linear, label_propagation, ridge

__all__ = ["bayesian_linear", "label_propagation", "ridge"]
