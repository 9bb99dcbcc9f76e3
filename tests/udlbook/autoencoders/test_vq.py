"""Oracles: loops over words, k-means' means, autograd of each term alone, all codes enumerated."""

import itertools
import math

import pytest
import torch

from udlbook.autoencoders import VQVAE, Codebook, CodePrior, perplexity
from udlbook.seeding import seeded


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def book(words=5, dim=3, **options):
    with seeded(0):
        return Codebook(words, dim, **options).double()


def vectors(*shape, seed=1):
    return torch.randn(*shape, dtype=torch.float64, generator=rng(seed))


def test_the_nearest_word_is_that_of_a_loop():
    codebook, z = book(), vectors(4, 2, 3)
    index = codebook.nearest(z)
    for place in itertools.product(range(4), range(2)):
        far = [float(((z[place] - e) ** 2).sum()) for e in codebook.weight.detach()]
        assert index[place] == far.index(min(far))
    codes = codebook(z)
    torch.testing.assert_close(codes.z, codebook.weight[index])
    assert torch.equal(codes.index, index)


def test_gradients_pass_straight_through_and_each_loss_pulls_one_side():
    codebook = book()
    z = vectors(6, 3).requires_grad_()
    g = vectors(6, 3, seed=2)
    codes = codebook(z)
    (codes.z * g).sum().backward()
    torch.testing.assert_close(z.grad, g)
    assert codebook.weight.grad is None or codebook.weight.grad.abs().max() == 0

    z.grad = None
    codebook.zero_grad()
    codebook(z).commitment.backward()
    words = codebook.weight[codes.index].detach()
    torch.testing.assert_close(z.grad, 2 * (z.detach() - words) / 6)
    assert codebook.weight.grad is None or codebook.weight.grad.abs().max() == 0

    z.grad = None
    codebook(z).codebook.backward()
    want = torch.zeros_like(codebook.weight)
    for i, row in zip(codes.index.tolist(), z.detach(), strict=True):
        want[i] += 2 * (codebook.weight[i].detach() - row) / 6
    torch.testing.assert_close(codebook.weight.grad, want)
    assert z.grad is None or z.grad.abs().max() == 0


def test_losses_are_mean_squared_distances():
    codebook, z = book(), vectors(4, 2, 3)
    codes = codebook(z)
    words = codebook.weight.detach()
    far = [min(float(((v - e) ** 2).sum()) for e in words) for v in z.flatten(0, 1)]
    want = torch.tensor(sum(far) / 8, dtype=torch.float64)
    torch.testing.assert_close(codes.codebook, want)
    torch.testing.assert_close(codes.commitment, want)


def test_moving_averages_follow_the_recursion_and_end_at_the_means():
    codebook = book(3, 2, decay=0.8, tiny=1e-9)
    z = vectors(30, 2)
    count, total = [1.0] * 3, codebook.weight.clone()
    for _ in range(3):
        index = codebook.nearest(z)
        codes = codebook(z)
        assert torch.equal(codes.index, index) and codes.codebook == 0
        for k in range(3):
            mine = z[index == k]
            count[k] = 0.8 * count[k] + 0.2 * len(mine)
            total[k] = 0.8 * total[k] + 0.2 * mine.sum(0)
            torch.testing.assert_close(codebook.weight[k], total[k] / count[k])
    for _ in range(200):
        codebook(z)
    index = codebook.nearest(z)
    for k in index.unique():
        torch.testing.assert_close(codebook.weight[k], z[index == k].mean(0), atol=1e-6, rtol=0)
    before = codebook.weight.clone()
    codebook.eval()(z + 1)
    assert torch.equal(codebook.weight, before) and not codebook.weight.requires_grad


def test_idle_words_move_to_vectors():
    codebook = book(4, 2, decay=0.9)
    codebook.count.copy_(torch.tensor([5.0, 0.01, 5.0, 0.02]))
    old, z = codebook.weight.clone(), vectors(9, 2)
    assert codebook.revive(z, generator=rng()) == 2
    assert torch.equal(codebook.weight[[0, 2]], old[[0, 2]])
    for k in (1, 3):
        assert (codebook.weight[k] == z).all(1).any()
        torch.testing.assert_close(codebook.total[k] / codebook.count[k], codebook.weight[k])
    assert codebook.revive(z, generator=rng()) == 0


def test_perplexity_counts_equal_words():
    assert float(perplexity(torch.tensor([3, 3, 3]), 8)) == pytest.approx(1)
    assert float(perplexity(torch.arange(8).repeat(5), 8)) == pytest.approx(8)
    p = [0.5, 0.25, 0.25]
    want = math.exp(-sum(a * math.log(a) for a in p))
    assert float(perplexity(torch.tensor([[0, 0], [1, 2]]), 3)) == pytest.approx(want)


def tiny_vqvae(decay=None):
    with seeded(1):
        return VQVAE(6, 2, 4, width=3, hidden=(5,), decay=decay).double()


def test_the_loss_is_the_sum_of_its_three_terms():
    net = tiny_vqvae()
    x = (vectors(7, 6) > 0).double()
    logits, codes = net(x)
    p = logits.sigmoid()
    pixels = -(x * p.log() + (1 - x) * (1 - p).log()).sum(1).mean()
    far = torch.stack(
        [((v - net.codebook.weight) ** 2).sum(1).min() for v in net.encode(x).flatten(0, 1)]
    ).mean()
    torch.testing.assert_close(net.loss(x, beta=0.4), pixels + 1.4 * far)
    torch.testing.assert_close(net.decode(codes.index), logits)


def test_the_encoder_gradient_is_that_of_the_decoder_at_the_words():
    net = tiny_vqvae()
    x = (vectors(7, 6) > 0).double()
    net.loss(x, beta=0.0).backward()
    got = net.encoder[-1].bias.grad.clone()
    words = net.codebook.weight[net.codebook.nearest(net.encode(x))].detach().requires_grad_()
    logits = net.decoder(words.flatten(1))
    loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, x, reduction="sum") / 7
    (slope,) = torch.autograd.grad(loss, words)
    torch.testing.assert_close(got, slope.flatten(1).sum(0))


def test_the_prior_over_codes_sums_to_one_and_looks_back_only():
    prior = CodePrior(3, 3).double()
    with torch.no_grad():
        for p in prior.parameters():
            p.copy_(torch.randn(p.shape, dtype=p.dtype, generator=rng()))
    every = torch.tensor(list(itertools.product(range(3), repeat=3)))
    p = prior.log_prob(every).exp()
    torch.testing.assert_close(p.sum(), torch.ones((), dtype=torch.float64))
    for i in range(3):
        changed = every.clone()
        changed[:, i] = (changed[:, i] + 1) % 3
        moved = (prior.logits(changed) - prior.logits(every)).abs().amax((0, 2)) > 0
        assert moved.tolist() == [j > i for j in range(3)]
    drawn = prior.sample(30_000, generator=rng(1))
    number = drawn @ torch.tensor([9, 3, 1])
    share = torch.bincount(number, minlength=27) / 30_000
    torch.testing.assert_close(share.double(), p.detach(), atol=0.012, rtol=0)


def test_bad_input_is_told():
    net = tiny_vqvae()
    for wrong, message in [
        (lambda: Codebook(1, 2), "words must be at least 2; got 1"),
        (lambda: Codebook(4, 2, decay=1.5), "decay must be between 0 and 1; got 1.5"),
        (lambda: book().nearest(vectors(2, 4)), r"z must have shape \(..., 3\); got \(2, 4\)"),
        (lambda: perplexity(torch.tensor([4]), 4), "index must hold numbers from 0 to 3; got"),
        (lambda: net.encode(vectors(2, 5)), r"x must have shape \(B, 6\); got \(2, 5\)"),
        (lambda: net.decode(torch.zeros(2, 3).long()), r"index must have shape \(B, 2\)"),
        (lambda: net.loss(torch.zeros(2, 6).double(), beta=-1), "beta must be at least 0"),
        (lambda: CodePrior(0, 3), "positions must be at least 1; got 0"),
        (lambda: CodePrior(2, 3).sample(0), "n must be at least 1; got 0"),
    ]:
        with pytest.raises(ValueError, match=message):
            wrong()
