"""Oracles: rows rolled one by one; the sum of the channels; sets of whole pictures."""

import numpy as np
import pytest

from udlbook.data import digits
from udlbook.data.domains import coloured_and_grey, slant, upright_and_slanted


@pytest.mark.parametrize("reach", [-3, 0, 1, 2])
def test_slant_rolls_each_row(reach):
    x = np.random.default_rng(0).normal(size=(3, 2, 8, 12))
    got = slant(x, reach)
    moves = {1: [1, 1, 0, 0, 0, 0, -1, -1], 2: [2, 1, 1, 0, 0, -1, -1, -2]}
    for row in range(8):
        exact = reach * (3.5 - row) / 3.5
        move = next(m for m in range(-5, 6) if abs(m - exact) < 0.5)
        assert reach not in moves or move == moves[reach][row]
        np.testing.assert_array_equal(got[:, :, row], np.roll(x[:, :, row], move, axis=-1))


@pytest.mark.parametrize("rows", [2, 3, 5, 8])
def test_slanting_back_undoes_it_also_where_a_half_is_rounded(rows):
    x = np.random.default_rng(0).normal(size=(2, rows, 9))
    for reach in (1, 2, 3):
        np.testing.assert_array_equal(slant(slant(x, reach), -reach), x)


def test_slant_wants_rows():
    with pytest.raises(ValueError, match="rows must be at least 2; got 1"):
        slant(np.zeros((1, 5)), 1)


def pictures(x):
    return {a.tobytes() for a in np.ascontiguousarray(x)}


def test_slanted_pictures_have_a_true_translation_and_no_digit_in_common():
    d = upright_and_slanted(2)
    assert d.x.shape[1:] == d.y.shape[1:] == (1, 8, 12) and d.ink is None
    np.testing.assert_allclose(d.y_test, 1 - slant(d.x_test, 2))
    back = slant(1 - d.y, -2)
    assert not np.any(back[..., :2]) and not np.any(back[..., -2:])  # no ink was lost
    inner = pictures(np.round(16 * back[:, 0, :, 2:-2]).astype(int))
    first = pictures(np.round(16 * d.x[:, 0, :, 2:-2]).astype(int))
    whole = pictures(np.round(16 * digits().x).astype(int))
    assert not inner & first and inner | first == whole
    np.testing.assert_array_equal(d.label, digits().y_test)
    assert not np.array_equal(d.x, upright_and_slanted(2, seed=1).x)
    with pytest.raises(ValueError, match="reach"):
        upright_and_slanted(-1)


def test_grey_pictures_have_forgotten_the_ink():
    d = coloured_and_grey()
    assert d.x.shape[1:] == (2, 8, 8) and d.y.shape[1:] == (1, 8, 8)
    np.testing.assert_array_equal(d.x_test.sum(axis=1, keepdims=True), d.y_test)
    rows = np.arange(len(d.x_test))
    assert not d.x_test[rows, 1 - d.ink].any()
    assert d.x_test[rows, d.ink].sum(axis=(1, 2)).min() > 5
    assert 0.45 < d.ink.mean() < 0.55
    assert not pictures(d.x.sum(axis=1)) & pictures(d.y[:, 0])
    np.testing.assert_array_equal(coloured_and_grey(seed=3).ink, coloured_and_grey(seed=3).ink)
