"""Pixels under streaks, counted; parts of the section."""
import pytest
import torch

from benchmarks.drop_bench import physical_rain, streak_pixels
from mmadvrain.rain import Camera, Drops, drop_cover


def test_pixels_under_a_streak_are_those_it_touches():
    camera = Camera(80, 60, 100., exposure_s=.01, focus_m=1.)
    drops = Drops(
        torch.tensor([[40., 30.]]), torch.tensor([1.]), torch.tensor([50.]),
        torch.tensor(25.), torch.zeros(2), torch.tensor(.01), camera)
    cover = drop_cover(*drops.streaks(), camera.size_hw)
    assert streak_pixels(drops) == pytest.approx(
        int((cover > 0).sum()), rel=.35)


def test_the_section_has_rates_and_ratios():
    found = physical_rain(1, rates=(1., 10.))
    few, many = found['image']
    assert few['drops'] < many['drops']
    assert few['streak_pixels'] < many['streak_pixels']
    assert found['size_hw'] == [375, 1242]
    assert few['seconds'] > 0 < found['by_streak_pixels'] and \
        found['by_image'] > 0
