"""Rain in words, against hand values and the rendered streak."""
import math

import pytest
import torch

from mmadvrain.evaluation.page.rain_words import load_rain, rain_words
from mmadvrain.perturbations import Noise
from mmadvrain.rain import (
    Camera,
    ParticleRain,
    RainFactors,
    render_streaks,
)


def drop(theta, size_hw=(100, 200)):
    return RainFactors(
        torch.tensor([[50, 100]]),
        torch.ones(1),
        torch.tensor(theta),
        torch.ones(1, 2),
        size_hw,
        steps=40)


@pytest.mark.parametrize('theta,words', [
    ([0., .4], 'streaks 20.0 px long, upright'),
    ([.2, .4], 'streaks 28.3 px long, 45° from the vertical, down to the '
     'right'),
    ([-.1, .4], 'streaks 22.4 px long, 27° from the vertical, down to the '
     'left'),
    ([.1, -.4], 'streaks 22.4 px long, 27° from the vertical, down to the '
     'left'),
])
def test_streaks_are_described(theta, words):
    assert rain_words(drop(theta), {})[:2] == ['1 drops', words]


def test_the_words_are_of_the_streak_that_is_drawn():
    rows, columns = render_streaks(drop([.2, .4]))[0].nonzero(as_tuple=True)
    across = columns[rows.argmax()] - columns[rows.argmin()]
    down = rows.max() - rows.min()
    assert math.hypot(across, down) == pytest.approx(28.3, abs=1.5)
    assert across == pytest.approx(float(down), abs=1.5)


def test_measures_are_said_with_units():
    said = rain_words(
        None,
        dict(
            area=.146,
            brightness=.0178,
            rate_mm_h=25.,
            wind_m_s=-2.,
            exposure_s=.008,
            psnr=None))
    assert said == [
        'covers 14.6 % of the picture', 'mean brightness 1.78 % of white',
        'as in 25 mm/h', 'wind 2.0 m/s to the left', 'exposure 8 ms'
    ]


def test_noise_is_no_rain(tmp_path):
    path = tmp_path / f'a{Noise.suffix}'
    Noise(torch.zeros(3, 4, 4), .1).save(path)
    assert load_rain(path) is None
    assert rain_words(
        None, dict(linf=8 / 255)) == ['changes a pixel by at most 8.0 of 255']


def test_particles_are_described(tmp_path):
    camera = Camera(64, 48, 60.)
    drops = ParticleRain(
        rate_mm_h=50., camera=camera).draw((48, 64),
                                           torch.Generator().manual_seed(0))
    path = tmp_path / f'a{drops.suffix}'
    drops.save(path)
    said = rain_words(load_rain(path), {})
    assert said[0] == f'{len(drops):,} drops' and 'px long' in said[1]
