"""From stored rain to what is to be set up, by hand values."""
import json
import math

import pytest
import torch

from mmadvrain.rain import CAMERAS, ParticleRain, UniformFactors, factors_from
from mmadvrain.rain.guide import fall_height, guide_rain, tell_guide
from tests.test_tools.run_tool import load_tool


def generator():
    return torch.Generator().manual_seed(0)


def test_a_guide_leads_back_to_the_weather_of_the_factors():
    # 25 mm/h: D0 1.76 mm at 6.07 m/s; wind as fast as the fall leans 45 deg
    factors = factors_from(25., 6.07, .008, CAMERAS['coco'], generator())
    found = guide_rain(factors, CAMERAS['coco'], area_m2=6.)
    assert found['rate_mm_h'] == pytest.approx(25, rel=.1)
    # one millimetre an hour is a litre an hour on a square metre
    assert found['litres_a_minute'] == pytest.approx(2.5, rel=.1)
    assert found['angle_deg'] == pytest.approx(45, abs=2)
    assert found['exposure_s'] == pytest.approx(.008, rel=.03)
    assert found['diameter_mm'] == pytest.approx(1.76, rel=.03)
    assert found['farthest_m'] == pytest.approx(.64 * 1.76, rel=.03)


def test_nozzles_are_as_high_as_the_speed_asks():
    # v^2 grows like 1 - exp(-2 g h / vt^2); integrated step by step
    terminal, speed, height = 6.07, 0., 0.
    while speed < .95 * terminal:
        speed += 9.81 * (1 - (speed / terminal)**2) * 1e-4
        height += speed * 1e-4
    assert fall_height(terminal) == pytest.approx(height, rel=1e-3)


def test_the_text_and_the_file_have_each_image(tmp_path, monkeypatch, capsys):
    folder = tmp_path / 'factors/adversarial'
    rain = ParticleRain(50., 'kitti', wind_m_s=(-3., 1.))
    rain.draw((94, 310), generator()).save(folder / 'a.safetensors')
    UniformFactors().draw((40, 60), generator()).save(folder / 'b.safetensors')
    out = tmp_path / 'guide.json'
    monkeypatch.setattr(
        'sys.argv',
        ['rain_guide.py',
         str(tmp_path), '--area', '12', '--out',
         str(out)])
    assert load_tool('analysis_tools/rain_guide.py').main() == 0
    guides = json.loads(out.read_text())
    assert list(guides) == ['a', 'b']
    assert guides['a']['litres_a_minute'] == pytest.approx(10)
    assert guides['a']['exposure_s'] == pytest.approx(.002)
    text = capsys.readouterr().out
    assert '50.0 mm/h, which is 10.00 litres' in text
    assert 'Fan: 3.0 m/s to the left of the picture and 1.0 m/s' in text
    assert '1/500 s' in text


def test_what_cannot_be_told_is_refused_or_left_out():
    factors = UniformFactors(density=0.).draw((40, 60), generator())
    with pytest.raises(ValueError, match='have no units without a camera'):
        guide_rain(factors)
    with pytest.raises(ValueError, match='positive and finite, but got 0'):
        guide_rain(factors, CAMERAS['coco'], area_m2=0.)
    found = guide_rain(factors, CAMERAS['coco'])
    assert math.isnan(found['fan_m_s'])
    assert tell_guide(found) == 'No rain is to be made.'
