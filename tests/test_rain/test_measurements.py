"""Is it rain? What is drawn and rendered, against formulas of others."""
import math

import numpy as np
import pytest
import torch

from mmadvrain.functional.linear_light import srgb_to_linear
from mmadvrain.rain import Camera, ParticleRain, drop_cover, physics
from mmadvrain.rain.rain_volume import RainVolume

# Gunn and Kinzer's measurements, m/s by mm
DIAMETERS = [*np.arange(.1, 1.05, .1), *np.arange(1.2, 5.9, .2)]
SPEEDS = [
    .27, .72, 1.17, 1.62, 2.06, 2.47, 2.87, 3.27, 3.67, 4.03, 4.64, 5.17, 5.65,
    6.09, 6.49, 6.90, 7.27, 7.57, 7.82, 8.06, 8.26, 8.44, 8.60, 8.72, 8.83,
    8.92, 8.98, 9.03, 9.07, 9.09, 9.12, 9.14, 9.16, 9.17
]
DECIBEL = math.log(10) / 10  # in nepers of power


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize(
    'diameter, speed',
    [pair for pair in zip(DIAMETERS, SPEEDS) if pair[0] > .55])
def test_drops_fall_as_measured(diameter, speed):
    found = physics.terminal_speed(torch.tensor([diameter]))
    assert found == pytest.approx(speed, rel=.0185)


@pytest.mark.parametrize('exposure', [.002, .008, .016])
def test_drawn_streaks_are_as_long_as_measured_drops_fall(exposure):
    rain = ParticleRain(25., 'kitti', exposure_s=exposure)
    drops = rain.draw((375, 1242), generator())
    size = drops.diameters_mm().numpy()
    wanted = np.interp(size, DIAMETERS, SPEEDS) * exposure / size * 1e3
    length, width = drops.motions_px()[:, 1].numpy(), drops.widths_px().numpy()
    kept = (size > .6) & (size < 5.8)
    assert kept.sum() > 1000
    np.testing.assert_allclose((length / width)[kept], wanted[kept], rtol=.02)


@pytest.mark.parametrize('diameter, exposure', [(1., .004), (2., .008),
                                                (4., .016)])
def test_a_rendered_streak_measures_v_t_over_d(diameter, exposure):
    """Width and length back from the second moments of its picture."""
    speed = float(np.interp(diameter, DIAMETERS, SPEEDS))
    width, sigma = 6., .5
    motion = physics.streak_length_px(
        physics.terminal_speed(torch.tensor([diameter])), torch.tensor(1.),
        exposure, width / diameter * 1e3)
    height = int(float(motion) + 40)
    layer = drop_cover(
        torch.tensor([[20., height / 2]]),
        torch.stack((torch.zeros(1), motion), 1), torch.tensor([width]),
        torch.tensor([sigma]), (height, 41)).double()
    variances = []
    for axis, size in ((0, 41), (1, height)):
        share = layer.sum(axis) / layer.sum()
        at = torch.arange(size, dtype=torch.float64)
        middle = (share * at).sum()
        variances.append(float((share * (at - middle)**2).sum()))
    across, along = (math.sqrt(12 * (v - sigma**2)) for v in variances)
    assert (along - across) / across == pytest.approx(
        speed * exposure / diameter * 1e3, rel=.02)


@pytest.mark.parametrize('rate, back', [(2.5, 2.966), (25., 28.23),
                                        (100., 104.7)])
def test_drops_of_a_volume_bring_the_rate_back(rate, back):
    """Counted in their boxes, with measured speeds and without physics."""
    camera = Camera(640, 480, 640.)
    rain = ParticleRain(rate, camera, min_width_px=.25)
    found = []
    for seed in range(4):
        drops = RainVolume(rain, (480, 640), generator(seed))
        size = drops.diameter_mm.numpy()
        speed = np.interp(size, [0, *DIAMETERS, 7], [0, *SPEEDS, 9.2])
        volume = drops.box_m.prod(1).numpy()
        found.append((math.pi / 6 * size**3 * speed / volume).sum() * 3.6e-3)
    assert np.mean(found) == pytest.approx(back, rel=.03)


@pytest.mark.parametrize('rate', [2.5, 10., 25., 50., 100.])
def test_extinction_agrees_with_three_formulas(rate):
    """Recommendations in dB/km, and drops of twice their cross-section."""
    weber, geometric, france = (
        physics.extinction(rate, model)
        for model in ('weber', 'geometric', 'france'))
    assert geometric == pytest.approx(1.58 * rate**.63 * DECIBEL, rel=.05)
    assert france == pytest.approx(1.076 * rate**.67 * DECIBEL, rel=.05)
    count = 400_000
    size = physics.sample_diameters(count, rate, generator()).numpy()
    area_m2 = math.pi / 4 * (size * 1e-3)**2
    per_km = 2 * area_m2.mean() * physics.drop_count(rate) * 1e3
    assert geometric == pytest.approx(per_km, rel=.05)
    # Weber et al. measured through rain of 1 to 30 mm/h
    assert weber == pytest.approx(.312 * math.exp(.67 * math.log(rate)))


@pytest.mark.parametrize('model, factor, exponent', [('weber', .312, .67),
                                                     ('geometric', .365, .63),
                                                     ('france', .248, .67)])
def test_a_veil_takes_the_contrast_of_its_extinction(model, factor, exponent):
    image = torch.full((3, 32, 40), .2)
    image[:, :, 20:] = .7
    rain = ParticleRain(50., 'coco', veil='depth', extinction_model=model)
    drops = rain.draw((32, 40), generator())
    none = drops.replace(
        **{
            name: getattr(drops, name)[:0]
            for name in ('places_px', 'depth_m', 'size')
        })
    veiled = rain.render(image, none, torch.full((32, 40), 300.))
    light, before = (srgb_to_linear(x)[0, 9] for x in (veiled, image))
    left = (light[30] - light[5]) / (before[30] - before[5])
    assert -math.log(left) / .3 == pytest.approx(
        factor * 50**exponent, rel=.05)
