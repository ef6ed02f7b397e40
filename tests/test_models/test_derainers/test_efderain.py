import pytest
import torch
import torch.nn.functional as F

from mmadvrain.models.derainers.efderain import EfDeRain
from mmadvrain.registry import MODELS


def released(state, rainy, side=3, dilations=(1, 2, 3, 4)):
    """The arithmetic of the authors' release, written out."""

    def conv(name, x, pad=1):
        return F.conv2d(x, state[f'{name}.weight'], state[f'{name}.bias'], 1,
                        pad)

    def basic(name, x):
        for i in (0, 2, 4):
            x = F.relu(conv(f'{name}.conv1.{i}', x))
        return x

    def up(x):
        return F.interpolate(x, scale_factor=2, mode='bilinear')

    conv1 = basic('conv1', rainy)
    conv2 = basic('conv2', F.avg_pool2d(conv1, kernel_size=2, stride=2))
    conv3 = basic('conv3', F.avg_pool2d(conv2, kernel_size=2, stride=2))
    conv4 = basic('conv4', F.avg_pool2d(conv3, kernel_size=2, stride=2))
    conv5 = basic('conv5', F.avg_pool2d(conv4, kernel_size=2, stride=2))
    conv6 = basic('conv6', torch.cat([conv4, up(conv5)], 1))
    conv7 = basic('conv7', torch.cat([conv3, up(conv6)], 1))
    conv8 = basic('conv8', torch.cat([conv2, up(conv7)], 1))
    core = conv('outc', up(conv8), 0)
    num, channels, height, width = rainy.shape
    core = core.view(num, channels, side * side, height, width)
    predictions = []
    for rate in dilations:
        pad = side // 2 * rate
        padded = F.pad(rainy, (pad, ) * 4)
        stack = torch.stack([
            padded[..., i * rate:i * rate + height, j * rate:j * rate + width]
            for i in range(side) for j in range(side)
        ], 2)
        predictions.append((core * stack).sum(2))
    return conv('conv_final', torch.cat(predictions, 1))


def lively(**options):
    """A small network whose kernels are not next to nothing."""
    torch.manual_seed(0)
    return EfDeRain(channels=4, init_gain=1.5, **options).double()


@pytest.mark.parametrize('side, dilations', [(3, (1, 2, 3, 4)), (5, (1, 3))])
def test_equals_the_release(side, dilations):
    net = lively(kernel_size=side, dilations=dilations)
    rainy = torch.rand(2, 3, 32, 48, dtype=torch.double)
    expected = released(net.state_dict(), rainy, side, dilations)
    torch.testing.assert_close(net(rainy), expected)
    assert expected.std() > 0.01


def test_has_the_weights_of_the_release():
    net = MODELS.build(dict(type='mmadvrain.EfDeRain'))
    shapes = {k: tuple(v.shape) for k, v in net.state_dict().items()}
    widths = [(3, 64), (64, 128), (128, 256), (256, 512), (512, 512),
              (1024, 512), (768, 256), (384, 27)]
    expected = {
        'outc.weight': (27, 27, 1, 1),
        'outc.bias': (27, ),
        'conv_final.weight': (3, 12, 3, 3),
        'conv_final.bias': (3, )
    }
    for block, (before, after) in enumerate(widths, 1):
        for i, width in zip((0, 2, 4), (before, after, after)):
            expected[f'conv{block}.conv1.{i}.weight'] = (after, width, 3, 3)
            expected[f'conv{block}.conv1.{i}.bias'] = (after, )
    assert shapes == expected
    weight = net.conv3.conv1[0].weight
    # Xavier: gain * sqrt(2 / (fan_in + fan_out))
    assert weight.std().item() == pytest.approx(
        0.02 * (2 / (9 * (128 + 256)))**0.5, rel=0.02)


def test_any_size():
    net = lively()
    for size in ((1, 1), (17, 33), (16, 32)):
        assert net(torch.rand(1, 3, *size).double()).shape[-2:] == size


def test_radius_is_a_bound():
    net = EfDeRain(channels=1).double()
    for name, parameter in net.named_parameters():
        # nothing cancels, no ReLU is off, nothing vanishes
        parameter.data = torch.rand_like(parameter) * (
            0.1 if name.endswith('bias') else 1 / parameter[0].numel())
    centre = 184
    rainy = torch.rand(1, 3, 16, 2 * centre, dtype=torch.double)
    rainy.requires_grad_()
    out = net(rainy)[0, :, 8, centre - 8:centre + 8]
    reached = torch.autograd.grad(out.sum(), rainy)[0].abs().sum((0, 1, 2)) > 0
    columns = torch.nonzero(reached).flatten()
    left, right = centre - 8 - columns.min(), columns.max() - (centre + 7)
    assert 0.8 * net.radius < max(left, right) <= net.radius


def test_tiles_equal_the_whole():
    net = EfDeRain(channels=1, init_gain=1.5, tile_size=672).double()
    rainy = torch.rand(1, 3, 16, 715, dtype=torch.double)
    tiled = net(rainy)
    net.set_tiles(None)
    torch.testing.assert_close(tiled, net(rainy))


def test_gradient_reaches_input_and_weights():
    net = lively()
    rainy = torch.rand(1, 3, 20, 18, dtype=torch.double, requires_grad=True)
    net(rainy).square().mean().backward()
    assert (rainy.grad != 0).all()
    assert all(p.grad.abs().sum() > 0 for p in net.parameters())
    step = torch.randn_like(rainy) * 1e-6
    with torch.no_grad():
        change = (net(rainy + step).square().mean() -
                  net(rainy - step).square().mean()) / 2
    torch.testing.assert_close(
        change, (rainy.grad * step).sum(), rtol=1e-4, atol=0)


def test_autocast():
    net = lively().float()
    rainy = torch.rand(1, 3, 16, 16, requires_grad=True)
    with torch.autocast('cpu', torch.bfloat16):
        derained = net(rainy)
    assert derained.dtype == torch.float32
    expected = net(rainy)
    torch.testing.assert_close(
        derained, expected, atol=0.05 * expected.abs().max().item(), rtol=0)
    derained.mean().backward()
    assert rainy.grad.isfinite().all()


@pytest.mark.parametrize('options, match', [
    (dict(kernel_size=4), 'odd and positive, but got 4'),
    (dict(dilations=()), 'one or more numbers from 1'),
    (dict(dilations=(1, 0)), 'one or more numbers from 1'),
    (dict(channels=0), 'channels must be at least 1'),
    (dict(tile_size=1000), 'multiple of 16, but got 1000'),
])
def test_arguments(options, match):
    with pytest.raises(ValueError, match=match):
        EfDeRain(**options)
