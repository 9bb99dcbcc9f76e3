r"""A moving average of the weights: where a jittering optimizer is on the whole.

After each step the average theta' moves towards the weights theta by a share 1 - decay:

    theta' <- decay theta' + (1 - decay) theta.

The t-th of n steps weighs (1 - decay) decay^(n - t), so about the last
1 / (1 - decay) steps count.

Source: Polyak & Juditsky, "Acceleration of stochastic approximation by averaging", SIAM Journal on
Control and Optimization 30(4), 1992, for the mean over all steps; with exponential weights, for
generators: Yazici et al., "The unusual effectiveness of averaging in GAN training", ICLR 2019,
arXiv:1806.04498. Ours differs: buffers, such as the statistics of batch normalization, are copied,
not averaged.
"""

import copy

import torch
from torch import nn

from .._check import check_range


class MovingAverage:
    """A second copy of a module, whose weights follow those of the first.

    Args:
        module: The module that is trained; the copy starts equal to it.
        decay: Share of itself that the average keeps in each step; 0 copies the module.

    Attributes:
        module: The copy, for evaluation; no gradient reaches it.

    Raises:
        ValueError: If the decay is not between 0 and 1.

    >>> line = nn.Linear(1, 1)
    >>> average = MovingAverage(line, 0.75)
    >>> _ = line.weight.data.add_(4)
    >>> average.update()
    >>> round(float((line.weight - average.module.weight).detach()), 6)
    3.0
    """

    def __init__(self, module: nn.Module, decay: float = 0.999) -> None:
        check_range("decay", decay, 0, 1)
        self.decay, self._followed = decay, module
        self.module = copy.deepcopy(module).requires_grad_(False).eval()

    @torch.no_grad()
    def update(self) -> None:
        """Take one step towards the module."""
        followed = dict(self._followed.named_parameters())
        for name, mean in self.module.named_parameters():
            mean.lerp_(followed[name], 1 - self.decay)
        buffers = dict(self._followed.named_buffers())
        for name, buffer in self.module.named_buffers():
            buffer.copy_(buffers[name])
