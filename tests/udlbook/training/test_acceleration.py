"""Oracles: a loop written out with torch.autocast, the run that is not compiled, a table."""

from types import SimpleNamespace

import pytest
import torch
from torch import Generator, nn
from torch.nn.functional import cross_entropy

from udlbook.optim import one_cycle
from udlbook.seeding import seeded
from udlbook.sequence import SNAIL
from udlbook.training import Checkpoint, batches, by_tier, evaluate, fit
from udlbook.transformers import (
    GPT,
    GPTConfig,
    Transformer,
    TransformerConfig,
    next_token_loss,
    shift_right,
    smoothed_cross_entropy,
)
from udlbook.vision import DigitNet

FAST = {"precision": "bf16", "compile": "aot_eager"}


class Run:
    """A small network with batch norm and dropout, and seven examples in batches of 4 and 3."""

    def __init__(self):
        with seeded(0):
            self.model = nn.Sequential(
                nn.Linear(3, 5), nn.BatchNorm1d(5), nn.Dropout(0.3), nn.Linear(5, 2)
            )
            self.x, self.y = torch.randn(7, 3), torch.randint(2, (7,))
        self.stream = batches(self.x, self.y, 4, Generator().manual_seed(5))

    def loss(self, x, y):
        return cross_entropy(self.model(x), y)

    def go(self, **options):
        with seeded(3):
            return fit(
                self.loss,
                self.model,
                self.stream,
                steps=6,
                lr=0.05,
                schedule=one_cycle(),
                **options,
            )

    def values(self):
        return torch.cat([v.detach().double().ravel() for v in self.model.state_dict().values()])


def test_bf16_equals_a_loop_written_out_with_autocast():
    run, twin = Run(), Run()
    losses = run.go(precision="bf16")
    opt = torch.optim.Adam(twin.model.parameters())
    with seeded(3):
        for step in range(6):
            opt.param_groups[0]["lr"] = 0.05 * one_cycle()(step, 6)
            x, y = next(twin.stream)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                loss = twin.loss(x, y)
            opt.zero_grad()
            loss.backward()
            opt.step()
            assert losses[step] == loss.item()
    torch.testing.assert_close(run.values(), twin.values())
    assert losses != Run().go()


@pytest.mark.parametrize(
    ("options", "product"), [({}, torch.float32), ({"precision": "bf16"}, torch.bfloat16)]
)
def test_bf16_is_for_the_forward_pass_alone(options, product):
    w = torch.ones(2, 2, requires_grad=True)
    seen = []

    def loss(x):
        y = x @ w
        w.register_hook(lambda g: seen.append(g.dtype))
        seen.append(y.dtype)
        return y.float().sum()

    x = torch.ones(2, 2)
    fit(loss, [w], [(x,)], steps=1, lr=0.1, **options)
    assert seen == [product, torch.float32] and w.dtype == torch.float32
    assert (x @ w).dtype == torch.float32  # and no longer than the run

    class Model(nn.Module):
        def forward(self, x):
            seen.append((x @ w).dtype)
            return x @ w

    right = evaluate(Model(), x, torch.tensor([0, 1]), **options)
    assert seen[-1] == product
    assert right.loss == pytest.approx(torch.tensor(2.0).log().item())


def test_a_context_around_the_run_is_left_alone():
    seen = []
    w = torch.ones(2, 2, requires_grad=True)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        fit(lambda: (seen.append((w @ w).dtype), w.sum())[1], [w], [()], steps=1, lr=0.1)
    assert seen == [torch.bfloat16]


@pytest.mark.parametrize("backend", ["eager", "aot_eager"])
def test_a_compiled_loss_gives_the_losses_of_one_that_is_not(backend):
    compiling = []

    class Watched(Run):
        def loss(self, x, y):
            compiling.append(torch.compiler.is_compiling())
            return super().loss(x, y)

    run, plain = Watched(), Run()
    torch.testing.assert_close(run.go(compile=backend), plain.go(), rtol=1e-6, atol=0)
    torch.testing.assert_close(run.values(), plain.values())
    assert compiling == [True] * 6


def test_every_shape_is_compiled_for_itself():
    # Sizes made general would depend on which came first, and a resumed run would not be the same.
    graphs = torch._dynamo.utils.counters["stats"]
    graphs.clear()
    w = torch.ones(3, requires_grad=True)
    data = [(torch.ones(n, 3),) for n in (4, 5, 6, 4, 6)]
    fit(lambda x: (x @ w).sum(), [w], data, steps=5, lr=0.1, compile="eager")
    assert graphs["unique_graphs"] == 3


def test_earlier_runs_do_not_wear_the_compiler_out():
    compiling = []

    def loss(x):
        compiling.append(torch.compiler.is_compiling())
        return (x @ w).sum()

    for size in range(1, 11):  # more than it keeps for one function
        w = torch.ones(size, requires_grad=True)
        fit(loss, [w], [(torch.ones(2, size),)], steps=1, lr=0.1, compile="eager")
    assert compiling == [True] * 10


@pytest.mark.parametrize("stop", [1, 4])
def test_a_fast_run_that_is_resumed_equals_the_whole_one_bit_for_bit(tmp_path, stop):
    class Stop(Exception):
        pass

    def on_step(step, loss):
        if step == stop:
            raise Stop

    whole, first, second = Run(), Run(), Run()
    losses = whole.go(**FAST)
    file = Checkpoint(tmp_path / "run", every=1)
    with pytest.raises(Stop):
        first.go(checkpoint=file, on_step=on_step, **FAST)
    assert second.go(checkpoint=file, resume=True, **FAST) == losses
    assert torch.equal(second.values(), whole.values())


@pytest.mark.parametrize(
    ("tier", "device", "wanted", "precision", "compiled"),
    [
        ("small", "cuda", True, "float32", False),
        ("full", "cpu", True, "float32", False),
        ("full", "cuda", True, "bf16", True),
        ("full", "cuda", False, "bf16", False),
    ],
)
def test_speed_is_for_the_full_tier_on_a_gpu(
    monkeypatch, tier, device, wanted, precision, compiled
):
    monkeypatch.setenv("UDLBOOK_TIER", tier)
    there = SimpleNamespace(device=torch.device(device))
    options = by_tier([there], compile=wanted)
    assert options == {"precision": precision, "compile": compiled}


def test_the_device_is_that_of_the_parameters(monkeypatch):
    monkeypatch.setenv("UDLBOOK_TIER", "full")
    run = Run()
    options = by_tier(run.model)
    assert options == {"precision": "float32", "compile": False}
    assert run.go(**options) == Run().go()


def test_names_that_do_not_exist_are_refused():
    run = Run()
    with pytest.raises(ValueError, match="precision must be one of 'float32', 'bf16'; got 'fp8'"):
        run.go(precision="fp8")
    with pytest.raises(ValueError, match=r"precision must be one of .*; got 'half'"):
        evaluate(run.model, run.x, run.y, precision="half")
    with pytest.raises(ValueError, match=r"compile must be one of .*'inductor'.*; got 'gcc'"):
        run.go(compile="gcc")


TOKENS = torch.tensor([[3, 4, 5, 6, 7], [5, 5, 3, 8, 4]])
MODELS = {
    "digits": (
        DigitNet,
        lambda net, x, y: cross_entropy(net(x), y),
        torch.linspace(0, 9, 128).sin().view(2, 8, 8),
    ),
    "SNAIL": (
        lambda: SNAIL(9, 5),
        lambda net, x, y: cross_entropy(net(x)[:, -1], y),
        TOKENS,
    ),
    "GPT": (
        lambda: GPT(GPTConfig(vocab=9, context=8, d_model=8, n_heads=2, n_layers=1)),
        lambda net, x, y: next_token_loss(net, x),
        TOKENS,
    ),
    "transformer": (
        lambda: Transformer(
            TransformerConfig(9, d_model=8, n_heads=2, d_ff=8, n_layers=1, dropout=0.0)
        ),
        lambda net, x, y: smoothed_cross_entropy(net(x, shift_right(x)), x, 0.1),
        TOKENS,
    ),
}


@pytest.mark.parametrize("name", MODELS)
def test_the_models_of_the_book_train_compiled_and_in_bf16(name):
    make, loss, x = MODELS[name]
    runs = []
    for options in ({}, {"precision": "bf16", "compile": "eager"}):
        with seeded(0):
            net = make()
        data = [(x, torch.tensor([0, 1]))] * 3
        runs.append(
            fit(lambda x, y, net=net: loss(net, x, y), net, data, steps=3, lr=0.01, **options)
        )
    plain, fast = runs
    assert plain != fast and plain[2] < plain[0]
    assert fast == pytest.approx(plain, abs=0.02 * plain[0])
