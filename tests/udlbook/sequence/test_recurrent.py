"""Oracles: torch.nn's RNN, GRU and LSTM with copied weights, packed sequences among them; the
papers' equations in NumPy loops over single units; autograd; powers of a matrix."""

from functools import partial

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from udlbook.seeding import seeded
from udlbook.sequence import (
    ElmanCell,
    GRUCell,
    LSTMCell,
    Recurrent,
    elman_gradients,
    gradient_by_step,
    length_mask,
    lstm_gradients,
    pieces,
    scan,
)

KINDS = {
    "rnn": (ElmanCell, nn.RNN),
    "relu": (partial(ElmanCell, activation="relu"), partial(nn.RNN, nonlinearity="relu")),
    "gru": (GRUCell, nn.GRU),
    "lstm": (LSTMCell, nn.LSTM),
}
D, H, B, T = 3, 4, 5, 6
close = partial(torch.testing.assert_close, atol=1e-10, rtol=1e-10)


def pair(kind, **options):
    """Ours and torch's layer with the same weights."""
    ours, theirs = KINDS[kind]
    with seeded(0):
        theirs = theirs(D, H, batch_first=True, **options).double()
        names = {"num_layers": "n_layers"}
        ours = Recurrent(ours, D, H, **{names.get(k, k): v for k, v in options.items()}).double()
    return ours.copy_from(theirs), theirs


def numbers(*shape, seed=1):
    g = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, dtype=torch.float64, generator=g)


def as_tuple(state):
    return state if isinstance(state, tuple) else (state,)


def compare(ours, theirs, run_ours, run_theirs, *inputs):
    """Outputs, last states and all gradients of a random function of both are equal."""
    inputs = [[x.clone().requires_grad_() for x in inputs] for _ in range(2)]
    (out, last), (out2, last2) = run_ours(*inputs[0]), run_theirs(*inputs[1])
    close(out, out2)
    for a, b in zip(last, as_tuple(last2), strict=True):
        close(a, b)
    w = numbers(*out.shape, seed=2)
    for o, state in ((out, last), (out2, as_tuple(last2))):
        ((o * w).sum() + sum((s**2).sum() for s in state)).backward()
    for a, b in zip(*inputs, strict=True):
        close(a.grad, b.grad)
    for k, cell in enumerate(ours.cells):
        layer, back = divmod(k, ours.directions)
        for name, p in cell.named_parameters():
            close(p.grad, getattr(theirs, f"{name}_l{layer}{'_reverse' * back}").grad)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("options", [{}, {"num_layers": 2, "bidirectional": True}])
def test_layers_are_torchs_forward_and_backward(kind, options):
    ours, theirs = pair(kind, **options)
    compare(ours, theirs, ours, theirs, numbers(B, T, D))


@pytest.mark.parametrize("kind", ["rnn", "gru", "lstm"])
def test_they_start_where_they_are_told(kind):
    ours, theirs = pair(kind, num_layers=2, bidirectional=True)
    n = ours.cells[0].n_states
    start = [numbers(4, B, H, seed=s) for s in range(3, 3 + n)]
    run = lambda x, *s: theirs(x, tuple(s) if n > 1 else s[0])  # noqa: E731
    compare(ours, theirs, lambda x, *s: ours(x, s), run, numbers(B, T, D), *start)


@pytest.mark.parametrize("kind", ["rnn", "gru", "lstm"])
def test_a_mask_does_what_packing_does(kind):
    ours, theirs = pair(kind, num_layers=2, bidirectional=True)
    lengths = torch.tensor([6, 1, 3, 5, 2])

    def packed(x):
        x = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        out, last = theirs(x)
        return pad_packed_sequence(out, batch_first=True)[0], last

    compare(ours, theirs, lambda x: ours(x, lengths=lengths), packed, numbers(B, T, D))


@pytest.mark.parametrize("cell", [nn.RNNCell, nn.GRUCell, nn.LSTMCell])
def test_one_step_is_torchs_cell(cell):
    theirs = cell(D, H).double()
    ours = {nn.RNNCell: ElmanCell, nn.GRUCell: GRUCell, nn.LSTMCell: LSTMCell}[cell](D, H).double()
    ours.load_state_dict(theirs.state_dict())
    x = numbers(B, D)
    state = tuple(numbers(B, H, seed=k) for k in range(ours.n_states))
    want = as_tuple(theirs(x, state if len(state) > 1 else state[0]))
    for a, b in zip(ours(x, state), want, strict=True):
        close(a, b)
    for a, b in zip(ours(x), as_tuple(theirs(x)), strict=True):
        close(a, b)


def logistic(a):
    return 1 / (1 + np.exp(-a))


def test_the_paper_of_cho_unit_by_unit():
    cell = GRUCell(D, H, variant="cho").double()
    x, h = numbers(B, D), numbers(B, H, seed=2)
    w, u = cell.weight_ih.detach().numpy(), cell.weight_hh.detach().numpy()
    b = (cell.bias_ih + cell.bias_hh).detach().numpy()
    got = cell(x, (h,))[0].detach().numpy()
    for e in range(B):
        xe, he = x[e].numpy(), h[e].numpy()
        r = [logistic(w[j] @ xe + u[j] @ he + b[j]) for j in range(H)]
        for j in range(H):
            z = logistic(w[H + j] @ xe + u[H + j] @ he + b[H + j])
            inner = sum(u[2 * H + j, k] * r[k] * he[k] for k in range(H))
            n = np.tanh(w[2 * H + j] @ xe + inner + b[2 * H + j])
            np.testing.assert_allclose(got[e, j], z * he[j] + (1 - z) * n, rtol=1e-12)


def test_the_first_lstm_unit_by_unit():
    cell = LSTMCell(D, H, variant="1997").double()
    x, h, c = numbers(B, D), numbers(B, H, seed=2), numbers(B, H, seed=3)
    w, u = cell.weight_ih.detach().numpy(), cell.weight_hh.detach().numpy()
    b = (cell.bias_ih + cell.bias_hh).detach().numpy()
    got_h, got_c = (s.detach().numpy() for s in cell(x, (h, c)))
    for e in range(B):
        for j in range(H):
            i, g, o = (
                w[k] @ x[e].numpy() + u[k] @ h[e].numpy() + b[k] for k in (j, H + j, 2 * H + j)
            )
            new = c[e, j].item() + logistic(i) * (4 * logistic(g) - 2)
            np.testing.assert_allclose(got_c[e, j], new, rtol=1e-12)
            want = logistic(o) * (2 * logistic(new) - 1)
            np.testing.assert_allclose(got_h[e, j], want, rtol=1e-12)


def test_a_forget_bias_is_where_the_forget_gate_starts():
    cell = LSTMCell(D, H, forget_bias=2.0)
    total = (cell.bias_ih + cell.bias_hh).detach()
    assert (total[H : 2 * H] == 2).all() and (total[2 * H :].abs() <= 2 / H**0.5).all()


def test_reverse_reads_from_the_end():
    cell, x = GRUCell(D, H).double(), numbers(B, T, D)
    there, last = scan(cell, x.flip(1))
    back, last_back = scan(cell, x, reverse=True)
    close(back, there.flip(1))
    close(last_back[0], last[0])


def autograd_of(cell, x, error, cut):
    """Gradients by autograd, the state detached at every multiple of ``cut``."""
    x = x.clone().requires_grad_()
    state, loss = cell.start(len(x)), 0
    for t in range(x.shape[1]):
        if cut is not None and t % cut == 0:
            state = tuple(s.detach() for s in state)
        state = cell(x[:, t], state)
        loss = loss + (state[0] * error[:, t]).sum()
    names = ["weight_ih", "weight_hh", "bias_ih", "bias_hh"]
    found = torch.autograd.grad(loss, [*(getattr(cell, n) for n in names), x])
    return dict(zip([*names, "x"], found, strict=True))


@pytest.mark.parametrize("cut", [None, 1, 2, 4])
@pytest.mark.parametrize("by_hand", [elman_gradients, lstm_gradients])
def test_gradients_by_hand_are_autograds(by_hand, cut):
    with seeded(3):
        cell = (ElmanCell if by_hand is elman_gradients else LSTMCell)(D, H).double()
    x, error = numbers(B, T, D), numbers(B, T, H, seed=4)
    want, got = autograd_of(cell, x, error, cut), by_hand(cell, x, error, cut=cut)
    assert got.keys() == want.keys()
    for name in want:
        close(got[name], want[name])


def test_gradients_by_hand_are_slopes():
    with seeded(3):
        cell = ElmanCell(D, H).double()
    x, error = numbers(B, T, D), numbers(B, T, H, seed=4)
    got = elman_gradients(cell, x, error)["weight_hh"]
    direction, small, values = numbers(H, H, seed=5), 1e-6, []
    with torch.no_grad():
        for sign in (1, -1):
            cell.weight_hh += sign * small * direction
            values.append((scan(cell, x)[0] * error).sum())
            cell.weight_hh -= sign * small * direction
    slope = (values[0] - values[1]) / (2 * small)
    torch.testing.assert_close((got * direction).sum(), slope, rtol=1e-7, atol=1e-7)


def test_pieces_have_the_values_of_the_whole_and_the_gradients_of_a_cut():
    with seeded(3):
        cell = LSTMCell(D, H).double()
    x, error = numbers(B, 7, D), numbers(B, 7, H, seed=4)
    whole, seen = scan(cell, x)[0], []
    for steps, output in pieces(cell, x, 3):
        (output * error[:, steps]).sum().backward()
        seen.append(steps)
        close(output.detach(), whole[:, steps].detach())
    assert seen == [slice(0, 3), slice(3, 6), slice(6, 7)]
    want = lstm_gradients(cell, x, error, cut=3)
    for name, p in cell.named_parameters():
        close(p.grad, want[name])


def test_the_gradient_of_a_linear_network_is_a_power_of_its_matrix():
    cell = ElmanCell(D, H, activation="linear").double()
    error = numbers(B, H, seed=4)
    got = gradient_by_step(cell, numbers(B, T, D), error)
    u = cell.weight_hh.detach()
    for t in range(T + 1):
        want = (error @ torch.linalg.matrix_power(u, T - t)).norm(dim=1)
        close(got[:, t], want)


def test_the_gradient_by_step_counts_the_cell_too():
    cell = LSTMCell(D, H).double()
    x, error = numbers(B, 2, D), numbers(B, H, seed=4)
    h, c = (s.requires_grad_() for s in (torch.zeros(B, H).double(), torch.zeros(B, H).double()))
    mid = cell(x[:, 0], (h, c))
    copies = tuple(s.detach().requires_grad_() for s in mid)
    last = cell(x[:, 1], copies)
    at_mid = torch.autograd.grad((last[0] * error).sum(), copies)
    grads = *torch.autograd.grad(mid, [h, c], at_mid), *at_mid
    got = gradient_by_step(cell, x, error)
    close(got[:, 0], torch.cat(grads[:2], dim=1).norm(dim=1))
    close(got[:, 1], torch.cat(grads[2:], dim=1).norm(dim=1))
    close(got[:, 2], error.norm(dim=1))


def test_float32_and_an_empty_batch():
    out, last = Recurrent(LSTMCell, D, H)(torch.zeros(0, T, D))
    assert out.shape == (0, T, H) and last[1].shape == (1, 0, H) and out.dtype == torch.float32


def test_a_length_mask_is_true_inside():
    assert length_mask(torch.tensor([2, 3]), 3).tolist() == [[True, True, False], [True] * 3]


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda: ElmanCell(0, 2), "dim must be at least 1; got 0"),
        (lambda: GRUCell(2, 0), "hidden must be at least 1; got 0"),
        (lambda: ElmanCell(2, 2, activation="cos"), "activation must be one of"),
        (lambda: GRUCell(2, 2, variant="x"), "variant must be one of 'torch', 'cho'; got 'x'"),
        (lambda: LSTMCell(2, 2, variant="x"), "variant must be one of 'torch', '1997'"),
        (lambda: LSTMCell(2, 2, variant="1997", forget_bias=1.0), "forget_bias must be None"),
        (lambda: GRUCell(2, 3)(torch.zeros(4, 3)), r"x must have shape \(B, 2\); got \(4, 3\)"),
        (
            lambda: GRUCell(2, 3)(torch.zeros(4, 2), torch.zeros(4, 3)),
            r"state must be a tuple of 1 tensor\(s\); got a tensor",
        ),
        (
            lambda: LSTMCell(2, 3)(torch.zeros(4, 2), (torch.zeros(4, 3),)),
            r"tuple of 2 tensor\(s\); got 1 entries",
        ),
        (
            lambda: GRUCell(2, 3)(torch.zeros(4, 2), (torch.zeros(5, 3),)),
            r"state must have shape \(4, 3\); got \(5, 3\)",
        ),
        (lambda: scan(GRUCell(2, 3), torch.zeros(4, 0, 2)), "steps of x must be at least 1"),
        (lambda: length_mask(torch.tensor([0, 1]), 2), "lengths must be between 1 and 2; got 0"),
        (lambda: length_mask(torch.tensor([1, 3]), 2), "lengths must be between 1 and 2; got 3"),
        (lambda: length_mask(torch.tensor([1.0]), 2), "lengths must be whole numbers"),
        (lambda: length_mask(torch.tensor([1]), 2, 3), r"lengths must have shape \(3,\)"),
        (lambda: Recurrent(GRUCell, 2, 3, n_layers=0), "n_layers must be at least 1; got 0"),
        (
            lambda: Recurrent(GRUCell, 2, 3)(torch.zeros(4, 5, 2), (torch.zeros(2, 4, 3),)),
            r"start must have shape \(1, 4, 3\); got \(2, 4, 3\)",
        ),
        (
            lambda: Recurrent(GRUCell, 2, 3).copy_from(nn.GRU(2, 4)),
            r"weight_ih_l0 must have shape \(9, 2\); got \(12, 2\)",
        ),
        (
            lambda: Recurrent(GRUCell, 2, 3, n_layers=2).copy_from(nn.GRU(2, 3)),
            "weight_ih_l1 must have shape .*got none",
        ),
        (
            lambda: Recurrent(GRUCell, 2, 3).copy_from(nn.GRU(2, 3, 2)),
            "other must have 1 cells; got 2 layers",
        ),
        (
            lambda: elman_gradients(
                ElmanCell(2, 3, "relu"), torch.zeros(1, 2, 2), torch.zeros(1, 2, 3)
            ),
            "activation of the cell must be one of 'tanh'",
        ),
        (
            lambda: lstm_gradients(LSTMCell(2, 3), torch.zeros(1, 2, 2), torch.zeros(1, 2, 4)),
            r"error must have shape \(1, 2, 3\)",
        ),
        (
            lambda: elman_gradients(
                ElmanCell(2, 3), torch.zeros(1, 2, 2), torch.zeros(1, 2, 3), cut=0
            ),
            "cut must be at least 1; got 0",
        ),
        (lambda: next(pieces(GRUCell(2, 3), torch.zeros(1, 2, 2), 0)), "size must be at least 1"),
        (
            lambda: gradient_by_step(GRUCell(2, 3), torch.zeros(1, 2, 2), torch.zeros(1, 2)),
            r"error must have shape \(1, 3\)",
        ),
    ],
)
def test_bad_input_is_named(act, words):
    with pytest.raises(ValueError, match=words):
        act()
