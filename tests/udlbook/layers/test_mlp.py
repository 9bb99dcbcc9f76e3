"""Oracles: the parameter counts of the paper's models, matrix products written out in NumPy."""

import numpy as np
import pytest
import torch
from torch import nn

from udlbook.layers import SkipMLP, count_parameters, logistic_regression, mlp


def array(tensor):
    return tensor.detach().numpy().astype(np.float64)


def test_logistic_regression_has_the_papers_410_parameters():
    assert count_parameters(logistic_regression()) == 40 * 10 + 10 == 410


def test_mlp_has_the_papers_15210_parameters():
    counted = (40 * 100 + 100) + (100 * 100 + 100) + (100 * 10 + 10)
    assert count_parameters(SkipMLP()) == counted == 15_210


def test_logistic_regression_is_one_matrix_product():
    model, x = logistic_regression(3, 2), torch.randn(5, 3)
    want = array(x) @ array(model[0].weight).T + array(model[0].bias)
    np.testing.assert_allclose(array(model(x)), want, atol=1e-6)


def test_mlp_is_its_formula():
    net, x = mlp(3, 4, 5, 2, activation=nn.Tanh), torch.randn(6, 3)
    h = array(x)
    for i in (0, 2):
        h = np.tanh(h @ array(net[i].weight).T + array(net[i].bias))
    want = h @ array(net[4].weight).T + array(net[4].bias)
    np.testing.assert_allclose(array(net(x)), want, atol=1e-6)
    assert len(net) == 5


def test_skip_mlp_is_its_formula():
    model, x = SkipMLP(3, 2, hidden=4), torch.randn(6, 3)
    h = np.maximum(array(x) @ array(model.first.weight).T + array(model.first.bias), 0)
    h = h + np.maximum(h @ array(model.second.weight).T + array(model.second.bias), 0)
    want = h @ array(model.out.weight).T + array(model.out.bias)
    np.testing.assert_allclose(array(model(x)), want, atol=1e-6)


def test_frozen_and_tied_parameters_are_not_counted_twice():
    net = mlp(3, 3, 3)
    assert count_parameters(net) == 24
    net[2].weight = net[0].weight
    assert count_parameters(net) == 15
    net[2].bias.requires_grad_(False)
    assert count_parameters(net) == 12


@pytest.mark.parametrize("sizes", [(), (3,), (3, 0, 2)])
def test_bad_sizes_are_named(sizes):
    with pytest.raises(ValueError, match="sizes must be two or more positive widths; got"):
        mlp(*sizes)


def test_bad_input_is_named():
    with pytest.raises(ValueError, match=r"x must have shape \(B, 40\); got \(7, 39\)"):
        SkipMLP()(torch.zeros(7, 39))
