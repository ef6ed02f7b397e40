"""An image file for networks of three channels and 8 bit, and back."""
import logging
from dataclasses import dataclass
from pathlib import Path

import cv2
import mmcv
import numpy as np
from mmengine.logging import print_log

from mmadvrain.utils import images

#: Formats that store how opaque a pixel is.
ALPHA_SUFFIXES = ('.png', '.tif', '.tiff', '.webp')


@dataclass(frozen=True)
class ImageKind:
    """What a file says beside the colours of 8 bit that a network sees.

    Attributes:
        grey: Whether it has one channel.
        alpha: Opacity, uint8, shape (H, W).
        depth: Bits of a channel, 8 or 16.
    """

    grey: bool = False
    alpha: np.ndarray | None = None
    depth: int = 8


def read_image(path: Path) -> tuple[np.ndarray, ImageKind]:
    """Read an image as a network sees it.

    It is rotated as its EXIF data say, unless it has an alpha channel. Of 16
    bits the upper 8 are taken.

    Args:
        path: The file.

    Returns:
        RGB, uint8, shape (H, W, 3); and what was left out of it.

    Raises:
        OSError: If the file cannot be read.
        ValueError: If it is no image, or one of other depths.
    """
    stored = images.read_image(path, cv2.IMREAD_UNCHANGED)
    if stored.dtype not in (np.uint8, np.uint16):
        raise ValueError(f'{path} must have 8 or 16 bit, but has '
                         f'{stored.dtype}')
    depth = 8 * stored.dtype.itemsize
    if stored.ndim == 3 and stored.shape[2] == 4:
        levels = (stored >> (depth - 8)).astype(np.uint8)
        return levels[..., 2::-1], ImageKind(False, levels[..., 3], depth)
    image = images.read_image(path, cv2.IMREAD_ANYCOLOR)
    if image.ndim == 2:
        return np.repeat(image[..., None], 3, 2), ImageKind(True, None, depth)
    return image[..., ::-1], ImageKind(False, None, depth)


def write_image(image: np.ndarray, path: Path, kind: ImageKind) -> None:
    """Write an image as the kind of file that it came from, with 8 bit.

    Args:
        image: RGB, uint8. Shape (H, W, 3).
        path: The file; its suffix says the format, JPEG has quality
            95. Its folder is made.
        kind: What :func:`read_image` left out. An alpha channel goes back
            unchanged, or is lost with a warning where the format has none;
            grey is the luma of the image, as OpenCV computes it.

    Raises:
        OSError: If the file cannot be written.
    """
    if kind.grey:
        pixels = cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2GRAY)
    else:
        pixels = np.ascontiguousarray(image[..., ::-1])
    if kind.alpha is not None:
        if path.suffix.lower() in ALPHA_SUFFIXES:
            pixels = np.dstack((pixels, kind.alpha))
        else:
            _warn(f'{path} has no alpha channel, as its format has none')
    if kind.depth > 8:
        _warn(f'{path} has 8 bit, and the image it was made of {kind.depth}')
    if not mmcv.imwrite(pixels, str(path)):
        raise OSError(f'{path} cannot be written')


def _warn(message: str) -> None:
    """Warn in the log."""
    print_log(message, 'current', level=logging.WARNING)
