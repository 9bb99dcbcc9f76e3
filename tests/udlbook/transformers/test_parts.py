"""Oracles: torch's own layers with copied weights, the paper's formulas in loops, a rotation."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from udlbook.optim import inverse_sqrt
from udlbook.seeding import seeded
from udlbook.transformers import (
    DecoderLayer,
    EncoderLayer,
    FeedForward,
    Residual,
    frequencies,
    peak_rate,
    shift_matrix,
    sinusoidal,
    smoothed_cross_entropy,
)

NEAR = {"atol": 1e-10, "rtol": 1e-10}


def draw(*shape, seed=0):
    return torch.randn(
        shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)
    ).requires_grad_()


def test_positions_are_the_papers_formula():
    table = sinusoidal(7, 6, start=3).numpy()
    for row in range(7):
        for i in range(3):
            angle = (row + 3) / 10000 ** (2 * i / 6)
            assert math.isclose(table[row, 2 * i], math.sin(angle), abs_tol=1e-14)
            assert math.isclose(table[row, 2 * i + 1], math.cos(angle), abs_tol=1e-14)
    assert frequencies(512)[0] == 1 and 1e-4 < frequencies(512)[-1] < 1.04e-4


@pytest.mark.parametrize("k", [-4, 1, 7])
def test_one_matrix_shifts_every_position(k):
    m = shift_matrix(k, 8)
    torch.testing.assert_close(sinusoidal(20, 8, start=10) @ m.T, sinusoidal(20, 8, start=10 + k))
    torch.testing.assert_close(m @ m.T, torch.eye(8, dtype=torch.float64))


def rough(layer, seed=0):
    """Random weights everywhere; a new layer's zeros and ones would hide errors."""
    with seeded(seed):
        for p in layer.double().parameters():
            nn.init.normal_(p, std=0.4)
    return layer


def copy_attention(theirs, ours):
    three = (ours.w_q, ours.w_k, ours.w_v)
    theirs.in_proj_weight.copy_(torch.cat([w.weight for w in three]))
    theirs.in_proj_bias.copy_(torch.cat([w.bias for w in three]))
    theirs.out_proj.load_state_dict(ours.w_o.state_dict())


@torch.no_grad()
def torch_layer(ours, norm):
    """torch's layer with the weights of ours."""
    decoder = isinstance(ours, DecoderLayer)
    kind = nn.TransformerDecoderLayer if decoder else nn.TransformerEncoderLayer
    theirs = kind(8, 2, 12, 0.0, batch_first=True, norm_first=norm == "pre", dtype=torch.float64)
    copy_attention(theirs.self_attn, ours.attention)
    wraps = [ours.around_attention, ours.around_feed_forward]
    if decoder:
        copy_attention(theirs.multihead_attn, ours.cross_attention)
        wraps.insert(1, ours.around_cross_attention)
    for i, wrap in enumerate(wraps, start=1):
        getattr(theirs, f"norm{i}").load_state_dict(wrap.norm.state_dict())
    theirs.linear1.load_state_dict(ours.feed_forward.first.state_dict())
    theirs.linear2.load_state_dict(ours.feed_forward.second.state_dict())
    return theirs


def same_slopes(ours, theirs, pairs):
    """Compare the gradients of inputs and of the weights that carry one name in both."""
    for mine, yours in pairs:
        torch.testing.assert_close(mine.grad, yours.grad, **NEAR)
    attention = [(ours.attention, theirs.self_attn)]
    if isinstance(ours, DecoderLayer):
        attention.append((ours.cross_attention, theirs.multihead_attn))
    for mine, yours in attention:
        three = torch.cat([w.weight.grad for w in (mine.w_q, mine.w_k, mine.w_v)])
        torch.testing.assert_close(three, yours.in_proj_weight.grad, **NEAR)
    torch.testing.assert_close(
        ours.feed_forward.first.weight.grad, theirs.linear1.weight.grad, **NEAR
    )
    torch.testing.assert_close(
        ours.around_attention.norm.weight.grad, theirs.norm1.weight.grad, **NEAR
    )


@pytest.mark.parametrize("norm", ["post", "pre"])
def test_encoder_layer_equals_torchs(norm):
    ours = rough(EncoderLayer(8, 2, 12, dropout=0.0, norm=norm))
    theirs = torch_layer(ours, norm)
    x, x2 = draw(2, 5, 8), draw(2, 5, 8)
    gone = torch.tensor([[False] * 5, [False, False, False, True, True]])
    out, want = ours(x, ~gone[:, None, None]), theirs(x2, src_key_padding_mask=gone)
    torch.testing.assert_close(out, want, **NEAR)
    (out**3).sum().backward()
    (want**3).sum().backward()
    same_slopes(ours, theirs, [(x, x2)])


@pytest.mark.parametrize("norm", ["post", "pre"])
def test_decoder_layer_equals_torchs(norm):
    ours = rough(DecoderLayer(8, 2, 12, dropout=0.0, norm=norm))
    theirs = torch_layer(ours, norm)
    x, x2, memory, memory2 = draw(2, 4, 8), draw(2, 4, 8), draw(2, 5, 8, seed=1), None
    memory2 = draw(2, 5, 8, seed=1)
    gone = torch.tensor([[False] * 5, [False, False, False, True, True]])
    out = ours(x, memory, ~gone[:, None, None])
    want = theirs(
        x2,
        memory2,
        tgt_mask=torch.ones(4, 4).triu(1).bool(),
        memory_key_padding_mask=gone,
    )
    torch.testing.assert_close(out, want, **NEAR)
    (out**3).sum().backward()
    (want**3).sum().backward()
    same_slopes(ours, theirs, [(x, x2), (memory, memory2)])


def test_feed_forward_is_two_matrix_products():
    net, x = rough(FeedForward(3, 5)), draw(2, 4, 3)
    w1, b1, w2, b2 = (p.detach().numpy() for p in net.parameters())
    want = np.maximum(x.detach().numpy() @ w1.T + b1, 0) @ w2.T + b2
    np.testing.assert_allclose(net(x).detach(), want, atol=1e-12)


def test_dropout_is_on_the_sublayer_and_not_on_the_way_around():
    for norm in ("post", "pre"):
        wrap, x = Residual(6, 1.0, norm).double(), draw(2, 3, 6)
        want = x if norm == "pre" else nn.functional.layer_norm(x, (6,))
        torch.testing.assert_close(wrap(x, torch.exp), want, **NEAR)


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 1.0])
def test_smoothed_loss_equals_torchs(smoothing):
    logits, target = draw(3, 4, 7), torch.tensor([[3, 4, 2, 0], [5, 2, 0, 0], [6, 6, 6, 2]])
    loss = smoothed_cross_entropy(logits, target, smoothing)
    loss.backward()
    again = logits.detach().clone().requires_grad_()
    want = nn.functional.cross_entropy(
        again.flatten(0, 1), target.flatten(), ignore_index=0, label_smoothing=smoothing
    )
    want.backward()
    torch.testing.assert_close(loss, want, **NEAR)
    torch.testing.assert_close(logits.grad, again.grad, **NEAR)


def test_schedule_and_peak_are_the_papers_equation():
    for d_model, n in [(512, 4000), (64, 10)]:
        for step in (1, 2, n - 1, n, n + 1, 10 * n):
            want = d_model**-0.5 * min(step**-0.5, step * n**-1.5)
            got = peak_rate(d_model, n) * inverse_sqrt(n)(step - 1, 10**9)
            assert math.isclose(got, want, rel_tol=1e-12)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: sinusoidal(3, 5), "d_model must be even and positive; got 5"),
        (lambda: sinusoidal(-1, 4), "n must be at least 0; got -1"),
        (lambda: sinusoidal(1, 4, start=-1), "start must be at least 0; got -1"),
        (lambda: EncoderLayer(8, 2, 4, norm="mid"), "norm must be one of 'post', 'pre'; got"),
        (lambda: EncoderLayer(8, 3, 4), "n_heads must divide d_model=8; got 3"),
        (
            lambda: smoothed_cross_entropy(draw(2, 5), torch.tensor([1, 2]), 1.5),
            "smoothing must be between 0 and 1; got 1.5",
        ),
        (
            lambda: smoothed_cross_entropy(draw(2, 5), torch.tensor([1, 2, 3])),
            r"target must have shape \(2,\); got \(3,\)",
        ),
        (
            lambda: smoothed_cross_entropy(draw(2, 5), torch.tensor([0, 0])),
            "target must have a token that is not PAD; got PAD alone",
        ),
        (lambda: peak_rate(0), "d_model must be at least 1; got 0"),
        (lambda: peak_rate(8, 0), "warm_up must be at least 1; got 0"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
