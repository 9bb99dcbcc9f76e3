"""What every encoder and decoder shares: the loss, teacher forcing, and greedy writing.

None of the three asks how a source is read or what the decoder looks at, so a model brings only
``encode`` and ``decode``.
"""

from abc import ABC, abstractmethod
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .._check import check_range, check_shape
from ..data import BOS, EOS, PAD


class EncoderDecoder(nn.Module, ABC):
    """A model that reads a source and writes a target, with the tokens of ``udlbook.data``.

    Subclasses write ``encode`` and ``decode``.
    """

    @abstractmethod
    def encode(self, source: Tensor) -> tuple[Any, Any]:
        """What the decoder may look at in every step, and the state in which it starts.

        Shapes:
            source (B, S), tokens, filled up with PAD behind.
        """

    @abstractmethod
    def decode(self, tokens: Tensor, memory: Any, state: Any) -> tuple[Any, ...]:
        """Logits of the token after each of ``tokens``, and, last, the state after all of them.

        Shapes:
            tokens (B, T); logits (B, T, n_tokens).
        """

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        """Logits under teacher forcing: for token t of the target, given those before it.

        Shapes:
            source (B, S), target (B, T) -> (B, T, n_tokens).

        Raises:
            ValueError: If the shapes do not fit.
        """
        return self.told(source, target)[0]

    def told(self, source: Tensor, target: Tensor) -> tuple[Any, ...]:
        """All that ``decode`` returns while the decoder is told the right tokens so far.

        Shapes:
            source (B, S), target (B, T).

        Raises:
            ValueError: If the shapes do not fit.
        """
        batch = check_shape("source", source, "B", "S")["B"]
        check_shape("target", target, batch, "T")
        begin = target.new_full((batch, 1), BOS)
        return self.decode(torch.cat([begin, target[:, :-1]], dim=1), *self.encode(source))

    def loss(self, source: Tensor, target: Tensor) -> Tensor:
        """Mean cross-entropy of the target's tokens, in nats; PAD does not count."""
        logits = self(source, target)
        return F.cross_entropy(logits.flatten(0, 1), target.flatten(), ignore_index=PAD)

    @torch.no_grad()
    def greedy(self, source: Tensor, steps: int) -> Tensor:
        """Write by always taking the most probable token, which the decoder then reads.

        Args:
            source: What to read.
            steps: Most tokens to write, EOS included.

        Shapes:
            source (B, S) -> (B, steps); PAD behind the first EOS.

        Raises:
            ValueError: If the source does not fit or ``steps`` is not positive.
        """
        check_range("steps", steps, 1)
        memory, state = self.encode(source)
        token = source.new_full((len(source), 1), BOS)
        over = torch.zeros_like(token, dtype=torch.bool)
        written = []
        for _ in range(steps):
            logits, *_, state = self.decode(token, memory, state)
            token = logits.argmax(dim=2).masked_fill(over, PAD)
            written.append(token)
            over = over | (token == EOS)
        return torch.cat(written, dim=1)
