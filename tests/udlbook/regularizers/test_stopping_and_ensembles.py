"""Oracles: numpy.argmin over whole histories; sums written out; scipy's gmean; scikit-learn."""

import math

import numpy as np
import pytest
from scipy import special, stats
from sklearn.utils import resample

from udlbook import autodiff as ad
from udlbook.regularizers import (
    EarlyStopping,
    ambiguity,
    average_logits,
    average_probabilities,
    bootstrap,
    out_of_bag,
)


def watched(losses, patience, **options):
    """What a stopper does with a history: at which look it stops, and the stopper."""
    stopper = EarlyStopping(patience, **options)
    for look, loss in enumerate(losses):
        if stopper.update(loss, params=look):
            return look, stopper
    return None, stopper


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("patience", [1, 3, 10])
def test_it_stops_where_a_search_of_the_whole_history_says(seed, patience):
    losses = np.random.default_rng(seed).normal(size=60).cumsum()
    want = next((k for k in range(60) if k - int(np.argmin(losses[: k + 1])) >= patience), None)
    stop, stopper = watched(losses.tolist(), patience)
    assert stop == want
    seen = losses if stop is None else losses[: stop + 1]
    assert stopper.best_look == stopper.best_params == int(np.argmin(seen))
    assert stopper.best_loss == seen.min() and stopper.looks == len(seen)


def test_what_is_not_a_number_is_never_the_best():
    stop, stopper = watched([math.nan, 3.0, math.nan, math.nan], 2)
    assert (stop, stopper.best_look, stopper.best_loss) == (3, 1, 3.0)
    assert watched([math.nan] * 2, 2)[0] == 1


def test_small_gains_do_not_count():
    losses = [1.0, 0.95, 0.91, 0.88]
    assert watched(losses, 3, min_delta=0.1)[1].best_look == 3  # below 0.9 at last
    assert watched(losses, 2, min_delta=0.1)[0] == 2


def nested(value):
    return {
        "weights": [np.full((2, 3), value), np.full(2, value)],
        "tensor": (ad.Tensor(np.full(2, value), requires_grad=True),),
    }


def test_restoring_writes_the_best_into_the_arrays_that_are_there():
    params, stopper = nested(1.0), EarlyStopping(2)
    arrays = params["weights"][0], params["tensor"][0]
    stopper.update(0.5, params)
    params["weights"][0] += 5
    params["weights"][1] -= 5
    params["tensor"][0].data += 5
    stopper.update(0.9, params)
    stopper.restore(params)
    assert params["weights"][0] is arrays[0] and params["tensor"][0] is arrays[1]
    for leaf in (*params["weights"], params["tensor"][0].data):
        assert (leaf == 1.0).all()
    params["weights"][0] += 5  # and the memory is not what was handed out
    stopper.restore(params)
    assert (params["weights"][0] == 1.0).all()


def test_restoring_tells_the_graph():
    w, stopper = ad.Tensor([2.0], requires_grad=True), EarlyStopping(1)
    stopper.update(1.0, w)
    w.data += 1.0
    old = (w * w).sum()
    stopper.restore(w)
    with pytest.raises(ValueError, match="changed in place"):
        old.backward()


def test_a_member_of_the_mean_square_is_what_the_identity_says():
    rng = np.random.default_rng(0)
    f, y = rng.normal(size=(5, 40)), rng.normal(size=40)
    parts = ambiguity(f, y)
    ensemble = members = spread = 0.0
    for n in range(40):
        mean = sum(f[:, n]) / 5
        ensemble += (mean - y[n]) ** 2 / 40
        members += sum((f[m, n] - y[n]) ** 2 for m in range(5)) / 200
        spread += sum((f[m, n] - mean) ** 2 for m in range(5)) / 200
    got = (parts.ensemble, parts.members, parts.spread)
    np.testing.assert_allclose(got, (ensemble, members, spread))
    assert np.isclose(parts.ensemble, parts.members - parts.spread)


def test_averages_of_logits_are_geometric_means():
    logits = np.random.default_rng(1).normal(size=(4, 6, 3)) * 3
    p = special.softmax(logits, axis=2)
    np.testing.assert_allclose(average_probabilities(logits), sum(p) / 4)
    geometric = stats.gmean(p, axis=0)
    geometric /= geometric.sum(1, keepdims=True)
    np.testing.assert_allclose(average_logits(logits), geometric)


def test_the_ensembles_likelihood_is_no_worse_than_that_of_its_members():
    logits = np.random.default_rng(2).normal(size=(4, 50, 3)) * 2
    y = np.arange(50) % 3
    members = -special.log_softmax(logits, axis=2)[:, np.arange(50), y].mean()
    for average in (average_probabilities, average_logits):
        assert -np.log(average(logits)[np.arange(50), y]).mean() < members


def test_a_bootstrap_draws_with_replacement_each_member_for_itself():
    chosen = bootstrap(300, members=40, rng=np.random.default_rng(0))
    assert chosen.shape == (40, 300) and chosen.min() == 0 and chosen.max() == 299
    left = out_of_bag(chosen)
    for row, out in zip(chosen, left, strict=True):
        assert set(np.flatnonzero(out)) == set(range(300)) - set(row.tolist())
    theirs = [300 - len(np.unique(resample(np.arange(300), random_state=s))) for s in range(40)]
    assert abs(left.sum(1).mean() - np.mean(theirs)) < 5 * np.std(theirs) / np.sqrt(20)
    assert np.isclose(left.mean(), (1 - 1 / 300) ** 300, atol=0.02)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: EarlyStopping(0), "patience must be at least 1; got 0"),
        (lambda: EarlyStopping(1, min_delta=-1), "min_delta must be at least 0"),
        (lambda: EarlyStopping(1).restore(np.ones(2)), "restore needs a look"),
        (lambda: ambiguity(np.ones((2, 3)), np.ones(4)), "predictions must have shape"),
        (lambda: average_logits(np.ones((2, 3))), "logits must have shape"),
        (lambda: average_probabilities(np.ones((2, 3))), "logits must have shape"),
        (lambda: bootstrap(0, members=2, rng=np.random.default_rng(0)), "n must be at least 1"),
        (lambda: bootstrap(2, members=0, rng=np.random.default_rng(0)), "members must be"),
        (lambda: out_of_bag(np.ones(3, dtype=int)), "chosen must have shape"),
    ],
)
def test_bad_input_is_a_value_error(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize(
    "other", [np.ones(3), [np.ones(2)], {"a": np.ones(2)}, ad.Tensor(np.ones(3)), 1.0]
)
def test_restoring_another_structure_is_a_value_error(other):
    stopper = EarlyStopping(1)
    stopper.update(1.0, np.ones(2))
    with pytest.raises(ValueError, match=r"that was remembered, ndarray of shape \(2,\)"):
        stopper.restore(other)
