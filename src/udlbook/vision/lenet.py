r"""LeNet-5 as its paper has it, and the variant that is taught today.

Source: LeCun, Bottou, Bengio & Haffner, "Gradient-based learning applied to document
recognition", Proceedings of the IEEE 86(11), 1998, section II.B, table I, equations 5 to 9. It
counts 60,000 trainable parameters and 340,908 connections. Ours differs: the centres of the
output layer are random rows of -1 and +1, which the paper mentions, and not drawn letters; images
are given as they are, not scaled to mean 0 and variance 1.
"""

import torch
from torch import Generator, Tensor, nn

from .._check import check_choice, check_shape
from ..layers import Conv2d, conv2d
from .pooling import MaxPool, mean_pool2d

# Table I: row, a map of S2; column, a map of C3; X where the second reads the first.
TABLE = """
X...XXX..XXXX.XX
XX...XXX..XXXX.X
XXX...XXX..X.XXX
.XXX..XXXX..X.XX
..XXX..XXXX.XX.X
...XXX..XXXX.XXX
"""


def connection_table() -> Tensor:
    """Which maps of C3 read which maps of S2: table I of the paper. Shapes: (16, 6), bool."""
    rows = [[letter == "X" for letter in row] for row in TABLE.split()]
    return torch.tensor(rows).mT.contiguous()


def squash(a: Tensor) -> Tensor:
    """The paper's activation, 1.7159 tanh(2 a / 3): it maps -1 to -1 and 1 to 1 (equation 6)."""
    return 1.7159 * torch.tanh(2 / 3 * a)


class Subsampling(nn.Module):
    """Add up each 2 x 2 window, times a coefficient, plus a bias; two numbers a map.

    Shapes:
        (B, channels, H, W) -> (B, channels, H / 2, W / 2).
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.coefficient = nn.Parameter(torch.full((channels,), 0.25))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        total = 4 * mean_pool2d(x, 2)
        return self.coefficient[:, None, None] * total + self.bias[:, None, None]


class TableConv2d(nn.Module):
    """A convolution whose outputs read only the inputs that a table gives them.

    Args:
        table: Which output reads which input.
        kernel: Height and width of the kernels.

    Shapes:
        table (O, C), bool; (B, C, H, W) -> (B, O, H - kernel + 1, W - kernel + 1).

    Raises:
        ValueError: If the table has not two axes.
    """

    def __init__(self, table: Tensor, kernel: int) -> None:
        super().__init__()
        check_shape("table", table, "O", "C")
        self.kernel = kernel
        self.register_buffer("table", table.bool())
        # Only the weights that exist: one kernel for each True, and one bias for each output.
        self.weight = nn.Parameter(torch.empty(int(table.sum()), kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(len(table)))

    def forward(self, x: Tensor) -> Tensor:
        weight = self.weight.new_zeros(*self.table.shape, self.kernel, self.kernel)
        return conv2d(
            x, weight.masked_scatter(self.table[:, :, None, None], self.weight), self.bias
        )


class RBF(nn.Module):
    """Squared distance of the input to a fixed centre for each class (equation 7).

    Minus half of it is, up to a constant, the log density of a normal around the centre; a small
    output means "this class".

    Shapes:
        (B, D) -> (B, n_classes).
    """

    def __init__(self, dim: int, n_classes: int, *, generator: Generator) -> None:
        super().__init__()
        signs = torch.randint(0, 2, (n_classes, dim), generator=generator) * 2.0 - 1
        self.register_buffer("centres", signs)

    def forward(self, x: Tensor) -> Tensor:
        check_shape("x", x, "B", self.centres.shape[1])
        return (x[:, None] - self.centres).square().sum(dim=2)


def rbf_loss(distances: Tensor, y: Tensor, j: float = 1.0) -> Tensor:
    """The paper's loss (equation 9): y_D + log(e^-j + sum_i e^-y_i), averaged over the batch.

    A cross-entropy of the distances with one more class, "rubbish", whose distance is always j.

    Args:
        distances: What the RBF layer gives.
        y: True classes.
        j: Distance of the rubbish class.

    Shapes:
        distances (B, K); y (B,); returns a scalar.

    Raises:
        ValueError: If the shapes do not fit.
    """
    check_shape("distances", distances, "B", "K")
    check_shape("y", y, len(distances))
    rubbish = distances.new_full((len(y), 1), j)
    normalizer = torch.logsumexp(-torch.cat([distances, rubbish], dim=1), dim=1)
    return (distances.gather(1, y[:, None])[:, 0] + normalizer).mean()


class LeNet5(nn.Module):
    """LeNet-5 of 1998: C1, S2, C3 with its table, S4, C5, F6 and an output layer.

    Args:
        output: "rbf" for distances to fixed centres, as in the paper (use ``rbf_loss``), or
            "linear" for logits.
        table: Whether maps of C3 read only the maps of S2 that table I gives them.
        generator: Draws the centres of the classes; a fixed one unless given.

    Shapes:
        (B, 1, 32, 32) -> (B, 10).

    Raises:
        ValueError: If there is no such output, or the images have another size.
    """

    def __init__(
        self, output: str = "rbf", *, table: bool = True, generator: Generator | None = None
    ) -> None:
        super().__init__()
        check_choice("output", output, ("rbf", "linear"))
        generator = generator or Generator().manual_seed(0)
        every = torch.ones(16, 6, dtype=torch.bool)
        self.c1 = Conv2d(1, 6, 5)
        self.s2 = Subsampling(6)
        self.c3 = TableConv2d(connection_table() if table else every, 5)
        self.s4 = Subsampling(16)
        self.c5 = Conv2d(16, 120, 5)
        self.f6 = nn.Linear(120, 84)
        self.out = RBF(84, 10, generator=generator) if output == "rbf" else nn.Linear(84, 10)
        # Each weight within +-2.4 / fan-in, as in the appendix, so that sums stay where it bends.
        fan_in = (self.c3.table.sum(dim=1) * 25)[self.c3.table.nonzero()[:, 0]]
        with torch.no_grad():
            self.c3.weight.uniform_(-2.4, 2.4).div_(fan_in[:, None, None])
            for layer, fan in (self.c1, 25), (self.c5, 400), (self.f6, 120):
                layer.weight.uniform_(-2.4 / fan, 2.4 / fan)

    def stages(self, x: Tensor) -> dict[str, Tensor]:
        """The maps after each layer, by the paper's names."""
        check_shape("x", x, "B", 1, 32, 32)
        maps = {"input": x}
        for name in ("c1", "s2", "c3", "s4", "c5"):
            x = maps[name] = squash(getattr(self, name)(x))
        x = maps["f6"] = squash(self.f6(x.flatten(1)))
        maps["output"] = self.out(x)
        return maps

    def forward(self, x: Tensor) -> Tensor:
        return self.stages(x)["output"]


def connections() -> dict[str, int]:
    """Weights and biases of LeNet-5 times the places they are used at, as the paper counts them.

    >>> sum(connections().values())
    340908
    """
    kernels = int(connection_table().sum())
    return {
        "c1": 28 * 28 * 6 * (25 + 1),
        "s2": 14 * 14 * 6 * (4 + 1),
        "c3": 10 * 10 * (25 * kernels + 16),
        "s4": 5 * 5 * 16 * (4 + 1),
        "c5": 120 * (16 * 25 + 1),
        "f6": 84 * (120 + 1),
        "output": 84 * 10,
    }


def modern_lenet5() -> nn.Sequential:
    """LeNet-5 as it is taught today: every map reads all, maxima, ReLUs, logits.

    Shapes:
        (B, 1, 32, 32) -> (B, 10).

    >>> sum(p.numel() for p in modern_lenet5().parameters())
    61706
    """
    return nn.Sequential(
        Conv2d(1, 6, 5), nn.ReLU(), MaxPool(2), Conv2d(6, 16, 5), nn.ReLU(), MaxPool(2),
        nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(),
        nn.Linear(84, 10),
    )  # fmt: skip
