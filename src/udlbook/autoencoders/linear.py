r"""The linear autoencoder, whose best codes are those of principal component analysis.

.. math:: L(W_e, W_d) = \frac1N \sum_n \| x_n - W_d W_e x_n \|^2
          = \operatorname{tr}\bigl((I - W_d W_e)\, \Sigma\, (I - W_d W_e)^\top\bigr)

for centred data with covariance Sigma. The product :math:`W_d W_e` has a rank of at most the size
of the code, so by Eckart and Young the least loss is the sum of the eigenvalues of Sigma that the
code cannot hold, and :math:`W_d` must span the leading eigenvectors. Every other choice of
eigenvectors is a critical point, too, and none of them is a minimum.

Source: Bourlard & Kamp, "Auto-association by multilayer perceptrons and singular value
decomposition", Biological Cybernetics 59, 1988, pages 291 to 294; Baldi & Hornik, "Neural networks
and principal component analysis: learning from examples without local minima", Neural Networks
2(1), 1989, pages 53 to 58, facts 1 to 4. Ours differs: the data are centred first, and there are
no biases.
"""

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from .._check import check_range, check_shape


class LinearAutoencoder(nn.Module):
    """x_hat = W_d W_e x, without biases: for centred data.

    Args:
        dim: Numbers in an example.
        code: Numbers in a code.
        tied: Whether the decoder is the transpose of the encoder.
        scale: Standard deviation of a hidden unit, or output, of a new network whose inputs have
            unit variance.

    Shapes:
        x (B, dim); code (B, code); returns (B, dim).

    Raises:
        ValueError: If a size is not positive, or the code is larger than the example.
    """

    def __init__(self, dim: int, code: int, *, tied: bool = False, scale: float = 1.0) -> None:
        super().__init__()
        check_range("code", code, 1, dim)
        self.encoder = nn.Parameter(scale / math.sqrt(dim) * torch.randn(code, dim))
        self.free_decoder = (
            None if tied else nn.Parameter(scale / math.sqrt(code) * torch.randn(dim, code))
        )

    @property
    def decoder(self) -> Tensor:
        """The matrix that maps codes back, of shape (dim, code)."""
        return self.encoder.T if self.free_decoder is None else self.free_decoder

    def encode(self, x: Tensor) -> Tensor:
        """Shapes: (B, dim) -> (B, code)."""
        check_shape("x", x, "B", self.encoder.shape[1])
        return x @ self.encoder.T

    def decode(self, z: Tensor) -> Tensor:
        """Shapes: (B, code) -> (B, dim)."""
        check_shape("z", z, "B", self.encoder.shape[0])
        return z @ self.decoder.T

    def forward(self, x: Tensor) -> Tensor:
        return self.decode(self.encode(x))


class Principal(NamedTuple):
    """Mean, leading directions of variance, and the variances along all directions.

    Shapes:
        mean (D,); directions (K, D), orthonormal rows; variances (D,), descending.
    """

    mean: Tensor
    directions: Tensor
    variances: Tensor

    def encode(self, x: Tensor) -> Tensor:
        """Coordinates along the directions. Shapes: (B, D) -> (B, K)."""
        return (x - self.mean) @ self.directions.T

    def decode(self, z: Tensor) -> Tensor:
        """The points with these coordinates. Shapes: (B, K) -> (B, D)."""
        return self.mean + z @ self.directions


def principal_subspace(x: Tensor, code: int) -> Principal:
    """Principal component analysis, by the singular values of the centred data.

    Args:
        x: Data.
        code: Number of directions to keep.

    Shapes:
        x (N, D).

    Raises:
        ValueError: If x is no table, or the number of directions is not between 1 and D.
    """
    D = check_shape("x", x, "N", "D")["D"]
    check_range("code", code, 1, D)
    mean = x.mean(dim=0)
    _, s, Vt = torch.linalg.svd(x - mean, full_matrices=True)
    variances = x.new_zeros(D)
    variances[: len(s)] = s**2 / len(x)
    return Principal(mean, Vt[:code], variances)


def principal_angles(A: Tensor, B: Tensor) -> Tensor:
    """Angles between the spaces that the rows of A and of B span, in radians, ascending.

    All are 0 if and only if the spaces are the same. Small angles come from their sines and large
    ones from their cosines, so both are exact.

    Args:
        A: Linearly independent rows.
        B: As many others.

    Shapes:
        A, B (K, D); returns (K,).

    Raises:
        ValueError: If the shapes differ, or K is larger than D.

    Source: Björck & Golub, "Numerical methods for computing angles between linear subspaces",
    Mathematics of Computation 27(123), 1973, section 2.
    """
    K, D = check_shape("A", A, "K", "D").values()
    check_shape("B", B, K, D)
    check_range("K", K, 1, D)
    Qa, Qb = torch.linalg.qr(A.T)[0], torch.linalg.qr(B.T)[0]
    cosines = torch.linalg.svdvals(Qa.T @ Qb)  # descending, so angles ascend
    sines = torch.linalg.svdvals(Qb - Qa @ (Qa.T @ Qb)).flip(0)
    return torch.atan2(sines, cosines)


def linear_loss(encoder: Tensor, decoder: Tensor, cov: Tensor) -> Tensor:
    """Mean squared distance of examples of this covariance from their reconstructions.

    Shapes:
        encoder (K, D); decoder (D, K); cov (D, D); returns a scalar.

    Raises:
        ValueError: If the shapes do not fit.
    """
    miss = _miss(encoder, decoder, cov)
    return (miss @ cov * miss).sum()


def linear_gradients(encoder: Tensor, decoder: Tensor, cov: Tensor) -> tuple[Tensor, Tensor]:
    """The gradients of ``linear_loss`` by the encoder and by the decoder, derived by hand.

    Shapes:
        encoder (K, D); decoder (D, K); cov (D, D), symmetric; returns (K, D) and (D, K).

    Raises:
        ValueError: If the shapes do not fit.
    """
    error = _miss(encoder, decoder, cov) @ cov
    return -2 * decoder.T @ error, -2 * error @ encoder.T


def _miss(encoder: Tensor, decoder: Tensor, cov: Tensor) -> Tensor:
    K, D = check_shape("encoder", encoder, "K", "D").values()
    check_shape("decoder", decoder, D, K)
    check_shape("cov", cov, D, D)
    return torch.eye(D, dtype=cov.dtype, device=cov.device) - decoder @ encoder


def critical_points(cov: Tensor, code: int) -> Iterator[tuple[tuple[int, ...], Tensor]]:
    """Every choice of eigenvectors for a code, and its loss: the first is the minimum.

    Args:
        cov: A covariance.
        code: Numbers in a code.

    Yields:
        Which eigenvectors (0 has the largest eigenvalue), and the sum of the other eigenvalues.

    Shapes:
        cov (D, D).

    Raises:
        ValueError: If the covariance is not square, or the code not between 1 and D.
    """
    D = check_shape("cov", cov, "D", "D")["D"]
    check_range("code", code, 1, D)
    values = torch.linalg.eigvalsh(cov).flip(0)
    for kept in itertools.combinations(range(D), code):
        yield kept, values.sum() - values[list(kept)].sum()


def critical_point(
    cov: Tensor, which: Sequence[int], mix: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """The encoder and the decoder of one critical point: W_d = U C, W_e = C^-1 U^T.

    Args:
        cov: A covariance.
        which: Which eigenvectors the columns of U are; 0 has the largest eigenvalue.
        mix: The invertible matrix C; the identity, if None.

    Shapes:
        cov (D, D); mix (K, K); returns (K, D) and (D, K), with K the number of eigenvectors.

    Raises:
        ValueError: If the covariance is not square, or the eigenvectors are not different ones.
    """
    D = check_shape("cov", cov, "D", "D")["D"]
    which = list(which)
    if not which or len(set(which)) < len(which) or min(which) < 0 or max(which) >= D:
        raise ValueError(f"which must name different eigenvectors 0 to {D - 1}; got {which}")
    if mix is None:
        mix = torch.eye(len(which), dtype=cov.dtype, device=cov.device)
    check_shape("mix", mix, len(which), len(which))
    U = torch.linalg.eigh(cov).eigenvectors.flip(1)[:, which]
    return torch.linalg.solve(mix, U.T), U @ mix
