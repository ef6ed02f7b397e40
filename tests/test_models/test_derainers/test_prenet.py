import cv2
import numpy as np
import pytest
import torch
import torch.nn.functional as F

from mmadvrain.evaluation.functional.image_quality import psnr, to_channels
from mmadvrain.models.derainers.prenet import PReNet
from mmadvrain.registry import MODELS


def conv(state, name, x):
    return F.conv2d(x, state[f'{name}.weight'], state[f'{name}.bias'], 1, 1)


def published(state, rainy, stages=6, recurrent='lstm', residual=True):
    """The authors' arithmetic, written out."""
    x = rainy
    h = c = torch.zeros_like(rainy[:, :1]).repeat(
        1, state['conv.0.weight'].shape[1], 1, 1)
    for _ in range(stages):
        x = torch.cat((rainy, x), 1)
        x = F.relu(conv(state, 'conv0.0', x))
        if recurrent == 'lstm':
            x = torch.cat((x, h), 1)
            i = torch.sigmoid(conv(state, 'conv_i.0', x))
            f = torch.sigmoid(conv(state, 'conv_f.0', x))
            g = torch.tanh(conv(state, 'conv_g.0', x))
            o = torch.sigmoid(conv(state, 'conv_o.0', x))
            c = f * c + i * g
            h = x = o * torch.tanh(c)
        for block in range(1, 6):
            name = f'res_conv{block}'
            y = F.relu(conv(state, f'{name}.0', x))
            x = F.relu(F.relu(conv(state, f'{name}.2', y)) + x)
        x = conv(state, 'conv.0', x)
        if residual:
            x = x + rainy
    return x


@pytest.fixture(scope='module')
def rain100h(shared_data):
    """Pairs of 80 x 96 pixels out of the middle of test images."""
    pairs = []
    for number in ('001', '005', '009'):
        pair = []
        for kind in ('rain', 'norain'):
            path = shared_data / f'rain100h/test/{kind}/norain-{number}.png'
            image = cv2.imread(str(path))[100:180, 120:216, ::-1] / 255
            pair.append(torch.tensor(image.copy()).permute(2, 0, 1).float())
        pairs.append(pair)
    return [torch.stack(images) for images in zip(*pairs)]


@pytest.fixture(scope='module')
def weights(shared_data):
    return str(shared_data / 'weights/prenet6_rain100h.pth')


def test_published_weights_give_the_published_arithmetic(rain100h, weights):
    net = PReNet(checkpoint=weights).eval()
    assert sum(p.numel() for p in net.parameters()) == 168963
    state = torch.load(weights, 'cpu', weights_only=True)
    assert list(net.state_dict()) != [] and set(net.state_dict()) == set(state)
    rainy = rain100h[0][:1, :, :60, :71]
    with torch.no_grad():
        torch.testing.assert_close(
            net(rainy), published(state, rainy), atol=1e-5, rtol=0)


def test_published_weights_derain(rain100h, weights):
    rainy, clean = rain100h
    with torch.no_grad():
        derained = PReNet(checkpoint=weights, clamp=True)(rainy)

    def luma_psnr(images):
        return np.array([
            psnr(to_channels(image, 'y'), to_channels(truth, 'y'))
            for image, truth in zip(images, clean)
        ])

    assert luma_psnr(rainy).mean() < 15
    assert luma_psnr(derained).mean() > 27
    assert (luma_psnr(derained) > luma_psnr(rainy) + 8).all()


@pytest.mark.parametrize('options', [
    dict(stages=2),
    dict(recurrent=None),
    dict(residual=False),
])
def test_variants(options):
    torch.manual_seed(0)
    net = MODELS.build(dict(type='mmadvrain.PReNet', channels=8, **options))
    rainy = torch.rand(2, 3, 9, 14)
    with torch.no_grad():
        expected = published(net.state_dict(), rainy, **options)
        torch.testing.assert_close(net(rainy), expected, atol=1e-5, rtol=0)
        stages = net.derain_stages(rainy)
    assert len(stages) == options.get('stages', 6)
    assert torch.equal(stages[-1], net(rainy))


@pytest.mark.parametrize('recurrent, reach', [(None, 8), ('lstm', 10)])
def test_radius_is_exact(recurrent, reach):
    net = PReNet(2, recurrent, channels=4, blocks=1).double()
    for parameter in net.parameters():
        parameter.data.abs_().mul_(0.1)  # nothing cancels, no ReLU is off
    assert net.radius == reach
    rainy = torch.rand(1, 3, 1, 41, dtype=torch.double, requires_grad=True)
    out = net(rainy)[0, 0, 0, 20]
    reached = torch.autograd.grad(out, rainy)[0].abs().sum((0, 1, 2)) > 0
    assert torch.nonzero(reached).flatten().tolist() == list(
        range(20 - reach, 21 + reach))


def test_tiles_equal_the_whole():
    net = PReNet(1, channels=4, blocks=2).double()
    rainy = torch.rand(1, 3, 37, 52, dtype=torch.double)
    whole = net(rainy)
    net.set_tiles(30)
    assert net.tile_overlap == 2 * net.radius + 1 == 15
    torch.testing.assert_close(net(rainy), whole)
    net.set_tiles(24, 2)
    assert not torch.allclose(net(rainy), whole)


def test_gradient_reaches_the_input_whole_and_tiled():
    net = PReNet(2, channels=2, blocks=1, tile_size=5, tile_overlap=2).double()
    rainy = torch.rand(1, 3, 2, 7, dtype=torch.double, requires_grad=True)
    assert torch.autograd.gradcheck(net, rainy)
    net.set_tiles(None)
    assert torch.autograd.gradcheck(net, rainy)


@pytest.mark.parametrize('recurrent', ['lstm', None])
def test_autocast(recurrent):
    net = PReNet(2, recurrent, channels=8)
    rainy = torch.rand(1, 3, 12, 10, requires_grad=True)
    with torch.autocast('cpu', torch.bfloat16):
        derained = net(rainy)
    assert derained.dtype == torch.float32
    torch.testing.assert_close(derained, net(rainy), atol=0.02, rtol=0)
    derained.mean().backward()
    assert rainy.grad.isfinite().all() and rainy.grad.abs().sum() > 0


def test_one_image_equals_its_row_in_a_batch():
    net = PReNet(2, channels=8)
    rainy = torch.rand(3, 3, 8, 11)
    torch.testing.assert_close(net(rainy)[1:2], net(rainy[1:2]))


@pytest.mark.parametrize('options, match', [
    (dict(stages=0), 'stages must be at least 1, but got 0'),
    (dict(stages=2.5), 'stages must be an integer, but got 2.5'),
    (dict(channels=0), 'channels must be'),
    (dict(blocks=0), 'blocks must be'),
    (dict(recurrent='rnn'), "'lstm' or None, but got 'rnn'"),
])
def test_arguments(options, match):
    with pytest.raises(ValueError, match=match):
        PReNet(**options)
