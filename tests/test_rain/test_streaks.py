"""The splat against the literal form of Eq. (1)."""
import math

import pytest
import torch

from mmadvrain.rain.factors import RainFactors
from mmadvrain.rain.streaks import (
    auto_steps,
    brightness_weights,
    exposure_stencil,
    render_streaks,
)
from tests.literal_rain import literal_streaks, some_factors

FLOATS = ('noise', 'theta', 'kernels')
CASES = dict(
    plain={},
    smooth=dict(knots=3),
    one_knot=dict(knots=1),
    more_knots_than_steps=dict(knots=9),
    up=dict(theta=(0.05, -0.19)),
    left=dict(theta=(-0.2, 0.01)),
    leaves_left=dict(theta=(-1.3, 0.21), steps=7),
    leaves_right=dict(theta=(1.7, -0.11), steps=7),
    leaves_top=dict(theta=(0.07, -1.9), steps=7),
    leaves_bottom=dict(theta=(-0.13, 1.6), steps=7),
    far_outside=dict(theta=(31., -17.), steps=3),
    still=dict(theta=(0., 0.)),
    whole_pixels=dict(size_hw=(10, 20), theta=(0.2, 0.4), steps=2),
    one_step=dict(steps=1),
    no_step=dict(steps=0),
    no_drops=dict(drops=0),
    no_drops_smooth=dict(drops=0, knots=4),
    every_pixel=dict(size_hw=(5, 6), drops=30),
    one_channel=dict(channels=1),
    one_channel_smooth=dict(channels=1, knots=2),
    four_channels=dict(channels=4),
    one_row=dict(size_hw=(1, 23)),
    one_column=dict(size_hw=(19, 1), knots=5),
    one_pixel=dict(size_hw=(1, 1), drops=1),
    tall=dict(size_hw=(61, 8), drops=40, steps=13, knots=5),
    wide=dict(size_hw=(7, 83), drops=40, steps=13),
)


@pytest.mark.parametrize('case', CASES.values(), ids=CASES.keys())
def test_equals_literal_form(case):
    factors = some_factors(**case)
    layer = render_streaks(factors)
    expected = literal_streaks(factors)
    assert layer.shape == (factors.channels, *factors.size_hw)
    torch.testing.assert_close(layer, expected, rtol=0, atol=1e-12)
    assert bool(expected.any()) == bool(len(factors))


def test_hand_value_straight_down():
    # two pixels of 4 are half of [-1, 1]: theta_y = 0.5 is one pixel
    factors = RainFactors(
        torch.tensor([[1, 2]]), torch.tensor([0.8]), torch.tensor([0., 0.5]),
        torch.tensor([[[0.1], [0.2], [0.3]]]), (4, 4))
    expected = torch.zeros(1, 4, 4)
    expected[0, 1, 2] = 0.8 * (0.1 + 0.5 * 0.2)
    expected[0, 2, 2] = 0.8 * (0.5 * 0.2 + 0.3)
    torch.testing.assert_close(render_streaks(factors), expected)


def test_hand_value_diagonal_over_the_edge():
    # half a pixel to the left and down, from the first column
    factors = RainFactors(
        torch.tensor([[0, 0]]),
        torch.tensor([1.]),
        torch.tensor([-0.25, 0.5]),
        torch.tensor([[0., 0.4]]), (2, 4),
        steps=1)
    expected = torch.tensor([[0.1, 0, 0, 0], [0.1, 0, 0, 0]])
    torch.testing.assert_close(
        render_streaks(factors), expected.expand(3, -1, -1))


@pytest.mark.parametrize('case', [
    dict(),
    dict(knots=3),
    dict(theta=(-0.81, 1.13), steps=6),
    dict(theta=(0.77, -1.21), steps=6, knots=4),
    dict(channels=1),
])
def test_gradients_equal_literal_form(case):
    factors = some_factors(**case)
    weight = torch.randn(factors.channels, *factors.size_hw).double()
    grads = []
    for render in (render_streaks, literal_streaks):
        leaves = factors.clone()
        values = [getattr(leaves, n).requires_grad_() for n in FLOATS]
        grads.append(
            torch.autograd.grad((render(leaves) * weight).sum(), values))
    for name, ours, literal in zip(FLOATS, *grads):
        assert literal.any(), name
        torch.testing.assert_close(ours, literal, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize('knots', [None, 3])
@pytest.mark.parametrize('name', FLOATS)
def test_gradcheck(name, knots):
    factors = some_factors((5, 6), drops=4, theta=(0.37, 0.61), knots=knots)
    leaf = getattr(factors, name).requires_grad_()

    def render(value):
        return render_streaks(factors.replace(**{name: value}))

    assert torch.autograd.gradcheck(render, (leaf, ))
    grad, = torch.autograd.grad(render(leaf).square().sum(), leaf)
    # what has fallen out of the image is of no consequence
    assert (grad != 0).double().mean() > 0.5


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason='needs a GPU')
@pytest.mark.parametrize('knots', [None, 3])
def test_gpu_equals_cpu(knots):
    factors = some_factors((300, 400), 500, steps=53, knots=knots)
    layer = render_streaks(factors.to('cuda'))
    assert layer.is_cuda
    torch.testing.assert_close(
        layer.cpu(), render_streaks(factors), rtol=0, atol=1e-12)


def test_batch_of_different_sizes():
    several = [
        some_factors((9, 14)),
        some_factors((14, 9), drops=0),
        some_factors((3, 40), knots=2, steps=11, seed=1)
    ]
    for batch in (several, tuple(several)):
        layers = render_streaks(batch)
        assert len(layers) == 3
        for layer, factors in zip(layers, several):
            assert torch.equal(layer, render_streaks(factors))


@pytest.mark.parametrize('dtype, tolerance', [(torch.float64, 1e-12),
                                              (torch.float32, 1e-6),
                                              (torch.float16, 1e-3),
                                              (torch.bfloat16, 8e-3)])
@pytest.mark.parametrize('knots', [None, 5])
def test_types(dtype, tolerance, knots):
    # large enough for half precision to lose pixels, were it used for places
    factors = some_factors((300, 400), 30, steps=53, knots=knots, dtype=dtype)
    layer = render_streaks(factors)
    assert layer.dtype == dtype
    # the same rounded values, drawn in double precision
    expected = literal_streaks(factors.to(torch.float64))
    torch.testing.assert_close(
        layer.double(), expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16])
def test_gradient_has_the_type_of_its_factor(dtype):
    factors = some_factors(dtype=dtype)
    leaves = [getattr(factors, n).requires_grad_() for n in FLOATS]
    for grad in torch.autograd.grad(
            render_streaks(factors).square().sum(), leaves):
        assert grad.dtype == dtype and torch.isfinite(grad).all()
        assert grad.any()


@pytest.mark.parametrize('knots', [None, 5])
def test_autocast_changes_nothing(knots):
    factors = some_factors((30, 40), 20, knots=knots, dtype=torch.float32)
    found = []
    for enabled in (False, True):
        leaves = factors.clone()
        values = [getattr(leaves, n).requires_grad_() for n in FLOATS]
        with torch.autocast('cpu', torch.bfloat16, enabled=enabled):
            layer = render_streaks(leaves)
            grads = torch.autograd.grad(layer.square().sum(), values)
            weights = brightness_weights(factors)
        found.append([layer, *grads, weights])
    for plain, cast in zip(*found):
        assert torch.equal(plain, cast)


@pytest.mark.parametrize('value', [math.nan, math.inf])
def test_theta_that_is_not_finite(value):
    factors = some_factors(theta=(0.1, value))
    with pytest.raises(ValueError, match='`theta` must be finite, but got'):
        render_streaks(factors)


def test_stencil_keeps_what_can_land_inside():
    theta = torch.tensor([1e3, 1e4], dtype=torch.float64)
    offsets, weights = exposure_stencil(theta, 5, (6, 8))
    assert offsets.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert weights.shape == (6, 4)
    assert weights[:, 0].tolist() == [1., 0., 0., 0., 0., 0.]


def test_stencil_rows_are_bilinear_weights():
    offsets, weights = exposure_stencil(
        torch.tensor([0.11, 0.17], dtype=torch.float64), 6, (40, 30))
    assert len(offsets) == len({tuple(o) for o in offsets.tolist()})
    assert (weights >= 0).all()
    # each step: all of it arrives, and its centre is where the drop is then
    torch.testing.assert_close(weights.sum(1), torch.ones(7).double())
    centre = torch.arange(7)[:, None] / 6 * torch.tensor(
        [0.17 * 20, 0.11 * 15])
    torch.testing.assert_close(
        weights @ offsets.double(), centre.double(), rtol=0, atol=1e-6)


def test_auto_steps_hand_values():
    # 0.2 of [-1, 1] is 64 of 640 pixels and 48 of 480: hypotenuse 80
    assert auto_steps((480, 640), (0.2, 0.2)) == 80
    assert auto_steps((480, 640), (0., 0.2)) == 48
    assert auto_steps((480, 640), (0., 0.)) == 1
    assert auto_steps((3, 3), (0.2, 0.2)) == 1


@pytest.mark.parametrize('size_hw', [(375, 1242), (299, 299), (640, 427)])
def test_auto_steps_leave_no_gap(size_hw):
    steps = auto_steps(size_hw, (0.2, 0.15))
    length_px = math.hypot(0.1 * size_hw[1], 0.075 * size_hw[0])
    assert length_px / steps <= 1 < length_px / (steps - 1)


@pytest.mark.parametrize('case', [
    dict(),
    dict(knots=3),
    dict(channels=1),
    dict(theta=(-0.81, 1.13), steps=6),
    dict(theta=(1.7, -0.11), steps=7, knots=4),
    dict(drops=0, knots=4),
])
def test_brightness_weights_are_the_gradient_of_the_mean(case):
    factors = some_factors(**case)
    weights = brightness_weights(factors)
    leaves = factors.clone()
    leaves.kernels.requires_grad_()
    expected, = torch.autograd.grad(
        literal_streaks(leaves).mean(), leaves.kernels)
    assert weights.shape == factors.kernels.shape
    assert not weights.requires_grad and not factors.kernels.requires_grad
    torch.testing.assert_close(weights, expected, rtol=1e-12, atol=1e-14)
