import pytest
import torch

from mmadvrain.functional.ssim import ssim
from mmadvrain.models.derainers.losses import L1SSIMLoss, l1_ssim_loss
from mmadvrain.registry import MODELS


def test_is_the_weighted_sum():
    derained, clean = torch.rand(2, 2, 3, 16, 12)
    expected = (derained -
                clean).abs().mean() - 0.2 * ssim(derained, clean).mean()
    torch.testing.assert_close(l1_ssim_loss(derained, clean), expected)
    alone = l1_ssim_loss(derained, clean, 2., 0.)
    torch.testing.assert_close(alone, 2 * (derained - clean).abs().mean())


def test_class_equals_function():
    derained, clean = torch.rand(2, 2, 3, 16, 12) * 9
    options = dict(
        l1_weight=.5, ssim_weight=.7, window_size=7, sigma=2., data_range=9.)
    module = MODELS.build(dict(type='mmadvrain.L1SSIMLoss', **options))
    torch.testing.assert_close(
        module(derained, clean), l1_ssim_loss(derained, clean, **options))


@pytest.mark.parametrize('options, match', [
    (dict(l1_weight=-1), 'must not be negative.*l1_weight=-1'),
    (dict(ssim_weight=-1), 'must not be negative'),
    (dict(window_size=0), 'odd and positive'),
])
def test_arguments(options, match):
    with pytest.raises(ValueError, match=match):
        L1SSIMLoss(**options)
