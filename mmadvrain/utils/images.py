"""Reading image files, which can claim any size."""
import io
import warnings

import cv2
import numpy as np
from mmengine.fileio import get
from PIL import Image

from mmadvrain.typing import PathLike

IMAGE_SUFFIXES = ('.png', '.jpg', '.jpeg', '.bmp', '.tif', '.tiff', '.webp')
"""What is taken for an image in a folder, in small letters."""
MAX_PIXELS = 2**26
"""Most pixels of an image, a rain layer or noise; a few bytes can claim any
number, and filling the memory ends a run."""


def read_image(path: PathLike,
               flags: int = cv2.IMREAD_COLOR,
               backend_args: dict | None = None) -> np.ndarray:
    """Read an image file.

    Args:
        path: The file, in any format that OpenCV reads.
        flags: As for :func:`cv2.imdecode`. Defaults to BGR of 8 bit.
        backend_args: As for :func:`mmengine.fileio.get`. Defaults to None.

    Returns:
        BGR, or what the flags ask for. Shape (H, W, 3) or (H, W).

    Raises:
        OSError: If the file cannot be read.
        ValueError: If it is no image, or its header claims more than
            ``MAX_PIXELS``.
    """
    data = get(path, backend_args=backend_args)
    if _claimed_pixels(data) > MAX_PIXELS:
        raise ValueError(f'{path} must be an image of at most {MAX_PIXELS:,} '
                         'pixels, but its header claims more')
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error:  # where there are no bytes, or more pixels than 2**30
        image = None
    if image is None:
        raise ValueError(f'{path} must be an image, but cannot be read')
    return image


def _claimed_pixels(data: bytes) -> float:
    """Pixels by the header; 0 where only OpenCV may know the format."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore', Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data)) as header:
                return header.width * header.height
    except Image.DecompressionBombError:
        return float('inf')
    # Pillow has many ways to say that it does not know the format
    except Exception:
        return 0
