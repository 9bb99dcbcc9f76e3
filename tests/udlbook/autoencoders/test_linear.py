"""Oracles: scikit-learn's PCA, scipy's subspace angles, autograd, eigenvalues, Hessians."""

import itertools

import numpy as np
import pytest
import scipy.linalg
import torch
from sklearn.decomposition import PCA

from udlbook.autoencoders import (
    LinearAutoencoder,
    critical_point,
    critical_points,
    linear_gradients,
    linear_loss,
    principal_angles,
    principal_subspace,
    reconstruction_loss,
)
from udlbook.seeding import seeded
from udlbook.training import fit


def cloud(n=60, dim=5, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, dim)) * np.array([3.0, 2, 1.2, 0.7, 0.4])[:dim]
    return torch.from_numpy(x @ np.linalg.qr(rng.normal(size=(dim, dim)))[0] + 4)


def covariance(x):
    return (x - x.mean(0)).T @ (x - x.mean(0)) / len(x)


def test_principal_subspace_is_that_of_scikit_learn():
    x = cloud()
    ours, theirs = principal_subspace(x, 2), PCA(5).fit(x.numpy())
    n = len(x)
    np.testing.assert_allclose(ours.mean, theirs.mean_)
    np.testing.assert_allclose(ours.variances, theirs.explained_variance_ * (n - 1) / n)
    signs = np.sign(np.sum(ours.directions.numpy() * theirs.components_[:2], axis=1))
    np.testing.assert_allclose(
        ours.directions.numpy() * signs[:, None], theirs.components_[:2], atol=1e-12
    )
    theirs = PCA(2).fit(x.numpy())
    back = theirs.inverse_transform(theirs.transform(x.numpy()))
    np.testing.assert_allclose(ours.decode(ours.encode(x)), back)


def test_fewer_examples_than_numbers_leave_variances_of_zero():
    x = cloud(n=3)
    found = principal_subspace(x, 4)
    np.testing.assert_allclose(found.variances[2:], 0, atol=1e-20)
    torch.testing.assert_close(found.directions @ found.directions.T, torch.eye(4).double())


@pytest.mark.parametrize("small", [1.0, 1e-3, 1e-9])
def test_angles_are_scipys_and_exact_when_small(small):
    rng = np.random.default_rng(1)
    A = rng.normal(size=(3, 7))
    B = rng.normal(size=(3, 3)) @ (A + small * rng.normal(size=(3, 7)))
    ours = principal_angles(torch.from_numpy(A), torch.from_numpy(B))
    theirs = np.sort(scipy.linalg.subspace_angles(A.T, B.T))
    np.testing.assert_allclose(ours, theirs, rtol=1e-6 + 1e-14 / small)
    assert ours[0] > 0


def test_a_known_tilt_has_the_angle_by_which_it_was_turned():
    e = torch.eye(4, dtype=torch.float64)
    turned = torch.stack([e[0], np.cos(0.3) * e[1] + np.sin(0.3) * e[3]])
    np.testing.assert_allclose(principal_angles(e[:2], turned), [0, 0.3], atol=1e-15)
    np.testing.assert_allclose(principal_angles(e[:2], e[2:]), [np.pi / 2] * 2)


def test_loss_by_the_covariance_is_the_reconstruction_loss():
    x = cloud()
    centred = x - x.mean(0)
    for tied in (False, True):
        with seeded(2):
            ae = LinearAutoencoder(5, 2, tied=tied).double()
        by_cov = linear_loss(ae.encoder, ae.decoder, covariance(x))
        torch.testing.assert_close(by_cov, reconstruction_loss(ae(centred), centred))


def test_gradients_by_hand_are_autograds():
    with seeded(3):
        ae = LinearAutoencoder(5, 3).double()
    cov = covariance(cloud())
    want = torch.autograd.grad(
        linear_loss(ae.encoder, ae.decoder, cov), [ae.encoder, ae.free_decoder]
    )
    for got, w in zip(linear_gradients(ae.encoder, ae.decoder, cov), want, strict=True):
        torch.testing.assert_close(got, w)


def test_a_tied_decoder_is_the_transpose_and_counts_once():
    tied, free = LinearAutoencoder(5, 2, tied=True), LinearAutoencoder(5, 2)
    assert sum(p.numel() for p in tied.parameters()) == 10
    assert sum(p.numel() for p in free.parameters()) == 20
    assert torch.equal(tied.decoder, tied.encoder.T)


def hessian_values(W_e, W_d, cov):
    """Eigenvalues of the second derivatives by all weights together, by autograd."""
    size = W_e.numel()

    def loss(flat):
        return linear_loss(flat[:size].reshape(W_e.shape), flat[size:].reshape(W_d.shape), cov)

    flat = torch.cat([W_e.reshape(-1), W_d.reshape(-1)])
    return torch.linalg.eigvalsh(torch.autograd.functional.hessian(loss, flat))


def test_every_choice_of_eigenvectors_is_critical_and_only_the_first_a_minimum():
    cov = covariance(cloud(dim=4))
    values = np.linalg.eigvalsh(cov.numpy())[::-1]
    mix = torch.tensor([[2.0, 1.0], [-0.5, 0.3]], dtype=torch.float64)
    found = list(critical_points(cov, 2))
    assert [kept for kept, _ in found] == list(itertools.combinations(range(4), 2))
    for kept, loss in found:
        W_e, W_d = critical_point(cov, kept, mix)
        rest = sum(values[i] for i in range(4) if i not in kept)
        np.testing.assert_allclose(loss, rest)
        np.testing.assert_allclose(linear_loss(W_e, W_d, cov), rest)
        for g in linear_gradients(W_e, W_d, cov):
            np.testing.assert_allclose(g, 0, atol=1e-12)
        least = hessian_values(W_e, W_d, cov)[0]
        assert least > -1e-9 if kept == (0, 1) else least < -1e-3


def test_training_finds_the_subspace_of_pca_and_its_loss():
    x = cloud()
    centred, pca = x - x.mean(0), principal_subspace(x, 2)
    for tied in (False, True):
        with seeded(4):
            ae = LinearAutoencoder(5, 2, tied=tied).double()
        loss = fit(
            lambda b, ae=ae: reconstruction_loss(ae(b), b),
            ae,
            itertools.repeat((centred,)),
            steps=700,
            lr=0.02,
        )[-1]
        np.testing.assert_allclose(loss, pca.variances[2:].sum(), rtol=1e-6)
        assert principal_angles(ae.decoder.T.detach(), pca.directions).max() < 1e-3


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: LinearAutoencoder(3, 4), "between 1 and 3; got 4"),
        (lambda: LinearAutoencoder(3, 2)(torch.zeros(1, 4)), r"x must have shape \(B, 3\)"),
        (lambda: LinearAutoencoder(3, 2).decode(torch.zeros(1, 3)), r"shape \(B, 2\)"),
        (lambda: principal_subspace(torch.zeros(4, 3), 4), "between 1 and 3"),
        (lambda: principal_angles(torch.eye(3)[:2], torch.eye(3)), r"shape \(2, 3\)"),
        (lambda: critical_point(torch.eye(3), [0, 0]), r"got \[0, 0\]"),
        (lambda: critical_point(torch.eye(3), [3]), "0 to 2"),
        (lambda: linear_loss(torch.ones(2, 3), torch.ones(3, 2), torch.eye(4)), "cov must"),
    ],
)
def test_bad_input_is_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()
