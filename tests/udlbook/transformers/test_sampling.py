"""Oracles: sets of tokens built one by one in Python; chi-square of 20 000 draws; SciPy."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from udlbook.seeding import seeded
from udlbook.transformers import GPT, GPTConfig, generate, probabilities, top_k, top_p
from udlbook.transformers.sampling import _draw

KNOWN = torch.tensor([0.05, 0.4, 0.05, 0.25, 0.15, 0.1], dtype=torch.float64)


def kept(q, k=None, p=None):
    """Renormalized probabilities of the tokens that a greedy loop keeps."""
    order = sorted(range(len(q)), key=lambda i: (-q[i], i))
    chosen, total = [], 0.0
    for i in order:
        if (k is not None and len(chosen) == k) or (p is not None and chosen and total >= p):
            break
        chosen.append(i)
        total += q[i]
    return [q[i] / total if i in chosen else 0.0 for i in range(len(q))]


@pytest.mark.parametrize("k", [1, 2, 3, 6, 9])
def test_top_k_keeps_exactly_k(k):
    got = probabilities(KNOWN.log(), k=k)
    np.testing.assert_allclose(got, kept(KNOWN.tolist(), k=k), atol=1e-12)
    assert (got > 0).sum() == min(k, 6)


# 0.4, 0.65, 0.8, 0.9, 0.95: exactly reached, just missed, and in between
@pytest.mark.parametrize(
    ("p", "size"),
    [(0, 1), (0.1, 1), (0.4, 1), (0.41, 2), (0.65, 2), (0.7, 3), (0.9, 4), (0.95, 5), (1, 6)],
)
def test_the_nucleus_is_the_smallest_set_that_reaches_p(p, size):
    got = probabilities(KNOWN.log(), p=p)
    assert (got > 0).sum() == size
    top = sorted(KNOWN.tolist(), reverse=True)[:size]
    np.testing.assert_allclose(got.max(), 0.4 / sum(top), atol=1e-12)
    assert torch.equal(got > 0, torch.isfinite(top_p(KNOWN.log(), p)))


@settings(deadline=None, max_examples=80)
@given(st.lists(st.integers(1, 1000), min_size=1, max_size=12), st.floats(0.01, 0.99))
def test_the_nucleus_of_any_distribution(weights, p):
    q = torch.tensor(weights, dtype=torch.float64) / sum(weights)
    reached = np.cumsum(sorted(q.tolist(), reverse=True))
    if np.abs(reached - p).min() > 1e-9:  # else rounding decides
        np.testing.assert_allclose(probabilities(q.log(), p=p), kept(q.tolist(), p=p), atol=1e-12)


def test_temperature_is_a_power_of_the_probabilities():
    for t in (0.5, 1.0, 2.0):
        want = KNOWN ** (1 / t)
        torch.testing.assert_close(probabilities(KNOWN.log(), temperature=t), want / want.sum())
    assert probabilities(KNOWN.log(), temperature=0).tolist() == [0, 1, 0, 0, 0, 0]
    hot = probabilities(KNOWN.log(), temperature=2.0, p=0.5)  # the nucleus is that of the hot one
    flat = KNOWN.sqrt() / KNOWN.sqrt().sum()
    np.testing.assert_allclose(hot, kept(flat.tolist(), p=0.5), atol=1e-12)


def test_batches_are_filtered_row_by_row():
    logits = torch.randn(2, 3, 7, dtype=torch.float64, generator=torch.manual_seed(0))
    for f in (lambda a: top_k(a, 3), lambda a: top_p(a, 0.6)):
        rows = torch.stack([f(row) for row in logits.flatten(0, 1)]).unflatten(0, (2, 3))
        assert torch.equal(f(logits), rows)


@pytest.mark.parametrize("options", [{}, {"k": 3}, {"p": 0.7}, {"temperature": 0.5}])
def test_draws_follow_the_distribution(options):
    q, n = probabilities(KNOWN.log(), **options), 20_000
    drawn = _draw(q.expand(n, -1), torch.Generator().manual_seed(0))[:, 0]
    counts = torch.bincount(drawn, minlength=6).numpy()
    there = q.numpy() > 0
    assert counts[~there].sum() == 0
    assert stats.chisquare(counts[there], n * q.numpy()[there]).pvalue > 1e-3


def model(vocab=7):
    with seeded(1):
        net = GPT(GPTConfig(vocab=vocab, context=10, d_model=8, n_heads=2, n_layers=1))
        for p in net.parameters():
            torch.nn.init.normal_(p, std=0.6)
    return net


def test_what_is_written_follows_the_chain_rule():
    net = model(vocab=3)
    prompt = torch.tensor([[2]])
    n = 6000
    written = generate(net, prompt.expand(n, 1), 2, generator=torch.Generator().manual_seed(0))
    counts = torch.bincount(3 * written[:, 1] + written[:, 2], minlength=9).numpy()
    want = []
    for a in range(3):
        first = net(prompt)[0, -1].softmax(0)[a]
        second = net(torch.tensor([[2, a]]))[0, -1].softmax(0)
        want += (first * second).tolist()
    assert stats.chisquare(counts, n * np.array(want) / sum(want)).pvalue > 1e-3


def test_the_cache_changes_nothing_and_greedy_is_the_argmax():
    net, prompt = model().double(), torch.tensor([[1, 2], [3, 0]])
    for options in ({"temperature": 0}, {"k": 3}, {"p": 0.8, "temperature": 1.3}):
        texts = [
            generate(net, prompt, 8, use_cache=c, generator=torch.Generator().manual_seed(5),
                     **options)
            for c in (True, False)
        ]  # fmt: skip
        assert torch.equal(*texts)
        assert texts[0].shape == (2, 10) and torch.equal(texts[0][:, :2], prompt)
    text = prompt
    for _ in range(8):
        text = torch.cat([text, net(text)[:, -1].argmax(-1, keepdim=True)], dim=1)
    assert torch.equal(generate(net, prompt, 8, temperature=0), text)
    assert net.training  # the mode is put back


def test_bad_input_is_named():
    net, prompt = model(), torch.zeros(1, 2, dtype=torch.int64)
    with pytest.raises(ValueError, match="k must be at least 1; got 0"):
        top_k(KNOWN, 0)
    with pytest.raises(ValueError, match=r"p must be between 0 and 1; got 1\.2"):
        top_p(KNOWN, 1.2)
    with pytest.raises(ValueError, match="temperature must be at least 0; got -1"):
        probabilities(KNOWN, temperature=-1)
    with pytest.raises(ValueError, match="prompt and n must be at most 10; got 11"):
        generate(net, prompt, 9)
    with pytest.raises(ValueError, match="length of prompt must be at least 1; got 0"):
        generate(net, prompt[:, :0], 1)
