"""Oracles: torch.nn's GRU and LSTM called one token at a time; a task that a greedy writer must
learn; the adding problem's moments."""

import numpy as np
import pytest
import torch
from torch import Generator, nn

from udlbook.data import BOS, EOS, PAD, adding_problem, string_task
from udlbook.optim import Optimizer
from udlbook.seeding import seeded
from udlbook.sequence import (
    Cell,
    EncoderDecoder,
    GRUCell,
    LSTMCell,
    Seq2Seq,
    reverse_tokens,
)
from udlbook.training import batches, fit

SOURCE = torch.tensor([[3, 4, 5, 6], [5, 3, PAD, PAD]])
TARGET = torch.tensor([[6, 5, 4, EOS], [3, EOS, PAD, PAD]])


def model(**options):
    with seeded(0):
        return Seq2Seq(7, 5, dim=4, **options).double()


def by_torch(m, source, target, layer, context, reverse):
    """Logits of one pair, without padding or batch."""

    def twin(ours, dim):
        theirs = layer(dim, 5, len(ours.cells), batch_first=True).double()
        with torch.no_grad():
            for k, cell in enumerate(ours.cells):
                for name, p in cell.named_parameters():
                    getattr(theirs, f"{name}_l{k}").copy_(p)
        return theirs

    encoder = twin(m.encoder, 4)
    decoder = twin(m.decoder, 4 + 5 * (context == "every"))
    source = source.flip(0) if reverse else source
    _, state = encoder(m.embedding.weight[source][None])
    summary = (state[0] if isinstance(state, tuple) else state)[-1:]
    logits = []
    for token in [BOS, *target[:-1].tolist()]:
        x = m.embedding.weight[torch.tensor([[token]])]
        if context == "every":
            x = torch.cat([x, summary.transpose(0, 1)], dim=2)
        out, state = decoder(x, state)
        logits.append(out[0, 0] @ m.out.weight.T + m.out.bias)
    return torch.stack(logits)


@pytest.mark.parametrize("context", ["start", "every"])
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize(("cell", "layer"), [(GRUCell, nn.GRU), (LSTMCell, nn.LSTM)])
def test_logits_under_teacher_forcing_are_torchs_token_by_token(cell, layer, context, reverse):
    m = model(cell=cell, context=context, reverse_source=reverse, n_layers=2)
    got = m(SOURCE, TARGET)
    for row, (s, t) in enumerate([(4, 4), (2, 2)]):
        want = by_torch(m, SOURCE[row, :s], TARGET[row, :t], layer, context, reverse)
        torch.testing.assert_close(got[row, :t], want, atol=1e-10, rtol=1e-10)


def test_the_loss_is_the_mean_over_tokens_that_are_no_padding():
    m = model()
    logp = m(SOURCE, TARGET).log_softmax(dim=2)
    wanted = [
        -logp[r, t, TARGET[r, t]] for r, t in [(0, 0), (0, 1), (0, 2), (0, 3), (1, 0), (1, 1)]
    ]
    torch.testing.assert_close(m.loss(SOURCE, TARGET), torch.stack(wanted).mean())


def test_greedy_writes_the_argmax_of_its_own_words():
    m = model()
    written = m.greedy(SOURCE, 6)
    for row in range(2):
        so_far = []
        for t in range(6):
            target = torch.tensor([[*so_far, 0]])
            token = int(m(SOURCE[row : row + 1], target)[0, -1].argmax())
            so_far.append(token)
            assert written[row, t] == token
            if token == EOS:
                assert (written[row, t + 1 :] == PAD).all()
                break


class Parrot(EncoderDecoder):
    """Would say the words of a table, whatever it reads; its state is the number of words said."""

    def encode(self, source):
        return torch.tensor([[4, EOS, 5, EOS, 6], [5, 6, 4, EOS, 3]]), 0

    def decode(self, tokens, memory, state):
        said = memory[:, state : state + tokens.shape[1]]
        return nn.functional.one_hot(said, 7).double(), state + tokens.shape[1]


def test_nothing_is_written_behind_the_first_end():
    want = [[4, EOS, PAD, PAD, PAD], [5, 6, 4, EOS, PAD]]
    assert Parrot().greedy(SOURCE, 5).tolist() == want
    assert Parrot()(SOURCE, TARGET).argmax(dim=2).tolist() == [[4, EOS, 5, EOS], [5, 6, 4, EOS]]


def test_it_learns_to_copy_two_symbols_and_stops():
    rng = np.random.default_rng(0)
    x, y = (torch.tensor(a) for a in string_task("copy", 400, (1, 2), 4, rng=rng))
    with seeded(1):
        m = Seq2Seq(7, 24, dim=8)
    stream = batches(x, y, 100, Generator().manual_seed(0))
    losses = fit(m.loss, m, stream, steps=150, lr=0.02)
    assert losses[-1] < 0.05
    assert (m.greedy(x, 3) == y).all()


@pytest.mark.parametrize("base", [Cell, EncoderDecoder, Optimizer])
def test_a_base_without_its_formulas_cannot_be_made(base):
    class Half(base):
        pass

    with pytest.raises(TypeError, match="abstract class Half"):
        Half(np.zeros(2), 1.0)


def test_reversing_leaves_padding_behind():
    rows = torch.tensor([[3, 4, 5], [6, 7, PAD], [8, PAD, PAD]])
    want = [[5, 4, 3], [7, 6, PAD], [8, PAD, PAD]]
    assert reverse_tokens(rows, torch.tensor([3, 2, 1])).tolist() == want


def test_the_adding_problem_has_the_moments_of_two_uniform_numbers():
    x, y = adding_problem(20_000, 11, rng=np.random.default_rng(0))
    assert ((x[:, :5, 1].sum(1) == 1) & (x[:, 5:, 1].sum(1) == 1)).all()
    assert x[:, :, 0].min() >= 0 and x[:, :, 0].max() <= 1
    marked = [row[row[:, 1] == 1, 0].sum() for row in x[:50]]
    np.testing.assert_allclose(y[:50], marked)
    assert abs(y.mean() - 1) < 4 * np.sqrt(1 / 6 / 20_000)
    assert abs(y.var() - 1 / 6) < 0.01
    places = x[:, :, 1].mean(axis=0)  # every place of a half is equally likely
    assert abs(places[:5] - 1 / 5).max() < 0.015 and abs(places[5:] - 1 / 6).max() < 0.015


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda: Seq2Seq(3, 4), "n_tokens must be at least 4; got 3"),
        (lambda: Seq2Seq(7, 4, context="x"), "context must be one of 'start', 'every'; got 'x'"),
        (lambda: model().encode(torch.tensor([3, 4])), r"source must have shape \(B, S\)"),
        (lambda: model().encode(torch.tensor([[PAD, PAD]])), "lengths must be between 1 and 2"),
        (lambda: model()(SOURCE, TARGET[:1]), r"target must have shape \(2, T\); got \(1, 4\)"),
        (lambda: model().greedy(SOURCE, 0), "steps must be at least 1; got 0"),
        (lambda: adding_problem(-1, 4, rng=np.random.default_rng(0)), "n must be at least 0"),
        (lambda: adding_problem(1, 1, rng=np.random.default_rng(0)), "length must be at least 2"),
    ],
)
def test_bad_input_is_named(act, words):
    with pytest.raises(ValueError, match=words):
        act()
