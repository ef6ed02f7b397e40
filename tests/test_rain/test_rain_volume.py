"""Drops of one frame are those of the next, where they have moved to."""
import math

import pytest
import torch

from mmadvrain.rain import Camera, ParticleRain, physics
from mmadvrain.rain.rain_volume import RainVolume

SIZE = (120, 200)
CAMERA = dict(width_px=200, height_px=120, focal_px=400., horizon_px=50.)


def volume(seed=0, speed=0., **options):
    camera = Camera(**CAMERA, speed_m_s=speed, exposure_s=.008)
    rain = ParticleRain(**{
        **dict(rate_mm_h=100., camera=camera, min_width_px=.25),
        **options
    })
    return RainVolume(rain, SIZE, torch.Generator().manual_seed(seed))


def world(drops):
    """Drops from the camera in metres, back from the image."""
    centre = torch.tensor([99.5, 49.5])
    across = (drops.places_px - centre) * drops.depth_m[:, None] / 400
    return torch.cat((across, drops.depth_m[:, None]), 1)


def project(places):
    return places[:, :2] / places[:, 2:] * 400 + torch.tensor([99.5, 49.5])


@pytest.mark.parametrize('speed', [0., 14.])
def test_drops_are_consistent_between_frames_to_half_a_pixel(speed):
    rain = volume(speed=speed, wind_m_s=(4., 1.))
    step = 1 / 240
    before, names = rain.at(3.)
    after, later = rain.at(3. + step)
    velocity = torch.stack((torch.full(
        (len(before), ),
        4.), before.speeds_m_s(), torch.full((len(before), ), -speed - 1.)), 1)
    wanted = project(world(before) + velocity * step)
    found = {int(n): p for n, p in zip(later, after.places_px)}
    # near drops leave within a frame; those that wrap come back elsewhere
    pairs = [(w, found[int(n)]) for n, w in zip(names, wanted)
             if int(n) in found]
    apart = torch.stack([(a - b).norm() for a, b in pairs])
    assert len(pairs) > .5 * len(names)
    assert (apart < .5).float().mean() > .99


def test_a_streak_ends_where_the_next_exposure_begins():
    rain = volume(wind_m_s=(3., 0.))
    before, names = rain.at(0.)
    after, later = rain.at(.008)  # the exposure
    ends = before.places_px + before.motions_px() / 2
    found = {
        int(n): p
        for n, p in zip(later, after.places_px - after.motions_px() / 2)
    }
    apart = torch.stack([(e - found[int(n)]).norm()
                         for n, e in zip(names, ends) if int(n) in found])
    assert (apart < .01).float().mean() > .98


@pytest.mark.parametrize('time, speed', [(0., 0.), (7.3, 20.)])
def test_as_much_rain_is_seen_at_all_times(time, speed):
    counts = []
    for seed in range(12):
        rain = volume(seed, speed, wind_m_s=(5., 0.))
        x, y = rain.at(time)[0].places_px.unbind(1)
        counts.append(
            int(((x > -.5) & (x < 199.5) & (y > -.5) & (y < 119.5)).sum()))
    wanted = physics.visible_drops(rain.camera, 100., .25)
    assert sum(counts) / 12 == pytest.approx(
        wanted, rel=.02 + 3 / math.sqrt(12 * wanted))


def test_no_pattern_comes_back_and_no_rain_is_none():
    rain = volume()
    early, late = rain.places_m(0.), rain.places_m(60.)
    across = ((early - late)[:, 0].abs() / rain.box_m[:, 0])
    assert float((across < .01).double().mean()) < .1
    assert len(volume(rate_mm_h=0.).at(1.)[0]) == 0


def test_drops_take_a_gradient_where_they_start():
    rain = volume()
    rain.start_m.requires_grad_()
    drops, names = rain.at(.5)
    rain.rain.cover(drops).sum().backward()
    assert rain.start_m.grad[names].abs().sum() > 0
