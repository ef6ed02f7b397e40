"""Statistics, limits and seeds of random rain."""
import math

import numpy as np
import pytest
import torch
from scipy import stats

from mmadvrain.rain.bounds import RainBounds
from mmadvrain.rain.streaks import auto_steps
from mmadvrain.rain.uniform_factors import UniformFactors
from mmadvrain.registry import TASK_UTILS

ARRAYS = ('positions', 'noise', 'theta', 'kernels')


def draw(size_hw=(120, 200), seed=0, num_drops=None, **options):
    generator = torch.Generator().manual_seed(seed)
    return UniformFactors(**options).draw(size_hw, generator, num_drops)


def tilt_deg(factors):
    height, width = factors.size_hw
    theta_x, theta_y = factors.theta.tolist()
    return math.degrees(math.atan2(theta_x * width, theta_y * height))


@pytest.mark.parametrize('knots', [None, 5])
def test_same_generator_same_bits(knots):
    first, again, other = (draw(seed=s, knots=knots) for s in (1, 1, 2))
    for name in ARRAYS:
        assert torch.equal(getattr(first, name), getattr(again, name))
        assert not torch.equal(getattr(first, name), getattr(other, name))


def test_global_state_plays_no_part():
    torch.manual_seed(0)
    first = draw()
    before = torch.get_rng_state()
    torch.manual_seed(1)
    assert torch.equal(draw().noise, first.noise)
    torch.manual_seed(0)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize('density, size_hw, drops', [
    (0.005, (480, 640), 1536),
    (0.005, (13, 17), 1),
    (0.005, (5, 7), 0),
    (0.29, (10, 10), 29),
    (0.0075, (299, 299), 670),
    (0., (50, 50), 0),
    (1., (8, 9), 72),
])
def test_number_of_drops(density, size_hw, drops):
    factors = draw(size_hw, density=density)
    assert len(factors) == drops
    assert factors.size_hw == size_hw
    flat = factors.positions[:, 0] * size_hw[1] + factors.positions[:, 1]
    assert len(flat.unique()) == drops


def test_number_of_drops_can_be_given():
    assert len(draw(num_drops=33)) == 33
    assert len(draw((4, 5), num_drops=999)) == 20
    # the same rain, with more drops
    assert torch.equal(draw(num_drops=5).theta, draw(num_drops=500).theta)
    assert torch.equal(
        draw(num_drops=5).positions,
        draw(num_drops=500).positions[:5])


def test_noise_is_uniform_between_a_and_b():
    noise = draw(density=0.2, bounds=RainBounds(noise=(0.4, 0.9))).noise
    assert 0.4 <= noise.min() and noise.max() <= 0.9
    result = stats.kstest(noise.numpy(), 'uniform', (0.4, 0.5))
    assert result.pvalue > 0.01
    # and not between a and another b
    assert stats.kstest(noise.numpy(), 'uniform', (0.4, 0.6)).pvalue < 1e-6


def test_positions_are_uniform():
    factors = draw((120, 200), density=0.2)
    for axis, size in enumerate(factors.size_hw):
        counts = np.bincount(
            factors.positions[:, axis] * 10 // size, minlength=10)
        assert stats.chisquare(counts).pvalue > 0.01


def test_length_tilt_and_brightness_are_uniform():
    drawn = [
        draw((90, 160),
             seed,
             num_drops=1,
             length=(0.05, 0.15),
             tilt_deg=10.,
             bounds=RainBounds(tilt_deg=25.),
             brightness=(0.2, 0.6),
             knots=1) for seed in range(300)
    ]
    for values, low, width in (([f.theta[1].item() for f in drawn], 0.05,
                                0.1), ([tilt_deg(f) for f in drawn], -10, 20),
                               ([f.kernels[0, 0].item()
                                 for f in drawn], 0.06, 0.12)):
        assert low - 1e-4 < min(values) < max(values) < low + width + 1e-4
        assert stats.kstest(values, 'uniform', (low, width)).pvalue > 0.01


@pytest.mark.parametrize('size_hw', [(375, 1242), (640, 427), (60, 60)])
@pytest.mark.parametrize('knots', [None, 5])
def test_defaults_fall_within_tilt_and_bounds(size_hw, knots):
    for seed in range(5):
        factors = draw(size_hw, seed, num_drops=20, knots=knots)
        assert abs(tilt_deg(factors)) <= 15.001
        assert 0.1 <= factors.theta[1] <= 0.2
        inside = factors.project()
        for name in ARRAYS:
            assert torch.equal(getattr(inside, name), getattr(factors, name))


def test_start_is_brought_inside_narrower_bounds():
    bounds = dict(tilt_deg=5., theta_y_min=0.15)
    drawn = [draw(seed=s, bounds=bounds, tilt_deg=60.) for s in range(20)]
    tilts = [abs(tilt_deg(f)) for f in drawn]
    assert max(tilts) == pytest.approx(5, abs=1e-3)
    assert min(f.theta[1] for f in drawn) == pytest.approx(0.15)
    assert drawn[0].bounds == RainBounds(**bounds)


def test_smooth_kernels_fade_towards_both_ends():
    factors = draw(bounds=RainBounds(), brightness=(0.5, 0.5), knots=4)
    expected = torch.tensor([0.075, 0.15, 0.15, 0.075])
    torch.testing.assert_close(factors.kernels,
                               expected.expand(len(factors), -1))
    assert draw(knots=2).kernels.shape[1] == 2
    weights = factors.expanded_kernels()
    assert torch.equal(weights[..., 0], weights[..., 2])  # colourless
    assert (weights > 0).all()  # without gaps


def test_literal_kernels_scatter_by_spread():
    options = dict(bounds=RainBounds(), brightness=(0.5, 0.5), knots=None)
    factors = draw(**options, spread=0.4, steps=7)
    assert factors.kernels.shape == (len(factors), 8, 3)
    assert stats.kstest(factors.kernels.flatten().numpy(), 'uniform',
                        (0.09, 0.12)).pvalue > 0.01
    flat = draw(**options, spread=0.).kernels
    torch.testing.assert_close(flat, torch.full_like(flat, 0.15))


def test_steps():
    assert draw(steps=9).steps == 9
    free = UniformFactors(bounds=RainBounds())
    assert free.num_steps((480, 640)) == 80
    # at most 25 degrees off the vertical: 48 px down, 22.4 px aside
    falling = UniformFactors(bounds=RainBounds(tilt_deg=25.))
    assert falling.num_steps((480, 640)) == auto_steps(
        (480, 640), (22.383 / 320, 0.2)) == 53
    assert draw((480, 640), bounds=RainBounds(tilt_deg=25.)).steps == 53


def test_registered_with_every_option():
    options = dict(
        density=0.1,
        bounds=dict(theta=0.5),
        length=(0.3, 0.4),
        tilt_deg=1.,
        brightness=(0.1, 0.9),
        knots=3,
        spread=0.2,
        steps=6)
    built = TASK_UTILS.build(dict(type='mmadvrain.UniformFactors', **options))
    assert isinstance(built, UniformFactors)
    assert {
        name: getattr(built, name)
        for name in options
    } == {
        **options, 'bounds': RainBounds(theta=0.5)
    }


@pytest.mark.parametrize('options, message', [
    (dict(density=1.1), r'`density`.*in \[0, 1\], but got 1.1'),
    (dict(density=-0.1), '`density`.*-0.1'),
    (dict(length=(0.2, 0.1)), r'`length` must be .*\(0.2, 0.1\)'),
    (dict(length=(0.1, 0.3)), r'within \[0, 0.2\], the bound of theta'),
    (dict(brightness=(0.5, 1.2)), r'`brightness` must .*\(0.5, 1.2\)'),
    (dict(brightness=(0.5, 0.4)), '`brightness` must'),
    (dict(tilt_deg=90.), '`tilt_deg` must be .*90'),
    (dict(knots=0), '`knots` must be None or positive, got 0'),
    (dict(spread=1.5), '`spread` must be .*1.5'),
    (dict(steps=0), "`steps` must be 'auto' or a positive int, but got 0"),
    (dict(steps='many'), "`steps` must .*'many'"),
    (dict(bounds=dict(theta=-1)), '`theta` must not be negative'),
])
def test_errors(options, message):
    with pytest.raises(ValueError, match=message):
        UniformFactors(**options)
