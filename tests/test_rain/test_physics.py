"""Golden values of the formulas, and integrals taken numerically."""
import math

import numpy as np
import pytest
import torch

from mmadvrain.rain import physics
from mmadvrain.rain.camera import CAMERAS

# rate, slope, drops, drops above 0.5 mm, D0, water, rate back, Weber's and
# the geometric extinction, visibility
GOLDEN = [
    (1, 4.100, 1951, 251, .895, .089, 1.180, .312, .365, 9603),
    (2.5, 3.382, 2365, 436, 1.085, .192, 2.966, .576, .650, 5197),
    (5, 2.924, 2736, 634, 1.255, .344, 5.900, .917, 1.005, 3266),
    (10, 2.528, 3165, 894, 1.452, .615, 11.64, 1.459, 1.556, 2053),
    (25, 2.086, 3836, 1352, 1.760, 1.329, 28.23, 2.696, 2.771, 1111),
    (50, 1.803, 4437, 1801, 2.035, 2.378, 54.64, 4.290, 4.288, 698),
    (100, 1.559, 5132, 2354, 2.354, 4.257, 104.7, 6.826, 6.636, 439),
    (200, 1.348, 5936, 3026, 2.723, 7.620, 198.4, 10.86, 10.27, 276),
]


def diameters(*values):
    return torch.tensor(values, dtype=torch.float64)


@pytest.mark.parametrize('row', GOLDEN, ids=lambda row: f'{row[0]}mm/h')
def test_rates_have_their_golden_values(row):
    rate, slope, drops, larger, median, water, _, weber, geometric, far = row
    assert physics.slope(float(rate)) == pytest.approx(slope, abs=6e-4)
    assert physics.drop_count(rate) == pytest.approx(drops, abs=.6)
    assert physics.drop_count(rate, .5) == pytest.approx(larger, abs=.6)
    assert physics.median_diameter(float(rate)) == pytest.approx(
        median, rel=2e-3)
    assert physics.liquid_water(float(rate)) == pytest.approx(water, abs=6e-4)
    beta = physics.extinction(float(rate))
    assert beta == pytest.approx(weber, rel=1e-3)
    assert physics.extinction(float(rate), 'geometric') == pytest.approx(
        geometric, rel=6e-3)
    assert physics.visibility(beta) == pytest.approx(far, rel=1e-3)


@pytest.mark.parametrize('row', GOLDEN, ids=lambda row: f'{row[0]}mm/h')
def test_integrals_over_the_law_agree(row):
    rate = float(row[0])
    size = torch.linspace(0, 8, 80001, dtype=torch.float64)
    density = physics.drop_density(size, rate)
    step = float(size[1])
    # one drop of each size, seen in the air that holds one
    back = physics.rain_rate(size[1:], 1 / (density[1:] * step))
    assert back == pytest.approx(row[6], rel=1e-3)
    size = torch.linspace(0, 30, 80001, dtype=torch.float64)
    density = physics.drop_density(size, rate)
    water = math.pi / 6 * 1e-3 * np.trapezoid(size**3 * density, size)
    assert physics.liquid_water(rate) == pytest.approx(water, rel=1e-3)
    # twice the cross-section, per km
    geometric = math.pi / 2 * 1e-3 * np.trapezoid(size**2 * density, size)
    assert physics.extinction(rate, 'geometric') == pytest.approx(
        geometric, rel=6e-3)


def test_the_smallest_drops_float():
    assert physics.terminal_speed(diameters(.1)) == 0


def test_drawn_drops_bring_the_rate_back():
    count = 400_000
    drawn = physics.sample_diameters(count, 25.,
                                     torch.Generator().manual_seed(0))
    volume = count / physics.drop_count(25.)
    assert drawn.max() <= 7 and drawn.min() >= 0
    assert physics.rain_rate(drawn, volume) == pytest.approx(28.23, rel=.03)


def test_drawn_drops_start_where_they_are_told():
    drawn = physics.sample_diameters(20_000, 10.,
                                     torch.Generator().manual_seed(0), 1.)
    assert drawn.min() >= 1
    assert drawn.mean() == pytest.approx(1 + 1 / 2.528, rel=.02)


@pytest.mark.parametrize('exposure, ratio, opacity', [(.002, 6.5, .133),
                                                      (.008, 26, .037),
                                                      (.016, 52, .019)])
def test_streaks_have_one_shape_at_every_depth(exposure, ratio, opacity):
    size = diameters(2., 2.)
    depth = diameters(.5, 8.)
    width = physics.streak_width_px(size, depth, 700.)
    length = physics.streak_length_px(
        physics.terminal_speed(size), depth, exposure, 700.)
    assert (length / width).tolist() == pytest.approx([ratio] * 2, rel=.02)
    found = physics.streak_opacity(size, exposure)
    assert found.tolist() == pytest.approx([opacity] * 2, abs=6e-4)
    assert found.tolist() == pytest.approx((width / (width + length)).tolist())


@pytest.mark.parametrize('wind, tilts',
                         [(10, (35, 23, 19)), (20, (54, 41, 35)),
                          (40, (70, 60, 54))])
def test_small_drops_tilt_more(wind, tilts):
    speed = physics.terminal_speed(diameters(1., 2., 3.))
    found = torch.rad2deg(torch.atan(wind / 3.6 / speed))
    assert found.tolist() == pytest.approx(tilts, abs=.8)


@pytest.mark.parametrize('name, wide, fine', [('coco', 148, 1183),
                                              ('kitti', 284, 2271),
                                              ('bdd100k', 779, 6233),
                                              ('cityscapes', 4011, 32086)])
def test_as_many_drops_are_seen(name, wide, fine):
    camera = CAMERAS[name]
    assert physics.visible_drops(camera, 25.) == pytest.approx(wide, rel=4e-3)
    assert physics.visible_drops(camera, 25., .5) == pytest.approx(
        fine, rel=2e-3)


@pytest.mark.parametrize('name, rates', [('coco', (353, 30, 2)),
                                         ('kitti', (306, 26, 2)),
                                         ('cityscapes', (79, 7, 1))])
def test_the_papers_density_is_so_much_rain(name, rates):
    camera = CAMERAS[name]
    count = .005 * camera.width_px * camera.height_px
    for width, rate in zip((1, .5, .25), rates):
        found = physics.equivalent_rate(camera, count, width)
        assert found == pytest.approx(rate, abs=.6)
        assert physics.visible_drops(camera, found,
                                     width) == pytest.approx(count)


@pytest.mark.parametrize('width, mean', [(.2, .0035), (.1, .0075),
                                         (.05, .0154)])
def test_the_mean_of_a_layer_is_that_of_all_drops(width, mean):
    cover = physics.streak_cover(CAMERAS['coco'], 25., width, nearest_m=.5)
    assert .5 * cover == pytest.approx(mean, rel=.04)


def test_the_rate_takes_a_gradient():
    rate = torch.tensor(25., dtype=torch.float64, requires_grad=True)
    size = diameters(.5, 1., 3.)
    assert torch.autograd.gradcheck(lambda r: physics.drop_density(size, r),
                                    rate)
    assert torch.autograd.gradcheck(physics.extinction, rate)


def test_an_unknown_extinction_is_named():
    with pytest.raises(ValueError, match="'weber'.*but got 'lisa'"):
        physics.extinction(25., 'lisa')
