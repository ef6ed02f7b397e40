"""Measures of one attacked image against scikit-image and by hand."""
import math
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType

import pytest
import torch
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from mmadvrain.evaluation.functional import attack_quality as module
from mmadvrain.evaluation.functional.attack_quality import attack_quality


@pytest.fixture(autouse=True)
def without_lpips(monkeypatch):
    """As if lpips were not installed; tests put their own in its place."""
    monkeypatch.setattr(module, 'find_spec', lambda name: None)
    module._lpips_if_installed.cache_clear()
    yield
    module._lpips_if_installed.cache_clear()


def pair():
    generator = torch.Generator().manual_seed(0)
    clean = torch.rand(3, 30, 24, generator=generator)
    noise = torch.rand(3, 30, 24, generator=generator)
    return (clean + 0.2 * noise).clamp(0, 1), clean


def test_equals_scikit_image():
    image, clean = pair()
    found = attack_quality(image, clean)
    assert set(found) == {'psnr', 'ssim'}
    assert found['psnr'] == pytest.approx(
        peak_signal_noise_ratio(clean.numpy(), image.numpy(), data_range=1),
        abs=1e-4)
    assert found['ssim'] == pytest.approx(
        structural_similarity(
            clean.numpy(),
            image.numpy(),
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
            data_range=1,
            channel_axis=0),
        abs=1e-4)


def test_nothing_differs():
    _, clean = pair()
    found = attack_quality(clean, clean)
    assert found['psnr'] == math.inf
    assert found['ssim'] == pytest.approx(1)


def test_an_image_smaller_than_the_window():
    image, clean = pair()
    assert set(attack_quality(image[:, :10], clean[:, :10])) == {'psnr'}


def fake_lpips(monkeypatch, network):
    fake = ModuleType('lpips')
    fake.__spec__ = ModuleSpec('lpips', None)
    fake.LPIPS = network
    monkeypatch.setitem(sys.modules, 'lpips', fake)
    monkeypatch.setattr(module, 'find_spec', lambda name: fake.__spec__)


def test_lpips_is_given_images_in_its_range(monkeypatch):

    class Network(torch.nn.Module):

        def __init__(self, net, verbose):
            super().__init__()
            assert (net, verbose) == ('alex', False)

        def forward(self, one, other):
            return (one - other).abs().mean((1, 2, 3), keepdim=True)

    fake_lpips(monkeypatch, Network)
    black, white = torch.zeros(3, 12, 12), torch.ones(3, 12, 12)
    assert attack_quality(black, white)['lpips'] == 2


def test_lpips_without_its_weights_is_left_out(monkeypatch):

    def network(**kwargs):
        raise OSError('no route to the weights')

    fake_lpips(monkeypatch, network)
    assert 'lpips' not in attack_quality(*pair())
