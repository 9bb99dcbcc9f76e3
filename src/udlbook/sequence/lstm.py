r"""Long short-term memory: a sum that gates protect.

The cell c is a running sum. The input gate i says what is added, the forget gate f what stays,
the output gate o what is shown::

    i, f, o = sigmoid(W x + U h + b), each with its own weights     g = tanh(W_g x + U_g h + b_g)
    c' = f * c + i * g                                              h' = o * tanh(c')

Source: Hochreiter & Schmidhuber, "Long short-term memory", Neural Computation 9(8), 1997; the
forget gate is from Gers, Schmidhuber & Cummins, "Learning to forget: continual prediction with
LSTM", Neural Computation 12(10), 2000. Ours differs: one cell in each memory block, no peepholes,
and the whole gradient, while the first paper cuts it where it leaves a memory cell.
"""

import torch
from torch import Tensor, nn

from .._check import check_choice
from ._cell import Cell, State


class LSTMCell(Cell):
    """Long short-term memory; rows of the weights in torch's order i, f, g, o.

    Args:
        dim: Size of an input.
        hidden: Size H of the state.
        variant: ``"torch"``: with a forget gate. ``"1997"``: as it was first, without one (rows
            i, g, o), with the first paper's squashing: 2 tanh(a / 2) into the cell and
            tanh(c / 2) out of it.
        forget_bias: Where the sum of the forget gate's two biases starts; None leaves them random.
            A large one lets the cell remember before it has learned what for.

    Shapes:
        x (B, D), state (h, c), each (B, H) -> (h, c), each (B, H).

    Raises:
        ValueError: If a size is not positive, there is no such variant, or a forget bias is
            given where there is no forget gate.
    """

    n_states = 2

    def __init__(
        self,
        dim: int,
        hidden: int,
        variant: str = "torch",
        forget_bias: float | None = None,
    ) -> None:
        check_choice("variant", variant, ("torch", "1997"))
        self.gates = 4 if variant == "torch" else 3
        super().__init__(dim, hidden)
        self.variant = variant
        if forget_bias is not None:
            if variant == "1997":
                raise ValueError("forget_bias must be None for variant '1997'; got a number")
            nn.init.constant_(self.bias_ih[hidden : 2 * hidden], forget_bias)
            nn.init.zeros_(self.bias_hh[hidden : 2 * hidden])

    def recur(self, a: Tensor, state: State) -> State:
        h, c = state
        a = a + h @ self.weight_hh.T + self.bias_hh
        if self.variant == "torch":
            i, f, g, o = a.chunk(4, dim=1)
            c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
            return torch.sigmoid(o) * torch.tanh(c), c
        i, g, o = a.chunk(3, dim=1)
        c = c + torch.sigmoid(i) * 2 * torch.tanh(g / 2)  # kept for ever, as it is
        return torch.sigmoid(o) * torch.tanh(c / 2), c
