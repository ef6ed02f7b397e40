"""What is no rain, camera or weather is refused in a sentence."""
import math

import numpy as np
import pytest
import torch

from mmadvrain.datasets.transforms import AddRain
from mmadvrain.perturbations import ParticlePerturbation, VolumePerturbation
from mmadvrain.rain import (
    Camera,
    ParticleRain,
    UniformFactors,
    describe_rain,
    factors_from,
    find_camera,
    physics,
)
from mmadvrain.rain.guide import fall_height, guide_rain
from mmadvrain.rain.weather import streak_limit

ONE = torch.tensor([1.])
FACTORS = UniformFactors().draw((40, 60), torch.Generator().manual_seed(0))
NOT_POSITIVE = (-1., 0., math.nan, math.inf)
NEGATIVE = (-1., math.nan, math.inf)


def generator():
    return torch.Generator().manual_seed(0)


def weather(**changes):
    return factors_from(
        **{
            **dict(
                rate_mm_h=25.,
                wind_m_s=1.,
                exposure_s=.008,
                camera='coco',
                generator=generator()),
            **changes
        })


def camera(**changes):
    return Camera(**{
        **dict(width_px=640, height_px=480, focal_px=640.),
        **changes
    })


# function, its arguments, the one that is wrong, and wrong values
CASES = [
    (physics.slope, dict(), 'rate_mm_h', NOT_POSITIVE),
    (physics.drop_density, dict(diameter_mm=ONE), 'rate_mm_h', NOT_POSITIVE),
    (physics.drop_density, dict(rate_mm_h=25.), 'diameter_mm', NEGATIVE),
    (physics.drop_count, dict(), 'rate_mm_h', NOT_POSITIVE),
    (physics.drop_count, dict(rate_mm_h=25.), 'above_mm', NEGATIVE),
    (physics.median_diameter, dict(), 'rate_mm_h', NOT_POSITIVE),
    (physics.liquid_water, dict(), 'rate_mm_h', NOT_POSITIVE),
    (physics.terminal_speed, dict(), 'diameter_mm', NEGATIVE),
    (physics.sample_diameters, dict(rate_mm_h=25., generator=generator()),
     'count', (-1, 2.5)),
    (physics.sample_diameters, dict(count=2, generator=generator()),
     'rate_mm_h', NOT_POSITIVE),
    (physics.sample_diameters,
     dict(count=2, rate_mm_h=25.,
          generator=generator()), 'least_mm', (*NEGATIVE, 8.)),
    (physics.rain_rate, dict(diameter_mm=ONE), 'volume_m3', NOT_POSITIVE),
    (physics.rain_rate, dict(volume_m3=1.), 'diameter_mm', NEGATIVE),
    (physics.extinction, dict(), 'rate_mm_h', NEGATIVE),
    (physics.visibility, dict(), 'extinction_per_km', NOT_POSITIVE),
    (physics.visibility, dict(extinction_per_km=2.), 'contrast',
     (*NOT_POSITIVE, 1.5)),
    (physics.streak_width_px, dict(depth_m=ONE,
                                   focal_px=700.), 'diameter_mm', NEGATIVE),
    (physics.streak_width_px, dict(diameter_mm=ONE,
                                   focal_px=700.), 'depth_m', NOT_POSITIVE),
    (physics.streak_width_px, dict(diameter_mm=ONE,
                                   depth_m=ONE), 'focal_px', NOT_POSITIVE),
    (physics.streak_length_px, dict(speed_m_s=ONE, depth_m=ONE, focal_px=700.),
     'exposure_s', (*NOT_POSITIVE, 8.)),
    (physics.streak_opacity, dict(diameter_mm=ONE), 'exposure_s',
     (*NOT_POSITIVE, 8.)),
    (physics.streak_opacity, dict(exposure_s=.008), 'diameter_mm',
     NOT_POSITIVE),
    (physics.visible_drops, dict(camera='coco'), 'rate_mm_h', NOT_POSITIVE),
    (physics.visible_drops, dict(camera='coco', rate_mm_h=25.), 'min_width_px',
     (*NOT_POSITIVE, 1e3)),
    (physics.equivalent_rate, dict(camera='coco'), 'count', NEGATIVE),
    (physics.streak_cover, dict(camera='coco',
                                rate_mm_h=25.), 'min_width_px', NOT_POSITIVE),
    (camera, dict(), 'width_px', (*NOT_POSITIVE, 640.5)),
    (camera, dict(), 'focal_px', NOT_POSITIVE),
    (camera, dict(), 'exposure_s', (*NOT_POSITIVE, 8.)),
    (camera, dict(), 'horizon_px', (*NEGATIVE, 480.)),
    (camera, dict(), 'speed_m_s', (math.nan, math.inf, 500.)),
    (ParticleRain, dict(), 'rate_mm_h', (*NEGATIVE, 7e-6, 2e3)),
    (ParticleRain, dict(), 'exposure_s', (*NOT_POSITIVE, 8.)),
    (ParticleRain, dict(), 'min_width_px', (*NOT_POSITIVE, 1e3)),
    (ParticleRain, dict(), 'fog_visibility_m', (*NOT_POSITIVE, 1.)),
    (ParticleRain, dict(), 'daylight', (*NOT_POSITIVE, 2.)),
    (ParticleRain, dict(), 'lamp', NEGATIVE),
    (AddRain, dict(), 'rate_mm_h', (*NOT_POSITIVE, 7e-6, 2e3)),
    (AddRain, dict(), 'prob', (*NEGATIVE, 1.5)),
    (AddRain, dict(), 'exposure_s', (*NOT_POSITIVE, 8.)),
    (describe_rain, dict(factors=FACTORS,
                         camera='coco'), 'min_width_px', NOT_POSITIVE),
    (describe_rain, dict(factors=FACTORS,
                         camera='coco'), 'contrast', (*NOT_POSITIVE, 1.5)),
    (weather, dict(), 'rate_mm_h', (*NOT_POSITIVE, 7e-6, 2e3)),
    (weather, dict(), 'wind_m_s', (math.nan, math.inf, 1e3)),
    (weather, dict(), 'exposure_s', (*NOT_POSITIVE, 8.)),
    (weather, dict(), 'min_width_px', NOT_POSITIVE),
    (weather, dict(), 'contrast', (*NOT_POSITIVE, 1.5)),
    (guide_rain, dict(rain=FACTORS, camera='coco'), 'area_m2', NOT_POSITIVE),
    (guide_rain, dict(rain=FACTORS,
                      camera='coco'), 'min_width_px', NOT_POSITIVE),
    (fall_height, dict(), 'speed_m_s', NEGATIVE),
    (fall_height, dict(speed_m_s=5.), 'share', (*NEGATIVE, 1.)),
    (streak_limit, dict(), 'length_px', NEGATIVE),
]


@pytest.mark.parametrize(
    'function, others, name, values',
    CASES,
    ids=[f'{case[0].__name__}-{case[2]}' for case in CASES])
def test_a_value_out_of_range_is_refused_by_name(function, others, name,
                                                 values):
    tensor = name in ('diameter_mm', 'depth_m')
    for value in values:
        given = torch.tensor([2., value]) if tensor else value
        with pytest.raises(ValueError, match='but got') as caught:
            function(**others, **{name: given})
        said = name.replace('exposure_s', 'exposure')
        assert said in str(caught.value) and '\n' not in str(caught.value)
    for value in ('25', None, True, [1., 2., 3.]):
        optional = value is None and name in ('exposure_s', 'horizon_px',
                                              'fog_visibility_m')
        if not optional:
            with pytest.raises((ValueError, TypeError), match='but got'):
                function(**others, **{name: value})


@pytest.mark.parametrize('wind', [
    1000., None, '3', (1., ), (1., 2., 3.), (math.nan, 0.), (0., math.nan),
    (0., 1e3), ('a', 0.)
])
def test_wind_is_a_pair_of_speeds(wind):
    for kind in (ParticleRain, AddRain):
        with pytest.raises(ValueError, match='within 100 m/s, but got'):
            kind(wind_m_s=wind)


@pytest.mark.parametrize('given, message', [
    (5, 'name of a preset, a dict of numbers or a Camera, but got 5'),
    (None, 'but got None'),
    ('phone', "one of .*but got 'phone'"),
    (dict(preset='kitti', focal=3.), r"but got \['focal'\]"),
    (dict(width_px=640), r"wants \['focal_px', 'height_px'\] too"),
    (dict(preset='kitti', exposure_s='8 ms'), "a number, but got '8 ms'"),
])
def test_what_is_no_camera_is_refused(given, message):
    for function in (find_camera, lambda c: ParticleRain(camera=c),
                     lambda c: AddRain(camera=c),
                     lambda c: physics.visible_drops(c, 25.),
                     lambda c: describe_rain(FACTORS, c),
                     lambda c: weather(camera=c)):
        with pytest.raises((ValueError, TypeError), match=message):
            function(given)


def test_a_depth_map_that_cannot_come_is_refused_at_once():
    with pytest.raises(ValueError, match='gets no depth maps'):
        AddRain(veil='depth')
    for kind, args in ((ParticlePerturbation, ()), (VolumePerturbation,
                                                    ([0.], ))):
        with pytest.raises(ValueError, match='gets no depth maps'):
            kind(*args, rain=ParticleRain(veil='depth'))


def test_what_is_no_image_is_refused():
    rain = AddRain()
    with pytest.raises(TypeError, match='wants an array, but got a str'):
        rain.on_image('image.png', generator())
    with pytest.raises(ValueError, match='but got float64'):
        rain.on_image(np.zeros((4, 4, 3)), generator())


def test_a_mean_cover_is_never_negative():
    # all drops but the largest are too fine at the least depth
    near, far = (
        physics.streak_cover('coco', 25., 1., nearest_m=z) for z in (4., 40.))
    assert near > far > 0
