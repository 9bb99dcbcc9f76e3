"""Oracles: quadrature and sums of p (log p - log q) over scipy.stats; torch.distributions.kl."""

import mpmath
import numpy as np
import pytest
import torch
from scipy import integrate, stats
from torch import distributions as td

import udlbook.probability as pr
from udlbook.probability import kl


def tensor(x):
    return torch.as_tensor(x, dtype=torch.float64)


def scipys(d):
    """The same distribution from scipy."""
    return {
        pr.Normal: lambda: stats.norm(d.mu, d.sigma),
        pr.Uniform: lambda: stats.uniform(d.low, d.high - d.low),
        pr.Laplace: lambda: stats.laplace(d.mu, d.scale),
        pr.VonMises: lambda: stats.vonmises(d.kappa, d.mu),
        pr.Exponential: lambda: stats.expon(scale=1 / d.rate),
        pr.Gamma: lambda: stats.gamma(d.shape, scale=1 / d.rate),
        pr.InverseGamma: lambda: stats.invgamma(d.shape, scale=d.scale),
        pr.ChiSquared: lambda: stats.chi2(d.df),
        pr.Beta: lambda: stats.beta(d.a, d.b),
        pr.Bernoulli: lambda: stats.bernoulli(d.p),
        pr.Binomial: lambda: stats.binom(d.n, d.p),
        pr.Poisson: lambda: stats.poisson(d.rate),
    }[type(d)]()


def torchs(d):
    """The same distribution from torch."""
    values = [tensor(getattr(d, name)) for name in d.__dataclass_fields__]
    if isinstance(d, pr.Binomial):
        return td.Binomial(int(d.n), values[1])
    names = {"MixtureOfNormals": None, "ChiSquared": "Chi2", "StudentT": "StudentT"}
    family = getattr(td, names.get(type(d).__name__, type(d).__name__))
    return family(*values)


PAIRS = [
    (pr.Normal(0, 1), pr.Normal(2, 0.5)),
    (pr.Normal(-3, 4), pr.Normal(1, 9)),
    (pr.Uniform(0, 1), pr.Uniform(-1, 3)),
    (pr.Laplace(0, 1), pr.Laplace(2, 0.5)),
    (pr.Laplace(0, 3), pr.Laplace(-0.1, 4)),
    (pr.VonMises(0, 1), pr.VonMises(2, 3)),
    (pr.VonMises(1, 60), pr.VonMises(1.1, 40)),
    (pr.Exponential(2), pr.Exponential(0.3)),
    (pr.Gamma(2, 1), pr.Gamma(3.5, 0.2)),
    (pr.Gamma(40, 3), pr.Gamma(1.2, 2)),
    (pr.InverseGamma(3, 1), pr.InverseGamma(2, 4)),
    (pr.ChiSquared(5), pr.ChiSquared(2.5)),
    (pr.Beta(2, 3), pr.Beta(1.5, 7)),
    (pr.Beta(30, 4), pr.Beta(1, 1)),
    (pr.Bernoulli(0.2), pr.Bernoulli(0.7)),
    (pr.Bernoulli(0.0), pr.Bernoulli(0.7)),
    (pr.Bernoulli(1.0), pr.Bernoulli(0.7)),
    (pr.Binomial(7, 0.2), pr.Binomial(7, 0.7)),
    (pr.Poisson(3), pr.Poisson(8)),
    (pr.Poisson(0.01), pr.Poisson(2)),
]


@pytest.mark.parametrize(("p", "q"), PAIRS, ids=repr)
def test_closed_forms_are_the_mean_of_the_log_ratio(p, q):
    sp, sq = scipys(p), scipys(q)
    if hasattr(sp, "logpmf"):
        k = np.arange(sp.ppf(1 - 1e-15) + 20)
        k = k[sp.pmf(k) > 0]
        want = np.sum(sp.pmf(k) * (sp.logpmf(k) - sq.logpmf(k)))
    else:
        low, high = (-np.pi, np.pi) if isinstance(p, pr.VonMises) else sp.ppf([1e-15, 1 - 1e-15])
        middle = sp.ppf([0.01, 0.1, 0.5, 0.9, 0.99])
        if isinstance(p, pr.VonMises):
            middle = p.mu + np.array([-0.3, 0, 0.3])
        kinks = [v for v in (*middle, float(np.asarray(q.mean))) if low < v < high]
        want = integrate.quad(
            lambda x: sp.pdf(x) * (sp.logpdf(x) - sq.logpdf(x)),
            low, high, points=sorted(set(kinks)), limit=200, epsabs=1e-13,
        )[0]  # fmt: skip
    tolerance = 1e-7 if isinstance(p, pr.InverseGamma) else 1e-9  # its far tail is cut off
    assert kl(p, q) == pytest.approx(want, rel=tolerance, abs=1e-10)
    assert kl(p, p) == pytest.approx(0, abs=1e-15)


IN_TORCH = [(p, q) for p, q in PAIRS if not isinstance(p, pr.VonMises | pr.InverseGamma)]


@pytest.mark.parametrize(("p", "q"), IN_TORCH, ids=repr)
def test_closed_forms_are_torchs(p, q):
    want = td.kl_divergence(torchs(p), torchs(q)).item()
    assert kl(p, q) == pytest.approx(want, rel=1e-10, abs=1e-12)


def test_vectors_are_torchs_and_scipys():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 4, 4))
    p = pr.MultivariateNormal(rng.normal(size=4), a @ a.T + np.eye(4))
    q = pr.MultivariateNormal(rng.normal(size=4), b @ b.T + np.eye(4))
    theirs = [td.MultivariateNormal(tensor(d.mu), tensor(d.cov)) for d in (p, q)]
    assert kl(p, q) == pytest.approx(td.kl_divergence(*theirs).item(), rel=1e-10)
    p, q = pr.Dirichlet([[1, 2, 3], [0.1, 4, 50]]), pr.Dirichlet([2, 0.5, 1.5])
    want = td.kl_divergence(td.Dirichlet(tensor(p.alpha)), td.Dirichlet(tensor(q.alpha))).numpy()
    np.testing.assert_allclose(kl(p, q), want, rtol=1e-10)
    p, q = pr.Categorical([[0.2, 0.3, 0.5], [0, 0, 1]]), pr.Categorical([0.1, 0.8, 0.1])
    want = [stats.entropy(row, q.p) for row in p.p]
    np.testing.assert_allclose(kl(p, q), want, rtol=1e-12)
    got = kl(pr.Multinomial(3, p.p[0]), pr.Multinomial(3, q.p))
    assert got == pytest.approx(3 * want[0], rel=1e-12)


def test_what_the_other_rules_out_costs_infinitely_much():
    assert kl(pr.Uniform(0, 2), pr.Uniform(0, 1)) == np.inf
    assert kl(pr.Bernoulli(0.5), pr.Bernoulli([0.0, 1.0])).tolist() == [np.inf, np.inf]
    assert kl(pr.Categorical([0.5, 0.5]), pr.Categorical([1, 0])) == np.inf
    assert kl(pr.Poisson(1), pr.Poisson(0)) == np.inf
    assert kl(pr.Poisson(0), pr.Poisson(0)) == 0


def test_near_neighbours_keep_their_digits():
    """For neighbours KL is a half of the Fisher information times the step squared."""
    h = 1e-6
    assert kl(pr.Poisson(1e6), pr.Poisson(1e6 * (1 + h))) == pytest.approx(5e-7, rel=1e-5)
    assert kl(pr.Normal(0, 1), pr.Normal(0, 1 + h)) == pytest.approx(h**2, rel=1e-5)
    assert kl(pr.Exponential(2), pr.Exponential(2 + 2 * h)) == pytest.approx(h**2 / 2, rel=1e-5)
    for d, size in (({"shape": 1e9}, 1e9), ({"shape": 1e3}, 1e3)):
        p, q = pr.Gamma(**d), pr.Gamma(size * (1 + 1e-4))
        with mpmath.workdps(40):
            a, c = mpmath.mpf(size), mpmath.mpf(float(q.shape))
            want = (a - c) * mpmath.digamma(a) - mpmath.loggamma(a) + mpmath.loggamma(c)
        assert kl(p, q) == pytest.approx(float(want), rel=1e-8)


@pytest.mark.parametrize(
    ("p", "q", "message"),
    [
        (pr.Normal(), pr.Laplace(), "one of the families .*; got Normal and Laplace"),
        (pr.StudentT(3), pr.StudentT(4), "got StudentT and StudentT"),
        (pr.Binomial(3, 0.5), pr.Binomial(4, 0.5), "as many draws; got n=3.* and n=4"),
        (pr.Categorical([1.0]), pr.Categorical([0.5, 0.5]), "as many classes; got 1 and 2"),
        (pr.Dirichlet([1, 1]), pr.Dirichlet([1, 1, 1]), "as many shares; got 2 and 3"),
        (
            pr.MultivariateNormal([0], [[1]]),
            pr.MultivariateNormal([0, 0], np.eye(2)),
            "vectors of one length; got 1 and 2",
        ),
    ],
)
def test_pairs_without_a_closed_form_are_refused(p, q, message):
    with pytest.raises(ValueError, match=message):
        kl(p, q)
