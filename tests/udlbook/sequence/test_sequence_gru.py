"""Oracles: the parameter count of the paper's model, the GRU's equations in a NumPy loop."""

import numpy as np
import pytest
import torch

from udlbook.seeding import seeded
from udlbook.sequence import SequenceGRU


def array(tensor):
    return tensor.detach().numpy().astype(np.float64)


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def direction(x, gru, suffix):
    """All states of one direction, one step after another. Shapes: (T,) -> (T, H)."""
    w, u, b, c = (
        array(getattr(gru, f"{name}_l0{suffix}"))
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    )
    h, states = np.zeros(u.shape[1]), []
    for value in x:
        wr, wz, wn = np.split(w[:, 0] * value + b, 3)
        ur, uz, un = np.split(u @ h + c, 3)
        r, z = sigmoid(wr + ur), sigmoid(wz + uz)
        n = np.tanh(wn + r * un)
        h = (1 - z) * n + z * h
        states.append(h)
    return np.stack(states)


def test_has_the_papers_5134_parameters():
    one_way = 3 * 6 * 1 + 3 * 6 * 6 + 2 * 3 * 6
    assert sum(p.numel() for p in SequenceGRU().parameters()) == 2 * one_way + 480 * 10 + 10
    assert 2 * one_way + 480 * 10 + 10 == 5134


def test_is_the_equations_of_a_gru_read_both_ways():
    with seeded(0):
        model, x = SequenceGRU(7, 3, hidden=4), torch.randn(2, 7)
    for i in range(2):
        signal = array(x[i])
        there = direction(signal, model.gru, "")
        back = direction(signal[::-1], model.gru, "_reverse")[::-1]
        features = np.hstack([there, back]).ravel()
        want = array(model.out.weight) @ features + array(model.out.bias)
        np.testing.assert_allclose(array(model(x[i : i + 1]))[0], want, atol=1e-5)


def test_bad_input_is_named():
    with pytest.raises(ValueError, match=r"x must have shape \(B, 40\); got \(7, 39\)"):
        SequenceGRU()(torch.zeros(7, 39))
