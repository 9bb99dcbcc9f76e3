"""Networks that read a sequence one element at a time."""

from .mnist1d import SequenceGRU

__all__ = ["SequenceGRU"]
