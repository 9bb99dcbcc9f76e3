"""Oracles: parameter counts of He et al. 2016, table 6; blocks composed of torch's functions."""

import pytest
import torch
from torch.nn import functional as F

from udlbook.layers import count_parameters
from udlbook.vision import ResidualBlock, ResNet


def draw(*shape):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(
    ("depth", "millions"), [(20, "0.27"), (32, "0.46"), (44, "0.66"), (56, "0.85"), (110, "1.7")]
)
def test_parameters_are_those_of_the_paper(depth, millions):
    count = count_parameters(ResNet(depth))
    assert f"{count / 1e6:.{len(millions) - 2}f}" == millions
    assert count_parameters(ResNet(20)) == 269_722


def norm(h, layer):
    return F.batch_norm(h, None, None, layer.gain, layer.bias, training=True)


@pytest.mark.parametrize("skip", [True, False])
@pytest.mark.parametrize(("after", "stride"), [(4, 1), (6, 2)])
def test_blocks_are_figures_of_the_papers(after, stride, skip):
    x = draw(2, 4, 5, 5)
    short = F.pad(x[:, :, ::stride, ::stride], (0, 0, 0, 0, 0, after - 4)) if skip else 0
    post = ResidualBlock(4, after, stride, skip=skip).double()
    f = norm(F.conv2d(x, post.conv1.weight, stride=stride, padding=1), post.norm1).relu()
    f = norm(F.conv2d(f, post.conv2.weight, padding=1), post.norm2)
    torch.testing.assert_close(post(x), F.relu(short + f))
    pre = ResidualBlock(4, after, stride, preactivation=True, skip=skip).double()
    f = F.conv2d(norm(x, pre.norm1).relu(), pre.conv1.weight, stride=stride, padding=1)
    f = F.conv2d(norm(f, pre.norm2).relu(), pre.conv2.weight, padding=1)
    torch.testing.assert_close(pre(x), short + f)


@pytest.mark.parametrize("skip", [True, False])
@pytest.mark.parametrize("preactivation", [True, False])
def test_the_network_is_a_stem_stages_of_blocks_and_a_mean(preactivation, skip):
    x = draw(3, 1, 8, 7)
    net = ResNet(14, width=2, in_channels=1, preactivation=preactivation, skip=skip).double()
    sizes = [(2, 2, 1), (2, 2, 1), (2, 4, 2), (4, 4, 1), (4, 8, 2), (8, 8, 1)]
    h = F.conv2d(x, net.stem.weight, padding=1)
    if not preactivation:
        h = norm(h, net.stem_norm).relu()
    for sized, block in zip(sizes, net.blocks, strict=True):
        twin = ResidualBlock(*sized, preactivation=preactivation, skip=skip).double()
        twin.load_state_dict(block.state_dict())
        h = twin(h)
    if preactivation:
        h = norm(h, net.last_norm).relu()
    want = F.linear(F.adaptive_avg_pool2d(h, 1)[:, :, 0, 0], net.out.weight, net.out.bias)
    torch.testing.assert_close(net(x), want)


def test_a_preactivation_block_without_weights_is_the_identity_also_for_gradients():
    block = ResidualBlock(3, 3, preactivation=True).double()
    torch.nn.init.zeros_(block.conv2.weight)
    x = draw(2, 3, 4, 4).requires_grad_()
    torch.testing.assert_close(block(x), x)
    (gradient,) = torch.autograd.grad(block(x).sum(), x)
    torch.testing.assert_close(gradient, torch.ones_like(x))


def test_without_norm_there_are_biases_and_no_running_statistics():
    net = ResNet(8, width=4, norm=False)
    assert not list(net.buffers())
    assert count_parameters(net) == sum(
        o * (9 * i + 1) for i, o in [(3, 4), (4, 4), (4, 4), (4, 8), (8, 8), (8, 16), (16, 16)]
    ) + 10 * (16 + 1)


@pytest.mark.parametrize("preactivation", [True, False])
def test_sizes_of_the_stages(preactivation):
    net = ResNet(8, width=4, in_channels=1, preactivation=preactivation, n_classes=7)
    assert net(torch.zeros(2, 1, 9, 8)).shape == (2, 7)
    assert net.blocks(torch.zeros(2, 4, 9, 8)).shape == (2, 16, 3, 2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ResNet(21), "depth must be 6n \\+ 2: 8, 14, 20, 26, ...; got 21"),
        (lambda: ResNet(2), "depth must be 6n"),
        (lambda: ResNet(8)(torch.zeros(1, 1, 8, 8)), r"x must have shape \(B, 3, H, W\)"),
        (lambda: ResidualBlock(4, 3), "after must be at least 4; got 3"),
        (lambda: ResidualBlock(4, 4, 0), "stride must be at least 1; got 0"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
