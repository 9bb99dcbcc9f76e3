r"""The gated recurrent unit: a state that is a moving average with a learned rate.

The update gate z says how much of the old state stays, the reset gate r how much of it the
candidate n may see::

    r = sigmoid(W_r x + U_r h)      z = sigmoid(W_z x + U_z h)
    n = tanh(W x + U (r * h))       h' = (1 - z) * n + z * h

Source: Cho et al., "Learning phrase representations using RNN encoder-decoder for statistical
machine translation", EMNLP 2014, arXiv:1406.1078, equations 5 to 8. Ours differs: there are
biases; and in the ``"torch"`` variant the reset gate acts after the product with U, r * (U h + c),
which lets one matrix product serve all three gates. Chung et al. (arXiv:1412.3555) and some
libraries call z what is 1 - z here.
"""

import torch
from torch import Tensor

from .._check import check_choice
from ._cell import Cell, State


class GRUCell(Cell):
    """A gated recurrent unit; rows of the weights in the order r, z, n.

    Args:
        dim: Size of an input.
        hidden: Size H of the state.
        variant: ``"torch"``: the reset gate acts on U h + c; ``"cho"``: on h, as in the paper.

    Shapes:
        x (B, D), state ((B, H),) -> ((B, H),).

    Raises:
        ValueError: If a size is not positive or there is no such variant.
    """

    gates = 3

    def __init__(self, dim: int, hidden: int, variant: str = "torch") -> None:
        super().__init__(dim, hidden)
        check_choice("variant", variant, ("torch", "cho"))
        self.variant = variant

    def recur(self, a: Tensor, state: State) -> State:
        (h,) = state
        size = self.hidden
        if self.variant == "torch":
            u = h @ self.weight_hh.T + self.bias_hh  # (B, 3H): all three gates at once
            r, z = torch.sigmoid(a[:, : 2 * size] + u[:, : 2 * size]).chunk(2, dim=1)
            n = torch.tanh(a[:, 2 * size :] + r * u[:, 2 * size :])
        else:
            u = h @ self.weight_hh[: 2 * size].T + self.bias_hh[: 2 * size]
            r, z = torch.sigmoid(a[:, : 2 * size] + u).chunk(2, dim=1)
            inner = (r * h) @ self.weight_hh[2 * size :].T + self.bias_hh[2 * size :]
            n = torch.tanh(a[:, 2 * size :] + inner)
        return (n + z * (h - n),)
