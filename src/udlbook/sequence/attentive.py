r"""Encoder and decoder with attention: the decoder chooses anew at every step what to read.

The encoder is a GRU in both directions; its states are the memory. Two ways to hang attention
between them:

    bahdanau  c_t from score(s_{t-1}, keys);   s_t = GRU([y_{t-1}; c_t], s_{t-1})
    luong     s_t = GRU([y_{t-1}; fed], s_{t-1});   c_t from score(s_t, keys)

Both then answer from h~_t = tanh(W_c [c_t; s_t]). With input feeding, Luong's decoder reads
h~_{t-1} at the next step (``fed``), so that it knows where it has looked. Without attention,
c_t is the encoder's summary, the same at every step: that is the bottleneck.

Source: Bahdanau, Cho & Bengio, ICLR 2015, arXiv:1409.0473, section 3 and appendix A; Luong, Pham
& Manning, EMNLP 2015, arXiv:1508.04025, sections 3.1 to 3.3; the summary at every step: Cho et
al., EMNLP 2014, arXiv:1406.1078. Ours differs: one layer, GRUs in both; each direction of the
encoder has half the units, so that a key is as wide as a query; one output layer for all, where
Bahdanau et al. have a maxout layer that also sees y_{t-1}; greedy decoding.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from .._check import check_choice, check_range, check_shape
from ..data import PAD
from ._encoder_decoder import EncoderDecoder
from .attention import PredictedCentre, attend, local_attend, make_score
from .gru import GRUCell
from .stacked import Recurrent, scan

KINDS = ("luong", "bahdanau", "none")
WINDOWS = ("all", "monotonic", "predicted")


class Memory(NamedTuple):
    """What the encoder leaves.

    Shapes:
        keys (B, S, H); keep (B, 1, S), False at padding; lengths (B,); summary (B, H).
    """

    keys: Tensor
    keep: Tensor
    lengths: Tensor
    summary: Tensor


class DecoderState(NamedTuple):
    """What the decoder carries on: state (B, H), last answer h~ (B, H), tokens written."""

    h: Tensor
    fed: Tensor
    step: int = 0


class AttentiveSeq2Seq(EncoderDecoder):
    """An encoder, a decoder, and attention between them, with the tokens of ``udlbook.data``.

    Args:
        n_tokens: Size of the vocabulary; PAD, BOS and EOS are part of it.
        hidden: Size H of the decoder's state; even.
        dim: Size of the vector of a token.
        kind: ``"luong"``, ``"bahdanau"``, or ``"none"``: the bottleneck.
        score: One of the names of ``make_score``.
        window: ``"all"`` keys compete; those around step t (``"monotonic"``, local-m); or those
            around a predicted centre (``"predicted"``, local-p).
        half_width: D of the window.
        input_feeding: Whether Luong's decoder reads its last h~.
        longest: Positions that the location score knows.

    Raises:
        ValueError: If a size is out of range, a name is unknown, or input feeding is asked of a
            decoder that is not Luong's.
    """

    def __init__(
        self,
        n_tokens: int,
        hidden: int,
        *,
        dim: int = 16,
        kind: str = "luong",
        score: str = "general",
        window: str = "all",
        half_width: float = 2,
        input_feeding: bool = False,
        longest: int = 64,
    ) -> None:
        super().__init__()
        check_range("n_tokens", n_tokens, 4)
        check_choice("kind", kind, KINDS)
        check_choice("window", window, WINDOWS)
        if hidden < 2 or hidden % 2:
            raise ValueError(f"hidden must be even and positive; got {hidden}")
        if input_feeding and kind != "luong":
            raise ValueError(f"input_feeding must come with kind 'luong'; got {kind!r}")
        self.hidden, self.kind, self.window = hidden, kind, window
        self.half_width, self.input_feeding = half_width, input_feeding
        self.embedding = nn.Embedding(n_tokens, dim)
        self.encoder = Recurrent(GRUCell, dim, hidden // 2, bidirectional=True)
        self.bridge = nn.Linear(hidden, hidden)
        told = kind != "luong" or input_feeding
        self.decoder = GRUCell(dim + hidden * told, hidden)
        if kind != "none":
            self.score = make_score(score, hidden, hidden, d_score=hidden, longest=longest)
            if window == "predicted":
                self.centre = PredictedCentre(hidden, hidden)
        self.w_c = nn.Linear(2 * hidden, hidden)
        self.out = nn.Linear(hidden, n_tokens)

    def encode(self, source: Tensor) -> tuple[Memory, DecoderState]:
        """The memory, and where the decoder starts.

        Shapes:
            source (B, S), tokens, filled up with PAD behind.

        Raises:
            ValueError: If the source is not a table of tokens, or one row is empty.
        """
        check_shape("source", source, "B", "S")
        keep = source != PAD
        lengths = keep.sum(dim=1)
        keys, (last,) = self.encoder(self.embedding(source), lengths=lengths)
        summary = torch.cat([last[0], last[1]], dim=1)  # (B, H)
        start = self.bridge(summary).tanh()
        memory = Memory(keys, keep[:, None], lengths, summary)
        return memory, DecoderState(start, torch.zeros_like(start))

    def look(self, query: Tensor, memory: Memory, step: int) -> tuple[Tensor, Tensor]:
        """The contexts and weights of the queries, the first of which stands at ``step``.

        Shapes:
            query (B, L, H); returns (B, L, H) and (B, L, S). Without attention the weights are
            zeros.
        """
        B, L, S = *query.shape[:2], memory.keys.shape[1]
        if self.kind == "none":
            return memory.summary[:, None].expand(B, L, -1), query.new_zeros(B, L, S)
        scores = self.score(query, memory.keys)
        if self.window == "all":
            return attend(scores, memory.keys, memory.keep)
        if self.window == "predicted":
            centre = self.centre(query, memory.lengths)
        else:  # the end token is written after the last step of the source
            steps = torch.arange(step, step + L, device=query.device)
            centre = torch.minimum(steps, memory.lengths[:, None] - 1).to(query.dtype)
        gaussian = self.window == "predicted"
        return local_attend(
            scores, memory.keys, centre, self.half_width, memory.keep, gaussian=gaussian
        )

    def answer(self, contexts: Tensor, states: Tensor) -> Tensor:
        """h~ = tanh(W_c [c; s]). Shapes: twice (B, L, H) -> (B, L, H)."""
        return self.w_c(torch.cat([contexts, states], dim=2)).tanh()

    def decode(
        self, tokens: Tensor, memory: Memory, state: DecoderState
    ) -> tuple[Tensor, Tensor, DecoderState]:
        """Logits of the token after each of ``tokens``, the weights, and the state after the last.

        Shapes:
            tokens (B, T). Returns (B, T, n_tokens), (B, T, S) and the state.
        """
        x = self.embedding(tokens)
        one_by_one = self.kind == "bahdanau" or self.input_feeding
        parts = []
        for x_t in x.split(1, dim=1) if one_by_one else [x]:
            answers, weights, state = self._advance(x_t, memory, state)
            parts.append((answers, weights))
        answers, weights = (torch.cat(p, dim=1) for p in zip(*parts, strict=True))
        return self.out(answers), weights, state

    def _advance(
        self, x: Tensor, memory: Memory, state: DecoderState
    ) -> tuple[Tensor, Tensor, DecoderState]:
        """h~ and weights of some steps: of one, where the next needs what this one saw."""
        before = state.h[:, None]
        if self.kind == "bahdanau":
            contexts, weights = self.look(before, memory, state.step)
            x = torch.cat([x, contexts], dim=2)
        elif self.kind == "none":
            contexts, weights = self.look(x, memory, state.step)
            x = torch.cat([x, contexts], dim=2)
        elif self.input_feeding:
            x = torch.cat([x, state.fed[:, None]], dim=2)
        states, (h,) = scan(self.decoder, x, (state.h,))
        if self.kind == "luong":
            contexts, weights = self.look(states, memory, state.step)
        answers = self.answer(contexts, states)
        return answers, weights, DecoderState(h, answers[:, -1], state.step + x.shape[1])

    def align(self, source: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        """The logits, and where the decoder looked while it wrote each token of the target.

        Shapes:
            source (B, S), target (B, T) -> (B, T, n_tokens) and (B, T, S).

        Raises:
            ValueError: If the shapes do not fit.
        """
        return self.told(source, target)[:2]
