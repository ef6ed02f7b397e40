"""Which thing hides which, seen from the camera."""
from collections.abc import Sequence

import numpy as np


def parted_pairs(footprints: np.ndarray, eye: np.ndarray) -> np.ndarray:
    """Tell which footprints cannot be hidden by which.

    Two convex footprints that do not meet are parted by a line along one of
    their edges. What lies on the camera's side of that line cannot be hidden
    by what lies beyond it.

    Args:
        footprints: Rectangles, corners in turn as (X, Z). Shape (n, 4, 2).
        eye: The camera, (X, Z). Shape (2,).

    Returns:
        True at (i, j) if a parting line has i and the camera on one side and j
        on the other, and no parting line says the opposite. Shape (n, n),
        bool.
    """
    edges = footprints[:, 1:3] - footprints[:, 0:2]
    axes = np.stack([-edges[..., 1], edges[..., 0]], axis=-1)
    # axis (i, a), shape j: interval of shape j along axis a of shape i
    along = np.einsum('iad,jcd->iajc', axes, footprints)
    low, high = along.min(axis=-1), along.max(axis=-1)
    place = (axes @ eye)[:, :, None]
    count = len(footprints)
    own = np.arange(count)
    own_low, own_high = low[own, :, own], high[own, :, own]
    nearer = np.zeros((count, count), dtype=bool)
    for sign in (1, -1):
        first = (own_low, own_high) if sign > 0 else (-own_high, -own_low)
        second = (low, high) if sign > 0 else (-high, -low)
        eye_at = sign * place
        parted = first[1][..., None] <= second[0]
        nearer |= (parted & (eye_at <= second[0])).any(axis=1)
        # the same line, read as: j is on the camera's side of i
        parted = second[1] <= first[0][..., None]
        nearer |= (parted & (eye_at <= first[0][..., None])).any(axis=1).T
    return nearer & ~nearer.T


def in_line(footprints: np.ndarray, eye: np.ndarray) -> np.ndarray:
    """Tell which footprints are met by a common ray from the camera.

    Args:
        footprints: Rectangles in front of the camera. Shape (n, 4, 2).
        eye: The camera, (X, Z). Shape (2,).

    Returns:
        Shape (n, n), bool.
    """
    seen = footprints - eye
    bearing = np.arctan2(seen[..., 0], seen[..., 1])
    low, high = bearing.min(axis=1), bearing.max(axis=1)
    return (low[:, None] <= high) & (low <= high[:, None])


def far_to_near(footprints: Sequence[np.ndarray],
                eye: np.ndarray) -> list[int]:
    """Order footprints so that each comes after all that it hides.

    What stands on the footprints may be wider than they are, such as the
    crown of a tree, so the order is kept also between footprints that are not
    in line, as far as possible.

    Args:
        footprints: Rectangles, (X, Z) in metres, each of shape (4, 2).
        eye: The camera. Shape (2,).

    Returns:
        Indices in painting order. Where footprints overlap or hide each other
        in a circle, the one farther from the camera comes first.
    """
    if not len(footprints):
        return []
    shapes = np.stack(footprints)
    later = parted_pairs(shapes, eye)
    must = later & in_line(shapes, eye)
    distance = np.hypot(*(shapes.mean(axis=1) - eye).T)
    left = [int(i) for i in np.argsort(-distance, kind='stable')]
    order: list[int] = []
    while left:
        free = [i for i in left if not later[i, left].any()]
        free = free or [i for i in left if not must[i, left].any()] or left
        order.append(free[0])
        left.remove(free[0])
    return order
