"""Published and calculated values of rain that no other file has."""
import math

import numpy as np
import pytest
import torch

from mmadvrain.rain import CAMERAS, ParticleRain, physics
from mmadvrain.rain.light import drop_light, halder_veil
from mmadvrain.rain.weather import streak_limit


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def test_streaks_cover_no_more_than_was_measured():
    """Garg and Nayar: shares of [0, 0.039], 1.18 ms at about 30 ms."""
    size = torch.linspace(.5, 7., 100)
    share = physics.streak_opacity(size, .03)
    assert share.min() > 0 and share.max() < .039
    assert .03 * share.max() < 1.18e-3


def test_a_drop_refracts_its_field_and_reflects_the_air():
    light = torch.rand(3, 8, 8, generator=generator(), dtype=torch.float64)
    air = torch.tensor(.7, dtype=torch.float64)
    wanted = .94 * light.mean((1, 2)) + .06 * .7
    found = drop_light(light, air, sky=0.)
    torch.testing.assert_close(found.flatten(), wanted)
    assert drop_light(
        light, air, sky=1.).flatten().tolist() == pytest.approx([.7] * 3)


@pytest.mark.parametrize('width, wanted', [(.2, 361), (.1, 138), (.05, 56)])
def test_the_default_layers_mean_is_so_much_rain(width, wanted):
    """The rate at which a layer has a mean of 0.03, at a contrast of 0.5.

    The mean is given to one digit, which is 20 % of the rate.
    """
    rates = np.geomspace(1, 999, 400)
    means = [
        .5 * physics.streak_cover('coco', rate, width, nearest_m=.5)
        for rate in rates
    ]
    assert np.interp(.03, means, rates) == pytest.approx(wanted, rel=.2)
    # the integral itself, to drops beyond which there are none
    size = np.linspace(0, 30, 60001)
    rate = float(wanted)
    density = 8000 * np.exp(-4.1 * rate**-.21 * size)
    deep = np.clip(640 * size * 1e-3 / width - .5, 0, None)
    mean = .5 * np.trapezoid(density * (size * 1e-3)**2 * deep, size)
    assert np.interp(wanted, rates, means) == pytest.approx(mean, rel=5e-3)


@pytest.mark.parametrize('width, areas', [(1., (.006, .021, .041)),
                                          (.5, (.018, .064, .127))])
def test_streaks_lie_over_so_many_pixels(width, areas):
    """Of drops at least half a metre away, overlaps counted twice."""
    camera = CAMERAS['coco']
    for exposure, wanted in zip((.002, .008, .016), areas):
        rain = ParticleRain(
            25., camera, exposure_s=exposure, min_width_px=width)
        found = []
        for seed in range(8):
            drops = rain.draw((427, 640), generator(seed))
            x, y = drops.places_px.unbind(1)
            inside = (x > -.5) & (x < 639.5) & (y > -.5) & (y < 426.5)
            thick, long = drops.widths_px(), drops.motions_px()[:, 1]
            kept = inside & (drops.depth_m >= .5)
            found.append(float((thick * (thick + long))[kept].sum()))
        assert np.mean(found) / (427 * 640) == pytest.approx(
            wanted, rel=.1, abs=5e-4)


def test_a_long_streak_is_faint():
    # 1 px by 17 px: at most 0.056 of the exposure, 0.03 to 0.045 of light
    assert streak_limit(17., 1.) == pytest.approx(.056, abs=5e-4)
    assert streak_limit(17.) == pytest.approx(.045, abs=1e-3)
    assert streak_limit(17., .54) == pytest.approx(.03, abs=1e-3)


@pytest.mark.parametrize('per_m, rate', [(.005, 63), (.01, 177), (.02, 498)])
def test_fog_of_foggy_cityscapes_is_a_cloudburst(per_m, rate):
    assert physics.extinction(float(rate)) == pytest.approx(
        1e3 * per_m, rel=.005)


def test_visibility_by_two_contrasts():
    """Koschmieder: 2.996 over the extinction at 5 %, 3.912 at 2 %."""
    assert physics.visibility(2.) == pytest.approx(1498, rel=1e-3)
    assert physics.visibility(2., .02) == pytest.approx(1956, rel=1e-3)


@pytest.mark.parametrize('name, gain', [('kitti', 1.993), ('nuscenes', 1.435)])
def test_halders_veil_on_a_golden_vector(name, gain):
    """Its code in NumPy, up to the smoothing of its layers."""
    camera = CAMERAS[name]
    squared = .97**2
    phase = (1 - squared) / (4 * math.pi * (1 + squared)**1.5)
    assert phase == pytest.approx(.001739, abs=1e-6)
    air = phase * 4 * camera.f_number**2 / (
        camera.exposure_s * camera.gain * math.pi)
    assert air == pytest.approx(gain, abs=1e-3)
    image = np.random.RandomState(0).rand(3, 4, 5) * .4
    depth = np.linspace(1, 900, 20).reshape(4, 5)
    left = np.exp(-.312 * 25**.67 * depth / 1000)
    inward = np.clip(air * image.mean((1, 2), keepdims=True) * (1 - left), 0,
                     1)
    wanted = np.clip(image * left + inward, 0, 1)
    found = halder_veil(torch.tensor(image), torch.tensor(depth), 25.,
                        camera).numpy()
    np.testing.assert_allclose(found, wanted, atol=1e-6)
