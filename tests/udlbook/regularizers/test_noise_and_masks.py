"""Oracles: Monte Carlo with error bars; sums over all masks; torch's dropout and cross-entropy."""

from itertools import product

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from udlbook import autodiff as ad
from udlbook.regularizers import (
    dropout,
    dropout_mask,
    dropout_price,
    every_mask,
    expected_loss,
    monte_carlo,
    noise_price,
    smooth_labels,
)

RNG = np.random.default_rng(7)
X, Y, W = RNG.normal(size=(6, 4)), RNG.normal(size=6), RNG.normal(size=4)


def within(sample, want, deviations=5.0):
    """Whether the mean of a sample is this, up to its own error bar."""
    return abs(sample.mean() - want) < deviations * sample.std() / np.sqrt(len(sample))


@pytest.mark.parametrize("rate", [0.0, 0.2, 0.5, 0.9])
def test_a_mask_has_two_values_mean_one_and_the_right_share_of_zeros(rate):
    mask = dropout_mask((200, 500), rate, rng=np.random.default_rng(1)).ravel()
    assert set(np.unique(mask)) <= {0.0, 1 / (1 - rate)}
    assert within((mask == 0) * 1.0, rate) or rate == 0
    assert within(mask, 1.0) or rate == 0
    assert np.isclose(mask.var(), rate / (1 - rate), rtol=0.05)


def test_the_survivors_are_scaled_as_torchs_are():
    h = torch.ones(1000, dtype=torch.float64)
    theirs = F.dropout(h, 0.3, training=True)
    ours = dropout(np.ones(1000), 0.3, rng=np.random.default_rng(0))
    np.testing.assert_allclose(np.unique(ours), np.unique(theirs.numpy()))


def test_dropout_in_use_is_the_identity_and_draws_nothing():
    rng = np.random.default_rng(3)
    before = rng.bit_generator.state
    assert dropout(X, 0.5, rng=rng, training=False) is X
    assert dropout(X, 0.0, rng=rng) is X
    assert rng.bit_generator.state == before


def test_gradients_flow_through_the_units_that_are_kept():
    mask = dropout_mask((6, 4), 0.5, rng=np.random.default_rng(5))
    gradient = ad.grad(
        lambda h: (dropout(h, 0.5, rng=np.random.default_rng(5)) * Y[:, None]).sum()
    )(X)
    np.testing.assert_allclose(gradient, mask * Y[:, None])


@pytest.mark.parametrize("rate", [0.0, 0.3, 0.5])
def test_every_mask_is_the_product_of_independent_coins(rate):
    masks, probabilities = every_mask(3, rate)
    found = {tuple(m > 0): p for m, p in zip(masks, probabilities, strict=True)}
    for kept in product([False, True], repeat=3):
        want = np.prod([1 - rate if k else rate for k in kept])
        assert np.isclose(found.pop(kept), want)
    assert not found
    assert np.isclose(probabilities.sum(), 1)
    np.testing.assert_allclose(probabilities @ masks, 1)


def test_monte_carlo_has_the_moments_of_the_sum_over_all_masks():
    masks, p = every_mask(4, 0.4)
    outputs = np.tanh((masks[:, None, :] * X) @ W)  # (16, 6)
    mean = p @ outputs
    var = p @ (outputs - mean) ** 2
    got_mean, got_var = monte_carlo(
        lambda rng: np.tanh(dropout(X, 0.4, rng=rng) @ W), 8000, rng=np.random.default_rng(0)
    )
    np.testing.assert_allclose(got_mean, mean, atol=5 * np.sqrt(var.max() / 8000))
    np.testing.assert_allclose(got_var, var, rtol=0.1)


def test_the_variance_of_monte_carlo_is_unbiased():
    few = [
        monte_carlo(lambda rng: rng.normal(size=300), 2, rng=np.random.default_rng(s))[1]
        for s in range(40)
    ]
    assert within(np.concatenate(few), 1.0)


def test_for_a_linear_unit_dropout_is_the_noise_of_a_closed_form():
    masks, p = every_mask(4, 0.3)
    outputs = (masks[:, None, :] * X) @ W
    np.testing.assert_allclose(p @ outputs, X @ W)
    var = p @ (outputs - X @ W) ** 2
    np.testing.assert_allclose(var, ((X * W) ** 2).sum(1) * 0.3 / 0.7)


def test_noise_on_the_inputs_is_a_price_on_squared_weights():
    rng, std = np.random.default_rng(2), 0.3
    noisy = X + std * rng.normal(size=(20_000, *X.shape))
    losses = ((noisy @ W + 0.2 - Y) ** 2).mean(1)
    assert within(losses, expected_loss(X, Y, W, noise_price(X, std), bias=0.2))
    assert not within(losses, ((X @ W + 0.2 - Y) ** 2).mean())


def test_dropout_of_the_inputs_is_a_price_too_summed_over_all_masks():
    rate = 0.35
    masks, p = every_mask(4, rate)
    exact = 0.0
    for x, y in zip(X, Y, strict=True):  # a mask of its own for each example
        exact += p @ ((masks * x) @ W - y) ** 2 / len(Y)
    assert np.isclose(expected_loss(X, Y, W, dropout_price(X, rate)), exact)


def test_the_expected_loss_differentiates():
    price = noise_price(X, 0.5)
    gradient = ad.grad(lambda w: expected_loss(X, Y, w, price))(W)
    want = 2 * X.T @ (X @ W - Y) / len(Y) + 2 * 0.25 * W
    np.testing.assert_allclose(gradient, want)


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 1.0])
def test_smooth_labels_are_those_of_torch(smoothing):
    logits = np.random.default_rng(3).normal(size=(8, 5))
    y = np.arange(8) % 5
    labels = smooth_labels(y, 5, smoothing)
    np.testing.assert_allclose(labels.sum(1), 1)
    ours = -(labels * ad.log_softmax(logits, 1)).sum(1).mean()
    theirs = F.cross_entropy(
        torch.tensor(logits), torch.tensor(y), label_smoothing=smoothing
    ).item()
    assert np.isclose(ours, theirs)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: dropout_mask(3, 1.0, rng=RNG), "rate must be at least 0 and below 1; got 1"),
        (lambda: dropout(X, -0.1, rng=RNG, training=False), "rate must be"),
        (lambda: every_mask(21, 0.5), "units must be between 1 and 20; got 21"),
        (lambda: every_mask(0, 0.5), "units must be between"),
        (lambda: monte_carlo(lambda rng: X, 1, rng=RNG), "n_samples must be at least 2; got 1"),
        (lambda: noise_price(X, -1), "std must be at least 0"),
        (lambda: noise_price(Y, 1), "X must have shape"),
        (lambda: dropout_price(X, 1.0), "rate must be at least 0 and below 1"),
        (lambda: expected_loss(X, Y[:5], W, W), "y must have shape"),
        (lambda: expected_loss(X, Y, W[:3], W), "weight must have shape"),
        (lambda: expected_loss(X, Y, W, W[:3]), "price must have shape"),
        (lambda: smooth_labels([0, 3], 3, 0.1), "y must be a class from 0 to 2; got 3"),
        (lambda: smooth_labels([0.0], 3, 0.1), "whole numbers"),
        (lambda: smooth_labels([0], 3, 1.1), "smoothing must be between 0 and 1; got 1.1"),
        (lambda: smooth_labels([[0]], 3, 0.1), "y must have shape"),
    ],
)
def test_bad_input_is_a_value_error(call, message):
    with pytest.raises(ValueError, match=message):
        call()
