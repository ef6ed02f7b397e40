"""Normalisation of gradients, also of none, and their blur."""
import numpy as np
import pytest
import torch
import torch.nn.functional as F

from mmadvrain.functional.gradient import (
    normalise_l2,
    normalise_max_abs,
    normalise_mean_abs,
    smooth_gradient,
)

GRAD = torch.tensor([[2., -4.], [0., 2.]])


@pytest.mark.parametrize('function, divisor', [(normalise_mean_abs, 2.),
                                               (normalise_max_abs, 4.)])
def test_hand_value(function, divisor):
    assert torch.equal(function(GRAD), GRAD / divisor)
    assert torch.equal(
        function(GRAD * 1e-20), GRAD * 1e-20 / (1e-20 * divisor))


@pytest.mark.parametrize('function', [normalise_mean_abs, normalise_max_abs])
@pytest.mark.parametrize('shape', [(3, 4, 5), (0, ), ()])
def test_zero_stays_zero(function, shape):
    zero = torch.zeros(shape)
    assert torch.equal(function(zero), zero)


def test_l2_of_each_channel_by_hand():
    grad = torch.tensor([[[3., -4.]], [[0., 0.]], [[0., 2e-3]]])
    expected = torch.tensor([[[0.6, -0.8]], [[0., 0.]], [[0., 1.]]])
    torch.testing.assert_close(normalise_l2(grad), expected)


@pytest.mark.parametrize(
    'function',
    [normalise_mean_abs, normalise_max_abs, normalise_l2, smooth_gradient])
def test_input_is_left_alone(function):
    grad = GRAD[None].clone()
    function(grad)
    assert torch.equal(grad[0], GRAD)


@pytest.mark.parametrize('size, nsig, sigma_px', [(15, 3., 7 / 3),
                                                  (5, 1., 2.)])
def test_blur_is_the_convolution_of_the_released_code(size, nsig, sigma_px):
    """A normal density on linspace(-nsig, nsig), its outer product."""
    line = np.exp(-np.linspace(-nsig, nsig, size)**2 / 2)
    kernel = torch.from_numpy(np.outer(line, line) / line.sum()**2)
    grad = torch.randn(3, 12, 20, dtype=torch.float64)
    literal = F.conv2d(
        grad[None],
        kernel.expand(3, 1, size, size),
        padding=size // 2,
        groups=3)[0]
    torch.testing.assert_close(smooth_gradient(grad, size, nsig), literal)
    # the standard deviation in pixels, from two neighbours of the middle
    middle = size // 2
    ratio = float(kernel[middle, middle + 1] / kernel[middle, middle])
    assert (-0.5 / np.log(ratio))**0.5 == pytest.approx(sigma_px)


def test_blur_of_a_kernel_of_one_and_of_nothing():
    assert torch.equal(smooth_gradient(GRAD[None], 1), GRAD[None])
    assert not smooth_gradient(torch.zeros(3, 4, 5)).any()
