"""An endless stream of shuffled batches that can be stopped and taken up again."""

from collections.abc import Iterator

import torch
from torch import Generator, Tensor

from .._check import check_range


class Batches(Iterator):
    """Yields tuples of batches for ever; every epoch is a new order of all examples.

    Args:
        *data: Tensors with the same first size.
        size: Examples a batch; the last batch of an epoch holds what is left.
        generator: Draws the orders; keep it for this stream, or list it in the checkpoint.

    Shapes:
        data (N, ...); yields (B, ...).

    Raises:
        ValueError: If the tensors differ in length, are empty, or ``size`` is not positive.
    """

    def __init__(self, *data: Tensor, size: int, generator: Generator) -> None:
        lengths = [len(d) for d in data]
        if not lengths or len(set(lengths)) > 1 or lengths[0] == 0:
            raise ValueError(f"data must be tensors of one length, not empty; got {lengths}")
        check_range("size", size, 1)
        self.data, self.size, self.generator = data, size, generator
        self.order = torch.empty(0, dtype=torch.int64)
        self.position = 0

    def __next__(self) -> tuple[Tensor, ...]:
        if self.position >= len(self.order):
            device = self.generator.device
            self.order = torch.randperm(len(self.data[0]), generator=self.generator, device=device)
            self.position = 0
        index = self.order[self.position : self.position + self.size]
        self.position += self.size
        return tuple(d[index.to(d.device)] for d in self.data)

    def state_dict(self) -> dict[str, Tensor]:
        """What the stream needs to go on: the order, the place in it and the generator."""
        return {
            "order": self.order,
            "position": torch.tensor(self.position),
            "generator": self.generator.get_state(),
        }

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Go on where another stream over the same data stopped.

        Raises:
            ValueError: If that stream had another number of examples.
        """
        if len(state["order"]) not in (0, len(self.data[0])):
            raise ValueError(
                f"order must have {len(self.data[0])} examples; got {len(state['order'])}"
            )
        self.order = state["order"].to(self.generator.device)
        self.position = int(state["position"])
        self.generator.set_state(state["generator"].cpu())


def batches(x: Tensor, y: Tensor, size: int, generator: Generator) -> Batches:
    """Shuffled batches (x, y), reshuffled each epoch, without end.

    >>> stream = batches(torch.arange(3), torch.arange(3), 2, Generator().manual_seed(0))
    >>> [len(next(stream)[0]) for _ in range(4)]
    [2, 1, 2, 1]
    """
    return Batches(x, y, size=size, generator=generator)
