"""Oracles: loops, torch.distributions, vmap of jacrev, Gauss-Hermite quadrature, scipy's Slerp."""

import itertools

import numpy as np
import pytest
import torch
from scipy.spatial.transform import Rotation, Slerp

from udlbook.autoencoders import (
    ContractiveAutoencoder,
    NormalCodes,
    SparseAutoencoder,
    best_cosines,
    deep_autoencoder,
    jacobian,
    jacobian_penalty,
    kl_sparsity,
    l1_sparsity,
    lerp,
    mean_direction,
    reconstruction_loss,
    sampled_jacobian_penalty,
    slerp,
    small_noise,
    sparse_sums,
    top_k,
)
from udlbook.seeding import seeded


def gen(seed=0):
    return torch.Generator().manual_seed(seed)


def draw(*shape, seed=0):
    return torch.randn(*shape, generator=gen(seed), dtype=torch.float64)


# -- Sparse ---------------------------------------------------------------------------------------


def test_top_k_is_a_loop_over_sorted_rows_and_passes_gradients_to_what_it_keeps():
    h = draw(6, 7).requires_grad_()
    got = top_k(h, 3)
    G = draw(6, 7, seed=1)
    (slope,) = torch.autograd.grad(got, h, G)
    for i in range(6):
        best = set(sorted(range(7), key=lambda j: -h[i, j].item())[:3])
        for j in range(7):
            assert got[i, j] == (h[i, j] if j in best else 0)
            assert slope[i, j] == (G[i, j] if j in best else 0)


def test_l1_is_a_sum_over_units_and_a_mean_over_examples():
    h = torch.tensor([[1.0, -2.0], [0.0, 5.0]])
    assert l1_sparsity(h) == 4.0


def test_kl_is_that_of_bernoullis_and_zero_at_the_target():
    h = torch.rand(9, 4, generator=gen(), dtype=torch.float64)
    coin = torch.distributions.Bernoulli
    want = torch.distributions.kl_divergence(coin(torch.tensor(0.1).double()), coin(h.mean(0)))
    torch.testing.assert_close(kl_sparsity(h, 0.1), want.sum())
    torch.testing.assert_close(
        kl_sparsity(torch.full((3, 2), 0.2).double(), 0.2), torch.tensor(0.0).double(), atol=1e-12,
        rtol=0,
    )  # fmt: skip
    assert torch.autograd.gradcheck(lambda a: kl_sparsity(a, 0.1), h.requires_grad_())


def test_a_saturated_unit_has_a_finite_penalty():
    h = torch.zeros(3, 2, requires_grad=True)
    loss = kl_sparsity(h, 0.05)
    loss.backward()
    assert torch.isfinite(loss) and loss > 0


@pytest.mark.parametrize("options", [{}, {"k": 2}, {"sigmoid": True}])
def test_sparse_autoencoder_by_loops(options):
    with seeded(0):
        ae = SparseAutoencoder(3, 5, **options).double()
    with torch.no_grad():
        for p in ae.parameters():
            p.add_(0.3 * draw(*p.shape, seed=len(p)))
    ae.requires_grad_(False)
    x = draw(4, 3, seed=2)
    h, back = ae.encode(x), ae(x)
    for n in range(4):
        a = [
            float(
                sum(ae.encoder[j, i] * (x[n, i] - ae.decoder_bias[i]) for i in range(3))
                + ae.encoder_bias[j]
            )
            for j in range(5)
        ]
        want = [1 / (1 + np.exp(-v)) for v in a] if "sigmoid" in options else np.maximum(a, 0)
        if "k" in options:
            want = [v if v in sorted(want)[-2:] else 0.0 for v in want]
        np.testing.assert_allclose(h[n], want, atol=1e-12)
        x_hat = [
            float(sum(want[j] * ae.decoder[i, j] for j in range(5)) + ae.decoder_bias[i])
            for i in range(3)
        ]
        np.testing.assert_allclose(back[n], x_hat, atol=1e-12)


def test_atoms_of_length_one_leave_what_rectified_units_reconstruct():
    for options in ({}, {"k": 5}):
        with seeded(1):
            ae = SparseAutoencoder(3, 5, **options).double()
        with torch.no_grad():
            ae.decoder *= torch.tensor([0.1, 2, 3, 4, 0.5]).double()
            ae.encoder_bias += 0.2
            ae.decoder[:, 4] = 0
        x = draw(6, 3, seed=3)
        before = ae(x)
        ae.normalize_atoms()
        torch.testing.assert_close(ae(x), before)
        torch.testing.assert_close(
            ae.decoder.norm(dim=0), torch.tensor([1.0, 1, 1, 1, 0]).double()
        )


def test_sparse_sums_have_their_atoms_and_weights():
    rng = np.random.default_rng(0)
    atoms = rng.normal(size=(6, 4))
    x, w = sparse_sums(4000, atoms, active=2, rng=rng)
    np.testing.assert_allclose(x, w @ atoms)
    assert set((w > 0).sum(1)) == {2}
    assert w[w > 0].min() >= 0.5 and w.max() <= 1.5
    np.testing.assert_allclose((w > 0).mean(0), 1 / 3, atol=0.04)
    noisy, w = sparse_sums(4000, atoms, active=2, rng=rng, noise=0.1)
    np.testing.assert_allclose((noisy - w @ atoms).std(), 0.1, rtol=0.05)


def test_best_cosines_are_the_largest_of_a_loop():
    found, atoms = draw(5, 3), draw(4, 3, seed=1)
    for got, a in zip(best_cosines(found, atoms), atoms, strict=True):
        every = [float(a @ f / (a.norm() * f.norm())) for f in found]
        np.testing.assert_allclose(got, max(every))


# -- Contractive ----------------------------------------------------------------------------------


def test_jacobian_is_vmap_of_jacrev_and_can_be_differentiated():
    with seeded(0):
        net = deep_autoencoder(4, 6, 3, activation=torch.nn.Tanh).double()
    x = draw(5, 4)
    want = torch.func.vmap(torch.func.jacrev(lambda a: net.encode(a[None])[0]))(x)
    torch.testing.assert_close(jacobian(net.encode, x), want)
    penalty = jacobian_penalty(net.encode, x)
    torch.testing.assert_close(penalty, (want**2).sum() / 5)
    weight = net.encoder[0].weight
    (slope,) = torch.autograd.grad(penalty, weight)
    step, losses = 1e-5, []
    for sign in (1, -1):
        with torch.no_grad():
            weight[1, 2] += sign * step
        losses.append(jacobian_penalty(net.encode, x).item())
        with torch.no_grad():
            weight[1, 2] -= sign * step
    np.testing.assert_allclose(slope[1, 2], (losses[0] - losses[1]) / (2 * step), rtol=1e-6)


def test_sampled_penalty_is_unbiased():
    with seeded(1):
        net = deep_autoencoder(3, 5, 2, activation=torch.nn.Tanh).double()
    x = draw(4, 3)
    many = x.repeat(4000, 1)
    got = sampled_jacobian_penalty(net, many, generator=gen(2))
    torch.testing.assert_close(got, jacobian_penalty(net, x), rtol=0.03, atol=0)


def test_penalty_of_a_sigmoid_layer_is_autograds_with_its_gradient():
    with seeded(2):
        ae = ContractiveAutoencoder(4, 6).double()
    x = draw(5, 4)
    exact = jacobian_penalty(ae.encode, x)
    torch.testing.assert_close(ae.penalty(x), exact)
    torch.testing.assert_close(ae.loss(x, 0.7), reconstruction_loss(ae(x), x) + 0.7 * exact)
    for a, b in zip(
        torch.autograd.grad(ae.penalty(x), [ae.weight, ae.bias]),
        torch.autograd.grad(exact, [ae.weight, ae.bias]),
        strict=True,
    ):
        torch.testing.assert_close(a, b)
    torch.testing.assert_close(ae.decode(ae.encode(x)), ae.encode(x) @ ae.weight + ae.out_bias)


def quadrature(r, x, sigma, points=20):
    """The denoising loss in two dimensions, without random numbers."""
    t, w = np.polynomial.hermite_e.hermegauss(points)
    loss = 0.0
    for (a, wa), (b, wb) in itertools.product(zip(t, w, strict=True), repeat=2):
        noisy = x + sigma * torch.tensor([a, b])
        loss += wa * wb * ((r(noisy) - x) ** 2).sum(1).mean().item()
    return loss / (2 * np.pi)


def test_small_noise_is_exact_to_second_order():
    with seeded(3):
        net = deep_autoencoder(2, 8, 2, activation=torch.nn.Tanh).double()
    with torch.no_grad():
        for p in net.parameters():
            p.mul_(2.5)
    x = draw(6, 2)
    parts = small_noise(net, x)
    assert abs(parts.curvature) > 0.01  # or it would not be tested
    misses = [abs(quadrature(net, x, s) - parts.loss(s).item()) for s in (0.03, 0.015)]
    assert misses[0] < 1e-3 and 14 < misses[0] / misses[1] < 18  # the fourth order
    np.testing.assert_allclose(parts.error, reconstruction_loss(net(x), x).detach())


def test_a_linear_map_has_no_curvature():
    A = draw(3, 3)
    parts = small_noise(lambda x: x @ A.T, draw(5, 3, seed=1))
    assert parts.curvature == 0
    torch.testing.assert_close(parts.contraction, (A**2).sum())


# -- Latent ---------------------------------------------------------------------------------------


def test_mean_direction_by_a_loop():
    z, y = draw(9, 2), torch.tensor([0, 1, 2, 0, 1, 2, 0, 1, 1])
    sums = {c: np.mean([z[i].numpy() for i in range(9) if y[i] == c], axis=0) for c in (0, 1)}
    np.testing.assert_allclose(mean_direction(z, y, 0, 1), sums[1] - sums[0])


def test_lerp_goes_straight():
    a, b = draw(2, 3), draw(2, 3, seed=1)
    way = lerp(a, b, torch.tensor([0.0, 0.25, 1.0]).double())
    torch.testing.assert_close(way[0], a)
    torch.testing.assert_close(way[2], b)
    torch.testing.assert_close(way[1], a + 0.25 * (b - a))


def test_slerp_turns_as_scipys_rotations_do():
    a, b = draw(1, 3), draw(1, 3, seed=1)
    a, b = a / a.norm(), b / b.norm()
    t = torch.linspace(0, 1, 5).double()
    axis = torch.linalg.cross(a, b)[0]
    angle = torch.arccos((a * b).sum())
    turn = Rotation.from_rotvec(np.stack([np.zeros(3), (axis / axis.norm() * angle).numpy()]))
    want = Slerp([0, 1], turn)(t.numpy()).apply(a[0].numpy())
    np.testing.assert_allclose(slerp(a, b, t)[:, 0], want, atol=1e-12)


def test_slerp_has_its_ends_and_falls_back_to_a_line():
    a = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 0.0], [2.0, 0.0]]).double()
    b = torch.tensor([[2.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, 3.0]]).double()
    t = torch.tensor([0.0, 0.5, 1.0]).double()
    way = slerp(a, b, t)
    torch.testing.assert_close(way[0], a)
    torch.testing.assert_close(way[2], b)
    torch.testing.assert_close(way[1, :3], (a + b)[:3] / 2)
    torch.testing.assert_close(way[1, 3], (a + b)[3] * np.sin(np.pi / 4))


def test_normal_codes_have_the_moments_and_the_density_of_torchs():
    z = draw(50, 3) @ draw(3, 3, seed=1) + 2
    codes = NormalCodes(z)
    np.testing.assert_allclose(codes.cov, np.cov(z.T.numpy(), bias=True))
    want = torch.distributions.MultivariateNormal(z.mean(0), codes.cov).log_prob(z)
    torch.testing.assert_close(codes.log_prob(z), want)
    new = codes.sample(40_000, generator=gen(2))
    np.testing.assert_allclose(new.mean(0), z.mean(0), atol=0.05)
    np.testing.assert_allclose(np.cov(new.T), codes.cov, atol=0.15)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: top_k(torch.zeros(2, 3), 4), "between 1 and 3; got 4"),
        (lambda: kl_sparsity(torch.full((2, 2), 1.2), 0.1), "between 0 and 1; got 1.2"),
        (lambda: kl_sparsity(torch.full((2, 2), 0.2), 0.0), "target"),
        (lambda: SparseAutoencoder(3, 4, k=5), "between 1 and 4"),
        (lambda: SparseAutoencoder(3, 4, k=2, sigmoid=True), "sigmoid=True"),
        (lambda: SparseAutoencoder(0, 4), "at least 1; got 0"),
        (lambda: sparse_sums(2, np.eye(3), active=4, rng=np.random.default_rng(0)), "got 4"),
        (lambda: best_cosines(torch.eye(3), torch.eye(2)), r"\(M, 3\)"),
        (lambda: ContractiveAutoencoder(3, 2)(torch.zeros(2, 2)), r"\(B, 3\)"),
        (lambda: jacobian(lambda a: a.sum(1), torch.zeros(2, 3)), r"f\(x\) must"),
        (lambda: small_noise(lambda a: a[:, :1], torch.zeros(2, 3)), r"J must .*\(2, 3, 3\)"),
        (lambda: mean_direction(torch.zeros(2, 2), torch.tensor([0, 1]), 0, 5), "got 5"),
        (lambda: lerp(torch.zeros(2), torch.zeros(3), torch.zeros(1)), r"b must have shape \(2,"),
        (lambda: slerp(torch.zeros(2, 2), torch.zeros(1, 2), torch.zeros(1)), r"\(2, 2\)"),
        (lambda: NormalCodes(torch.zeros(3, 3)), "more than 3 codes"),
        (lambda: NormalCodes(torch.ones(9, 2)), "spread in all 2"),
    ],
)
def test_bad_input_is_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()
