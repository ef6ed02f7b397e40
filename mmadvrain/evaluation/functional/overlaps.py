"""Overlaps of boxes in NumPy."""
import numpy as np


def box_areas(boxes: np.ndarray, plus: float = 0.) -> np.ndarray:
    """Areas of boxes.

    Args:
        boxes: (x1, y1, x2, y2) in pixels. Shape (n, 4).
        plus: Added to widths and heights: 0 for continuous coordinates, 1
            where x2 is the index of the last pixel inside. Defaults to 0.

    Returns:
        Square pixels. Shape (n,).
    """
    return (boxes[:, 2] - boxes[:, 0] + plus) * (
        boxes[:, 3] - boxes[:, 1] + plus)


def intersections(first: np.ndarray,
                  second: np.ndarray,
                  plus: float = 0.) -> np.ndarray:
    """Areas of all pairwise intersections.

    Args:
        first: (x1, y1, x2, y2) in pixels. Shape (n, 4).
        second: Likewise. Shape (m, 4).
        plus: As in :func:`box_areas`. Defaults to 0.

    Returns:
        Square pixels, 0 where apart. Shape (n, m).
    """
    low = np.maximum(first[:, None, :2], second[None, :, :2])
    high = np.minimum(first[:, None, 2:], second[None, :, 2:])
    sides = np.maximum(high - low + plus, 0.)
    return sides[..., 0] * sides[..., 1]


def iou_matrix(first: np.ndarray,
               second: np.ndarray,
               plus: float = 0.) -> np.ndarray:
    """Intersection over union of all pairs.

    Args:
        first: (x1, y1, x2, y2) in pixels. Shape (n, 4).
        second: Likewise. Shape (m, 4).
        plus: As in :func:`box_areas`. Defaults to 0.

    Returns:
        In [0, 1], 0 where the boxes are apart. Shape (n, m).
    """
    common = intersections(first, second, plus)
    union = (
        box_areas(first, plus)[:, None] + box_areas(second, plus)[None] -
        common)
    return np.divide(
        common, union, out=np.zeros_like(common), where=common > 0)


def covered_share(boxes: np.ndarray,
                  regions: np.ndarray,
                  plus: float = 0.) -> np.ndarray:
    """Share of each box's own area that lies inside each region.

    Args:
        boxes: (x1, y1, x2, y2) in pixels. Shape (n, 4).
        regions: Likewise. Shape (m, 4).
        plus: As in :func:`box_areas`. Defaults to 0.

    Returns:
        In [0, 1]. Shape (n, m).
    """
    common = intersections(boxes, regions, plus)
    own = np.broadcast_to(box_areas(boxes, plus)[:, None], common.shape)
    return np.divide(common, own, out=np.zeros_like(common), where=common > 0)
