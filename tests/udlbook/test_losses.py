"""Oracles: scipy.stats log densities; torch losses and autograd; our autodiff; dense grids."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, special, stats

import udlbook.autodiff as ad
from udlbook.losses import (
    BernoulliLoss,
    CategoricalLoss,
    ConcentrationLoss,
    GaussianLoss,
    HeteroscedasticLoss,
    MixtureDensityLoss,
    MultivariateGaussianLoss,
    PoissonLoss,
    VonMisesLoss,
    softplus,
)

RNG = np.random.default_rng(0)
B = 40
REAL, ANGLE = RNG.normal(size=B) * 3, RNG.uniform(-7, 7, B)
PAIR, TRIPLE = RNG.normal(size=(B, 2)), 3 * RNG.normal(size=(B, 9))
ROWS, TARGETS = RNG.normal(size=(B, 4)), RNG.normal(size=(B, 4))
BITS, CLASSES, COUNTS = RNG.integers(0, 2, B), RNG.integers(0, 4, B), RNG.poisson(4, B)
SIGMAS = np.array([0.1, 1, 2, 30])


def mixture(outputs, y):
    logits, mu, log_var = np.split(outputs, 3, 1)
    parts = stats.norm.logpdf(y[:, None], mu, np.exp(log_var / 2))
    return special.logsumexp(parts + special.log_softmax(logits, 1), 1)


# name: (loss, outputs, y, scipy's log density of each example)
CASES = {
    "gaussian": (
        GaussianLoss(0.3), REAL, REAL[::-1], lambda o, y: stats.norm.logpdf(y, o, 0.3)),
    "heteroscedastic": (
        HeteroscedasticLoss(), 4 * PAIR, REAL,
        lambda o, y: stats.norm.logpdf(y, o[:, 0], np.exp(o[:, 1] / 2))),
    "multivariate gaussian, one sigma": (
        MultivariateGaussianLoss(2.0), ROWS, TARGETS,
        lambda o, y: stats.norm.logpdf(y, o, 2).sum(1)),
    "multivariate gaussian": (
        MultivariateGaussianLoss(SIGMAS), ROWS, TARGETS,
        lambda o, y: np.array([
            stats.multivariate_normal(m, np.diag(SIGMAS**2)).logpdf(v)
            for m, v in zip(o, y, strict=True)])),
    "bernoulli": (
        BernoulliLoss(), REAL, BITS,
        lambda o, y: stats.bernoulli.logpmf(y, special.expit(o))),
    "categorical": (
        CategoricalLoss(), 10 * ROWS, CLASSES,
        lambda o, y: special.log_softmax(o, 1)[np.arange(B), y]),
    "poisson": (PoissonLoss(), REAL, COUNTS, lambda o, y: stats.poisson.logpmf(y, np.exp(o))),
    "von mises": (VonMisesLoss(3.0), ANGLE, REAL, lambda o, y: stats.vonmises.logpdf(y, 3, o)),
    "von mises, narrow": (
        VonMisesLoss(2e3), ANGLE, REAL, lambda o, y: stats.vonmises.logpdf(y, 2e3, o)),
    "concentration": (
        ConcentrationLoss(), 3 * PAIR, ANGLE,
        lambda o, y: stats.vonmises.logpdf(y, np.exp(o[:, 1]), o[:, 0])),
    "mixture density": (MixtureDensityLoss(3), TRIPLE, REAL, mixture),
}  # fmt: skip
SMOOTHED = {
    "smoothed bernoulli": (BernoulliLoss(0.2), REAL, BITS, None),
    "smoothed categorical": (CategoricalLoss(0.2), ROWS, CLASSES, None),
}
EVERY = {**CASES, **SMOOTHED}


@pytest.mark.parametrize("name", CASES)
def test_value_is_minus_the_log_density_with_its_constants(name):
    loss, outputs, y, log_density = CASES[name]
    want = -log_density(outputs, y)
    np.testing.assert_allclose(loss.per_example(outputs, y), want, rtol=1e-10, atol=1e-10)
    assert loss.value(outputs, y) == pytest.approx(want.mean(), rel=1e-10)


@pytest.mark.parametrize("name", CASES)
def test_the_distribution_has_the_same_density(name):
    loss, outputs, y, log_density = CASES[name]
    d = loss.distribution(outputs)
    if isinstance(d, list):
        got = [each.log_prob(v) for each, v in zip(d, y, strict=True)]
    else:
        got = d.log_prob(y)
    np.testing.assert_allclose(got, log_density(outputs, y), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", EVERY)
def test_gradient_by_hand_is_autodiffs_and_that_of_differences(name):
    loss, outputs, y, _ = EVERY[name]
    before = outputs.copy()
    got = loss.gradient(outputs, y)
    np.testing.assert_array_equal(outputs, before)
    tensor = ad.Tensor(outputs, requires_grad=True)
    value = loss.value(tensor, y)
    value.backward()
    np.testing.assert_allclose(got, tensor.grad, rtol=1e-9, atol=1e-12)
    assert value.item() == pytest.approx(loss.value(outputs, y), rel=1e-12)
    both = loss.value_and_gradient(outputs, y)
    assert both[0] == pytest.approx(loss.value(outputs, y), rel=1e-12)
    np.testing.assert_array_equal(both[1], got)
    for seed in range(3):  # central differences along a random direction
        v = np.random.default_rng(seed).normal(size=outputs.shape)
        h = 1e-6
        up, down = loss.value(outputs + h * v, y), loss.value(outputs - h * v, y)
        scale = np.abs(got * v).sum()
        assert (up - down) / (2 * h) == pytest.approx(np.sum(got * v), abs=1e-6 * scale + 1e-8)


@pytest.mark.parametrize("name", EVERY)
def test_second_derivatives_are_those_of_differences(name):
    loss, outputs, y, _ = EVERY[name]
    outputs = 0.3 * outputs[:6]
    ad.check_gradients(
        lambda o: loss.per_example(o, y[:6]), outputs, order=2, rtol=1e-4, atol=1e-5
    )


# ---------------------------------------------------------------------------------------- torch


def double(x):
    return torch.tensor(np.ascontiguousarray(x), dtype=torch.float64, requires_grad=True)


TORCH = {
    "gaussian": lambda o, y: F.gaussian_nll_loss(o, y, 0.09 * torch.ones_like(o), full=True),
    "heteroscedastic": lambda o, y: F.gaussian_nll_loss(
        o[:, 0], y, o[:, 1].exp(), full=True, eps=1e-300),
    "multivariate gaussian": lambda o, y: 4 * F.gaussian_nll_loss(
        o, y, torch.tensor(SIGMAS**2).expand_as(o), full=True),
    "bernoulli": F.binary_cross_entropy_with_logits,
    "smoothed bernoulli": lambda o, y: F.binary_cross_entropy_with_logits(o, 0.8 * y + 0.1),
    "categorical": lambda o, y: F.cross_entropy(o, y.long()),
    "smoothed categorical": lambda o, y: F.cross_entropy(o, y.long(), label_smoothing=0.2),
    # torch's full=True has Stirling's approximation of log y!; the exact term is added instead
    "poisson": lambda o, y: F.poisson_nll_loss(o, y) + torch.lgamma(y + 1).mean(),
    "von mises": lambda o, y: (
        -torch.distributions.VonMises(o, torch.tensor(3.0)).log_prob(y).mean()),
    "mixture density": lambda o, y: -torch.distributions.MixtureSameFamily(
        torch.distributions.Categorical(logits=o[:, :3]),
        torch.distributions.Normal(o[:, 3:6], (o[:, 6:] / 2).exp())).log_prob(y).mean(),
}  # fmt: skip


@pytest.mark.parametrize("name", TORCH)
def test_value_and_gradient_are_torchs(name):
    loss, outputs, y, _ = EVERY[name]
    tensor = double(outputs)
    value = TORCH[name](tensor, torch.tensor(np.array(y, float)))
    value.backward()
    digits = 1e-6 if name == "von mises" else 1e-10  # torch's Bessel function has 7 digits
    assert loss.value(outputs, y) == pytest.approx(value.item(), rel=digits)
    np.testing.assert_allclose(
        loss.gradient(outputs, y), tensor.grad.numpy(), rtol=max(digits, 1e-9), atol=1e-12
    )


# ------------------------------------------------------------------------------------ stability


def test_logits_of_ten_thousand_are_harmless():
    big = np.array([1e4, 1e4, -1e4, -1e4])
    np.testing.assert_array_equal(BernoulliLoss().per_example(big, [1, 0, 1, 0]), [0, 1e4, 1e4, 0])
    np.testing.assert_array_equal(BernoulliLoss().gradient(big, [1, 0, 1, 0]), [0, 0.25, -0.25, 0])
    rows = np.array([[1e4, -1e4, 0], [-1e4, 1e4, 1e4]])
    got = CategoricalLoss().per_example(rows, [1, 2])
    np.testing.assert_allclose(got, [2e4, np.log(2)], rtol=1e-14)
    want = np.array([[1, -1, 0], [0, 0.5, -0.5]]) / 2
    np.testing.assert_array_equal(CategoricalLoss().gradient(rows, [1, 2]), want)
    outputs = np.array([[1e4, -1e4, 3.0, -5.0, 0, 0]])  # all weight on the component at 3
    loss = MixtureDensityLoss(2)
    assert loss.value(outputs, [1.0]) == pytest.approx(-stats.norm.logpdf(1, 3, 1), rel=1e-13)
    np.testing.assert_allclose(loss.gradient(outputs, [1.0]), [[0, 0, 2, 0, -1.5, 0]], atol=1e-14)
    np.testing.assert_allclose(loss.predict(outputs), [3])
    far = loss.value(np.array([[0, 0, 0.0, 1, 0, 0]]), [1e6])  # both densities underflow
    assert far == pytest.approx(0.5 * (1e6 - 1) ** 2, rel=1e-9)
    for loss, y in ((BernoulliLoss(0.1), [1]), (PoissonLoss(), [3])):
        assert np.isfinite(loss.value([-1e4], y))
        assert np.isfinite(loss.gradient([-1e4], y)).all()


def test_small_losses_and_slopes_keep_their_digits():
    np.testing.assert_allclose(BernoulliLoss().value([40.0], [1]), np.exp(-40), rtol=1e-12)
    np.testing.assert_allclose(BernoulliLoss().gradient([40.0], [1]), [-np.exp(-40)], rtol=1e-12)
    np.testing.assert_allclose(softplus(np.array([-700.0])), np.exp([-700.0]), rtol=1e-12)
    outputs = np.array([[0.3, 30.0]])  # kappa = e^30: the loss is that of a normal
    y = np.array([0.3 + 2e-7])
    normal = -stats.norm.logpdf(y, 0.3, np.exp(-15))
    assert ConcentrationLoss().per_example(outputs, y) == pytest.approx(normal, rel=1e-8)
    slope = 0.5 * np.exp(30) * (y - 0.3) ** 2 - 0.5
    assert ConcentrationLoss().gradient(outputs, y)[0, 1] == pytest.approx(slope[0], rel=1e-6)


# ----------------------------------------------------------------------------------- prediction


@pytest.mark.parametrize("name", ["gaussian", "heteroscedastic", "von mises", "concentration"])
def test_prediction_is_where_the_density_is_highest(name):
    loss, outputs, _, _ = CASES[name]
    y = loss.predict(outputs)
    assert y.shape == (B,)
    best = loss.per_example(outputs, y)
    for step in (-0.01, 0.01, 1.0):
        assert np.all(loss.per_example(outputs, y + step) > best)
    if name in ("von mises", "concentration"):
        assert np.all((y >= -np.pi) & (y <= np.pi))


@pytest.mark.parametrize(
    ("name", "answers"), [("bernoulli", 2), ("categorical", 4), ("poisson", 3000)]
)
def test_prediction_is_the_most_probable_of_all_answers(name, answers):
    loss, outputs, _, log_density = CASES[name]
    table = [log_density(outputs, np.full(B, k)) for k in range(answers)]
    np.testing.assert_array_equal(loss.predict(outputs), np.argmax(table, 0))


def test_a_mixture_predicts_its_highest_mode():
    loss = MixtureDensityLoss(3)
    rng = np.random.default_rng(3)
    outputs = rng.normal(size=(30, 9)) * [1, 1, 1, 2, 2, 2, 1, 1, 1]
    got = loss.predict(outputs)
    assert got.shape == (30,)
    for row, y in zip(outputs, got, strict=True):
        sigma = np.exp(row[6:] / 2)
        near = np.linspace(row[3:6].min(), row[3:6].max(), 20_001)
        density = stats.norm.pdf(near[:, None], row[3:6], sigma) @ special.softmax(row[:3])
        start = near[density.argmax()]
        step = near[1] - near[0]
        best = optimize.minimize_scalar(
            lambda t, row=row, sigma=sigma: (
                -stats.norm.pdf(t, row[3:6], sigma) @ special.softmax(row[:3])
            ),
            bounds=(start - step, start + step),
            method="bounded",
            options={"xatol": 1e-9},
        )
        assert y == pytest.approx(best.x, abs=1e-5)


def test_a_mixture_prefers_the_narrow_to_the_heavy():
    """A third of the weight at half the width is lower; at a tenth it is the higher mode."""
    log_var = 2 * np.log([[0.5, 1], [0.1, 1]])
    outputs = np.hstack([np.log([[1, 3]] * 2), [[-4, 4]] * 2, log_var])
    np.testing.assert_allclose(MixtureDensityLoss(2).predict(outputs), [4, -4], atol=1e-6)


# --------------------------------------------------------------------------- laws and refusals


@settings(deadline=None, max_examples=25)
@given(st.integers(2, 8), st.floats(0, 1), st.integers(0, 999))
def test_smoothed_labels_are_cross_entropies_with_a_mixed_target(classes, smoothing, seed):
    rng = np.random.default_rng(seed)
    logits, y = 5 * rng.normal(size=(6, classes)), rng.integers(0, classes, 6)
    target = (1 - smoothing) * np.eye(classes)[y] + smoothing / classes
    want = -(target * special.log_softmax(logits, 1)).sum(1)
    got = CategoricalLoss(smoothing)
    np.testing.assert_allclose(got.per_example(logits, y), want, rtol=1e-10, atol=1e-12)
    value, slope = got.value_and_gradient(logits, y)
    assert value == pytest.approx(want.mean(), rel=1e-10)
    np.testing.assert_allclose(slope * 6, special.softmax(logits, 1) - target, atol=1e-12)
    if classes == 2:  # two classes and one logit say the same
        binary = BernoulliLoss(smoothing).per_example(logits[:, 1] - logits[:, 0], y)
        np.testing.assert_allclose(binary, want, rtol=1e-9, atol=1e-12)


def test_a_turn_changes_no_direction():
    loss, outputs, y, _ = CASES["concentration"]
    turned = loss.per_example(outputs + np.array([2 * np.pi, 0]), y - 4 * np.pi)
    np.testing.assert_allclose(turned, loss.per_example(outputs, y), rtol=1e-9)


def test_types_and_lists_are_taken_as_they_come():
    assert CategoricalLoss().gradient(ROWS.astype(np.float32), CLASSES).dtype == np.float32
    assert GaussianLoss().value([0, 1], [1, 1]) == pytest.approx(0.25 + 0.5 * np.log(2 * np.pi))
    assert BernoulliLoss().predict([-1, 0, 1]).tolist() == [0, 0, 1]
    tensor = ad.Tensor(REAL, requires_grad=True)
    np.testing.assert_array_equal(GaussianLoss().gradient(tensor, ad.Tensor(REAL)), np.zeros(B))
    assert isinstance(GaussianLoss().value(tensor, REAL), ad.Tensor)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: GaussianLoss(-1.0), r"sigma must be positive; got -1\.0"),
        (lambda: MultivariateGaussianLoss([1, 0]), r"sigma must be positive; got \[1, 0\]"),
        (lambda: VonMisesLoss(0), "kappa must be positive; got 0"),
        (lambda: MixtureDensityLoss(0), "components must be at least 1; got 0"),
        (lambda: CategoricalLoss(1.5), r"smoothing must be between 0 and 1; got 1\.5"),
        (lambda: BernoulliLoss(-0.1), r"smoothing must be between 0 and 1; got -0\.1"),
        (
            lambda: GaussianLoss().value(np.zeros((3, 1)), np.zeros(3)),
            r"outputs must have shape \(B,\); got \(3, 1\)",
        ),
        (
            lambda: GaussianLoss().value(np.zeros(3), np.zeros((3, 1))),
            r"y must have shape \(B=3,\); got \(3, 1\)",
        ),
        (
            lambda: GaussianLoss().gradient([], []),
            r"outputs must hold an example; got shape \(0,\)",
        ),
        (lambda: GaussianLoss().value([0.0], [np.nan]), "y must be finite; got nan"),
        (
            lambda: HeteroscedasticLoss().predict(np.zeros((3, 3))),
            r"outputs must have shape \(B, 2\); got \(3, 3\)",
        ),
        (
            lambda: MultivariateGaussianLoss([1, 2]).value(np.zeros((3, 3)), np.zeros((3, 3))),
            r"outputs must have shape \(B, 2\); got \(3, 3\)",
        ),
        (
            lambda: MultivariateGaussianLoss().value(np.zeros((3, 2)), np.zeros((3, 1))),
            r"y must have shape \(B=3, D=2\); got \(3, 1\)",
        ),
        (lambda: BernoulliLoss().value([0.0, 1.0], [0, 2]), "y must be 0 or 1; got 2"),
        (lambda: CategoricalLoss().value(ROWS, CLASSES + 1), "a class from 0 to 3; got 4"),
        (lambda: CategoricalLoss().value(ROWS, CLASSES - 4), "a class from 0 to 3; got -"),
        (
            lambda: CategoricalLoss().value(ROWS, CLASSES / 2),
            "y must be whole numbers, .* float64",
        ),
        (lambda: PoissonLoss().value([0.0], [-1]), "a whole number of at least 0; got -1"),
        (lambda: PoissonLoss().value([0.0], [0.5]), r"a whole number of at least 0; got 0\.5"),
        (
            lambda: MixtureDensityLoss(2).value(np.zeros((1, 5)), [0.0]),
            r"outputs must have shape \(B, 6\); got \(1, 5\)",
        ),
    ],
)
def test_what_does_not_fit_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
