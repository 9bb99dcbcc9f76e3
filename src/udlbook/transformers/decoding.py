r"""Writing a sentence with a trained decoder: greedily, or with a beam of candidates.

A decoder gives the probability of the next token. The most probable sentence is not found by
taking the most probable token each time; a beam keeps the best K beginnings instead of one. Long
sentences have more factors and so lower probabilities; the length penalty evens that out: the
score is log p / lp(n) with lp(n) = ((5 + n) / 6)^alpha, for n tokens with EOS.

Source: Wu et al., "Google's neural machine translation system", arXiv:1609.08144, equation 14;
alpha = 0.6 and a beam of 4 in Vaswani et al., arXiv:1706.03762, section 6.1. Ours differs: there
is no coverage penalty, and an ended sentence keeps its place in the beam until K better ones come.
"""

from typing import Protocol

import torch
from torch import Tensor

from .._check import check_range
from ..data import BOS, EOS, PAD
from .model import Transformer


class Writer(Protocol):
    """What decoding needs: sentences in progress, one a row."""

    def step(self, tokens: Tensor) -> Tensor:
        """Take the newest tokens (R,), return log probabilities of the next (R, V)."""

    def select(self, rows: Tensor) -> None:
        """Go on with these rows, in this order; a row may stand several times."""


class TransformerWriter:
    """Writes translations of ``source``, with caches, so that each step costs one token.

    Args:
        model: A trained transformer; put it into evaluation mode first.
        source: Sentences to read.

    Shapes:
        source (B, S).
    """

    def __init__(self, model: Transformer, source: Tensor) -> None:
        self.model = model
        self.memory, self.mask = model.encode(source)
        self.caches = model.new_caches()

    def step(self, tokens: Tensor) -> Tensor:
        """Log probabilities of the next token; PAD and BOS are never said.

        Shapes:
            (R,) -> (R, V).
        """
        logits = self.model.decode(tokens[:, None], self.memory, self.mask, self.caches)[:, -1]
        logits[:, [PAD, BOS]] = float("-inf")
        return logits.log_softmax(dim=-1)

    def select(self, rows: Tensor) -> None:
        """Go on with these rows."""
        self.memory, self.mask = self.memory[rows], self.mask[rows]
        for pair in self.caches:
            for cache in pair:
                cache.select(rows)


@torch.no_grad()
def greedy(writer: Writer, n: int, max_len: int, *, device=None) -> Tensor:
    """The most probable token each time, until EOS.

    Args:
        writer: At the beginning of ``n`` sentences.
        n: Rows.
        max_len: Tokens at most, EOS included.
        device: Where the tokens live.

    Shapes:
        Returns (n, L) with L <= max_len, filled up with PAD after EOS.

    Raises:
        ValueError: If ``max_len`` is not positive.
    """
    check_range("max_len", max_len, 1)
    token = torch.full((n,), BOS, device=device)
    ended = torch.zeros(n, dtype=torch.bool, device=device)
    said = []
    while len(said) < max_len and not ended.all():
        token = writer.step(token).argmax(dim=-1).masked_fill(ended, PAD)
        said.append(token)
        ended = ended | (token == EOS)
    return torch.stack(said, dim=1)


@torch.no_grad()
def beam_search(
    writer: Writer, n: int, beams: int, max_len: int, *, alpha: float = 0.6, device=None
) -> tuple[Tensor, Tensor]:
    """The ``beams`` best sentences that a beam of that width finds, best first.

    Args:
        writer: At the beginning of ``n`` sentences.
        n: Rows.
        beams: Width K; with 1 it is ``greedy``.
        max_len: Tokens at most, EOS included.
        alpha: Strength of the length penalty; 0 compares plain log probabilities.
        device: Where the tokens live.

    Shapes:
        Returns tokens (n, K, L), filled up with PAD, and scores log p / lp (n, K). A sentence that
        has not ended within ``max_len`` tokens comes after all that have; a score of -inf marks a
        place for which there was no sentence.

    Raises:
        ValueError: If ``beams`` or ``max_len`` is not positive, or ``alpha`` is negative.
    """
    check_range("beams", beams, 1)
    check_range("max_len", max_len, 1)
    check_range("alpha", alpha, 0)
    first = torch.arange(n, device=device)[:, None] * beams  # (n, 1)
    writer.select((first // beams).expand(n, beams).flatten())
    tokens = torch.full((n, beams, 1), BOS, device=device)
    ended = torch.zeros(n, beams, dtype=torch.bool, device=device)
    length = torch.zeros(n, beams, device=device)  # tokens of each sentence, EOS included
    log_p = None
    while tokens.shape[2] <= max_len and not ended.all():
        step = writer.step(tokens[:, :, -1].flatten()).unflatten(0, (n, beams))  # (n, K, V)
        if log_p is None:  # all K beginnings are the same: let one of them live
            log_p = step.new_full((n, beams), float("-inf"))
            log_p[:, 0] = 0
            length = length.to(step)
        wait = torch.full_like(step, float("-inf"))
        wait[..., PAD] = 0  # an ended sentence goes on with PAD, at no cost
        step = torch.where(ended[..., None], wait, step)
        n_words = step.shape[2]
        total = log_p[..., None] + step  # (n, K, V)
        longer = length + ~ended
        score = (total / length_penalty(longer, alpha)[..., None]).flatten(1)
        best = score.topk(beams, dim=1).indices  # (n, K), of K V candidates
        parent, word = best // n_words, best % n_words
        log_p = total.flatten(1).gather(1, best)
        length, ended = longer.gather(1, parent), ended.gather(1, parent) | (word == EOS)
        before = tokens.gather(1, parent[..., None].expand(-1, -1, tokens.shape[2]))
        tokens = torch.cat([before, word[..., None]], dim=2)
        writer.select((first + parent).flatten())
    score = log_p / length_penalty(length, alpha)
    late = torch.where(ended, 0.0, 1e6).to(score)
    order = (score - late).argsort(dim=1, descending=True)
    tokens = tokens.gather(1, order[..., None].expand_as(tokens))[:, :, 1:]
    return tokens, score.gather(1, order)


def length_penalty(n: float | Tensor, alpha: float = 0.6) -> float | Tensor:
    """What the log probability of a sentence of n tokens is divided by: ((5 + n) / 6)^alpha.

    Raises:
        ValueError: If ``alpha`` is negative.

    >>> length_penalty(1), round(length_penalty(13, 0.5), 3)
    (1.0, 1.732)
    """
    check_range("alpha", alpha, 0)
    return ((5 + n) / 6) ** alpha


def exact_matches(said: Tensor, target: Tensor) -> Tensor:
    """Which sentences are right in every token.

    Shapes:
        said (N, L), target (N, T), both filled up with PAD; returns (N,), boolean.

    Raises:
        ValueError: If the numbers of sentences differ.
    """
    if said.ndim != 2 or target.ndim != 2 or len(said) != len(target):
        raise ValueError(f"said must have shape ({len(target)}, L); got {tuple(said.shape)}")
    long = max(said.shape[1], target.shape[1])
    pad = torch.nn.functional.pad
    a, b = (pad(s, (0, long - s.shape[1]), value=PAD) for s in (said, target))
    return (a == b).all(dim=1)
