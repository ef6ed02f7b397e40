"""One reader, and one limit, of all image files."""
import struct
import zlib

import cv2
import numpy as np
import pytest

from mmadvrain.utils.images import MAX_PIXELS, read_image

BGR = np.random.default_rng(0).integers(0, 256, (6, 9, 3), np.uint8)


def png_that_claims(width, height):
    """A PNG whose header is right and whose pixels are missing."""
    header = struct.pack('>IIBBBBB', width, height, 8, 2, 0, 0, 0)
    chunks = b'\x89PNG\r\n\x1a\n'
    for kind, content in ((b'IHDR', header), (b'IDAT', zlib.compress(b''))):
        chunks += struct.pack('>I', len(content)) + kind + content
        chunks += struct.pack('>I', zlib.crc32(kind + content))
    return chunks


def test_reads_what_opencv_reads(tmp_path):
    path = tmp_path / 'a.png'
    cv2.imwrite(str(path), BGR)
    assert np.array_equal(read_image(path), BGR)
    assert read_image(path, cv2.IMREAD_GRAYSCALE).shape == (6, 9)
    # a format that Pillow does not know
    deep = tmp_path / 'a.tif'
    cv2.imwrite(str(deep), BGR.astype(np.float32))
    assert read_image(deep, cv2.IMREAD_UNCHANGED).dtype == np.float32


@pytest.mark.parametrize('side', [2**13 + 1, 2**15, 2**30])
def test_a_header_that_claims_too_much_is_refused(tmp_path, side):
    path = tmp_path / 'a.png'
    path.write_bytes(png_that_claims(side, 2**13))
    with pytest.raises(ValueError, match='a.png must be .*67,108,864 pixels'):
        read_image(path)
    assert 2**13 * 2**13 == MAX_PIXELS


@pytest.mark.parametrize('content', [b'', b'no image'])
def test_what_is_no_image_is_named(tmp_path, content):
    path = tmp_path / 'a.png'
    path.write_bytes(content)
    with pytest.raises(ValueError, match='a.png must be an image, but cannot'):
        read_image(path)
    with pytest.raises(FileNotFoundError, match='none.png'):
        read_image(tmp_path / 'none.png')
