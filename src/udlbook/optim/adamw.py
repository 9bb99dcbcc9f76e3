r"""AdamW: Adam whose weight decay stays out of the averages.

With Adam, a penalty's gradient is divided by the size of the gradient like all else, so that
weights with large gradients hardly decay. AdamW shrinks all weights by one factor instead:

.. math:: \phi \leftarrow (1 - \eta \lambda)\, \phi, \qquad \text{then Adam's step}

Source: Loshchilov & Hutter, "Decoupled weight decay regularization", ICLR 2019,
arXiv:1711.05101, algorithm 2. Ours differs: as in PyTorch, lambda is multiplied by the learning
rate (the paper: by its schedule only), and phi shrinks before the step.
"""

from typing import Any

from .adam import Adam


class AdamW(Adam):
    """phi <- (1 - lr weight_decay) phi, then Adam's step. Arguments are those of ``Adam``."""

    decoupled = True

    def __init__(
        self, params: Any, lr: float = 1e-3, *, weight_decay: float = 1e-2, **options: Any
    ) -> None:
        super().__init__(params, lr, weight_decay=weight_decay, **options)
