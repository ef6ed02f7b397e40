"""Normalisation of gradients, also of none."""
import pytest
import torch

from mmadvrain.functional import normalise_max_abs, normalise_mean_abs

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


@pytest.mark.parametrize('function', [normalise_mean_abs, normalise_max_abs])
def test_input_is_left_alone(function):
    grad = GRAD.clone()
    function(grad)
    assert torch.equal(grad, GRAD)
