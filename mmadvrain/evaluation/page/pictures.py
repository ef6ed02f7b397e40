"""Small pictures beside the page, within a bound."""
from pathlib import Path

import cv2
import numpy as np

from mmadvrain.functional.pixel_space import to_bgr_uint8
from mmadvrain.rain.drops import Drops
from mmadvrain.rain.factors import RainFactors
from mmadvrain.rain.streaks import render_streaks
from mmadvrain.typing import BgrLevels
from mmadvrain.utils.files import atomic_path
from mmadvrain.utils.images import read_image

FOLDER = 'report'
"""Beside the page: ``{clean,rainy,rain}/NAME.jpg``."""

PICTURE_BYTES = 48_000
"""Most that one picture takes."""

FOLDER_BYTES = 480_000_000
"""Most that all of them take; pictures of large runs get smaller."""

KINDS = ('clean', 'rainy', 'rain')
_FORMS = [(side, quality) for side in (640, 480, 320, 160)
          for quality in (85, 70, 55)]
_GAIN = 2.


def picture_bytes(num_images: int) -> int:
    """Most that a picture takes in a run of so many images."""
    return min(PICTURE_BYTES,
               FOLDER_BYTES // (len(KINDS) * max(num_images, 1)))


def write_pictures(folder: Path, name: str, clean: Path, rainy: Path,
                   rain: RainFactors | Drops | None,
                   limit: int) -> tuple[int, int, list[str]]:
    """Write clean image, rainy image and rain alone, small.

    Args:
        folder: Of the pictures.
        name: The image.
        clean: The file that was attacked; it need not be there.
        rainy: The stored image.
        rain: What was found. Of anything but the paper's rain the change of
            the pixels is shown.
        limit: Most bytes of a picture.

    Returns:
        Width and height of the image, and which of :data:`KINDS` there are.

    Raises:
        OSError: If the stored image cannot be read, or nothing be written.
        ValueError: If it is no image.
    """
    after = read_image(rainy)
    shown = dict(rainy=after)
    try:
        before = read_image(clean)
    except (OSError, ValueError):
        before = None
    if before is not None and before.shape == after.shape:
        shown['clean'] = before
    if isinstance(rain, RainFactors):
        shown['rain'] = to_bgr_uint8(
            (_GAIN * render_streaks(rain)).clamp(0, 1))
    elif 'clean' in shown:
        shown['rain'] = _change(after, shown['clean'])
    for kind, image in shown.items():
        with atomic_path(folder / kind / f'{name}.jpg') as temporary:
            temporary.write_bytes(encoded(image, limit))
    height, width = after.shape[:2]
    return width, height, [kind for kind in KINDS if kind in shown]


def _change(after: BgrLevels, before: BgrLevels) -> BgrLevels:
    apart = np.abs(after.astype(np.int16) - before)
    return np.clip(_GAIN * apart, 0, 255).astype(np.uint8)


def encoded(image: BgrLevels, limit: int) -> bytes:
    """JPEG of an image: as large and as good as the limit lets it be.

    Args:
        image: Any size.
        limit: Most bytes; what the smallest form takes may exceed it.
    """
    size, small, data = -1, image, b''
    for side, quality in _FORMS:
        if side != size:
            scale = min(side / max(image.shape[:2]), 1.)
            size, small = side, cv2.resize(
                image, (max(round(image.shape[1] * scale), 1),
                        max(round(image.shape[0] * scale), 1)),
                interpolation=cv2.INTER_AREA) if scale < 1 else image
        done, buffer = cv2.imencode('.jpg', small,
                                    [cv2.IMWRITE_JPEG_QUALITY, quality])
        if not done:
            raise OSError('this OpenCV writes no JPEG')
        data = buffer.tobytes()
        if len(data) <= limit:
            break
    return data
