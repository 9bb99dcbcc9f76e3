"""Oracles: nn.TransformerEncoder with copied weights, a modern block in loops, GPT-2's size."""

from functools import partial

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from udlbook.layers import count_parameters
from udlbook.seeding import seeded
from udlbook.transformers import (
    GPT,
    GPTConfig,
    Rotary,
    SwiGLU,
    ViT,
    image_patches,
    next_token_loss,
)

NEAR = {"atol": 1e-10, "rtol": 1e-10}
GELU = partial(F.gelu, approximate="tanh")


def rough(model, seed=0):
    """The model in float64 with weights large enough to show every error."""
    model = model.double().eval()
    with seeded(seed), torch.no_grad():
        for p in model.parameters():
            p.copy_(torch.randn(p.shape, dtype=torch.float64) * 0.3)
    return model


def small(**options):
    return GPT(GPTConfig(vocab=11, context=12, d_model=16, n_heads=4, n_layers=2, **options))


def modern(**options):
    config = GPTConfig.modern(vocab=11, context=12, d_model=16, n_heads=4, n_layers=2, **options)
    return GPT(config)


def tokens(*shape, vocab=11, seed=0):
    return torch.randint(vocab, shape, generator=torch.Generator().manual_seed(seed))


def torch_stack(blocks, activation):
    """torch's own pre-norm layers with the weights of our blocks; shares their storage not."""
    layers = []
    for block in blocks:
        a, n = block.attention, block.network
        layer = nn.TransformerEncoderLayer(
            a.d_model, a.n_heads, n.first.out_features, 0.0, activation,
            batch_first=True, norm_first=True, dtype=torch.float64,
        )  # fmt: skip
        with torch.no_grad():
            layer.self_attn.in_proj_weight.copy_(
                torch.cat([a.w_q.weight, a.w_k.weight, a.w_v.weight])
            )
            layer.self_attn.in_proj_bias.copy_(torch.cat([a.w_q.bias, a.w_k.bias, a.w_v.bias]))
            layer.self_attn.out_proj.load_state_dict(a.w_o.state_dict())
            layer.linear1.load_state_dict(n.first.state_dict())
            layer.linear2.load_state_dict(n.second.state_dict())
            for theirs, ours in [(layer.norm1, block.norm1), (layer.norm2, block.norm2)]:
                theirs.weight.copy_(ours.gain)
                theirs.bias.copy_(ours.bias)
        layers.append(layer.train())  # train: no fused path, gradients
    return nn.ModuleList(layers)


def test_gpt_is_torchs_encoder_with_a_causal_mask_forward_and_back():
    model, x = rough(small()), tokens(3, 8)
    theirs = torch_stack(model.blocks, GELU)
    h = model.embedding.weight.detach()[x] + model.places.weight.detach()[:8]
    h.requires_grad_()
    out = h
    future = torch.ones(8, 8, dtype=torch.bool).triu(1)
    for layer in theirs:
        out = layer(out, src_mask=future)
    out = F.layer_norm(out, (16,), model.norm.gain, model.norm.bias)
    want = F.linear(out, model.embedding.weight)
    got = model(x)
    torch.testing.assert_close(got, want, **NEAR)
    direction = torch.randn(got.shape, dtype=torch.float64, generator=torch.manual_seed(0))
    (got * direction).sum().backward()
    ours = [b.attention.w_v.weight.grad.clone() for b in model.blocks]
    ours += [b.network.first.weight.grad.clone() for b in model.blocks]
    (want * direction).sum().backward()
    wanted = [t.self_attn.in_proj_weight.grad[32:] for t in theirs]
    wanted += [t.linear1.weight.grad for t in theirs]
    for a, b in zip(ours, wanted, strict=True):
        torch.testing.assert_close(a, b, **NEAR)


def test_gpt2_small_has_the_number_of_parameters_that_was_released():
    with torch.device("meta"):
        model = GPT(GPTConfig.gpt2_small())
    assert count_parameters(model) == 124_439_808
    d = 768  # and by hand: two tables, twelve blocks, one norm
    block = 4 * (d * d + d) + 2 * 4 * d * d + 5 * d + 4 * d
    assert count_parameters(model) == 50_257 * d + 1024 * d + 12 * block + 2 * d


@pytest.mark.parametrize("make", [small, modern, partial(modern, n_kv_heads=2)])
def test_nothing_sees_what_comes_later(make):
    model = rough(make())
    x = model.embedding.weight.detach()[tokens(1, 6)]

    def logits(x):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(model.embedding, "forward", lambda _: x)
            return model(tokens(1, 6))[0].sum(dim=-1)

    slopes = torch.autograd.functional.jacobian(logits, x)[:, 0].abs().sum(dim=-1)  # (T, T)
    assert (slopes.triu(1) == 0).all()
    assert (slopes.tril() + torch.ones(6, 6).triu(1) > 1e-6).all()


@pytest.mark.parametrize("make", [small, modern, partial(modern, n_kv_heads=1)])
def test_reading_in_pieces_with_a_cache_gives_the_same_logits(make):
    model, x = rough(make()), tokens(2, 10)
    whole, caches = model(x), model.new_caches()
    pieces = [model(p, caches) for p in x.split([3, 1, 1, 5], dim=1)]
    torch.testing.assert_close(torch.cat(pieces, dim=1), whole, **NEAR)
    assert len(caches) == 2 and all(len(c) == 10 for c in caches)


def test_caches_of_shared_heads_are_smaller():
    sizes = {}
    for n in (4, 2, 1):
        model = modern(n_kv_heads=n)
        caches = model.new_caches()
        model(tokens(1, 6), caches)
        sizes[n] = caches[0].n_numbers()
    assert sizes == {4: 2 * 6 * 16, 2: 2 * 6 * 8, 1: 2 * 6 * 4}


def test_shared_heads_equal_many_heads_with_copied_weights():
    grouped, many = rough(modern(n_kv_heads=2)), rough(modern())
    state = grouped.state_dict()
    for name in [n for n in state if "w_k" in n or "w_v" in n]:
        heads = state[name].unflatten(0, (2, 4))  # two heads of width four
        state[name] = heads.repeat_interleave(2, dim=0).flatten(0, 1)
    many.load_state_dict(state)
    torch.testing.assert_close(grouped(tokens(2, 7)), many(tokens(2, 7)), **NEAR)
    assert torch.equal(rough(modern(n_kv_heads=4))(tokens(2, 7)), rough(modern())(tokens(2, 7)))


def turn(vector, place):
    """A rotation by complex multiplication; frequencies written out."""
    d = len(vector)
    pairs = torch.view_as_complex(vector.reshape(-1, 2).contiguous())
    angle = torch.tensor([place * 1e4 ** (-2 * i / d) for i in range(d // 2)], dtype=torch.float64)
    return torch.view_as_real(pairs * torch.polar(torch.ones(d // 2).double(), angle)).flatten()


def test_a_modern_model_is_its_formulas_in_loops():
    model, x = rough(modern(n_kv_heads=2)), tokens(1, 5)
    rms = nn.functional.rms_norm
    h = model.embedding.weight[x[0]]
    for b in model.blocks:
        a, n = b.attention, b.network
        z = rms(h, (16,), b.norm1.gain, eps=b.norm1.tiny)
        rows = []
        for i in range(5):
            heads = []
            for head in range(4):
                q = turn((a.w_q.weight @ z[i])[4 * head : 4 * head + 4], i)
                g = 4 * (head // 2)
                ks = [turn((a.w_k.weight @ z[j])[g : g + 4], j) for j in range(i + 1)]
                vs = torch.stack([(a.w_v.weight @ z[j])[g : g + 4] for j in range(i + 1)])
                weights = torch.stack([q @ k / 2 for k in ks]).softmax(0)
                heads.append(weights @ vs)
            rows.append(a.w_o.weight @ torch.cat(heads))
        h = h + torch.stack(rows)
        z = rms(h, (16,), b.norm2.gain, eps=b.norm2.tiny)
        one, three = z @ n.gate.weight.T, z @ n.value.weight.T
        h = h + (one * torch.sigmoid(one) * three) @ n.second.weight.T
    want = rms(h, (16,), model.norm.gain, eps=model.norm.tiny) @ model.embedding.weight.T
    torch.testing.assert_close(model(x)[0], want, **NEAR)


def test_rotary_products_depend_on_the_distance_alone_and_keep_lengths():
    rotary = Rotary(8)
    q, k = torch.randn(2, 8, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    rows = torch.stack([q, k])
    for start in (0, 3, 50):
        apart = rotary(q[None], start + 7) @ rotary(k[None], start).T
        torch.testing.assert_close(apart, rotary(q[None], 7) @ k[None].T, **NEAR)
        torch.testing.assert_close(rotary(rows, start).norm(dim=1), rows.norm(dim=1), **NEAR)
        torch.testing.assert_close(rotary(rows, start)[1], turn(k, start + 1), **NEAR)
    coarse = rotary.bfloat16()(rows.float(), 1000)  # angles stay exact whatever the model's type
    torch.testing.assert_close(coarse, rotary(rows, 1000).float())


def test_swiglu_has_as_many_weights_as_a_plain_network_of_four_thirds():
    assert count_parameters(SwiGLU(48, 128)) == 48 * 4 * 48 * 2
    assert GPTConfig.modern(vocab=9, context=9, d_model=48, n_heads=4, n_layers=1).hidden == 128


def test_weights_begin_as_in_gpt2():
    with seeded(0):
        model = GPT(GPTConfig(vocab=300, context=64, d_model=64, n_heads=4, n_layers=8))
    block = model.blocks[3]
    for layer, std in [(block.attention.w_q, 0.02), (block.network.first, 0.02),
                       (block.attention.w_o, 0.005), (block.network.second, 0.005)]:  # fmt: skip
        assert abs(layer.weight.std() / std - 1) < 0.05
        assert (layer.bias == 0).all()


def test_the_loss_is_the_mean_of_minus_log_probabilities():
    model, x = rough(small()), tokens(2, 5)
    logits = model(x)
    total = 0.0
    for row in range(2):
        for t in range(4):
            total -= logits[row, t].log_softmax(0)[x[row, t + 1]]
    torch.testing.assert_close(next_token_loss(model, x), total / 8, **NEAR)


def test_vit_is_torchs_encoder_behind_a_convolution():
    model = rough(ViT(image=8, patch=4, channels=3, n_classes=5, d_model=16, n_heads=2))
    images = torch.randn(2, 3, 8, 8, dtype=torch.float64, generator=torch.manual_seed(0))
    kernel = model.embedding.weight.reshape(16, 3, 4, 4)
    cells = F.conv2d(images, kernel, model.embedding.bias, stride=4).flatten(2).transpose(1, 2)
    h = torch.cat([model.class_token.expand(2, 1, 16), cells], dim=1) + model.places
    for layer in torch_stack(model.blocks, F.gelu):
        h = layer(h)
    h = F.layer_norm(h[:, 0], (16,), model.norm.gain, model.norm.bias)
    want = F.linear(h, model.head.weight, model.head.bias)
    torch.testing.assert_close(model(images), want, **NEAR)


def test_vit_without_positions_does_not_see_the_order_of_patches():
    model = rough(ViT(image=8, patch=2, d_model=16, n_heads=2))
    images = torch.randn(1, 1, 8, 8, dtype=torch.float64, generator=torch.manual_seed(0))
    swapped = images.roll(4, dims=3)
    assert not torch.allclose(model(images), model(swapped))
    with torch.no_grad():
        model.places.zero_()
    torch.testing.assert_close(model(images), model(swapped), **NEAR)


def test_vit_base_has_the_size_of_the_paper():
    with torch.device("meta"):
        model = ViT(image=224, patch=16, channels=3, n_classes=1000,
                    d_model=768, n_heads=12, n_layers=12)  # fmt: skip
    assert count_parameters(model) == 86_567_656


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="tokens must be at most 12; got 13"):
        small()(tokens(1, 13))
    with pytest.raises(ValueError, match=r"tokens must have shape \(B, T\)"):
        small()(tokens(4))
    with pytest.raises(ValueError, match="norm must be one of"):
        small(norm="batch")
    with pytest.raises(ValueError, match="n_layers must be at least 1; got 0"):
        GPTConfig(vocab=2, context=2, d_model=2, n_heads=1, n_layers=0)
    with pytest.raises(ValueError, match="length of tokens must be at least 2; got 1"):
        next_token_loss(small(), tokens(2, 1))
    with pytest.raises(ValueError, match="d_model must be even"):
        Rotary(3)
    with pytest.raises(ValueError, match=r"heads must have shape \(..., L, 4\); got \(2, 6\)"):
        Rotary(4)(torch.zeros(2, 6))
    with pytest.raises(ValueError, match="patch must divide image=8; got 3"):
        ViT(image=8, patch=3)
    with pytest.raises(ValueError, match="size must divide 8 and 6; got 4"):
        image_patches(torch.zeros(1, 1, 8, 6), 4)
    with pytest.raises(ValueError, match=r"images must have shape \(B, 1, 8, 8\)"):
        ViT(image=8, patch=2)(torch.zeros(1, 8, 8))
