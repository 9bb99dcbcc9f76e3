"""Oracles: naive loops in NumPy, nn.MultiheadAttention with copied weights, full passes."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from udlbook.layers import (
    KVCache,
    MultiHeadAttention,
    causal_mask,
    count_parameters,
    fused_attention,
    padding_mask,
    scaled_dot_product,
    watching,
)
from udlbook.seeding import seeded

NEAR = {"atol": 1e-10, "rtol": 1e-10}


def draw(*shape, seed=0):
    return torch.randn(
        shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)
    ).requires_grad_()


def by_loops(q, k, v, may):
    """Attention of one head, one query and one key at a time."""
    q, k, v = (a.detach().numpy() for a in (q, k, v))
    out = np.zeros((len(q), v.shape[1]))
    weights = np.zeros((len(q), len(k)))
    for i in range(len(q)):
        e = [math.exp(np.dot(q[i], k[j]) / math.sqrt(len(q[i]))) for j in range(len(k))]
        total = sum(e[j] for j in range(len(k)) if may[i, j])
        for j in range(len(k)):
            if may[i, j]:
                weights[i, j] = e[j] / total
                out[i] += weights[i, j] * v[j]
    return out, weights


def test_attention_is_its_definition_in_loops():
    q, k, v = draw(5, 3), draw(4, 3, seed=1), draw(4, 2, seed=2)
    may = torch.rand(5, 4, generator=torch.Generator().manual_seed(3)) < 0.6
    may[2] = False  # a query that may look at nothing
    want, want_weights = by_loops(q, k, v, may)
    out, weights = scaled_dot_product(q, k, v, may)
    np.testing.assert_allclose(out.detach(), want, atol=1e-12)
    np.testing.assert_allclose(weights.detach(), want_weights, atol=1e-12)
    np.testing.assert_allclose(fused_attention(q, k, v, may).detach(), want, atol=1e-12)
    everywhere = torch.ones(5, 4, dtype=torch.bool)
    want, _ = by_loops(q, k, v, everywhere)
    np.testing.assert_allclose(scaled_dot_product(q, k, v)[0].detach(), want, atol=1e-12)
    np.testing.assert_allclose(fused_attention(q, k, v).detach(), want, atol=1e-12)


@pytest.mark.parametrize("kind", ["none", "boolean", "added"])
def test_naive_and_fused_have_the_same_gradients(kind):
    mask = {
        "none": None,
        "boolean": causal_mask(4, 6),
        "added": draw(4, 6, seed=9).detach(),
    }[kind]
    slopes = []
    for way in (lambda *a: scaled_dot_product(*a)[0], fused_attention):
        qkv = draw(2, 3, 4, 5), draw(2, 3, 6, 5, seed=1), draw(2, 3, 6, 7, seed=2)
        (way(*qkv, mask) * draw(2, 3, 4, 7, seed=3)).sum().backward()
        slopes.append([a.grad for a in qkv])
    for one, other in zip(*slopes, strict=True):
        torch.testing.assert_close(one, other, **NEAR)


def test_a_query_without_keys_has_finite_slopes():
    q, k, v = draw(2, 3), draw(4, 3, seed=1), draw(4, 3, seed=2)
    out, _ = scaled_dot_product(q, k, v, torch.zeros(2, 4, dtype=torch.bool))
    out.sum().backward()
    assert not out.any() and not q.grad.any() and not k.grad.any() and not v.grad.any()


def torch_layer(ours, **options):
    """nn.MultiheadAttention with the weights of ours."""
    theirs = nn.MultiheadAttention(
        ours.d_model, ours.n_heads, batch_first=True, dtype=torch.float64, **options
    )
    three = (ours.w_q, ours.w_k, ours.w_v)
    with torch.no_grad():
        theirs.in_proj_weight.copy_(torch.cat([w.weight for w in three]))
        theirs.in_proj_bias.copy_(torch.cat([w.bias for w in three]))
        theirs.out_proj.weight.copy_(ours.w_o.weight)
        theirs.out_proj.bias.copy_(ours.w_o.bias)
    return theirs


def rough(*args, seed=0, **options):
    """A layer in double precision whose biases are not zero."""
    with seeded(seed):
        layer = MultiHeadAttention(*args, **options).double()
        for p in layer.parameters():
            nn.init.normal_(p, std=0.4)
    return layer


@pytest.mark.parametrize("case", ["self", "causal", "padded", "memory"])
def test_equals_torchs_layer_forward_and_in_every_slope(case):
    ours = rough(12, 3)
    theirs = torch_layer(ours)
    x, x2 = draw(2, 5, 12), draw(2, 5, 12)
    memory = draw(2, 7, 12, seed=1) if case == "memory" else None
    memory2 = memory.detach().clone().requires_grad_() if case == "memory" else x2
    tokens = torch.tensor([[3, 4, 5, 0, 0], [1, 2, 3, 4, 5]])
    mine = {"mask": padding_mask(tokens, 0)} if case == "padded" else {}
    yours = {"key_padding_mask": tokens == 0} if case == "padded" else {}
    if case == "causal":
        mine, yours = {"causal": True}, {"attn_mask": ~causal_mask(5)}
    out = ours(x, memory, **mine)
    want, want_weights = theirs(x2, memory2, memory2, average_attn_weights=False, **yours)
    torch.testing.assert_close(out, want, **NEAR)
    with watching(ours) as maps:
        torch.testing.assert_close(ours(x, memory, **mine), want, **NEAR)
    torch.testing.assert_close(maps[""], want_weights, **NEAR)
    direction = draw(2, 5, 12, seed=5)
    (out * direction).sum().backward()
    (want * direction).sum().backward()
    torch.testing.assert_close(x.grad, x2.grad, **NEAR)
    if case == "memory":
        torch.testing.assert_close(memory.grad, memory2.grad, **NEAR)
    w_q, w_k, w_v = theirs.in_proj_weight.grad.chunk(3)
    b_q, b_k, b_v = theirs.in_proj_bias.grad.chunk(3)
    for layer, w, b in [
        (ours.w_q, w_q, b_q),
        (ours.w_k, w_k, b_k),
        (ours.w_v, w_v, b_v),
        (ours.w_o, theirs.out_proj.weight.grad, theirs.out_proj.bias.grad),
    ]:
        torch.testing.assert_close(layer.weight.grad, w, **NEAR)
        torch.testing.assert_close(layer.bias.grad, b, **NEAR)


def test_shared_keys_and_values_are_those_of_a_layer_that_repeats_them():
    shared = rough(12, 6, 2, bias=False)
    plain = rough(12, 6, bias=False)
    with torch.no_grad():
        plain.w_q.weight.copy_(shared.w_q.weight)
        plain.w_o.weight.copy_(shared.w_o.weight)
        for name in ("w_k", "w_v"):
            few = getattr(shared, name).weight  # rows: head 0's two, then head 1's two
            rows = [few[2 * (h // 3) + i] for h in range(6) for i in range(2)]
            getattr(plain, name).weight.copy_(torch.stack(rows))
    x = draw(2, 5, 12)
    torch.testing.assert_close(shared(x, causal=True), plain(x, causal=True), **NEAR)
    assert count_parameters(shared) == 2 * 12 * 12 + 2 * 12 * 4


@pytest.mark.parametrize("n_kv_heads", [1, 2, 4])
def test_with_a_cache_step_by_step_gives_the_whole_pass(n_kv_heads):
    layer, x = rough(8, 4, n_kv_heads), draw(2, 6, 8)

    def turn(heads, start):  # depends on the position: an error of the start shows
        places = torch.arange(start, start + heads.shape[2], dtype=torch.float64)
        return heads * torch.cos(places)[:, None]

    whole = layer(x, causal=True, rotate=turn)
    cache = KVCache()
    assert len(cache) == 0 and cache.n_numbers() == 0
    pieces = [x[:, :3], x[:, 3:4], x[:, 4:]]
    steps = [layer(piece, causal=True, cache=cache, rotate=turn) for piece in pieces]
    torch.testing.assert_close(torch.cat(steps, dim=1), whole, **NEAR)
    assert len(cache) == 6
    assert cache.n_numbers() == 2 * 2 * n_kv_heads * 6 * 2


def test_a_cache_of_a_memory_is_filled_once():
    layer, memory = rough(8, 2), draw(3, 5, 8)
    x, cache = draw(3, 4, 8, seed=1), KVCache()
    whole = layer(x, memory)
    steps = [layer(x[:, i : i + 1], memory, cache=cache) for i in range(4)]
    torch.testing.assert_close(torch.cat(steps, dim=1), whole, **NEAR)
    assert len(cache) == 5


def test_a_cache_can_change_its_rows():
    layer, x, cache = rough(8, 2), draw(3, 4, 8), KVCache()
    layer(x[:, :3], causal=True, cache=cache)
    rows = torch.tensor([2, 0, 0])
    cache.select(rows)
    step = layer(x[rows, 3:], causal=True, cache=cache)
    torch.testing.assert_close(step, layer(x, causal=True)[rows, 3:], **NEAR)


def test_no_position_looks_ahead():
    layer, x = rough(6, 2), draw(1, 5, 6)
    jacobian = torch.autograd.functional.jacobian(lambda a: layer(a, causal=True), x)
    size = jacobian[0, :, :, 0].abs().amax(dim=(1, 3))  # (output position, input position)
    assert torch.equal(size > 0, causal_mask(5))


def test_added_scores_and_causality_hold_together():
    layer, x = rough(6, 2), draw(1, 5, 6)
    extra = draw(1, 2, 5, 5, seed=4).detach()
    both = extra.masked_fill(~causal_mask(5), float("-inf"))
    torch.testing.assert_close(layer(x, mask=extra, causal=True), layer(x, mask=both), **NEAR)


def test_dropout_of_weights_keeps_their_mean_and_is_for_training_only():
    layer = MultiHeadAttention(4, 1, dropout=0.5).double()
    x = draw(1, 4, 4).detach()
    layer.eval()
    want = layer(x)
    torch.testing.assert_close(layer(x), want)
    layer.train()
    with seeded(0):
        outs = torch.cat([layer(x) for _ in range(2000)])
    error = outs.std(dim=0) / math.sqrt(2000)
    assert outs.std(dim=0).min() > 0
    assert ((outs.mean(dim=0) - want[0]).abs() < 5 * error).all()


def test_watching_ends_with_the_block():
    layer, x = rough(6, 2), draw(1, 5, 6)
    with watching(nn.Sequential(layer)) as maps:
        layer(x)
    assert list(maps) == ["0"]
    maps.clear()
    layer(x)
    assert not maps


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: MultiHeadAttention(10, 4), "n_heads must divide d_model=10; got 4"),
        (lambda: MultiHeadAttention(8, 4, 3), "n_kv_heads must divide n_heads=4; got 3"),
        (lambda: MultiHeadAttention(8, 4, dropout=2), "dropout must be between 0 and 1; got 2"),
        (lambda: rough(8, 2)(torch.zeros(2, 7)), r"x must have shape \(B, L, 8\); got \(2, 7\)"),
        (
            lambda: rough(8, 2)(torch.zeros(2, 3, 8), torch.zeros(3, 4, 8)),
            r"memory must have shape \(2, S, 8\); got \(3, 4, 8\)",
        ),
        (
            lambda: rough(8, 2)(torch.zeros(2, 3, 8), torch.zeros(2, 3, 8), causal=True),
            "memory must come without causal and rotate; got causal",
        ),
        (lambda: causal_mask(3, 2), "n_keys must be at least 3; got 2"),
        (lambda: padding_mask(torch.zeros(3), 0), r"tokens must have shape \(B, S\); got \(3,\)"),
        (
            lambda: scaled_dot_product(draw(2, 3), draw(2, 4), draw(2, 4)),
            r"k must have shape \(..., S, d_k=3\); got \(2, 4\)",
        ),
        (
            lambda: fused_attention(draw(2, 3), draw(5, 3), draw(4, 3)),
            r"v must have shape \(..., 5, d_v\); got \(4, 3\)",
        ),
        (
            lambda: scaled_dot_product(draw(2, 3), draw(5, 3), draw(5, 3), causal_mask(3, 5)),
            r"mask must broadcast to \(2, 5\); got \(3, 5\)",
        ),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
