"""Oracles: scikit-learn's Gaussian process; mpmath; a grid over weights; scipy; torch autograd."""

import mpmath
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, stats
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, DotProduct

from udlbook.classical.bayesian_linear import Belief, Evidence, prior
from udlbook.data import gabor_points, line_points

WIDTHS = [1e-6, 1e-3, 1.0, 1e3, 1e6]


def problem(n, dim, seed=0):
    """Features, targets and new features of an ordinary regression problem."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(n, dim))
    y = features @ rng.normal(size=dim) + 0.3 * rng.normal(size=n)
    return features, y, np.concatenate([features[:2], rng.normal(size=(3, dim))])


def line():
    """The line's features, and its targets."""
    x, y = line_points()
    return np.stack([np.ones_like(x), x], axis=1), y


def marginal(features, width, sigma):
    """The distribution of the targets before any is seen, from scipy."""
    n, dim = features.shape
    cov = features @ np.diag(np.broadcast_to(np.square(width), dim)) @ features.T
    return stats.multivariate_normal(np.zeros(n), cov + sigma**2 * np.eye(n))


# ------------------------------------------------------------------------------- the posterior


@pytest.mark.parametrize("form", ["weights", "examples"])
@pytest.mark.parametrize(("n", "dim"), [(12, 4), (4, 12), (7, 7), (1, 3)])
def test_predictions_are_those_of_a_gaussian_process_with_the_same_kernel(n, dim, form):
    features, y, new = problem(n, dim)
    width, sigma = 0.8, 0.3
    kernel = ConstantKernel(width**2, "fixed") * DotProduct(0.0, "fixed")
    process = GaussianProcessRegressor(kernel, alpha=sigma**2, optimizer=None).fit(features, y)
    want_mean, want_cov = process.predict(new, return_cov=True)
    belief = prior(dim, width).update(features, y, sigma, form=form)
    mean, var = belief.predict(new)
    np.testing.assert_allclose(mean, want_mean, rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(var, np.diag(want_cov), rtol=1e-8, atol=1e-11)
    np.testing.assert_allclose(new @ belief.cov @ new.T, want_cov, rtol=1e-8, atol=1e-11)
    log_evidence = prior(dim, width).log_evidence(features, y, sigma)
    assert log_evidence == pytest.approx(process.log_marginal_likelihood_value_, rel=1e-10)


def test_the_posterior_over_two_weights_is_prior_times_likelihood_on_a_grid():
    features, y = line()
    width, sigma = 1.3, 0.4
    belief = prior(2, width).update(features, y, sigma)
    axes = [
        np.linspace(m - 9 * s, m + 9 * s, 401)
        for m, s in zip(belief.mean, belief.std, strict=True)
    ]
    w = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    cell = (axes[0][1] - axes[0][0]) * (axes[1][1] - axes[1][0])
    log_joint = stats.norm.logpdf(w, 0, width).sum(-1)
    log_joint += stats.norm.logpdf(y, w @ features.T, sigma).sum(-1)
    joint = np.exp(log_joint)
    evidence = joint.sum() * cell  # the integral over all weights
    assert prior(2, width).log_evidence(features, y, sigma) == pytest.approx(np.log(evidence))
    assert Evidence(features, y).log(width, sigma) == pytest.approx(np.log(evidence))
    np.testing.assert_allclose(belief.log_prob(w), log_joint - np.log(evidence), atol=1e-9)
    mass = joint * cell / evidence
    mean = np.einsum("ij,ijd->d", mass, w)
    np.testing.assert_allclose(belief.mean, mean, rtol=1e-8)
    cov = np.einsum("ij,ijd,ije->de", mass, w - mean, w - mean)
    np.testing.assert_allclose(belief.cov, cov, rtol=1e-7)
    np.testing.assert_allclose(belief.std, np.sqrt(np.diag(cov)), rtol=1e-7)


def exact(features, y, width, sigma, new):
    """Mean and variance of the function at new inputs, and log evidence, with sixty digits."""
    with mpmath.workdps(60):
        n, dim = features.shape
        f, t, x = (mpmath.matrix(a.tolist()) for a in (features, y, new))
        s2, v = mpmath.mpf(width) ** 2, mpmath.mpf(sigma) ** 2
        cov = (f.T * f / v + mpmath.eye(dim) / s2) ** -1
        mean, spread = x * cov * f.T * t / v, x * cov * x.T
        k = s2 * f * f.T + v * mpmath.eye(n)
        log = -(mpmath.log(mpmath.det(k)) + (t.T * k**-1 * t)[0] + n * mpmath.log(2 * mpmath.pi))
        var = [float(spread[i, i]) for i in range(len(new))]
        return np.array(mean.tolist(), float)[:, 0], np.array(var), float(log / 2)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(("n", "dim"), [(8, 4), (4, 8)])
def test_ten_digits_are_right_for_priors_from_a_millionth_to_a_million(n, dim, width):
    features, y, new = problem(n, dim)
    if n > dim:
        features[1] = features[0]  # an input measured twice
    want_mean, want_var, want_log = exact(features, y, width, 0.1, new)
    mean, var = prior(dim, width).update(features, y, 0.1).predict(new)
    np.testing.assert_allclose(mean, want_mean, rtol=1e-10)
    np.testing.assert_allclose(var, want_var, rtol=1e-10)
    assert prior(dim, width).log_evidence(features, y, 0.1) == pytest.approx(want_log, rel=1e-10)
    assert Evidence(features, y).log(width, 0.1) == pytest.approx(want_log, rel=1e-10)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_form_over_examples_loses_only_the_digits_by_which_the_variance_shrinks(width):
    features, y, new = problem(5, 9)
    want_mean, want_var, _ = exact(features, y, width, 0.1, new)
    mean, var = prior(9, width).update(features, y, 0.1, form="examples").predict(new)
    np.testing.assert_allclose(mean, want_mean, rtol=1e-9, atol=1e-15 * width)
    shrinks = want_var / (width**2 * (new**2).sum(axis=1))
    assert (np.abs(var / want_var - 1) < 1e-11 + 1e-15 / shrinks).all()


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 99), st.data())
def test_examples_one_by_one_in_any_order_or_at_once_give_the_same(n, dim, seed, data):
    features, y, _ = problem(n, dim, seed)
    whole = prior(dim, 2.0).update(features, y, 0.5)
    belief, log_evidence = prior(dim, 2.0), 0.0
    for i in data.draw(st.permutations(range(n))):
        form = data.draw(st.sampled_from(["weights", "examples"]))
        log_evidence += belief.log_evidence(features[i : i + 1], y[i : i + 1], 0.5)
        belief = belief.update(features[i : i + 1], y[i : i + 1], 0.5, form=form)
    np.testing.assert_allclose(belief.mean, whole.mean, rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(belief.cov, whole.cov, rtol=1e-8, atol=1e-9)
    assert log_evidence == pytest.approx(prior(dim, 2.0).log_evidence(features, y, 0.5), rel=1e-9)


def test_each_weight_may_have_a_width_of_its_own():
    features, y, _ = problem(6, 3)
    width = np.array([0.1, 1.0, 10.0])
    belief = prior(3, width).update(features, y, 0.5)
    precision = features.T @ features / 0.25 + np.diag(width**-2.0)
    np.testing.assert_allclose(belief.cov, np.linalg.inv(precision), rtol=1e-10)
    want = np.linalg.solve(precision, features.T @ y / 0.25)
    np.testing.assert_allclose(belief.mean, want, rtol=1e-10)
    want = marginal(features, width, 0.5).logpdf(y)
    assert prior(3, width).log_evidence(features, y, 0.5) == pytest.approx(want)


def test_a_wide_prior_gives_least_squares_and_a_narrow_one_gives_nothing():
    features, y, _ = problem(20, 4)
    wide = prior(4, 1e6).update(features, y, 0.3)
    np.testing.assert_allclose(wide.mean, np.linalg.lstsq(features, y, rcond=None)[0], rtol=1e-9)
    want = 0.09 * np.linalg.inv(features.T @ features)
    np.testing.assert_allclose(wide.cov, want, rtol=1e-9)
    narrow = prior(4, 1e-6).update(features, y, 0.3)
    np.testing.assert_allclose(narrow.std, 1e-6, rtol=1e-6)


def test_no_examples_change_nothing():
    for form in ("weights", "examples"):
        belief = prior(3, 0.7).update(np.zeros((0, 3)), np.zeros(0), 1.0, form=form)
        np.testing.assert_allclose(belief.cov, 0.49 * np.eye(3))
        np.testing.assert_array_equal(belief.mean, 0)
    assert prior(3).log_evidence(np.zeros((0, 3)), np.zeros(0), 1.0) == 0


def test_noise_adds_its_variance_to_a_prediction():
    features, y, new = problem(6, 3)
    belief = prior(3).update(features, y, 0.3)
    np.testing.assert_allclose(belief.predict(new, 2.0)[1] - belief.predict(new)[1], 4)
    np.testing.assert_array_equal(belief.predict(new, 2.0)[0], belief.predict(new)[0])


@pytest.mark.parametrize("form", ["weights", "examples"])
def test_samples_have_the_mean_and_the_covariance(form):
    features, y, _ = problem(3, 4)
    belief = prior(4, 0.8).update(features, y, 0.3, form=form)
    n = 100_000
    w = belief.sample(n, rng=np.random.default_rng(1))
    assert w.shape == (n, 4)
    np.testing.assert_array_less(np.abs(w.mean(0) - belief.mean), 5 * belief.std / np.sqrt(n))
    error = np.abs(np.cov(w.T) - belief.cov)
    scale = np.outer(belief.std, belief.std) * np.sqrt(2 / n)
    np.testing.assert_array_less(error, 5 * scale)
    again = belief.sample(n, rng=np.random.default_rng(1))
    np.testing.assert_array_equal(w, again)


# -------------------------------------------------------------------------------- the evidence


@pytest.mark.parametrize(("n", "dim"), [(12, 4), (4, 12), (6, 6)])
def test_the_evidence_is_the_log_density_of_the_targets(n, dim):
    features, y, _ = problem(n, dim)
    width, sigma = np.array([0.1, 1.0, 4.0]), np.array([[0.2], [1.5]])
    got = Evidence(features, y).log(width, sigma)
    assert got.shape == (2, 3)
    want = [[marginal(features, s, v).logpdf(y) for s in width] for v in sigma[:, 0]]
    np.testing.assert_allclose(got, want, rtol=1e-9)


@pytest.mark.parametrize(("n", "dim"), [(12, 4), (4, 12), (6, 6)])
def test_the_gradient_is_that_of_torch_and_that_of_differences(n, dim):
    features, y, _ = problem(n, dim)
    evidence = Evidence(features, y)
    for log_width, log_sigma in [(-2.0, 0.4), (0.3, -1.0), (2.0, 0.0)]:
        logs = torch.tensor([log_width, log_sigma], dtype=torch.float64, requires_grad=True)
        s, v = torch.exp(2 * logs)
        f = torch.from_numpy(features)
        cov = s * f @ f.T + v * torch.eye(n, dtype=torch.float64)
        zero = torch.zeros(n, dtype=torch.float64)
        log = torch.distributions.MultivariateNormal(zero, cov).log_prob(torch.from_numpy(y))
        log.backward()
        got = evidence.gradient(np.exp(log_width), np.exp(log_sigma))
        np.testing.assert_allclose(got, logs.grad.numpy(), rtol=1e-8, atol=1e-9)
        for axis, slope in enumerate(got):
            at = np.array([[log_width, log_sigma]] * 2)
            at[:, axis] += 1e-5, -1e-5
            up, down = (evidence.log(*np.exp(row)) for row in at)
            assert (up - down) / 2e-5 == pytest.approx(slope, rel=1e-6, abs=1e-6)


def test_the_effective_number_is_the_trace_of_the_smoother():
    features, y, _ = problem(9, 4)
    for width in (1e-3, 0.5, 1e3):
        fits = [prior(4, width).update(features, e, 0.3).predict(features)[0] for e in np.eye(9)]
        got = Evidence(features, y).effective(width, 0.3)
        assert got == pytest.approx(np.trace(fits), rel=1e-9)
    narrow, wide = Evidence(features, y).effective(np.array([1e-6, 1e6]), 0.3)
    assert 0 < narrow < 1e-9 and 4 - 1e-9 < wide < 4


@pytest.mark.parametrize("problem", [line(), problem(12, 4)[:2], problem(30, 50)[:2]])
def test_the_best_evidence_is_that_of_a_numerical_search_and_of_mackays_steps(problem):
    features, y = problem
    evidence = Evidence(features, y)
    best = evidence.maximize()

    def cost(logs):
        return -marginal(features, *np.exp(logs)).logpdf(y)

    found = optimize.minimize(cost, np.log([best.width * 1.5, best.sigma / 1.5]), tol=1e-12)
    np.testing.assert_allclose(np.exp(found.x), [best.width, best.sigma], rtol=1e-4)
    assert best.log_evidence == pytest.approx(-found.fun, rel=1e-9)
    np.testing.assert_allclose(evidence.gradient(best.width, best.sigma), 0, atol=1e-8)
    assert best.effective == pytest.approx(evidence.effective(best.width, best.sigma))
    width, sigma = 1.0, 1.0
    for _ in range(2000):
        width, sigma = evidence.mackay(width, sigma)
    np.testing.assert_allclose([width, sigma], [best.width, best.sigma], rtol=1e-6)


@pytest.mark.parametrize(("n", "dim"), [(12, 4), (4, 12)])
def test_a_step_of_mackay_is_that_of_its_definition(n, dim):
    features, y, _ = problem(n, dim)
    belief = prior(dim, 0.7).update(features, y, 0.6)
    gamma = dim - np.trace(belief.cov) / 0.49
    error = ((y - features @ belief.mean) ** 2).sum()
    want = [(belief.mean @ belief.mean) / gamma, error / (n - gamma)]
    np.testing.assert_allclose(Evidence(features, y).mackay(0.7, 0.6), np.sqrt(want), rtol=1e-9)


def test_the_larger_of_two_maxima_is_found():
    # One strong and one weak direction: two ratios explain the two sizes.
    features, y = np.diag([1.0, 1e-3, 1e-3, 1e-3]), np.array([30.0, 0.9, 1.1, -1.2])
    evidence = Evidence(features, y)
    best = evidence.maximize()
    logs = np.linspace(-12, 12, 601)
    grid = evidence.log(np.exp(logs), np.exp(logs[:, None]))
    assert best.log_evidence >= grid.max()


def test_where_the_evidence_has_no_maximum_the_error_says_what_the_data_look_like():
    features, *_ = problem(8, 3)
    spare = np.linalg.svd(features)[0][:, -1]  # no weights reach this direction
    with pytest.raises(ValueError, match="noise alone"):
        Evidence(features, spare).maximize()
    with pytest.raises(ValueError, match="without noise"):
        Evidence(features, features @ np.ones(3)).maximize()
    with pytest.raises(ValueError, match="must not all be 0"):
        Evidence(features, np.zeros(8)).maximize()


# ------------------------------------------------------------------------------------ bad input


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: prior(0), "dim must be at least 1; got 0"),
        (lambda: prior(2, -1.0), "width must be positive; got -1.0"),
        (lambda: prior(2, [1.0, 1.0, 1.0]), r"width must have shape \(2,\); got \(3,\)"),
        (lambda: Belief(np.zeros(2), np.eye(3)), r"root must have shape \(2, 2\); got \(3, 3\)"),
        (lambda: Belief([np.nan], [[1.0]]), "mean must be finite; got nan"),
        (lambda: prior(2).update(np.eye(2), [1.0], 1.0), r"y must have shape \(2,\); got \(1,\)"),
        (
            lambda: prior(2).update(np.eye(3), np.ones(3), 1.0),
            r"features must have shape \(N",
        ),
        (lambda: prior(2).update(np.eye(2), np.ones(2), 0.0), "sigma must be positive; got 0.0"),
        (lambda: prior(2).update(np.eye(2), [1, np.inf], 1.0), "y must be finite; got inf"),
        (lambda: prior(2).update(np.eye(2), [1, 1], 1.0, form="both"), "form must be one of"),
        (lambda: prior(2).predict(np.eye(2), -1.0), "sigma must be at least 0; got -1.0"),
        (lambda: prior(2).log_prob(np.ones(3)), r"w must have shape \(..., 2\); got \(3,\)"),
        (lambda: prior(2).sample(-1, rng=np.random.default_rng(0)), "n must be at least 0"),
        (lambda: prior(2).log_evidence(np.eye(2), np.ones(2), -1.0), "sigma must be positive"),
        (lambda: Evidence(np.zeros((0, 2)), []), "number of examples must be at least 1; got 0"),
        (lambda: Evidence(np.eye(2), np.ones(3)), r"y must have shape \(2,\); got \(3,\)"),
        (lambda: Evidence(np.eye(2), np.ones(2)).log(0.0, 1.0), "width must be positive"),
        (lambda: Evidence(np.eye(2), np.ones(2)).gradient(1.0, np.nan), "sigma must be positive"),
    ],
)
def test_bad_input_is_told_what_was_expected(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_nothing_handed_in_is_changed():
    features, y, new = problem(5, 3)
    copies = [a.copy() for a in (features, y, new)]
    belief = prior(3).update(features, y, 0.5)
    belief.update(features, y, 0.5, form="examples").predict(new)
    Evidence(features, y).maximize()
    for now, before in zip((features, y, new), copies, strict=True):
        np.testing.assert_array_equal(now, before)


def test_thirty_points_of_a_wave_and_a_hundred_features_keep_the_two_forms_together():
    x, y = gabor_points()
    features = np.maximum(x[:, None] - np.linspace(-15, 15, 100), 0) / 5
    one = prior(100, 0.5).update(features, y, 0.1)
    other = prior(100, 0.5).update(features, y, 0.1, form="examples")
    np.testing.assert_allclose(one.mean, other.mean, atol=1e-9)
    np.testing.assert_allclose(one.cov, other.cov, atol=1e-9)
