"""Faster training on a GPU: matrix products in bfloat16, and a compiled loss function.

Source: Kalamkar et al., "A study of BFLOAT16 for deep learning training", arXiv:1905.12322; Ansel
et al., "PyTorch 2: faster machine learning through dynamic Python bytecode transformation and
graph compilation", ASPLOS 2024.
"""

import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import torch
from torch import Tensor, nn

from .._check import check_choice
from ..budget import tier


def by_tier(params: nn.Module | Iterable[Tensor], *, compile: bool = True) -> dict[str, Any]:
    """The options of ``fit`` for speed: ``fit(..., **by_tier(model))``.

    In the full tier, on a GPU, they are bfloat16 and a compiled loss function; everywhere else
    float32, and nothing is compiled.

    Args:
        params: The module, or the tensors, that will be trained; they lie on one device.
        compile: Whether to compile there. It takes as long as some hundred steps of a small
            model, for each shape of a batch; so it pays in long runs whose batches have few.
    """
    params = params.parameters() if isinstance(params, nn.Module) else params
    fast = tier() == "full" and next(iter(params)).device.type == "cuda"
    return {"precision": "bf16" if fast else "float32", "compile": fast and compile}


def autocast(precision: str, device: torch.device) -> AbstractContextManager:
    """The context in which a forward pass has this precision.

    Raises:
        ValueError: If ``precision`` is neither ``"float32"`` nor ``"bf16"``.
    """
    check_choice("precision", precision, ("float32", "bf16"))
    return nullcontext() if precision == "float32" else torch.autocast(device.type, torch.bfloat16)


def compiled(loss_fn: Callable[..., Tensor], backend: bool | str) -> Callable[..., Tensor]:
    """The loss function, compiled for each shape of a batch when it is first seen.

    Shapes are never generalised: then what is computed for a batch depends on that batch alone,
    and not on which shapes came before, as a run that is resumed needs.

    Raises:
        ValueError: If there is no such backend.
    """
    name = "inductor" if backend is True else backend
    check_choice("compile", name, tuple(torch.compiler.list_backends(exclude_tags=())))
    torch.compiler.reset()  # or earlier runs count against the number of shapes it would keep
    with _torchs_own_warnings():
        fast = torch.compile(loss_fn, backend=name, dynamic=False)

    def call(*batch: Tensor) -> Tensor:
        with _torchs_own_warnings():
            return fast(*batch)

    return call


@contextmanager
def _torchs_own_warnings() -> Iterator[None]:
    """Let pass that torch's compiler imports old parts of torch, and looks at every tensor."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"torch\.")
        yield
