"""Networks that read a sequence one element at a time, and those that climb a tree.

Read ``rnn`` first, then ``gru`` and ``lstm``: one step each. ``stacked`` runs a cell over time, in
layers and in both directions; ``bptt`` is the way back; ``seq2seq`` is a reader and a writer;
``tree`` lets a node have several predecessors.
"""

from ._cell import Cell
from .bptt import elman_gradients, gradient_by_step, lstm_gradients, pieces
from .gru import GRUCell
from .lstm import LSTMCell
from .mnist1d import SequenceGRU
from .rnn import ElmanCell
from .seq2seq import Seq2Seq, reverse_tokens
from .stacked import Recurrent, length_mask, scan
from .tree import ChildSumTreeLSTM, heights

__all__ = [
    "Cell",
    "ChildSumTreeLSTM",
    "ElmanCell",
    "GRUCell",
    "LSTMCell",
    "Recurrent",
    "Seq2Seq",
    "SequenceGRU",
    "elman_gradients",
    "gradient_by_step",
    "heights",
    "length_mask",
    "lstm_gradients",
    "pieces",
    "reverse_tokens",
    "scan",
]
