r"""Backpropagation through time, written out; cut into pieces; and watched on its way back.

The error of a state has two sources: what the loss says about it directly, and what comes back
from the state after it. ``elman_gradients`` and ``lstm_gradients`` follow both by hand. ``pieces``
is truncated backpropagation through time: values flow on, errors stop. ``gradient_by_step``
measures how much of an error arrives how far back.

Source: Werbos, "Backpropagation through time: what it does and how to do it", Proceedings of the
IEEE 78(10), 1990. Ours differs: with ``cut`` the errors stop between fixed pieces, as they do in
most programs, not a fixed number of steps behind each loss.
"""

from collections.abc import Iterator

import torch
from torch import Tensor

from .._check import check_choice, check_range, check_shape
from ._cell import Cell, State
from .lstm import LSTMCell
from .rnn import ElmanCell
from .stacked import scan


@torch.no_grad()
def elman_gradients(
    cell: ElmanCell, x: Tensor, error: Tensor, *, cut: int | None = None
) -> dict[str, Tensor]:
    """Gradients of a loss with respect to all that an Elman network depends on, by hand.

    Args:
        cell: A cell with tanh; it starts from a state of zeros.
        x: The sequences.
        error: Direct derivatives of the loss with respect to each state.
        cut: Let no error pass from step ``cut`` to the step before, nor at its multiples.

    Returns:
        The gradients of ``weight_ih``, ``weight_hh``, ``bias_ih``, ``bias_hh`` and ``x``.

    Shapes:
        x (B, T, D); error (B, T, H); each gradient has the shape of its value.

    Raises:
        ValueError: If shapes do not fit, or the activation is not tanh.
    """
    check_choice("activation of the cell", cell.activation, ("tanh",))
    B, T = _check(cell, x, error, cut)
    states = [cell.start(B)[0]]  # forward, and everything is kept
    for t in range(T):
        states += cell.recur(cell.project(x[:, t]), (states[-1],))
    da = torch.empty_like(error)  # derivative with respect to what tanh is applied to
    later = torch.zeros_like(states[0])
    for t in reversed(range(T)):
        da[:, t] = (error[:, t] + later) * (1 - states[t + 1] ** 2)  # tanh' = 1 - tanh^2
        later = torch.zeros_like(later) if _is_cut(t, cut) else da[:, t] @ cell.weight_hh
    return _weight_gradients(cell, x, da, torch.stack(states[:-1], dim=1))


@torch.no_grad()
def lstm_gradients(
    cell: LSTMCell, x: Tensor, error: Tensor, *, cut: int | None = None
) -> dict[str, Tensor]:
    """The same for long short-term memory, where errors come back along h and along c.

    Args:
        cell: A cell with a forget gate; it starts from a state of zeros.
        x: The sequences.
        error: Direct derivatives of the loss with respect to each output h.
        cut: As in ``elman_gradients``.

    Returns:
        The gradients of ``weight_ih``, ``weight_hh``, ``bias_ih``, ``bias_hh`` and ``x``.

    Shapes:
        x (B, T, D); error (B, T, H); each gradient has the shape of its value.

    Raises:
        ValueError: If shapes do not fit, or the cell has no forget gate.
    """
    check_choice("variant of the cell", cell.variant, ("torch",))
    B, T = _check(cell, x, error, cut)
    states, gates = [cell.start(B)], []
    for t in range(T):
        h, c = states[-1]
        a = cell.project(x[:, t]) + h @ cell.weight_hh.T + cell.bias_hh
        i, f, g, o = a.chunk(4, dim=1)
        i, f, g, o = torch.sigmoid(i), torch.sigmoid(f), torch.tanh(g), torch.sigmoid(o)
        gates.append((i, f, g, o))
        c = f * c + i * g
        states.append((o * torch.tanh(c), c))
    da = error.new_empty(B, T, 4 * cell.hidden)
    h_later = c_later = torch.zeros_like(states[0][0])
    for t in reversed(range(T)):
        (i, f, g, o), c_before = gates[t], states[t][1]
        squashed = torch.tanh(states[t + 1][1])
        dh = error[:, t] + h_later
        dc = c_later + dh * o * (1 - squashed**2)  # from the future of c, and through h
        da[:, t] = torch.cat(
            [
                dc * g * i * (1 - i),
                dc * c_before * f * (1 - f),
                dc * i * (1 - g**2),
                dh * squashed * o * (1 - o),
            ],
            dim=1,
        )
        h_later, c_later = da[:, t] @ cell.weight_hh, dc * f
        if _is_cut(t, cut):
            h_later, c_later = torch.zeros_like(h_later), torch.zeros_like(c_later)
    return _weight_gradients(cell, x, da, torch.stack([h for h, _ in states[:-1]], dim=1))


def pieces(
    cell: Cell, x: Tensor, size: int, state: State | None = None
) -> Iterator[tuple[slice, Tensor]]:
    """Truncated backpropagation through time: the outputs of one piece after another.

    Take a loss of each piece and go backward before asking for the next; then only one piece is
    in memory. The state is handed on as a number, without its history.

    Args:
        cell: The cell.
        x: Long sequences.
        size: Steps in a piece; the last one holds what is left.
        state: Where to start; zeros if None.

    Yields:
        The steps of the piece, and its outputs.

    Shapes:
        x (B, T, D); yields outputs (B, size, H).

    Raises:
        ValueError: If the shape does not fit or the size is not positive.
    """
    sizes = check_shape("x", x, "B", "T", cell.dim)
    check_range("size", size, 1)
    for first in range(0, sizes["T"], size):
        steps = slice(first, min(first + size, sizes["T"]))
        output, state = scan(cell, x[:, steps], state)
        state = tuple(s.detach() for s in state)
        yield steps, output


def gradient_by_step(cell: Cell, x: Tensor, error: Tensor) -> Tensor:
    """How long the gradient is when it has come back to each state.

    Args:
        cell: The cell.
        x: The sequences.
        error: Derivative of the loss with respect to the last output h.

    Returns:
        The Euclidean norm of the derivative with respect to all of the state, with the cell of an
        LSTM, at index 0 before the first step and at index T after the last.

    Shapes:
        x (B, T, D); error (B, H) -> (B, T + 1).

    Raises:
        ValueError: If the shapes do not fit.
    """
    sizes = check_shape("x", x, "B", "T", cell.dim)
    check_shape("error", error, sizes["B"], cell.hidden)
    state = tuple(s.requires_grad_() for s in map(torch.clone, cell.start(sizes["B"])))
    path = [state]
    for a in cell.project(x).unbind(dim=1):
        # Copies, so that h and c are separate inputs of the next step: h was made from c.
        path.append(tuple(s.clone() for s in cell.recur(a, path[-1])))
    flat = [part for state in path for part in state]
    gradients = torch.autograd.grad((path[-1][0] * error).sum(), flat, materialize_grads=True)
    norms = torch.stack([g.square().sum(dim=1) for g in gradients], dim=1)
    return norms.unflatten(1, (-1, cell.n_states)).sum(dim=2).sqrt()


def _check(cell: Cell, x: Tensor, error: Tensor, cut: int | None) -> tuple[int, int]:
    sizes = check_shape("x", x, "B", "T", cell.dim)
    check_shape("error", error, sizes["B"], sizes["T"], cell.hidden)
    if cut is not None:
        check_range("cut", cut, 1)
    return sizes["B"], sizes["T"]


def _is_cut(t: int, cut: int | None) -> bool:
    """Whether no error may leave step t towards step t - 1."""
    return cut is not None and t % cut == 0


def _weight_gradients(cell: Cell, x: Tensor, da: Tensor, before: Tensor) -> dict[str, Tensor]:
    """Every step used the same weights, so its contributions add up over time and examples."""
    return {
        "weight_ih": torch.einsum("btg,btd->gd", da, x),
        "weight_hh": torch.einsum("btg,bth->gh", da, before),
        "bias_ih": da.sum(dim=(0, 1)),
        "bias_hh": da.sum(dim=(0, 1)),
        "x": da @ cell.weight_ih,
    }
