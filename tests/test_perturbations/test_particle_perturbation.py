import pickle

import pytest
import torch

from mmadvrain.attacks import IterativeAttack
from mmadvrain.perturbations import ParticlePerturbation
from mmadvrain.rain import ParticleRain
from mmadvrain.victims import DetectorVictim
from tests.toys import toy_images, trained_detector

# a dark road below a bright sky, in whose light drops shine
CLEAN = torch.full((3, 180, 240), .2)
CLEAN[:, :60] = .9


def perturbation(**options):
    rain = ParticleRain(100., 'coco', exposure_s=.004)
    return ParticlePerturbation(rain, **options)


def begin(layer, seed=0):
    return layer.begin(CLEAN, torch.Generator().manual_seed(seed))


def test_a_step_makes_an_image_darker_where_it_is_told_to():
    """Light on the left costs most, so it is dimmed."""
    layer = perturbation(step_sizes=dict(places_px=.5, wind_m_s=.2))
    initial = drops = begin(layer)
    weight = torch.linspace(1, 0, 240).expand(3, 180, 240)
    before = (layer.perturb(CLEAN, drops) * weight).sum()
    for step in range(1, 9):
        drops = layer.require_grad(drops)
        drawn = layer.perturb(CLEAN, drops)
        drops = layer.descend(drops, initial, drawn, weight, step, 8)
    after = (layer.perturb(CLEAN, drops) * weight).sum()
    assert after < before
    assert not layer.violations(drops, initial, drawn, CLEAN)
    assert torch.equal(drops.size, initial.size)


def harm_after(steps, **options):
    """Weighted light after some steps, and the drops at both ends."""
    layer = perturbation(**options)
    initial = drops = begin(layer)
    weight = torch.zeros(3, 180, 240)
    weight[:, 60:, :60] = -1  # light on the road to the left is wanted
    for step in range(1, steps + 1):
        drops = layer.require_grad(drops)
        drawn = layer.perturb(CLEAN, drops)
        drops = layer.descend(drops, initial, drawn, weight, step, steps)
    assert not layer.violations(drops, initial, drawn, CLEAN)
    gained = (layer.perturb(CLEAN, drops) - layer.perturb(CLEAN, initial))
    return float((gained * weight).sum()), initial, drops


@pytest.mark.parametrize('sizes', [dict(places_px=1.), {}])
def test_drops_jump_where_they_do_more_harm_than_a_step_away(sizes):
    stepped, _, _ = harm_after(3, step_sizes=dict(places_px=1.))
    jumped, initial, drops = harm_after(3, step_sizes=sizes, candidates=4)
    assert jumped < 2 * stepped < 0
    x, y = drops.places_px.unbind(1)
    before = initial.places_px[:, 0] < 60
    assert ((x < 60) & (y > 40)).sum() > 1.5 * before.sum()


def test_a_drop_that_was_drawn_outside_does_not_come_in():
    _, initial, drops = harm_after(2, candidates=8)
    outside = ((initial.places_px < -.5) |
               (initial.places_px > torch.tensor([239.5, 179.5]))).any(1)
    assert outside.any()
    assert torch.equal(drops.places_px[outside], initial.places_px[outside])


def test_another_process_gets_no_images():
    layer = perturbation(candidates=3)
    drops = begin(layer)
    copy = pickle.loads(pickle.dumps(layer))
    assert copy.candidates == 3
    assert drops in layer._clean and not len(copy._clean)


def test_wind_exposure_and_places_keep_their_ranges():
    layer = perturbation(
        step_sizes=dict(places_px=999., wind_m_s=99., exposure_s=1.),
        max_wind_m_s=5.,
        exposure_range_s=(.002, .008))
    initial = begin(layer)
    leaves = layer.require_grad(initial)
    drawn = layer.perturb(CLEAN, leaves)
    drops = layer.descend(leaves, initial, drawn, -torch.rand(3, 180, 240), 1,
                          1)
    assert drops.wind_m_s.abs().max() <= 5
    assert .002 <= float(drops.exposure_s) <= .0081
    # none leaves, but those that were drawn outside
    was_in = ((initial.places_px > -.5) &
              (initial.places_px < torch.tensor([239.5, 179.5]))).all(1)
    x, y = drops.places_px[was_in].unbind(1)
    assert x.min() >= -.5 and x.max() <= 239.5 and y.max() <= 179.5
    assert not layer.violations(drops, initial, drawn, CLEAN)
    bigger = drops.replace(size=drops.size * 1.1)
    assert layer.violations(bigger, initial, drawn, CLEAN) == ['out_of_bounds']


def test_light_and_fog_are_attacked_within_their_ranges():
    ranges = dict(fog_per_km=(0., 20.), daylight=(.3, 1.), lamp=(0., .5))
    layer = perturbation(
        step_sizes=dict(fog_per_km=999., daylight=.1, sky=.1),
        light_ranges=ranges)
    initial = begin(layer)
    leaves = layer.require_grad(initial)
    drawn = layer.perturb(CLEAN, leaves)
    # darker: no fog, the bottom of what daylight may be, in steps
    drops = layer.descend(leaves, initial, drawn, torch.ones(3, 180, 240), 1,
                          1)
    assert float(drops.fog_per_km) == 0
    assert float(drops.daylight) == pytest.approx(.9)
    assert float(drops.sky) == .5  # no range, so it stays
    assert not layer.violations(drops, initial, drawn, CLEAN)
    brighter = drops.replace(lamp=torch.tensor(.6))
    assert layer.violations(brighter, initial, drawn,
                            CLEAN) == ['out_of_bounds']
    random = layer.random_like(drops, torch.Generator().manual_seed(1))
    assert torch.equal(random.daylight, drops.daylight)
    assert layer.magnitude(drops)['daylight'] == pytest.approx(.9)


def test_random_rain_has_the_same_weather():
    layer = perturbation()
    drops = begin(layer).replace(wind_m_s=torch.tensor([4., 0.]))
    other = layer.random_like(drops, torch.Generator().manual_seed(9))
    assert torch.equal(other.wind_m_s, drops.wind_m_s)
    found, wanted = layer.magnitude(other), layer.magnitude(drops)
    assert found['rate_mm_h'] == wanted['rate_mm_h'] == 100
    assert found['drops'] == pytest.approx(wanted['drops'], rel=.3)


def test_the_one_loop_attacks_with_it():
    sample = toy_images()[0]
    attack = IterativeAttack(
        perturbation=dict(
            type='mmadvrain.ParticlePerturbation',
            rain=dict(type='mmadvrain.ParticleRain', rate_mm_h=100.)),
        objectives=[dict(type='mmadvrain.DetectorLossObjective')],
        steps=4)
    result, = attack.run(
        DetectorVictim(trained_detector()), [sample.clean], [sample.target],
        [0])
    assert min(result.summed_losses) < result.summed_losses[0]


@pytest.mark.parametrize('options, message', [
    (dict(step_sizes=dict(size=1.)), 'but got size=1'),
    (dict(step_sizes=dict(wind_m_s=-1.)), 'not negative'),
    (dict(exposure_range_s=(.005, .01)), 'exposure of 0.004 s'),
    (dict(candidates=-1), 'must not be negative, but got -1'),
    (dict(max_wind_m_s=-1.), 'must allow the wind'),
    (dict(light_ranges=dict(sun=(0., 1.))), 'but got sun='),
    (dict(light_ranges=dict(lamp=(.1, .5))), 'around what is drawn'),
])
def test_bounds_that_exclude_the_rain_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        perturbation(**options)
