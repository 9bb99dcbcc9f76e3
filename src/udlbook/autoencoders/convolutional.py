"""An autoencoder for small images: convolutions down to a code, transposed convolutions back up.

Source: Masci, Meier, Ciresan & Schmidhuber, "Stacked convolutional auto-encoders for hierarchical
feature extraction", ICANN 2011. Ours differs: strides instead of pooling, a bottleneck vector
between the two halves, and all layers trained together.
"""

from torch import Tensor, nn

from .._check import check_range, check_shape
from ..layers import Conv2d, ConvTranspose2d
from .deep import Autoencoder


class ConvAutoencoder(Autoencoder):
    """Two convolutions that halve the image, a linear code, and the way back.

    Args:
        code: Numbers in a code.
        channels: Channels of the two convolutions.
        size: Height and width of an image, a multiple of 4.
        squash: Whether outputs pass a sigmoid, for grey values between 0 and 1.

    Shapes:
        (B, size, size) -> (B, size, size); code (B, code).

    Raises:
        ValueError: If the size is no multiple of 4, or a number is not positive.
    """

    def __init__(
        self,
        code: int,
        *,
        channels: tuple[int, int] = (16, 32),
        size: int = 8,
        squash: bool = False,
    ) -> None:
        check_range("the smallest number", min(code, size, *channels), 1)
        if size % 4:
            raise ValueError(f"size must be a multiple of 4; got {size}")
        a, b = channels
        small = size // 4
        encoder = nn.Sequential(
            nn.Unflatten(1, (1, size)),
            Conv2d(1, a, 3, stride=2, padding=1), nn.ReLU(),
            Conv2d(a, b, 3, stride=2, padding=1), nn.ReLU(),
            nn.Flatten(), nn.Linear(b * small**2, code),
        )  # fmt: skip
        # A kernel of 4 with a stride of 2 covers every pixel equally often: no checkerboards.
        decoder = nn.Sequential(
            nn.Linear(code, b * small**2), nn.ReLU(), nn.Unflatten(1, (b, small, small)),
            ConvTranspose2d(b, a, 4, stride=2, padding=1), nn.ReLU(),
            ConvTranspose2d(a, 1, 4, stride=2, padding=1),
            nn.Sigmoid() if squash else nn.Identity(), nn.Flatten(1, 2),
        )  # fmt: skip
        super().__init__(encoder, decoder)
        self.size = size

    def encode(self, x: Tensor) -> Tensor:
        """Shapes: (B, size, size) -> (B, code)."""
        check_shape("x", x, "B", self.size, self.size)
        return self.encoder(x)
