r"""Positions as waves: what tells a transformer where a token stands.

Attention treats its keys as a set, so order must be written into the vectors. Coordinates 2i and
2i + 1 are sine and cosine of the position at the frequency w_i = 10000^(-2i / d_model), from one
radian a step down to about 1e-4: the hands of a clock, from a fast one to a very slow one.

Source: Vaswani et al., "Attention is all you need", NeurIPS 2017, arXiv:1706.03762, section 3.5.
"""

import math

import torch
from torch import Tensor

from .._check import check_range


def frequencies(d_model: int) -> Tensor:
    """Radians a step of each pair of coordinates: 10000^(-2i / d_model).

    Shapes:
        Returns (d_model / 2,), float64.

    Raises:
        ValueError: If d_model is odd or not positive.
    """
    if d_model < 2 or d_model % 2:
        raise ValueError(f"d_model must be even and positive; got {d_model}")
    i = torch.arange(d_model // 2, dtype=torch.float64)
    return torch.exp(-math.log(10_000.0) * 2 * i / d_model)


def sinusoidal(n: int, d_model: int, *, start: int = 0) -> Tensor:
    """The positions start, ..., start + n - 1 as vectors of sines and cosines.

    Shapes:
        Returns (n, d_model), float64.

    Raises:
        ValueError: If d_model is odd, or n or start is negative.

    >>> sinusoidal(2, 4).round(decimals=3)
    tensor([[0.0000, 1.0000, 0.0000, 1.0000],
            [0.8410, 0.5400, 0.0100, 1.0000]], dtype=torch.float64)
    """
    check_range("n", n, 0)
    check_range("start", start, 0)
    place = torch.arange(start, start + n, dtype=torch.float64)
    angle = place[:, None] * frequencies(d_model)  # (n, d_model / 2)
    return torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(1)


def shift_matrix(k: int, d_model: int) -> Tensor:
    """The matrix M with sinusoidal(pos + k) = M sinusoidal(pos), whatever pos is.

    It turns each pair of coordinates by the angle k w_i; so a linear layer can look "k back".

    Shapes:
        Returns (d_model, d_model), float64.
    """
    angle = k * frequencies(d_model)
    turns = [[angle.cos(), angle.sin()], [-angle.sin(), angle.cos()]]
    turn = torch.stack([torch.stack(row, dim=-1) for row in turns], dim=-2)  # (d / 2, 2, 2)
    return torch.block_diag(*turn)
