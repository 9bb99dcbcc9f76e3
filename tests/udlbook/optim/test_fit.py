"""Oracles: closed-form gradient descent, a loop written out, torch.optim with torch's autograd."""

from functools import partial

import numpy as np
import pytest
import torch

from udlbook import autodiff as ad
from udlbook.optim import SGD, Adam, Momentum, batches, fit, linear, step_decay

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(30, 3)), rng.normal(size=(30, 1))


def start(tensors=False):
    draw = np.random.default_rng(1)
    phi = {"weights": [draw.normal(size=s) for s in [(5, 3), (1, 5)]], "bias": np.zeros(5)}
    if tensors:
        make = partial(ad.Tensor, requires_grad=True)
        phi = {"weights": [make(w) for w in phi["weights"]], "bias": make(phi["bias"])}
    return phi


def by_autodiff(phi, x=X, y=Y):
    W_0, W_1 = phi["weights"]
    return ad.mean((ad.tanh(x @ W_0.T + phi["bias"]) @ W_1.T - y) ** 2)


def by_hand(phi, x=X, y=Y):
    W_0, W_1 = phi["weights"]
    h = np.tanh(x @ W_0.T + phi["bias"])
    y_bar = 2 * (h @ W_1.T - y) / y.size
    f_bar = y_bar @ W_1 * (1 - h**2)
    loss = np.mean((h @ W_1.T - y) ** 2)
    return loss, {"weights": [f_bar.T @ x, y_bar.T @ h], "bias": f_bar.sum(axis=0)}


def by_torch(steps, lr, rate, make, stream=None):
    """Losses and final parameters of a loop that shares nothing with ours."""
    phi = start()
    W_0, W_1, b = (torch.tensor(p, requires_grad=True) for p in [*phi["weights"], phi["bias"]])
    opt, losses = make([W_0, W_1, b], lr=lr), []
    for step in range(steps):
        opt.param_groups[0]["lr"] = lr * rate(step)
        x, y = map(torch.from_numpy, (X, Y) if stream is None else next(stream))
        loss = ((torch.tanh(x @ W_0.T + b) @ W_1.T - y) ** 2).mean()
        opt.zero_grad()
        loss.backward()
        opt.step()
        losses.append(loss.item())
    return losses, [p.detach().numpy() for p in (W_0, W_1, b)]


@pytest.mark.parametrize("tensors", [False, True])
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (Adam, torch.optim.Adam),
        (partial(Momentum, momentum=0.9), partial(torch.optim.SGD, momentum=0.9)),
    ],
)
def test_the_loop_is_torchs_with_gradients_by_hand_and_by_autodiff(tensors, ours, theirs):
    phi = start(tensors)
    loss_fn = by_autodiff if tensors else by_hand
    losses = fit(loss_fn, phi, steps=25, lr=0.05, optimizer=ours, schedule=linear())
    expected, parameters = by_torch(25, 0.05, lambda step: 1 - step / 25, theirs)
    np.testing.assert_allclose(losses, expected, rtol=1e-9)
    for mine, other in zip([*phi["weights"], phi["bias"]], parameters, strict=True):
        np.testing.assert_allclose(mine.data if tensors else mine, other, rtol=1e-9, atol=1e-12)


def test_each_step_sees_the_next_batch_and_the_rate_of_its_schedule():
    make = lambda: batches(X, Y, size=8, rng=np.random.default_rng(3))  # noqa: E731
    phi = start()
    schedule = step_decay(every=4, factor=0.3)
    losses = fit(by_hand, phi, make(), steps=13, lr=0.1, optimizer=SGD, schedule=schedule)
    rate = lambda step: 0.3 ** (step // 4)  # noqa: E731
    expected, parameters = by_torch(13, 0.1, rate, torch.optim.SGD, make())
    np.testing.assert_allclose(losses, expected, rtol=1e-9)
    np.testing.assert_allclose(phi["weights"][0], parameters[0], rtol=1e-9, atol=1e-12)


def test_gradient_descent_on_a_parabola_follows_its_closed_form():
    phi, seen = np.array([2.0]), []
    losses = fit(
        lambda p: (1.5 * p[0] ** 2, 3 * p),
        phi,
        steps=9,
        lr=0.1,
        optimizer=SGD,
        on_step=lambda step, loss: seen.append((step, loss, phi[0])),
    )
    assert losses == pytest.approx([1.5 * 4 * 0.49**k for k in range(9)])
    assert [step for step, _, _ in seen] == list(range(9))
    assert [loss for _, loss, _ in seen] == losses
    assert [p for _, _, p in seen] == pytest.approx([2 * 0.7 ** (k + 1) for k in range(9)])


def test_two_calls_with_tensors_do_not_add_their_gradients():
    phi = start(tensors=True)
    by_autodiff(phi).backward()  # a gradient is there already
    fit(by_autodiff, phi, steps=1, lr=0.1, optimizer=SGD)
    want = start()
    want["bias"] -= 0.1 * by_hand(want)[1]["bias"]
    np.testing.assert_allclose(phi["bias"].data, want["bias"], rtol=1e-12)


def test_no_step_changes_nothing():
    phi = start()
    assert fit(by_hand, phi, steps=0, lr=0.1) == []
    np.testing.assert_array_equal(phi["weights"][0], start()["weights"][0])


def test_a_loss_that_is_not_finite_stops_before_its_step():
    phi = np.array([1.0])
    grow = lambda p: (np.inf if p[0] > 3 else p[0], -np.ones(1))  # noqa: E731
    with pytest.raises(FloatingPointError, match="inf at step 3; is lr too large"):
        fit(grow, phi, steps=9, lr=1.0, optimizer=SGD)
    assert phi[0] == 4.0


WRONG = [
    (lambda: fit(by_hand, start(), steps=-1, lr=0.1), "steps must be at least 0; got -1"),
    (
        lambda: fit(by_hand, start(), [(X, Y)] * 2, steps=3, lr=0.1),
        "batches must yield 3 batches; got 2",
    ),
    (
        lambda: fit(lambda p: p.sum(), np.ones(2), steps=1, lr=0.1),
        "must return a loss and its gradients, or a Tensor; got <class 'numpy.float64'>",
    ),
    (
        lambda: fit(lambda p: (p, p), np.ones(2), steps=1, lr=0.1),
        r"the loss must be a single number; got shape \(2,\)",
    ),
    (
        lambda: fit(lambda p: ad.Tensor(p, requires_grad=True).sum(), np.ones(2), steps=1, lr=0.1),
        "gradients too where parameters are arrays; got a Tensor",
    ),
    (lambda: linear(end=-1), "end must be between 0 and 1; got -1"),
]


@pytest.mark.parametrize("case", range(len(WRONG)))
def test_what_does_not_fit_is_said(case):
    call, message = WRONG[case]
    with pytest.raises(ValueError, match=message):
        call()
