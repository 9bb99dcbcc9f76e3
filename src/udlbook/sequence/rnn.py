r"""The simple recurrent network: h' = tanh(W x + U h + b).

The state at one step is a hidden layer that also sees the state before. One set of weights serves
all steps, as one filter of a convolution serves all places.

Source: Elman, "Finding structure in time", Cognitive Science 14, 1990. Ours differs: tanh instead
of the logistic function, and two biases, as in torch.
"""

import torch
from torch import Tensor

from .._check import check_choice
from ._cell import Cell, State

ACTIVATIONS = {"tanh": torch.tanh, "relu": torch.relu, "linear": lambda a: a}


class ElmanCell(Cell):
    """h' = f(W_ih x + b_ih + W_hh h + b_hh).

    Args:
        dim: Size of an input.
        hidden: Size H of the state.
        activation: The function f: ``"tanh"``, ``"relu"``, or ``"linear"``, with which the state
            is a sum of powers of W_hh applied to the inputs, and everything has a closed form.

    Shapes:
        x (B, D), state ((B, H),) -> ((B, H),).

    Raises:
        ValueError: If a size is not positive or there is no such activation.
    """

    def __init__(self, dim: int, hidden: int, activation: str = "tanh") -> None:
        super().__init__(dim, hidden)
        check_choice("activation", activation, tuple(ACTIVATIONS))
        self.activation = activation

    def recur(self, a: Tensor, state: State) -> State:
        (h,) = state
        return (ACTIVATIONS[self.activation](a + h @ self.weight_hh.T + self.bias_hh),)
