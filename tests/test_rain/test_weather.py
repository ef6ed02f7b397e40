"""The paper's factors in units, against the physics of one streak."""
import math

import pytest
import torch

from mmadvrain.rain.camera import CAMERAS, Camera
from mmadvrain.rain.factors import RainFactors
from mmadvrain.rain.streaks import render_streaks
from mmadvrain.rain.uniform_factors import UniformFactors
from mmadvrain.rain.weather import (
    describe_rain,
    factors_from,
    streak_brightness,
    streak_limit,
)


def generator():
    return torch.Generator().manual_seed(0)


def one_streak(length_px, weight, steps=20):
    theta = torch.tensor([0., 2 * length_px / 100])
    return RainFactors(
        torch.tensor([[10, 40]]),
        torch.tensor([.8]),
        theta,
        torch.full((1, 1), weight), (100, 80),
        steps=steps)


@pytest.mark.parametrize('width, rate', [(1., 353), (.5, 30), (.25, 2)])
def test_the_default_rain_is_extreme(width, rate):
    factors = UniformFactors().draw((427, 640), generator())
    found = describe_rain(factors, CAMERAS['coco'], width)
    assert found['rate_mm_h'] == pytest.approx(rate, abs=.6)
    # k_min of 0.06 on streaks of at least 17 pixels
    assert found['implausible'] == 1


@pytest.mark.parametrize('rate, wind, exposure', [(25., 3., .008),
                                                  (100., -2., .004)])
def test_a_description_leads_back(rate, wind, exposure):
    camera = CAMERAS['bdd100k']
    factors = factors_from(rate, wind, exposure, camera, generator())
    found = describe_rain(factors, camera)
    # as many drops as fall are a matter of chance, sd 3 % and less
    assert found['rate_mm_h'] == pytest.approx(rate, rel=.1)
    assert found['wind_m_s'] == pytest.approx(wind, rel=.02)
    assert found['exposure_s'] == pytest.approx(exposure, rel=.02)
    assert found['implausible'] == 0
    projected = factors.project()
    assert torch.equal(projected.theta, factors.theta)
    assert torch.equal(projected.kernels, factors.kernels)


def test_a_streak_is_as_long_and_leans_as_its_drop_flies():
    # 25 mm/h: D0 1.76 mm falls at 6.07 m/s, 27.6 px of 1.76 mm in 8 ms
    factors = factors_from(25., 6.07, .008, CAMERAS['coco'], generator())
    across, down = (factors.theta * torch.tensor([320., 213.5])).tolist()
    assert down == pytest.approx(27.6, rel=.01)
    assert across / down == pytest.approx(1, rel=.01)


@pytest.mark.parametrize('length, steps', [(20., 20), (20., 61), (3., 20)])
def test_the_brightness_of_a_streak_is_what_is_rendered(length, steps):
    factors = one_streak(length, .05, steps)
    layer = render_streaks(factors)[0]
    middle = 10 + int(length / 2)
    assert float(streak_brightness(factors)) == pytest.approx(
        float(layer[middle - 1:middle + 2].sum() / 3), rel=.1)


def test_a_streak_at_the_limit_is_plausible_and_one_above_is_not():
    camera = Camera(80, 100, 100.)
    # a streak of 20 px: 0.8 / 21, of a drop of 0.8
    assert streak_limit(20.) == pytest.approx(.0381, abs=1e-4)
    limit = streak_limit(20.) / .8
    for weight, share in ((.999 * limit, 0), (1.01 * limit, 1)):
        found = describe_rain(one_streak(20., weight), camera)
        assert found['implausible'] == share


@pytest.mark.parametrize('knots', [5, None])
def test_kernels_bound_by_energy_are_plausible_at_any_length(knots):
    init = UniformFactors(density=.001, contrast=.8, knots=knots, spread=.2)
    factors = init.draw((427, 640), generator())
    full = factors.replace(
        kernels=torch.full_like(factors.kernels, 9.),
        noise=torch.full_like(factors.noise, 9.)).project()
    for theta in ([0., .08], [.05, .2]):
        longer = full.replace(theta=torch.tensor(theta))
        assert describe_rain(longer, CAMERAS['coco'])['implausible'] == 0
    # and none is far below what is plausible
    brightness = streak_brightness(full.replace(theta=torch.tensor([0., .1])))
    assert float(brightness[0]) == pytest.approx(streak_limit(21.35), rel=.01)


def test_a_contrast_is_a_share_of_white():
    with pytest.raises(ValueError, match=r'in \(0, 1\], but got 1.5'):
        UniformFactors(contrast=1.5)


def test_no_rain_has_no_wind():
    factors = one_streak(20., .05)
    dry = factors.replace(
        positions=factors.positions[:0],
        noise=factors.noise[:0],
        kernels=factors.kernels[:0])
    found = describe_rain(dry, CAMERAS['coco'])
    assert found['rate_mm_h'] == found['implausible'] == 0
    assert math.isnan(found['wind_m_s']) and math.isnan(found['exposure_s'])


@pytest.mark.parametrize('rate, exposure, message',
                         [(0., .008, r'in \[0.01, 1000\] mm/h'),
                          (-1., .008, 'but got -1'),
                          (25., 8., 'e.g. 0.008 for 8 ms')])
def test_weather_that_cannot_be_is_refused(rate, exposure, message):
    with pytest.raises(ValueError, match=message):
        factors_from(rate, 0., exposure, CAMERAS['coco'], generator())
