"""Training on torch: one visible loop, its batches, its checkpoints.

Nothing here knows a model: ``fit`` takes a loss function, the parameters and a stream of batches.
The schedules are those of ``udlbook.optim``.
"""

from .acceleration import by_tier
from .average import MovingAverage
from .batches import Batches, batches
from .checkpoint import Checkpoint
from .evaluate import Evaluation, evaluate
from .fit import adam, fit

__all__ = [
    "Batches",
    "Checkpoint",
    "Evaluation",
    "MovingAverage",
    "adam",
    "batches",
    "by_tier",
    "evaluate",
    "fit",
]
