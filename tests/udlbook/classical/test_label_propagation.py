"""Oracles: sklearn's iterative LabelPropagation; random walks on the graph; a chain by hand."""

import numpy as np
import pytest
from sklearn.semi_supervised import LabelPropagation

from udlbook.classical.label_propagation import graph_propagation, label_propagation


def points(seed, n=40, labelled=6, classes=3):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 2))
    y = np.full(n, -1)
    y[:labelled] = np.arange(labelled) % classes
    return x, rng.permutation(y)


@pytest.mark.parametrize("scale", [0.5, 0.9, 2.0])
@pytest.mark.parametrize("seed", [0, 1])
def test_probabilities_are_those_of_sklearns_iteration(scale, seed):
    x, y = points(seed)
    theirs = LabelPropagation(gamma=1 / (2 * scale**2), max_iter=20_000, tol=1e-10).fit(x, y)
    ours = label_propagation(x, y, scale=scale)
    np.testing.assert_allclose(ours, theirs.label_distributions_, atol=1e-6)


def test_a_random_walk_meets_a_class_first_that_often():
    x, y = points(3, n=12, labelled=3)
    w = np.exp(-((x[:, None] - x) ** 2).sum(-1) / 2)
    walk = np.cumsum(w / w.sum(axis=1, keepdims=True), axis=1)
    rng = np.random.default_rng(0)
    free = np.flatnonzero(y < 0)
    at = np.repeat(free, 4000)
    while np.any(y[at] < 0):
        moving = y[at] < 0
        at[moving] = (rng.random(moving.sum())[:, None] > walk[at[moving]]).sum(axis=1)
    met = np.eye(3)[y[at]].reshape(len(free), 4000, 3).mean(axis=1)
    np.testing.assert_allclose(label_propagation(x, y, scale=1.0)[free], met, atol=0.04)


def test_along_a_chain_of_neighbours_the_probability_falls_in_a_straight_line():
    y = np.array([0, -1, -1, -1, 1])
    f = label_propagation(np.arange(5.0)[:, None], y, scale=0.2)
    np.testing.assert_allclose(f[:, 1], [0, 0.25, 0.5, 0.75, 1], atol=1e-6)


def test_labels_stay_and_rows_sum_to_one():
    x, y = points(5)
    f = label_propagation(x, y, scale=0.5)
    np.testing.assert_array_equal(f[y >= 0].argmax(axis=1), y[y >= 0])
    np.testing.assert_allclose(f.sum(axis=1), 1)
    assert f.min() > -1e-12


BAD = {
    "no label": ((np.zeros((3, 1)), np.full(3, -1), 1.0), "at least one point; got none"),
    "scale": ((np.zeros((2, 1)), np.array([0, -1]), 0.0), "scale must be at least"),
    "label": ((np.zeros((2, 1)), np.array([0, -2]), 1.0), "must be at least -1; got -2"),
    "shape": ((np.zeros(3), np.zeros(3), 1.0), r"x must have shape \(N, D\); got \(3,\)"),
    "islands": (
        (np.array([[0.0], [1.0], [500.0]]), np.array([0, 1, -1]), 1.0),
        "point is reached",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_named(case):
    (x, y, scale), message = BAD[case]
    with pytest.raises(ValueError, match=message):
        label_propagation(x, y, scale=scale)


def test_on_a_graph_probabilities_are_averages_repeated_until_they_rest():
    rng = np.random.default_rng(6)
    w = np.triu(rng.random((9, 9)) * (rng.random((9, 9)) < 0.5), 1)
    w[np.arange(8), np.arange(1, 9)] = 0.3  # connected
    w = w + w.T
    y = np.array([0, -1, -1, 1, -1, 2, -1, -1, -1])
    f = np.full((9, 3), 1 / 3)
    for _ in range(3000):
        f[y >= 0] = np.eye(3)[y[y >= 0]]
        f = np.where((y >= 0)[:, None], f, w @ f / w.sum(axis=1, keepdims=True))
    np.testing.assert_allclose(graph_propagation(w, y), f, atol=1e-10)


BAD_GRAPHS = {
    "skew": (np.eye(2, k=1), np.array([0, -1]), "w must be symmetric"),
    "negative": (-np.ones((2, 2)), np.array([0, -1]), "smallest weight must be at least 0"),
    "none": (np.ones((2, 2)), np.array([-1, -1]), "at least one node; got none"),
    "label": (np.ones((2, 2)), np.array([0, -3]), "must be at least -1; got -3"),
    "island": (np.eye(2), np.array([0, -1]), r"got \[1\] that do not"),
    "shape": (np.ones((2, 3)), np.array([0, -1]), r"w must have shape \(N, N\)"),
}


@pytest.mark.parametrize("case", BAD_GRAPHS)
def test_a_bad_graph_is_named(case):
    w, y, message = BAD_GRAPHS[case]
    with pytest.raises(ValueError, match=message):
        graph_propagation(w, y)
