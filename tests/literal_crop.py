"""tf.image.crop_and_resize point by point, as its documentation says it."""
import math

import numpy as np


def literal_crop(image: np.ndarray, boxes: np.ndarray,
                 size: int) -> np.ndarray:
    """Crop boxes of one image.

    Args:
        image: Shape (C, H, W).
        boxes: Normalised corners y1, x1, y2, x2; 1 is the centre of the last
            pixel. Shape (R, 4).
        size: Points per side.

    Returns:
        Shape (R, C, size, size).
    """
    height, width = image.shape[1:]
    crops = np.zeros((len(boxes), len(image), size, size))
    for box, (y1, x1, y2, x2) in enumerate(boxes.tolist()):
        for row in range(size):
            y = (y1 + row * (y2 - y1) / (size - 1)) * (height - 1)
            for column in range(size):
                x = (x1 + column * (x2 - x1) / (size - 1)) * (width - 1)
                if 0 <= y <= height - 1 and 0 <= x <= width - 1:
                    crops[box, :, row, column] = between(image, y, x)
    return crops


def between(image: np.ndarray, y: float, x: float) -> np.ndarray:
    """Value of every channel between four pixels."""
    top, left = math.floor(y), math.floor(x)
    bottom, right = math.ceil(y), math.ceil(x)
    upper = image[:, top, left] * (1 - (x - left)) + \
        image[:, top, right] * (x - left)
    lower = image[:, bottom, left] * (1 - (x - left)) + \
        image[:, bottom, right] * (x - left)
    return upper * (1 - (y - top)) + lower * (y - top)
