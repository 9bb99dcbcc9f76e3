"""Oracles: scipy.stats; mpmath with 40 digits where scipy cancels; sums and integrals to 1."""

import mpmath
import numpy as np
import pytest
from scipy import integrate, stats

from udlbook.probability import (
    Bernoulli,
    Beta,
    Binomial,
    Categorical,
    ChiSquared,
    Dirichlet,
    Exponential,
    Gamma,
    InverseGamma,
    Laplace,
    MixtureOfNormals,
    Multinomial,
    MultivariateNormal,
    Normal,
    Poisson,
    StudentT,
    Uniform,
    VonMises,
)

NAN = np.nan
LINE = np.concatenate([-np.logspace(150, -150, 61), [0.0], np.logspace(-150, 150, 61)])
HALF_LINE = np.concatenate([[-1.0, 0.0], np.logspace(-150, 150, 101), [np.inf]])
CLOSE = np.linspace(-40, 40, 81)
SHARES = [np.logspace(-300, -1, 60), np.linspace(0.1, 0.9, 30), 1 - np.logspace(-1, -15, 30)]
UNIT = np.concatenate([[-0.1, 0.0], *SHARES, [1.0, 1.1]])
COUNTS = np.concatenate([[-1, 0.5], np.arange(30), [100, 999, 1000, 1001, 10**5, 2.5e5]])

# name: (ours, scipy's, points)
ON_THE_LINE = {
    "standard normal": (Normal(), stats.norm(), LINE),
    "normal": (Normal(3, 1e-3), stats.norm(3, 1e-3), CLOSE),
    "wide normal": (Normal(-1e5, 1e8), stats.norm(-1e5, 1e8), LINE),
    "uniform": (Uniform(-2, 3.5), stats.uniform(-2, 5.5), np.array([-2.1, -2, 0, 3.5, 3.6])),
    "laplace": (Laplace(-1, 0.3), stats.laplace(-1, 0.3), LINE),
    "exponential": (Exponential(0.2), stats.expon(scale=5), HALF_LINE),
    **{
        f"student t, {df}": (StudentT(df, 1, 2), stats.t(df, 1, 2), LINE)
        for df in (0.1, 1, 2, 4.5, 30, 1e4)
    },
    **{
        f"von mises, {kappa}": (
            VonMises(0.4, kappa),
            stats.vonmises(kappa, 0.4),
            np.linspace(-np.pi, np.pi, 41),
        )
        for kappa in (1e-5, 0.5, 4, 30, 700, 1e6)
    },
    **{
        f"gamma, {a}": (Gamma(a, 3), stats.gamma(a, scale=1 / 3), HALF_LINE)
        for a in (1e-3, 0.5, 1, 2.5, 40, 1e4)
    },
    **{
        f"inverse gamma, {a}": (InverseGamma(a, 3), stats.invgamma(a, scale=3), HALF_LINE[1:-1])
        for a in (0.5, 1, 2.5, 40, 1e4)
    },
    **{
        f"chi-squared, {df}": (ChiSquared(df), stats.chi2(df), HALF_LINE)
        for df in (0.5, 1, 2, 7, 1e4)
    },
    **{
        f"beta, {a}, {b}": (Beta(a, b), stats.beta(a, b), UNIT)
        for a, b in ((0.1, 0.2), (1, 1), (1, 3), (0.5, 1), (2, 1), (30, 4), (1e3, 2e4))
    },
}
ON_COUNTS = {
    **{
        f"bernoulli, {p}": (Bernoulli(p), stats.bernoulli(p), COUNTS)
        for p in (0, 0.3, 1 - 1e-9, 1)
    },
    **{
        f"binomial, {n}, {p}": (Binomial(n, p), stats.binom(n, p), COUNTS)
        for n, p in ((1, 0.3), (1000, 0.02), (1000, 1 - 1e-9), (1000, 1e-12), (30, 0.5), (7, 1))
    },
    **{f"poisson, {r}": (Poisson(r), stats.poisson(r), COUNTS) for r in (0, 1e-9, 0.7, 30, 1e5)},
}
EVERY = {**ON_THE_LINE, **ON_COUNTS}


@pytest.mark.parametrize("name", EVERY)
def test_log_density_is_scipys_also_in_the_tails(name):
    ours, theirs, x = EVERY[name]
    with np.errstate(all="ignore"):
        want = theirs.logpdf(x) if name in ON_THE_LINE else theirs.logpmf(x)
    got = ours.log_prob(x)
    known = np.isfinite(want)  # scipy gives up earlier in some tails: see the next tests
    assert known.sum() > 0
    np.testing.assert_allclose(got[known], want[known], rtol=1e-10, atol=1e-10)
    np.testing.assert_array_equal(ours.prob(x), np.exp(got))
    assert np.isnan(ours.log_prob(NAN))


@pytest.mark.parametrize("name", EVERY)
def test_outside_the_support_the_log_density_is_minus_infinity(name):
    ours, theirs, x = EVERY[name]
    low, high = theirs.support()
    outside = (
        (x < low) | (x > high) if name in ON_THE_LINE else (x < low) | (x > high) | (x % 1 > 0)
    )
    if "von mises" not in name:  # a direction is never outside the circle
        assert np.all(np.isneginf(ours.log_prob(x[outside])))


@pytest.mark.parametrize("name", [n for n in EVERY if "von mises" not in n])
def test_mean_and_variance_are_scipys(name):
    ours, theirs, _ = EVERY[name]
    mean, var = theirs.stats("mv")
    if "student" in name and ours.df <= 1:
        mean, var = NAN, NAN
    if "inverse" in name and ours.shape <= 1:
        var = NAN
    np.testing.assert_allclose(ours.mean, mean, rtol=1e-12, atol=1e-300)
    np.testing.assert_allclose(ours.var, var, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("name", [n for n in EVERY if hasattr(EVERY[n][0], "entropy")])
def test_entropy_is_scipys(name):
    ours, theirs, _ = EVERY[name]
    np.testing.assert_allclose(ours.entropy, theirs.entropy(), rtol=1e-9, atol=1e-9)


def test_edges_of_the_support_are_limits():
    assert list(Gamma([0.5, 1, 2], 3).log_prob(0)) == [np.inf, np.log(3), -np.inf]
    assert ChiSquared(2).log_prob(0) == pytest.approx(np.log(0.5))
    assert Beta([0.5, 1, 2], 1).log_prob(0) == pytest.approx([np.inf, 0, -np.inf])
    assert Beta(1, [0.5, 1, 2]).log_prob(1) == pytest.approx([np.inf, 0, -np.inf])
    assert InverseGamma(2, 1).log_prob(0) == -np.inf
    assert list(Poisson(0).log_prob([0, 1])) == [0, -np.inf]
    assert list(Binomial(3, [0, 1]).log_prob([0, 3])) == [0, 0]
    assert not np.signbit(Poisson(0).log_prob(0))


def exactly(f, *arguments):
    with mpmath.workdps(40):
        rows = zip(*(np.ravel(a).tolist() for a in np.broadcast_arrays(*arguments)), strict=True)
        return [float(f(*map(mpmath.mpf, row))) for row in rows]


def test_large_counts_and_shapes_cost_no_digits():
    n, p = 10**12, 0.3
    k = n * p + np.array([-5e6, -1, 0, 1e5, 1e9])

    def binomial(k):
        choose = mpmath.loggamma(n + 1) - mpmath.loggamma(k + 1) - mpmath.loggamma(n - k + 1)
        return choose + k * mpmath.log(p) + (n - k) * mpmath.log(1 - mpmath.mpf(p))

    tight = {"rtol": 1e-11, "atol": 1e-10}
    np.testing.assert_allclose(Binomial(n, p).log_prob(k), exactly(binomial, k), **tight)
    poisson = lambda k: k * mpmath.log(1e12) - 10**12 - mpmath.loggamma(k + 1)  # noqa: E731
    k = 1e12 + np.array([-1e7, -1, 0, 3, 1e9])
    np.testing.assert_allclose(Poisson(1e12).log_prob(k), exactly(poisson, k), **tight)
    np.testing.assert_allclose(
        Gamma(1e12).log_prob(k),
        exactly(lambda x: (10**12 - 1) * mpmath.log(x) - x - mpmath.loggamma(10**12), k),
        **tight,
    )
    x = np.array([0.5, 0.500001, 0.25])

    def beta(x):
        b = 2 * mpmath.loggamma(10**9) - mpmath.loggamma(2 * 10**9)
        return (10**9 - 1) * (mpmath.log(x) + mpmath.log(1 - x)) - b

    np.testing.assert_allclose(Beta(1e9, 1e9).log_prob(x), exactly(beta, x), **tight)
    t = np.array([0, 1, 10, 1e4])

    def student(t):
        v = mpmath.mpf(10) ** 12
        gammas = mpmath.loggamma((v + 1) / 2) - mpmath.loggamma(v / 2)
        return gammas - mpmath.log(v * mpmath.pi) / 2 - (v + 1) / 2 * mpmath.log1p(t * t / v)

    np.testing.assert_allclose(StudentT(1e12).log_prob(t), exactly(student, t), **tight)


def test_a_tail_beyond_squares_is_still_a_power():
    far = StudentT(3).log_prob([1e100, 1e250])
    assert far[0] - far[1] == pytest.approx(4 * 150 * np.log(10), rel=1e-12)


def test_large_shapes_cost_the_entropies_no_digits():
    """A gamma, beta or t of huge shape is a normal; its entropy is the normal's plus O(1 / a)."""
    for d in (
        Gamma(1e12, 3),
        InverseGamma(1e12, 3),
        Beta(1e12, 2e12),
        StudentT(1e12),
        ChiSquared(1e12),
    ):
        want = Normal(0, np.sqrt(d.var)).entropy
        np.testing.assert_allclose(d.entropy, want, rtol=0, atol=1e-10)
    want = Normal(0, 1e-3).entropy
    np.testing.assert_allclose(VonMises(0, 1e6).entropy, want, rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("d", "low", "high"),
    [
        (VonMises(1, 2.5), -np.pi, np.pi),
        (VonMises(1, 0), 0, 2 * np.pi),
        (StudentT(3, 1, 2), -np.inf, np.inf),
        (InverseGamma(3, 2), 0, np.inf),
        (MixtureOfNormals([0.2, 0.5, 0.3], [-3, 0, 2], [0.5, 1, 0.2]), -20, 20),
    ],
)
def test_densities_integrate_to_one(d, low, high):
    total = integrate.quad(d.prob, low, high, points=None if np.isinf(high) else [0.0, 1.0, 2.0])[
        0
    ]
    assert total == pytest.approx(1, abs=1e-8)


def test_a_direction_turned_once_round_has_the_same_density():
    d = VonMises(0.3, 5)
    x = np.linspace(-3, 3, 13)
    np.testing.assert_allclose(d.log_prob(x + 2 * np.pi), d.log_prob(x), rtol=1e-12)


@pytest.mark.parametrize("kappa", [0, 0.5, 4, 30, 700])
def test_circular_variance_is_the_mean_of_one_minus_the_cosine(kappa):
    density = stats.uniform(-np.pi, 2 * np.pi) if kappa == 0 else stats.vonmises(kappa)
    spread = integrate.quad(lambda x: density.pdf(x) * (1 - np.cos(x)), -np.pi, np.pi, points=[0])
    assert VonMises(0.4, kappa).var == pytest.approx(spread[0], rel=1e-8)
    assert VonMises(0.4, kappa).mean == 0.4


def test_von_mises_entropy_is_minus_the_mean_log_density():
    d = VonMises(0.3, 5)
    value = integrate.quad(lambda x: -d.prob(x) * d.log_prob(x), -np.pi, np.pi)[0]
    assert d.entropy == pytest.approx(value, abs=1e-10)


@pytest.mark.parametrize(
    ("d", "theirs"),
    [
        (Normal(1, 2), stats.norm(1, 2)),
        (Uniform(-1, 3), stats.uniform(-1, 4)),
        (Laplace(1, 2), stats.laplace(1, 2)),
        (Exponential(3), stats.expon(scale=1 / 3)),
    ],
)
def test_cdf_and_quantile_are_scipys(d, theirs):
    x = np.concatenate([np.linspace(-70, 70, 57), [-np.inf, np.inf]])
    np.testing.assert_allclose(d.cdf(x), theirs.cdf(x), rtol=1e-12, atol=0)
    u = np.concatenate([[0, 1], np.logspace(-300, -0.01, 50), 1 - np.logspace(-0.01, -15, 50)])
    np.testing.assert_allclose(d.quantile(u), theirs.ppf(u), rtol=1e-12, atol=1e-15)
    with pytest.raises(ValueError, match=r"u must be between 0 and 1; got 1\.5"):
        d.quantile(1.5)


# ------------------------------------------------------------------------------------ vectors


def test_categorical_is_a_row_of_probabilities():
    d = Categorical([[0.2, 0.8, 0], [0.5, 0.25, 0.25]])
    np.testing.assert_allclose(d.prob([1, 2]), [0.8, 0.25])
    np.testing.assert_allclose(d.prob([[0], [3]]), [[0.2, 0.5], [0, 0]])
    assert np.all(np.isneginf(d.log_prob([[2, 3], [-1, 0.5]])[[0, 1, 1], [0, 0, 1]]))
    np.testing.assert_allclose(d.entropy, [stats.entropy(p) for p in d.p])
    for p, cov in zip(d.p, d.cov, strict=True):
        np.testing.assert_allclose(cov, stats.multinomial(1, p).cov())


def test_multinomial_is_scipys():
    rng = np.random.default_rng(0)
    for n, p in ((5, [0.2, 0.3, 0.5]), (1000, [1e-6, 0.4, 0.6 - 1e-6]), (3, [0, 0.5, 0.5])):
        ours, theirs = Multinomial(n, p), stats.multinomial(n, p)
        x = np.concatenate([rng.multinomial(n, p, 20), [[n, 0, 0], [0, 0, n]]])
        np.testing.assert_allclose(ours.log_prob(x), theirs.logpmf(x), rtol=1e-10, atol=1e-10)
        np.testing.assert_allclose(ours.mean, n * np.array(p))
        np.testing.assert_allclose(ours.cov, theirs.cov())
    assert np.all(np.isneginf(ours.log_prob([[1, 1, 2], [0, 1, 1], [-1, 2, 2], [0.5, 0.5, 2]])))


@pytest.mark.parametrize("alpha", [[1, 1, 1], [0.2, 3, 40], [500, 2e4, 1e5], [1, 2]])
def test_dirichlet_is_scipys(alpha):
    ours, theirs = Dirichlet(alpha), stats.dirichlet(alpha)
    x = np.random.default_rng(0).dirichlet(alpha, 20)
    x = x[np.all(x > 0, 1)]
    np.testing.assert_allclose(ours.log_prob(x), theirs.logpdf(x.T), rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(ours.mean, theirs.mean())
    np.testing.assert_allclose(ours.var, theirs.var())
    np.testing.assert_allclose(ours.cov, theirs.cov(), rtol=1e-12)
    np.testing.assert_allclose(ours.entropy, theirs.entropy(), rtol=1e-9, atol=1e-9)
    edge = np.eye(len(alpha))[0]
    assert np.all(np.isneginf(ours.log_prob([1.1 * edge, edge * 2 - 1])))


def test_shares_that_sum_to_one_but_for_rounding_are_taken_as_they_are():
    alpha, x = np.array([2e5, 3e5, 5e5]), np.array([0.2, 0.3, 0.5 + 5e-11])
    gap = np.sum((alpha - 1) * (np.log(x) - np.log([0.2, 0.3, 0.5])))
    d = Dirichlet(alpha)
    assert d.log_prob(x) - d.log_prob([0.2, 0.3, 0.5]) == pytest.approx(gap, rel=1e-4)


def test_a_corner_of_the_simplex():
    corner = [0, 0, 1]
    assert Dirichlet([1, 1, 1]).log_prob(corner) == pytest.approx(np.log(2))
    assert Dirichlet([2, 1, 1]).log_prob(corner) == -np.inf
    assert Dirichlet([0.5, 1, 1]).log_prob(corner) == np.inf


def test_multivariate_normal_is_scipys():
    rng = np.random.default_rng(0)
    a = rng.normal(size=(4, 4))
    for cov in (a @ a.T, 1e-12 * a @ a.T, np.diag([1e-3, 1, 1e3, 3])):
        ours = MultivariateNormal([1, 2, 3, 4], cov)
        theirs = stats.multivariate_normal([1, 2, 3, 4], cov, allow_singular=False)
        x = theirs.rvs(20, random_state=1).reshape(4, 5, 4)
        np.testing.assert_allclose(ours.log_prob(x), theirs.logpdf(x), rtol=1e-9)
        assert ours.entropy == pytest.approx(theirs.entropy(), rel=1e-12)
        np.testing.assert_allclose(ours.var, np.diag(cov))


def test_mixture_of_normals_is_the_weighted_sum():
    d = MixtureOfNormals([0.2, 0.8, 0], [-1, 3, 0], [0.1, 2, 1])
    x = np.linspace(-5, 9, 29)
    want = 0.2 * stats.norm.pdf(x, -1, 0.1) + 0.8 * stats.norm.pdf(x, 3, 2)
    np.testing.assert_allclose(d.prob(x), want, rtol=1e-12)
    for power, moment in ((1, d.mean), (2, d.var + d.mean**2)):
        value = integrate.quad(lambda x, k=power: x**k * d.prob(x), -30, 30, points=[-1, 3])[0]
        assert moment == pytest.approx(value, rel=1e-9)
    far = d.log_prob([-1e3, 1e3])  # where every density underflows
    np.testing.assert_allclose(far, np.log(0.8) + stats.norm.logpdf([-1e3, 1e3], 3, 2), rtol=1e-12)
    rows = MixtureOfNormals(np.full((3, 2), 0.5), np.arange(6).reshape(3, 2), np.ones((3, 2)))
    assert rows.log_prob([1.0, 2.0, 3.0]).shape == rows.mean.shape == rows.var.shape == (3,)


# ------------------------------------------------------------------------- shapes and refusals


def test_parameters_and_points_broadcast():
    d = Normal([[0], [1]], [1, 2, 3])
    assert d.mean.shape == d.var.shape == d.entropy.shape == (2, 3)
    assert d.log_prob(0).shape == (2, 3)
    assert d.log_prob(np.zeros((5, 1, 1))).shape == (5, 2, 3)
    assert np.ndim(Normal().log_prob(0)) == 0
    alphas = Dirichlet(np.ones((7, 3)))
    assert alphas.log_prob([0.2, 0.3, 0.5]).shape == (7,)
    assert alphas.cov.shape == (7, 3, 3)
    assert repr(Gamma([1, 2], 3)) == "Gamma(shape=[1., 2.], rate=[3., 3.])"


def test_a_distribution_keeps_its_own_parameters():
    p = np.array([0.5, 0.5])
    d = Categorical(p)
    p[0] = 7
    assert d.p[0] == 0.5
    with pytest.raises(AttributeError):
        d.p = p


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Normal(0, -1), "sigma must be positive; got -1"),
        (lambda: Normal(np.inf, 1), "mu must be finite; got inf"),
        (lambda: Normal([0, 1], [1, 2, 3]), r"one shape; got mu \(2,\), sigma \(3,\)"),
        (lambda: Bernoulli(1.2), r"p must be between 0 and 1; got 1\.2"),
        (lambda: Bernoulli(NAN), "p must be between 0 and 1; got nan"),
        (lambda: Binomial(2.5, 0.5), r"n must be a whole number of at least 1; got 2\.5"),
        (lambda: Poisson(-1), "rate must be at least 0; got -1"),
        (lambda: Categorical([0.5, 0.6]), "p must be shares .* sum to 1 .*; got"),
        (lambda: Categorical([1.5, -0.5]), "p must be shares of at least 0"),
        (lambda: Categorical(1.0), "p must be shares"),
        (lambda: Dirichlet([1, 0]), "alpha must be positive"),
        (lambda: VonMises(0, -1), "kappa must be at least 0; got -1"),
        (lambda: Uniform(1, 1), r"low must be below high; got 1\.0 and 1\.0"),
        (lambda: MultivariateNormal([0, 0], np.eye(3)), r"cov must have shape \(2, 2\); got"),
        (lambda: MultivariateNormal([0, 0], [[1, 2], [2, 1]]), "positive definite; got least eig"),
        (lambda: MultivariateNormal([0, 0], [[1, 0.5], [0, 1]]), "cov symmetric; got"),
        (
            lambda: Dirichlet([1, 2]).log_prob([1, 2, 3]),
            r"x must have shape \(\.\.\., 2\); got \(3,\)",
        ),
        (lambda: MixtureOfNormals([1.0], [0, 1], 0), "sigma must be positive"),
    ],
)
def test_what_cannot_be_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
