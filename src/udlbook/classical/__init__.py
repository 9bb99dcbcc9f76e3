"""Classical companions of deep learning, on NumPy alone: models with a closed form.

``ridge`` is least squares with a price on long weights.
"""

from . import ridge

__all__ = ["ridge"]
