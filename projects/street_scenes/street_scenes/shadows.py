"""Shadows on the ground."""
from collections.abc import Sequence

import cv2
import numpy as np

from .buildings import Building
from .camera import Camera
from .daylight import Daylight
from .layer import disc_outline, discs, fill
from .solids import Face, Leaves, Thing


def _hull_on_ground(points: np.ndarray, slant: np.ndarray) -> np.ndarray:
    return points * [1.0, 0.0, 1.0] - points[:, 1:2] * slant


def _fill_ground(mask: np.ndarray, camera: Camera, points: np.ndarray,
                 radii: np.ndarray) -> None:
    """Fill the hull of discs that lie on the ground."""
    pixels = camera.project(points)
    reach = radii * camera.scale(points[:, 2])
    fill(mask, disc_outline(pixels, reach), (1.0, ))


def paint_shadows(camera: Camera, light: Daylight, things: Sequence[Thing],
                  buildings: Sequence[Building]) -> np.ndarray:
    """Return how much of the light each pixel of the ground keeps.

    Things and houses cast a shadow away from the sun; where a thing stands it
    also hides a part of the sky.

    Args:
        camera: Where the picture is taken from.
        light: Direction of the sun and depth of its shadows.
        things: What stands on the ground.
        buildings: Houses.

    Returns:
        Share of light in [0, 1]. Shape (H, W), float32.
    """
    shape = camera.size_hw
    cast = np.zeros(shape, dtype=np.float32)
    contact = np.zeros(shape, dtype=np.float32)
    slant = light.to_sun / max(light.to_sun[1], 0.2) * [1, 0, 1]
    for thing in things:
        foot = np.insert(thing.footprint, 1, 0.0, axis=1)
        _fill_ground(contact, camera, foot, np.full(4, 0.05))
        if not light.shadow:
            continue
        for solid in thing.solids:
            points = solid.points
            radii = np.zeros(len(points)) if isinstance(solid,
                                                        Face) else solid.radii
            flat = _hull_on_ground(points, slant)
            if not isinstance(solid, Leaves):
                _fill_ground(cast, camera, flat, radii)
                continue
            flat, radii = flat[::3], radii[::3]
            reach = 1.2 * radii * camera.scale(flat[:, 2])
            discs(cast, camera.project(flat), reach, np.ones((len(flat), 1)))
    if light.shadow:
        for corners in _houses_on_ground(buildings, slant):
            _fill_ground(cast, camera, corners, np.zeros(4))
    cast = cv2.GaussianBlur(cast, (0, 0), 0.8)
    contact = cv2.GaussianBlur(contact, (0, 0), 1.6)
    return (1.0 - light.shadow * cast) * (1.0 - 0.5 * contact)


def _houses_on_ground(buildings: Sequence[Building],
                      slant: np.ndarray) -> list[np.ndarray]:
    """Return the shadow of the front of each house.

    Shape (4, 3) each.
    """
    shadows = []
    for building in buildings:
        x = building.side * building.wall_m
        near, far = building.near_m, building.near_m + building.length_m
        points = np.array([(x, 0.0, near), (x, 0.0, far),
                           (x, building.height_m, far),
                           (x, building.height_m, near)])
        shadows.append(_hull_on_ground(points, slant))
    return shadows
