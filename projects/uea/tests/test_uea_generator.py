import pytest
import torch
import torch.nn.functional as F
from torch import nn

from projects.uea.uea.uea_generator import UEAGenerator


def test_layers_of_the_released_code():
    network = UEAGenerator()
    shapes = [
        tuple(v.shape) for n, v in network.state_dict().items()
        if n.endswith('weight')
    ]
    assert shapes == [(100, 3, 3, 3), *[(100, 100, 3, 3)] * 5,
                      (100, 100, 1, 1), (3, 100, 1, 1)]
    assert network.size_hw.tolist() == [300, 300]


def test_equals_a_plain_chain():
    torch.manual_seed(0)
    network = UEAGenerator((8, 8), channels=6, blocks=2)
    layers = []
    for layer in network.hidden:
        layers += [layer, nn.LeakyReLU(0.2)]
    chain = nn.Sequential(*layers, network.last, nn.Tanh())
    pixels = torch.rand(2, 3, 9, 11) * 2 - 1
    before = pixels.clone()
    torch.testing.assert_close(network(pixels), chain(pixels))
    assert torch.equal(pixels, before)
    assert network(pixels).shape == pixels.shape


def test_working_size():
    image = torch.rand(3, 20, 32)
    small = UEAGenerator((10, 16), 4, 1).working_pixels(image)
    # halving with antialiasing keeps the mean, and [0, 1] becomes [-1, 1]
    assert small.shape == (1, 3, 10, 16)
    assert float(small.mean()) == pytest.approx(
        float(2 * image.mean() - 1), abs=0.02)
    full = UEAGenerator(None, 4, 1)
    assert torch.equal(full.working_pixels(image)[0], 2 * image - 1)
    assert full.working_hw(image) == (20, 32)


def test_native_noise():
    noise = torch.rand(1, 3, 5, 8)
    assert torch.equal(UEAGenerator.native_noise(noise, (5, 8)), noise[0] / 2)
    expected = F.interpolate(noise, (20, 32), mode='bilinear')[0] / 2
    assert torch.equal(UEAGenerator.native_noise(noise, (20, 32)), expected)


def test_working_size_comes_with_the_weights():
    source, other = UEAGenerator((10, 16), 4, 1), UEAGenerator(None, 4, 1)
    other.load_state_dict(source.state_dict())
    assert other.working_hw(torch.zeros(3, 4, 4)) == (10, 16)


@pytest.mark.parametrize('kwargs, name', [
    (dict(size_hw=(0, 3)), 'size_hw'),
    (dict(size_hw=(3, )), 'size_hw'),
    (dict(channels=0), 'channels'),
    (dict(blocks=0), 'blocks'),
])
def test_arguments_are_checked(kwargs, name):
    with pytest.raises(ValueError, match=name):
        UEAGenerator(**kwargs)
