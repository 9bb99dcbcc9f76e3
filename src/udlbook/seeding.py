"""Randomness that is handed in, and a page seed that the press can vary.

What we draw takes ``rng`` or ``generator``. Where a library draws for us (initial weights,
dropout), ``seeded`` sets the global state for the length of a block and restores it after.
"""

import os
import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np


def page_seed(offset: int = 0) -> int:
    """The seed a page should use: ``$UDLBOOK_SEED`` (0 unless set) times 1000, plus ``offset``.

    ``python -m udlbook_site claims --measure`` runs a page under several seeds through this.

    Args:
        offset: Tells apart the random streams of one page; from 0 to 999.

    Raises:
        ValueError: If the offset is out of range or ``$UDLBOOK_SEED`` is not a whole number >= 0.
    """
    if not 0 <= offset < 1000:
        raise ValueError(f"offset must be between 0 and 999; got {offset}")
    text = os.environ.get("UDLBOOK_SEED", "0")
    if not text.isdigit():
        raise ValueError(f"UDLBOOK_SEED must be a whole number >= 0; got {text!r}")
    return 1000 * int(text) + offset


def page_rng(offset: int = 0) -> np.random.Generator:
    """A NumPy generator seeded with ``page_seed(offset)``."""
    return np.random.default_rng(page_seed(offset))


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed the global generators inside the block, and restore their states after it.

    Covers ``random``, ``numpy.random`` and, when it is loaded, torch (CPU and CUDA).
    """
    torch = sys.modules.get("torch")  # never imported from here: this module is NumPy floor
    states = random.getstate(), np.random.get_state()  # noqa: NPY002
    torch_state = torch.get_rng_state() if torch else None
    cuda_states = torch.cuda.get_rng_state_all() if torch and torch.cuda.is_available() else None
    try:
        random.seed(seed)
        np.random.seed(seed % 2**32)  # noqa: NPY002
        if torch:
            torch.manual_seed(seed)
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])  # noqa: NPY002
        if torch_state is not None:
            torch.set_rng_state(torch_state)
        if cuda_states is not None:
            torch.cuda.set_rng_state_all(cuda_states)


def randn(*shape: int, like: Any, generator: Any = None) -> Any:
    """Standard normal torch tensor with the type and device of ``like``.

    Args:
        *shape: The shape to draw.
        like: A torch tensor.
        generator: A ``torch.Generator``; if it lives on another device, the draw is made there
            and moved, so a seed gives the same numbers on every device.
    """
    if generator is None or generator.device == like.device:
        return like.new_empty(shape).normal_(generator=generator)
    return (
        like.new_empty(shape, device=generator.device).normal_(generator=generator).to(like.device)
    )
