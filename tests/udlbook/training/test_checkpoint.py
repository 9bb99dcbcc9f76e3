"""Oracles: the run that was never interrupted, bit for bit; safetensors' own reader."""

import json
import os
from functools import partial

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import safe_open
from torch import Generator, nn

from udlbook.optim import one_cycle
from udlbook.seeding import seeded
from udlbook.training import Checkpoint, batches, fit

STEPS = 12


class Stop(Exception):
    """What interrupts a run."""


class Run:
    """Everything of one training run: batch norm, dropout, own noise, Adam, one cycle."""

    def __init__(self, path, every=3, optimizer=None, hidden=5):
        with seeded(0):
            self.model = nn.Sequential(
                nn.Linear(3, hidden), nn.BatchNorm1d(hidden), nn.Dropout(0.3), nn.Linear(hidden, 2)
            )
            self.x, self.y = torch.randn(11, 3), torch.randint(2, (11,))
        self.noise = Generator().manual_seed(7)
        self.stream = batches(self.x, self.y, 4, Generator().manual_seed(5))
        self.checkpoint = path and Checkpoint(path, every=every, generators=(self.noise,))
        self.options = {} if optimizer is None else {"optimizer": optimizer}

    def loss(self, x, y):
        x = x + 0.1 * torch.randn(x.shape, generator=self.noise)
        return nn.functional.cross_entropy(self.model(x), y)

    def go(self, stop=None, where="on_step", steps=STEPS, resume=False):
        def on_step(step, loss):
            if where == "on_step" and step == stop:
                raise Stop

        calls = iter(range(10**6))

        def loss(x, y):
            if where == "loss" and next(calls) == stop:
                raise Stop
            return self.loss(x, y)

        return fit(
            loss,
            self.model,
            self.stream,
            steps=steps,
            lr=0.05,
            schedule=one_cycle(),
            on_step=on_step,
            checkpoint=self.checkpoint or None,
            resume=resume,
            **self.options,
        )

    def state(self):
        return {k: v.clone() for k, v in self.model.state_dict().items()}


def assert_bitwise(a, b):
    assert a.keys() == b.keys()
    for name in a:
        assert torch.equal(a[name], b[name]), name


def whole(optimizer=None):
    with seeded(3):
        run = Run(None, optimizer=optimizer)
        return run.go(), run.state()


@settings(deadline=None, max_examples=40)
@given(
    stop=st.integers(0, STEPS - 1),
    every=st.integers(1, 5),
    where=st.sampled_from(["on_step", "loss"]),
)
def test_interrupted_at_any_step_and_resumed_equals_the_whole_run(
    tmp_path_factory, stop, every, where
):
    losses, state = whole()
    path = tmp_path_factory.mktemp("run") / "run.safetensors"
    with seeded(3), pytest.raises(Stop):
        Run(path, every).go(stop, where)
    saved = path.exists()
    with seeded(99 if saved else 3):  # a new process has another global state, and must not mind
        again = Run(path, every)
        assert again.go(resume=saved) == losses
    assert_bitwise(again.state(), state)


@pytest.mark.parametrize(
    "optimizer",
    [
        partial(torch.optim.SGD, momentum=0.9),
        partial(torch.optim.AdamW, weight_decay=0.1),
        torch.optim.RMSprop,
        torch.optim.NAdam,
        torch.optim.Adagrad,
    ],
)
def test_every_optimizers_state_survives(tmp_path, optimizer):
    losses, state = whole(optimizer)
    path = tmp_path / "run.safetensors"
    with seeded(3), pytest.raises(Stop):
        Run(path, optimizer=optimizer).go(stop=7)
    again = Run(path, optimizer=optimizer)
    assert again.go(resume=True) == losses
    assert_bitwise(again.state(), state)


def test_a_finished_run_resumes_into_itself(tmp_path):
    path = tmp_path / "run.safetensors"
    first = Run(path, every=100)
    losses = first.go()
    again = Run(path)
    assert again.go(resume=True) == losses
    assert_bitwise(again.state(), first.state())


def test_plain_tensors_resume_too(tmp_path):
    def run(stop=None, resume=False, path=tmp_path / "w.safetensors"):
        w = torch.ones(3, requires_grad=True)

        def on_step(step, loss):
            if step == stop:
                raise Stop

        checkpoint = Checkpoint(path, every=2)
        data = [(torch.full((3,), 2.0),)] * 9
        kwargs = dict(steps=9, lr=0.1, on_step=on_step, checkpoint=checkpoint, resume=resume)
        return fit(lambda t: ((w - t) ** 2).sum(), [w], data, **kwargs), w.detach()

    losses, w = run(path=tmp_path / "whole.safetensors")
    with pytest.raises(Stop):
        run(stop=5)
    again, w2 = run(resume=True)
    assert again == losses
    assert torch.equal(w, w2)


def test_header_is_json_and_file_is_plain_safetensors(tmp_path):
    path = tmp_path / "run.safetensors"
    run = Run(path)
    losses = run.go()
    with safe_open(path, framework="pt") as file:
        header = json.loads(file.metadata()["udlbook"])
        assert header["step"] == STEPS
        assert header["optimizer"] == "Adam"
        assert torch.equal(file.get_tensor("model.0.weight"), run.model[0].weight)
        assert torch.equal(file.get_tensor("model.1.running_mean"), run.model[1].running_mean)
        assert file.get_tensor("losses").tolist() == losses


def test_tied_weights_can_be_saved_and_read_back(tmp_path):
    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.a = nn.Linear(2, 2)
            self.b = nn.Linear(2, 2)
            self.b.weight = self.a.weight

        def forward(self, x):
            return self.b(self.a(x))

    path, x = tmp_path / "tied.safetensors", torch.ones(1, 2)
    with seeded(0):
        model = Tied()
    fit(lambda x: model(x).sum(), model, [(x,)] * 3, steps=3, lr=0.1, checkpoint=Checkpoint(path))
    other = Tied()
    fit(
        lambda x: other(x).sum(),
        other,
        [(x,)] * 3,
        steps=3,
        lr=0.1,
        checkpoint=Checkpoint(path),
        resume=True,
    )
    assert torch.equal(model(x), other(x))
    assert other.a.weight is other.b.weight


def test_a_save_that_fails_leaves_the_old_file_and_no_litter(tmp_path, monkeypatch):
    path = tmp_path / "run.safetensors"
    Run(path).go(steps=3)
    before = path.read_bytes()

    def no_space(*args):
        raise OSError("no space left on device")

    for name in ("fsync", "replace"):
        with monkeypatch.context() as patch:
            patch.setattr(os, name, no_space)
            with pytest.raises(OSError, match="no space"):
                Run(path).go(steps=3)
        assert path.read_bytes() == before
        assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_a_file_is_never_seen_half_written(tmp_path, monkeypatch):
    path, sizes = tmp_path / "run.safetensors", []
    real = os.fsync

    def fsync(number):
        sizes.append(path.stat().st_size if path.exists() else None)
        real(number)

    monkeypatch.setattr(os, "fsync", fsync)
    Run(path, every=6).go()
    assert sizes[0] is None  # while the first was written, nothing stood under the name
    assert sizes[1] == pytest.approx(path.stat().st_size, abs=200)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (dict(hidden=6), "model of the checkpoint must be"),
        (dict(optimizer=torch.optim.SGD), "optimizer of the checkpoint must be SGD; got Adam"),
    ],
)
def test_a_checkpoint_of_another_run_is_refused(tmp_path, change, words):
    path = tmp_path / "run.safetensors"
    Run(path).go()
    with pytest.raises(ValueError, match=words):
        Run(path, **change).go(resume=True)


def test_a_checkpoint_beyond_the_end_is_refused(tmp_path):
    path = tmp_path / "run.safetensors"
    Run(path).go()
    with pytest.raises(ValueError, match="step of the checkpoint must be between 0 and 5; got 12"):
        Run(path).go(steps=5, resume=True)


def test_missing_generators_are_named(tmp_path):
    path = tmp_path / "run.safetensors"
    run = Run(path)
    run.go()
    run.checkpoint = Checkpoint(path)
    with pytest.raises(ValueError, match="generators of the checkpoint must be"):
        run.go(resume=True)


def test_a_stream_of_another_length_is_refused(tmp_path):
    path = tmp_path / "run.safetensors"
    Run(path).go(steps=3)
    run = Run(path)
    run.stream = batches(run.x[:5], run.y[:5], 4, Generator())
    with pytest.raises(ValueError, match="order must have 5 examples; got 11"):
        run.go(resume=True)


def test_no_file_and_no_checkpoint_are_told_apart(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no checkpoint"):
        Run(tmp_path / "none.safetensors").go(resume=True)
    (tmp_path / "junk.safetensors").write_bytes(b"junk")
    with pytest.raises(ValueError, match="must be a checkpoint of fit"):
        Run(tmp_path / "junk.safetensors").go(resume=True)


def test_every_must_be_positive():
    with pytest.raises(ValueError, match="every must be at least 1; got 0"):
        Checkpoint("x", every=0)
