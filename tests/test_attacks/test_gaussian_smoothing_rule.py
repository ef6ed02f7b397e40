import pytest
import torch

from mmadvrain.attacks.rules import GaussianSmoothingRule
from mmadvrain.functional.gradient import smooth_gradient


def test_one_point_becomes_the_kernel():
    """Weights of a normal density at 0 and +-1 sigma: 1 and exp(-1/2)."""
    grad = torch.zeros(3, 5, 5)
    grad[1, 2, 2] = 2.
    blurred, state = GaussianSmoothingRule(3, 1.)(grad, 'kept')
    assert state == 'kept'
    line = torch.tensor([0.6065306597, 1., 0.6065306597])
    line = line / line.sum()
    torch.testing.assert_close(blurred[1, 1:4, 1:4], 2 * line[:, None] * line)
    assert blurred.sum() == pytest.approx(2.)
    assert not blurred[0].any() and not blurred[2].any()


def test_passes_its_options_on():
    grad = torch.randn(3, 20, 30)
    for options in (dict(), dict(kernel_size=7, nsig=2.)):
        blurred, _ = GaussianSmoothingRule(**options)(grad, None)
        assert torch.equal(blurred, smooth_gradient(grad, **options))


@pytest.mark.parametrize('options, match', [
    (dict(kernel_size=4), 'positive odd int, but got 4'),
    (dict(kernel_size=0), 'positive odd int, but got 0'),
    (dict(kernel_size=3.), 'positive odd int, but got 3.0'),
    (dict(nsig=0.), '`nsig` must be positive, but got 0.0'),
])
def test_bad_options(options, match):
    with pytest.raises(ValueError, match=match):
        GaussianSmoothingRule(**options)
