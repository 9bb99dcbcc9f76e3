"""Oracles: zeros of the Jacobian, and the formulas in loops over time."""

import numpy as np
import pytest
import torch

from udlbook.seeding import seeded
from udlbook.sequence import SNAIL, AttentionBlock, DenseBlock, TCBlock


def array(tensor):
    return tensor.detach().numpy()


def draw(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, dtype=torch.float64, generator=generator)


def depends(block, steps, dim):
    """Which output step depends on which input step, by the Jacobian. Shapes: (T, T)."""
    jacobian = torch.autograd.functional.jacobian(lambda x: block(x[None])[0], draw(steps, dim))
    return jacobian.abs().sum(dim=(1, 3)) > 0  # (T, T)


def test_a_dense_block_is_its_formula():
    with seeded(0):
        block = DenseBlock(3, 2, dilation=2).double()
    x = draw(2, 6, 3)
    w, b = array(block.conv.weight), array(block.conv.bias)
    for n in range(2):
        for t in range(6):
            old = array(x[n, t - 2]) if t >= 2 else np.zeros(3)
            a = w[:, :, 0] @ old + w[:, :, 1] @ array(x[n, t]) + b
            want = np.concatenate([array(x[n, t]), np.tanh(a[:2]) / (1 + np.exp(-a[2:]))])
            np.testing.assert_allclose(array(block(x)[n, t]), want, atol=1e-12)


@pytest.mark.parametrize("longest", [1, 2, 7, 8, 9])
def test_a_tc_block_sees_the_past_it_must_see_and_no_future(longest):
    with seeded(0):
        block = TCBlock(2, longest, 3).double()
    n = int(np.ceil(np.log2(longest)))
    assert block.dim_out == block(draw(1, 4, 2)).shape[2] == 2 + 3 * n
    got = depends(block, 20, 2)
    gap = np.subtract.outer(np.arange(20), np.arange(20))
    assert np.array_equal(array(got), (gap >= 0) & (gap < 2**n))  # all of the last 2^n, no more
    assert 2**n >= longest


def test_an_attention_block_is_its_formula_and_looks_only_back():
    with seeded(0):
        block = AttentionBlock(3, 4, 2).double()
    x = draw(1, 6, 3)
    rows = array(x[0])
    q, k, v = (
        rows @ array(layer.weight).T + array(layer.bias)
        for layer in (block.query, block.key, block.value)
    )
    for t in range(6):
        e = np.exp([q[t] @ k[s] / 2 for s in range(t + 1)])
        want = np.concatenate([rows[t], sum(e[s] * v[s] for s in range(t + 1)) / e.sum()])
        np.testing.assert_allclose(array(block(x)[0, t]), want, atol=1e-12)
    assert np.array_equal(array(depends(block, 6, 3)), np.tri(6, dtype=bool))


def test_a_whole_snail_is_causal_and_its_parts_can_be_left_out():
    for options, parts in [({}, 2), ({"filters": 0}, 1), ({"d_key": 0}, 1)]:
        with seeded(0):
            model = SNAIL(5, 8, embed=3, **options).double()
        assert len(model.blocks) == parts
        x = torch.randint(5, (1, 8), generator=torch.Generator().manual_seed(0))
        before = model(x)
        x[0, 5] = (x[0, 5] + 1) % 5
        after = model(x)
        assert torch.equal(before[:, :5], after[:, :5])
        assert (before[0, 5:] != after[0, 5:]).any(dim=1).all()


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="longest must be at least 1; got 0"):
        TCBlock(2, 0, 3)
    with pytest.raises(ValueError, match=r"x must have shape \(B, T, 3\); got \(1, 4, 2\)"):
        AttentionBlock(3, 4, 2)(torch.zeros(1, 4, 2))
    with pytest.raises(ValueError, match="smallest of filters and d_key must be at least 0"):
        SNAIL(5, 8, filters=-1)
