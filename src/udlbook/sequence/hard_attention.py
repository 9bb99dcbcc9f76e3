r"""Hard attention: look at one place, drawn at random, and learn from what came of it.

Soft attention averages the values; hard attention draws one place s with probability a[s]. The
reward R(s), for example log p(y | value s), is then a random number, and its mean
J = sum_s a[s] R(s) has the gradient

    grad J = E_s[ grad R(s) + (R(s) - b) grad log a[s] ]

for every baseline b that does not depend on s, because E_s[grad log a[s]] = grad sum_s a[s] = 0.
The baseline changes the variance alone.

Source: Williams, "Simple statistical gradient-following algorithms for connectionist
reinforcement learning", Machine Learning 8, 1992, section 5; as attention: Xu et al., "Show,
attend and tell", ICML 2015, arXiv:1502.03044, section 4.1, equations 10 to 12. Ours differs: no
entropy term, and no mixing with soft attention.
"""

import torch
from torch import Generator, Tensor

from .._check import check_range, check_shape


def hard_attend(
    weights: Tensor, values: Tensor, *, generator: Generator | None = None
) -> tuple[Tensor, Tensor, Tensor]:
    """Draw one place a query, and return its value, the place, and the log of its weight.

    Args:
        weights: Probability of each place.
        values: What may be seen.
        generator: Draws the places.

    Shapes:
        weights (B, S); values (B, S, D). Returns (B, D), (B,) and (B,).

    Raises:
        ValueError: If the shapes do not fit.
    """
    sizes = check_shape("weights", weights, "B", "S")
    check_shape("values", values, sizes["B"], sizes["S"], "D")
    place = torch.multinomial(weights.detach(), 1, generator=generator)  # (B, 1)
    seen = values[torch.arange(len(values), device=values.device), place[:, 0]]
    return seen, place[:, 0], weights.gather(1, place)[:, 0].log()


def score_function_loss(
    reward: Tensor, log_prob: Tensor, baseline: Tensor | float = 0.0
) -> Tensor:
    """A loss whose gradient is an unbiased estimate of minus that of the mean reward.

    Its value means nothing; only its gradient does. The reward in front of log_prob is detached,
    and its own gradient is added, so both ways to the parameters count.

    Args:
        reward: What each draw earned.
        log_prob: Logarithm of the probability of the draw.
        baseline: Subtracted from the reward; must not depend on the draw.

    Shapes:
        reward, log_prob (B,); baseline a number, or (B,); returns a scalar.

    Raises:
        ValueError: If the shapes do not fit.
    """
    check_shape("log_prob", log_prob, *check_shape("reward", reward, "B").values())
    if isinstance(baseline, Tensor) and baseline.ndim:
        check_shape("baseline", baseline, len(reward))
    advantage = (reward - baseline).detach()
    return -(reward + advantage * log_prob).mean()


class RunningBaseline:
    """The mean reward of the past, forgotten exponentially: b <- decay b + (1 - decay) mean R.

    The paper's equation 11 takes decay 0.9. Read ``value`` before ``update``, or the baseline
    depends on the draw that it is subtracted from.

    Args:
        decay: Part of the old value that stays, from 0 to 1.

    Raises:
        ValueError: If the decay is out of range.
    """

    def __init__(self, decay: float = 0.9) -> None:
        check_range("decay", decay, 0, 1)
        self.decay, self.value, self._begun = decay, 0.0, False

    def update(self, reward: Tensor) -> None:
        """Take in the rewards of a batch; the first batch sets the value."""
        mean = float(reward.detach().mean())
        old = self.value if self._begun else mean
        self.value, self._begun = self.decay * old + (1 - self.decay) * mean, True
