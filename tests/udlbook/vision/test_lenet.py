"""Oracles: the paper's sizes and counts; torch's layers with masked weights; SciPy's images."""

import math

import numpy as np
import pytest
import torch
from scipy import ndimage
from torch.nn import functional as F

from udlbook.layers import count_parameters
from udlbook.seeding import seeded
from udlbook.vision import (
    RBF,
    DigitNet,
    LeNet5,
    ShiftAveraged,
    Subsampling,
    TableConv2d,
    connection_table,
    connections,
    modern_lenet5,
    rbf_loss,
    squash,
    wobble,
)


def draw(*shape, seed=0):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def test_lenet5_has_the_papers_60000_parameters_layer_by_layer():
    net = LeNet5()
    counts = {name: count_parameters(layer) for name, layer in net.named_children()}
    assert counts == dict(c1=156, s2=12, c3=1516, s4=32, c5=48_120, f6=10_164, out=0)
    assert count_parameters(net) == 60_000


def test_the_papers_connections():
    want = dict(c1=122_304, s2=5_880, c3=151_600, s4=2_000, c5=48_120, f6=10_164, output=840)
    assert connections() == want
    assert sum(connections().values()) == 340_908


def test_the_maps_have_the_papers_sizes():
    maps = LeNet5().stages(torch.zeros(2, 1, 32, 32))
    sizes = {name: tuple(a.shape[1:]) for name, a in maps.items()}
    assert sizes == {
        "input": (1, 32, 32),
        "c1": (6, 28, 28),
        "s2": (6, 14, 14),
        "c3": (16, 10, 10),
        "s4": (16, 5, 5),
        "c5": (120, 1, 1),
        "f6": (84,),
        "output": (10,),
    }


def test_table_one_has_six_maps_of_three_nine_of_four_and_one_of_six():
    table = connection_table()
    assert table.sum(dim=1).tolist() == [3] * 6 + [4] * 9 + [6]
    assert table.sum(dim=0).tolist() == [10] * 6
    for k in range(6):  # the first six read three neighbours in a ring, the next six four
        ring = [sorted((k + i) % 6 for i in range(n)) for n in (3, 4)]
        assert [torch.nonzero(table[m])[:, 0].tolist() for m in (k, k + 6)] == ring
    assert len({tuple(row.tolist()) for row in table}) == 16


def test_a_table_convolution_is_torchs_with_zeros_in_the_weight():
    layer = TableConv2d(connection_table(), 3).double()
    with torch.no_grad():
        layer.weight.copy_(draw(60, 3, 3))
        layer.bias.copy_(draw(16, seed=1))
    weight, kernels = torch.zeros(16, 6, 3, 3, dtype=torch.float64), iter(layer.weight)
    for o in range(16):
        for c in range(6):
            if connection_table()[o, c]:
                weight[o, c] = next(kernels).detach()
    x = draw(2, 6, 7, 7, seed=2)
    torch.testing.assert_close(layer(x), F.conv2d(x, weight, layer.bias))
    layer(x).sum().backward()
    torch.testing.assert_close(
        layer.weight.grad[0], F.unfold(x[:, :1], 3).sum(dim=(0, 2)).reshape(3, 3)
    )


def test_with_a_full_table_c3_has_2416_parameters_and_the_linear_output_850():
    net = LeNet5("linear", table=False)
    assert (count_parameters(net.c3), count_parameters(net.out)) == (2416, 850)


def test_subsampling_adds_scales_and_shifts():
    layer, x = Subsampling(3).double(), draw(2, 3, 4, 6)
    with torch.no_grad():
        layer.coefficient.copy_(draw(3, seed=1))
        layer.bias.copy_(draw(3, seed=2))
    total = 4 * F.avg_pool2d(x, 2)
    want = layer.coefficient.reshape(3, 1, 1) * total + layer.bias.reshape(3, 1, 1)
    torch.testing.assert_close(layer(x), want)


def test_squash_fixes_minus_one_zero_and_one_and_is_most_curved_there():
    a = torch.tensor([-1.0, 0.0, 1.0, 50.0], dtype=torch.float64)
    want = torch.tensor([-1.0, 0.0, 1.0, 1.7159], dtype=torch.float64)
    torch.testing.assert_close(squash(a), want, atol=1e-4, rtol=0)
    grid = torch.linspace(0, 3, 301, dtype=torch.float64)
    curvature = squash(grid)[2:] - 2 * squash(grid)[1:-1] + squash(grid)[:-2]
    assert abs(grid[1:-1][curvature.abs().argmax()] - 1) < 0.02


def test_rbf_is_the_squared_distance_to_rows_of_signs():
    layer = RBF(84, 10, generator=torch.Generator().manual_seed(1))
    x = draw(5, 84).float()
    want = np.square(x.numpy()[:, None] - layer.centres.numpy()).sum(axis=2)
    np.testing.assert_allclose(layer(x).numpy(), want, rtol=1e-5)
    assert set(layer.centres.unique().tolist()) == {-1.0, 1.0}
    assert layer(layer.centres).argmin(dim=1).tolist() == list(range(10))
    again, other = (RBF(84, 10, generator=torch.Generator().manual_seed(s)) for s in (1, 2))
    assert torch.equal(again.centres, layer.centres)
    assert not torch.equal(other.centres, layer.centres)
    assert torch.equal(LeNet5().out.centres, LeNet5().out.centres)


def test_rbf_loss_is_a_cross_entropy_with_a_rubbish_class():
    distances, y = draw(6, 4).abs(), torch.tensor([0, 1, 2, 3, 3, 0])
    logits = torch.cat([-distances, torch.full((6, 1), -2.5, dtype=torch.float64)], dim=1)
    torch.testing.assert_close(rbf_loss(distances, y, j=2.5), F.cross_entropy(logits, y))
    by_hand = 3.0 + math.log(math.exp(-1) + math.exp(-3) + math.exp(-5))
    assert rbf_loss(torch.tensor([[3.0, 5.0]]), torch.tensor([0])).item() == pytest.approx(by_hand)


def test_modern_lenet5_has_61706_parameters():
    net = modern_lenet5()
    assert count_parameters(net) == 156 + 2416 + 48_120 + 10_164 + 850 == 61_706
    assert net(torch.zeros(2, 1, 32, 32)).shape == (2, 10)


@pytest.mark.parametrize("table", [True, False])
def test_lenet5_is_torchs_functions_in_a_row(table):
    net, x = LeNet5("linear", table=table).double(), draw(2, 1, 32, 32)
    reads = connection_table() if table else torch.ones(16, 6, dtype=torch.bool)
    c3 = torch.zeros(16, 6, 5, 5, dtype=torch.float64)
    c3[reads] = net.c3.weight.detach()

    def bend(a):
        return 1.7159 * torch.tanh(2 * a / 3)

    def halve(a, layer):
        total = F.avg_pool2d(a, 2, divisor_override=1)
        return bend(total * layer.coefficient[:, None, None] + layer.bias[:, None, None])

    h = halve(bend(F.conv2d(x, net.c1.weight, net.c1.bias)), net.s2)
    h = halve(bend(F.conv2d(h, c3, net.c3.bias)), net.s4)
    h = bend(F.conv2d(h, net.c5.weight, net.c5.bias)).flatten(1)
    h = bend(F.linear(h, net.f6.weight, net.f6.bias))
    torch.testing.assert_close(net(x), F.linear(h, net.out.weight, net.out.bias))
    assert net.stages(x).keys() == {"input", "c1", "s2", "c3", "s4", "c5", "f6", "output"}


def test_new_weights_lie_within_a_bound_by_their_fan_in():
    net = LeNet5()
    inputs = connection_table().sum(dim=1)
    fans = inputs.repeat_interleave(inputs) * 25
    scaled = net.c3.weight.abs().amax(dim=(1, 2)) * fans
    assert 1.2 < scaled.min() and scaled.max() <= 2.4
    for layer, fan in (net.c1, 25), (net.c5, 400), (net.f6, 120):
        assert 2.2 < layer.weight.abs().max() * fan <= 2.4


def test_every_parameter_of_lenet5_learns():
    net = LeNet5()
    rbf_loss(net(draw(4, 1, 32, 32).float()), torch.arange(4)).backward()
    assert all(p.grad.abs().max() > 0 for p in net.parameters())


def test_digit_net_is_torchs_layers_in_a_row():
    net, x = DigitNet((4, 6), 5).double().eval(), draw(3, 8, 8)
    h = x[:, None]
    for conv, norm in (net.maps[0], net.maps[1]), (net.maps[4], net.maps[5]):
        h = F.conv2d(h, conv.weight, padding=1)
        h = F.batch_norm(h, norm.mean, norm.var, norm.gain, norm.bias)
        h = F.max_pool2d(F.relu(h), 2)
    want = net.out(F.relu(net.first(h.flatten(1))))
    torch.testing.assert_close(net(x), want)
    assert count_parameters(net) == 36 + 8 + 216 + 12 + (24 * 5 + 5) + (5 * 10 + 10)


def test_a_wobble_is_scipys_affine_map():
    x = draw(5, 8, 8)
    options = dict(turn=0.4, shift=1.5, scale=0.2)
    got = wobble(x, **options, generator=torch.Generator().manual_seed(3))
    draws = torch.rand(5, 4, generator=torch.Generator().manual_seed(3)).double() * 2 - 1
    middle = np.array([3.5, 3.5])
    for image, out, (a, s, d, r) in zip(x.numpy(), got.numpy(), draws.numpy(), strict=True):
        c, z = np.cos(0.4 * a), np.sin(0.4 * a)
        matrix = (1 + 0.2 * s) * np.array([[c, z], [-z, c]])
        offset = middle - matrix @ middle + 1.5 * np.array([d, r])
        padded = np.pad(image, 4)  # SciPy stops at the last middle, torch half a pixel later
        offset = offset + 4 - matrix @ np.array([4, 4])
        want = ndimage.affine_transform(padded, matrix, offset, order=1)[4:-4, 4:-4]
        np.testing.assert_allclose(out, want, atol=1e-5)


def test_no_wobble_changes_nothing():
    x = draw(2, 7, 8)
    got = wobble(x, turn=0, shift=0, scale=0, generator=torch.Generator())
    torch.testing.assert_close(got, x)


def test_dropout_leaves_out_units_before_the_logits_in_training_alone():
    with seeded(0):
        plain, net = (DigitNet((4, 6), 500, dropout=p).double() for p in (0.0, 0.4))
    net.load_state_dict(plain.state_dict())
    x, seen = draw(3, 8, 8), []
    net.out.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    plain.out.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    with seeded(1):
        plain(x), net(x)
    kept = seen[1] != 0
    torch.testing.assert_close(seen[1][kept], seen[0][kept] / 0.6)
    assert 0.35 < 1 - kept.sum() / (seen[0] != 0).sum() < 0.45
    torch.testing.assert_close(net.eval()(x), net(x))
    plain.load_state_dict(net.state_dict())
    torch.testing.assert_close(net(x), plain.eval()(x))


@pytest.mark.parametrize("by", [0.5, 0.2])
def test_an_average_over_shifts_is_that_of_scipys_five_views(by):
    net, x = DigitNet((2, 3), 4).double().eval(), draw(3, 8, 8)
    padded = np.pad(x.numpy(), ((0, 0), (4, 4), (4, 4)))
    steps = [(0, 0), (by, 0), (-by, 0), (0, by), (0, -by)]
    views = [ndimage.shift(padded, (0, *step), order=1)[:, 4:-4, 4:-4] for step in steps]
    with torch.no_grad():
        want = sum(net(torch.from_numpy(v)).log_softmax(dim=1) for v in views) / 5
        torch.testing.assert_close(ShiftAveraged(net, by)(x), want)
        torch.testing.assert_close(ShiftAveraged(net, 0)(x).softmax(dim=1), net(x).softmax(dim=1))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: LeNet5("softmax"), "output must be one of 'rbf', 'linear'; got 'softmax'"),
        (lambda: LeNet5()(torch.zeros(1, 1, 28, 28)), r"x must have shape \(B, 1, 32, 32\)"),
        (lambda: DigitNet()(torch.zeros(1, 1, 8, 8)), r"x must have shape \(B, 8, 8\)"),
        (lambda: DigitNet(dropout=2), "dropout probability has to be between 0 and 1, but got 2"),
        (lambda: ShiftAveraged(DigitNet(), -1), "by must be at least 0; got -1"),
        (lambda: ShiftAveraged(DigitNet())(torch.zeros(8, 8)), r"x must have shape \(B, H, W\)"),
        (lambda: TableConv2d(torch.ones(3), 3), r"table must have shape \(O, C\)"),
        (lambda: rbf_loss(torch.zeros(2, 3), torch.zeros(3)), r"y must have shape \(2,\)"),
        (
            lambda: wobble(torch.zeros(8, 8), turn=0, shift=0, scale=0, generator=None),
            r"x must have shape \(B, H, W\)",
        ),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
