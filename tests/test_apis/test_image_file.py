import logging

import cv2
import numpy as np
import pytest
from mmengine.logging import MMLogger
from PIL import Image

from mmadvrain.apis.image_file import read_image, write_image

RGB = np.random.default_rng(0).integers(0, 256, (6, 9, 3), np.uint8)


@pytest.fixture
def log(caplog, monkeypatch):
    """What was logged by ``print_log``."""
    monkeypatch.setattr(MMLogger, 'get_current_instance',
                        lambda: logging.getLogger())
    return caplog


def stored(path):
    return cv2.imread(str(path), cv2.IMREAD_UNCHANGED)


def test_colour_comes_back(tmp_path):
    path = tmp_path / 'a.png'
    cv2.imwrite(str(path), RGB[..., ::-1])
    image, kind = read_image(path)
    assert np.array_equal(image, RGB)
    write_image(image, tmp_path / 'sub/b.png', kind)
    assert np.array_equal(stored(tmp_path / 'sub/b.png'), RGB[..., ::-1])


def test_grey_stays_grey(tmp_path):
    path = tmp_path / 'a.png'
    cv2.imwrite(str(path), RGB[..., 0])
    image, kind = read_image(path)
    assert np.array_equal(image, RGB[..., :1].repeat(3, 2))
    # what a network may make of it is weighed like any colour
    write_image(RGB, tmp_path / 'b.png', kind)
    luma = RGB @ (0.299, 0.587, 0.114)
    assert stored(tmp_path / 'b.png').shape == (6, 9)
    assert np.abs(stored(tmp_path / 'b.png') - luma).max() <= 0.51


@pytest.mark.parametrize('suffix', ['.png', '.tif', '.webp'])
def test_alpha_goes_through(tmp_path, suffix):
    path = tmp_path / 'a.png'
    alpha = RGB[..., 2]
    cv2.imwrite(str(path), np.dstack((RGB[..., ::-1], alpha)))
    image, kind = read_image(path)
    assert np.array_equal(image, RGB)
    write_image(255 - image, tmp_path / f'b{suffix}', kind)
    out = stored(tmp_path / f'b{suffix}')
    assert np.array_equal(out[..., 3], alpha)
    if suffix != '.webp':  # which loses a little
        assert np.array_equal(out[..., 2::-1], 255 - RGB)


def test_alpha_that_is_lost_is_named(tmp_path, log):
    path = tmp_path / 'a.png'
    cv2.imwrite(str(path), np.dstack((RGB, RGB[..., 0])))
    write_image(RGB, tmp_path / 'b.jpg', read_image(path)[1])
    assert stored(tmp_path / 'b.jpg').shape == (6, 9, 3)
    assert 'b.jpg has no alpha channel' in log.text


@pytest.mark.parametrize('channels', [1, 3, 4])
def test_sixteen_bit(tmp_path, channels, log):
    levels = np.dstack((RGB, RGB[..., 0])).astype(np.uint16) * 257
    path = tmp_path / 'a.png'
    cv2.imwrite(str(path), levels[..., :channels].squeeze())
    image, kind = read_image(path)
    expected = RGB[..., :1].repeat(3, 2) if channels == 1 else RGB[..., ::-1]
    assert np.array_equal(image, expected) and kind.depth == 16
    write_image(image, tmp_path / 'b.png', kind)
    out = stored(tmp_path / 'b.png')
    assert out.dtype == np.uint8
    assert np.array_equal(out, (levels // 257)[..., :channels].squeeze())
    assert 'b.png has 8 bit' in log.text


def test_turned_as_exif_says(tmp_path):
    exif = Image.Exif()
    exif[0x112] = 6
    for name, pixels in (('a.jpg', RGB), ('g.jpg', RGB[..., 0])):
        Image.fromarray(pixels).save(tmp_path / name, exif=exif)
        assert read_image(tmp_path / name)[0].shape == (9, 6, 3)


def test_what_is_no_image(tmp_path):
    path = tmp_path / 'a.png'
    for content in (b'', b'no image'):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r'a\.png must be an image'):
            read_image(path)
    cv2.imwrite(str(tmp_path / 'f.tif'), RGB.astype(np.float32))
    with pytest.raises(ValueError, match='8 or 16 bit, but has float32'):
        read_image(tmp_path / 'f.tif')
