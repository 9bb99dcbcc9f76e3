"""Oracles: the paper's equations as loops over slots, finite differences, hand-set controllers."""

import math

import numpy as np
import pytest
import torch

from udlbook.seeding import seeded
from udlbook.sequence import NTM, copy_cost, copy_task
from udlbook.sequence.ntm import content_weights, interpolate, read, sharpen, shift, write


def draw(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, dtype=torch.float64, generator=generator)


def close(got, want, tolerance=1e-7):
    np.testing.assert_allclose(got.detach().numpy(), want, rtol=tolerance, atol=tolerance)


def cosine(u, v):
    return float(u @ v) / math.sqrt(float(u @ u) * float(v @ v))


def np_look(told, memory, before, width, reach):
    """One head's four moves, slot by slot."""
    k, (beta, gate), s, gamma = np.split(told, [width, width + 2, width + 2 + 2 * reach + 1])
    n = len(memory)
    beta, gamma = np.log1p(np.exp(beta)), 1 + np.log1p(np.exp(gamma[0]))
    gate, s = 1 / (1 + np.exp(-gate)), np.exp(s) / np.exp(s).sum()
    content = np.exp([beta * cosine(np.tanh(k), row) for row in memory])
    mixed = gate * content / content.sum() + (1 - gate) * before
    moved = np.zeros(n)
    for i in range(n):
        for j in range(n):
            step = (i - j + n // 2) % n - n // 2  # how far from j to i, round the circle
            if abs(step) <= reach:
                moved[i] += mixed[j] * s[step + reach]
    powers = moved**gamma
    return powers / powers.sum()


@pytest.mark.parametrize(("slots", "reach"), [(7, 1), (8, 2)])
def test_a_head_makes_the_papers_four_moves(slots, reach):
    with seeded(0):
        machine = NTM(3, 2, slots=slots, width=4, reach=reach).double()
    told, memory = 2 * draw(3, 4 + 2 * reach + 4), draw(3, slots, 4, seed=1)
    before = draw(3, slots, seed=2).softmax(dim=1)
    got = machine.look(told, memory, before)
    for b in range(3):
        close(got[b], np_look(told[b].numpy(), memory[b].numpy(), before[b].numpy(), 4, reach))


@pytest.mark.parametrize("controller", ["feedforward", "lstm"])
def test_the_machine_is_its_equations_step_by_step(controller):
    with seeded(1):
        machine = NTM(3, 2, slots=6, width=4, hidden=5, controller=controller).double()
    x = draw(2, 4, 3)
    logits, trace = machine.trace(x)
    w = {name: p.detach().numpy() for name, p in machine.named_parameters()}

    def linear(name, a):
        return w[f"{name}.weight"] @ a + w[f"{name}.bias"]

    def sigmoid(a):
        return 1 / (1 + np.exp(-a))

    for b in range(2):
        memory = np.full((6, 4), 1e-3)
        looks_read = looks_write = np.eye(6)[0]
        seen, h, c = np.zeros(4), np.zeros(5), np.zeros(5)
        for t in range(4):
            told = np.concatenate([x[b, t].numpy(), seen])
            if controller == "lstm":
                gates = w["controller.weight_ih"] @ told + w["controller.bias_ih"]
                gates = gates + w["controller.weight_hh"] @ h + w["controller.bias_hh"]
                i, f, g, o = np.split(gates, 4)
                c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
                h = sigmoid(o) * np.tanh(c)
            else:
                h = np.tanh(linear("controller", told))
            looks_write = np_look(linear("to_write", h), memory, looks_write, 4, 1)
            erase, add = sigmoid(linear("to_erase", h)), np.tanh(linear("to_add", h))
            for slot in range(6):
                memory[slot] = memory[slot] * (1 - looks_write[slot] * erase)
                memory[slot] += looks_write[slot] * add
            looks_read = np_look(linear("to_read", h), memory, looks_read, 4, 1)
            seen = sum(looks_read[slot] * memory[slot] for slot in range(6))
            close(trace.looks_write[b, t], looks_write, 1e-5)
            close(trace.looks_read[b, t], looks_read, 1e-5)
            close(trace.added[b, t], add, 1e-5)
            close(trace.seen[b, t], seen, 1e-5)
            close(logits[b, t], linear("out", np.concatenate([h, seen])), 1e-5)


def test_gradients_of_every_move_are_those_of_finite_differences():
    memory, k = draw(2, 5, 3).requires_grad_(), draw(2, 3, seed=1).requires_grad_()
    a, b = (draw(2, 5, seed=s).softmax(dim=1).requires_grad_() for s in (2, 3))
    positive = (draw(2, seed=4).exp()).requires_grad_()
    gate = draw(2, seed=5).sigmoid().requires_grad_()
    by = draw(2, 3, seed=6).softmax(dim=1).requires_grad_()
    erase = draw(2, 3, seed=7).sigmoid().requires_grad_()
    check = torch.autograd.gradcheck
    assert check(content_weights, (memory, k, positive))
    assert check(interpolate, (a, b, gate))
    assert check(shift, (a, by))
    assert check(sharpen, (a, 1 + positive))
    assert check(read, (memory, a))
    assert check(write, (memory, a, erase, k))


def test_extreme_settings_do_what_their_names_say():
    eye = torch.eye(4).double()
    one = torch.ones(1).double()
    memory = draw(1, 4, 6)
    assert content_weights(memory, 5 * memory[:, 2], 500 * one)[0].argmax() == 2
    close(content_weights(memory, memory[:, 2], 0 * one), np.full((1, 4), 0.25))
    close(interpolate(eye[:1], eye[1:2], one), eye[:1].numpy())
    close(interpolate(eye[:1], eye[1:2], 0 * one), eye[1:2].numpy())
    close(shift(eye[3:], torch.tensor([[0.0, 0.0, 1.0]]).double()), eye[:1].numpy())
    close(shift(eye[:1], torch.tensor([[1.0, 0.0, 0.0]]).double()), eye[3:].numpy())
    close(sharpen(torch.tensor([[0.1, 0.2, 0.3, 0.4]]).double(), 200 * one), eye[3:].numpy())
    after = write(memory, eye[1:2], torch.ones(1, 6).double(), draw(1, 6, seed=1))
    close(read(after, eye[1:2]), draw(1, 6, seed=1).numpy())
    close(after[:, [0, 2, 3]], memory[:, [0, 2, 3]].numpy())


def test_sharpening_has_a_slope_where_a_weight_is_zero():
    w = torch.tensor([[1.0, 0.0]]).double().requires_grad_()
    gamma = torch.tensor([1.5]).double().requires_grad_()
    for slope in torch.autograd.grad(sharpen(w, gamma)[0, 1], (w, gamma)):
        assert slope.isfinite().all()


def test_the_task_says_and_asks_for_the_same_bits():
    x, said = copy_task(50, 6, 3, generator=torch.Generator().manual_seed(0))
    assert x.shape == (50, 13, 4)
    assert torch.equal(x[:, :6, :3], said) and set(said.unique().tolist()) == {0.0, 1.0}
    mark = torch.zeros(13)
    mark[6] = 1
    assert torch.equal(x[..., 3], mark.expand(50, 13))
    assert (x[:, 6:, :3] == 0).all()
    assert abs(float(said.mean()) - 0.5) < 0.05


def test_the_cost_of_a_coin_is_one_bit_and_only_answers_count():
    _, said = copy_task(5, 3, 2, generator=torch.Generator().manual_seed(0))
    logits = torch.zeros(5, 7, 2)
    logits[:, :4] = 77
    assert float(copy_cost(logits, said)) == pytest.approx(1)
    logits[:, 4:] = 3 * (2 * said - 1)
    assert float(copy_cost(logits, said)) == pytest.approx(math.log2(1 + math.exp(-3)))


def test_a_memory_can_grow_after_training_because_no_weight_knows_its_size():
    with seeded(0):
        machine = NTM(3, 2, slots=8)
    machine.slots = 20
    assert machine(torch.zeros(2, 5, 3)).shape == (2, 5, 2)
    assert all(8 not in p.shape[:1] for n, p in machine.named_parameters() if "out" in n)


def test_bad_input_is_named():
    with pytest.raises(ValueError, match=r"controller must be one of .*; got 'gru'"):
        NTM(3, 2, controller="gru")
    with pytest.raises(ValueError, match="slots must be at least 5; got 4"):
        NTM(3, 2, slots=4, reach=2)
    with pytest.raises(ValueError, match=r"x must have shape \(B, T, 3\); got \(2, 5, 4\)"):
        NTM(3, 2)(torch.zeros(2, 5, 4))
    with pytest.raises(ValueError, match="odd number of shifts, at most 4; got 2"):
        shift(torch.ones(1, 4), torch.ones(1, 2))
    with pytest.raises(ValueError, match=r"key must have shape \(1, 3\); got \(1, 2\)"):
        content_weights(torch.ones(1, 4, 3), torch.ones(1, 2), torch.ones(1))
    with pytest.raises(ValueError, match="smallest of n, length and bits must be at least 1"):
        copy_task(1, 0, 3, generator=torch.Generator())
