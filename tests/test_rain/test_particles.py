"""Physical rain: what is drawn, what it looks like, what it weighs."""
import math

import numpy as np
import pytest
import torch
from scipy.stats import gamma, kstest

from mmadvrain.functional.linear_light import srgb_to_linear as linear
from mmadvrain.rain import physics
from mmadvrain.rain.camera import CAMERAS, Camera
from mmadvrain.rain.drops import Drops
from mmadvrain.rain.light import (
    airlight,
    blend_energy,
    blend_halder,
    halder_airlight,
    lay_veil,
)
from mmadvrain.rain.particles import ParticleRain

SIZE = (96, 128)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def some_drops(**options):
    rain = ParticleRain(**{**dict(rate_mm_h=50., exposure_s=.008), **options})
    return rain, rain.draw(SIZE, generator())


def in_image(drops):
    x, y = drops.places_px.unbind(1)
    height, width = drops.camera.size_hw
    return (x > -.5) & (x < width - .5) & (y > -.5) & (y < height - .5)


def inside(drops):
    kept = in_image(drops)
    return drops.replace(
        **{
            name: getattr(drops, name)[kept]
            for name in ('places_px', 'depth_m', 'size')
        })


@pytest.mark.parametrize('width', [1., .5])
def test_as_many_drops_are_drawn_as_are_seen(width):
    rain = ParticleRain(25., 'kitti', min_width_px=width)
    counts = [
        len(inside(rain.draw((375, 1242), generator(seed))))
        for seed in range(20)
    ]
    wanted = physics.visible_drops(CAMERAS['kitti'], 25., width)
    assert np.mean(counts) == pytest.approx(wanted, rel=.03)


def test_drops_keep_the_law_of_sizes_and_are_uniform_in_space():
    rain = ParticleRain(25., 'kitti', min_width_px=.25)
    drops = inside(rain.draw((375, 1242), generator()))
    size = drops.size.numpy()
    assert kstest(size, gamma(4).cdf).pvalue > .01
    farthest = 721 * drops.diameters_mm() * 1e-3 / .25
    share = (drops.depth_m / farthest).numpy()**3
    assert kstest(share, 'uniform').pvalue > .01
    x, y = drops.places_px.unbind(1)
    assert kstest((x.numpy() + .5) / 1242, 'uniform').pvalue > .01
    assert kstest((y.numpy() + .5) / 375, 'uniform').pvalue > .01
    assert drops.widths_px().min() >= .25 * (1 - 1e-5)


def test_drawn_drops_bring_the_rate_back():
    rain = ParticleRain(25., 'kitti', min_width_px=.25)
    rates = []
    for seed in range(8):
        drops = inside(rain.draw((375, 1242), generator(seed)))
        size = drops.diameters_mm()
        farthest = 721 * size * 1e-3 / .25
        volume = 1242 * 375 / 721**2 * (farthest**3 - .1**3) / 3
        rates.append(physics.rain_rate(size, volume))
    assert np.mean(rates) == pytest.approx(28.23, rel=.03)


def test_streaks_are_as_long_as_drops_fall_and_lean_with_the_wind():
    _, drops = some_drops(wind_m_s=(3., 0.))
    size, motion = drops.diameters_mm(), drops.motions_px()
    ratio = motion[:, 1] / drops.widths_px()
    wanted = physics.terminal_speed(size) * .008 / (size * 1e-3)
    torch.testing.assert_close(ratio, wanted, rtol=.02, atol=0)
    lean = motion[:, 0] / motion[:, 1]
    torch.testing.assert_close(lean, 3 / physics.terminal_speed(size))


def test_a_moving_camera_sees_rain_run_from_the_vanishing_point():
    camera = Camera(200, 100, 100., exposure_s=.01, speed_m_s=20.)
    drops = Drops(
        torch.tensor([[99.5 + 50., 49.5], [99.5, 49.5]]),
        torch.tensor([2., 2.]), torch.tensor([4., 4.]), torch.tensor(25.),
        torch.zeros(2), torch.tensor(.01), camera)
    outward, centre = drops.motions_px()
    # x grows as f X / Z while Z shrinks: x s T / Z
    assert outward[0] == pytest.approx(50 * 20 * .01 / 2)
    assert centre[0] == 0 and centre[1] > 0


def test_the_exposure_law():
    """Garg and Nayar: visibility goes with one over the root of T.

    As many drops as tell bias from noise: the slope is known to 0.01, a mean
    to 1.6 %.
    """
    exposures = [.008, .016, .032, .064, .125]
    camera = Camera(160, 120, 160.)
    deviations, means = [], []
    for exposure in exposures:
        rain = ParticleRain(50., camera, exposure_s=exposure, min_width_px=.25)
        layers = torch.stack([
            rain.cover(rain.draw((120, 160), generator(seed)))
            for seed in range(60)
        ])
        means.append(float(layers.mean()))
        deviations.append(float(layers.std()))
    slope = np.polyfit(np.log(exposures), np.log(deviations), 1)[0]
    assert slope == pytest.approx(-.5, abs=.03)
    # free of the exposure, and what the law of sizes gives
    wanted = physics.streak_cover(camera, 50., .25, nearest_m=.1)
    assert means == pytest.approx([wanted] * 5, rel=.02)


def test_rain_is_differentiable_in_all_that_drops_are_made_of():
    camera = Camera(16, 12, 60., speed_m_s=2.)
    rain = ParticleRain(25., camera, veil='ground')
    image = torch.rand(
        3, 12, 16, generator=generator(), dtype=torch.float64) * .8 + .1
    values = [
        torch.tensor(v, dtype=torch.float64, requires_grad=True)
        for v in ([[5.3, 4.1], [11.2, 7.4]], [.4, .3], 25., [1., .5], .008)
    ]
    size = torch.tensor([4., 6.], dtype=torch.float64)

    def render(places, depth, rate, wind, exposure):
        drops = Drops(places, depth, size, rate, wind, exposure, camera)
        return rain.render(image, drops)

    assert torch.autograd.gradcheck(render, values, atol=1e-6)


def test_energy_is_conserved_in_linear_light():
    image = torch.full((3, 4, 5), .5, dtype=torch.float64)
    cover = torch.zeros(4, 5, dtype=torch.float64)
    cover[1, 2] = .25
    lamp = torch.full((3, 1, 1), .8, dtype=torch.float64)
    found = blend_energy(image, cover, lamp)
    light = ((.5 + .055) / 1.055)**2.4
    wanted = 1.055 * (.75 * light + .25 * .8)**(1 / 2.4) - .055
    assert found[:, 1, 2].tolist() == pytest.approx([wanted] * 3, abs=1e-12)
    found[:, 1, 2] = .5
    assert torch.equal(found, image)


@pytest.mark.parametrize('exposure, gain', [(.002, 2.94), (.005, 7.34)])
def test_halders_blend_has_the_constants_of_its_code(exposure, gain):
    alpha, share = .6, .1  # of the streak's texture, and w / (w + L)
    image, streak = np.array([.3, .4, .5]), .35
    tau0, tau1 = math.sqrt(1.16e-3) / 50, exposure * share
    assert exposure / tau0 == pytest.approx(gain, abs=.005)
    wanted = (1 -
              alpha * tau1 / exposure) * image + alpha * streak * tau1 / tau0
    found = blend_halder(
        torch.tensor(image)[:, None, None],
        torch.tensor([[alpha * share]], dtype=torch.float64),
        torch.full((3, 1, 1), streak, dtype=torch.float64), exposure)
    assert found.flatten().tolist() == pytest.approx(wanted.tolist(), abs=1e-6)


@pytest.mark.parametrize('name, wanted', [('kitti', 1.993),
                                          ('cityscapes', .797),
                                          ('nuscenes', 1.435)])
def test_halders_veil_has_the_constants_of_its_code(name, wanted):
    camera = CAMERAS[name]
    assert halder_airlight(camera, camera.exposure_s) == pytest.approx(
        wanted, abs=1e-3)


def test_a_veil_ends_in_the_light_of_the_air():
    image = torch.full((3, 2, 1), .2)
    depth = torch.tensor([[0.], [1e9]])
    veiled = lay_veil(image, depth, 2.7, torch.tensor(.5))
    torch.testing.assert_close(veiled[:, 0], image[:, 0])
    wanted = 1.055 * .5**(1 / 2.4) - .055
    assert veiled[:, 1].flatten().tolist() == pytest.approx([wanted] * 3)


def test_a_lamp_is_not_the_air():
    light = torch.full((3, 80, 80), .1)
    light[:, 40:44, 40:44] = 1
    assert float(airlight(light)) == pytest.approx(.1)


def test_no_rain_leaves_the_image():
    rain, drops = some_drops(rate_mm_h=0., veil='ground')
    image = torch.rand(3, *SIZE)
    assert not len(drops)
    assert torch.equal(rain.render(image, drops), image)


def test_the_same_seed_draws_the_same_drops():
    (_, one), (_, two) = some_drops(), some_drops()
    assert torch.equal(one.places_px, two.places_px)


def test_drops_come_back_from_a_file(tmp_path):
    _, drops = some_drops(wind_m_s=(2., 1.))
    drops.save(tmp_path / 'drops.safetensors')
    back = Drops.load(tmp_path / 'drops.safetensors')
    for name in ('places_px', 'depth_m', 'size', 'rate_mm_h', 'wind_m_s'):
        assert torch.equal(getattr(drops, name), getattr(back, name))
    assert back.camera == drops.camera
    with pytest.raises(FileNotFoundError, match='no file of drops'):
        Drops.load(tmp_path / 'other')
    (tmp_path / 'bad').write_text('rain')
    with pytest.raises(ValueError, match='is not a file of drops'):
        Drops.load(tmp_path / 'bad')


@pytest.mark.parametrize('options, message', [
    (dict(rate_mm_h=-1), r'0 or in \[0.01, 1000\] mm/h'),
    (dict(exposure_s=0), r'in \(0, 1\] seconds'),
    (dict(exposure_s=8.), 'e.g. 0.008 for 8 ms'),
    (dict(wind_m_s=(200., 0.)), 'within 100 m/s'),
    (dict(blend='add'), "'energy', 'halder'.*'add'"),
    (dict(veil='sky'), "'ground', 'depth'"),
    (dict(min_width_px=0), '`min_width_px` must be positive'),
])
def test_rain_that_cannot_be_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        ParticleRain(**options)


def test_a_missing_depth_is_asked_for():
    rain, drops = some_drops(veil='depth')
    image = torch.rand(3, *SIZE)
    with pytest.raises(ValueError, match='wants a depth map in metres'):
        rain.render(image, drops)
    with pytest.raises(ValueError, match='must have the size of its image'):
        rain.render(image, drops, torch.ones(3, 3))
    with pytest.raises(ValueError, match='cannot fall on one of'):
        rain.render(image[:, :50], drops, torch.ones(50, 128))


def grey(level=.5):
    return torch.full((3, *SIZE), level)


def test_fog_takes_the_contrast_that_its_visibility_says():
    rain = ParticleRain(0., fog_visibility_m=100., veil='depth')
    image = grey(.2)
    image[:, :48] = 0.  # all dark below a bright sky
    image[:, :16] = .9
    drops = rain.draw(SIZE, generator())
    seen = rain.render(image, drops, torch.full(SIZE, 100.))
    light, before = (linear(x)[0, [20, 60], 5] for x in (seen, image))
    assert float((light[1] - light[0]) / (before[1] - before[0])) == \
        pytest.approx(.05, rel=.01)


def test_night_dims_the_scene_and_a_lamp_lights_the_drops():
    day, night = (
        ParticleRain(100., daylight=share, min_width_px=.2)
        for share in (1., .04))
    drops = night.draw(SIZE, generator())
    dark = night.render(grey(), drops)
    dry = night.cover(drops) == 0
    assert torch.allclose(
        linear(dark)[0][dry], .04 * linear(grey())[0][dry], atol=1e-6)
    lit = night.render(grey(), drops.replace(lamp=torch.tensor(.5)))
    cover = night.cover(drops).clamp(max=1)
    # blended by the share of the exposure, so light adds up
    assert torch.allclose(
        linear(lit) - linear(dark), (.5 * cover).expand(3, -1, -1), atol=1e-5)
    # a lamp shows most at night
    gained = day.render(
        grey(),
        day.draw(SIZE, generator()).replace(lamp=torch.tensor(.5)))
    assert (lit - dark).max() > 1.5 * (gained - grey()).max()


@pytest.mark.parametrize('name', ['daylight', 'lamp', 'sky', 'fog_per_km'])
def test_light_and_fog_have_the_gradient_of_finite_differences(name):
    torch.manual_seed(0)
    image = torch.rand(3, *SIZE, dtype=torch.float64)
    rain = ParticleRain(100., daylight=.5, lamp=.1, fog_visibility_m=200.)
    drops = rain.draw(SIZE, generator()).to(torch.float64)
    value = getattr(drops, name).clone().requires_grad_()
    rain.render(image, drops.replace(**{name: value})).sum().backward()
    step = 1e-4
    up, down = (
        rain.render(image, drops.replace(**{name: value.detach() + s})).sum()
        for s in (step, -step))
    assert abs(float(value.grad)) > 1e-3
    assert float(value.grad) == pytest.approx(
        float(up - down) / (2 * step), rel=1e-4)


@pytest.mark.parametrize('options, message', [
    (dict(daylight=0.), r'`daylight` must be in \[0.001, 1\], but got 0'),
    (dict(lamp=2.), '`lamp` must be'),
    (dict(sky=-1.), '`sky` must be'),
    (dict(fog_visibility_m=1.), 'at least 10 metres, but got 1'),
    (dict(blend='halder', lamp=.5), "want blend='energy'"),
])
def test_light_that_cannot_be_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        ParticleRain(**options)
