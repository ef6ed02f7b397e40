"""One rain through a clip: what may move, and what stays as drawn."""
import pytest
import torch

from mmadvrain.perturbations import VolumePerturbation
from mmadvrain.rain import Camera, ParticleRain

TIMES = [-.1, 0., .1]
CAMERA = Camera(120, 90, 200., exposure_s=.004, speed_m_s=5.)
# a dark road below a bright sky, in whose light drops shine
CLEAN = torch.full((3, 3, 90, 120), .2)
CLEAN[:, :, :30] = .9
# light on the road to the left is wanted
WANTED = torch.zeros(3, 3, 90, 120)
WANTED[:, :, 30:, :40] = -1


def perturbation(**options):
    rain = ParticleRain(200., CAMERA, min_width_px=.3)
    return VolumePerturbation(TIMES, rain, **options)


def attacked(steps=3, **options):
    layer = perturbation(**options)
    initial = volume = layer.begin(CLEAN, torch.Generator().manual_seed(0))
    for step in range(1, steps + 1):
        volume = layer.require_grad(volume)
        drawn = layer.perturb(CLEAN, volume)
        volume = layer.descend(volume, initial, drawn, WANTED, step, steps)
    return layer, initial, volume


def gained(layer, initial, volume):
    """Light that the rain that was moved brings to where it is wanted."""
    after, before = (layer.perturb(CLEAN, v) for v in (volume, initial))
    return float(((before - after) * WANTED).sum())


@pytest.mark.parametrize('options', [
    dict(step_sizes=dict(places_px=1.), candidates=0),
    dict(step_sizes=dict(wind_m_s=.5), candidates=0),
    dict(step_sizes={}, candidates=4),
    dict()
])
def test_rain_goes_where_it_does_harm_and_keeps_its_bounds(options):
    layer, initial, volume = attacked(**options)
    assert gained(layer, initial, volume) > 0
    assert not layer.violations(volume, initial, None, CLEAN)


def test_jumps_do_more_than_steps():
    few, many = (
        gained(*attacked(step_sizes=dict(places_px=1.), candidates=n))
        for n in (0, 8))
    assert many > 2 * few > 0


def test_depths_and_sizes_stay_and_no_frame_gets_more_rain():
    layer, initial, volume = attacked()
    assert torch.equal(volume.start_m[:, 2], initial.start_m[:, 2])
    assert torch.equal(volume.diameter_mm, initial.diameter_mm)
    still = initial.replace(wind_m_s=volume.wind_m_s)
    drawn, moved = (
        torch.stack([layer.rain.cover(v.at(t)[0]) for t in TIMES]).sum()
        for v in (still, volume))
    assert .5 * drawn < moved <= 1.001 * drawn


def test_drops_that_no_frame_sees_are_not_fetched():
    layer, initial, volume = attacked(step_sizes={}, candidates=8)
    seen = torch.cat([initial.at(t)[1] for t in TIMES]).unique()
    unseen = torch.ones(len(initial), dtype=torch.bool)
    unseen[seen] = False
    assert unseen.sum() > 100
    assert torch.equal(volume.start_m[unseen], initial.start_m[unseen])
    assert not torch.equal(volume.start_m[seen], initial.start_m[seen])


def test_attacked_drops_fall_from_frame_to_frame_to_half_a_pixel():
    _, _, volume = attacked()
    wind, step = volume.wind_m_s, 1 / 240
    before, names = volume.at(0.)
    after, later = volume.at(step)
    centre = torch.tensor([59.5, 44.5])
    across = (before.places_px - centre) * before.depth_m[:, None] / 200
    there = torch.cat((across, before.depth_m[:, None]), 1)
    velocity = torch.stack(
        (wind[0].float().expand(len(before)), before.speeds_m_s(),
         -(5 + wind[1].float()).expand(len(before))), 1)
    there = there + velocity * step
    wanted = there[:, :2] / there[:, 2:] * 200 + centre
    found = {int(n): p for n, p in zip(later, after.places_px)}
    apart = torch.stack([(found[int(n)] - w).norm()
                         for n, w in zip(names, wanted) if int(n) in found])
    assert len(apart) > .5 * len(names)
    assert (apart < .5).float().mean() > .99


def test_gradients_are_those_of_all_frames_in_one_graph():
    layer = perturbation()
    volume = layer.require_grad(
        layer.begin(CLEAN,
                    torch.Generator().manual_seed(0)))
    weights = torch.rand(
        CLEAN.shape, generator=torch.Generator().manual_seed(1))
    image = torch.stack([
        layer.rain.render(frame,
                          volume.at(time)[0])
        for frame, time in zip(CLEAN, TIMES)
    ])
    wanted = torch.autograd.grad((image * weights).sum(),
                                 [volume.start_m, volume.wind_m_s])
    found, harms = layer._pull(volume, CLEAN, weights)
    for one, other in zip(found, wanted):
        torch.testing.assert_close(one, other, rtol=1e-3, atol=1e-4)
    assert len(harms) == 3


def test_random_rain_falls_in_the_same_wind_at_the_same_rate():
    layer, _, volume = attacked(step_sizes=dict(wind_m_s=1.))
    other = layer.random_like(volume, torch.Generator().manual_seed(5))
    assert torch.equal(other.wind_m_s, volume.wind_m_s)
    assert float(volume.wind_m_s.abs().max()) > 0
    found, wanted = layer.magnitude(other), layer.magnitude(volume)
    assert found['rate_mm_h'] == wanted['rate_mm_h'] == 200
    assert found['drops'] == pytest.approx(wanted['drops'], rel=.2)


def test_wind_keeps_its_range_and_more_rain_is_noticed():
    layer, initial, volume = attacked(
        step_sizes=dict(wind_m_s=9.), max_wind_m_s=4.)
    assert float(volume.wind_m_s.abs().max()) <= 4
    near = initial.replace(start_m=initial.start_m *
                           torch.tensor([1., 1., .3]))
    assert layer.violations(near, initial, None, CLEAN) == ['out_of_bounds']
    stormy = initial.replace(wind_m_s=initial.wind_m_s + 5.)
    assert layer.violations(stormy, initial, None, CLEAN) == ['out_of_bounds']


def test_no_rain_has_nothing_to_move():
    layer = VolumePerturbation(TIMES, ParticleRain(0., CAMERA))
    volume = layer.begin(CLEAN, torch.Generator().manual_seed(0))
    leaves = layer.require_grad(volume)
    after = layer.descend(leaves, volume, CLEAN, WANTED, 1, 1)
    assert torch.equal(layer.perturb(CLEAN, after), CLEAN)


@pytest.mark.parametrize('options, message', [
    (dict(step_sizes=dict(exposure_s=1.)), 'but got exposure_s=1'),
    (dict(step_sizes=dict(wind_m_s=-1.)), 'not negative'),
    (dict(candidates=-1), 'must not be negative, but got -1'),
    (dict(max_wind_m_s=-1.), 'must allow the wind'),
])
def test_bounds_that_exclude_the_rain_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        perturbation(**options)
    with pytest.raises(ValueError, match='at least one frame'):
        VolumePerturbation([])
