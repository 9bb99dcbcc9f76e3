"""Networks that read a sequence one element at a time, and those that climb a tree.

Read ``rnn`` first, then ``gru`` and ``lstm``: one step each. ``stacked`` runs a cell over time, in
layers and in both directions; ``bptt`` is the way back; ``seq2seq`` is a reader and a writer;
``tree`` lets a node have several predecessors, in any order or in one.

Then attention: ``attention`` has scores and windows, ``attentive`` hangs them between reader and
writer, ``hard_attention`` draws one place; ``ntm`` reads and writes a memory, ``snail`` mixes
attention with causal convolutions.
"""

from ._cell import Cell
from ._encoder_decoder import EncoderDecoder
from .attention import (
    SCORES,
    AdditiveScore,
    ConcatScore,
    DotScore,
    GeneralScore,
    LocationScore,
    PredictedCentre,
    attend,
    local_attend,
    make_score,
    masked_softmax,
    window,
)
from .attentive import AttentiveSeq2Seq, DecoderState, Memory
from .bptt import elman_gradients, gradient_by_step, lstm_gradients, pieces
from .gru import GRUCell
from .hard_attention import RunningBaseline, hard_attend, score_function_loss
from .lstm import LSTMCell
from .mnist1d import SequenceGRU
from .ntm import (
    NTM,
    NTMState,
    NTMTrace,
    content_weights,
    copy_cost,
    copy_task,
    interpolate,
    read,
    sharpen,
    shift,
    write,
)
from .rnn import ElmanCell
from .seq2seq import Seq2Seq, reverse_tokens
from .snail import SNAIL, AttentionBlock, DenseBlock, TCBlock
from .stacked import Recurrent, length_mask, scan
from .tree import ChildSumTreeLSTM, NaryTreeLSTM, child_places, heights

__all__ = [
    "NTM",
    "SCORES",
    "SNAIL",
    "AdditiveScore",
    "AttentionBlock",
    "AttentiveSeq2Seq",
    "Cell",
    "ChildSumTreeLSTM",
    "ConcatScore",
    "DecoderState",
    "DenseBlock",
    "DotScore",
    "ElmanCell",
    "EncoderDecoder",
    "GRUCell",
    "GeneralScore",
    "LSTMCell",
    "LocationScore",
    "Memory",
    "NTMState",
    "NTMTrace",
    "NaryTreeLSTM",
    "PredictedCentre",
    "Recurrent",
    "RunningBaseline",
    "Seq2Seq",
    "SequenceGRU",
    "TCBlock",
    "attend",
    "child_places",
    "content_weights",
    "copy_cost",
    "copy_task",
    "elman_gradients",
    "gradient_by_step",
    "hard_attend",
    "heights",
    "interpolate",
    "length_mask",
    "local_attend",
    "lstm_gradients",
    "make_score",
    "masked_softmax",
    "pieces",
    "read",
    "reverse_tokens",
    "scan",
    "score_function_loss",
    "sharpen",
    "shift",
    "window",
    "write",
]
