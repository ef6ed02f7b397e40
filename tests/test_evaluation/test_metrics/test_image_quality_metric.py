import sys
import types

import numpy as np
import pytest
import torch
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from mmadvrain.evaluation.metrics import ImageQualityMetric
from mmadvrain.registry import METRICS
from mmadvrain.structures.derain_data_sample import DerainDataSample


def test_images_too_small_for_ssim(samples):
    sample = samples[0]
    for name in ('clean', 'derained'):
        setattr(sample, name, getattr(sample, name)[:, :10])
    with pytest.raises(ValueError, match='a.png: SSIM wants .*11 .* 20x10'):
        score([sample])
    assert score([sample], metrics=('psnr', ))['derained/psnr_y'] > 0


@pytest.fixture
def samples():
    generator = torch.Generator().manual_seed(0)
    samples = []
    for size in ((16, 20), (24, 13)):
        sample = DerainDataSample(metainfo=dict(img_path='a.png'))
        levels = torch.randint(0, 256, (3, *size), generator=generator)
        sample.clean = levels / 255
        noise = torch.randn(3, *size, generator=generator)
        sample.derained = (sample.clean + .05 * noise).clamp(0, 1)
        sample.rainy = (sample.clean + .2).clamp(0, 1)
        samples.append(sample)
    return samples


def score(samples, **options):
    metric = METRICS.build(
        dict(type='mmadvrain.ImageQualityMetric', **options))
    for sample in samples:
        metric.process({}, [sample.to_dict()])
    return metric.evaluate(len(samples))


@pytest.mark.parametrize('quantise, function', [('round', np.round),
                                                ('truncate', np.floor)])
def test_equals_scikit_image_on_stored_images(samples, quantise, function):
    rgb, luma = [], []
    for s in samples:
        clean, derained = (
            function(x.numpy() * 255) for x in (s.clean, s.derained))
        rgb.append((peak_signal_noise_ratio(clean, derained, data_range=255),
                    structural_similarity(
                        clean,
                        derained,
                        channel_axis=0,
                        data_range=255,
                        gaussian_weights=True,
                        use_sample_covariance=False)))
        weights = np.array([65.481, 128.553, 24.966]) / 255
        clean, derained = (
            np.tensordot(weights, x, 1) + 16 for x in (clean, derained))
        luma.append((peak_signal_noise_ratio(clean, derained, data_range=255),
                     structural_similarity(
                         clean,
                         derained,
                         data_range=255,
                         gaussian_weights=True,
                         use_sample_covariance=False)))
    rgb, luma = np.mean(rgb, 0), np.mean(luma, 0)
    assert score(
        samples, quantise=quantise) == pytest.approx({
            'derained/psnr_rgb':
            rgb[0],
            'derained/ssim_rgb':
            rgb[1],
            'derained/psnr_y':
            luma[0],
            'derained/ssim_y':
            luma[1]
        })


def test_other_images_keys_and_subsets(samples):
    out = score(samples, image='rainy', metrics=('psnr', ), spaces=('y', ))
    assert list(out) == ['rainy/psnr_y']
    out = score(samples, metrics=['ssim'], prefix='x', quantise=None)
    assert list(out) == ['x/ssim_y', 'x/ssim_rgb']


def test_equal_images(samples):
    out = score(samples, image='clean')
    assert out['clean/psnr_y'] == out['clean/psnr_rgb'] == float('inf')
    assert out['clean/ssim_rgb'] == pytest.approx(1)


def test_down_sampling_is_passed_on():
    sample = DerainDataSample()
    sample.clean, sample.derained = torch.rand(2, 3, 384, 390)
    plain, small = (
        score([sample], metrics=['ssim'], spaces=['y'], ssim_downsample=x)
        for x in (False, True))
    assert abs(plain['derained/ssim_y'] - small['derained/ssim_y']) > 1e-3


def test_samples_that_lack_an_image_or_differ_in_size(samples):
    del samples[0].derained
    with pytest.raises(KeyError, match="a.png has no 'derained' image"):
        score(samples)
    samples[1].derained = torch.rand(3, 4, 4)
    with pytest.raises(ValueError, match='must be of one shape.*a.png'):
        score(samples[1:])


def test_lpips_is_imported_where_wanted(samples, monkeypatch):
    monkeypatch.setitem(sys.modules, 'lpips', None)
    with pytest.raises(ImportError, match='pip install lpips'):
        ImageQualityMetric(metrics=['lpips'])

    class Distance(torch.nn.Module):

        def __init__(self, net, verbose):
            super().__init__()
            assert (net, verbose) == ('vgg', False)

        def forward(self, first, second):
            assert first.shape[:2] == (1, 3) and first.min() < -0.9
            return (first - second).abs().mean().view(1, 1, 1, 1)

    monkeypatch.setitem(sys.modules, 'lpips',
                        types.SimpleNamespace(LPIPS=Distance))
    out = score(samples, metrics=['lpips'], lpips_net='vgg', quantise=None)
    expected = np.mean([(2 * (s.clean - s.derained)).abs().mean()
                        for s in samples])
    assert out == pytest.approx({'derained/lpips': expected})


@pytest.mark.parametrize('options, match', [
    (dict(metrics=('mse', )), "one or more of .*'lpips'.*'mse'"),
    (dict(metrics='psnr'), "but got 'psnr'"),
    (dict(metrics=()), r'but got \(\)'),
    (dict(spaces=('hsv', )), 'spaces must be one or more'),
    (dict(quantise='ceil'), "'round', 'truncate' or None, but got 'ceil'"),
])
def test_arguments(options, match):
    with pytest.raises(ValueError, match=match):
        ImageQualityMetric(**options)
