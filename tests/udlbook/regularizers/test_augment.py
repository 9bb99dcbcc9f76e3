"""Oracles: numpy.roll, numpy.interp and scipy, one signal at a time; moments with error bars."""

import numpy as np
import pytest

from udlbook.regularizers import (
    cutout,
    jitter,
    mixup,
    rescale,
    shift,
    smooth_labels,
    stretch,
    tilt,
)

N, T = 400, 17
X = np.random.default_rng(0).normal(size=(N, T))
GENERATOR = np.random.default_rng(1)


def rng(seed=0):
    return np.random.default_rng(seed)


def test_a_shift_in_a_circle_is_a_roll_and_all_moves_occur():
    moved = shift(X, 2, rng=rng())
    moves = set()
    for x, got in zip(X, moved, strict=True):
        fits = [k for k in range(-2, 3) if np.array_equal(np.roll(x, k), got)]
        assert len(fits) == 1
        moves.add(fits[0])
    assert moves == {-2, -1, 0, 1, 2}


def test_a_filled_shift_loses_what_leaves():
    ramp = np.tile(np.arange(1.0, 6.0), (60, 1))
    rows = {tuple(row) for row in shift(ramp, 1, rng=rng(), fill=0.0).tolist()}
    assert rows == {(1, 2, 3, 4, 5), (0, 1, 2, 3, 4), (2, 3, 4, 5, 0)}


def test_rescaling_multiplies_each_signal_by_one_number_in_range():
    factors = rescale(X, 0.3, rng=rng()) / X
    assert np.ptp(factors, axis=1).max() < 1e-9
    assert 0.7 <= factors.min() < 0.72 and 1.28 < factors.max() <= 1.3


def test_a_tilt_adds_a_line_through_the_middle():
    added = tilt(X, 0.8, rng=rng()) - X
    np.testing.assert_allclose(added[:, T // 2], 0, atol=1e-12)
    np.testing.assert_allclose(np.diff(added, n=2, axis=1), 0, atol=1e-12)
    rise = added[:, -1] - added[:, 0]
    assert -0.8 <= rise.min() < -0.75 and 0.75 < rise.max() <= 0.8


def test_a_stretched_line_is_a_line_about_the_middle_with_a_slope_in_range():
    x = np.tile(np.linspace(-1, 1, T), (N, 1))
    out = stretch(x, 1.5, rng=rng())
    np.testing.assert_allclose(out[:, T // 2], 0, atol=1e-12)
    slope = (out[:, T // 2 + 1] - out[:, T // 2]) / (2 / (T - 1))
    assert 1 / 1.5 <= slope.min() < 0.69 and 1.45 < slope.max() <= 1.5
    assert abs(np.log(slope).mean()) < 5 * np.log(slope).std() / np.sqrt(N)
    assert np.abs(out).max() <= 1 + 1e-12  # ends are filled with the end values


def test_stretching_is_numpys_interpolation():
    ramp = np.tile(np.arange(T, dtype=float), (N, 1))
    places = stretch(ramp, 1.8, rng=rng(3))  # of a ramp, the values are the places
    for x, place, got in zip(X, places, stretch(X, 1.8, rng=rng(3)), strict=True):
        np.testing.assert_allclose(got, np.interp(place, np.arange(T), x), atol=1e-12)


def test_jitter_has_the_deviation_that_was_asked_for():
    eps = (jitter(X, 0.2, rng=rng()) - X).ravel()
    assert abs(eps.mean()) < 5 * 0.2 / np.sqrt(eps.size)
    assert np.isclose(eps.std(), 0.2, rtol=0.05)


@pytest.mark.parametrize("width", [0, 1, 5, T])
def test_a_cut_overwrites_one_window_inside_the_signal(width):
    changed = cutout(X, width, rng=rng(), fill=9.0) != X
    assert (changed.sum(1) == width).all()
    assert (np.abs(np.diff(np.pad(changed, ((0, 0), (1, 1))).astype(int))).sum(1) <= 2).all()
    if 0 < width < T:
        assert changed[:, 0].any() and changed[:, -1].any()  # both ends are reached


def test_mixup_mixes_inputs_and_labels_by_the_same_share():
    labels = smooth_labels(np.arange(N) % 3, 3, 0.0)
    x = np.concatenate([labels, 2 * labels], axis=1)  # the input says what the label is
    mixed, soft = mixup(x, labels, 0.4, rng=rng())
    np.testing.assert_allclose(mixed, np.concatenate([soft, 2 * soft], axis=1))
    np.testing.assert_allclose(soft.sum(1), 1)
    assert (soft > 0.01).sum(1).max() == 2


def test_the_share_of_mixup_has_the_moments_of_the_beta_distribution():
    x = np.concatenate([np.zeros((5000, 1)), np.ones((5000, 1))])
    mixed, _ = mixup(x, np.ones((10_000, 1)), 0.5, rng=rng())
    # With probability 1/2 the partner differs: then the value is a share, of variance 1/8.
    assert abs(mixed.mean() - 0.5) < 5 * 0.5 / np.sqrt(10_000)
    assert np.isclose(mixed.var(), 0.5 * 0.25 + 0.5 * 0.125, atol=0.01)


def test_mixup_takes_inputs_of_any_shape():
    mixed, _ = mixup(np.ones((4, 3, 2)), np.ones((4, 1)), 1.0, rng=rng())
    np.testing.assert_allclose(mixed, 1)


@pytest.mark.parametrize("change", [
    lambda x: shift(x, 3, rng=rng()), lambda x: rescale(x, 0.3, rng=rng()),
    lambda x: tilt(x, 0.3, rng=rng()), lambda x: stretch(x, 1.3, rng=rng()),
    lambda x: jitter(x, 0.3, rng=rng()), lambda x: cutout(x, 3, rng=rng()),
])  # fmt: skip
def test_rows_are_changed_independently_and_the_input_stays(change):
    x = np.tile(X[0], (30, 1))
    kept = x.copy()
    out = change(x)
    assert out.shape == x.shape and len(np.unique(out.round(9), axis=0)) > 3
    np.testing.assert_array_equal(x, kept)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: shift(X, T, rng=GENERATOR), "most must be between 0 and 16; got 17"),
        (lambda: shift(X[0], 1, rng=GENERATOR), "x must have shape"),
        (lambda: rescale(X, 1.0, rng=GENERATOR), "spread must be at least 0 and below 1; got 1"),
        (lambda: tilt(X, -1, rng=GENERATOR), "most must be at least 0"),
        (lambda: stretch(X, 0.9, rng=GENERATOR), "most must be at least 1; got 0.9"),
        (lambda: jitter(X, -1, rng=GENERATOR), "std must be at least 0"),
        (lambda: cutout(X, T + 1, rng=GENERATOR), "width must be between 0 and 17; got 18"),
        (lambda: mixup(X, np.ones((3, 2)), 1, rng=GENERATOR), "labels must have shape"),
        (lambda: mixup(X, np.ones((N, 2)), 0, rng=GENERATOR), "alpha must be positive; got 0"),
    ],
)
def test_bad_input_is_a_value_error(call, message):
    with pytest.raises(ValueError, match=message):
        call()
