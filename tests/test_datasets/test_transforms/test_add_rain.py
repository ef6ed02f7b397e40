import numpy as np
import pytest
import torch
from mmengine.registry import init_default_scope

from mmadvrain.datasets.transforms import AddRain
from mmadvrain.rain import ParticleRain
from mmadvrain.registry import TRANSFORMS

ROAD = np.full((96, 128, 3), 60, np.uint8)
ROAD[:40] = 230, 210, 200


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def test_an_array_gets_the_rain_of_its_rate():
    found = AddRain(100., min_width_px=.25).on_image(ROAD, generator())
    rain, draws = ParticleRain(100., min_width_px=.25), generator()
    torch.rand((), generator=draws)
    clean = torch.from_numpy(ROAD[..., ::-1].copy()).permute(2, 0, 1) / 255.
    wanted = rain.render(clean, rain.draw((96, 128), draws))
    wanted = (wanted * 255).round().byte().permute(1, 2, 0).numpy()[..., ::-1]
    assert np.array_equal(found, wanted)
    assert (found[40:] > ROAD[40:]).any()


def test_a_pipeline_rains_on_a_share_of_the_images():
    init_default_scope('mmdet')
    step = TRANSFORMS.build(
        dict(
            type='mmadvrain.AddRain',
            rate_mm_h='violent',
            prob=.5,
            min_width_px=.1))
    assert step.rate_mm_h == (50, 100)
    np.random.seed(0)
    rainy = sum(
        (step(dict(img=ROAD.copy()))['img'] != ROAD).any() for _ in range(60))
    assert 18 < rainy < 42


@pytest.mark.parametrize('options, message', [
    (dict(rate_mm_h='drizzle'), "'light', 'moderate'.*'drizzle'"),
    (dict(rate_mm_h=(5., 2.)), 'an increasing pair'),
    (dict(rate_mm_h=0.), r'in \[0.01, 1000\] mm/h'),
    (dict(prob=2.), r'`prob` must be in \[0, 1\]'),
    (dict(camera='box'), "must be one of .*'box'"),
])
def test_rain_that_cannot_be_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        AddRain(**options)


def test_other_images_are_refused():
    with pytest.raises(ValueError, match='but got float32'):
        AddRain().on_image(ROAD.astype(np.float32), generator())
