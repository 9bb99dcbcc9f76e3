r"""Normalization: take out mean and scale, then give the network a scale and a shift of its own.

All three compute y = gain (x - m) / sqrt(v + tiny) + bias; they differ in what the mean m and the
variance v are taken over: the batch and all places of a channel, the features of one example, or
(RMS) the features with m = 0.

Sources: Ioffe & Szegedy, "Batch normalization: accelerating deep network training by reducing
internal covariate shift", ICML 2015, arXiv:1502.03167, algorithms 1 and 2; Ba, Kiros & Hinton,
"Layer normalization", arXiv:1607.06450, equations 3 and 4; Zhang & Sennrich, "Root mean square
layer normalization", NeurIPS 2019, arXiv:1910.07467, equation 4. Ours differs: as in torch,
inference uses running averages of the statistics, not those of the whole training set, and
``tiny`` is inside the root everywhere, where two of the papers have none.
"""

import torch
from torch import Tensor, nn

from .._check import check_range


class BatchNorm(nn.Module):
    """Each channel gets mean 0 and variance 1 over the batch and over all places.

    In training the statistics are those of the batch, so an example's output depends on its
    neighbours. In evaluation they are running averages, and each example is on its own.

    Args:
        channels: Size of axis 1.
        tiny: Added to the variance.
        momentum: Weight of the newest batch in the running averages.

    Shapes:
        (B, channels) or (B, channels, L) or (B, channels, H, W); returns the same.

    Raises:
        ValueError: If a number is out of range, the shape does not fit, or a training batch has
            a single value per channel.
    """

    def __init__(self, channels: int, *, tiny: float = 1e-5, momentum: float = 0.1) -> None:
        super().__init__()
        check_range("channels", channels, 1)
        check_range("momentum", momentum, 0, 1)
        self.tiny, self.momentum = tiny, momentum
        self.gain = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("var", torch.ones(channels))

    def forward(self, x: Tensor) -> Tensor:
        if x.ndim < 2 or x.shape[1] != len(self.gain):
            raise ValueError(f"x must have shape (B, {len(self.gain)}, ...); got {tuple(x.shape)}")
        mean, var = self._of_batch(x) if self.training else (self.mean, self.var)
        shape = (-1, *[1] * (x.ndim - 2))  # along axis 1
        scale = self.gain / torch.sqrt(var + self.tiny)
        return (x - mean.reshape(shape)) * scale.reshape(shape) + self.bias.reshape(shape)

    def _of_batch(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and variance of each channel; the running averages take note."""
        n = x.numel() // x.shape[1]
        if n < 2:
            raise ValueError(f"a training batch must have 2 values a channel or more; got {n}")
        over = [a for a in range(x.ndim) if a != 1]
        mean, var = x.mean(dim=over), x.var(dim=over, unbiased=False)
        with torch.no_grad():
            self.mean.lerp_(mean.to(self.mean.dtype), self.momentum)
            unbiased = var * (n / (n - 1))  # of the population, as in algorithm 2
            self.var.lerp_(unbiased.to(self.var.dtype), self.momentum)
        return mean, var


class LayerNorm(nn.Module):
    """Each example gets mean 0 and variance 1 over its features, the last axis.

    Args:
        features: Size of the last axis.
        tiny: Added to the variance.

    Shapes:
        (..., features); returns the same.

    Raises:
        ValueError: If the last axis has another size.
    """

    def __init__(self, features: int, *, tiny: float = 1e-5) -> None:
        super().__init__()
        check_range("features", features, 1)
        self.tiny = tiny
        self.gain = nn.Parameter(torch.ones(features))
        self.bias = nn.Parameter(torch.zeros(features))

    def forward(self, x: Tensor) -> Tensor:
        _check_features(x, self.gain)
        centred = x - x.mean(dim=-1, keepdim=True)
        var = (centred**2).mean(dim=-1, keepdim=True)
        return centred / torch.sqrt(var + self.tiny) * self.gain + self.bias


class RMSNorm(nn.Module):
    """Each example gets mean square 1 over its features, the last axis; nothing is subtracted.

    Args:
        features: Size of the last axis.
        tiny: Added to the mean square.

    Shapes:
        (..., features); returns the same.

    Raises:
        ValueError: If the last axis has another size.
    """

    def __init__(self, features: int, *, tiny: float = 1e-6) -> None:
        super().__init__()
        check_range("features", features, 1)
        self.tiny = tiny
        self.gain = nn.Parameter(torch.ones(features))

    def forward(self, x: Tensor) -> Tensor:
        _check_features(x, self.gain)
        mean_square = (x**2).mean(dim=-1, keepdim=True)
        return x / torch.sqrt(mean_square + self.tiny) * self.gain


def _check_features(x: Tensor, gain: Tensor) -> None:
    if x.ndim < 1 or x.shape[-1] != len(gain):
        raise ValueError(f"x must have shape (..., {len(gain)}); got {tuple(x.shape)}")
