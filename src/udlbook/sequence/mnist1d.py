"""The recurrent network of the MNIST-1D paper.

Source: Greydanus & Kobak, "Scaling down deep learning with MNIST-1D", arXiv:2011.14439; the
paper's repository greydanus/mnist1d, file notebooks/models.py, class GRUBase.
"""

from torch import Tensor, nn

from .._check import check_shape


class SequenceGRU(nn.Module):
    """A bidirectional GRU over the points of a signal; a linear layer reads all its states.

    Args:
        length: Points of a signal.
        n_classes: Number of logits.
        hidden: Size of the state, in each direction.

    Shapes:
        (B, length) -> (B, n_classes).
    """

    def __init__(self, length: int = 40, n_classes: int = 10, hidden: int = 6) -> None:
        super().__init__()
        self.length = length
        self.gru = nn.GRU(1, hidden, batch_first=True, bidirectional=True)
        self.out = nn.Linear(2 * hidden * length, n_classes)

    def forward(self, x: Tensor) -> Tensor:
        check_shape("x", x, "B", self.length)
        states, _ = self.gru(x[:, :, None])  # (B, length, 2 * hidden)
        return self.out(states.flatten(1))
