"""What all recurrent cells share: four parameters, and a step that is split in two.

A cell maps an input and a state to the next state. Half of the work does not depend on the
state: the product of the input with its weights. ``project`` does it for all steps of a sequence
in one matrix product; ``recur`` does the rest, one step after another.

A state is a tuple of tensors whose first entry h is what the cell shows to the outside.
"""

import math
from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from .._check import check_range, check_shape

State = tuple[Tensor, ...]


class Cell(nn.Module, ABC):
    """The base of the cells, which write ``recur``.

    Parameters have the names and the order of torch's.

    Args:
        dim: Size of an input.
        hidden: Size H of the state.

    Raises:
        ValueError: If a size is not positive.
    """

    gates = 1  # blocks of H rows in each weight
    n_states = 1  # tensors in a state

    def __init__(self, dim: int, hidden: int) -> None:
        super().__init__()
        check_range("dim", dim, 1)
        check_range("hidden", hidden, 1)
        self.dim, self.hidden = dim, hidden
        rows = self.gates * hidden
        self.weight_ih = nn.Parameter(torch.empty(rows, dim))
        self.weight_hh = nn.Parameter(torch.empty(rows, hidden))
        self.bias_ih = nn.Parameter(torch.empty(rows))
        self.bias_hh = nn.Parameter(torch.empty(rows))
        for p in self.parameters():
            nn.init.uniform_(p, -1 / math.sqrt(hidden), 1 / math.sqrt(hidden))

    def start(self, batch: int) -> State:
        """A state of zeros. Shapes: each (batch, H)."""
        zeros = self.weight_hh.new_zeros(batch, self.hidden)
        return (zeros,) * self.n_states

    def project(self, x: Tensor) -> Tensor:
        """What the input contributes to all gates. Shapes: (..., D) -> (..., gates * H)."""
        return x @ self.weight_ih.T + self.bias_ih

    @abstractmethod
    def recur(self, a: Tensor, state: State) -> State:
        """The next state. Shapes: a (B, gates * H), from ``project``; each state (B, H)."""

    def forward(self, x: Tensor, state: State | None = None) -> State:
        """One step.

        Shapes:
            x (B, D); each tensor of the state (B, H), before and after.

        Raises:
            ValueError: If the shapes do not fit.
        """
        batch = check_shape("x", x, "B", self.dim)["B"]
        state = self.start(batch) if state is None else self.checked(state, batch)
        return self.recur(self.project(x), state)

    def checked(self, state: State, batch: int) -> State:
        """The state, if it has the right number of tensors of the right shape.

        Raises:
            ValueError: If it has not.
        """
        if isinstance(state, Tensor) or len(state) != self.n_states:
            got = "a tensor" if isinstance(state, Tensor) else f"{len(state)} entries"
            raise ValueError(f"state must be a tuple of {self.n_states} tensor(s); got {got}")
        for part in state:
            check_shape("state", part, batch, self.hidden)
        return tuple(state)
