import pytest
import torch

from mmadvrain.functional.linear_light import linear_to_srgb, srgb_to_linear


@pytest.mark.parametrize('level, gain', [(.1, .16), (.2, .11), (.46, .05),
                                         (.7, .03)])
def test_the_same_light_shows_more_on_dark(level, gain):
    level = torch.tensor(level, dtype=torch.float64)
    brighter = linear_to_srgb(srgb_to_linear(level) + .045)
    assert float(brighter - level) == pytest.approx(gain, abs=.006)


def test_there_and_back_is_the_same():
    levels = torch.linspace(0, 1, 257, dtype=torch.float64)
    light = srgb_to_linear(levels)
    assert light[0] == 0 and light[-1] == pytest.approx(1)
    torch.testing.assert_close(linear_to_srgb(light), levels)


def test_gradients_are_finite_everywhere():
    levels = torch.linspace(0, 1, 33, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(
        lambda v: linear_to_srgb(srgb_to_linear(v)), levels[1:-1])
    grad, = torch.autograd.grad(linear_to_srgb(levels).sum(), levels)
    assert torch.isfinite(grad).all()
