r"""What language models of today do differently: rotary positions and gated networks.

Rotary positions turn each pair of coordinates of a query or key at place m by the angle m w_i. A
product of two such vectors then depends on the difference of their places alone, because
(R_m q) . (R_n k) = q . (R_{n-m} k). A SwiGLU network lets one half of its hidden units gate the
other: W_2 (silu(W_1 x) * W_3 x). The RMS norm is in ``udlbook.layers``, and so are shared heads
of keys and values (``n_kv_heads``).

Sources: Su et al., "RoFormer: enhanced transformer with rotary position embedding",
arXiv:2104.09864, equations 13 to 15 and 34; Shazeer, "GLU variants improve transformer",
arXiv:2002.05202, equation 6; Touvron et al., "LLaMA", arXiv:2302.13971, section 2.2.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .._check import check_range
from .positions import frequencies


class Rotary(nn.Module):
    """Turns queries and keys by an angle that grows with their place.

    Args:
        d_head: Width of a head; even.

    Shapes:
        (..., L, d_head) -> (..., L, d_head).

    Raises:
        ValueError: If d_head is odd or not positive, or the width of the input differs.
    """

    def __init__(self, d_head: int) -> None:
        super().__init__()
        frequencies(d_head)  # raises if it is odd
        self.d_head = d_head

    def forward(self, heads: Tensor, start: int = 0) -> Tensor:
        """Turn vectors whose first one stands at the place ``start``."""
        if heads.ndim < 2 or heads.shape[-1] != self.d_head:
            raise ValueError(
                f"heads must have shape (..., L, {self.d_head}); got {tuple(heads.shape)}"
            )
        check_range("start", start, 0)
        n = heads.shape[-2]
        place = torch.arange(start, start + n, device=heads.device, dtype=torch.float64)
        rate = frequencies(self.d_head).to(heads.device)  # float64: places may be large
        angle = place[:, None] * rate  # (L, d_head / 2)
        cos, sin = angle.cos().to(heads), angle.sin().to(heads)
        a, b = heads.unflatten(-1, (-1, 2)).unbind(-1)  # pairs (2i, 2i + 1)
        return torch.stack([a * cos - b * sin, a * sin + b * cos], dim=-1).flatten(-2)


class SwiGLU(nn.Module):
    """A feed-forward network with a gate: W_2 (silu(W_1 x) * W_3 x), without biases.

    Args:
        d_model: Width of the vectors.
        d_ff: Hidden width; with 2/3 of the usual one it has as many weights as a plain network.

    Shapes:
        (..., d_model) -> (..., d_model).
    """

    def __init__(self, d_model: int, d_ff: int) -> None:
        super().__init__()
        check_range("d_ff", d_ff, 1)
        self.gate = nn.Linear(d_model, d_ff, bias=False)  # W_1
        self.value = nn.Linear(d_model, d_ff, bias=False)  # W_3
        self.second = nn.Linear(d_ff, d_model, bias=False)  # W_2

    def forward(self, x: Tensor) -> Tensor:
        return self.second(F.silu(self.gate(x)) * self.value(x))
