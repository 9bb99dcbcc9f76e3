"""The training loop of the book."""

import math
import sys
from collections.abc import Callable, Iterable, Iterator

import torch
from torch import Tensor, nn

from .._check import check_range
from ..optim import Schedule, constant
from .acceleration import autocast, compiled
from .checkpoint import Checkpoint


def adam(params: Iterable[Tensor], lr: float) -> torch.optim.Optimizer:
    """Adam with torch's defaults, in its fast fused form.

    Source: Kingma & Ba, "Adam: a method for stochastic optimization", arXiv:1412.6980.
    """
    return torch.optim.Adam(params, lr=lr, fused=True)


def fit(
    loss_fn: Callable[..., Tensor],
    params: nn.Module | Iterable[Tensor],
    batches: Iterable[tuple],
    *,
    steps: int,
    lr: float,
    optimizer: Callable[..., torch.optim.Optimizer] = adam,
    schedule: Schedule = constant,
    clip: float | None = None,
    on_step: Callable[[int, float], None] | None = None,
    checkpoint: Checkpoint | None = None,
    resume: bool = False,
    progress: bool | None = None,
    precision: str = "float32",
    compile: bool | str = False,
) -> list[float]:
    """Minimise a loss by stochastic gradient descent, and return the loss of every step.

    Args:
        loss_fn: Maps one batch, ``loss_fn(*batch)``, to a scalar loss.
        params: A module, or the tensors to change; a checkpoint of a module also holds its
            buffers, such as the running means of batch normalization.
        batches: Yields at least ``steps`` tuples; ``udlbook.training.batches`` has no end.
        steps: Updates in all, those before a resumption included.
        lr: Base learning rate.
        optimizer: Called with the parameters and ``lr``: a class of ``torch.optim`` or a
            ``functools.partial`` of one.
        schedule: Maps (step, steps) to a factor of ``lr``.
        clip: Largest norm that the gradient of all parameters together may have in a step; a
            longer one is shortened to it. None lets it be as long as it is.
        on_step: Called as ``on_step(step, loss)`` after each update.
        checkpoint: Where, and how often, to save all that the run needs to go on.
        resume: Go on from the file of ``checkpoint``. The run then equals, bit for bit, one that
            was never interrupted, if ``precision`` and ``compile`` are the same.
        progress: Show a progress bar; by default only in a terminal.
        precision: ``"bf16"`` multiplies matrices in bfloat16, by autocast; parameters, gradients
            and the optimizer stay as they are, and the range of bfloat16 is that of float32, so
            no scaling of the loss is needed. ``"float32"`` leaves all of them as they are.
        compile: True compiles the loss function by ``torch.compile``, for each shape of a batch
            anew; so it suits long runs with batches of few shapes. A string names a backend.
            ``udlbook.training.by_tier`` chooses this and ``precision``.

    Returns:
        The losses of all steps, those before a resumption included.

    Raises:
        ValueError: If the loss is not a scalar, the batches end too early, ``precision`` or the
            backend is not known, or the checkpoint is of another model, optimizer or number of
            steps.
        FloatingPointError: If the loss is not finite.
    """
    params = params if isinstance(params, nn.Module) else list(params)
    opt = optimizer(params.parameters() if isinstance(params, nn.Module) else params, lr=lr)
    if clip is not None:
        check_range("clip", clip, 0)
    if resume and checkpoint is None:
        raise ValueError("resume must come with a checkpoint; got resume=True alone")
    losses = checkpoint.load(params, opt, batches, steps) if resume else []
    stream = iter(batches)
    device = opt.param_groups[0]["params"][0].device
    autocast(precision, device)  # a wrong name is found before the first batch is
    if compile:
        loss_fn = compiled(loss_fn, compile)
    for step in _bar(range(len(losses), steps), progress):
        for group in opt.param_groups:
            group["lr"] = lr * schedule(step, steps)
        batch = _next(stream, step, steps)
        with autocast(precision, device):
            loss = loss_fn(*batch)
        losses.append(_checked(loss, step))
        opt.zero_grad()
        loss.backward()
        if clip is not None:
            nn.utils.clip_grad_norm_([p for g in opt.param_groups for p in g["params"]], clip)
        opt.step()
        if on_step is not None:
            on_step(step, losses[-1])
        if checkpoint is not None and checkpoint.due(step + 1, steps):
            checkpoint.save(params, opt, batches, losses)
    return losses


def _next(stream: Iterator[tuple], step: int, steps: int) -> tuple:
    try:
        return next(stream)
    except StopIteration:
        raise ValueError(f"batches must yield {steps} batches; got {step}") from None


def _checked(loss: Tensor, step: int) -> float:
    if loss.shape != ():
        raise ValueError(f"loss_fn must return a scalar; got shape {tuple(loss.shape)}")
    value = loss.item()
    if not math.isfinite(value):
        raise FloatingPointError(f"the loss is {value} at step {step}; is lr too large?")
    return value


def _bar(steps: range, progress: bool | None) -> Iterable[int]:
    """The steps, behind a progress bar if one is wanted and rich is there."""
    if progress is None:
        progress = sys.stderr.isatty()  # never in a kernel, so never in a page's output
    if not progress:
        return steps
    try:
        from rich.console import Console
        from rich.progress import track
    except ImportError:
        return steps
    return track(steps, description="training", console=Console(stderr=True), transient=True)
