"""An autoencoder is two maps: an encoder, and a decoder that undoes it as well as it can.

Source: Kramer, "Nonlinear principal component analysis using autoassociative neural networks",
AIChE Journal 37(2), 1991; Hinton & Salakhutdinov, "Reducing the dimensionality of data with neural
networks", Science 313, 2006. Ours differs: trained in one go, without layers trained one by one
before, and with another activation.
"""

from collections.abc import Callable

from torch import Generator, Tensor, nn

from .._check import check_shape
from ..layers import mlp
from ..optim import cosine
from ..training import fit
from ..training.batches import Batches


class Autoencoder(nn.Module):
    """decode(encode(x)).

    Args:
        encoder: Maps a batch of examples to codes.
        decoder: Maps a batch of codes to examples.

    Shapes:
        x (B, ...); code (B, K); returns the shape of x.
    """

    def __init__(self, encoder: nn.Module, decoder: nn.Module) -> None:
        super().__init__()
        self.encoder, self.decoder = encoder, decoder

    def encode(self, x: Tensor) -> Tensor:
        """Shapes: (B, ...) -> (B, K)."""
        return self.encoder(x)

    def decode(self, z: Tensor) -> Tensor:
        """Shapes: (B, K) -> (B, ...)."""
        return self.decoder(z)

    def forward(self, x: Tensor) -> Tensor:
        return self.decode(self.encode(x))


def deep_autoencoder(
    *sizes: int, activation: Callable[[], nn.Module] = nn.ReLU, squash: bool = False
) -> Autoencoder:
    """A fully connected autoencoder whose decoder has the encoder's sizes in reverse.

    Args:
        *sizes: Width of the example, of each hidden layer, and of the code.
        activation: Makes the activation of the hidden layers; codes have none.
        squash: Whether outputs pass a sigmoid, for data between 0 and 1.

    Shapes:
        (B, sizes[0]) -> (B, sizes[0]).

    Raises:
        ValueError: If there are fewer than two sizes, or one is not positive.

    >>> import torch
    >>> ae = deep_autoencoder(64, 32, 2)
    >>> ae.encode(torch.zeros(5, 64)).shape, ae(torch.zeros(5, 64)).shape
    (torch.Size([5, 2]), torch.Size([5, 64]))
    """
    decoder = mlp(*sizes[::-1], activation=activation)
    if squash:
        decoder.append(nn.Sigmoid())
    return Autoencoder(mlp(*sizes, activation=activation), decoder)


def reconstruction_loss(x_hat: Tensor, x: Tensor) -> Tensor:
    """Squared distance of an example from its reconstruction, averaged over examples.

    A sum over the numbers of an example, not a mean: so it compares with sums of variances.

    Shapes:
        x_hat, x (B, ...); returns a scalar.

    Raises:
        ValueError: If the shapes differ.

    >>> import torch
    >>> reconstruction_loss(torch.zeros(2, 3), torch.ones(2, 3)).item()
    3.0
    """
    check_shape("x_hat", x_hat, *x.shape)
    return ((x_hat - x) ** 2).flatten(1).sum(dim=1).mean()


def fit_autoencoder(
    model: nn.Module,
    x: Tensor,
    *,
    steps: int,
    generator: Generator,
    lr: float = 3e-3,
    size: int = 100,
    loss: Callable[[Tensor], Tensor] | None = None,
    on_step: Callable[[int, float], None] | None = None,
) -> list[float]:
    """Train on shuffled batches by Adam, with a learning rate that falls as half a cosine.

    Args:
        model: What to train.
        x: Examples.
        steps: Number of batches.
        generator: Draws their order.
        lr: First learning rate.
        size: Examples a batch.
        loss: Maps a batch to a scalar; the reconstruction loss of the model, if None.
        on_step: Called as ``on_step(step, loss)`` after each update.

    Returns:
        The loss of every step.

    Shapes:
        x (N, ...).

    Raises:
        ValueError: If there is no example, or the loss is no scalar.
    """
    return fit(
        loss or (lambda batch: reconstruction_loss(model(batch), batch)),
        model,
        Batches(x, size=size, generator=generator),
        steps=steps,
        lr=lr,
        schedule=cosine(),
        on_step=on_step,
    )
