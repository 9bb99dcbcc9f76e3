"""Checkpoints: all that a run needs to go on as if it had never stopped.

One safetensors file holds the model, the optimizer's state, the losses so far, the order and the
place of the batch stream, and the states of all random generators; its header says which step,
which optimizer and which format, as JSON. Nothing is pickled, so reading a file runs no code.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Generator, Tensor, nn

from .._check import check_range

FORMAT = 1


@dataclass(frozen=True)
class Checkpoint:
    """Where and when to save, and which generators belong to the run.

    Args:
        path: The file; it is replaced as a whole or not at all.
        every: Steps between two saves. The end of the run is saved too.
        generators: Generators that the loss function draws from, besides torch's global ones and
            that of ``udlbook.training.Batches``, which are saved anyway.

    Raises:
        ValueError: If ``every`` is not positive.
    """

    path: str | Path
    every: int = 100
    generators: tuple[Generator, ...] = ()

    def __post_init__(self) -> None:
        check_range("every", self.every, 1)

    def due(self, done: int, steps: int) -> bool:
        """Whether to save after ``done`` of ``steps`` steps."""
        return done % self.every == 0 or done == steps

    def save(
        self,
        params: nn.Module | Iterable[Tensor],
        optimizer: torch.optim.Optimizer,
        batches: Any,
        losses: list[float],
    ) -> None:
        """Write the file: under a temporary name beside it, then renamed over it."""
        tensors, numbers = _optimizer_state(optimizer)
        tensors |= {f"model.{k}": v for k, v in _model_state(params).items()}
        tensors |= {f"batches.{k}": v for k, v in _state_dict(batches).items()}
        tensors |= {f"rng.{k}": v for k, v in self._generator_states().items()}
        tensors["losses"] = torch.tensor(losses, dtype=torch.float64)
        header = {
            "format": FORMAT,
            "step": len(losses),
            "optimizer": type(optimizer).__name__,
            "numbers": numbers,
        }
        # Copies, because two names of one tensor (tied weights) cannot share bytes in a file.
        plain = {k: v.detach().cpu().clone().contiguous() for k, v in tensors.items()}
        _write(Path(self.path), save(plain, metadata={"udlbook": json.dumps(header)}))

    def load(
        self,
        params: nn.Module | Iterable[Tensor],
        optimizer: torch.optim.Optimizer,
        batches: Any,
        steps: int,
    ) -> list[float]:
        """Put everything back, in place, and return the losses so far.

        Raises:
            FileNotFoundError: If there is no such file.
            ValueError: If it is not a checkpoint, or is one of another model, optimizer or run.
        """
        tensors, header = _read(Path(self.path))
        _demand("format", FORMAT, header["format"])
        _demand("optimizer", type(optimizer).__name__, header["optimizer"])
        check_range("step of the checkpoint", header["step"], 0, steps)
        model = _model_state(params)
        shapes = {k: tuple(v.shape) for k, v in _part(tensors, "model").items()}
        _demand("model", {k: tuple(v.shape) for k, v in model.items()}, shapes)
        rng = _part(tensors, "rng")
        _demand("generators", sorted(self._generator_states()), sorted(rng))
        stream = _part(tensors, "batches")
        _demand("batches", sorted(_state_dict(batches)), sorted(stream))

        with torch.no_grad():
            for name, value in _part(tensors, "model").items():
                model[name].copy_(value)
        _load_optimizer(optimizer, _part(tensors, "optimizer"), header["numbers"])
        if stream:
            batches.load_state_dict(stream)
        self._set_generator_states(rng)
        return tensors["losses"].tolist()

    def _generator_states(self) -> dict[str, Tensor]:
        states = {"torch": torch.get_rng_state()}
        if torch.cuda.is_available():
            states |= {f"cuda{i}": s for i, s in enumerate(torch.cuda.get_rng_state_all())}
        return states | {str(i): g.get_state() for i, g in enumerate(self.generators)}

    def _set_generator_states(self, states: dict[str, Tensor]) -> None:
        torch.set_rng_state(states["torch"])
        if torch.cuda.is_available():
            count = torch.cuda.device_count()
            torch.cuda.set_rng_state_all([states[f"cuda{i}"] for i in range(count)])
        for i, generator in enumerate(self.generators):
            generator.set_state(states[str(i)])


def _model_state(params: nn.Module | Iterable[Tensor]) -> dict[str, Tensor]:
    if isinstance(params, nn.Module):
        return params.state_dict()
    return {str(i): p for i, p in enumerate(params)}


def _state_dict(batches: Any) -> dict[str, Tensor]:
    """The state of a stream that can be resumed; nothing for any other iterable."""
    return batches.state_dict() if hasattr(batches, "state_dict") else {}


def _optimizer_state(optimizer: torch.optim.Optimizer) -> tuple[dict[str, Tensor], dict]:
    """The state tensors under ``optimizer.INDEX.NAME``, and the plain numbers beside them."""
    tensors, numbers = {}, {}
    for index, state in optimizer.state_dict()["state"].items():
        for name, value in state.items():
            key = f"optimizer.{index}.{name}"
            if isinstance(value, Tensor):
                tensors[key] = value
            else:
                numbers[key.removeprefix("optimizer.")] = value
    return tensors, numbers


def _load_optimizer(
    optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor], numbers: dict
) -> None:
    state: dict[int, dict] = {}
    for key, value in {**tensors, **numbers}.items():
        index, name = key.split(".", 1)
        state.setdefault(int(index), {})[name] = value
    optimizer.load_state_dict({**optimizer.state_dict(), "state": state})


def _part(tensors: dict[str, Tensor], name: str) -> dict[str, Tensor]:
    prefix = f"{name}."
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}


def _demand(what: str, expected: Any, got: Any) -> None:
    if expected != got:
        raise ValueError(f"{what} of the checkpoint must be {expected}; got {got}")


def _write(path: Path, content: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with open(temporary, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _read(path: Path) -> tuple[dict[str, Tensor], dict]:
    if not path.is_file():
        raise FileNotFoundError(f"there is no checkpoint to resume from at {path}")
    try:
        with safe_open(path, framework="pt") as file:
            header = json.loads((file.metadata() or {})["udlbook"])
            return {key: file.get_tensor(key) for key in file.keys()}, header
    except (SafetensorError, KeyError, json.JSONDecodeError) as error:
        raise ValueError(f"{path} must be a checkpoint of fit; got {error!r}") from error
