"""Oracles: scikit-learn's own arrays, sorted; counts of the classes by NumPy."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

from udlbook.data import digits


def rows(x, y):
    table = np.concatenate([x.reshape(len(x), -1), y[:, None]], axis=1)
    return table[np.lexsort(table.T)]


def test_both_parts_together_are_the_data_and_no_example_is_in_both():
    d, whole = digits(), load_digits()
    got = rows(np.concatenate([d.x, d.x_test]), np.concatenate([d.y, d.y_test]))
    np.testing.assert_array_equal(got, rows(whole.images / 16, whole.target))
    assert (d.x.min(), d.x.max()) == (0, 1)
    assert d.x.shape[1:] == (8, 8)


def test_a_third_of_each_class_is_held_out():
    d = digits()
    share = np.bincount(d.y_test) / np.bincount(load_digits().target)
    np.testing.assert_allclose(share, 1 / 3, atol=0.004)


def test_the_split_is_fixed_mixed_and_other_seeds_give_others():
    np.testing.assert_array_equal(digits().y, digits().y)
    assert not np.array_equal(digits().y_test, digits(seed=1).y_test)
    assert len(set(digits().y[:40])) > 7  # not sorted by class
    assert len(digits(0.5).y) == pytest.approx(899, abs=5)


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="part must be between"):
        digits(1.5)
