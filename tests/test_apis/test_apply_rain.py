"""Rain without an attack."""
import cv2
import numpy as np
import pytest
import torch

from mmadvrain.apis.apply_rain import apply_rain
from mmadvrain.datasets.transforms.add_rain import AddRain
from mmadvrain.rain import UniformFactors, render_streaks

SIZE = (48, 64)


@pytest.fixture
def image():
    return np.full((*SIZE, 3), 90, np.uint8)


def test_physical_rain_is_that_of_the_transform(image, tmp_path):
    before = image.copy()
    rainy = apply_rain(image, 'violent', seed=3, camera='kitti')
    theirs = AddRain(
        'violent', camera='kitti').on_image(image,
                                            torch.Generator().manual_seed(3))
    np.testing.assert_array_equal(rainy, theirs)
    np.testing.assert_array_equal(image, before)
    cv2.imwrite(str(tmp_path / '1.png'), image)
    np.testing.assert_array_equal(
        apply_rain(tmp_path / '1.png', 'violent', 3, camera='kitti'), rainy)


def test_the_paper_adds_its_layer(image):
    factors = UniformFactors().draw(SIZE, torch.Generator().manual_seed(0))
    layer = (render_streaks(factors) * 255).permute(1, 2, 0).flip(2).numpy()
    rainy = apply_rain(image, factors)
    # half a level of rounding, and single precision
    assert np.abs(rainy - np.minimum(90 + layer, 255)).max() <= 0.501
    np.testing.assert_array_equal(apply_rain(image, UniformFactors()), rainy)
    assert (apply_rain(image, UniformFactors(), seed=1) != rainy).any()
    screened = apply_rain(image, factors, compose='screen')
    assert (screened <= rainy).all() and (screened < rainy).any()


def test_what_is_refused(image, tmp_path):
    factors = UniformFactors().draw((9, 9), torch.Generator())
    with pytest.raises(ValueError, match=r'over 48x64 pixels.*of 9x9'):
        apply_rain(image, factors)
    with pytest.raises(ValueError, match="but got 'drizzle'"):
        apply_rain(image, 'drizzle')
    with pytest.raises(ValueError, match='but got float64'):
        apply_rain(image / 255.)
    with pytest.raises(FileNotFoundError, match='none.png'):
        apply_rain(tmp_path / 'none.png')
