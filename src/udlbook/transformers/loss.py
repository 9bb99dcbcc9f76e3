r"""Cross-entropy against softened targets, over the tokens that count.

Source: Szegedy et al., "Rethinking the Inception architecture for computer vision", CVPR 2016,
arXiv:1512.00567, section 7; used with 0.1 by Vaswani et al., arXiv:1706.03762, section 5.4.
"""

from torch import Tensor

from .._check import check_range, check_shape
from ..data import PAD


def smoothed_cross_entropy(logits: Tensor, target: Tensor, smoothing: float = 0.0) -> Tensor:
    """Mean cross-entropy, nats a token, where a share of the target is spread over all tokens.

    With l = log softmax(logits), a token y costs (1 - smoothing) (-l_y) + smoothing mean_k(-l_k).
    Tokens PAD are left out of the mean.

    Args:
        logits: What the model says.
        target: What should be said, filled up with PAD.
        smoothing: Share that is spread evenly, the true token's part included.

    Shapes:
        logits (..., V); target (...); returns a scalar.

    Raises:
        ValueError: If the smoothing is not in [0, 1], the shapes do not fit or all is PAD.
    """
    check_range("smoothing", smoothing, 0, 1)
    check_shape("target", target, *logits.shape[:-1])
    real = target != PAD
    if not real.any():
        raise ValueError("target must have a token that is not PAD; got PAD alone")
    log_prob = logits[real].log_softmax(dim=-1)  # (N, V)
    true = log_prob.gather(1, target[real][:, None]).mean()
    return -(1 - smoothing) * true - smoothing * log_prob.mean()
