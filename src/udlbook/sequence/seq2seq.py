r"""Encoder and decoder: one network reads a sequence, another writes one.

The encoder's last state is all that the decoder learns about the source. While training, the
decoder is told the right tokens so far (teacher forcing); later it is told its own.

Source: Sutskever, Vinyals & Le, "Sequence to sequence learning with neural networks", NeurIPS
2014, arXiv:1409.3215; with ``context="every"`` the decoder sees the summary at each step, as in
Cho et al., EMNLP 2014, arXiv:1406.1078. Ours differs: one layer unless told otherwise, and the
decoder stops by itself at the end token without a beam.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from .._check import check_choice, check_range, check_shape
from ..data import PAD
from ._cell import Cell, State
from ._encoder_decoder import EncoderDecoder
from .gru import GRUCell
from .stacked import Recurrent


class Seq2Seq(EncoderDecoder):
    """An encoder and a decoder with the tokens PAD, BOS and EOS of ``udlbook.data``.

    Args:
        n_tokens: Size of the vocabulary, the three special tokens included.
        hidden: Size H of the state of both.
        dim: Size of the vector of a token.
        cell: Makes the cells.
        n_layers: Depth of both.
        context: ``"start"``: the summary is where the decoder starts; ``"every"``: it is also an
            input at every step.
        reverse_source: Read the source from its end, as Sutskever et al. did.

    Raises:
        ValueError: If a size is not positive or there is no such context.
    """

    def __init__(
        self,
        n_tokens: int,
        hidden: int,
        *,
        dim: int = 16,
        cell: Callable[[int, int], Cell] = GRUCell,
        n_layers: int = 1,
        context: str = "start",
        reverse_source: bool = False,
    ) -> None:
        super().__init__()
        check_range("n_tokens", n_tokens, 4)
        check_choice("context", context, ("start", "every"))
        self.n_tokens, self.context, self.reverse_source = n_tokens, context, reverse_source
        self.embedding = nn.Embedding(n_tokens, dim)
        self.encoder = Recurrent(cell, dim, hidden, n_layers=n_layers)
        seen = dim + (hidden if context == "every" else 0)
        self.decoder = Recurrent(cell, seen, hidden, n_layers=n_layers)
        self.out = nn.Linear(hidden, n_tokens)

    def encode(self, source: Tensor) -> tuple[State, State]:
        """The summary, which is all that the decoder sees, and also where it starts.

        It is the encoder's states after the last token of each source.

        Shapes:
            source (B, S), tokens, filled up with PAD behind -> each state (n_layers, B, H).

        Raises:
            ValueError: If the source is not a table of tokens, or one row is empty.
        """
        check_shape("source", source, "B", "S")
        lengths = (source != PAD).sum(dim=1)
        if self.reverse_source:
            source = reverse_tokens(source, lengths)
        summary = self.encoder(self.embedding(source), lengths=lengths)[1]
        return summary, summary

    def decode(self, tokens: Tensor, memory: State, state: State) -> tuple[Tensor, State]:
        """Logits of the token after each of ``tokens``, and the states after the last.

        Shapes:
            tokens (B, T); memory and state as ``encode`` returns them. Logits (B, T, n_tokens).
        """
        x = self.embedding(tokens)
        if self.context == "every":
            last = memory[0][-1][:, None].expand(-1, x.shape[1], -1)
            x = torch.cat([x, last], dim=2)
        output, state = self.decoder(x, state)
        return self.out(output), state


def reverse_tokens(source: Tensor, lengths: Tensor) -> Tensor:
    """Each row from its end, with the padding left behind.

    Shapes:
        source (B, S), lengths (B,) -> (B, S).

    >>> reverse_tokens(torch.tensor([[5, 6, 7, 0]]), torch.tensor([3])).tolist()
    [[7, 6, 5, 0]]
    """
    place = torch.arange(source.shape[1], device=source.device)
    index = torch.where(place < lengths[:, None], lengths[:, None] - 1 - place, place)
    return source.gather(1, index)
