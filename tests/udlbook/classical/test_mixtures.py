"""Oracles: scikit-learn's GaussianMixture; scipy's multivariate normal; np.cov; single starts."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from scipy.special import logsumexp
from scipy.stats import multivariate_normal
from sklearn.mixture import GaussianMixture

from udlbook.classical import mixtures
from udlbook.classical.kmeans import kmeans
from udlbook.classical.mixtures import (
    KINDS,
    NormalMixture,
    em_step,
    fit_normals,
    three_clouds,
)

kinds = pytest.mark.parametrize("kind", KINDS)


def clusters(n, k, dim, seed=0, apart=2.0):
    rng = np.random.default_rng(seed)
    mu = apart * rng.normal(size=(k, dim)) + 3.0
    stretch = rng.normal(size=(k, dim, dim)) / np.sqrt(dim) + np.eye(dim)
    z = rng.integers(k, size=n)
    return mu[z] + np.einsum("nij,nj->ni", stretch[z], rng.normal(size=(n, dim)))


def rough_mixture(k, dim, kind, seed=0):
    rng = np.random.default_rng(seed)
    A = rng.normal(size=(k, dim, dim))
    full = A @ A.swapaxes(1, 2) + 0.3 * np.eye(dim)
    cov = {
        "full": full,
        "tied": full[0],
        "diag": np.diagonal(full, axis1=1, axis2=2),
        "spherical": full[:, 0, 0],
    }[kind]
    return NormalMixture(rng.dirichlet(np.full(k, 5.0)), rng.normal(size=(k, dim)), cov, kind)


def by_scipy(m, x):
    """log joint, from scipy, one component after the other."""
    eye = np.eye(m.mu.shape[1])
    covs = {
        "full": lambda c: m.cov[c],
        "tied": lambda c: m.cov,
        "diag": lambda c: np.diag(m.cov[c]),
        "spherical": lambda c: m.cov[c] * eye,
    }[m.kind]
    parts = [multivariate_normal(m.mu[c], covs(c)).logpdf(x) for c in range(len(m.mu))]
    return np.stack(parts, axis=1).reshape(len(x), -1) + np.log(m.weights)


def theirs(x, start, steps, floor):
    inverse = {"full": np.linalg.inv, "tied": np.linalg.inv}.get(start.kind, np.reciprocal)
    model = GaussianMixture(
        len(start.mu),
        covariance_type=start.kind,
        max_iter=steps,
        tol=0,
        reg_covar=floor,
        init_params="random_from_data",
        random_state=0,
        weights_init=start.weights,
        means_init=start.mu,
        precisions_init=inverse(start.cov),
    )
    return model.fit(x)


@kinds
@pytest.mark.parametrize(("k", "dim"), [(1, 1), (3, 2), (4, 5), (2, 40)])
def test_densities_are_scipys(kind, k, dim):
    m = rough_mixture(k, dim, kind)
    x = np.random.default_rng(1).normal(size=(30, dim)) * 2
    want = by_scipy(m, x)
    np.testing.assert_allclose(m.log_joint(x), want, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(m.log_prob(x), logsumexp(want, axis=1), rtol=1e-9, atol=1e-9)
    shares = np.exp(want - logsumexp(want, axis=1, keepdims=True))
    np.testing.assert_allclose(m.responsibilities(x), shares, atol=1e-9)


@kinds
def test_densities_of_narrow_components_far_away_keep_their_digits(kind):
    rng = np.random.default_rng(2)
    mu = np.array([[1e3, -1e3], [-1e3, 5e2]])
    cov = {
        "full": np.array([[[1e-8, 5e-9], [5e-9, 1e-8]]] * 2),
        "tied": np.diag([1e-8, 2e-8]),
        "diag": np.full((2, 2), 1e-8),
        "spherical": np.array([1e-8, 4e-8]),
    }[kind]
    m = NormalMixture([0.3, 0.7], mu, cov, kind)
    x = mu[rng.integers(2, size=20)] + 1e-4 * rng.normal(size=(20, 2))
    np.testing.assert_allclose(m.log_joint(x), by_scipy(m, x), rtol=1e-9, atol=1e-5)
    np.testing.assert_allclose(m.log_prob(x), logsumexp(by_scipy(m, x), axis=1), atol=1e-5)


@kinds
@pytest.mark.parametrize("floor", [1e-6, 0.1])
def test_after_thirty_steps_the_likelihood_is_scikit_learns(kind, floor):
    x = clusters(400, 4, 3)
    start = fit_normals(
        x, 4, kind=kind, start="points", max_steps=0, rng=np.random.default_rng(1)
    ).model
    found = fit_normals(x, 4, kind=kind, start=start, floor=floor, tol=0, max_steps=30)
    with pytest.warns(match="did not converge"):
        want = theirs(x, start, 30, floor)
    assert len(found.trace) == 31 and not found.converged
    np.testing.assert_allclose(found.log_likelihood, want.score(x), atol=1e-9)
    np.testing.assert_allclose(found.model.mu, want.means_, atol=1e-7)
    np.testing.assert_allclose(found.model.cov, want.covariances_, atol=1e-7)
    np.testing.assert_allclose(found.model.weights, want.weights_, atol=1e-9)
    assert np.isclose(found.model.bic(x), want.bic(x))


def test_with_forty_dimensions_too_steps_are_scikit_learns():
    x = clusters(300, 2, 40)
    start = fit_normals(x, 2, start="points", max_steps=0, rng=np.random.default_rng(1)).model
    found = fit_normals(x, 2, start=start, floor=0.1, tol=0, max_steps=4)
    with pytest.warns(match="did not converge"):
        want = theirs(x, start, 4, 0.1)
    np.testing.assert_allclose(found.log_likelihood, want.score(x), atol=1e-8)
    np.testing.assert_allclose(found.model.cov, want.covariances_, atol=1e-8)


@settings(deadline=None, max_examples=40)
@given(
    st.sampled_from(KINDS),
    st.integers(1, 4),
    st.integers(1, 4),
    st.floats(0.1, 4.0),
    st.sampled_from(["points", "kmeans"]),
    st.integers(0, 999),
)
def test_the_likelihood_never_falls(kind, k, dim, apart, start, seed):
    x = clusters(60 * k * dim, k, dim, seed, apart)
    rng = np.random.default_rng(seed)
    options = {"kind": kind, "rng": rng, "restarts": 3, "start": start, "tol": 0}
    try:
        found = fit_normals(x, k, **options, floor=0.0, max_steps=25)
    except ValueError as error:  # rare: without a floor the likelihood has no maximum
        assert "collapsed" in str(error) and k > 1
        reject()
    assert np.diff(found.trace).min() > -1e-12
    np.testing.assert_allclose(found.model.log_prob(x).mean(), found.log_likelihood, rtol=1e-9)
    assert found.log_likelihood == found.finals.max() and len(found.finals) == 3


@kinds
def test_a_step_is_weighted_shares_means_and_covariances(kind):
    x, m = clusters(40, 3, 2), rough_mixture(3, 2, kind)
    shares = np.exp(by_scipy(m, x) - logsumexp(by_scipy(m, x), axis=1, keepdims=True))
    mu, each = [], []
    for r in shares.T:
        mu.append(np.average(x, axis=0, weights=r))
        each.append(np.cov(x.T, aweights=r, ddof=0))
    each = np.array(each)
    want = {
        "full": each,
        "tied": np.average(each, axis=0, weights=shares.sum(0)),
        "diag": np.diagonal(each, axis1=1, axis2=2),
        "spherical": np.trace(each, axis1=1, axis2=2) / 2,
    }[kind]
    after = em_step(m, x)
    np.testing.assert_allclose(after.weights, shares.mean(axis=0))
    np.testing.assert_allclose(after.mu, mu)
    np.testing.assert_allclose(after.cov, want)
    raised = em_step(m, x, floor=0.5).cov
    eye = 0.5 * np.eye(2) if kind in ("full", "tied") else 0.5
    np.testing.assert_allclose(raised, want + eye)


@kinds
@pytest.mark.parametrize("narrow", [1e-6, 1e-4])
def test_narrow_clusters_far_apart_keep_the_digits_of_their_covariances(kind, narrow):
    rng = np.random.default_rng(0)
    noise = narrow * rng.normal(size=(100, 2))
    x = np.repeat([[0.0, 0.0], [1e3, 5e2]], 50, axis=0) + noise
    found = fit_normals(x, 2, kind=kind, rng=rng, floor=0.0, tol=0, max_steps=3).model
    order = np.argsort(found.mu[:, 0])
    each = np.array([np.cov(noise[:50].T, ddof=0), np.cov(noise[50:].T, ddof=0)])
    got = found.covariances[order]
    if kind == "tied":
        each = np.repeat(each.mean(axis=0)[None], 2, axis=0)
    elif kind != "full":
        each = each * np.eye(2)
    if kind == "spherical":
        each = np.trace(each, axis1=1, axis2=2)[:, None, None] / 2 * np.eye(2)
    np.testing.assert_allclose(got, each, rtol=1e-5, atol=1e-5 * narrow**2)


@kinds
def test_many_starts_at_once_are_many_single_starts(kind):
    x = clusters(120, 3, 2)
    together = fit_normals(
        x, 3, kind=kind, rng=np.random.default_rng(4), restarts=4, start="points", tol=1e-4
    )
    rng, alone = np.random.default_rng(4), []
    for _ in range(4):
        first = fit_normals(x, 3, kind=kind, rng=rng, start="points", max_steps=0).model
        alone.append(fit_normals(x, 3, kind=kind, start=first, tol=1e-4))
    np.testing.assert_allclose(together.finals, [f.log_likelihood for f in alone], atol=1e-12)
    best = max(alone, key=lambda f: f.log_likelihood)
    np.testing.assert_allclose(together.trace, best.trace, atol=1e-12)
    np.testing.assert_allclose(together.model.mu, best.model.mu, atol=1e-9)


def test_a_fit_rests_once_a_step_gains_less_than_the_tolerance():
    x = clusters(200, 3, 2, apart=1.0)
    found = fit_normals(x, 3, rng=np.random.default_rng(0), floor=0.0, tol=1e-4)
    gains = np.diff(found.trace)
    assert found.converged and gains[-1] < 1e-4 <= gains[:-1].min() and len(gains) > 5
    short = fit_normals(x, 3, rng=np.random.default_rng(0), floor=0.0, tol=1e-4, max_steps=3)
    assert not short.converged and np.array_equal(short.trace, found.trace[:4])


def test_the_order_of_points_and_the_place_of_the_origin_do_not_matter():
    x = clusters(200, 3, 2)
    start = fit_normals(x, 3, start="points", max_steps=0, rng=np.random.default_rng(0)).model
    base = fit_normals(x, 3, start=start, max_steps=20, tol=0)
    moved = NormalMixture(start.weights, start.mu + 50.0, start.cov)
    other = fit_normals(x[::-1] + 50.0, 3, start=moved, max_steps=20, tol=0)
    np.testing.assert_allclose(other.trace, base.trace, atol=1e-9)
    np.testing.assert_allclose(other.model.mu - 50.0, base.model.mu, atol=1e-8)


@kinds
def test_samples_have_the_moments_of_the_mixture(kind):
    m = rough_mixture(3, 2, kind)
    x, z = m.sample(60_000, rng=np.random.default_rng(0))
    np.testing.assert_allclose(np.bincount(z, minlength=3) / len(z), m.weights, atol=0.01)
    for c in range(3):
        np.testing.assert_allclose(x[z == c].mean(axis=0), m.mu[c], atol=0.08)
        spread = m.covariances[c]
        np.testing.assert_allclose(np.cov(x[z == c].T), spread, atol=0.06 * spread.max())


@kinds
def test_the_number_of_parameters_is_scikit_learns(kind):
    m = rough_mixture(3, 4, kind)
    theirs = GaussianMixture(3, covariance_type=kind).fit(clusters(50, 3, 4))
    assert m.n_parameters == theirs._n_parameters()


def test_a_component_that_collapses_is_an_error_that_floor_prevents():
    x = np.concatenate([clusters(30, 1, 2), [[50.0, 50.0]]])
    start = NormalMixture([0.5, 0.5], [[3.0, 3.0], [50.0, 50.0]], np.array([np.eye(2)] * 2))
    with pytest.raises(ValueError, match="a component has collapsed onto too few points"):
        fit_normals(x, 2, start=start, floor=0.0)
    with pytest.raises(ValueError, match="raise floor"):
        em_step(start, x)
    found = fit_normals(x, 2, start=start, floor=0.01)
    np.testing.assert_allclose(found.model.cov[1], 0.01 * np.eye(2), atol=1e-9)


@kinds
def test_outlines_lie_at_one_distance_from_each_mean(kind):
    m = rough_mixture(3, 2, kind)
    for c, line in enumerate(m.outlines(1.7)):
        apart = line - m.mu[c]
        square = np.einsum("ni,ij,nj->n", apart, np.linalg.inv(m.covariances[c]), apart)
        np.testing.assert_allclose(square, 1.7**2)
        np.testing.assert_allclose(line[0], line[-1])


def test_in_the_three_clouds_a_mixture_sees_what_k_means_does_not():
    m = three_clouds()
    x, z = m.sample(600, rng=np.random.default_rng(0))
    rng = np.random.default_rng(1)

    def right(labels):
        return max((np.array(names)[labels] == z).mean() for names in permutations(range(3)))

    fitted = fit_normals(x, 3, rng=rng, restarts=5).model
    assert right(fitted.responsibilities(x).argmax(axis=1)) > 0.95
    assert right(kmeans(x, 3, rng=rng, restarts=5).labels) < 0.9


def test_of_more_numbers_than_a_block_the_parts_are_put_together(monkeypatch):
    x, m = clusters(50, 2, 40), rough_mixture(2, 40, "full")
    whole = m.log_joint(x)
    monkeypatch.setattr(mixtures, "_BLOCK", 640)
    np.testing.assert_allclose(m.log_joint(x), whole, rtol=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: NormalMixture([1.0], [[0.0]], [[1.0]], "round"), "kind must be one of 'full'"),
        (lambda: NormalMixture([1.0], [0.0], [[[1.0]]]), "mu must have shape"),
        (lambda: NormalMixture([0.5, 0.6], np.zeros((2, 1)), [[1.0]], "tied"), "sum to 1; got"),
        (
            lambda: NormalMixture([1.0], [[0.0, 0.0]], [[1.0]], "diag"),
            r"cov must have shape \(1, 2",
        ),
        (
            lambda: NormalMixture([1.0], [[0.0]], [-1.0], "spherical"),
            "positive definite; got .*-1",
        ),
        (lambda: NormalMixture([1.0], [[0.0]], [[np.nan]], "tied"), "cov must be symmetric; got"),
        (lambda: NormalMixture([1.0], [[np.nan]], [[1.0]], "tied"), "mu must be finite"),
        (
            lambda: NormalMixture([1.0], [[0.0, 0.0]], [[1.0, 2.0], [2.0, 1.0]], "tied"),
            "least eigenvalue of -1",
        ),
        (
            lambda: NormalMixture([1.0], [[0.0, 0.0]], [[1.0, 0.5], [0.2, 1.0]], "tied"),
            "cov must be symmetric",
        ),
        (lambda: rough_mixture(2, 3, "full").log_prob(np.zeros((4, 2))), "x must have shape"),
        (
            lambda: fit_normals(np.zeros((2, 1)), 3),
            "at least as many points as components, 3; got 2",
        ),
        (lambda: fit_normals(clusters(9, 1, 1), 2), "rng must be a numpy Generator"),
        (lambda: fit_normals(clusters(9, 1, 1), 0), "k must be at least 1; got 0"),
        (lambda: fit_normals(clusters(9, 1, 1), 2, start="zeros"), "start must be one of"),
        (
            lambda: fit_normals(clusters(9, 1, 2), 3, start=rough_mixture(2, 2, "full")),
            "one full mixture of 3 normals in 2 dimensions; got 1 of kind full, 2 in",
        ),
        (lambda: fit_normals(np.full((3, 1), np.inf), 1), "x must hold finite points"),
        (
            lambda: fit_normals(clusters(9, 1, 1), 1, rng=np.random.default_rng(0), floor=-1),
            "floor must be at least 0",
        ),
    ],
)
def test_bad_input_is_refused_in_a_sentence(call, message):
    with pytest.raises(ValueError, match=message):
        call()
