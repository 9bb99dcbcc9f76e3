"""Two convolutional networks for MNIST-1D: that of the paper, and one that does better.

Source of ``StridedCNN``: Greydanus & Kobak, "Scaling down deep learning with MNIST-1D",
arXiv:2011.14439; the paper's repository greydanus/mnist1d, file notebooks/models.py, ConvBase.
``PooledCNN`` is ours.
"""

import torch
from torch import Tensor, nn

from .._check import check_shape


class StridedCNN(nn.Module):
    """Three strided convolutions, then a linear layer that knows where each feature stands.

    Args:
        n_classes: Number of logits.
        channels: Channels of all three convolutions.

    Shapes:
        (B, 40) -> (B, n_classes).
    """

    def __init__(self, n_classes: int = 10, channels: int = 25) -> None:
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv1d(1, channels, 5, stride=2, padding=1),  # 40 points -> 19
            nn.ReLU(),
            nn.Conv1d(channels, channels, 3, stride=2, padding=1),  # -> 10
            nn.ReLU(),
            nn.Conv1d(channels, channels, 3, stride=2, padding=1),  # -> 5
            nn.ReLU(),
        )
        self.out = nn.Linear(5 * channels, n_classes)

    def forward(self, x: Tensor) -> Tensor:
        check_shape("x", x, "B", 40)
        return self.out(self.conv(x[:, None]).flatten(1))


class PooledCNN(nn.Module):
    """Convolutions with batch normalization, then the largest response of each channel.

    The maximum over all positions forgets where a feature stands, which is right for data whose
    digits are shifted at random: what is learned at one place is known at all others.

    Args:
        n_classes: Number of logits.
        channels: Channels of each convolution; the second one has stride 2.
        kernel: Width of the kernels, odd.

    Shapes:
        (B, L) -> (B, n_classes), any length L.

    Raises:
        ValueError: If the kernel is even.
    """

    def __init__(
        self, n_classes: int = 10, channels: tuple[int, ...] = (32, 64, 48), kernel: int = 5
    ) -> None:
        super().__init__()
        if kernel % 2 == 0:
            raise ValueError(f"kernel must be odd, to be centred; got {kernel}")
        layers: list[nn.Module] = []
        before = 1
        for i, after in enumerate(channels):
            stride = 2 if i == 1 else 1
            layers += [
                nn.Conv1d(before, after, kernel, stride, padding=kernel // 2, bias=False),
                nn.BatchNorm1d(after),
                nn.ReLU(),
            ]
            before = after
        self.conv = nn.Sequential(*layers)
        self.out = nn.Linear(before, n_classes)

    def forward(self, x: Tensor) -> Tensor:
        check_shape("x", x, "B", "L")
        features = self.conv(x[:, None])  # (B, C, L / 2)
        return self.out(torch.amax(features, dim=-1))
