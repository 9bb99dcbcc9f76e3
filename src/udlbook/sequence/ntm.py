r"""A Neural Turing Machine: a small network that reads and writes a memory by attention.

The memory M has N slots of W numbers. At every step the controller, a network, tells a head where
to look, in four moves that can all be differentiated:

    content        w_c[i] = softmax_i(beta cos(k, M[i]))
    interpolation  w_g = g w_c + (1 - g) w_before
    shift          w_s[i] = sum_j s[j] w_g[i - j]      (indices go round the circle of slots)
    sharpening     w[i] = w_s[i]^gamma / sum_j w_s[j]^gamma

A read head returns r = sum_i w[i] M[i]. A write head first erases, then adds:
M[i] <- M[i] (1 - w[i] e) + w[i] a.

Source: Graves, Wayne & Danihelka, "Neural Turing machines", arXiv:1410.5401, equations 2 to 9,
and section 4.1 for the copy task. Ours differs: one read head and one write head; both start at
slot 0, where the paper leaves the first focus to the machine; a step writes before it reads; the
read vector goes to the output layer as well as to the controller of the next step.
"""

import math
from typing import NamedTuple

import torch
from torch import Generator, Tensor, nn
from torch.nn.functional import softplus

from .._check import check_choice, check_range, check_shape
from .lstm import LSTMCell

TINY = 1e-8

CONTROLLERS = ("feedforward", "lstm")


def content_weights(memory: Tensor, key: Tensor, beta: Tensor) -> Tensor:
    """Look where the memory resembles the key: softmax of beta times the cosine (eq. 5 and 6).

    Args:
        memory: What the slots hold.
        key: What to look for.
        beta: Key strength, 0 or more.

    Shapes:
        memory (B, N, W); key (B, W); beta (B,); returns (B, N).

    Raises:
        ValueError: If the shapes do not fit.
    """
    sizes = check_shape("memory", memory, "B", "N", "W")
    check_shape("key", key, sizes["B"], sizes["W"])
    check_shape("beta", beta, sizes["B"])
    inner = (memory @ key[:, :, None]).squeeze(2)  # (B, N)
    lengths = (memory.square().sum(2) + TINY).sqrt() * (key.square().sum(1) + TINY).sqrt()[:, None]
    return (beta[:, None] * inner / lengths).softmax(dim=1)


def interpolate(content: Tensor, before: Tensor, gate: Tensor) -> Tensor:
    """Mix the content weights with those of the step before (eq. 7).

    Shapes:
        content, before (B, N); gate (B,), from 0 to 1; returns (B, N).

    Raises:
        ValueError: If the shapes do not fit.
    """
    sizes = check_shape("content", content, "B", "N")
    check_shape("before", before, sizes["B"], sizes["N"])
    check_shape("gate", gate, sizes["B"])
    return before + gate[:, None] * (content - before)


def shift(weights: Tensor, by: Tensor) -> Tensor:
    """Move the weights round the circle of slots: a circular convolution (eq. 8).

    Args:
        weights: Where the head looks.
        by: Probability of each shift, from -K to K.

    Shapes:
        weights (B, N); by (B, 2 K + 1); returns (B, N).

    Raises:
        ValueError: If the number of shifts is even, larger than N, or the shapes do not fit.

    >>> shift(torch.tensor([[1.0, 0.0, 0.0]]), torch.tensor([[0.0, 0.0, 1.0]]))
    tensor([[0., 1., 0.]])
    """
    sizes = check_shape("weights", weights, "B", "N")
    n = check_shape("by", by, sizes["B"], "shifts")["shifts"]
    if n % 2 == 0 or n > sizes["N"]:
        raise ValueError(f"by must have an odd number of shifts, at most {sizes['N']}; got {n}")
    reach = n // 2
    rolled = [weights.roll(j, dims=1) for j in range(-reach, reach + 1)]
    return (torch.stack(rolled, dim=2) @ by[:, :, None]).squeeze(2)


def sharpen(weights: Tensor, gamma: Tensor) -> Tensor:
    """Raise the weights to a power of at least one, and normalize them (eq. 9).

    Shapes:
        weights (B, N); gamma (B,); returns (B, N).

    Raises:
        ValueError: If the shapes do not fit.
    """
    sizes = check_shape("weights", weights, "B", "N")
    check_shape("gamma", gamma, sizes["B"])
    raised = (weights + TINY).pow(gamma[:, None])  # the slope of 0^gamma is not a number
    return raised / raised.sum(dim=1, keepdim=True)


def read(memory: Tensor, weights: Tensor) -> Tensor:
    """The mean of the slots under the weights (eq. 2).

    Shapes:
        memory (B, N, W); weights (B, N); returns (B, W).

    Raises:
        ValueError: If the shapes do not fit.
    """
    sizes = check_shape("memory", memory, "B", "N", "W")
    check_shape("weights", weights, sizes["B"], sizes["N"])
    return (weights[:, None] @ memory).squeeze(1)


def write(memory: Tensor, weights: Tensor, erase: Tensor, add: Tensor) -> Tensor:
    """Erase, then add, in proportion to the weights (eq. 3 and 4).

    Args:
        memory: What the slots hold.
        weights: How much each slot is written to.
        erase: Part of each number to wipe out, from 0 to 1.
        add: What to add.

    Shapes:
        memory (B, N, W); weights (B, N); erase, add (B, W); returns (B, N, W).

    Raises:
        ValueError: If the shapes do not fit.
    """
    sizes = check_shape("memory", memory, "B", "N", "W")
    check_shape("weights", weights, sizes["B"], sizes["N"])
    check_shape("erase", erase, sizes["B"], sizes["W"])
    check_shape("add", add, sizes["B"], sizes["W"])
    w = weights[:, :, None]
    return memory * (1 - w * erase[:, None]) + w * add[:, None]


class NTMState(NamedTuple):
    """All that a machine carries from one step to the next.

    Shapes:
        memory (B, N, W); looks_read, looks_write (B, N); seen (B, W), the last read vector;
        controller: the two states (B, hidden) of an LSTM, or nothing.
    """

    memory: Tensor
    looks_read: Tensor
    looks_write: Tensor
    seen: Tensor
    controller: tuple[Tensor, ...] = ()


class NTMTrace(NamedTuple):
    """Where the heads looked and what was written, step by step.

    Shapes:
        looks_read, looks_write (B, T, N); added, seen (B, T, W).
    """

    looks_read: Tensor
    looks_write: Tensor
    added: Tensor
    seen: Tensor


class NTM(nn.Module):
    """A controller with one read head and one write head on a memory.

    Args:
        n_in: Numbers a step brings in.
        n_out: Logits a step gives out.
        slots: Slots N of the memory; may be changed after training, no weight depends on it.
        width: Numbers W a slot holds.
        hidden: Units of the controller.
        controller: ``"feedforward"``, one layer of tanh units whose only memory is M; or
            ``"lstm"``, which also remembers by itself.
        reach: The largest shift K.

    Shapes:
        x (B, T, n_in) -> logits (B, T, n_out).

    Raises:
        ValueError: If a size is not positive, the controller is unknown, or the shifts are more
            than the slots.
    """

    def __init__(
        self,
        n_in: int,
        n_out: int,
        *,
        slots: int = 32,
        width: int = 8,
        hidden: int = 32,
        controller: str = "feedforward",
        reach: int = 1,
    ) -> None:
        super().__init__()
        check_choice("controller", controller, CONTROLLERS)
        check_range("the smallest size", min(n_in, n_out, width, hidden), 1)
        check_range("reach", reach, 0)
        check_range("slots", slots, 2 * reach + 1)
        self.n_in, self.slots, self.width, self.reach = n_in, slots, width, reach
        self.hidden = hidden
        cell = LSTMCell if controller == "lstm" else nn.Linear
        self.controller = cell(n_in + width, hidden)
        head = width + 1 + 1 + (2 * reach + 1) + 1  # k, beta, g, s, gamma
        self.sizes = [width, 1, 1, 2 * reach + 1, 1]
        self.to_read = nn.Linear(hidden, head)
        self.to_write = nn.Linear(hidden, head)
        self.to_erase = nn.Linear(hidden, width)
        self.to_add = nn.Linear(hidden, width)
        self.out = nn.Linear(hidden + width, n_out)

    def start(self, batch: int) -> NTMState:
        """An almost empty memory, both heads at slot 0."""
        like = self.out.weight
        memory = like.new_full((batch, self.slots, self.width), 1e-3)
        first = like.new_zeros(batch, self.slots)
        first[:, 0] = 1
        states = 2 if isinstance(self.controller, LSTMCell) else 0
        inner = tuple(like.new_zeros(batch, self.hidden) for _ in range(states))
        return NTMState(memory, first, first, like.new_zeros(batch, self.width), inner)

    def step(self, x: Tensor, state: NTMState) -> tuple[Tensor, NTMState, Tensor]:
        """One step of the machine.

        Shapes:
            x (B, n_in). Returns logits (B, n_out), the new state, and what was added (B, width).
        """
        told = torch.cat([x, state.seen], dim=1)
        if state.controller:
            inner = self.controller(told, state.controller)
            h = inner[0]
        else:
            inner, h = (), torch.tanh(self.controller(told))
        looks_write = self.look(self.to_write(h), state.memory, state.looks_write)
        erase, add = self.to_erase(h).sigmoid(), self.to_add(h).tanh()
        memory = write(state.memory, looks_write, erase, add)
        looks_read = self.look(self.to_read(h), memory, state.looks_read)
        seen = read(memory, looks_read)
        logits = self.out(torch.cat([h, seen], dim=1))
        return logits, NTMState(memory, looks_read, looks_write, seen, inner), add

    def look(self, told: Tensor, memory: Tensor, before: Tensor) -> Tensor:
        """The four moves of a head, from the numbers that the controller sends it.

        Shapes:
            told (B, width + 2 reach + 4): k, beta, g, s and gamma before their activations;
            memory (B, N, width); before (B, N); returns (B, N).
        """
        k, beta, g, s, gamma = told.split(self.sizes, dim=1)
        w = content_weights(memory, k.tanh(), softplus(beta[:, 0]))
        w = interpolate(w, before, g[:, 0].sigmoid())
        w = shift(w, s.softmax(dim=1))
        return sharpen(w, 1 + softplus(gamma[:, 0]))

    def forward(self, x: Tensor) -> Tensor:
        return self.trace(x)[0]

    def trace(self, x: Tensor) -> tuple[Tensor, NTMTrace]:
        """The logits of all steps, and where the heads looked.

        Shapes:
            x (B, T, n_in); logits (B, T, n_out).
        """
        check_shape("x", x, "B", "T", self.n_in)
        state, logits, looks = self.start(len(x)), [], []
        for x_t in x.unbind(dim=1):
            y, state, add = self.step(x_t, state)
            logits.append(y)
            looks.append((state.looks_read, state.looks_write, add, state.seen))
        columns = (torch.stack(column, dim=1) for column in zip(*looks, strict=True))
        return torch.stack(logits, dim=1), NTMTrace(*columns)


def copy_task(n: int, length: int, bits: int, *, generator: Generator) -> tuple[Tensor, Tensor]:
    """Random bit vectors to hear, a mark, and silence in which to say them again.

    Args:
        n: Sequences.
        length: Vectors of a sequence.
        bits: Bits of a vector.
        generator: Draws the bits.

    Shapes:
        Returns x (n, 2 length + 1, bits + 1), whose last channel is the mark, and the target
        (n, length, bits) of the last ``length`` steps.

    Raises:
        ValueError: If a number is not positive.
    """
    check_range("the smallest of n, length and bits", min(n, length, bits), 1)
    device = generator.device
    said = torch.randint(2, (n, length, bits), generator=generator, device=device).float()
    x = torch.zeros(n, 2 * length + 1, bits + 1, device=device)
    x[:, :length, :bits] = said
    x[:, length, bits] = 1
    return x, said


def copy_cost(logits: Tensor, target: Tensor) -> Tensor:
    """Mean cross-entropy of a bit, in bits, over the steps in which the machine must answer.

    Shapes:
        logits (n, 2 length + 1, bits); target (n, length, bits); returns a scalar.
    """
    said = logits[:, -target.shape[1] :]
    return nn.functional.binary_cross_entropy_with_logits(said, target) / math.log(2)
