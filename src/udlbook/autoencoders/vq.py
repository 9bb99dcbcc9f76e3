r"""VQ-VAE: an autoencoder whose codes are words of a learned codebook.

The encoder gives a few vectors, each of which is replaced by the nearest of K words. The choice
has no slope, so the gradient by the word is handed to the encoder as it is (straight through).
With sg for "takes no gradient",

.. math::
    L = -\ln p(x \,|\, z_q) + \|\mathrm{sg}[z_e] - e\|^2 + \beta\, \|z_e - \mathrm{sg}[e]\|^2 .

The codes are discrete, so a prior over them, fitted afterwards, makes a model that samples.

Source: van den Oord, Vinyals & Kavukcuoglu, "Neural discrete representation learning", NIPS 2017,
arXiv:1711.00937, equations 1 to 3 and appendix A.1 (moving averages in place of the second term).
Ours differs: images are vectors and the networks fully connected; the moving averages start at one
use of each first word; idle words can be revived; and the prior is linear in the words before, in
place of a PixelCNN.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn
from torch.nn.functional import one_hot

from .._check import check_range, check_shape
from ..layers import mlp


@dataclass(frozen=True)
class Quantized:
    """What a codebook makes of vectors.

    Attributes:
        z: The nearest words, through which gradients pass straight to the vectors.
        index: Their numbers.
        codebook: Mean squared distance that pulls the words; zero with moving averages.
        commitment: Mean squared distance that pulls the vectors.

    Shapes:
        z (..., D); index (...); the losses are scalars.
    """

    z: Tensor
    index: Tensor
    codebook: Tensor
    commitment: Tensor


class Codebook(nn.Module):
    """K words of width D, and the nearest of them.

    Args:
        words: K.
        dim: D.
        decay: None to move the words by the gradient of the codebook loss; otherwise the decay of
            moving averages of the vectors that each word was chosen for.
        tiny: Added to the counts of the averages, so that an idle word divides by no zero.

    Shapes:
        forward (..., D).
    """

    def __init__(
        self, words: int, dim: int, *, decay: float | None = None, tiny: float = 1e-5
    ) -> None:
        super().__init__()
        check_range("words", words, 2)
        if decay is not None:
            check_range("decay", decay, 0, 1)
        self.decay, self.tiny = decay, tiny
        start = torch.randn(words, dim)
        self.weight = nn.Parameter(start, requires_grad=decay is None)
        self.register_buffer("count", torch.ones(words))
        self.register_buffer("total", start.clone())

    def nearest(self, z: Tensor) -> Tensor:
        """The number of the nearest word. Shapes: z (..., D); returns (...)."""
        check_shape("z", z, "...", self.weight.shape[1])
        far = (self.weight**2).sum(1) - 2 * z @ self.weight.T  # |z - e|^2, less |z|^2
        return far.argmin(-1)

    def forward(self, z: Tensor) -> Quantized:
        """Replace vectors by words; in training, moving averages follow the vectors."""
        index = self.nearest(z)
        words = self.weight[index]
        commitment = ((z - words.detach()) ** 2).sum(-1).mean()
        if self.decay is None:
            codebook = ((z.detach() - words) ** 2).sum(-1).mean()
        else:
            codebook = torch.zeros_like(commitment)
            if self.training:
                self._follow(z.detach().flatten(0, -2), index.flatten())
        through = z + (words - z).detach()
        return Quantized(through, index, codebook, commitment)

    @torch.no_grad()
    def _follow(self, z: Tensor, index: Tensor) -> None:
        chosen = one_hot(index, len(self.weight)).to(z.dtype)
        self.count.lerp_(chosen.sum(0), 1 - self.decay)
        self.total.lerp_(chosen.T @ z, 1 - self.decay)
        n = self.count.sum()
        share = (self.count + self.tiny) / (n + len(self.count) * self.tiny) * n
        self.weight.copy_(self.total / share[:, None])

    @torch.no_grad()
    def revive(self, z: Tensor, *, least: float = 0.1, generator: Generator | None = None) -> int:
        """Put words that nobody uses onto vectors drawn from z; return how many were moved.

        Args:
            z: Vectors of the encoder.
            least: A word is idle if its moving count is below this share of the mean count.
            generator: Draws the vectors.

        Shapes:
            z (..., D).
        """
        check_range("least", least, 0)
        z = z.flatten(0, -2)
        idle = self.count < least * self.count.mean()
        if idle.any():
            rows = torch.randint(len(z), (int(idle.sum()),), generator=generator)
            self.weight[idle] = z[rows]
            self.count[idle] = self.count.mean()
            self.total[idle] = self.weight[idle] * self.count[idle, None]
        return int(idle.sum())


def perplexity(index: Tensor, words: int) -> Tensor:
    """How many words are in use, counted by the entropy: from 1 to ``words``.

    Shapes:
        index (...), whole numbers below ``words``; returns a scalar.

    Raises:
        ValueError: If an index is no word.
    """
    if index.numel() == 0 or index.min() < 0 or index.max() >= words:
        raise ValueError(f"index must hold numbers from 0 to {words - 1}; got {index}")
    p = torch.bincount(index.flatten(), minlength=words).double() / index.numel()
    return torch.special.entr(p).sum().exp()


class VQVAE(nn.Module):
    """An encoder to a few vectors, a codebook, and a decoder of binary pixels.

    Args:
        dim: Width of x.
        positions: Vectors per example (the paper's grid).
        words: Size of the codebook.
        width: Width of a vector and of a word.
        hidden: Widths of the hidden layers of the encoder; the decoder has them in reverse.
        decay: As in ``Codebook``.

    Shapes:
        x (B, dim); index (B, positions).
    """

    def __init__(
        self,
        dim: int,
        positions: int,
        words: int,
        width: int = 4,
        hidden: Sequence[int] = (64,),
        *,
        decay: float | None = None,
    ) -> None:
        super().__init__()
        check_range("positions", positions, 1)
        self.dim, self.positions, self.width = dim, positions, width
        self.encoder = mlp(dim, *hidden, positions * width)
        self.codebook = Codebook(words, width, decay=decay)
        self.decoder = mlp(positions * width, *reversed(hidden), dim)

    def encode(self, x: Tensor) -> Tensor:
        """The vectors, before the codebook. Shapes: (B, dim) -> (B, positions, width)."""
        check_shape("x", x, "B", self.dim)
        return self.encoder(x).unflatten(-1, (self.positions, self.width))

    def forward(self, x: Tensor) -> tuple[Tensor, Quantized]:
        """Logits of the pixels, and the codes. Shapes: (B, dim) -> (B, dim)."""
        codes = self.codebook(self.encode(x))
        return self.decoder(codes.z.flatten(1)), codes

    def decode(self, index: Tensor) -> Tensor:
        """Logits of the pixels for given words. Shapes: (B, positions) -> (B, dim)."""
        check_shape("index", index, "B", self.positions)
        return self.decoder(self.codebook.weight[index].flatten(1))

    def loss(self, x: Tensor, *, beta: float = 0.25) -> Tensor:
        """Equation 3 of the paper, in nats, averaged over the examples. Shapes: x (B, dim).

        Raises:
            ValueError: If ``beta`` is negative.
        """
        check_range("beta", beta, 0)
        logits, codes = self(x)
        pixels = nn.functional.binary_cross_entropy_with_logits(logits, x, reduction="none")
        return pixels.sum(1).mean() + codes.codebook + beta * codes.commitment


class CodePrior(nn.Module):
    """p(code) as a product over positions, each given those before it.

    The logits at a position are linear in the one-hot words of all earlier positions; which words
    a position may see is fixed by a mask.

    Args:
        positions: Length of a code.
        words: Number of words.

    Shapes:
        index (B, positions).
    """

    def __init__(self, positions: int, words: int) -> None:
        super().__init__()
        check_range("positions", positions, 1)
        check_range("words", words, 2)
        self.positions, self.words = positions, words
        size = positions * words
        self.weight = nn.Parameter(torch.zeros(size, size))
        self.bias = nn.Parameter(torch.zeros(size))
        place = torch.arange(size) // words
        self.register_buffer("keep", place[:, None] > place[None, :])

    def logits(self, index: Tensor) -> Tensor:
        """Logits of each position's word. Shapes: (B, positions) -> (B, positions, words)."""
        check_shape("index", index, "B", self.positions)
        seen = one_hot(index, self.words).to(self.weight.dtype).flatten(1)
        out = seen @ (self.weight * self.keep).T + self.bias
        return out.unflatten(1, (self.positions, self.words))

    def log_prob(self, index: Tensor) -> Tensor:
        """ln p(code), in nats. Shapes: (B, positions) -> (B,)."""
        log_p = self.logits(index).log_softmax(-1)
        return log_p.gather(-1, index[..., None])[..., 0].sum(1)

    @torch.no_grad()
    def sample(self, n: int, *, generator: Generator | None = None) -> Tensor:
        """Draw n codes, position by position. Shapes: returns (n, positions)."""
        check_range("n", n, 1)
        index = torch.zeros(n, self.positions, dtype=torch.int64, device=self.weight.device)
        for i in range(self.positions):
            p = self.logits(index)[:, i].softmax(-1)
            index[:, i] = torch.multinomial(p, 1, generator=generator)[:, 0]
        return index
