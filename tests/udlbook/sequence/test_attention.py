"""Oracles: the papers' formulas in NumPy loops over single numbers; torch's fused attention."""

import numpy as np
import pytest
import torch

from udlbook.data import BOS, EOS, PAD, string_task
from udlbook.layers import scaled_dot_product
from udlbook.seeding import seeded
from udlbook.sequence import (
    SCORES,
    AttentiveSeq2Seq,
    PredictedCentre,
    attend,
    local_attend,
    make_score,
    masked_softmax,
    window,
)


def array(tensor):
    return tensor.detach().numpy()


def close(got, want):
    np.testing.assert_allclose(array(got), want, rtol=1e-10, atol=1e-10)


def draw(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, dtype=torch.float64, generator=generator)


def one_score(name, score, q, k, place):
    """The score of one query and one key, from the papers' formulas."""
    w = {key: array(p) for key, p in score.named_parameters()}
    if name == "dot":
        return sum(a * b for a, b in zip(q, k, strict=True))
    if name == "general":
        return float(q @ (w["w.weight"] @ k))
    if name == "location":
        return float(w["w.weight"][place] @ q)
    if name == "additive":
        return float(w["v.weight"][0] @ np.tanh(w["w.weight"] @ q + w["u.weight"] @ k))
    return float(w["v.weight"][0] @ np.tanh(w["w.weight"] @ np.concatenate([q, k])))


@pytest.mark.parametrize("name", SCORES)
def test_a_score_is_its_formula(name):
    d_key = 3 if name == "dot" else 4
    with seeded(1):
        score = make_score(name, 3, d_key, d_score=5, longest=7).double()
    query, keys = draw(2, 3, 3), draw(2, 6, d_key, seed=1)
    want = [
        [
            [one_score(name, score, array(query[b, i]), array(keys[b, j]), j) for j in range(6)]
            for i in range(3)
        ]
        for b in range(2)
    ]
    close(score(query, keys), want)


def test_concat_is_additive_with_two_matrices_side_by_side():
    with seeded(0):
        additive = make_score("additive", 3, 4, d_score=5).double()
        concat = make_score("concat", 3, 4, d_score=5).double()
    with torch.no_grad():
        concat.w.weight.copy_(torch.cat([additive.w.weight, additive.u.weight], dim=1))
        concat.v.weight.copy_(additive.v.weight)
    query, keys = draw(2, 3, 3), draw(2, 6, 4, seed=1)
    close(concat(query, keys), array(additive(query, keys)))


def test_dot_attention_is_torchs_with_its_scale_taken_back_and_so_is_its_gradient():
    q, k, v = (draw(2, n, 4, seed=n).requires_grad_() for n in (3, 6, 6))
    keep = torch.tensor([[True] * 6, [True] * 4 + [False] * 2])[:, None]
    got = attend(make_score("dot", 4, 4)(q, k), v, keep)[0]
    want = torch.nn.functional.scaled_dot_product_attention(q, k, v, keep, scale=1.0)
    close(got, array(want))
    there = draw(2, 3, 4, seed=9)
    for a, b in zip(
        torch.autograd.grad((got * there).sum(), (q, k, v)),
        torch.autograd.grad((want * there).sum(), (q, k, v)),
        strict=True,
    ):
        close(a, array(b))
    close(attend(q @ k.mT / 2, v)[0], array(scaled_dot_product(q, k, v)[0]))


def test_masked_softmax_gives_nothing_to_the_hidden_and_survives_an_empty_row():
    scores = torch.tensor([[1.0, 700.0, 2.0], [5.0, 5.0, 5.0]]).double().requires_grad_()
    keep = torch.tensor([[True, False, True], [False, False, False]])
    weights = masked_softmax(scores, keep)
    e = np.exp([1.0, 2.0])
    close(weights, [[e[0] / e.sum(), 0, e[1] / e.sum()], [0, 0, 0]])
    slope = torch.autograd.grad(weights[:, 0].sum(), scores)[0]
    assert slope.isfinite().all() and (slope[1] == 0).all() and slope[0, 1] == 0


@pytest.mark.parametrize("gaussian", [False, True])
def test_local_attention_is_a_loop_over_the_window(gaussian):
    scores, values = draw(2, 3, 8), draw(2, 8, 4, seed=1)
    centre = torch.tensor([[0.0, 3.3, 7.0], [1.5, 2.0, 6.9]]).double()
    keep = torch.arange(8) < torch.tensor([8, 7])[:, None, None]
    context, weights = local_attend(scores, values, centre, 2, keep, gaussian=gaussian)
    want = np.zeros((2, 3, 8))
    for b in range(2):
        for i in range(3):
            p, total = float(centre[b, i]), 0.0
            for s in range(8):
                if p - 2 <= s <= p + 2 and bool(keep[b, 0, s]):
                    want[b, i, s] = np.exp(float(scores[b, i, s]))
                    total += want[b, i, s]
            want[b, i] /= total
            if gaussian:
                want[b, i] *= np.exp(-((np.arange(8) - p) ** 2) / (2 * (2 / 2) ** 2))
    close(weights, want)
    close(context, np.einsum("bls,bsd->bld", want, array(values)))


def test_only_the_gaussian_lets_the_centre_learn():
    scores, values = draw(1, 1, 6), draw(1, 6, 2, seed=1)
    centre = torch.tensor([[2.4]]).double().requires_grad_()

    def total(at):
        return local_attend(scores, values, at, 2, gaussian=True)[0].sum()

    (slope,) = torch.autograd.grad(total(centre), centre)
    tiny = 1e-6
    with torch.no_grad():
        want = (total(centre + tiny) - total(centre - tiny)) / (2 * tiny)
    assert abs(slope - want) < 1e-8 and abs(want) > 1e-3
    assert not local_attend(scores, values, centre, 2)[0].requires_grad


def test_predicted_centre_is_its_formula():
    with seeded(2):
        predict = PredictedCentre(3, 5).double()
    query, lengths = draw(2, 4, 3), torch.tensor([6, 2])
    for b in range(2):
        for i in range(4):
            a = array(predict.v.weight)[0] @ np.tanh(array(predict.w.weight) @ array(query[b, i]))
            want = (int(lengths[b]) - 1) / (1 + np.exp(-a))
            close(predict(query, lengths)[b, i], want)


MODELS = {
    "luong": {"score": "dot"},
    "luong fed": {"input_feeding": True, "score": "general"},
    "bahdanau": {"kind": "bahdanau", "score": "additive"},
    "none": {"kind": "none"},
    "monotonic": {"window": "monotonic", "half_width": 1},
    "predicted": {"window": "predicted", "half_width": 3, "score": "concat"},
}


def small(name, seed=0):
    with seeded(seed):
        return AttentiveSeq2Seq(9, 6, dim=3, **MODELS[name]).double()


def strings(n=3, seed=0):
    rng = np.random.default_rng(seed)
    return map(torch.from_numpy, string_task("copy", n, (2, 5), 6, rng=rng))


def np_gru(cell, x, h):
    """The paper's equations of a gated recurrent unit, for one example."""
    wi, wh, bi, bh = (array(p) for p in cell.parameters())
    (ar, az, an), (ur, uz, un) = np.split(wi @ x + bi, 3), np.split(wh @ h + bh, 3)
    r, z = 1 / (1 + np.exp(-ar - ur)), 1 / (1 + np.exp(-az - uz))
    return (1 - z) * np.tanh(an + r * un) + z * h


def np_decoder(model, source, told):
    """The whole model for one example, step by step: logits and weights."""
    e = array(model.embedding.weight)
    source = [t for t in source if t != PAD]
    half = model.hidden // 2
    runs = []
    for cell, order in zip(model.encoder.cells, (1, -1), strict=True):
        h, states = np.zeros(half), []
        for token in source[::order]:
            h = np_gru(cell, e[token], h)
            states.append(h)
        runs.append((states[::order], h))
    keys = np.hstack([np.stack(runs[0][0]), np.stack(runs[1][0])])
    summary = np.concatenate([runs[0][1], runs[1][1]])

    def linear(layer, x):
        return array(layer.weight) @ x + array(layer.bias)

    def weigh(query, step):
        name = type(model.score).__name__[:-5].lower()
        scores = np.array([one_score(name, model.score, query, k, j) for j, k in enumerate(keys)])
        place, gauss = np.arange(len(keys)), 1.0
        if model.window == "monotonic":
            scores[abs(place - min(step, len(keys) - 1)) > model.half_width] = -np.inf
        if model.window == "predicted":
            hidden = np.tanh(array(model.centre.w.weight) @ query)
            a = float(array(model.centre.v.weight)[0] @ hidden)
            p = (len(keys) - 1) / (1 + np.exp(-a))
            scores[abs(place - p) > model.half_width] = -np.inf
            gauss = np.exp(-2 * (place - p) ** 2 / model.half_width**2)
        e = np.exp(scores - scores.max())
        return e / e.sum() * gauss

    s, fed, out = np.tanh(linear(model.bridge, summary)), np.zeros(model.hidden), []
    for step, token in enumerate([BOS, *told[:-1]]):
        x, weights = e[token], np.zeros(len(keys))
        if model.kind == "none":
            c = summary
            s = np_gru(model.decoder, np.concatenate([x, c]), s)
        elif model.kind == "bahdanau":
            weights = weigh(s, step)
            c = weights @ keys
            s = np_gru(model.decoder, np.concatenate([x, c]), s)
        else:
            s = np_gru(model.decoder, np.concatenate([x, fed]) if model.input_feeding else x, s)
            weights = weigh(s, step)
            c = weights @ keys
        fed = np.tanh(linear(model.w_c, np.concatenate([c, s])))
        out.append((linear(model.out, fed), weights))
    return out


@pytest.mark.parametrize("name", MODELS)
def test_the_model_is_the_papers_equations_one_example_at_a_time(name):
    model = small(name)
    source, target = strings()
    logits, weights = model.align(source, target)
    for b in range(len(source)):
        n = int((source[b] != PAD).sum())
        steps = np_decoder(model, source[b].tolist(), target[b].tolist())
        for t, (want, looks) in enumerate(steps):
            close(logits[b, t], want)
            close(weights[b, t, :n], looks)
            assert (weights[b, t, n:] == 0).all()


@pytest.mark.parametrize("name", MODELS)
def test_greedy_writes_what_teacher_forcing_on_its_own_words_says(name):
    model = small(name, seed=3)
    source, _ = strings(seed=1)
    said = model.greedy(source, 6)
    again = model(source, said).argmax(dim=2)
    over = (said == EOS).cumsum(dim=1) - (said == EOS).int() > 0
    assert torch.equal(said, again.masked_fill(over, PAD))
    assert (said[over] == PAD).all()


@pytest.mark.parametrize("name", MODELS)
def test_token_by_token_or_at_once_is_the_same(name):
    model = small(name)
    source, target = strings()
    memory, state = model.encode(source)
    want = model.decode(target, memory, state)[:2]
    parts = []
    for token in target.split(1, dim=1):
        *said, state = model.decode(token, memory, state)
        parts.append(said)
    for got, whole in zip(zip(*parts, strict=True), want, strict=True):
        close(torch.cat(got, dim=1), array(whole))


def test_padding_changes_nothing_and_the_loss_is_the_mean_over_tokens():
    model = small("predicted")
    source, target = strings()
    source, target = source[:1, :], target[:1]
    n = int((source != PAD).sum())
    want = model(source[:, :n], target)
    close(model(source, target), array(want))
    log_p = array(want.log_softmax(dim=2))[0]
    picks = [log_p[t, k] for t, k in enumerate(target[0].tolist()) if k != PAD]
    assert abs(float(model.loss(source, target).detach()) + np.mean(picks)) < 1e-12


def test_bad_input_is_named():
    with pytest.raises(ValueError, match=r"dot needs queries as wide as keys; got 3 and 4"):
        make_score("dot", 3, 4)
    with pytest.raises(ValueError, match=r"score must be one of .*; got 'cosine'"):
        make_score("cosine", 3, 3)
    with pytest.raises(ValueError, match=r"keys must have shape \(2, S, 3\); got \(1, 5, 3\)"):
        make_score("dot", 3, 3)(draw(2, 1, 3), draw(1, 5, 3))
    with pytest.raises(ValueError, match="number of keys must be between 1 and 4; got 5"):
        make_score("location", 3, 3, longest=4)(draw(1, 1, 3), draw(1, 5, 3))
    with pytest.raises(ValueError, match=r"keep must broadcast to \(2, 3, 4\); got \(5,\)"):
        masked_softmax(draw(2, 3, 4), torch.ones(5, dtype=torch.bool))
    with pytest.raises(ValueError, match=r"keep must be a boolean mask; got torch.float32"):
        masked_softmax(draw(2, 3), torch.ones(2, 3))
    with pytest.raises(ValueError, match=r"values must have shape \(2, 4, D\); got \(2, 5, 1\)"):
        attend(draw(2, 3, 4), draw(2, 5, 1))
    with pytest.raises(ValueError, match="half_width must be at least 0; got -1"):
        window(torch.zeros(1, 1), 3, -1)
    with pytest.raises(ValueError, match="half_width must be positive for a Gaussian; got 0"):
        local_attend(draw(1, 1, 3), draw(1, 3, 1), torch.zeros(1, 1), 0, gaussian=True)
    with pytest.raises(ValueError, match="hidden must be even and positive; got 5"):
        AttentiveSeq2Seq(9, 5)
    with pytest.raises(ValueError, match="input_feeding must come with kind 'luong'; got 'none'"):
        AttentiveSeq2Seq(9, 6, kind="none", input_feeding=True)
