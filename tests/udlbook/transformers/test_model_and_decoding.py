"""Oracles: the paper's sizes, zero patterns of Jacobians, all sentences by brute force."""

import itertools
import math

import pytest
import torch
from torch import nn

from udlbook.data import BOS, EOS, PAD
from udlbook.layers import count_parameters
from udlbook.seeding import seeded
from udlbook.training import fit
from udlbook.transformers import (
    Transformer,
    TransformerConfig,
    TransformerWriter,
    beam_search,
    exact_matches,
    greedy,
    length_penalty,
    shift_right,
    smoothed_cross_entropy,
)

NEAR = {"atol": 1e-10, "rtol": 1e-10}
SOURCE = torch.tensor([[3, 4, 5, 6], [6, 3, 0, 0], [4, 4, 4, 0]])
TARGET = torch.tensor([[4, 5, 3, 2], [3, 2, 0, 0], [6, 4, 3, 2]])


def small(seed=0, **options):
    """A model in double precision whose weights are all random."""
    sizes = {"vocab": 7, "d_model": 8, "n_heads": 2, "d_ff": 12, "n_layers": 2, "dropout": 0.0}
    with seeded(seed):
        model = Transformer(TransformerConfig(**{**sizes, **options})).double()
        for p in model.parameters():
            nn.init.normal_(p, std=0.5)
    return model.eval()


def by_hand(d, ff, layers, vocab):
    attention = 4 * (d * d + d)
    feed = 2 * d * ff + ff + d
    return layers * (3 * attention + 2 * feed + 5 * 2 * d) + vocab * d


@pytest.mark.parametrize(
    "config, millions",
    [(TransformerConfig.base(), 65), (TransformerConfig.big(), 213)],
)
def test_the_papers_models_have_about_its_numbers_of_parameters(config, millions):
    with torch.device("meta"):
        model = Transformer(config)
    want = by_hand(config.d_model, config.d_ff, config.n_layers, config.vocab)
    assert count_parameters(model) == want
    assert abs(count_parameters(model) / 1e6 - millions) < 0.04 * millions


def test_base_has_63_082_496_parameters():
    with torch.device("meta"):
        assert count_parameters(Transformer(TransformerConfig.base())) == 63_082_496


def test_going_in_a_token_is_scaled_and_its_position_added():
    model = small()
    x = model.embed(SOURCE, start=2)
    for b, t, i in [(0, 0, 0), (1, 1, 5), (2, 3, 4)]:
        angle = (t + 2) / 10000 ** (2 * (i // 2) / 8)
        wave = math.cos(angle) if i % 2 else math.sin(angle)
        want = model.embedding.weight[SOURCE[b, t], i] * math.sqrt(8) + wave
        torch.testing.assert_close(x[b, t, i], want, **NEAR)
    learned = small(positions="learned", max_len=6)
    want = learned.embedding.weight[SOURCE] * math.sqrt(8) + learned.places.weight[2:6]
    torch.testing.assert_close(learned.embed(SOURCE, start=2), want, **NEAR)


@pytest.mark.parametrize("norm", ["post", "pre"])
def test_the_stack_equals_one_of_torchs_layers(norm):
    model = small(norm=norm)
    assert isinstance(model.decoder_norm, nn.LayerNorm) == (norm == "pre")
    memory, mask = model.encode(SOURCE)
    x = model.embed(SOURCE)
    for layer in model.encoder:
        x = layer(x, mask)
    torch.testing.assert_close(memory, model.encoder_norm(x), **NEAR)
    x = model.embed(shift_right(TARGET))
    for layer in model.decoder:
        x = layer(x, memory, mask)
    want = model.decoder_norm(x) @ model.embedding.weight.T
    torch.testing.assert_close(model(SOURCE, shift_right(TARGET)), want, **NEAR)


def test_nobody_looks_ahead_and_nobody_looks_at_padding():
    model = small()
    before = model(SOURCE, shift_right(TARGET))
    later = shift_right(TARGET).clone()
    later[:, 2:] = 6
    after = model(SOURCE, later)
    torch.testing.assert_close(after[:, :2], before[:, :2], **NEAR)
    assert not torch.allclose(after[:, 2:], before[:, 2:])
    longer = torch.cat([SOURCE, torch.zeros(3, 2, dtype=torch.long)], dim=1)
    torch.testing.assert_close(model(longer, shift_right(TARGET)), before, **NEAR)
    alone = model(SOURCE[1:2, :2], shift_right(TARGET[1:2]))
    torch.testing.assert_close(alone, before[1:2], **NEAR)


def test_without_positions_the_encoder_is_permutation_equivariant():
    order = torch.tensor([2, 0, 3, 1])
    model = small(positions="none")
    memory, _ = model.encode(SOURCE[:1])
    shuffled, _ = model.encode(SOURCE[:1, order])
    torch.testing.assert_close(shuffled, memory[:, order], **NEAR)
    model = small()
    shuffled, _ = model.encode(SOURCE[:1, order])
    assert not torch.allclose(shuffled, model.encode(SOURCE[:1])[0][:, order])


def test_one_table_serves_three_times():
    model = small()
    model(SOURCE, shift_right(TARGET))[..., 6].sum().backward()
    slope = model.embedding.weight.grad
    assert (slope[[3, 4, 5, 6]] != 0).any(dim=1).all()  # read in the source or said in the target
    assert [n for n, p in model.named_parameters() if p.shape[0] == 7] == ["embedding.weight"]


@pytest.mark.parametrize("positions", ["sinusoidal", "learned", "none"])
def test_written_one_token_at_a_time_the_probabilities_are_those_of_the_whole(positions):
    model, said = small(positions=positions), shift_right(TARGET)
    logits = model(SOURCE, said)
    logits[..., [PAD, BOS]] = float("-inf")
    writer = TransformerWriter(model, SOURCE)
    steps = torch.stack([writer.step(said[:, t]) for t in range(4)], dim=1)
    torch.testing.assert_close(steps, logits.log_softmax(-1), **NEAR)


def test_a_writer_can_change_its_rows():
    model, rows = small(), torch.tensor([2, 0, 2])
    writer, want = TransformerWriter(model, SOURCE), TransformerWriter(model, SOURCE[rows])
    said = shift_right(TARGET)
    writer.step(said[:, 0])
    want.step(said[rows, 0])
    writer.select(rows)
    torch.testing.assert_close(writer.step(said[rows, 1]), want.step(said[rows, 1]), **NEAR)


class Table:
    """A writer whose next word depends on its last word and its place, from a table."""

    def __init__(self, n=2, words=3, steps=4, seed=0, bend=1.0):
        generator = torch.Generator().manual_seed(seed)
        size = (n, steps, words + 2, words + 2)
        logits = bend * torch.randn(size, dtype=torch.float64, generator=generator)
        logits[..., [PAD, BOS]] = float("-inf")
        self.log_p = logits.log_softmax(-1)
        self.rows, self.time = torch.arange(n), 0

    def step(self, tokens):
        self.time += 1
        return self.log_p[self.rows, self.time - 1, tokens]

    def select(self, rows):
        self.rows = self.rows[rows]

    def every_sentence(self, row, max_len, alpha):
        """All sentences that end in time, by enumeration, best first."""
        found = []
        for n in range(max_len):
            for body in itertools.product(range(EOS + 1, self.log_p.shape[-1]), repeat=n):
                said, total, last = [*body, EOS], 0.0, BOS
                for t, word in enumerate(said):
                    total += self.log_p[row, t, last, word].item()
                    last = word
                found.append((total / ((5 + len(said)) / 6) ** alpha, said))
        return sorted(found, reverse=True)


@pytest.mark.parametrize("alpha", [0.0, 0.6, 2.0])
def test_a_beam_of_full_width_finds_what_enumeration_finds(alpha):
    for seed in range(3):
        tokens, scores = beam_search(Table(seed=seed), 2, 60, 4, alpha=alpha)
        for row in range(2):
            want = Table(seed=seed).every_sentence(row, 4, alpha)
            assert len(want) == 1 + 2 + 4 + 8
            for k, (score, said) in enumerate(want):
                assert math.isclose(scores[row, k], score, rel_tol=1e-9)
                assert [t for t in tokens[row, k].tolist() if t != PAD] == said


def test_a_beam_of_one_is_greedy_and_a_wider_one_is_better():
    gains = []
    for seed in range(30):
        first = greedy(Table(seed=seed, bend=2), 2, 4)
        narrow, score = beam_search(Table(seed=seed, bend=2), 2, 1, 4, alpha=0.0)
        assert torch.equal(first, narrow[:, 0])
        _, better = beam_search(Table(seed=seed, bend=2), 2, 3, 4, alpha=0.0)
        gains.append((better[:, 0] - score[:, 0]).min())
    assert max(gains) > 0.1


def test_greedy_takes_the_largest_each_time_and_stops_at_the_end():
    table = Table(n=3, seed=5)
    said = greedy(Table(n=3, seed=5), 3, 4)
    for row in range(3):
        last, want = BOS, []
        for t in range(4):
            last = int(table.log_p[row, t, last].argmax())
            want.append(last)
            if last == EOS:
                break
        assert [t for t in said[row].tolist() if t != PAD] == want


def test_an_unfinished_sentence_comes_last():
    table = Table(n=1, seed=1)
    table.log_p[:, :, :, EOS] = -30.0
    tokens, scores = beam_search(table, 1, 40, 2, alpha=0.0)
    ended = (tokens[0] == EOS).any(dim=1)
    assert ended[:3].all() and not ended[3]  # EOS; a EOS; b EOS
    assert scores[0, 3] > scores[0, 0]


def test_length_penalty_is_one_for_one_token():
    assert length_penalty(1, 0.6) == 1
    assert length_penalty(7, 1.0) == 2


def test_exact_matches_do_not_mind_the_padding():
    said = torch.tensor([[4, 5, 3, 2, 0, 0], [3, 2, 0, 0, 0, 0], [6, 4, 2, 0, 0, 0]])
    assert exact_matches(said, TARGET).tolist() == [True, True, False]
    assert exact_matches(TARGET, said).tolist() == [True, True, False]


def test_a_small_model_learns_three_sentences_by_heart():
    with seeded(0):
        config = TransformerConfig(7, 16, 2, 16, 1, dropout=0.05, norm="pre")
        model = Transformer(config)
        losses = fit(
            lambda s, t: smoothed_cross_entropy(model(s, shift_right(t)), t),
            model,
            itertools.repeat((SOURCE, TARGET)),
            steps=100,
            lr=0.01,
        )
    assert losses[-1] < 0.1 * losses[0]
    model.eval()
    said = greedy(TransformerWriter(model, SOURCE), 3, 6)
    assert exact_matches(said, TARGET).all()
    tokens, _ = beam_search(TransformerWriter(model, SOURCE), 3, 3, 6)
    assert exact_matches(tokens[:, 0], TARGET).all()


def test_in_half_precision_the_logits_are_nearly_the_same():
    model = small().float()
    want = model(SOURCE, shift_right(TARGET))
    with torch.autocast("cpu", torch.bfloat16):
        got = model(SOURCE, shift_right(TARGET))
    assert (got.float() - want).abs().max() < 0.1 * want.abs().max()


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: TransformerConfig(d_ff=0), "d_ff must be at least 1; got 0"),
        (lambda: TransformerConfig(norm="mid"), "norm must be one of 'post', 'pre'"),
        (lambda: TransformerConfig(positions="x"), "positions must be one of 'sinusoidal'"),
        (
            lambda: small(positions="learned", max_len=3).encode(SOURCE),
            "position must be between 0 and 3; got 4",
        ),
        (lambda: small().encode(SOURCE[0]), r"tokens must have shape \(B, S\); got \(4,\)"),
        (lambda: shift_right(SOURCE[0]), r"target must have shape \(B, T\); got \(4,\)"),
        (lambda: greedy(Table(), 2, 0), "max_len must be at least 1; got 0"),
        (lambda: beam_search(Table(), 2, 0, 4), "beams must be at least 1; got 0"),
        (lambda: beam_search(Table(), 2, 2, 4, alpha=-1), "alpha must be at least 0; got -1"),
        (lambda: length_penalty(2, -1), "alpha must be at least 0; got -1"),
        (
            lambda: exact_matches(SOURCE, TARGET[:2]),
            r"said must have shape \(2, L\); got \(3, 4\)",
        ),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
