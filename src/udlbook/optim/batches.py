"""Batches without replacement: every example once in each epoch, in a new order."""

from collections.abc import Iterator

import numpy as np

from .._check import check_range


def batches(
    *data: np.ndarray,
    size: int,
    rng: np.random.Generator,
    drop_last: bool = False,
    epochs: int | None = None,
) -> Iterator[tuple[np.ndarray, ...]]:
    """Yield tuples of batches, shuffled anew in every epoch.

    Args:
        *data: Arrays with the same first size.
        size: Examples a batch.
        rng: Draws the orders.
        drop_last: Leave out the last batch of an epoch if it is smaller than the others;
            otherwise it holds what is left.
        epochs: Passes over the data; ``None`` goes on for ever.

    Shapes:
        data (N, ...); yields (B, ...).

    Raises:
        ValueError: If the arrays differ in length or are empty, ``size`` or ``epochs`` is not
            positive, or a dropped last batch is the only one.

    >>> rng = np.random.default_rng(0)
    >>> [len(x) for (x,) in batches(np.arange(5), size=2, rng=rng, epochs=2)]
    [2, 2, 1, 2, 2, 1]
    """
    lengths = [len(d) for d in data]
    if not lengths or len(set(lengths)) > 1 or lengths[0] == 0:
        raise ValueError(f"data must be arrays of one length, not empty; got lengths {lengths}")
    check_range("size", size, 1, lengths[0] if drop_last else float("inf"))
    if epochs is not None:
        check_range("epochs", epochs, 1)
    return _batches(data, size, rng, drop_last, epochs)


def _batches(
    data: tuple, size: int, rng: np.random.Generator, drop_last: bool, epochs
) -> Iterator:
    n = len(data[0])
    stop = n - n % size if drop_last else n
    epoch = 0
    while epoch != epochs:
        order = rng.permutation(n)
        for start in range(0, stop, size):
            chosen = order[start : start + size]
            yield tuple(d[chosen] for d in data)
        epoch += 1
