"""Oracles: gradients of torch's layers with positive weights; windows followed back by hand."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from udlbook.vision import Window, reaches, receptive_field, sensitivity

windows = st.builds(
    Window, st.integers(1, 4), st.integers(1, 3), st.integers(0, 2), st.integers(1, 2)
)


@settings(deadline=None, max_examples=40, derandomize=True)
@given(st.lists(windows, min_size=1, max_size=3), st.integers(0, 3))
def test_the_formula_is_the_reach_of_gradients(layers, unit):
    net = nn.Sequential(*(nn.Conv1d(1, 1, *layer, bias=False) for layer in layers)).double()
    for p in net.parameters():
        nn.init.ones_(p)
    field = receptive_field(layers)
    first, last = field.span(unit)
    shift = max(-first, 0) // field.stride + 1  # a unit whose field starts inside the input
    first, last = field.span(unit + shift)
    seen = reaches(net, torch.zeros(1, 1, last + 30, dtype=torch.float64), (unit + shift,))
    places = torch.nonzero(seen)[:, 0].tolist()
    # Padding of a later layer may hide an end: then units further on show the whole field.
    far = unit + shift + 8
    first, last = field.span(far)
    seen = reaches(net, torch.zeros(1, 1, last + 60, dtype=torch.float64), (far,))
    places = torch.nonzero(seen)[:, 0].tolist()
    assert (places[0], places[-1]) == (first, last)


def test_a_window_followed_back_by_hand():
    # Unit 2 of the last layer sees units 4..6 of the first; unit u of that sees 2u - 1 .. 2u + 1.
    field = receptive_field([Window(3, 2, 1), Window(3, 2, 0)])
    assert field.span(2) == (2 * 4 - 1, 2 * 6 + 1) == (7, 13)
    assert (field.size, field.stride) == (7, 4)


def test_sensitivity_is_the_absolute_weight():
    net = nn.Conv2d(2, 3, 3, bias=False).double()
    got = sensitivity(net, torch.zeros(1, 2, 5, 5, dtype=torch.float64), (1, 2))
    want = torch.zeros(5, 5, dtype=torch.float64)
    want[1:4, 2:5] = net.weight.detach().sum(dim=0).abs().sum(dim=0)
    torch.testing.assert_close(got, want)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: receptive_field([Window(0)]), "kernel must be at least 1; got 0"),
        (lambda: receptive_field([Window(2, padding=-1)]), "padding must be at least 0; got -1"),
        (lambda: reaches(nn.Identity(), torch.zeros(2, 1, 4), (0,)), "one example; got 2"),
        (lambda: reaches(nn.Identity(), torch.zeros(1, 1, 4), (0, 0)), "unit must have 1 numbers"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
