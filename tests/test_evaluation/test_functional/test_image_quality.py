import math

import numpy as np
import pytest
import torch
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from mmadvrain.evaluation.functional.image_quality import (
    psnr,
    ssim,
    to_channels,
    to_grey_levels,
)


@pytest.fixture
def pair():
    rng = np.random.default_rng(0)
    reference = rng.uniform(0, 255, (3, 20, 23))
    image = np.clip(reference + rng.normal(0, 20, reference.shape), 0, 255)
    return torch.tensor(image), torch.tensor(reference)


def test_quantisation():
    image = torch.tensor([-0.1, 0.999 / 255, 1.6 / 255, 0.5, 1.2])
    image = image.view(1, 1, -1).expand(3, 1, -1)
    for how, expected in (('round', [0, 1, 2, 128,
                                     255]), ('truncate', [0, 0, 1, 127, 255]),
                          (None, [0, .999, 1.6, 127.5, 255])):
        levels = to_grey_levels(image, how)[0, 0] * 255
        torch.testing.assert_close(
            levels, torch.tensor(expected).double(), atol=1e-4, rtol=0)
    with pytest.raises(ValueError, match="'round', 'truncate' or None"):
        to_grey_levels(image, 'floor')


def test_images_of_8_bit_survive_both_ways_to_quantise():
    levels = torch.arange(256, dtype=torch.uint8).view(1, 1, -1)
    image = levels.expand(3, 1, -1).float() / 255
    for how in ('round', 'truncate'):
        stored = to_grey_levels(image, how)
        assert torch.equal((stored * 255).round().byte()[:1], levels)


def test_channels():
    image = torch.rand(3, 4, 5, dtype=torch.double)
    assert torch.equal(to_channels(image, 'rgb'), image * 255)
    red, green, blue = image.numpy()
    luma = 16 + 65.481 * red + 128.553 * green + 24.966 * blue
    np.testing.assert_allclose(to_channels(image, 'y'), luma[None], rtol=1e-6)
    with pytest.raises(ValueError, match="'rgb' or 'y', but got 'lab'"):
        to_channels(image, 'lab')


def test_golden_luma_of_matlab():
    # Y of rgb2ycbcr([1 1 1; 0 0 0; 1 0 0; 0 0 1]) of MATLAB, times 255
    rgb = torch.tensor([[1., 1, 1], [0, 0, 0], [1, 0, 0], [0, 0, 1]])
    np.testing.assert_allclose(
        to_channels(rgb.t().reshape(3, 2, 2), 'y').ravel(),
        [235, 16, 81.481, 40.966],
        rtol=1e-6)


def test_psnr_by_its_definition(pair):
    mse = ((pair[0] - pair[1])**2).mean()
    assert psnr(*pair) == pytest.approx(10 * math.log10(255**2 / mse))
    image, reference = (x.numpy() for x in pair)
    assert psnr(*pair) == pytest.approx(
        peak_signal_noise_ratio(reference, image, data_range=255))
    assert psnr(pair[0], pair[0]) == float('inf')


@pytest.mark.parametrize('channels', [1, 3])
def test_ssim_equals_scikit_image(pair, channels):
    image, reference = (x[:channels] for x in pair)
    expected = structural_similarity(
        reference.numpy(),
        image.numpy(),
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        data_range=255,
        channel_axis=0)
    assert ssim(image, reference) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize('size, factor', [(383, 1), (384, 2), (640, 3)])
def test_down_sampling_of_ssim_m(size, factor):
    rng = np.random.default_rng(0)
    image, reference = rng.uniform(0, 255, (2, size, size + 10))
    # imfilter puts the origin of a window at floor((size + 1) / 2), from 1
    pad = (factor - 1) // 2
    shrunk = []
    for x in (image, reference):
        wide = np.pad(x, ((pad, factor), (pad, factor)), 'symmetric')
        windows = [
            wide[i:i + size:factor, j:j + size + 10:factor]
            for i in range(factor) for j in range(factor)
        ]
        shrunk.append(np.mean(windows, 0))
    pair = [torch.tensor(x)[None] for x in (image, reference)]
    shrunk = [torch.tensor(x)[None] for x in shrunk]
    assert ssim(*pair, True) == pytest.approx(ssim(*shrunk))
