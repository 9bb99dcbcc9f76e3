"""Oracles: a loop written out with torch.optim, closed-form gradient descent, the whole run."""

import math
from functools import partial

import pytest
import torch
from torch import Generator, nn

from udlbook.optim import constant, one_cycle, step_decay
from udlbook.seeding import seeded
from udlbook.training import adam, batches, fit


def problem(seed=0):
    with seeded(seed):
        model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
        x, y = torch.randn(20, 3), torch.randint(2, (20,))
    return model, x, y


def loss_of(model):
    return lambda x, y: nn.functional.cross_entropy(model(x), y)


@pytest.mark.parametrize("schedule", [constant, step_decay(every=4, factor=0.3), one_cycle()])
def test_loop_equals_one_written_out_with_torch(schedule):
    model, x, y = problem()
    stream = batches(x, y, 6, Generator().manual_seed(1))
    losses = fit(loss_of(model), model, stream, steps=13, lr=0.05, schedule=schedule)

    twin, _, _ = problem()
    opt = torch.optim.Adam(twin.parameters(), lr=0.05)
    stream = batches(x, y, 6, Generator().manual_seed(1))
    expected = []
    for step in range(13):
        opt.param_groups[0]["lr"] = 0.05 * schedule(step, 13)
        xb, yb = next(stream)
        loss = nn.functional.cross_entropy(twin(xb), yb)
        opt.zero_grad()
        loss.backward()
        opt.step()
        expected.append(loss.item())
    torch.testing.assert_close(losses, expected)
    for p, q in zip(model.parameters(), twin.parameters(), strict=True):
        torch.testing.assert_close(p, q)


def test_gradient_descent_on_a_parabola_follows_its_closed_form():
    w = torch.tensor([2.0], dtype=torch.float64, requires_grad=True)
    losses = fit(
        lambda: 0.5 * 3 * (w**2).sum(), [w], [()] * 9, steps=9, lr=0.1, optimizer=torch.optim.SGD
    )
    assert w.item() == pytest.approx(2 * 0.7**9)
    assert losses == pytest.approx([1.5 * 4 * 0.49**k for k in range(9)])


def test_the_base_rate_is_the_one_that_the_schedule_scales():
    w = torch.zeros(1, requires_grad=True)
    seen = []
    fit(
        lambda: w.sum(),
        iter([w]),
        [()] * 4,
        steps=4,
        lr=0.5,
        optimizer=torch.optim.SGD,
        schedule=step_decay(every=2, factor=0.5),
        on_step=lambda step, loss: seen.append((step, w.item())),
    )
    assert seen == [(0, -0.5), (1, -1.0), (2, -1.25), (3, -1.5)]


def test_default_adam_is_torchs_adam():
    results = []
    for optimizer in (adam, partial(torch.optim.Adam, foreach=False)):
        model, x, y = problem()
        model.double()
        fit(loss_of(model), model, [(x.double(), y)] * 10, steps=10, lr=0.1, optimizer=optimizer)
        results.append(torch.cat([p.detach().ravel() for p in model.parameters()]))
    torch.testing.assert_close(*results)


def test_batches_may_be_a_plain_list_that_is_long_enough():
    model, x, y = problem()
    assert len(fit(loss_of(model), model, [(x, y)] * 3, steps=3, lr=0.1)) == 3
    with pytest.raises(ValueError, match="batches must yield 4 batches; got 3"):
        fit(loss_of(model), model, [(x, y)] * 3, steps=4, lr=0.1)


def test_a_loss_that_is_not_a_scalar_is_named():
    model, x, y = problem()
    with pytest.raises(ValueError, match=r"loss_fn must return a scalar; got shape \(20,\)"):
        fit(lambda x, y: model(x)[:, 0], model, [(x, y)], steps=1, lr=0.1)


def test_a_diverging_run_stops_and_says_when():
    w = torch.ones(1, requires_grad=True)
    with pytest.raises(FloatingPointError, match="the loss is inf at step"):
        fit(lambda: (w**4).sum(), [w], [()] * 99, steps=99, lr=10, optimizer=torch.optim.SGD)
    assert math.isfinite(w.item())  # the step that failed changed nothing


def test_resume_without_a_checkpoint_is_refused():
    model, x, y = problem()
    with pytest.raises(ValueError, match="resume must come with a checkpoint"):
        fit(loss_of(model), model, [(x, y)], steps=1, lr=0.1, resume=True)


def test_progress_bar_is_silent_by_default_and_shown_on_demand(capsys):
    model, x, y = problem()
    fit(loss_of(model), model, [(x, y)] * 2, steps=2, lr=0.1)
    assert capsys.readouterr() == ("", "")
    losses = fit(loss_of(model), model, [(x, y)] * 2, steps=2, lr=0.1, progress=True)
    assert len(losses) == 2
    assert capsys.readouterr().out == ""


def test_progress_bar_shows_in_a_terminal_only(monkeypatch):
    import rich.progress

    shown = []

    def track(steps, **options):
        shown.append(steps)
        return steps

    monkeypatch.setattr(rich.progress, "track", track)
    model, x, y = problem()
    for tty, expected in ((False, 0), (True, 1)):
        monkeypatch.setattr("sys.stderr.isatty", lambda tty=tty: tty, raising=False)
        fit(loss_of(model), model, [(x, y)] * 2, steps=2, lr=0.1)
        assert len(shown) == expected


def test_clip_shortens_a_step_to_its_length_and_leaves_short_ones():
    for scale, want in [(10.0, 0.5), (0.01, 0.05)]:
        p = torch.tensor([0.0, 0.0], requires_grad=True)
        slope = scale * torch.tensor([3.0, 4.0])  # length 5 times the scale
        fit(
            lambda a, p=p: (p * a).sum(),
            [p],
            iter([(slope,)]),
            steps=1,
            lr=1.0,
            optimizer=torch.optim.SGD,
            clip=0.5,
        )
        torch.testing.assert_close(p.detach(), -slope / slope.norm() * want)
    with pytest.raises(ValueError, match="clip must be at least 0; got -1"):
        fit(lambda a: a, [p], iter([]), steps=1, lr=1.0, clip=-1)
