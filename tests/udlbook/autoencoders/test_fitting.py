"""Oracles: a loop written out with torch.optim; a recursion over its weights."""

import copy

import pytest
import torch

from udlbook.autoencoders import VAE, Code, elbo_terms, fit_vae
from udlbook.seeding import seeded
from udlbook.training import Batches


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def start(condition=0):
    with seeded(0):
        return VAE(6, 2, (8,), condition=condition).double()


def data(n=40):
    heads = torch.randint(2, (n, 2), generator=rng(1)).double()
    return heads.repeat_interleave(3, dim=1)  # two bits, three times each


@pytest.mark.parametrize("flip", [0.0, 0.2])
def test_the_average_is_that_of_a_loop_written_out(flip):
    x, model, other = data(), start(), start()
    got = fit_vae(
        model, x, steps=12, lr=0.01, size=16, beta=2.0, free=0.05, warm=0.5, weight_decay=0.3,
        average=0.9, flip=flip, generator=rng(5),
    )  # fmt: skip
    g = rng(5)
    stream = Batches(x, size=16, generator=g)
    adam = torch.optim.AdamW(other.parameters(), lr=0.01, weight_decay=0.3)
    mean = copy.deepcopy(list(other.parameters()))
    for step in range(12):
        (xb,) = next(stream)
        seen = xb
        if flip:
            turned = torch.bernoulli(torch.full_like(xb, flip), generator=g)
            seen = torch.where(turned == 1, 1 - xb, xb)
        mu, log_var = other.encoder(seen).chunk(2, dim=1)
        z = Code(mu, log_var).sample(generator=g)
        p = other.decoder(z).sigmoid()
        fit_term = (xb * p.log() + (1 - xb) * (1 - p).log()).sum(1).mean()
        kl = 0.5 * (mu**2 + log_var.exp() - 1 - log_var).mean(0)
        loss = 2.0 * min(1.0, step / 6) * torch.clamp(kl, min=0.05).sum() - fit_term
        adam.zero_grad()
        loss.backward()
        adam.step()
        with torch.no_grad():
            mean = [0.9 * a + 0.1 * b for a, b in zip(mean, other.parameters(), strict=True)]
    for a, b, c in zip(got.parameters(), mean, model.parameters(), strict=True):
        torch.testing.assert_close(a, b.detach())
        assert not torch.allclose(a, c)


def test_an_encoder_that_sees_noise_alone_says_nothing():
    x = data(200)
    kl = {}
    for flip in (0.0, 0.5):
        model = fit_vae(start(), x, steps=250, lr=0.02, average=0.9, flip=flip, generator=rng())
        kl[flip] = float(elbo_terms(model, x, generator=rng()).kl.sum(1).mean())
    assert kl[0.5] < 0.05 and kl[0.0] > 0.7  # two bits are 1.39 nats


def test_a_condition_reaches_both_networks():
    x = data(200)
    model = fit_vae(
        start(condition=2), x, x[:, ::3], steps=250, lr=0.02, average=0.9, generator=rng()
    )
    terms = elbo_terms(model, x, x[:, ::3], generator=rng())
    assert terms.elbo.mean() > -0.3  # the condition tells all; no latent is needed


def test_bad_input_is_told():
    for options, message in [
        ({"steps": 0}, "steps must be at least 1; got 0"),
        ({"steps": 1, "flip": 0.7}, "flip must be between 0 and 0.5; got 0.7"),
        ({"steps": 1, "average": 2.0}, "decay must be between 0 and 1; got 2.0"),
        ({"steps": 1, "beta": -1.0, "warm": 0.0}, "beta must be at least 0"),
    ]:
        with pytest.raises(ValueError, match=message):
            fit_vae(start(), data(), generator=rng(), **options)
