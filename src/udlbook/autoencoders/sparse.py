r"""Sparse codes: more hidden units than inputs, of which few speak at a time.

Three ways to ask for it. An L1 penalty on the activations; a divergence that pulls the share of
time for which each unit is on to a target (for units between 0 and 1); and a rule that silences
all but the k largest.

Source: the divergence: Ng, "Sparse autoencoder", CS294A lecture notes, Stanford University, 2011,
section 3. The k largest: Makhzani & Frey, "k-sparse autoencoders", arXiv:1312.5663, 2013, section
2.1. Sums of few atoms and an L1 penalty: Olshausen & Field, "Emergence of simple-cell receptive
field properties by learning a sparse code for natural images", Nature 381, 1996. Ours differs: the
code comes from one layer, not from an optimization for each example.
"""

import math

import numpy as np
import torch
from torch import Tensor, nn

from .._check import check_range, check_shape


def top_k(h: Tensor, k: int) -> Tensor:
    """Keep the k largest entries of each row, and set the others to 0.

    Gradients pass through what is kept.

    Shapes:
        h (B, H); returns (B, H).

    Raises:
        ValueError: If k is not between 1 and H.

    >>> top_k(torch.tensor([[1.0, 4.0, 3.0]]), 2).tolist()
    [[0.0, 4.0, 3.0]]
    """
    H = check_shape("h", h, "B", "H")["H"]
    check_range("k", k, 1, H)
    best = h.topk(k, dim=1)
    return torch.zeros_like(h).scatter(1, best.indices, best.values)


def l1_sparsity(h: Tensor) -> Tensor:
    """Sum of the sizes of the hidden units, averaged over examples. Shapes: (B, H) -> ()."""
    check_shape("h", h, "B", "H")
    return h.abs().sum(dim=1).mean()


def kl_sparsity(h: Tensor, target: float) -> Tensor:
    r"""Divergence from a coin with the target share to one with each unit's mean activation.

    .. math:: \sum_j \rho \log\frac{\rho}{\hat\rho_j}
              + (1 - \rho) \log\frac{1 - \rho}{1 - \hat\rho_j}

    Args:
        h: Activations between 0 and 1.
        target: The share rho.

    Shapes:
        h (B, H); returns a scalar, in nats.

    Raises:
        ValueError: If the target or an activation is not between 0 and 1.
    """
    check_shape("h", h, "B", "H")
    if not 0 < target < 1:
        raise ValueError(f"target must lie between 0 and 1; got {target}")
    if h.numel() and (h.min() < 0 or h.max() > 1):
        raise ValueError(
            f"h must be between 0 and 1; got {float(h.min()):g} to {float(h.max()):g}"
        )
    mean = h.mean(dim=0)
    # mean and 1 - mean are kept from 0, where a saturated unit would give an infinite gradient
    tiny = torch.finfo(h.dtype).eps
    off = (1 - mean).clamp(min=tiny)
    on = mean.clamp(min=tiny)
    entropy = target * math.log(target) + (1 - target) * math.log(1 - target)
    return (entropy - target * on.log() - (1 - target) * off.log()).sum()


class SparseAutoencoder(nn.Module):
    """One hidden layer: h = act(W_e (x - b_d) + b_e), x_hat = W_d h + b_d.

    Args:
        dim: Numbers in an example.
        hidden: Number of hidden units, usually larger.
        k: How many of them may be on at a time; None means any number.
        sigmoid: Whether units are sigmoids, for ``kl_sparsity``, rather than rectified.

    Shapes:
        x (B, dim); h (B, hidden); returns (B, dim). Atoms are the columns of ``decoder``
        (dim, hidden).

    Raises:
        ValueError: If a size is not positive, k is not between 1 and ``hidden``, or both a k and
            sigmoids are asked for.
    """

    def __init__(
        self, dim: int, hidden: int, *, k: int | None = None, sigmoid: bool = False
    ) -> None:
        super().__init__()
        check_range("the smaller size", min(dim, hidden), 1)
        if k is not None:
            check_range("k", k, 1, hidden)
            if sigmoid:
                raise ValueError("the k largest must be rectified units; got sigmoid=True")
        self.k, self.sigmoid = k, sigmoid
        atoms = torch.randn(dim, hidden)
        self.decoder = nn.Parameter(atoms / atoms.norm(dim=0))
        self.encoder = nn.Parameter(self.decoder.detach().T.clone())  # starts as the transpose
        self.encoder_bias = nn.Parameter(torch.zeros(hidden))
        self.decoder_bias = nn.Parameter(torch.zeros(dim))

    def encode(self, x: Tensor) -> Tensor:
        """Shapes: (B, dim) -> (B, hidden)."""
        check_shape("x", x, "B", len(self.decoder))
        a = (x - self.decoder_bias) @ self.encoder.T + self.encoder_bias
        if self.sigmoid:
            return torch.sigmoid(a)
        h = torch.relu(a)
        return h if self.k is None else top_k(h, self.k)

    def decode(self, h: Tensor) -> Tensor:
        """Shapes: (B, hidden) -> (B, dim)."""
        check_shape("h", h, "B", self.decoder.shape[1])
        return h @ self.decoder.T + self.decoder_bias

    def forward(self, x: Tensor) -> Tensor:
        return self.decode(self.encode(x))

    @torch.no_grad()
    def normalize_atoms(self) -> None:
        """Scale every atom to length 1, in place; units that rectify are scaled to make up for it.

        With sigmoids only the atoms change. An atom of length 0 stays as it is.
        """
        length = self.decoder.norm(dim=0)
        length = torch.where(length > 0, length, torch.ones_like(length))
        self.decoder /= length
        if not self.sigmoid:
            self.encoder *= length[:, None]
            self.encoder_bias *= length


def sparse_sums(
    n: int, atoms: np.ndarray, *, active: int, rng: np.random.Generator, noise: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Draw sums of few atoms, each with a weight uniform between 1/2 and 3/2.

    Args:
        n: Number of examples.
        atoms: The features that the data are made of, one in each row.
        active: How many atoms are in each sum, all subsets equally likely.
        rng: Draws atoms, weights and noise.
        noise: Standard deviation of the noise on every number.

    Shapes:
        atoms (M, D); returns x (n, D) and weights (n, M), 0 for atoms that are not there.

    Raises:
        ValueError: If ``active`` is not between 1 and M, n is not positive or noise is negative.
    """
    M, D = check_shape("atoms", atoms, "M", "D").values()
    check_range("n", n, 1)
    check_range("active", active, 1, M)
    check_range("noise", noise, 0)
    there = np.argsort(rng.random((n, M)), axis=1) < active
    weights = np.where(there, rng.uniform(0.5, 1.5, size=(n, M)), 0.0)
    return weights @ atoms + noise * rng.standard_normal((n, D)), weights


def best_cosines(found: Tensor, atoms: Tensor) -> Tensor:
    """For each true atom the cosine of its angle to the nearest of the vectors found.

    Args:
        found: Vectors, one in each row; their lengths do not matter.
        atoms: True atoms, one in each row.

    Shapes:
        found (H, D); atoms (M, D); returns (M,).

    Raises:
        ValueError: If the vectors differ in length.
    """
    D = check_shape("found", found, "H", "D")["D"]
    check_shape("atoms", atoms, "M", D)
    unit = nn.functional.normalize
    return (unit(atoms, dim=1) @ unit(found, dim=1).T).amax(dim=1)
