"""Training on torch: one visible loop, its batches, its schedules, its checkpoints.

Nothing here knows a model: ``fit`` takes a loss function, the parameters and a stream of batches.
"""

from .batches import Batches, batches
from .checkpoint import Checkpoint
from .evaluate import Evaluation, evaluate
from .fit import adam, fit
from .schedules import Schedule, constant, one_cycle, step_decay

__all__ = [
    "Batches",
    "Checkpoint",
    "Evaluation",
    "Schedule",
    "adam",
    "batches",
    "constant",
    "evaluate",
    "fit",
    "one_cycle",
    "step_decay",
]
