"""A cell over a whole sequence; deep, bidirectional, and over sequences of different lengths.

``scan`` is the loop over time. ``Recurrent`` stacks it: the states of one layer are the inputs of
the next, and with ``bidirectional`` a second cell reads each layer's input from its end.

Source: Schuster & Paliwal, "Bidirectional recurrent neural networks", IEEE Transactions on Signal
Processing 45(11), 1997. Ours differs: a shorter sequence of a batch is cut off by a mask, where
torch packs what is left of the batch at each step; the numbers are the same.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from .._check import check_range, check_shape
from ._cell import Cell, State


def scan(
    cell: Cell,
    x: Tensor,
    state: State | None = None,
    *,
    lengths: Tensor | None = None,
    reverse: bool = False,
) -> tuple[Tensor, State]:
    """Run a cell over all steps of a batch of sequences.

    Args:
        cell: An ``ElmanCell``, ``GRUCell`` or ``LSTMCell``.
        x: The sequences.
        state: Where to start; zeros if None.
        lengths: How many steps of each sequence count. Behind them the state stays as it is, and
            the output is zero.
        reverse: Read from the end. Output t is then the state after steps T - 1 down to t.

    Returns:
        The output h of every step, and the state at the end.

    Shapes:
        x (B, T, D); lengths (B,), whole numbers from 1 to T. Returns (B, T, H) and a state of
        tensors (B, H).

    Raises:
        ValueError: If shapes do not fit or a length is out of range.
    """
    sizes = check_shape("x", x, "B", "T", cell.dim)
    check_range("steps of x", sizes["T"], 1)
    state = cell.start(sizes["B"]) if state is None else cell.checked(state, sizes["B"])
    inside = None if lengths is None else length_mask(lengths, sizes["T"], sizes["B"])
    a = cell.project(x).unbind(dim=1)
    output = [a[0]] * len(a)
    for t in reversed(range(len(a))) if reverse else range(len(a)):
        after = cell.recur(a[t], state)
        if inside is not None:
            now = inside[:, t : t + 1]
            after = tuple(torch.where(now, n, s) for n, s in zip(after, state, strict=True))
        state = after
        output[t] = state[0]
    out = torch.stack(output, dim=1)
    return (out if inside is None else out * inside[:, :, None]), state


def length_mask(lengths: Tensor, steps: int, batch: int | None = None) -> Tensor:
    """True where a step belongs to its sequence.

    Shapes:
        lengths (B,) -> (B, steps).

    Raises:
        ValueError: If lengths is not a vector of B whole numbers from 1 to ``steps``.

    >>> length_mask(torch.tensor([1, 3]), 3).int().tolist()
    [[1, 0, 0], [1, 1, 1]]
    """
    check_shape("lengths", lengths, "B" if batch is None else batch)
    if lengths.is_floating_point() or lengths.dtype == torch.bool:
        raise ValueError(f"lengths must be whole numbers; got {lengths.dtype}")
    if lengths.numel():
        check_range("lengths", int(lengths.min()), 1, steps)
        check_range("lengths", int(lengths.max()), 1, steps)
    return torch.arange(steps, device=lengths.device) < lengths[:, None]


class Recurrent(nn.Module):
    """Layers of a recurrent cell, in one direction or two.

    Args:
        cell: Makes a cell from the size of its input and of its state: a class such as
            ``GRUCell``, or a ``functools.partial`` of one.
        dim: Size of an input.
        hidden: Size H of the state of each cell.
        n_layers: Depth; layer k reads the output of layer k - 1.
        bidirectional: Whether each layer has a second cell that reads from the end; the two
            outputs stand side by side.

    Shapes:
        x (B, T, D) -> (B, T, directions * H), and the last states, each
        (n_layers * directions, B, H).

    Raises:
        ValueError: If a size is not positive.
    """

    def __init__(
        self,
        cell: Callable[[int, int], Cell],
        dim: int,
        hidden: int,
        *,
        n_layers: int = 1,
        bidirectional: bool = False,
    ) -> None:
        super().__init__()
        check_range("n_layers", n_layers, 1)
        self.directions = 2 if bidirectional else 1
        self.cells = nn.ModuleList(
            cell(dim if layer == 0 else self.directions * hidden, hidden)
            for layer in range(n_layers)
            for _ in range(self.directions)
        )

    def forward(
        self, x: Tensor, start: State | None = None, *, lengths: Tensor | None = None
    ) -> tuple[Tensor, State]:
        """Read all sequences.

        Args:
            x: The sequences.
            start: States before the first step, as this method returns them; zeros if None.
            lengths: As in ``scan``. A cell that reads from the end then begins at the last step
                of each sequence, not in its padding.

        Raises:
            ValueError: If shapes do not fit or a length is out of range.
        """
        check_shape("x", x, "B", "T", self.cells[0].dim)
        if start is not None:
            for part in start:
                check_shape("start", part, len(self.cells), len(x), self.cells[0].hidden)
        last = []
        for first in range(0, len(self.cells), self.directions):
            outputs = []
            for k in range(first, first + self.directions):
                state = None if start is None else tuple(part[k] for part in start)
                reverse = k > first
                output, end = scan(self.cells[k], x, state, lengths=lengths, reverse=reverse)
                outputs.append(output)
                last.append(end)
            x = torch.cat(outputs, dim=2)
        return x, tuple(torch.stack(part) for part in zip(*last, strict=True))

    @torch.no_grad()
    def copy_from(self, other: nn.RNNBase) -> "Recurrent":
        """Take over the weights of a ``torch.nn.RNN``, ``GRU`` or ``LSTM`` of the same sizes.

        Raises:
            ValueError: If the sizes differ.
        """
        for k, cell in enumerate(self.cells):
            layer, backward = divmod(k, self.directions)
            for name, p in cell.named_parameters():
                key = f"{name}_l{layer}{'_reverse' * backward}"
                source = getattr(other, key, None)
                if source is None or source.shape != p.shape:
                    got = "none" if source is None else tuple(source.shape)
                    raise ValueError(f"{key} must have shape {tuple(p.shape)}; got {got}")
                p.copy_(source)
        if len(self.cells) != other.num_layers * (2 if other.bidirectional else 1):
            raise ValueError(
                f"other must have {len(self.cells)} cells; got {other.num_layers} layers, "
                f"bidirectional={other.bidirectional}"
            )
        return self
