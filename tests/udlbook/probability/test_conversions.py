"""Oracles: for each conversion what its words say, done by sums and quadrature on scipy.stats."""

import itertools
import math
from pathlib import Path

import numpy as np
import pytest
from scipy import integrate, optimize, stats

import udlbook.probability as pr
from udlbook.probability import CONVERSIONS, Normal

ROWS = {(" ".join(c.sources), c.target): c for c in CONVERSIONS}
X = np.array([0.3, 0.7, 1.0, 2.5])


def quad(f, low, high, **options):
    return integrate.quad(f, low, high, limit=200, epsabs=1e-12, epsrel=1e-11, **options)[0]


# -------------------------------------------------------------------------------- special cases
# the source, as ours and as scipy's; points; a source that is no such case
SPECIAL = {
    ("Binomial", "Bernoulli"): (
        pr.Binomial(1, 0.3), stats.binom(1, 0.3).logpmf, [0, 1], pr.Binomial(2, 0.3)),
    ("Categorical", "Bernoulli"): (
        pr.Categorical([0.2, 0.8]), lambda k: np.log([0.2, 0.8]), [0, 1],
        pr.Categorical([0.1, 0.1, 0.8])),
    ("Gamma", "Exponential"): (
        pr.Gamma(1, 3), stats.gamma(1, scale=1 / 3).logpdf, X, pr.Gamma(2, 3)),
    ("Gamma", "ChiSquared"): (
        pr.Gamma(2.5, 0.5), stats.gamma(2.5, scale=2).logpdf, X, pr.Gamma(2.5, 1)),
    ("Beta", "Uniform"): (pr.Beta(1, 1), stats.beta(1, 1).logpdf, [0.1, 0.9], pr.Beta(1, 2)),
    ("VonMises", "Uniform"): (
        pr.VonMises(0.5, 0), lambda x: np.full(4, -math.log(2 * math.pi)), X, pr.VonMises(0, 1)),
}  # fmt: skip


@pytest.mark.parametrize("row", SPECIAL)
def test_a_special_case_has_the_same_density(row):
    source, log_density, points, other = SPECIAL[row]
    target = ROWS[row].apply(source)
    assert type(target).__name__ == row[1]
    np.testing.assert_allclose(target.log_prob(points), log_density(points), rtol=1e-12)
    with pytest.raises(ValueError, match=r"this conversion needs .*; got"):
        ROWS[row].apply(other)


# --------------------------------------------------------------------------------------- limits
# the source at size s; its scipy twin; the factor by which s times 4 brings it closer
LIMITS = {
    ("Binomial", "Poisson"): (lambda s: pr.Binomial(s, 3 / s), lambda s: stats.binom(s, 3 / s), 4),
    ("Binomial", "Normal"): (lambda s: pr.Binomial(s, 0.3), lambda s: stats.binom(s, 0.3), 2),
    ("Poisson", "Normal"): (pr.Poisson, stats.poisson, 2),
    ("Gamma", "Normal"): (lambda s: pr.Gamma(s, 2), lambda s: stats.gamma(s, scale=0.5), 2),
    ("StudentT", "Normal"): (
        lambda s: pr.StudentT(s, 1, 3), lambda s: stats.t(s, loc=1, scale=3), 4),
    ("VonMises", "Normal"): (
        lambda s: pr.VonMises(1, s), lambda s: stats.vonmises(s, loc=1), 4),
}  # fmt: skip


@pytest.mark.parametrize("row", LIMITS)
def test_a_limit_is_approached_at_its_rate(row):
    make, theirs, rate = LIMITS[row]
    gaps = []
    for size in (400, 1600, 6400):
        target = ROWS[row].apply(make(size))
        assert type(target).__name__ == row[1]
        spread = np.sqrt(target.var)
        x = target.mean + spread * np.linspace(-4, 4, 4001)
        frozen = theirs(size)
        if hasattr(frozen, "pmf"):
            x = np.unique(np.round(x))
            density = frozen.pmf(x)
        else:
            density = frozen.pdf(x)
        gaps.append(spread * np.abs(density - target.prob(x)).max())
    closer = np.array(gaps[:-1]) / gaps[1:]
    np.testing.assert_allclose(closer, rate, rtol=0.1)
    assert gaps[-1] < 0.02


# ----------------------------------------------------------------------------------------- sums


def characteristic(density, s, low, high, of=lambda x: x):
    """The mean of exp(i s of(x)) by quadrature."""
    parts = [quad(lambda x, f=f: density(x) * f(s * of(x)), low, high) for f in (np.cos, np.sin)]
    return complex(*parts)


def test_bernoullis_add_up_to_a_binomial():
    pmf = np.ones(1)
    for _ in range(6):
        pmf = np.convolve(pmf, [0.7, 0.3])
    target = ROWS["Bernoulli", "Binomial"].apply(pr.Bernoulli(0.3), 6)
    np.testing.assert_allclose(target.prob(np.arange(7)), pmf, rtol=1e-12)


def test_counts_of_classes_are_multinomial():
    p = np.array([0.2, 0.3, 0.5])
    target = ROWS["Categorical", "Multinomial"].apply(pr.Categorical(p), 4)
    total = {}
    for draws in itertools.product(range(3), repeat=4):
        counts = tuple(np.bincount(draws, minlength=3))
        total[counts] = total.get(counts, 0) + np.prod(p[list(draws)])
    np.testing.assert_allclose(target.prob(list(total)), list(total.values()), rtol=1e-12)


@pytest.mark.parametrize("s", [0.5, 1.0, 3.0])
def test_exponentials_add_up_to_a_gamma(s):
    target = ROWS["Exponential", "Gamma"].apply(pr.Exponential(2), 3)
    one = characteristic(stats.expon(scale=0.5).pdf, s, 0, 40)
    assert characteristic(target.prob, s, 0, 40) == pytest.approx(one**3, abs=1e-9)


@pytest.mark.parametrize("s", [0.2, 1.0])
def test_squares_of_normals_add_up_to_a_chi_squared(s):
    target = ROWS["Normal", "ChiSquared"].apply(Normal(), 3)
    one = characteristic(stats.norm.pdf, s, -12, 12, of=np.square)
    assert characteristic(target.prob, s, 0, 150) == pytest.approx(one**3, abs=1e-9)
    with pytest.raises(ValueError, match="mu = 0 and sigma = 1; got"):
        ROWS["Normal", "ChiSquared"].apply(Normal(0, 2), 3)


# ------------------------------------------------------------------------------------ functions


@pytest.mark.parametrize("s", [0.5, 3.0])
def test_the_difference_of_two_exponentials_is_a_laplace(s):
    source = pr.Exponential(2)
    target = ROWS["Exponential Exponential", "Laplace"].apply(source, source)
    one = characteristic(stats.expon(scale=0.5).pdf, s, 0, 40)
    got = 2 * quad(lambda x: target.prob(x) * np.cos(s * x), 0, 40)
    assert got == pytest.approx((one * one.conjugate()).real, abs=1e-9)
    with pytest.raises(ValueError, match="one rate; got"):
        ROWS["Exponential Exponential", "Laplace"].apply(source, pr.Exponential(3))


def test_exponential_gaps_make_a_poisson_count():
    rate, t, n = 1.5, 2.0, 4000
    target = ROWS["Exponential", "Poisson"].apply(pr.Exponential(rate), t)
    s = np.linspace(0, t, n + 1)
    gap = stats.expon(scale=1 / rate)
    count = gap.sf(s)  # the probability of k events until s, for k = 0, 1, ...
    for k in range(4):
        assert target.prob(k) == pytest.approx(count[-1], abs=1e-6)
        full = np.convolve(gap.pdf(s), count)[: n + 1]  # the first event, then k - 1 more
        count = (full - 0.5 * (gap.pdf(0) * count + gap.pdf(s) * count[0])) * t / n


@pytest.mark.parametrize("t", X)
def test_functions_of_one_draw_carry_their_probability_along(t):
    target = ROWS["Gamma", "InverseGamma"].apply(pr.Gamma(2.5, 3))
    mass = stats.gamma(2.5, scale=1 / 3).sf(1 / t)
    assert quad(target.prob, 0, t) == pytest.approx(mass, abs=1e-10)
    target = ROWS["Laplace", "Exponential"].apply(pr.Laplace(1, 0.4))
    theirs = stats.laplace(1, 0.4)
    mass = theirs.cdf(1 + t) - theirs.cdf(1 - t)
    assert quad(target.prob, 0, t) == pytest.approx(mass, abs=1e-10)


@pytest.mark.parametrize(
    ("family", "parameters", "low"),
    [("Exponential", (2,), 0), ("Laplace", (1, 0.5), -20), ("Normal", (1, 0.5), -10)],
)
@pytest.mark.parametrize("t", [0.2, 1.3])
def test_quantiles_of_a_uniform_follow_the_target(family, parameters, low, t):
    apply = ROWS["Uniform", family].apply
    target = apply(pr.Uniform(), *parameters)
    share = optimize.brentq(lambda u: target.quantile(u) - t, 1e-9, 1 - 1e-9, xtol=1e-14)
    mass = quad(target.prob, low, t, points=[0.999, 1.0] if t > 1 else None)
    assert share == pytest.approx(mass, abs=1e-9)
    with pytest.raises(ValueError, match="a uniform from 0 to 1; got"):
        apply(pr.Uniform(0, 2), *parameters)


def test_gammas_divided_by_their_sum_are_shares():
    """The density of the shares x: integrate the sum s out of prod f_k(s x_k) s^(K - 1)."""

    def shares(shapes, x):
        fs = [stats.gamma(a, scale=0.5).pdf for a in shapes]

        def joint(s):
            return math.prod(f(s * v) for f, v in zip(fs, x, strict=True)) * s ** (len(x) - 1)

        return quad(joint, 0, 60)

    target = ROWS["Gamma Gamma", "Beta"].apply(pr.Gamma(1.5, 2), pr.Gamma(3, 2))
    for x in (0.1, 0.4, 0.8):
        assert target.prob(x) == pytest.approx(shares([1.5, 3], [x, 1 - x]), rel=1e-8)
    target = ROWS["Gamma", "Dirichlet"].apply(pr.Gamma([1.5, 3, 2], 2))
    for x in ([0.2, 0.3, 0.5], [0.6, 0.3, 0.1]):
        assert target.prob(x) == pytest.approx(shares([1.5, 3, 2], x), rel=1e-8)
    with pytest.raises(ValueError, match="one rate; got"):
        ROWS["Gamma Gamma", "Beta"].apply(pr.Gamma(1, 2), pr.Gamma(1, 3))
    with pytest.raises(ValueError, match="one rate; got"):
        ROWS["Gamma", "Dirichlet"].apply(pr.Gamma(1, [2, 3]))


@pytest.mark.parametrize("k", [1, 3, 5])
def test_the_kth_smallest_of_n_uniforms_is_a_beta(k):
    """It lies below t if at least k of the n draws do: a sum of binomial masses."""
    target = ROWS["Uniform", "Beta"].apply(pr.Uniform(), k, 5)
    for t in (0.1, 0.4, 0.9):
        mass = stats.binom(5, t).sf(k - 1)
        assert quad(target.prob, 0, t) == pytest.approx(mass, abs=1e-10)
    with pytest.raises(ValueError, match="a uniform from 0 to 1; got"):
        ROWS["Uniform", "Beta"].apply(pr.Uniform(0, 2), k, 5)
    with pytest.raises(ValueError, match="from 1 to n; got k=6 and n=5"):
        ROWS["Uniform", "Beta"].apply(pr.Uniform(), 6, 5)


def test_a_ratio_of_normals_is_a_student_t_with_one_degree_of_freedom():
    """The density of x / y at t: integrate |y| p(t y) q(y)."""
    x, y = stats.norm(0, 2), stats.norm(0, 0.5)
    target = ROWS["Normal Normal", "StudentT"].apply(Normal(0, 2), Normal(0, 0.5))
    for t in (0.0, 1.0, -7.0):
        want = 2 * quad(lambda v, t=t: v * x.pdf(t * v) * y.pdf(v), 0, 8)
        assert target.prob(t) == pytest.approx(want, rel=1e-8)
    with pytest.raises(ValueError, match="mu = 0 in both; got"):
        ROWS["Normal Normal", "StudentT"].apply(Normal(), Normal(1, 1))


def test_standard_normals_mapped_by_a_matrix():
    a, b = np.array([[2.0, 0], [1, 0.5]]), np.array([1.0, -1])
    target = ROWS["Normal", "MultivariateNormal"].apply(Normal(), a, b)
    x = np.array([0.3, 0.8])
    z = np.linalg.solve(a, x - b)
    want = stats.norm.pdf(z).prod() / abs(np.linalg.det(a))
    assert target.prob(x) == pytest.approx(want, rel=1e-12)


# --------------------------------------------------------- marginals, conditionals and mixtures


def test_one_count_of_a_multinomial_is_binomial():
    p = [0.2, 0.3, 0.5]
    target = ROWS["Multinomial", "Binomial"].apply(pr.Multinomial(5, p), 1)
    for k in range(6):
        rest = [(i, k, 5 - k - i) for i in range(6 - k)]
        want = stats.multinomial(5, p).pmf(rest).sum()
        assert target.prob(k) == pytest.approx(want, rel=1e-12)


def test_one_share_of_a_dirichlet_is_beta():
    alpha = [1.5, 2, 4]
    target = ROWS["Dirichlet", "Beta"].apply(pr.Dirichlet(alpha), 1)
    joint = stats.dirichlet(alpha)
    for x in (0.1, 0.5):
        want = quad(lambda u, x=x: joint.pdf([u, x, 1 - x - u]), 0, 1 - x)
        assert target.prob(x) == pytest.approx(want, rel=1e-8)


def test_one_component_of_a_multivariate_normal_is_normal():
    mu, cov = [1, -1], [[2, 0.6], [0.6, 0.5]]
    target = ROWS["MultivariateNormal", "Normal"].apply(pr.MultivariateNormal(mu, cov), 1)
    joint = stats.multivariate_normal(mu, cov)
    for x in (-2.0, 0.5):
        want = quad(lambda u, x=x: joint.pdf([u, x]), -12, 12)
        assert target.prob(x) == pytest.approx(want, rel=1e-9)


def test_one_of_two_poisson_counts_with_a_known_sum_is_binomial():
    x, y = stats.poisson(2), stats.poisson(3)
    target = ROWS["Poisson Poisson", "Binomial"].apply(pr.Poisson(2), pr.Poisson(3), 6)
    k = np.arange(7)
    joint = x.pmf(k) * y.pmf(6 - k)
    np.testing.assert_allclose(target.prob(k), joint / joint.sum(), rtol=1e-12)


def test_a_normal_with_an_inverse_gamma_variance_is_a_student_t():
    variance = stats.invgamma(1.5, scale=0.8)
    source = pr.Normal(1, 9), pr.InverseGamma(1.5, 0.8)
    target = ROWS["Normal InverseGamma", "StudentT"].apply(*source)
    for x in (1.0, 1.7, -3.0):
        want = quad(lambda v, x=x: stats.norm.pdf(x, 1, np.sqrt(v)) * variance.pdf(v), 0, np.inf)
        assert target.prob(x) == pytest.approx(want, rel=1e-8)


def test_one_of_several_normals_is_a_mixture():
    target = ROWS["Normal", "MixtureOfNormals"].apply(Normal([0, 2], [1, 0.5]), [0.3, 0.7])
    want = 0.3 * stats.norm.pdf(X, 0, 1) + 0.7 * stats.norm.pdf(X, 2, 0.5)
    np.testing.assert_allclose(target.prob(X), want, rtol=1e-12)


def test_every_row_is_tested_and_every_family_is_in_the_tree():
    source = Path(__file__).read_text("utf8")
    for sources, target in ROWS:
        assert f'"{sources}", "{target}"' in source or sources == "Uniform"
    families = {name for c in CONVERSIONS for name in (*c.sources, c.target)}
    ours = {n for n in pr.__all__ if isinstance(getattr(pr, n), type)}
    assert families == ours - {"Distribution", "Conversion", "CurveFit", "NormalGamma"}
    assert len(ROWS) == len(CONVERSIONS)
