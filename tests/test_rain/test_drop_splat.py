import math

import pytest
import torch

from mmadvrain.rain import drop_splat
from mmadvrain.rain.drop_splat import PIXEL_SIGMA, drop_cover, drop_gain


def drops(centres, motions, widths, sigma=PIXEL_SIGMA):
    values = [
        torch.tensor(v, dtype=torch.float64)
        for v in (centres, motions, widths, [sigma] * len(widths))
    ]
    return values


def dense_cover(centre, motion, width, sigma, size_hw):
    """Every pixel of the image, by a thousand instants of the exposure."""
    height, width_px = size_hw
    y, x = torch.meshgrid(
        torch.arange(height, dtype=torch.float64),
        torch.arange(width_px, dtype=torch.float64),
        indexing='ij')
    total = torch.zeros(size_hw, dtype=torch.float64)
    for c, m, w, s in zip(centre, motion, width, sigma):
        length = m.norm()
        dx, dy = m / length
        # a square drop whose sides follow the motion
        for share in torch.linspace(-.5, .5, 1001, dtype=torch.float64):
            u = (x - c[0]) * dx + (y - c[1]) * dy - share * length
            v = (x - c[0]) * dy - (y - c[1]) * dx

            def side(at, w=w, s=s):
                scale = math.sqrt(2) * s
                return (torch.erf((at + w / 2) / scale) - torch.erf(
                    (at - w / 2) / scale)) / 2

            total += side(u) * side(v) / 1001
    return total


@pytest.mark.parametrize('motion', [(0., 12.), (9., 4.), (-7., 7.), (-14, .5),
                                    (3., -11.)])
def test_a_streak_covers_what_the_moving_drop_does(motion):
    one = drops([[20.3, 18.8]], [motion], [1.7])
    found = drop_cover(*one, (40, 40))
    wanted = dense_cover(*one, (40, 40))
    # the bar's ends are square, where the drop's own fade
    assert found.sum() == pytest.approx(float(wanted.sum()), rel=.01)
    assert (found - wanted).abs().max() < .5 * wanted.max()
    middle = found[18:20, 20].mean() / wanted[18:20, 20].mean()
    assert middle == pytest.approx(
        math.hypot(*motion) / (math.hypot(*motion) + 1.7), rel=.03)


@pytest.mark.parametrize('width', [.3, 1., 4.])
@pytest.mark.parametrize('motion', [(0., 0.), (2., 30.), (25., 20.)])
def test_a_drop_covers_its_own_area_however_far_it_moves(width, motion):
    one = drops([[40.2, 39.6]], [motion], [width])
    found = drop_cover(*one, (80, 80))
    assert found.sum() == pytest.approx(width**2, rel=.03)


def test_defocus_spreads_and_keeps_the_area():
    sharp, soft = (
        drop_cover(*drops([[30., 30.]], [[0., 10.]], [2.], sigma), (60, 60))
        for sigma in (.5, 3.))
    assert soft.max() < .7 * sharp.max()
    assert soft.sum() == pytest.approx(float(sharp.sum()), rel=.01)


def test_what_leaves_the_image_is_lost():
    centres = [[0., 0.], [11.5, 3.], [-50., 90.]]
    found = drop_cover(*drops(centres, [[3., 9.]] * 3, [1., 2., 1.]), (10, 12))
    wide = drop_cover(
        *drops([[x + 20, y + 20] for x, y in centres], [[3., 9.]] * 3,
               [1., 2., 1.]), (50, 52))
    torch.testing.assert_close(found, wide[20:30, 20:32])


def test_gradients_are_those_of_finite_differences():
    values = drops([[6.3, 5.2], [9.1, 7.7], [1., 11.2]],
                   [[.7, 6.1], [-4.2, 3.], [5.3, .6]], [1.2, .4, 2.3], .8)
    for value in values:
        value.requires_grad_()
    assert torch.autograd.gradcheck(lambda *v: drop_cover(*v, (14, 15)),
                                    values)


def test_chunks_change_nothing(monkeypatch):
    generator = torch.Generator().manual_seed(0)
    values = [
        torch.rand(60, 2, generator=generator) * 30,
        torch.rand(60, 2, generator=generator) * 9,
        torch.rand(60, generator=generator) + .3,
        torch.rand(60, generator=generator) + .5
    ]
    found = []
    for chunk in (10**9, 200):
        monkeypatch.setattr(drop_splat, '_CHUNK', chunk)
        leaves = [v.clone().requires_grad_() for v in values]
        cover = drop_cover(*leaves, (30, 30))
        found.append(
            (cover, *torch.autograd.grad(cover.square().sum(), leaves),
             drop_gain(cover.detach(), *values)))
    torch.testing.assert_close(*found)


def test_a_gain_is_the_inner_product_with_one_drop():
    values = drops([[6.3, 5.2], [9.1, 7.7]], [[.7, 6.1], [-4.2, 3.]],
                   [1.2, .4])
    image = torch.rand(14, 15, dtype=torch.float64)
    for i, gain in enumerate(drop_gain(image, *values)):
        alone = drop_cover(*(v[i:i + 1] for v in values), (14, 15))
        assert gain == pytest.approx(float((alone * image).sum()))


def test_no_drops_cover_nothing():
    none = [torch.zeros(0, 2), torch.zeros(0, 2), torch.zeros(0)]
    assert not drop_cover(*none, torch.zeros(0), (4, 5)).any()
    assert drop_gain(torch.ones(4, 5), *none, torch.zeros(0)).shape == (0, )


def test_everything_stays_on_the_device_of_the_drops():
    """What is made without a device would go to this one, and not mix."""
    leaves = [
        v.requires_grad_() for v in drops([[6.3, 5.2], [9.1, 7.7]],
                                          [[.7, 6.1], [-4.2, 3.]], [1.2, .4])
    ]
    with torch.device('meta'):
        cover = drop_cover(*leaves, (14, 15))
        grads = torch.autograd.grad(cover.sum(), leaves)
        gain = drop_gain(cover.detach(), *leaves)
    for value in (cover, gain, *grads):
        assert value.device.type == 'cpu'
