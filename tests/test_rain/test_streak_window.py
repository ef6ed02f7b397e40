"""A window is a part of the layer, which goes on across its edges."""
import pytest
import torch

from mmadvrain.rain.streaks import render_streaks, render_window
from tests.literal_rain import literal_streaks, some_factors

THETAS = [(0.123, 0.387), (-0.43, 0.21), (0.3, -0.52), (-0.2, -0.1), (0., 0.5),
          (0., 0.)]


@pytest.mark.parametrize('theta', THETAS)
@pytest.mark.parametrize('knots', [None, 3])
def test_inside_it_is_the_part_of_the_layer(theta, knots):
    factors = some_factors((40, 50), 60, theta, steps=9, knots=knots)
    layer = render_streaks(factors)
    window = render_window(factors, (15, 17), (11, 13))
    assert window.any()
    assert torch.allclose(window, layer[:, 15:26, 17:30], atol=1e-12)


@pytest.mark.parametrize('theta', THETAS)
@pytest.mark.parametrize('corner', [(0, 0), (9, 14), (-30, 100)])
@pytest.mark.parametrize('size_hw', [(5, 4), (12, 17), (30, 20)])
def test_across_edges_rain_repeats(theta, corner, size_hw):
    factors = some_factors((12, 17), 9, theta, steps=6)
    # the same drops in 5 x 5 copies of the image, rendered literally
    shifts = torch.cartesian_prod(torch.arange(5), torch.arange(5))
    shifts = shifts * torch.tensor(factors.size_hw)
    many = factors.replace(
        positions=(factors.positions + shifts[:, None]).flatten(0, 1),
        noise=factors.noise.repeat(25),
        kernels=factors.kernels.repeat(25, 1, 1),
        theta=factors.theta / 5,
        size_hw=(60, 85))
    top, left = (c % s + s for c, s in zip(corner, factors.size_hw))
    wanted = literal_streaks(many)[:, top:top + size_hw[0],
                                   left:left + size_hw[1]]
    window = render_window(factors, corner, size_hw)
    assert window.shape == (3, *size_hw)
    assert torch.allclose(window, wanted, atol=1e-12)


@pytest.mark.parametrize('theta', THETAS)
@pytest.mark.parametrize('corner, size_hw', [((0, 0), (12, 17)),
                                             ((0, 9), (5, 8)),
                                             ((9, 0), (3, 17))])
def test_across_edges_of_a_layer_that_does_not_repeat(theta, corner, size_hw):
    factors = some_factors((12, 17), 30, theta, steps=6)
    window = render_window(factors, corner, size_hw, repeat=False)
    (top, left), (height, width) = corner, size_hw
    wanted = literal_streaks(factors)[:, top:top + height, left:left + width]
    assert wanted.any()
    assert torch.allclose(window, wanted, atol=1e-12)


def test_gradient_and_types():
    factors = some_factors((12, 17), 9, steps=6, dtype=torch.float32)
    kernels = factors.kernels.requires_grad_()
    window = render_window(factors, (3, 4), (6, 5))
    assert window.dtype == torch.float32
    window.sum().backward()
    assert kernels.grad.any() and kernels.grad.isfinite().all()


def test_without_drops_there_is_no_rain():
    factors = some_factors((12, 17), 0, steps=6)
    assert not render_window(factors, (3, 4), (20, 5)).any()


def test_empty_window():
    with pytest.raises(ValueError, match='positive height and width'):
        render_window(some_factors(), (0, 0), (0, 3))
