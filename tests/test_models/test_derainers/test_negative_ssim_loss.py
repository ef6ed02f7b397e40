import pytest
import torch

from mmadvrain.functional.ssim import ssim
from mmadvrain.models.derainers.losses import (
    NegativeSSIMLoss,
    negative_ssim_loss,
)
from mmadvrain.registry import MODELS


def test_is_minus_the_mean_similarity():
    derained, clean = torch.rand(2, 2, 3, 16, 12)
    loss = negative_ssim_loss(derained, clean)
    torch.testing.assert_close(loss, -ssim(derained, clean).mean())
    assert loss.shape == ()
    assert negative_ssim_loss(clean, clean).item() == pytest.approx(-1)


def test_class_equals_function():
    derained, clean = torch.rand(2, 2, 3, 16, 12) * 9
    options = dict(window_size=7, sigma=2., data_range=9.)
    module = MODELS.build(
        dict(type='mmadvrain.NegativeSSIMLoss', loss_weight=3., **options))
    torch.testing.assert_close(
        module(derained, clean),
        3 * negative_ssim_loss(derained, clean, **options))
    assert not list(module.state_dict())


@pytest.mark.parametrize('options, match', [
    (dict(window_size=10), 'odd and positive, but got 10'),
    (dict(sigma=0), 'must be positive'),
    (dict(data_range=-1), 'must be positive'),
])
def test_arguments(options, match):
    with pytest.raises(ValueError, match=match):
        NegativeSSIMLoss(**options)
