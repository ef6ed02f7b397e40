"""Small pictures, and their bound."""
import cv2
import numpy as np
import pytest
import torch

from mmadvrain.evaluation.page import pictures
from mmadvrain.evaluation.page.pictures import (
    encoded,
    picture_bytes,
    write_pictures,
)
from mmadvrain.rain import RainFactors, render_streaks
from mmadvrain.utils.files import write_png


@pytest.fixture
def files(tmp_path):
    rng = np.random.default_rng(0)
    clean = np.full((60, 80, 3), 90, np.uint8)
    rainy = clean + rng.integers(0, 50, (60, 80, 1), np.uint8)
    for name, image in dict(clean=clean, rainy=rainy).items():
        write_png(tmp_path / f'{name}.png', image)
    return tmp_path, clean, rainy


def write(folder, rain=None, clean='clean.png'):
    return write_pictures(folder / 'small', 'a/b', folder / clean,
                          folder / 'rainy.png', rain, 48_000)


def read(folder, kind):
    return cv2.imread(str(folder / 'small' / kind / 'a/b.jpg')).astype(int)


def test_pictures_are_of_the_images(files):
    folder, clean, rainy = files
    assert write(folder) == (80, 60, ['clean', 'rainy', 'rain'])
    assert np.abs(read(folder, 'clean') - clean).max() <= 3
    assert np.abs(read(folder, 'rainy') - rainy).mean() < 8
    apart = (2 * (rainy.astype(int) - clean)).clip(0, 255)
    assert np.abs(read(folder, 'rain') - apart).mean() < 12


def test_the_rain_alone_is_the_layer(files):
    factors = RainFactors(
        torch.tensor([[5, 40], [20, 10]]),
        torch.ones(2),
        torch.tensor([.1, .4]),
        torch.full((2, 2), .4), (60, 80),
        steps=20)
    write(files[0], factors)
    layer = 255 * (2 * render_streaks(factors)).clamp(0, 1)
    shown = read(files[0], 'rain').mean(2)
    assert np.corrcoef(shown.ravel(), layer[0].ravel())[0, 1] > .95


def test_without_the_clean_file_the_rest_is_shown(files):
    assert write(files[0], clean='gone.png')[2] == ['rainy']


@pytest.mark.parametrize('limit', [48_000, 20_000, 6_000])
def test_a_picture_keeps_its_bound(limit):
    noise = np.random.default_rng(0).integers(
        0, 255, (700, 1000, 3), dtype=np.uint8)
    data = encoded(cv2.GaussianBlur(noise, (0, 0), 2), limit)
    assert len(data) <= limit
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert image.shape[1] in (640, 480, 320, 160)
    assert image.shape[0] == round(.7 * image.shape[1])


@pytest.mark.parametrize('num_images', [1, 79, 5000, 50_000])
def test_all_together_keep_theirs(num_images):
    whole = 3 * num_images * picture_bytes(num_images)
    assert whole <= pictures.FOLDER_BYTES
    assert picture_bytes(num_images) <= pictures.PICTURE_BYTES


def test_large_and_small_images_keep_their_shape():
    data = encoded(np.zeros((2000, 20, 3), np.uint8), 48_000)
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert image.shape[:2] == (640, 6)
