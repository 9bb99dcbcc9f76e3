"""Oracles: expectations by enumeration of every place; torch's autograd of the exact mean."""

import numpy as np
import pytest
import torch

from udlbook.sequence import RunningBaseline, hard_attend, score_function_loss


def setting():
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(5, dtype=torch.float64, generator=generator).requires_grad_()
    values = torch.randn(5, 3, dtype=torch.float64, generator=generator).requires_grad_()
    return logits, values


def reward_of(seen):
    return (seen**2).sum(dim=-1).sin() + 2  # any function of what was seen


def estimates(baseline):
    """Every gradient that a draw can give, with its probability."""
    logits, values = setting()
    p = logits.softmax(dim=0)
    found = []
    for place in range(5):
        reward, log_prob = reward_of(values[place][None]), p[place].log()[None]
        loss = score_function_loss(reward, log_prob, baseline)
        found.append(torch.autograd.grad(-loss, (logits, values), retain_graph=True))
    return p.detach(), found


@pytest.mark.parametrize("baseline", [0.0, 2.3, -7.0])
def test_the_mean_of_the_estimates_is_the_gradient_of_the_mean(baseline):
    logits, values = setting()
    exact = torch.autograd.grad(
        (logits.softmax(dim=0) * reward_of(values)).sum(), (logits, values)
    )
    p, found = estimates(baseline)
    for k in range(2):
        mean = sum(p[s] * found[s][k] for s in range(5))
        torch.testing.assert_close(mean, exact[k], atol=1e-12, rtol=0)


def test_a_good_baseline_lowers_the_variance_and_not_the_mean():
    def variance(baseline):
        p, found = estimates(baseline)
        g = torch.stack([f[0] for f in found])
        mean = (p[:, None] * g).sum(dim=0)
        return float((p[:, None] * (g - mean) ** 2).sum())

    logits, values = setting()
    mean_reward = float((logits.softmax(dim=0) * reward_of(values)).sum().detach())
    assert variance(mean_reward) < variance(0.0) / 2


def test_draws_have_the_weights_as_frequencies_and_bring_their_value():
    p = torch.tensor([0.1, 0.6, 0.3, 0.0]).double().expand(20_000, 4)
    values = torch.arange(4.0).double()[None, :, None].expand(20_000, 4, 2)
    seen, place, log_prob = hard_attend(p, values, generator=torch.Generator().manual_seed(0))
    counts = np.bincount(place, minlength=4) / 20_000
    np.testing.assert_allclose(counts, [0.1, 0.6, 0.3, 0], atol=0.015)
    assert torch.equal(seen[:, 1], place.double())
    torch.testing.assert_close(log_prob, p[0][place].log())


def test_the_generator_alone_says_what_is_drawn():
    p, values = torch.full((500, 4), 0.25), torch.zeros(500, 4, 1)
    one, again, other = (
        hard_attend(p, values, generator=torch.Generator().manual_seed(seed))[1]
        for seed in (0, 0, 1)
    )
    assert torch.equal(one, again) and not torch.equal(one, other)


def test_the_baseline_forgets_exponentially():
    baseline = RunningBaseline(0.9)
    baseline.update(torch.tensor([1.0, 3.0]))
    assert baseline.value == pytest.approx(2.0)
    baseline.update(torch.tensor([12.0]))
    assert baseline.value == pytest.approx(0.9 * 2 + 0.1 * 12)


def test_bad_input_is_named():
    with pytest.raises(ValueError, match=r"values must have shape \(2, 3, D\); got \(2, 4, 1\)"):
        hard_attend(torch.ones(2, 3), torch.ones(2, 4, 1))
    with pytest.raises(ValueError, match=r"log_prob must have shape \(3,\); got \(2,\)"):
        score_function_loss(torch.ones(3), torch.ones(2))
    with pytest.raises(ValueError, match="decay must be between 0 and 1; got 2"):
        RunningBaseline(2)
