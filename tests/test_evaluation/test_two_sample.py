"""Layers that are alike and layers that are not."""
import numpy as np
import pytest
import torch
from scipy.stats import mannwhitneyu

from mmadvrain.evaluation.two_sample import (
    area_under_curve,
    cut_patches,
    two_sample_score,
)


def stripes(count, tall, seed):
    """Blurred noise, by columns or by rows."""
    generator = torch.Generator().manual_seed(seed)
    kernel = torch.ones(1, 1, 9, 1) if tall else torch.ones(1, 1, 1, 9)
    noise = torch.randn(count, 1, 136, 200, generator=generator)
    return list(torch.nn.functional.conv2d(noise, kernel)[:, 0, :128, :192])


def test_the_area_is_that_of_mann_and_whitney():
    random = np.random.RandomState(0)
    one, two = random.randint(9, size=40), random.randint(7, size=30)
    wanted = mannwhitneyu(one, two).statistic / (40 * 30)
    assert area_under_curve(one, two) == pytest.approx(wanted)


def test_patches_know_shape_not_brightness():
    layer = torch.rand(130, 70)
    patches = cut_patches(layer)
    assert patches.shape == (2, 1, 64, 64)
    torch.testing.assert_close(
        cut_patches(.3 + .2 * layer), patches, atol=1e-3, rtol=0)
    assert not len(cut_patches(torch.full((64, 64), .5)))


def test_what_leans_otherwise_is_told_apart_and_the_same_is_not():
    real = stripes(12, True, 0)
    options = dict(steps=60, width=8, samples=200)
    other = two_sample_score(real, stripes(12, False, 1), **options)
    assert other['low'] > .95 and other['patches'] == 2 * 6 * 6
    same = two_sample_score(real, stripes(12, True, 2), **options)
    assert same['low'] < .5 < same['high']
    assert two_sample_score(real, stripes(12, True, 2), **options) == same


def test_too_few_layers_are_refused():
    with pytest.raises(ValueError, match='of other got 0'):
        two_sample_score(stripes(4, True, 0), [torch.zeros(64, 64)] * 5)
